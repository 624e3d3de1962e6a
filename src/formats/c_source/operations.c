/* How each kind of operation is written: as one or two calls of helpers. */
#include <stdio.h>
#include <string.h>
#include "formats/c_source/writer.h"

typedef struct row {
    void (*put)(c_source_writer *, size_t value, helper);
    helper helper;
    /* Each value of y is computed from the one at the same place of x, the first operand: they may lie in one place. */
    bool is_in_place;
} row;

static size_t last_axis(const shape *s)
{
    return s->rank ? s->dim[s->rank - 1] : 1;
}

/* ---- values ---- */

static void put_each(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    bytes_print(&w->calls, ", memory + %zu, %zu", w->places[value].first, w->places[value].count);
    if (o->kind == OPERATION_LEAKY_RELU) bytes_print(&w->calls, ", %.8ef", o->number);
    bytes_print(&w->calls, ");\n");
}

/* An operand of `both` or `choose`, and how many numbers it has. */
static size_t put_repeatable(c_source_writer *w, size_t value, int k)
{
    const operation *o = &w->g->operations[value];
    const bool repeats = c_source_repeats(w->g, o, k);
    if (repeats)
        bytes_print(&w->calls, "memory + %zu", w->places[value].repeated[k]);
    else
        c_source_put_operand(w, o->inputs[k]);
    return repeats ? w->places[value].count : shape_count(c_source_shape_of(w, o->inputs[k]));
}

static void put_repetitions(c_source_writer *w, size_t value)
{
    const operation *o = &w->g->operations[value];
    for (int k = 0; k < o->input_count; k++)
        if (c_source_repeats(w->g, o, k)) c_source_put_repeated(w, o, k, w->places[value].repeated[k]);
}

static void put_both(c_source_writer *w, size_t value, helper h)
{
    put_repetitions(w, value);
    w->helpers[h] = true;
    bytes_print(&w->calls, "    %s(", helper_name(h));
    put_repeatable(w, value, 0);
    bytes_print(&w->calls, ", ");
    const size_t count = put_repeatable(w, value, 1);
    bytes_print(&w->calls, ", %zu, memory + %zu, %zu);\n", count, w->places[value].first,
                w->places[value].count);
}

static void put_select(c_source_writer *w, size_t value, helper h)
{
    put_repetitions(w, value);
    w->helpers[h] = true;
    bytes_print(&w->calls, "    %s(", helper_name(h));
    put_repeatable(w, value, 0);
    for (int k = 1; k < 3; k++) {
        bytes_print(&w->calls, ", ");
        const size_t count = put_repeatable(w, value, k);
        bytes_print(&w->calls, ", %zu", count);
    }
    bytes_print(&w->calls, ", memory + %zu, %zu);\n", w->places[value].first, w->places[value].count);
}

static void put_rows(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    const size_t columns = last_axis(x);
    bytes_print(&w->calls, ", memory + %zu, %zu, %zu);\n", w->places[value].first, shape_count(x) / columns,
                columns);
}

static void put_product(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const shape *kernel = c_source_shape_of(w, o->inputs[1]);
    c_source_put_comma_operand(w, o->inputs[1]);
    bytes_print(&w->calls, ", memory + %zu, %zu, %zu, %zu);\n", w->places[value].first,
                w->places[value].count / kernel->dim[1], kernel->dim[0], kernel->dim[1]);
}

static void put_normalization(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const size_t channels = last_axis(&o->shape);
    bytes_print(&w->calls, ", memory + %zu, %zu, %zu", w->places[value].first,
                w->places[value].count / channels, channels);
    for (int k = 1; k < 5; k++) c_source_put_comma_operand(w, k < o->input_count ? o->inputs[k] : NO_VALUE);
    bytes_print(&w->calls, ", %.8ef);\n", o->number);
}

/* (M, K) and (N, K) */
static void put_dot(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const shape *x = c_source_shape_of(w, o->inputs[0]), *y = c_source_shape_of(w, o->inputs[1]);
    c_source_put_comma_operand(w, o->inputs[1]);
    bytes_print(&w->calls, ", memory + %zu, %zu, %zu, %zu);\n", w->places[value].first,
                shape_count(x) / last_axis(x), shape_count(y) / last_axis(y), last_axis(x));
}

static void put_bilinear(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    bytes_print(&w->calls, ", memory + %zu, %zu, %zu, %zu, %zu, %zu);\n", w->places[value].first, x->dim[0],
                x->dim[1], x->dim[2], o->shape.dim[0], o->shape.dim[1]);
}

/* ---- windows ---- */

static void put_sizes(c_source_writer *w, const size_t *sizes, int count, int step)
{
    bytes_print(&w->calls, "{ ");
    for (int i = 0; i < count; i++) bytes_print(&w->calls, "%s%zu", i ? ", " : "", sizes[step * i]);
    bytes_print(&w->calls, " }, ");
}

static void put_window(c_source_writer *w, size_t value, helper h)
{
    static const size_t ones[3] = { 1, 1, 1 };
    const operation *o = c_source_begin(w, value, h);
    const bool is_turned = h == HELPER_CONVOLVE_BACK, has_kernel = o->input_count > 1;
    const shape *in = c_source_shape_of(w, o->inputs[0]), *x = is_turned ? &o->shape : in,
                *y = is_turned ? in : &o->shape;
    const shape *kernel = has_kernel ? c_source_shape_of(w, o->inputs[1]) : NULL;
    const int axes = x->rank - 1;
    size_t pads[6];
    graph_padding(w->g, o, pads);
    w->helpers[HELPER_WINDOW] = true;
    if (has_kernel) c_source_put_comma_operand(w, o->inputs[1]);
    bytes_print(&w->calls, ", memory + %zu,\n        &(const window){ %d, ", w->places[value].first, axes);
    put_sizes(w, x->dim, axes, 1);
    put_sizes(w, y->dim, axes, 1);
    put_sizes(w, kernel ? kernel->dim : o->size, axes, 1);
    put_sizes(w, o->stride, axes, 1);
    put_sizes(w, kernel ? o->dilation : ones, axes, 1);
    put_sizes(w, pads, axes, 2);
    bytes_print(&w->calls, "%zu, %zu }", x->dim[axes], y->dim[axes]);
    if (h == HELPER_CONVOLVE) bytes_print(&w->calls, ", %zu", kernel->dim[axes]);
    bytes_print(&w->calls, ");\n");
}

