/* Dot: y = sum of x0 x1 over an axis of each; y has the other axes of x0, then those of x1; (1) if there are none.
 *
 * Per sample, with K the size of the axis: x0 becomes a[M, K], x1 becomes b[N, K], y[M, N] = a b^T. With `normalize` each row of a
 * and b is divided by its length first. */
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "layers/call.h"
#include "snapshot/graph.h"
#include "tensor/products/gemm.h"

typedef struct dot {
    layer base;
    /* Count from the batch on; below 0 from the end. */
    int64_t axes[2];
    /* The config has one number for both. */
    bool is_one;
    bool normalize;
} dot;

/* An input as [outer, K, inner]: its rows are outer * inner. call->own has one for each input. */
typedef struct rows {
    size_t outer, K, inner;
} rows;

static void configure(layer *l, config_reader *r)
{
    dot *d = (dot *)l;
    const config *axes = NULL;
    config_require(r, "axes");
    config_read_value(r, "axes", &axes);
    if (r->status) return;
    d->is_one = !config_is_list(axes);
    for (size_t i = 0; i < 2; i++) {
        const config *axis = d->is_one ? axes : config_at(axes, i);
        if (!config_integer(axis, &d->axes[i]) || (!d->is_one && config_count(axes) != 2))
            config_reader_fail(r, HORN_ERROR_FORMAT, "axes", "is no whole number and no list of two");
        else if (d->axes[i] == 0)
            config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "axes",
                               "has 0, the batch: only axes of samples are supported");
    }
    config_read_boolean(r, "normalize", &d->normalize);
}

static config *pair_of(int64_t a, int64_t b)
{
    config *pair = config_list();
    config_append_integer(pair, a);
    config_append_integer(pair, b);
    return pair;
}

static void describe(const layer *l, config *c)
{
    const dot *d = (const dot *)l;
    if (d->is_one)
        config_set_integer(c, "axes", d->axes[0]);
    else
        config_set(c, "axes", pair_of(d->axes[0], d->axes[1]));
    config_set_boolean(c, "normalize", d->normalize);
}

static int64_t axis_of(int64_t axis, const shape *s)
{
    return axis < 0 ? axis + s->rank : axis - 1;
}

static horn_status find_rows(const layer *l, const shape *s, int64_t axis, rows *r, shape *out)
{
    char found[SHAPE_TEXT];
    const int64_t at = axis_of(axis, s);
    if (at < 0 || at >= s->rank)
        return layer_fail(l, HORN_ERROR_SHAPE, "has axis %lld, an input of shape %s", (long long)axis,
                          shape_print(found, s));
    *r = (rows){ 1, s->dim[at], 1 };
    for (int i = 0; i < s->rank; i++) {
        if (i == at) continue;
        *(i < at ? &r->outer : &r->inner) *= s->dim[i];
        if (out->rank == HORN_MAX_RANK)
            return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its output would have more than %d axes",
                              HORN_MAX_RANK);
        out->dim[out->rank++] = s->dim[i];
    }
    return HORN_OK;
}

static size_t count_rows(const rows *r)
{
    return r->outer * r->inner;
}

static horn_status place(const layer *l, call *c)
{
    rows *r = c->own;
    const dot *d = (const dot *)l;
    horn_status status = HORN_OK;
    shape out = { 0 };
    if (c->input_count != 2)
        return layer_fail(l, HORN_ERROR_SHAPE, "is called on %zu values, expected 2", c->input_count);
    for (int i = 0; i < 2; i++) TRY(find_rows(l, &c->inputs[i], d->axes[i], &r[i], &out));
    if (r[0].K != r[1].K && r[0].K != SHAPE_OPEN && r[1].K != SHAPE_OPEN)
        return layer_fail(l, HORN_ERROR_SHAPE, "its axes have the sizes %zu and %zu", r[0].K, r[1].K);
    *c->outputs = out.rank ? out : (shape){ 1, { 1 } };
    if (shape_is_open(&c->inputs[0]) || shape_is_open(&c->inputs[1])) return HORN_OK;
    call_ask_scratch(c, (count_rows(&r[0]) + count_rows(&r[1])) * (2 * r->K + 1));
done:
    return status;
}

/* ---- rows ---- */

static void take_rows(const rows *r, const float *x, float *to)
{
    for (size_t o = 0; o < r->outer; o++)
        for (size_t i = 0; i < r->inner; i++)
            for (size_t k = 0; k < r->K; k++) *to++ = x[(o * r->K + k) * r->inner + i];
}

static void give_rows(const rows *r, const float *from, float *x)
{
    for (size_t o = 0; o < r->outer; o++)
        for (size_t i = 0; i < r->inner; i++)
            for (size_t k = 0; k < r->K; k++) x[(o * r->K + k) * r->inner + i] = *from++;
}

/* Least square of a length that divides, as in TensorFlow. */
static const float least = 1e-12f;

static float square_of(size_t K, const float *row)
{
    float sum = 0;
    for (size_t k = 0; k < K; k++) sum += row[k] * row[k];
    return sum;
}

/* Divides each row by its length; inverse gets 1 / length, below 0 if the length is too small to have a gradient. */
static void normalize_rows(size_t count, size_t K, float *row, float *inverse)
{
    for (size_t i = 0; i < count; i++, row += K) {
        const float square = square_of(K, row), factor = 1 / sqrtf(square > least ? square : least);
        for (size_t k = 0; k < K; k++) row[k] *= factor;
        inverse[i] = square > least ? factor : -factor;
    }
}

