#include "functions/initializer.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"
#include "functions/constant_values.h"
#include "functions/orthogonal.h"

/* Random ones last. */
typedef enum distribution { CONSTANT, IDENTITY, ORTHOGONAL, UNIFORM, NORMAL, TRUNCATED_NORMAL } distribution;
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
    { "Identity", "IdentityInitializer", IDENTITY, FAN_NONE, { "gain", NULL }, 1, 0 },
    { "Orthogonal", "OrthogonalInitializer", ORTHOGONAL, FAN_NONE, { "gain", NULL }, 1, 0 },
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
static const char *const distribution_names[] = {
    [UNIFORM] = "uniform", [NORMAL] = "untruncated_normal", [TRUNCATED_NORMAL] = "truncated_normal"
};

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
    const char *mode = "fan_in", *kind = "truncated_normal";
    config_read_string(r, "mode", &mode);
    config_read_string(r, "distribution", &kind);
    if (strcasecmp(kind, "normal") == 0) kind = "truncated_normal";
    for (size_t i = 0; i < CLASSES; i++)
        if (classes[i].name == variance_scaling && strcmp(fan_names[classes[i].fan], mode) == 0 &&
            strcasecmp(distribution_names[classes[i].distribution], kind) == 0) {
            *class = &classes[i];
            return;
        }
    config_reader_fail(r, HORN_ERROR_FORMAT, "mode", "'%.60s' with distribution '%.60s' is not known", mode,
                       kind);
}

static void read_axes(config_reader *r, const char *key, int axes[HORN_MAX_RANK], int *count)
{
    const config *list;
    int64_t axis;
    config_read_value(r, key, &list);
    if (!list) return;
    if (!config_is_list(list) || config_count(list) > HORN_MAX_RANK) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is not a list of at most %d axes", HORN_MAX_RANK);
        return;
    }
    for (size_t i = 0; i < config_count(list); i++)
        if (config_integer(config_at(list, i), &axis) && axis >= -HORN_MAX_RANK && axis < HORN_MAX_RANK)
            axes[(*count)++] = (int)axis;
        else
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "has an item %zu that is no axis", i);
}

static void read_numbers(config_reader *r, initializer *out)
{
    const initializer_class *class = out->class;
    double values[2] = { class->a, class->b };
    const config *value = class->distribution == CONSTANT && class->keys[0]
                              ? constant_values_of(config_get(r->object, class->keys[0]))
                              : NULL;
    if (value) config_ignore(r, class->keys[0]);
    for (int i = 0; i < 2; i++)
        if (class->keys[i] && !value)
            config_read_number(r, class->keys[i], class->fan ? 0 : -FLT_MAX, FLT_MAX, &values[i]);
    out->a = values[0];
    out->b = values[1];
    out->values = value;
}

static horn_status read_arguments(initializer *out, const initializer_class *class, const config *arguments,
                                  const char *where)
{
    initializer found = { .class = class };
    config_reader r = config_reader_begin(arguments, where);
    if (class->name == variance_scaling) read_scaling(&r, &found.class);
    read_numbers(&r, &found);
    /* The model's seed is used instead: the key of initializer_fill. */
    config_ignore(&r, "seed");
    config_ignore(&r, "dtype");
    read_axes(&r, "input_axes", found.input_axes, &found.input_axis_count);
    read_axes(&r, "output_axes", found.output_axes, &found.output_axis_count);
    *out = found;
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

bool initializer_has_more(const config *value)
{
    static const char *const keys[] = { "seed", "input_axes", "output_axes" };
    const config *arguments = config_get(value, "config");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!config_is_null(config_get(arguments, keys[i]))) return true;
    return constant_values_of(config_get(arguments, "value"));
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
    if (class->distribution > IDENTITY) config_set_null(arguments, "seed");
    config_set_string(description, "module", "keras.initializers");
    config_set_string(description, "class_name", class->name);
    config_set(description, "config", arguments);
    config_set_null(description, "registered_name");
    return description;
}

/* ---- filling ---- */