/* Constants, and values that are others in another shape. */
static void put_nothing(c_source_writer *w, size_t value, helper h)
{
    (void)w, (void)value, (void)h;
}

static const row rows[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { put_nothing, 0, false },
    [OPERATION_WEIGHT] = { put_nothing, 0, false },
    [OPERATION_NUMBER] = { put_nothing, 0, false },
    [OPERATION_NUMBERS] = { put_nothing, 0, false },
    [OPERATION_RESHAPE] = { put_nothing, 0, false },
    [OPERATION_EXPAND_DIMS] = { put_nothing, 0, false },
    [OPERATION_SQUEEZE] = { put_nothing, 0, false },
    [OPERATION_MATMUL] = { put_product, HELPER_MATMUL, false },
    [OPERATION_BIAS_ADD] = { put_both, HELPER_ADD, true },
    [OPERATION_CONV2D] = { put_window, HELPER_CONVOLVE, false },
    [OPERATION_DEPTHWISE_CONV2D] = { put_window, HELPER_CONVOLVE_DEPTHWISE, false },
    [OPERATION_CONV2D_TRANSPOSE] = { put_window, HELPER_CONVOLVE_BACK, false },
    [OPERATION_MAX_POOL] = { put_window, HELPER_MAX_POOL, false },
    [OPERATION_AVG_POOL] = { put_window, HELPER_AVG_POOL, false },
    [OPERATION_CONV3D] = { put_window, HELPER_CONVOLVE, false },
    [OPERATION_CONV3D_TRANSPOSE] = { put_window, HELPER_CONVOLVE_BACK, false },
    [OPERATION_MAX_POOL3D] = { put_window, HELPER_MAX_POOL, false },
    [OPERATION_AVG_POOL3D] = { put_window, HELPER_AVG_POOL, false },
    [OPERATION_RESIZE_BILINEAR] = { put_bilinear, HELPER_RESIZE, false },
    [OPERATION_DOT] = { put_dot, HELPER_DOT, false },
    [OPERATION_MEAN] = { put_rows, HELPER_MEAN, false },
    [OPERATION_MAX] = { put_rows, HELPER_MAX, false },
    [OPERATION_PAD] = { c_source_put_pad, HELPER_CLEAR, false },
    [OPERATION_CROP] = { c_source_put_part, 0, false },
    [OPERATION_TRANSPOSE] = { c_source_put_transpose, 0, false },
    [OPERATION_TILE] = { c_source_put_tile, 0, false },
    [OPERATION_RESIZE_NEAREST] = { c_source_put_nearest, 0, false },
    [OPERATION_MEAN_ALONG] = { c_source_put_mean_along, HELPER_MEAN_ALONG, false },
    [OPERATION_GATHER] = { c_source_put_gather, HELPER_GATHER, false },
    [OPERATION_SLICE] = { c_source_put_part, 0, false },
    [OPERATION_JOIN] = { c_source_put_join, 0, false },
    [OPERATION_BATCH_NORMALIZATION] = { put_normalization, HELPER_NORMALIZE, true },
    [OPERATION_LEAKY_RELU] = { put_each, HELPER_LEAKY_RELU, true },
    [OPERATION_RELU] = { put_each, HELPER_RELU, true },
    [OPERATION_RELU6] = { put_each, HELPER_RELU6, true },
    [OPERATION_SOFTMAX] = { put_rows, HELPER_SOFTMAX, true },
    [OPERATION_SIGMOID] = { put_each, HELPER_SIGMOID, true },
    [OPERATION_TANH] = { put_each, HELPER_TANH, true },
    [OPERATION_ELU] = { put_each, HELPER_ELU, true },
    [OPERATION_SELU] = { put_each, HELPER_SELU, true },
    [OPERATION_SOFTPLUS] = { put_each, HELPER_SOFTPLUS, true },
    [OPERATION_GREATER] = { put_both, HELPER_GREATER, true },
    [OPERATION_MINIMUM] = { put_both, HELPER_MINIMUM, true },
    [OPERATION_MAXIMUM] = { put_both, HELPER_MAXIMUM, true },
    [OPERATION_ADD] = { put_both, HELPER_ADD, true },
    [OPERATION_SUB] = { put_both, HELPER_SUB, true },
    [OPERATION_MUL] = { put_both, HELPER_MUL, true },
    [OPERATION_SELECT] = { put_select, HELPER_SELECT, true },
    [OPERATION_CAST] = { put_each, HELPER_COPY, true },
    [OPERATION_NEG] = { put_each, HELPER_NEG, true },
    [OPERATION_RSQRT] = { put_each, HELPER_RSQRT, true },
};

bool c_source_knows(operation_kind kind)
{
    return rows[kind].put;
}

bool c_source_is_in_place(operation_kind kind)
{
    return rows[kind].is_in_place;
}

void c_source_put(c_source_writer *w, size_t value)
{
    const row *r = &rows[w->g->operations[value].kind];
    r->put(w, value, r->helper);
}
