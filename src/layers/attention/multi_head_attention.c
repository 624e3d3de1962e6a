/* MultiHeadAttention of query[T, D], value[S, D'] and key[S, D"], which is the value if it is not given. For each head, with q[T, K],
 * k[S, K] and v[S, V], which are projections of the three:
 *
 *     o[T, V] = softmax(q k^T / sqrt(K)) v        y[T, U] = the projection of o of all heads
 *
 * Source: Vaswani et al., "Attention Is All You Need", 2017 */
#include <math.h>
#include <string.h>
#include "base/option.h"
#include "base/status.h"
#include "layers/attention/projection.h"
#include "layers/attention/scores.h"
#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"

enum { QUERY, KEY, VALUE, OUTPUT, PROJECTIONS };

typedef struct multi_head {
    layer base;
    size_t num_heads, key_dim, value_dim, output_size;
    double dropout;
    bool is_causal;
    kernel_and_bias shared;
} multi_head;

static multi_head *self_of(const layer *l)
{
    return (multi_head *)l;
}

/* ---- arguments ---- */

/* A number, or a list of one; null: the query's last axis. */
static void read_output(multi_head *m, config_reader *r)
{
    const config *value = NULL;
    int64_t size = 0;
    config_read_value(r, "output_shape", &value);
    if (!value) return;
    if (config_is_list(value) && config_count(value) != 1)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "output_shape", "has %zu axes, expected 1",
                           config_count(value));
    else if (!config_integer(config_is_list(value) ? config_at(value, 0) : value, &size) || size < 1)
        config_reader_fail(r, HORN_ERROR_FORMAT, "output_shape", "is no integer >= 1");
    m->output_size = (size_t)size;
}

static void read_axes(config_reader *r)
{
    const config *axes = NULL;
    int64_t axis = 1;
    config_read_value(r, "attention_axes", &axes);
    const config *first = config_is_list(axes) ? config_at(axes, 0) : axes;
    if (axes && (config_count(axes) > 1 || !config_integer(first, &axis) || axis != 1))
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "attention_axes",
                           "names other axes than 1, which is not supported");
}

static void configure(layer *l, config_reader *r)
{
    static const char *const shapes[] = { "query_shape", "key_shape", "value_shape" };
    multi_head *m = self_of(l);
    config_require(r, "num_heads");
    config_require(r, "key_dim");
    config_read_count(r, "num_heads", 1, &m->num_heads);
    config_read_count(r, "key_dim", 1, &m->key_dim);
    m->value_dim = m->key_dim;
    config_read_count(r, "value_dim", 1, &m->value_dim);
    read_output(m, r);
    read_axes(r);
    config_only_boolean(r, "use_gate", false);
    config_only_boolean(r, "softmax_robust_masking", false); /* of tf_keras */
    config_only_null(r, "sliding_window");
    for (size_t i = 0; i < 3; i++) layer_keep(l, r, shapes[i]);
    kernel_and_bias_read(&m->shared, l, r, "kernel");
    scores_read_arguments(l, r, &m->dropout, &m->is_causal);
}

static void describe(const layer *l, config *c)
{
    const multi_head *m = self_of(l);
    config_set_integer(c, "num_heads", (int64_t)m->num_heads);
    config_set_integer(c, "key_dim", (int64_t)m->key_dim);
    config_set_integer(c, "value_dim", (int64_t)m->value_dim);
    config_set_number(c, "dropout", m->dropout);
    config_set_boolean(c, "use_bias", m->shared.use_bias);
    if (m->output_size)
        config_set_integer(c, "output_shape", (int64_t)m->output_size);
    else
        config_set_null(c, "output_shape");
    config_set_sizes(c, "attention_axes", (const size_t[]){ 1 }, 1);
    kernel_and_bias_describe(&m->shared, c, "kernel", false);
    config_set_null(c, "query_shape");
    config_set_null(c, "key_shape");
    config_set_null(c, "value_shape");
    if (m->is_causal) config_set_boolean(c, "use_causal_mask", true);
}

/* ---- shapes ---- */

