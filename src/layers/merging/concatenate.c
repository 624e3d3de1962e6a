/* Concatenate: y = x0, x1, ... one behind the other along an axis. Along the last axis a position of y counts if it counts in each
 * input that has a mask, as in Keras 2; along another axis the masks stand one behind the other, too. */
#include <string.h>
#include "base/status.h"
#include "layers/joining.h"
#include "layers/merging/merging.h"
#include "snapshot/graph.h"

typedef struct concatenate {
    layer base;
    /* Counts from the batch on; below 0 from the end. */
    int64_t axis;
} concatenate;

static void configure(layer *l, config_reader *r)
{
    concatenate *own = (concatenate *)l;
    const config *axis = NULL;
    own->axis = -1;
    config_read_value(r, "axis", &axis);
    if (r->status || !axis) return;
    if (!config_integer(axis, &own->axis))
        config_reader_fail(r, HORN_ERROR_FORMAT, "axis", "is no whole number");
    else if (own->axis == 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "axis",
                           "is 0, the batch: only axes of samples are supported");
}

static void describe(const layer *l, config *c)
{
    config_set_integer(c, "axis", ((const concatenate *)l)->axis);
}

/* Of a sample; -1: the shape has no such axis. */
static int axis_of(const layer *l, const shape *s)
{
    const int64_t axis = ((const concatenate *)l)->axis, found = axis < 0 ? axis + s->rank : axis - 1;
    return found >= 0 && found < s->rank ? (int)found : -1;
}

static horn_status place(const layer *l, call *c)
{
    const int axis = axis_of(l, c->inputs);
    char found[SHAPE_TEXT];
    if (axis < 0)
        return layer_fail(l, HORN_ERROR_SHAPE, "its axis is %lld, its first input has shape %s",
                          (long long)((const concatenate *)l)->axis, shape_print(found, c->inputs));
    c->gives_mask = c->takes_mask;
    return joining_place(l, c, axis);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    joining_forward(c, axis_of(c->layer, c->inputs), x, y);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)x, (void)y;
    joining_backward(c, axis_of(c->layer, c->inputs), dy, dx);
}

/* Of positions: an input without a mask has only such that count. */
static void mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    const int axis = axis_of(c->layer, c->inputs), last = c->outputs->rank - 1;
    const size_t positions = x->rows * (shape_count(c->outputs) / c->outputs->dim[last]);
    joining_runs r = joining_runs_of(c, x->rows, axis);
    (void)own;
    memset(y_mask, 1, positions);
    for (size_t k = 0; axis == last && k < c->input_count; k++)
        for (size_t i = 0; x[k].mask && i < positions; i++) y_mask[i] &= x[k].mask[i] != 0;
    for (size_t k = 0; axis != last && k < c->input_count; k++) {
        joining_next(&r, c, k, axis);
        const size_t columns = c->outputs->dim[last], run = r.run / columns;
        for (size_t i = 0; x[k].mask && i < r.count; i++)
            memcpy(y_mask + (i * r.whole + r.first) / columns, x[k].mask + i * run, run);
    }
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    size_t y = *x;
    for (size_t k = 1; k < c->input_count; k++) y = graph_join(g, y, x[k], axis_of(c->layer, c->inputs));
    return y;
}

const layer_class concatenate_class = {
    .name = "Concatenate",
    .auto_name = "concatenate",
    .size = sizeof(concatenate),
    .most_inputs = CALL_MOST_INPUTS,
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .mask = mask,
    .operate_mask = merging_operate_mask,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_concatenate(const horn_concatenate_options *options)
{
    const horn_concatenate_options o = options ? *options : (horn_concatenate_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "axis", o.axis ? o.axis : -1);
    return layer_construct(&concatenate_class, arguments);
}
