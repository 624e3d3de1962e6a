/* Computed in float32, in the order of Keras' operations: equals Keras' rate to one unit in the last place. */
#include "functions/schedule.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"

struct schedule_class {
    const char *name;
    /* The default name of an object in Keras 3. */
    const char *instance;
    void (*read)(schedule *, config_reader *);
    void (*describe)(const schedule *, config *);
    float (*value)(const schedule *, float step);
};

/* ---- arguments that several have ---- */

static void read_steps(schedule *s, config_reader *r)
{
    config_require(r, "initial_learning_rate");
    config_require(r, "decay_steps");
    config_read_number(r, "initial_learning_rate", 0, FLT_MAX, &s->initial);
    config_read_number(r, "decay_steps", 0, FLT_MAX, &s->steps);
    if (!r->status && (float)s->steps == 0)
        config_reader_fail(r, HORN_ERROR_FORMAT, "decay_steps", "is %g, expected more than 0", s->steps);
}

/* Writes an integer as an integer. */
static void set_count(config *c, const char *key, double value)
{
    if (value == floor(value) && value < 0x1p53)
        config_set_integer(c, key, (int64_t)value);
    else
        config_set_number(c, key, value);
}

static void describe_steps(const schedule *s, config *c)
{
    config_set_number(c, "initial_learning_rate", s->initial);
    set_count(c, "decay_steps", s->steps);
}

static void read_rate(schedule *s, config_reader *r)
{
    read_steps(s, r);
    config_require(r, "decay_rate");
    config_read_number(r, "decay_rate", 0, FLT_MAX, &s->rate);
    config_read_boolean(r, "staircase", &s->staircase);
}

static void describe_rate(const schedule *s, config *c)
{
    describe_steps(s, c);
    config_set_number(c, "decay_rate", s->rate);
    config_set_boolean(c, "staircase", s->staircase);
}

static float periods(const schedule *s, float step)
{
    const float p = step / (float)s->steps;
    return s->staircase ? floorf(p) : p;
}

/* ---- ExponentialDecay, InverseTimeDecay ---- */

static float exponential(const schedule *s, float step)
{
    return (float)s->initial * powf((float)s->rate, periods(s, step));
}

static float inverse_time(const schedule *s, float step)
{
    return (float)s->initial / (1 + (float)s->rate * periods(s, step));
}

/* ---- CosineDecay ---- */

static void read_cosine(schedule *s, config_reader *r)
{
    read_steps(s, r);
    config_read_number(r, "alpha", 0, FLT_MAX, &s->alpha);
    s->warmup_target = -1;
    config_read_number(r, "warmup_target", 0, FLT_MAX, &s->warmup_target);
    s->warms = s->warmup_target >= 0;
    config_read_number(r, "warmup_steps", 0, FLT_MAX, &s->warmup_steps);
}

static void describe_cosine(const schedule *s, config *c)
{
    describe_steps(s, c);
    config_set_number(c, "alpha", s->alpha);
    if (s->warms)
        config_set_number(c, "warmup_target", s->warmup_target);
    else
        config_set_null(c, "warmup_target");
    set_count(c, "warmup_steps", s->warmup_steps);
}

static float cosine(const schedule *s, float step)
{
    const float steps = (float)s->steps, initial = (float)s->initial;
    const float warmup = s->warms ? (float)s->warmup_steps : 0, last = steps + warmup;
    step = step < last ? step : last;
    if (step < warmup) return ((float)s->warmup_target - initial) * (step / warmup) + initial;
    const float decayed = 0.5f * (1 + cosf((float)M_PI * ((step - warmup) / steps)));
    return (s->warms ? (float)s->warmup_target : initial) *
           ((float)(1 - s->alpha) * decayed + (float)s->alpha);
}

/* ---- PolynomialDecay ---- */

static void read_polynomial(schedule *s, config_reader *r)
{
    s->end = 0.0001;
    s->power = 1;
    read_steps(s, r);
    config_read_number(r, "end_learning_rate", 0, FLT_MAX, &s->end);
    config_read_number(r, "power", 0, FLT_MAX, &s->power);
    config_read_boolean(r, "cycle", &s->cycle);
}

static void describe_polynomial(const schedule *s, config *c)
{
    describe_steps(s, c);
    config_set_number(c, "end_learning_rate", s->end);
    config_set_number(c, "power", s->power);
    config_set_boolean(c, "cycle", s->cycle);
}

static float polynomial(const schedule *s, float step)
{
    const float end = (float)s->end;
    float steps = (float)s->steps;
    if (s->cycle)
        steps *= step > 0 ? ceilf(step / steps) : 1;
    else if (step > steps)
        step = steps;
    return ((float)s->initial - end) * powf(1 - step / steps, (float)s->power) + end;
}