/* The input that each of the first three projections takes. */
static size_t input_of(size_t input_count, size_t which)
{
    return which == QUERY ? 0 : which == KEY && input_count > 2 ? 2 : 1;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const multi_head *m = self_of(l);
    horn_status status = HORN_OK;
    if (count < 2)
        return layer_fail(l, HORN_ERROR_ARGUMENT,
                          "is called on 1 value, expected a query and a value, and a key or none");
    for (size_t i = 0; i < count; i++)
        if (inputs[i].rank != 2)
            return layer_fail(l, HORN_ERROR_UNSUPPORTED, "is called on samples of %d axes, expected 2",
                              inputs[i].rank);
    const size_t U = m->output_size ? m->output_size : inputs[0].dim[1];
    for (size_t i = 0; i < PROJECTIONS && !status; i++) {
        const size_t width = i == VALUE || i == OUTPUT ? m->value_dim : m->key_dim;
        const shape kernel = { 3, { inputs[input_of(count, i)].dim[1], m->num_heads, width } },
                    out = { 3, { m->num_heads, width, U } };
        const shape bias = { 2, { m->num_heads, width } }, last = { 1, { U } };
        status = projection_build(l, &m->shared, i == OUTPUT ? &out : &kernel, i == OUTPUT ? &last : &bias);
    }
    return status;
}

static size_t each(const layer *l)
{
    return self_of(l)->shared.use_bias ? 2 : 1;
}

static const weight *kernel_of(const layer *l, size_t which)
{
    return &l->weights[which * each(l)];
}

/* Sizes of a call. */
typedef struct sizes {
    size_t T, S, H, K, V, U;
    /* Floats that forward keeps of a sample: q, k, v, o, weights and, with dropout, what is left of them. */
    size_t q, k, v, o, weights, dropped, all;
} sizes;

static sizes sizes_of(const call *c)
{
    const multi_head *m = self_of(c->layer);
    sizes n = { c->inputs[0].dim[0],
                c->inputs[1].dim[0],
                m->num_heads,
                m->key_dim,
                m->value_dim,
                c->outputs[0].dim[1],
                0,
                0,
                0,
                0,
                0,
                0,
                0 };
    n.q = n.T * n.H * n.K;
    n.k = n.S * n.H * n.K;
    n.v = n.S * n.H * n.V;
    n.o = n.T * n.H * n.V;
    n.weights = n.H * n.T * n.S;
    n.dropped = m->dropout > 0 ? n.weights : 0;
    n.all = n.q + n.k + n.v + n.o + n.weights + n.dropped;
    return n;
}

static size_t kept_bytes(const sizes *n)
{
    return (n->all * sizeof(float) + n->dropped + sizeof(float) - 1) / sizeof(float) * sizeof(float);
}

static bool fits(size_t a, size_t b)
{
    return a == b || a == SHAPE_OPEN || b == SHAPE_OPEN;
}

static horn_status place(const layer *l, call *c)
{
    char text[2][SHAPE_TEXT];
    const shape *kernel = &kernel_of(l, OUTPUT)->shape;
    if (c->input_count > 2 && !fits(c->inputs[1].dim[0], c->inputs[2].dim[0]))
        return layer_fail(l, HORN_ERROR_SHAPE, "is called on a value %s and a key %s, which do not fit",
                          shape_print(text[0], &c->inputs[1]), shape_print(text[1], &c->inputs[2]));
    for (size_t i = 0; i < OUTPUT; i++)
        if (c->inputs[input_of(c->input_count, i)].rank != 2 ||
            c->inputs[input_of(c->input_count, i)].dim[1] != kernel_of(l, i)->shape.dim[0])
            return layer_fail(l, HORN_ERROR_SHAPE,
                              "is called on an input of shape %s, which its weights do not fit",
                              shape_print(text[0], &c->inputs[input_of(c->input_count, i)]));
    c->outputs->dim[1] = kernel->dim[2];
    c->gives_mask = c->takes_mask;
    const sizes n = sizes_of(c);
    call_ask_keep(c, kept_bytes(&n));
    /* A sample's arrays in inference, and gradients. */
    call_ask_scratch(c, kept_bytes(&n) / sizeof(float) + n.q + n.k + n.v + n.o + n.T * n.S);
    return HORN_OK;
}

