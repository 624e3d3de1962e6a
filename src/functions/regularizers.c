#include "functions/regularizer.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include "base/kernel.h"
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"

/* A NULL key: the class has no such factor. */
struct regularizer_class {
    const char *name, *alias;
    const char *l1_key, *l2_key;
    /* The default of a factor. */
    double otherwise;
};

static const regularizer_class classes[] = {
    { "L1", "l1", "l1", NULL, 0.01 },
    { "L2", "l2", NULL, "l2", 0.01 },
    { "L1L2", "l1l2", "l1", "l2", 0 },
};

static const regularizer_class *find_class(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(classes[i].name, name) == 0 || strcmp(classes[i].alias, name) == 0) return &classes[i];
    return NULL;
}

static horn_status read_arguments(regularizer *out, const regularizer_class *class, const config *arguments,
                                  const char *where)
{
    regularizer found = { .class = class };
    config_reader r = config_reader_begin(arguments, where);
    if (class->l1_key) {
        found.l1 = class->otherwise;
        config_read_number(&r, class->l1_key, -FLT_MAX, FLT_MAX, &found.l1);
    }
    if (class->l2_key) {
        found.l2 = class->otherwise;
        config_read_number(&r, class->l2_key, -FLT_MAX, FLT_MAX, &found.l2);
    }
    horn_status status = config_reader_end(&r);
    if (!status) *out = found;
    return status;
}

horn_status regularizer_read(regularizer *out, const config *value, const char *where)
{
    keras_object object;
    if (config_is_null(value)) {
        *out = (regularizer){ 0 };
        return HORN_OK;
    }
    horn_status status = keras_object_read(&object, value, where);
    if (status) return status;
    /* Keras' function, with its defaults. */
    if (strcmp(object.name, "l1_l2") == 0 && !object.arguments) {
        *out = (regularizer){ find_class("L1L2"), 0.01, 0.01 };
        return HORN_OK;
    }
    const regularizer_class *class = find_class(object.name);
    if (!class)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: regularizer '%.200s' is not known", where, object.name);
    return read_arguments(out, class, object.arguments, where);
}

void regularizer_describe(const regularizer *r, config *into, const char *key)
{
    const regularizer_class *class = r->class;
    if (!class) {
        config_set_null(into, key);
        return;
    }
    config *arguments = config_object(), *description = config_object();
    if (class->l1_key) config_set_number(arguments, class->l1_key, r->l1);
    if (class->l2_key) config_set_number(arguments, class->l2_key, r->l2);
    config_set_string(description, "module", "keras.regularizers");
    config_set_string(description, "class_name", class->name);
    config_set(description, "config", arguments);
    config_set_null(description, "registered_name");
    config_set(into, key, description);
}

/* ---- values and gradients ---- */

/* Separate sums, so that the loop fills vectors and the order of additions never changes. */
enum { SUMS = 16 };

KERNEL static void add_up(size_t n, const float *restrict w, double *restrict sizes, double *restrict squares)
{
    for (size_t i = 0; i < n; i += SUMS)
        for (size_t k = 0; k < SUMS; k++) {
            const double value = (double)w[i + k];
            sizes[k] += fabs(value);
            squares[k] += value * value;
        }
}

double regularizer_loss(const regularizer *r, size_t n, const float *w)
{
    double sizes[SUMS] = { 0 }, squares[SUMS] = { 0 }, size = 0, square = 0;
    float rest[SUMS] = { 0 };
    const size_t whole = n - n % SUMS;
    if (!r->class) return 0;
    for (size_t i = whole; i < n; i++) rest[i - whole] = w[i];
    add_up(whole, w, sizes, squares);
    add_up(SUMS, rest, sizes, squares);
    for (size_t k = 0; k < SUMS; k++) {
        size += sizes[k];
        square += squares[k];
    }
    return (r->l1 != 0 ? r->l1 * size : 0) + (r->l2 != 0 ? r->l2 * square : 0);
}

KERNEL static void add_signs(size_t n, float factor, const float *restrict w, float *restrict dw)
{
    for (size_t i = 0; i < n; i++) dw[i] += factor * (float)((w[i] > 0) - (w[i] < 0));
}

KERNEL static void add_multiple(size_t n, float factor, const float *restrict w, float *restrict dw)
{
    for (size_t i = 0; i < n; i++) dw[i] += factor * w[i];
}

void regularizer_add_gradient(const regularizer *r, size_t n, const float *w, float *dw)
{
    if (r->l1 != 0) add_signs(n, (float)r->l1, w, dw);
    if (r->l2 != 0) add_multiple(n, 2 * (float)r->l2, w, dw);
}