/* The gradient before the division: row has the divided values. */
static void normalize_back(size_t count, size_t K, const float *row, const float *inverse, float *gradient)
{
    for (size_t i = 0; i < count; i++, row += K, gradient += K) {
        float along = 0;
        for (size_t k = 0; inverse[i] > 0 && k < K; k++) along += row[k] * gradient[k];
        for (size_t k = 0; k < K; k++) gradient[k] = (gradient[k] - along * row[k]) * fabsf(inverse[i]);
    }
}

/* ---- computing ---- */

/* Places in the scratch: rows of both inputs, their gradients, and what divides them. */
typedef struct room {
    float *row[2], *gradient[2], *inverse[2];
} room;

static room room_of(const call *c, lane *own)
{
    const rows *r = c->own;
    const size_t M = count_rows(&r[0]), N = count_rows(&r[1]);
    float *at = lane_scratch(own, c), *behind = at + 2 * (M + N) * r->K;
    return (room){ { at, at + M * r->K },
                   { at + (M + N) * r->K, at + (2 * M + N) * r->K },
                   { behind, behind + M } };
}

static void take_sample(const call *c, const room *m, const tensor *x, size_t sample)
{
    const rows *r = c->own;
    for (int i = 0; i < 2; i++) {
        take_rows(&r[i], x[i].data + sample * shape_count(&c->inputs[i]), m->row[i]);
        if (((const dot *)c->layer)->normalize)
            normalize_rows(count_rows(&r[i]), r->K, m->row[i], m->inverse[i]);
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const rows *r = c->own;
    const room m = room_of(c, own);
    const size_t M = count_rows(&r[0]), N = count_rows(&r[1]), K = r->K;
    for (size_t s = 0; s < y->rows; s++) {
        take_sample(c, &m, x, s);
        gemm(false, true, M, N, K, m.row[0], K, m.row[1], K, 0, y->data + s * M * N, N);
    }
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const rows *r = c->own;
    const room m = room_of(c, own);
    const size_t M = count_rows(&r[0]), N = count_rows(&r[1]), K = r->K;
    (void)y;
    for (size_t s = 0; dx && s < dy->rows; s++) {
        const float *from = dy->data + s * M * N;
        take_sample(c, &m, x, s);
        gemm(false, false, M, K, N, from, N, m.row[1], K, 0, m.gradient[0], K);
        gemm(true, false, N, K, M, from, N, m.row[0], K, 0, m.gradient[1], K);
        for (int i = 0; i < 2; i++) {
            if (((const dot *)c->layer)->normalize)
                normalize_back(count_rows(&r[i]), K, m.row[i], m.inverse[i], m.gradient[i]);
            if (dx[i].data) give_rows(&r[i], m.gradient[i], dx[i].data + s * shape_count(&c->inputs[i]));
        }
    }
}

/* ---- operations ---- */

/* x as [rows, K]. */
static size_t operate_rows(graph *g, size_t x, const rows *r, int axis)
{
    int order[HORN_MAX_RANK] = { 0 }, rank = g->status ? 0 : g->operations[x].shape.rank, next = 0;
    for (int i = 0; i < rank; i++)
        if (i != axis) order[next++] = i;
    if (rank) order[rank - 1] = axis;
    if (axis + 1 < rank) x = graph_transpose(g, x, order);
    return rank == 2 ? x : graph_shape(g, OPERATION_RESHAPE, x, &(shape){ 2, { count_rows(r), r->K } });
}

/* Each row divided by its length. */
static size_t operate_normal(graph *g, size_t x, size_t K)
{
    const size_t mean = graph_mean(g, graph_apply(g, OPERATION_MUL, x, x), 2),
                 square = graph_apply(g, OPERATION_MUL, mean, graph_number(g, (double)K)),
                 bounded = graph_apply(g, OPERATION_MAXIMUM, square, graph_number(g, least));
    return graph_apply(g, OPERATION_MUL, x, graph_apply(g, OPERATION_RSQRT, bounded, NO_VALUE));
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const dot *d = (const dot *)c->layer;
    const rows *r = c->own;
    operation o = { .kind = OPERATION_DOT,
                    .input_count = 2,
                    .shape = { 2, { count_rows(&r[0]), count_rows(&r[1]) } } };
    if (!g->status && (shape_is_open(&c->inputs[0]) || shape_is_open(&c->inputs[1])))
        g->status = layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                               "an axis of its inputs is open, which graph formats cannot hold");
    for (int i = 0; i < 2 && !g->status; i++) {
        o.inputs[i] = operate_rows(g, x[i], &r[i], (int)axis_of(d->axes[i], &c->inputs[i]));
        if (d->normalize) o.inputs[i] = operate_normal(g, o.inputs[i], r->K);
    }
    const size_t y = graph_add(g, &o);
    return shape_equal(&o.shape, c->outputs) ? y : graph_shape(g, OPERATION_RESHAPE, y, c->outputs);
}

const layer_class dot_class = {
    .name = "Dot",
    .auto_name = "dot",
    .size = sizeof(dot),
    .call_size = 2 * sizeof(rows),
    .most_inputs = 2,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_dot(const horn_dot_options *options)
{
    const horn_dot_options o = options ? *options : (horn_dot_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.axes[1] && o.axes[1] != o.axes[0])
        config_set(arguments, "axes", pair_of(o.axes[0], o.axes[1]));
    else
        config_set_integer(arguments, "axes", o.axes[0]);
    config_set_boolean(arguments, "normalize", o.normalize);
    return layer_construct(&dot_class, arguments);
}