/* ---- computing ---- */

/* Arrays of a sample. */
typedef struct room {
    float *q, *k, *v, *o, *weights, *dropped;
    uint8_t *mask;
} room;

static room room_at(const sizes *n, float *at, bool drops)
{
    room m = { .q = at, .k = at + n->q };
    m.v = m.k + n->k;
    m.o = m.v + n->v;
    m.weights = m.o + n->o;
    m.dropped = drops ? m.weights + n->weights : m.weights;
    m.mask = drops ? (uint8_t *)(m.dropped + n->weights) : NULL;
    return m;
}

static room kept_room(const call *c, lane *own, const sizes *n, size_t sample)
{
    unsigned char *keep = lane_keep(own, c);
    float *at = keep ? (float *)(void *)(keep + sample * c->keep) : lane_scratch(own, c);
    return room_at(n, at, n->dropped && own->training);
}

static const float *sample_of(const call *c, const tensor *x, size_t which, size_t sample)
{
    const size_t k = input_of(c->input_count, which);
    return x[k].data + sample * shape_count(&c->inputs[k]);
}

static projection projection_of(const call *c, size_t i)
{
    const shape *s = &kernel_of(c->layer, i)->shape;
    const size_t first = i == OUTPUT ? s->dim[0] * s->dim[1] : s->dim[0];
    return (projection){ first, shape_count(s) / first, i * each(c->layer),
                         self_of(c->layer)->shared.use_bias };
}

static void project(const call *c, size_t i, size_t N, const float *x, float *y)
{
    const projection p = projection_of(c, i);
    projection_forward(c->layer, &p, N, x, y);
}

static void attend(const call *c, lane *own, const sizes *n, const room *m, const score_mask *mask,
                   size_t sample)
{
    const size_t wide = n->H * n->K, high = n->H * n->V;
    elementwise_scale(m->q, 1 / sqrtf((float)n->K), n->q);
    for (size_t h = 0; h < n->H; h++) {
        float *weights = m->weights + h * n->T * n->S;
        gemm(false, true, n->T, n->S, n->K, m->q + h * n->K, wide, m->k + h * n->K, wide, 0, weights, n->S);
        scores_weigh(n->T, n->S, mask, weights);
    }
    if (m->mask)
        scores_drop(c, own, sample, n->weights, self_of(c->layer)->dropout, m->weights, m->dropped, m->mask);
    for (size_t h = 0; h < n->H; h++)
        gemm(false, false, n->T, n->V, n->S, m->dropped + h * n->T * n->S, n->S, m->v + h * n->V, high, 0,
             m->o + h * n->V, high);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const sizes n = sizes_of(c);
    for (size_t i = 0; i < y->rows; i++) {
        const room m = kept_room(c, own, &n, i);
        const score_mask mask = { score_mask_of(x, 0, i), score_mask_of(x, 1, i),
                                  c->input_count > 2 ? score_mask_of(x, 2, i) : NULL,
                                  self_of(c->layer)->is_causal };
        project(c, QUERY, n.T, sample_of(c, x, QUERY, i), m.q);
        project(c, KEY, n.S, sample_of(c, x, KEY, i), m.k);
        project(c, VALUE, n.S, sample_of(c, x, VALUE, i), m.v);
        attend(c, own, &n, &m, &mask, i);
        project(c, OUTPUT, n.T, m.o, y->data + i * n.T * n.U);
    }
}

