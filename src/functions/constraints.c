#include "functions/constraint.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include "base/kernel.h"
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"

typedef enum argument { MIN_VALUE = 1, MAX_VALUE = 2, RATE = 4, AXIS = 8 } argument;

struct constraint_class {
    const char *name;
    /* Keras' other names. */
    const char *aliases[2];
    /* A set of `argument`. */
    unsigned arguments;
    /* Defaults, and the values of arguments that the class does not have. */
    double min, max, rate;
};

/* UnitNorm is a MinMaxNorm of 1 to 1. */
static const constraint_class classes[] = {
    { "NonNeg", { "non_neg", "nonneg" }, 0, 0, 0, 0 },
    { "MaxNorm", { "max_norm", "maxnorm" }, MAX_VALUE | AXIS, 0, 2, 1 },
    { "UnitNorm", { "unit_norm", "unitnorm" }, AXIS, 1, 1, 1 },
    { "MinMaxNorm", { "min_max_norm", "min_max_norm" }, MIN_VALUE | MAX_VALUE | RATE | AXIS, 0, 1, 1 },
};

static const constraint_class *find_class(const char *name)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].name, name) == 0 || strcmp(classes[i].aliases[0], name) == 0 ||
            strcmp(classes[i].aliases[1], name) == 0)
            return &classes[i];
    return NULL;
}

/* ---- from a config and back ---- */

static void add_axis(constraint *c, config_reader *r, const config *value)
{
    int64_t axis;
    if (config_integer(value, &axis) && axis >= -HORN_MAX_RANK && axis < HORN_MAX_RANK)
        c->axes[c->axis_count++] = (int)axis;
    else
        config_reader_fail(r, HORN_ERROR_FORMAT, "axis", "is no axis and no list of axes");
}

static void read_axes(constraint *c, config_reader *r)
{
    const config *value = config_get(r->object, "axis");
    config_ignore(r, "axis");
    c->axis_form = !value                  ? AXIS_NUMBER
                   : config_is_null(value) ? AXIS_ALL
                   : config_is_list(value) ? AXIS_LIST
                                           : AXIS_NUMBER;
    if (!value) {
        c->axis_count = 1;
    } else if (c->axis_form == AXIS_NUMBER) {
        add_axis(c, r, value);
    } else if (config_count(value) > HORN_MAX_RANK) {
        config_reader_fail(r, HORN_ERROR_FORMAT, "axis", "has %zu axes, expected at most %d",
                           config_count(value), HORN_MAX_RANK);
    } else {
        for (size_t i = 0; i < config_count(value); i++) add_axis(c, r, config_at(value, i));
    }
}

horn_status constraint_read(constraint *out, const config *value, const char *where)
{
    keras_object object;
    *out = (constraint){ 0 };
    if (config_is_null(value)) return HORN_OK;
    horn_status status = keras_object_read(&object, value, where);
    if (status) return status;
    const constraint_class *class = find_class(object.name);
    if (!class)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: constraint '%.200s' is not known", where, object.name);
    constraint found = { .class = class, .min = class->min, .max = class->max, .rate = class->rate };
    config_reader r = config_reader_begin(object.arguments, where);
    if (class->arguments & MIN_VALUE) config_read_number(&r, "min_value", -FLT_MAX, FLT_MAX, &found.min);
    if (class->arguments & MAX_VALUE) config_read_number(&r, "max_value", -FLT_MAX, FLT_MAX, &found.max);
    if (class->arguments & RATE) config_read_number(&r, "rate", -FLT_MAX, FLT_MAX, &found.rate);
    if (class->arguments & AXIS) read_axes(&found, &r);
    status = config_reader_end(&r);
    if (!status) *out = found;
    return status;
}

static config *describe_axes(const constraint *c)
{
    config *list = config_list();
    for (int i = 0; i < c->axis_count; i++) config_append_integer(list, c->axes[i]);
    return list;
}

void constraint_describe(const constraint *c, config *into, const char *key)
{
    const constraint_class *class = c->class;
    if (!class) {
        config_set_null(into, key);
        return;
    }
    config *arguments = config_object(), *description = config_object();
    if (class->arguments & MIN_VALUE) config_set_number(arguments, "min_value", c->min);
    if (class->arguments & MAX_VALUE) config_set_number(arguments, "max_value", c->max);
    if (class->arguments & RATE) config_set_number(arguments, "rate", c->rate);
    if (class->arguments & AXIS && c->axis_form == AXIS_NUMBER)
        config_set_integer(arguments, "axis", c->axes[0]);
    if (class->arguments & AXIS && c->axis_form == AXIS_LIST) config_set(arguments, "axis", describe_axes(c));
    if (class->arguments & AXIS && c->axis_form == AXIS_ALL) config_set_null(arguments, "axis");
    config_set_string(description, "module", "keras.constraints");
    config_set_string(description, "class_name", class->name);
    config_set(description, "config", arguments);
    config_set_null(description, "registered_name");
    config_set(into, key, description);
}

