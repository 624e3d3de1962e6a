/* Masking: y = x, but 0 at each position whose values along the last axis all are mask_value; these positions are masked. */
#include <float.h>
#include <string.h>
#include "layers/call.h"

typedef struct masking {
    layer base;
    double mask_value;
} masking;

static void configure(layer *l, config_reader *r)
{
    config_read_number(r, "mask_value", -FLT_MAX, FLT_MAX, &((masking *)l)->mask_value);
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "mask_value", ((const masking *)l)->mask_value);
}

static horn_status place(const layer *l, call *c)
{
    if (c->inputs->rank) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its input has no axis beside the batch");
}

static bool counts(const call *c, const float *x, size_t n)
{
    const float value = (float)((const masking *)c->layer)->mask_value;
    for (size_t i = 0; i < n; i++)
        if (x[i] != value) return true;
    return false;
}

/* Copies the positions of `from` that count in x. */
static void copy(const call *c, const tensor *x, const float *from, float *to)
{
    const size_t n = c->inputs->dim[c->inputs->rank - 1], count = x->rows * shape_count(c->inputs);
    for (size_t i = 0; i < count; i += n) {
        if (counts(c, x->data + i, n))
            memcpy(to + i, from + i, n * sizeof *to);
        else
            memset(to + i, 0, n * sizeof *to);
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    copy(c, x, x->data, y->data);
}

static void mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    (void)own;
    const size_t n = c->inputs->dim[c->inputs->rank - 1], count = x->rows * shape_count(c->inputs);
    for (size_t i = 0; i < count; i += n) y_mask[i / n] = counts(c, x->data + i, n);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    if (dx) copy(c, x, dy->data, dx->data);
}

/* 1 if x > 0, else 0. */
static size_t is_positive(graph *g, size_t x)
{
    return graph_apply(g, OPERATION_CAST, graph_apply(g, OPERATION_GREATER, x, graph_number(g, 0)), NO_VALUE);
}

/* Whether the mean over the last axis of what differs from mask_value, as 1 or 0, is above 0. */
static size_t operate_mask(const call *c, graph *g, const size_t *x, const size_t *masks)
{
    const float value = (float)((const masking *)c->layer)->mask_value;
    (void)masks;
    const size_t far = value == 0 ? *x : graph_apply(g, OPERATION_SUB, *x, graph_number(g, (double)value)),
                 near = graph_apply(g, OPERATION_NEG, far, NO_VALUE),
                 differs = graph_apply(g, OPERATION_ADD, is_positive(g, far), is_positive(g, near));
    return is_positive(g, graph_mean(g, differs, 1u << (c->inputs->rank - 1)));
}

/* Positions that are 0 all over stay as they are. */
static size_t operate(const call *c, graph *g, const size_t *x)
{
    if ((float)((const masking *)c->layer)->mask_value == 0) return *x;
    return graph_merge(g, OPERATION_MUL, *x, operate_mask(c, g, x, NULL));
}

const layer_class masking_class = {
    .name = "Masking",
    .auto_name = "masking",
    .size = sizeof(masking),
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .mask = mask,
    .backward = backward,
    .operate = operate,
    .operate_mask = operate_mask,
};

horn_layer *horn_masking(const horn_masking_options *options)
{
    horn_masking_options o = options ? *options : (horn_masking_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "mask_value", o.mask_value);
    return layer_construct(&masking_class, arguments);
}