horn_status initializer_check(const initializer *i, const shape *s, const char *where)
{
    char found[SHAPE_TEXT];
    const distribution d = i->class->distribution;
    const int most = i->input_axis_count && i->output_axis_count ? s->rank : HORN_MAX_RANK;
    if (d == IDENTITY && s->rank != 2)
        return fail(HORN_ERROR_SHAPE, "%s: has shape %s, expected two axes for Identity", where,
                    shape_print(found, s));
    if (d == ORTHOGONAL && s->rank < 2)
        return fail(HORN_ERROR_SHAPE, "%s: has shape %s, expected two or more axes for Orthogonal", where,
                    shape_print(found, s));
    for (int k = 0; k < i->input_axis_count; k++)
        if (i->input_axes[k] >= most || i->input_axes[k] < -most)
            return fail(HORN_ERROR_SHAPE, "%s: has no axis %d", where, i->input_axes[k]);
    for (int k = 0; k < i->output_axis_count; k++)
        if (i->output_axes[k] >= most || i->output_axes[k] < -most)
            return fail(HORN_ERROR_SHAPE, "%s: has no axis %d", where, i->output_axes[k]);
    return i->values ? constant_values_check(i->values, s, where) : HORN_OK;
}

static double fan_of(const initializer *i, double fan_in, double fan_out, const shape *s)
{
    if (i->input_axis_count && i->output_axis_count) {
        fan_in = fan_out = 1;
        for (int k = 0; k < i->input_axis_count; k++)
            fan_in *= (double)s->dim[i->input_axes[k] + (i->input_axes[k] < 0 ? s->rank : 0)];
        for (int k = 0; k < i->output_axis_count; k++)
            fan_out *= (double)s->dim[i->output_axes[k] + (i->output_axes[k] < 0 ? s->rank : 0)];
    }
    const fan kind = i->class->fan;
    const double n = kind == FAN_IN ? fan_in : kind == FAN_OUT ? fan_out : (fan_in + fan_out) / 2;
    return n < 1 ? 1 : n;
}

/* Gives a and b as the distribution needs them: bounds, or mean and standard deviation. */
static void settle(const initializer *i, double units, double *a, double *b)
{
    *a = i->a;
    *b = i->b;
    if (!i->class->fan) return;
    const double deviation = sqrt(i->a / units);
    *a = 0;
    *b = deviation;
    /* Corrects for the truncation, which reduces the standard deviation. */
    if (i->class->distribution == TRUNCATED_NORMAL) *b = deviation / 0.87962566103423978;
    if (i->class->distribution == UNIFORM) {
        *b = deviation * sqrt(3);
        *a = -*b;
    }
}

static void fill_random(const initializer *i, random_key key, double units, size_t n, float *out)
{
    double a, b;
    settle(i, units, &a, &b);
    if (i->class->distribution == UNIFORM) random_uniforms(key, 0, 0, n, out);
    if (i->class->distribution == NORMAL) random_normals(key, 0, 0, n, out);
    if (i->class->distribution == TRUNCATED_NORMAL) random_truncated_normals(key, 0, 0, n, out);
    const double factor = i->class->distribution == UNIFORM ? b - a : b;
    for (size_t k = 0; k < n; k++) out[k] = factor == 0 ? (float)a : (float)(a + factor * (double)out[k]);
}

static void fill_identity(double gain, const shape *s, float *out)
{
    const size_t rows = s->dim[0], columns = s->dim[1];
    for (size_t k = 0; k < rows * columns; k++) out[k] = k / columns == k % columns ? (float)gain : 0;
}

horn_status initializer_fill(const initializer *i, random_key key, double fan_in, double fan_out,
                             const shape *s, float *out)
{
    const size_t n = shape_count(s);
    switch (i->class->distribution) {
    case CONSTANT:
        if (i->values) return constant_values_fill(i->values, s, out);
        for (size_t k = 0; k < n; k++) out[k] = (float)i->a;
        break;
    case IDENTITY:
        fill_identity(i->a, s, out);
        break;
    case ORTHOGONAL:
        if (n) return orthogonal_fill(key, i->a, n / s->dim[s->rank - 1], s->dim[s->rank - 1], out);
        break;
    case UNIFORM:
    case NORMAL:
    case TRUNCATED_NORMAL:
        fill_random(i, key, fan_of(i, fan_in, fan_out, s), n, out);
        break;
    }
    return HORN_OK;
}