horn_status constraint_check(const constraint *c, const shape *s, const char *where)
{
    char found[SHAPE_TEXT];
    for (int i = 0; i < c->axis_count; i++)
        if (c->axes[i] >= s->rank || c->axes[i] < -s->rank)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: %s has no axis %d in a weight of shape %s", where,
                        c->class->name, c->axes[i], shape_print(found, s));
    return HORN_OK;
}

/* ---- applying ---- */

/* Some of a weight's axes, the last first: counts their places, and finds each in the weight. */
typedef struct walk {
    size_t count, sizes[HORN_MAX_RANK], strides[HORN_MAX_RANK];
    int rank;
} walk;

static void add_to_walk(walk *w, size_t size, size_t stride)
{
    w->sizes[w->rank] = size;
    w->strides[w->rank++] = stride;
    w->count *= size;
}

static size_t walk_place(const walk *w, size_t index)
{
    size_t place = 0;
    for (int i = 0; i < w->rank; i++) {
        place += index % w->sizes[i] * w->strides[i];
        index /= w->sizes[i];
    }
    return place;
}

/* Norms that are computed together, of neighbours on the last axis. */
enum { BLOCK = 64 };

/* The norms along `over` of `width` neighbours from `w` on; or of one, if each place of `over` is a run of numbers. */
typedef struct stretch {
    const walk *over;
    size_t width, run;
} stretch;

static void sum_squares(const stretch *s, const float *w, double *sums)
{
    for (size_t k = 0; k < s->width; k++) sums[k] = 0;
    for (size_t i = 0; i < s->over->count; i++) {
        const float *at = w + walk_place(s->over, i);
        for (size_t j = 0; j < s->run; j++)
            for (size_t k = 0; k < s->width; k++) sums[k] += (double)at[j + k] * (double)at[j + k];
    }
}

static void multiply(const stretch *s, float *w, const float *factors)
{
    for (size_t i = 0; i < s->over->count; i++) {
        float *at = w + walk_place(s->over, i);
        for (size_t j = 0; j < s->run; j++)
            for (size_t k = 0; k < s->width; k++) at[j + k] *= factors[k];
    }
}

static float factor_of(const constraint *c, float norm)
{
    const float min = (float)c->min, max = (float)(c->max < c->min ? c->min : c->max);
    const float rate = (float)c->rate, small = 1e-7f + norm;
    if (!(c->class->arguments & MAX_VALUE)) return 1 / small;
    const float clipped = norm < min ? min : norm > max ? max : norm;
    return (rate == 1 ? clipped : rate * clipped + (1 - rate) * norm) / small;
}

static void normalize(const constraint *c, const stretch *s, float *w)
{
    double sums[BLOCK];
    float factors[BLOCK];
    sum_squares(s, w, sums);
    for (size_t k = 0; k < s->width; k++) factors[k] = factor_of(c, sqrtf((float)sums[k]));
    multiply(s, w, factors);
}

/* Sorts the axes: those that the norms add over, and the others. The last axis is in neither. Returns whether it is added over. */
static bool sort_axes(const constraint *c, const shape *s, walk *over, walk *others)
{
    unsigned summed = c->axis_form == AXIS_ALL ? ~0u : 0;
    size_t stride = 1;
    for (int i = 0; i < c->axis_count; i++) summed |= 1u << (c->axes[i] + (c->axes[i] < 0 ? s->rank : 0));
    over->count = others->count = 1;
    for (int i = s->rank; i-- > 0;) {
        if (i < s->rank - 1) add_to_walk(summed >> i & 1 ? over : others, s->dim[i], stride);
        stride *= s->dim[i];
    }
    return s->rank == 0 || summed >> (s->rank - 1) & 1;
}

static void constrain_norms(const constraint *c, const shape *s, float *w)
{
    walk over = { 0 }, others = { 0 };
    const bool whole = sort_axes(c, s, &over, &others);
    const size_t last = s->rank ? s->dim[s->rank - 1] : 1;
    for (size_t i = 0; i < others.count; i++) {
        float *at = w + walk_place(&others, i);
        if (whole) normalize(c, &(stretch){ &over, 1, last }, at);
        for (size_t done = 0; !whole && done < last; done += BLOCK)
            normalize(c, &(stretch){ &over, last - done < BLOCK ? last - done : BLOCK, 1 }, at + done);
    }
}

KERNEL static void cut_negatives(size_t n, float *w)
{
    for (size_t i = 0; i < n; i++) w[i] = w[i] < 0 ? 0 : w[i];
}

void constraint_apply(const constraint *c, const shape *s, float *w)
{
    if (c->class->arguments)
        constrain_norms(c, s, w);
    else
        cut_negatives(shape_count(s), w);
}
