/* Operations that take values from other places: Transpose and GetItem, which is x[:, 1:3, ..., -1, None]. Each axis of y walks
 * through x at a stride. */
#include <inttypes.h>
#include <string.h>
#include "base/status.h"
#include "layers/operations/operation.h"

/* Of one sample; call->own. */
typedef struct walk {
    int rank;
    size_t dim[HORN_MAX_RANK];
    ptrdiff_t stride[HORN_MAX_RANK], first;
} walk;

typedef horn_status plan(const layer *, call *, walk *);

/* ---- Transpose ---- */

static void find_strides(const shape *x, ptrdiff_t *stride)
{
    ptrdiff_t size = 1;
    for (int i = x->rank; i-- > 0; size *= (ptrdiff_t)x->dim[i]) stride[i] = size;
}

static horn_status transpose(const layer *l, call *c, walk *w)
{
    const config *axes = config_get(operation_of(l)->arguments, "axes");
    ptrdiff_t stride[HORN_MAX_RANK];
    unsigned seen = 0;
    int64_t batch;
    find_strides(c->inputs, stride);
    if (config_count(axes) != (size_t)c->inputs->rank + 1 || !config_integer(config_at(axes, 0), &batch) ||
        batch != 0)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "operation Transpose moves the batch, or does not name each of %d axes",
                          c->inputs->rank + 1);
    for (int i = 0; i < c->inputs->rank; i++) {
        int64_t axis = 0;
        int at = 0;
        if (!config_integer(config_at(axes, (size_t)i + 1), &axis)) axis = 0;
        horn_status status = operation_axis(l, "axes", axis, c->inputs->rank, &at);
        if (status) return status;
        seen |= 1u << at;
        w->dim[w->rank] = c->inputs->dim[at];
        w->stride[w->rank++] = stride[at];
    }
    return seen == (1u << c->inputs->rank) - 1
               ? HORN_OK
               : layer_fail(l, HORN_ERROR_FORMAT, "operation Transpose names an axis twice");
}

/* ---- GetItem ---- */

/* What is taken along an axis. */
typedef struct cut {
    int64_t first, count, step;
} cut;

/* A bound of a slice, which counts from the end if it is below 0; null: `otherwise`. */
static bool read_bound(const config *value, int64_t size, int64_t least, int64_t most, int64_t otherwise,
                       int64_t *out)
{
    *out = otherwise;
    if (config_is_null(value)) return true;
    if (!config_integer(value, out)) return false;
    if (*out < 0) *out += size;
    *out = *out < least ? least : *out > most ? most : *out;
    return true;
}

/* {"start", "stop", "step"} as Python reads it; false: it is none, or takes nothing. */
static bool read_slice(const config *given, int64_t size, cut *out)
{
    const config *step = config_get(given, "step");
    int64_t stop;
    out->step = 1;
    if (!config_is_object(given) || (!config_is_null(step) && !config_integer(step, &out->step)))
        return false;
    if (out->step == 0 || out->step > INT32_MAX || out->step < -INT32_MAX) return false;
    const bool ahead = out->step > 0;
    const int64_t least = ahead ? 0 : -1, most = ahead ? size : size - 1;
    if (!read_bound(config_get(given, "start"), size, least, most, ahead ? 0 : size - 1, &out->first) ||
        !read_bound(config_get(given, "stop"), size, least, most, ahead ? size : -1, &stop))
        return false;
    const int64_t span = ahead ? stop - out->first : out->first - stop,
                  length = ahead ? out->step : -out->step;
    out->count = span > 0 ? (span + length - 1) / length : 0;
    return out->count > 0;
}

static bool is_whole_slice(const config *given)
{
    int64_t step = 1;
    return config_is_object(given) && config_is_null(config_get(given, "start")) &&
           config_is_null(config_get(given, "stop")) &&
           (config_is_null(config_get(given, "step")) ||
            (config_integer(config_get(given, "step"), &step) && step == 1));
}

static bool is_ellipsis(const config *given)
{
    const char *class_name = config_get_string(given, "class_name");
    return class_name && strcmp(class_name, "__ellipsis__") == 0;
}

static bool put_axis(walk *w, size_t size, ptrdiff_t stride)
{
    if (w->rank == HORN_MAX_RANK) return false;
    w->dim[w->rank] = size;
    w->stride[w->rank++] = stride;
    return true;
}

/* Takes item `given` along axis `axis` of x. An open axis can be taken whole alone. */
static bool take(walk *w, const shape *x, const ptrdiff_t *stride, int axis, const config *given)
{
    int64_t at;
    cut part;
    const int64_t size = (int64_t)x->dim[axis];
    if (is_whole_slice(given)) return put_axis(w, x->dim[axis], stride[axis]);
    if (size == SHAPE_OPEN) return false;
    if (config_integer(given, &at)) {
        if (at < 0) at += size;
        w->first += (ptrdiff_t)at * stride[axis];
        return at >= 0 && at < size;
    }
    if (!read_slice(given, size, &part)) return false;
    w->first += (ptrdiff_t)part.first * stride[axis];
    return put_axis(w, (size_t)part.count, (ptrdiff_t)part.step * stride[axis]);
}

