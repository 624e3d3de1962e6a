/* Normalization: y = (x - mean) / sqrt(variance), or with `invert` y = mean + x sqrt(variance); the root is at least 1e-7. Mean and
 * variance vary along the axes. They are arguments, or weights that do not train, which horn_model_adapt sets from data. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "layers/call.h"
#include "layers/normalizing/axes.h"
#include "tensor/broadcast.h"

enum { MEAN, VARIANCE, COUNT };

typedef struct normalization {
    layer base;
    axes axes;
    bool invert;
    /* As in the config; NULL: weights. */
    config *given[2];
} normalization;

static const char *const names[] = { "mean", "variance" };

/* Numbers in a list, in lists of lists too; 0 if there is anything else. Writes the first `most` of them to out. */
static size_t read_numbers(const config *value, float *out, size_t most)
{
    double number;
    size_t count = 0;
    if (!config_is_list(value)) {
        if (!config_number(value, &number) || !(number >= -FLT_MAX && number <= FLT_MAX)) return 0;
        if (most) *out = (float)number;
        return 1;
    }
    for (size_t i = 0; i < config_count(value); i++) {
        const size_t more = read_numbers(config_at(value, i), count < most ? out + count : NULL,
                                         count < most ? most - count : 0);
        if (!more) return 0;
        count += more;
    }
    return count;
}

static void configure(layer *l, config_reader *r)
{
    normalization *n = (normalization *)l;
    const config *value;
    axes_read(r, "axis", true, &n->axes);
    config_read_boolean(r, "invert", &n->invert);
    for (int i = 0; i < 2; i++) {
        config_read_value(r, names[i], &value);
        if (!value || r->status) continue;
        if (!read_numbers(value, NULL, 0))
            config_reader_fail(r, HORN_ERROR_UNSUPPORTED, names[i], "is no number and no list of numbers");
        n->given[i] = config_copy(value);
        if (!r->status) r->status = config_status(n->given[i]);
    }
    if (!n->given[0] != !n->given[1])
        config_reader_fail(r, HORN_ERROR_FORMAT, "mean", "and 'variance' are not both given");
}

static void describe(const layer *l, config *c)
{
    const normalization *n = (const normalization *)l;
    axes_describe(&n->axes, c, "axis");
    config_set_boolean(c, "invert", n->invert);
    for (int i = 0; i < 2; i++)
        if (n->given[i])
            config_set(c, names[i], config_copy(n->given[i]));
        else
            config_set_null(c, names[i]);
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const normalization *n = (const normalization *)l;
    initializer zeros, ones;
    unsigned along;
    horn_status status = HORN_OK;
    (void)count;
    if (inputs->rank == 0) TRY(layer_fail(l, HORN_ERROR_SHAPE, "its input has no axis beside the batch"));
    TRY(axes_resolve(&n->axes, l, inputs, &along));
    if (n->given[0]) return HORN_OK;
    const shape s = axes_shape(inputs, along);
    const double values = (double)shape_count(&s);
    TRY(initializer_read(&zeros, NULL, "zeros", names[MEAN]));
    TRY(initializer_read(&ones, NULL, "ones", names[VARIANCE]));
    TRY(layer_add_weight(l, names[MEAN], "", &s, false, &zeros, values, values));
    TRY(layer_add_weight(l, names[VARIANCE], "", &s, false, &ones, values, values));
    TRY(layer_add_weight(l, "count", "", &(shape){ 0 }, false, &zeros, 1, 1));
    l->weights[COUNT].is_whole = true;
done:
    return status;
}

/* call->own: where mean and variance vary. */
static horn_status place(const layer *l, call *c)
{
    const normalization *n = (const normalization *)l;
    broadcast *b = c->own;
    unsigned along;
    horn_status status = axes_resolve(&n->axes, l, c->inputs, &along);
    if (status) return status;
    *b = broadcast_along(c->inputs, along);
    for (int i = 0; n->given[0] && i < 2; i++) {
        const size_t count = read_numbers(n->given[i], NULL, 0);
        if (count != 1 && count != b->count)
            return layer_fail(l, HORN_ERROR_SHAPE, "its %s has %zu numbers, expected one or %zu", names[i],
                              count, b->count);
    }
    call_ask_scratch(c, 2 * b->count);
    return HORN_OK;
}

