#include "functions/initializer.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"

typedef enum distribution { CONSTANT, UNIFORM, NORMAL, TRUNCATED_NORMAL } distribution;
typedef enum fan { FAN_NONE, FAN_IN, FAN_OUT, FAN_AVG } fan;

/* With a fan, `a` is the scale: the variance is a / fan. Without, a and b are the parameters of the distribution. */
struct initializer_class {
    /* Keras' class; an older name. */
    const char *name, *alias;
    distribution distribution;
    fan fan;
    /* The names of a and b in a config; NULL: the config does not have it. */
    const char *keys[2];
    /* Their defaults. */
    double a, b;
};

static const char variance_scaling[] = "VarianceScaling";

static const initializer_class classes[] = {
    { "Zeros", "zero", CONSTANT, FAN_NONE, { NULL, NULL }, 0, 0 },
    { "Ones", "one", CONSTANT, FAN_NONE, { NULL, NULL }, 1, 0 },
    { "Constant", NULL, CONSTANT, FAN_NONE, { "value", NULL }, 0, 0 },
    { "RandomUniform", "uniform", UNIFORM, FAN_NONE, { "minval", "maxval" }, -0.05, 0.05 },
    { "RandomNormal", "normal", NORMAL, FAN_NONE, { "mean", "stddev" }, 0, 0.05 },
    { "TruncatedNormal", NULL, TRUNCATED_NORMAL, FAN_NONE, { "mean", "stddev" }, 0, 0.05 },
    { "GlorotUniform", NULL, UNIFORM, FAN_AVG, { NULL, NULL }, 1, 0 },
    { "GlorotNormal", NULL, TRUNCATED_NORMAL, FAN_AVG, { NULL, NULL }, 1, 0 },
    { "HeUniform", NULL, UNIFORM, FAN_IN, { NULL, NULL }, 2, 0 },
    { "HeNormal", NULL, TRUNCATED_NORMAL, FAN_IN, { NULL, NULL }, 2, 0 },
    { "LecunUniform", NULL, UNIFORM, FAN_IN, { NULL, NULL }, 1, 0 },
    { "LecunNormal", NULL, TRUNCATED_NORMAL, FAN_IN, { NULL, NULL }, 1, 0 },
    { variance_scaling, NULL, TRUNCATED_NORMAL, FAN_IN, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, TRUNCATED_NORMAL, FAN_OUT, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, TRUNCATED_NORMAL, FAN_AVG, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, NORMAL, FAN_IN, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, NORMAL, FAN_OUT, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, NORMAL, FAN_AVG, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, UNIFORM, FAN_IN, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, UNIFORM, FAN_OUT, { "scale", NULL }, 1, 0 },
    { variance_scaling, NULL, UNIFORM, FAN_AVG, { "scale", NULL }, 1, 0 },
};

enum { CLASSES = sizeof classes / sizeof classes[0] };

/* The names in VarianceScaling's config. */
static const char *const fan_names[] = { "", "fan_in", "fan_out", "fan_avg" };
static const char *const distribution_names[] = { "", "uniform", "untruncated_normal", "truncated_normal" };

/* True if `name` is the class's name, the same in snake case ("glorot_uniform"), or either in TensorFlow 1.13's form
 * ("GlorotUniformV2"). */
static bool is_name_of(const initializer_class *class, const char *name)
{
    char snake[64], text[64];
    size_t length = strlen(name);
    if (length >= sizeof text) return false;
    strcpy(text, name);
    if (length > 2 && strcmp(text + length - 2, "V2") == 0) text[length - 2] = 0;
    length = 0;
    for (const char *c = class->name; *c; c++) {
        if (isupper((unsigned char)*c) && c != class->name) snake[length++] = '_';
        snake[length++] = (char)tolower((unsigned char)*c);
    }
    snake[length] = 0;
    return strcmp(text, class->name) == 0 || strcmp(text, snake) == 0 ||
           (class->alias && strcmp(text, class->alias) == 0);
}

static const initializer_class *find_class(const char *name)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (is_name_of(&classes[i], name)) return &classes[i];
    return NULL;
}