/* The items of a key, which may be one without a list. */
static size_t count_items(const config *key)
{
    return config_is_list(key) ? config_count(key) : 1;
}

static const config *item_at(const config *key, size_t i)
{
    return config_is_list(key) ? config_at(key, i) : key;
}

/* Items that take an axis of x: all but null and the ellipsis. */
static int count_axes(const config *key)
{
    int count = 0;
    for (size_t i = 0; i < count_items(key); i++)
        count += !config_is_null(item_at(key, i)) && !is_ellipsis(item_at(key, i));
    return count;
}

/* Item `given` at axis *axis of the batch's. The first one takes the batch, whole. */
static bool take_item(walk *w, const shape *x, const ptrdiff_t *stride, int *axis, const config *given)
{
    if (config_is_null(given)) return *axis > 0 && put_axis(w, 1, 0);
    if (*axis > x->rank) return false;
    const int at = (*axis)++;
    return at ? take(w, x, stride, at - 1, given) : is_whole_slice(given);
}

static horn_status get_item(const layer *l, call *c, walk *w)
{
    const config *key = config_get(operation_of(l)->arguments, "key"), *whole = config_object();
    ptrdiff_t stride[HORN_MAX_RANK];
    char found[SHAPE_TEXT];
    int axis = 0;
    bool fits = key && whole, has_ellipsis = false;
    find_strides(c->inputs, stride);
    int rest = c->inputs->rank + 1 - count_axes(key);
    for (size_t i = 0; fits && i < count_items(key); i++) {
        const config *item = item_at(key, i);
        if (!is_ellipsis(item)) {
            fits = take_item(w, c->inputs, stride, &axis, item);
            continue;
        }
        fits = !has_ellipsis;
        has_ellipsis = true;
        while (fits && rest-- > 0) fits = take_item(w, c->inputs, stride, &axis, whole);
    }
    while (fits && axis <= c->inputs->rank) fits = take_item(w, c->inputs, stride, &axis, whole);
    config_free((config *)whole);
    if (!fits)
        return layer_fail(
            l, HORN_ERROR_UNSUPPORTED,
            "operation GetItem takes what an input of shape %s does not have, or part of the batch",
            shape_print(found, c->inputs));
    return w->rank ? HORN_OK
                   : layer_fail(l, HORN_ERROR_UNSUPPORTED, "its output would have no axis beside the batch");
}

/* ---- both ---- */

static const struct rule {
    const char *name;
    plan *plan;
} rules[] = { { "Transpose", transpose }, { "GetItem", get_item } };

static bool computes(operation_layer *o)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, o->operation->name) == 0) o->rule = &rules[i];
    return o->rule;
}

static horn_status place(const layer *l, call *c)
{
    walk *w = c->own;
    horn_status status = ((const struct rule *)operation_of(l)->rule)->plan(l, c, w);
    if (status) return status;
    c->outputs->rank = w->rank;
    memcpy(c->outputs->dim, w->dim, sizeof w->dim);
    return HORN_OK;
}

/* Where a line of y, its last axis, begins in a sample of x. */
static ptrdiff_t line_at(const walk *w, size_t line)
{
    ptrdiff_t at = w->first;
    for (int i = w->rank - 1; i-- > 0; line /= w->dim[i]) at += (ptrdiff_t)(line % w->dim[i]) * w->stride[i];
    return at;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const walk *w = c->own;
    const size_t width = w->dim[w->rank - 1], lines = shape_count(c->outputs) / width;
    const ptrdiff_t step = w->stride[w->rank - 1];
    float *to = y->data;
    (void)own;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t line = 0; line < lines; line++) {
            const float *from = x->data + i * shape_count(c->inputs) + line_at(w, line);
            for (size_t k = 0; k < width; k++) *to++ = from[(ptrdiff_t)k * step];
        }
}

/* No value of x is taken twice. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const walk *w = c->own;
    const size_t width = w->dim[w->rank - 1], lines = shape_count(c->outputs) / width,
                 size = shape_count(c->inputs);
    const ptrdiff_t step = w->stride[w->rank - 1];
    const float *from = dy->data;
    (void)own, (void)y;
    if (!dx) return;
    memset(dx->data, 0, x->rows * size * sizeof *dx->data);
    for (size_t i = 0; i < x->rows; i++)
        for (size_t line = 0; line < lines; line++) {
            float *to = dx->data + i * size + line_at(w, line);
            for (size_t k = 0; k < width; k++) to[(ptrdiff_t)k * step] = *from++;
        }
}

static const layer_class gather_class = { OPERATION_CLASS, .call_size = sizeof(walk), .place = place,
                                          .forward = forward, .backward = backward };

const operation_family gather_family = { &gather_class, computes, NULL };