/* The gradients of q, k and v of all heads, by that of o. */
static void attend_back(const call *c, const sizes *n, const room *m, const room *d, float *gradient)
{
    const size_t wide = n->H * n->K, high = n->H * n->V;
    const float dropout = (float)self_of(c->layer)->dropout;
    for (size_t h = 0; h < n->H; h++) {
        const size_t at = h * n->T * n->S;
        gemm(false, true, n->T, n->S, n->V, d->o + h * n->V, high, m->v + h * n->V, high, 0, gradient, n->S);
        gemm(true, false, n->S, n->V, n->T, m->dropped + at, n->S, d->o + h * n->V, high, 0, d->v + h * n->V,
             high);
        if (m->mask) elementwise_mask(gradient, gradient, m->mask + at, 1 / (1 - dropout), n->T * n->S);
        scores_back(n->T, n->S, m->weights + at, gradient);
        gemm(false, false, n->T, n->K, n->S, gradient, n->S, m->k + h * n->K, wide, 0, d->q + h * n->K, wide);
        gemm(true, false, n->S, n->K, n->T, gradient, n->S, m->q + h * n->K, wide, 0, d->k + h * n->K, wide);
    }
    elementwise_scale(d->q, 1 / sqrtf((float)n->K), n->q);
}

static void project_back(const call *c, lane *own, size_t i, size_t N, const float *x, const float *dy,
                         float beta, float *dx)
{
    const projection p = projection_of(c, i);
    projection_backward(c, own, &p, N, x, dy, beta, dx);
}

static float *gradient_of(const call *c, tensor *dx, size_t which, size_t sample)
{
    const size_t k = input_of(c->input_count, which);
    return dx && dx[k].data ? dx[k].data + sample * shape_count(&c->inputs[k]) : NULL;
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const sizes n = sizes_of(c);
    (void)y;
    for (size_t i = 0; i < dy->rows; i++) {
        const room m = kept_room(c, own, &n, i);
        float *at = lane_scratch(own, c) + kept_bytes(&n) / sizeof(float);
        const room d = room_at(&n, at, false);
        project_back(c, own, OUTPUT, n.T, m.o, dy->data + i * n.T * n.U, 0, d.o);
        attend_back(c, &n, &m, &d, d.weights);
        project_back(c, own, QUERY, n.T, sample_of(c, x, QUERY, i), d.q, 0, gradient_of(c, dx, QUERY, i));
        project_back(c, own, VALUE, n.S, sample_of(c, x, VALUE, i), d.v, 0, gradient_of(c, dx, VALUE, i));
        project_back(c, own, KEY, n.S, sample_of(c, x, KEY, i), d.k, c->input_count > 2 ? 0 : 1,
                     gradient_of(c, dx, KEY, i));
    }
}

static void mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    (void)own;
    scores_hand_on(c, x, y_mask);
}

static const layer_holder holders[] = { [QUERY] = { "query_dense", "EinsumDense", "query" },
                                        [KEY] = { "key_dense", "EinsumDense", "key" },
                                        [VALUE] = { "value_dense", "EinsumDense", "value" },
                                        [OUTPUT] = { "output_dense", "EinsumDense", "attention_output" },
                                        [PROJECTIONS] = { 0 } };

const layer_class multi_head_attention_class = {
    .name = "MultiHeadAttention",
    .auto_name = "multi_head_attention",
    .holders = holders,
    .size = sizeof(multi_head),
    .flags = LAYER_BACK_IGNORES_Y,
    .most_inputs = 3,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .forward = forward,
    .mask = mask,
    .backward = backward,
};

horn_layer *horn_multi_head_attention(const horn_multi_head_attention_options *options)
{
    const horn_multi_head_attention_options o = options ? *options : (horn_multi_head_attention_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "num_heads", (int64_t)o.num_heads);
    config_set_integer(arguments, "key_dim", (int64_t)o.key_dim);
    if (o.value_dim) config_set_integer(arguments, "value_dim", (int64_t)o.value_dim);
    if (o.output_shape) config_set_integer(arguments, "output_shape", (int64_t)o.output_shape);
    config_set_number(arguments, "dropout", option_number(o.dropout, 0));
    config_set_boolean(arguments, "use_causal_mask", o.use_causal_mask);
    kernel_and_bias_argue(arguments, "kernel", o.no_bias, o.kernel_initializer, o.bias_initializer,
                          &o.kernel_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "kernel_constraint", &o.kernel_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&multi_head_attention_class, arguments);
}
