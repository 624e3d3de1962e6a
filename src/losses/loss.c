#include "losses/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

/* The first of a kind is the one that is written. */
static const struct {
    const char *name;
    loss_reduction reduction;
} reductions[] = {
    { "sum_over_batch_size", REDUCTION_MEAN },
    { "auto", REDUCTION_MEAN },
    { "mean", REDUCTION_MEAN },
    { "sum", REDUCTION_SUM },
    { "none", REDUCTION_NONE },
    { "mean_with_sample_weight", REDUCTION_WEIGHTED_MEAN },
};

enum { REDUCTIONS = sizeof reductions / sizeof *reductions };

/* Keras 3 writes "none" as null. */
static void read_reduction(config_reader *r, loss_reduction *out)
{
    const char *reduction = config_get(r->object, "reduction") ? "none" : "auto";
    config_read_string(r, "reduction", &reduction);
    for (size_t i = 0; i < REDUCTIONS; i++)
        if (strcmp(reductions[i].name, reduction) == 0) {
            *out = reductions[i].reduction;
            return;
        }
    config_reader_fail(r, HORN_ERROR_FORMAT, "reduction", "is '%.100s', which is no reduction", reduction);
}

static const char *reduction_name(loss_reduction reduction)
{
    size_t i = 0;
    while (reductions[i].reduction != reduction) i++;
    return reductions[i].name;
}

/* Keras 2 writes the function of a loss, besides its class. */
static void read_function(config_reader *r, const char *expected)
{
    keras_object function;
    const config *value;
    config_read_value(r, "fn", &value);
    if (!value || r->status) return;
    r->status = keras_object_read(&function, value, r->where);
    if (!r->status && strcmp(function.name, expected) != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "fn", "is '%.100s', expected '%s'", function.name,
                           expected);
}

static const char *default_name(const loss_class *class)
{
    return class->default_name ? class->default_name : class->function_name;
}

horn_status loss_new_of_class(loss **out, const loss_class *class, const config *arguments)
{
    horn_status status = HORN_OK;
    loss *l = NULL;
    TRY(memory_new(&l, 1, class->size));
    l->class = class;
    char where[96];
    snprintf(where, sizeof where, "loss %s", class->name);
    config_reader r = config_reader_begin(arguments, where);
    const char *name = NULL;
    config_read_string(&r, "name", &name);
    if (name && strcmp(name, default_name(class)) != 0) TRY(memory_copy_string(&l->name, name));
    read_reduction(&r, &l->reduction);
    read_function(&r, class->function_name);
    keras_object_only_float32(&r, "dtype");
    if (class->configure) class->configure(l, &r);
    TRY(config_reader_end(&r));
    *out = l;
    l = NULL;
done:
    loss_free(l);
    return status;
}

static config *describe_object(const loss *l)
{
    config *arguments = config_object();
    config_set_string(arguments, "name", l->name ? l->name : default_name(l->class));
    config_set_string(arguments, "reduction", reduction_name(l->reduction));
    if (l->class->describe) l->class->describe(l, arguments);
    return keras_object_new(l->class->name, arguments);
}

horn_status loss_describe(const loss *l, config **out)
{
    config *description = l->named ? config_from_string(l->named) : describe_object(l);
    horn_status status = config_status(description);
    if (status)
        config_free(description);
    else
        *out = description;
    return status;
}

void loss_free(loss *l)
{
    if (!l || failure_is_static(l->failure)) return;
    failure_free(l->failure);
    free(l->name);
    free(l);
}

static bool is_one_of(const char *const *names, const char *name)
{
    while (names && *names && strcmp(*names, name) != 0) names++;
    return names && *names;
}

const char *loss_function_name(const loss_class *class, const char *name)
{
    for (const char *const *alias = class->aliases; alias && *alias; alias++)
        if (strcmp(*alias, name) == 0) return *alias;
    const bool is_it = strcmp(class->function_name, name) == 0 || is_one_of(class->old_names, name);
    return is_it ? class->function_name : NULL;
}

double loss_value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                  const targets *t, const float *weights, float *gradient, float scale)
{
    double sum = 0;
    if (!weights) return l->class->value(l, kind, rows, columns, outputs, t, gradient, scale);
    for (size_t row = 0; row < rows; row++) {
        const targets one = targets_row(t, row, columns);
        float *dy = gradient ? gradient + row * columns : NULL;
        if (weights[row] != 0)
            sum += (double)weights[row] * l->class->value(l, kind, 1, columns, outputs + row * columns, &one,
                                                          dy, scale * weights[row]);
        else if (dy)
            memset(dy, 0, columns * sizeof *dy);
    }
    return sum;
}

/* ---- the public API ---- */

config *loss_arguments(const char *reduction)
{
    config *arguments = config_object();
    if (reduction) config_set_string(arguments, "reduction", reduction);
    return arguments;
}

config *loss_crossentropy_arguments(const horn_crossentropy_options *o)
{
    config *arguments = loss_arguments(o ? o->reduction : NULL);
    config_set_boolean(arguments, "from_logits", o && o->from_logits);
    if (o) config_set_option(arguments, "label_smoothing", o->label_smoothing);
    return arguments;
}

config *loss_focal_arguments(const horn_focal_crossentropy_options *o)
{
    config *arguments = loss_arguments(o ? o->reduction : NULL);
    config_set_boolean(arguments, "from_logits", o && o->from_logits);
    if (!o) return arguments;
    config_set_option(arguments, "label_smoothing", o->label_smoothing);
    config_set_option(arguments, "alpha", o->alpha);
    config_set_option(arguments, "gamma", o->gamma);
    return arguments;
}

horn_loss *loss_failed(horn_status status)
{
    static loss no_memory = { .failure = &failure_no_memory };
    return failure_object(sizeof no_memory, offsetof(loss, failure), &no_memory, status);
}

horn_loss *loss_construct(const loss_class *class, config *arguments)
{
    const arithmetic host = arithmetic_begin();
    loss *l = NULL;
    horn_status status = config_status(arguments);
    if (!status) status = loss_new_of_class(&l, class, arguments);
    config_free(arguments);
    arithmetic_end(host);
    return status ? loss_failed(status) : l;
}

horn_status horn_loss_status(const horn_loss *l)
{
    NEED(l, "loss");
    return failure_status(l->failure);
}

void horn_loss_free(horn_loss *l)
{
    loss_free(l);
}