/* Writes the factors [count] and the shifts [count] of y = x factor + shift to the scratch. */
static void read_statistics(const call *c, lane *own, float **factors, float **shifts)
{
    const normalization *n = (const normalization *)c->layer;
    const size_t count = ((const broadcast *)c->own)->count;
    float *mean = *shifts = lane_scratch(own, c), *variance = *factors = *shifts + count;
    for (int i = 0; i < 2; i++) {
        float *to = i ? variance : mean;
        if (!n->given[i])
            for (size_t k = 0; k < count; k++) to[k] = c->layer->weights[i].value[k];
        else if (read_numbers(n->given[i], to, count) == 1)
            for (size_t k = 1; k < count; k++) to[k] = to[0];
    }
    for (size_t k = 0; k < count; k++) {
        const float root = fmaxf(sqrtf(variance[k]), 1e-7f);
        (*factors)[k] = n->invert ? root : 1 / root;
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const broadcast *b = c->own;
    const bool inverts = ((const normalization *)c->layer)->invert;
    float *factors, *means;
    read_statistics(c, own, &factors, &means);
    for (size_t line = 0; line < x->rows * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step, place = line * b->width + i;
            y->data[place] =
                inverts ? means[k] + x->data[place] * factors[k] : (x->data[place] - means[k]) * factors[k];
        }
    }
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const broadcast *b = c->own;
    float *factors, *means;
    read_statistics(c, own, &factors, &means);
    for (size_t line = 0; dx && line < x->rows * b->lines; line++) {
        const size_t at = broadcast_at(b, line % b->lines);
        for (size_t i = 0; i < b->width; i++)
            dx->data[line * b->width + i] = dy->data[line * b->width + i] * factors[at + i * b->step];
    }
}

static void destroy(layer *l)
{
    normalization *n = (normalization *)l;
    for (int i = 0; i < 2; i++) config_free(n->given[i]);
}

/* The mean or the variance: a number, a constant or a weight. */
static size_t operate_statistic(const call *c, graph *g, int i)
{
    const normalization *n = (const normalization *)c->layer;
    const size_t count = ((const broadcast *)c->own)->count;
    unsigned along = 0;
    float *values = NULL;
    if (!g->status) g->status = axes_resolve(&n->axes, c->layer, c->inputs, &along);
    if (!g->status && n->given[i]) g->status = memory_new(&values, count, sizeof *values);
    if (g->status) return 0;
    const shape s = axes_shape(c->inputs, along);
    const size_t given = n->given[i] ? read_numbers(n->given[i], values, count) : 0;
    const size_t value = given == 1 ? graph_number(g, (double)values[0])
                         : given    ? graph_numbers(g, values, &s)
                                    : layer_graph_weight(c->layer, g, (size_t)i);
    free(values);
    return given == 1 ? value : axes_graph_spread(g, value, c->inputs, along);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const size_t mean = operate_statistic(c, g, MEAN),
                 variance = graph_apply(g, OPERATION_MAXIMUM, operate_statistic(c, g, VARIANCE),
                                        graph_number(g, 1e-14)),
                 inverse = graph_apply(g, OPERATION_RSQRT, variance, NO_VALUE);
    if (!((const normalization *)c->layer)->invert)
        return graph_apply(g, OPERATION_MUL, graph_apply(g, OPERATION_SUB, *x, mean), inverse);
    const size_t root = graph_apply(g, OPERATION_MUL, variance, inverse);
    return graph_apply(g, OPERATION_ADD, graph_apply(g, OPERATION_MUL, *x, root), mean);
}

const layer_class normalization_class = {
    .name = "Normalization",
    .auto_name = "normalization",
    .size = sizeof(normalization),
    .call_size = sizeof(broadcast),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .forward = forward,
    .backward = backward,
    .destroy = destroy,
    .operate = operate,
};

horn_layer *horn_normalization(const horn_normalization_options *options)
{
    horn_normalization_options o = options ? *options : (horn_normalization_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.of_all)
        config_set(arguments, "axis", config_list());
    else
        axes_argue(arguments, o.axis);
    config_set_boolean(arguments, "invert", o.invert);
    return layer_construct(&normalization_class, arguments);
}