/* Finds the class for the mode and distribution of a VarianceScaling. */
static void read_scaling(config_reader *r, const initializer_class **class)
{
    const char *mode = "fan_in", *shape = "truncated_normal";
    config_read_string(r, "mode", &mode);
    config_read_string(r, "distribution", &shape);
    if (strcmp(shape, "normal") == 0) shape = "truncated_normal";
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].name == variance_scaling && strcmp(fan_names[classes[i].fan], mode) == 0 &&
            strcmp(distribution_names[classes[i].distribution], shape) == 0) {
            *class = &classes[i];
            return;
        }
    config_reader_fail(r, HORN_ERROR_FORMAT, "mode", "'%.60s' with distribution '%.60s' is not known", mode,
                       shape);
}

static horn_status read_arguments(initializer *out, const initializer_class *class, const config *arguments,
                                  const char *where)
{
    double values[2] = { class->a, class->b };
    config_reader r = config_reader_begin(arguments, where);
    if (class->name == variance_scaling) read_scaling(&r, &class);
    for (int i = 0; i < 2; i++)
        if (class->keys[i])
            config_read_number(&r, class->keys[i], class->fan ? 0 : -FLT_MAX, FLT_MAX, &values[i]);
    /* The model's seed is used instead: the key of initializer_fill. */
    config_ignore(&r, "seed");
    config_ignore(&r, "dtype");
    config_ignore(&r, "input_axes");
    config_ignore(&r, "output_axes");
    *out = (initializer){ .class = class, .a = values[0], .b = values[1] };
    return config_reader_end(&r);
}

horn_status initializer_read(initializer *out, const config *value, const char *otherwise, const char *where)
{
    keras_object object = { .name = otherwise };
    initializer found;
    horn_status status = config_is_null(value) ? HORN_OK : keras_object_read(&object, value, where);
    if (status) return status;
    const initializer_class *class = find_class(object.name);
    if (!class)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: initializer '%.200s' is not known", where, object.name);
    status = read_arguments(&found, class, object.arguments, where);
    if (!status) *out = found;
    return status;
}

config *initializer_describe(const initializer *i)
{
    const initializer_class *class = i->class;
    const double values[2] = { i->a, i->b };
    config *description = config_object(), *arguments = config_object();
    for (int k = 0; k < 2; k++)
        if (class->keys[k]) config_set_number(arguments, class->keys[k], values[k]);
    if (class->name == variance_scaling) {
        config_set_string(arguments, "mode", fan_names[class->fan]);
        config_set_string(arguments, "distribution", distribution_names[class->distribution]);
    }
    if (class->distribution != CONSTANT) config_set_null(arguments, "seed");
    config_set_string(description, "module", "keras.initializers");
    config_set_string(description, "class_name", class->name);
    config_set(description, "config", arguments);
    config_set_null(description, "registered_name");
    return description;
}

/* ---- filling ---- */

static double fan_of(fan kind, double fan_in, double fan_out)
{
    const double n = kind == FAN_IN ? fan_in : kind == FAN_OUT ? fan_out : (fan_in + fan_out) / 2;
    return n < 1 ? 1 : n;
}

/* Gives a and b as the distribution needs them: bounds, or mean and standard deviation. */
static void settle(const initializer *i, double fan_in, double fan_out, double *a, double *b)
{
    *a = i->a;
    *b = i->b;
    if (!i->class->fan) return;
    const double deviation = sqrt(i->a / fan_of(i->class->fan, fan_in, fan_out));
    *a = 0;
    *b = deviation;
    /* Corrects for the truncation, which reduces the standard deviation. */
    if (i->class->distribution == TRUNCATED_NORMAL) *b = deviation / 0.87962566103423978;
    if (i->class->distribution == UNIFORM) {
        *b = deviation * sqrt(3);
        *a = -*b;
    }
}

void initializer_fill(const initializer *i, random_key key, double fan_in, double fan_out, size_t n,
                      float *out)
{
    double a, b, offset, factor;
    settle(i, fan_in, fan_out, &a, &b);
    offset = a;
    factor = b;
    switch (i->class->distribution) {
    case CONSTANT:
        factor = 0;
        break;
    case UNIFORM:
        random_uniforms(key, 0, 0, n, out);
        factor = b - a;
        break;
    case NORMAL:
        random_normals(key, 0, 0, n, out);
        break;
    case TRUNCATED_NORMAL:
        random_truncated_normals(key, 0, 0, n, out);
        break;
    }
    for (size_t k = 0; k < n; k++)
        out[k] = factor == 0 ? (float)offset : (float)(offset + factor * (double)out[k]);
}
