/* UnitNormalization: y = x / |x|, |x| the Euclidean norm of each sample's values along the axes, for each position on the others. Its
 * square is at least 1e-12, as in Keras 2. */
#include <math.h>
#include <string.h>
#include "layers/call.h"
#include "layers/normalizing/axes.h"
#include "tensor/broadcast.h"

static const double least = 1e-12;

typedef struct unit_normalization {
    layer base;
    axes axes;
} unit_normalization;

static void configure(layer *l, config_reader *r)
{
    axes_read(r, "axis", false, &((unit_normalization *)l)->axes);
}

static void describe(const layer *l, config *c)
{
    axes_describe(&((const unit_normalization *)l)->axes, c, "axis");
}

/* call->own: where the norms vary. */
static horn_status place(const layer *l, call *c)
{
    unsigned along;
    horn_status status = axes_resolve(&((const unit_normalization *)l)->axes, l, c->inputs, &along);
    if (status) return status;
    *(broadcast *)c->own = broadcast_along(c->inputs, ~along);
    call_ask_scratch(c, 4 * ((const broadcast *)c->own)->count);
    return HORN_OK;
}

/* sums[count] = the sums of x by over what has one norm. */
static void add_products(const broadcast *b, const float *x, const float *by, double *sums)
{
    memset(sums, 0, b->count * sizeof *sums);
    for (size_t line = 0; line < b->lines; line++) {
        double *sum = sums + broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++)
            sum[i * b->step] += (double)x[line * b->width + i] * (double)by[line * b->width + i];
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const broadcast *b = c->own;
    const size_t n = shape_count(c->inputs);
    double *squares = (double *)(void *)lane_scratch(own, c);
    for (size_t row = 0; row < x->rows; row++) {
        const float *from = x->data + row * n;
        add_products(b, from, from, squares);
        for (size_t line = 0; line < b->lines; line++) {
            const double *square = squares + broadcast_at(b, line);
            for (size_t i = 0; i < b->width; i++)
                y->data[row * n + line * b->width + i] =
                    (float)((double)from[line * b->width + i] / sqrt(fmax(square[i * b->step], least)));
        }
    }
}

/* dx = (dy - x (dy x) / |x|^2) / |x|; dy / |x| where the square is too small. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const broadcast *b = c->own;
    const size_t n = shape_count(c->inputs);
    double *squares = (double *)(void *)lane_scratch(own, c), *products = squares + b->count;
    for (size_t row = 0; dx && row < x->rows; row++) {
        const float *from = x->data + row * n, *by = dy->data + row * n;
        add_products(b, from, from, squares);
        add_products(b, from, by, products);
        for (size_t line = 0; line < b->lines; line++) {
            const size_t at = broadcast_at(b, line);
            for (size_t i = 0; i < b->width; i++) {
                const size_t k = at + i * b->step, place = line * b->width + i;
                const double square = fmax(squares[k], least),
                             pull = squares[k] > least ? (double)from[place] * products[k] / square : 0;
                dx->data[row * n + place] = (float)(((double)by[place] - pull) / sqrt(square));
            }
        }
    }
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    unsigned along;
    size_t count = 1;
    if (!g->status)
        g->status = axes_resolve(&((const unit_normalization *)c->layer)->axes, c->layer, c->inputs, &along);
    if (g->status) return *x;
    const shape sizes = axes_shape(c->inputs, along);
    if (shape_is_open(&sizes))
        g->status =
            layer_fail(c->layer, HORN_ERROR_UNSUPPORTED, "its axis is open, which graph formats cannot hold");
    for (int i = 0; i < sizes.rank; i++) count *= sizes.dim[i];
    const size_t mean = graph_mean(g, graph_apply(g, OPERATION_MUL, *x, *x), along),
                 square = graph_apply(g, OPERATION_MUL, mean, graph_number(g, (double)count)),
                 bounded = graph_apply(g, OPERATION_MAXIMUM, square, graph_number(g, least));
    return graph_apply(g, OPERATION_MUL, *x, graph_apply(g, OPERATION_RSQRT, bounded, NO_VALUE));
}

const layer_class unit_normalization_class = {
    .name = "UnitNormalization",
    .auto_name = "unit_normalization",
    .size = sizeof(unit_normalization),
    .call_size = sizeof(broadcast),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_unit_normalization(const horn_unit_normalization_options *options)
{
    horn_unit_normalization_options o = options ? *options : (horn_unit_normalization_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    axes_argue(arguments, o.axis);
    return layer_construct(&unit_normalization_class, arguments);
}