/* ---- PiecewiseConstantDecay ---- */

static void read_numbers(config_reader *r, const char *key, double **out, size_t *count)
{
    const config *list;
    config_require(r, key);
    config_read_value(r, key, &list);
    if (r->status) return;
    *count = config_count(list);
    if (!config_is_list(list) || *count == 0) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no list of numbers");
        return;
    }
    r->status = memory_new(out, *count, sizeof **out);
    for (size_t i = 0; !r->status && i < *count; i++)
        if (!config_number(config_at(list, i), &(*out)[i]) || !(fabs((*out)[i]) <= 0x1p62))
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no list of numbers");
}

static void read_pieces(schedule *s, config_reader *r)
{
    size_t values = 0;
    read_numbers(r, "boundaries", &s->boundaries, &s->count);
    read_numbers(r, "values", &s->values, &values);
    if (r->status) return;
    if (values != s->count + 1)
        config_reader_fail(r, HORN_ERROR_FORMAT, "values", "are %zu, expected one more than %zu boundaries",
                           values, s->count);
    for (size_t i = 0; !r->status && i < values; i++)
        if (!(s->values[i] >= 0 && s->values[i] <= FLT_MAX))
            config_reader_fail(r, HORN_ERROR_FORMAT, "values", "hold %g, expected 0 or more", s->values[i]);
    for (size_t i = 1; !r->status && i < s->count; i++)
        if (s->boundaries[i] < s->boundaries[i - 1])
            config_reader_fail(r, HORN_ERROR_FORMAT, "boundaries", "fall from %g to %g", s->boundaries[i - 1],
                               s->boundaries[i]);
}

static void describe_pieces(const schedule *s, config *c)
{
    config *boundaries = config_list(), *values = config_list();
    for (size_t i = 0; i < s->count; i++) {
        if (s->boundaries[i] == floor(s->boundaries[i]) && fabs(s->boundaries[i]) < 0x1p53)
            config_append_integer(boundaries, (int64_t)s->boundaries[i]);
        else
            config_append_number(boundaries, s->boundaries[i]);
    }
    for (size_t i = 0; i <= s->count; i++) config_append_number(values, s->values[i]);
    config_set(c, "boundaries", boundaries);
    config_set(c, "values", values);
}

/* ---- the table ---- */

static const schedule_class classes[] = {
    { "ExponentialDecay", "ExponentialDecay", read_rate, describe_rate, exponential },
    { "InverseTimeDecay", "InverseTimeDecay", read_rate, describe_rate, inverse_time },
    { "CosineDecay", "CosineDecay", read_cosine, describe_cosine, cosine },
    { "PolynomialDecay", "PolynomialDecay", read_polynomial, describe_polynomial, polynomial },
    { "PiecewiseConstantDecay", "PiecewiseConstant", read_pieces, describe_pieces, NULL },
};

static const schedule_class *find_class(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(classes[i].name, name) == 0) return &classes[i];
    return NULL;
}

horn_status schedule_read(schedule *out, const config *value, const char *where)
{
    keras_object object;
    horn_status status = keras_object_read(&object, value, where);
    if (status) return status;
    schedule found = { .class = find_class(object.name) };
    if (!found.class)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: learning-rate schedule '%.200s' is not known", where,
                    object.name);
    config_reader r = config_reader_begin(object.arguments, where);
    config_ignore(&r, "name");
    found.class->read(&found, &r);
    status = config_reader_end(&r);
    if (status)
        schedule_free(&found);
    else
        *out = found;
    return status;
}

config *schedule_describe(const schedule *s)
{
    config *arguments = config_object(), *description = config_object();
    s->class->describe(s, arguments);
    config_set_string(arguments, "name", s->class->instance);
    config_set_string(description, "module", "keras.optimizers.schedules");
    config_set_string(description, "class_name", s->class->name);
    config_set(description, "config", arguments);
    config_set_null(description, "registered_name");
    return description;
}

void schedule_free(schedule *s)
{
    free(s->boundaries);
    free(s->values);
    *s = (schedule){ 0 };
}

const char *schedule_name(const schedule *s)
{
    return s->class->name;
}

/* Keras truncates boundaries to integers. A value applies up to and including its boundary. */
static float piece(const schedule *s, int64_t step)
{
    size_t i = 0;
    while (i < s->count && step > (int64_t)s->boundaries[i]) i++;
    return (float)s->values[i];
}

float schedule_value(const schedule *s, int64_t step)
{
    return s->class->value ? s->class->value(s, (float)step) : piece(s, step);
}
