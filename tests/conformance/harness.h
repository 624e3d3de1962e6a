/* Runs one layer in one lane, for tests: y[rows, output] from x[rows, input], with the layer's activation, and backward. A layer that
 * merges inputs gets `more` besides, of x's shape.
 * It does what the engine does, without fusion or slices. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <math.h>
#include "layers/call.h"
#include "test.h"

typedef struct harness {
    layer *layer;
    call *call;
    lane lane;
    tensor x, y, dx, dy, more, dmore;
    unsigned char *keep[1];
    /* Of the lane. */
    float **gradients;
    const float **values;
    /* Of a coupling. */
    double *sums[1];
    float *prepared[1];
} harness;

/* Pseudo-random numbers in (-1, 1). */
static inline void harness_noise(size_t seed, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t h = (uint32_t)((i + 1) * 2654435761u + seed * 40503u);
        h = (h ^ h >> 15) * 2246822519u;
        h = (h ^ h >> 13) * 3266489917u;
        out[i] = (float)(h >> 8) / 8388608.0f - 1;
    }
}

static inline float *harness_floats(size_t n)
{
    float *floats = calloc(n ? n : 1, sizeof *floats);
    ck_assert_ptr_nonnull(floats);
    return floats;
}

static inline tensor harness_tensor(size_t rows, const shape *s)
{
    return (tensor){ .data = harness_floats(rows * shape_count(s)), .rows = rows, .shape = *s };
}

/* Builds the layer and places a call of it, with one input, or with two of one shape. */
static inline horn_status harness_place(call **out, layer *l, const shape *input)
{
    const shape inputs[2] = { *input, *input };
    const size_t count = l->class->most_inputs ? 2 : 1;
    horn_status status = layer_build(l, inputs, count);
    return status ? status : call_new(out, l, 0, inputs, count, false);
}

/* Takes ownership of the layer and builds it; weights, x and dy are pseudo-random. */
static inline void harness_open(harness *h, layer *l, const shape *input, size_t rows, bool training)
{
    call *c;
    ck_ok(harness_place(&c, l, input));
    *h = (harness){ .layer = l, .call = c };
    h->x = harness_tensor(rows, c->inputs);
    h->dx = harness_tensor(rows, c->inputs);
    h->more = harness_tensor(rows, c->inputs);
    h->dmore = harness_tensor(rows, c->inputs);
    h->y = harness_tensor(rows, c->outputs);
    h->dy = harness_tensor(rows, c->outputs);
    harness_noise(1, rows * shape_count(c->inputs), h->x.data);
    /* The same for each row. */
    for (size_t i = 0; i < rows; i++)
        harness_noise(9, shape_count(c->inputs), h->more.data + i * shape_count(c->inputs));
    harness_noise(2, rows * shape_count(c->outputs), h->dy.data);
    h->gradients = calloc(l->weight_count + 1, sizeof *h->gradients);
    h->values = calloc(l->weight_count + 1, sizeof *h->values);
    for (size_t i = 0; i < l->weight_count; i++) {
        size_t n = shape_count(&l->weights[i].shape);
        l->weights[i].number = (uint32_t)i;
        h->values[i] = l->weights[i].value = harness_floats(n);
        l->weights[i].gradient = harness_floats(n);
        h->gradients[i] = harness_floats(n);
        harness_noise(3 + (size_t)i, n, l->weights[i].value);
        /* Statistics: a variance is above 0. */
        for (size_t k = 0; !l->weights[i].trainable && k < n; k++)
            l->weights[i].value[k] = fabsf(l->weights[i].value[k]) + 0.1f;
    }
    h->sums[0] = calloc(2 * c->sums + 1, sizeof **h->sums);
    /* As the engine has it. */
    h->keep[0] = training ? calloc(rows * c->keep + 1, 1) : NULL;
    h->lane = (lane){ .training = training,
                      .top = INFINITY,
                      .seed = 7,
                      .step = 3,
                      .keep = h->keep,
                      .gradients = h->gradients,
                      .values = h->values,
                      .sums = h->sums,
                      .prepared = h->prepared };
    h->prepared[0] = harness_floats(c->prepared);
    h->lane.scratch = harness_floats(c->scratch);
}

static inline void harness_close(harness *h)
{
    for (size_t i = 0; i < h->layer->weight_count; i++) {
        free(h->layer->weights[i].value);
        free(h->layer->weights[i].gradient);
        free(h->gradients[i]);
    }
    free(h->x.data), free(h->dx.data), free(h->y.data), free(h->dy.data);
    free(h->more.data), free(h->dmore.data);
    free(h->gradients), free(h->values);
    free(h->keep[0]), free(h->lane.scratch), free(h->sums[0]), free(h->prepared[0]);
    call_free(h->call);
    layer_free(h->layer);
}

static inline bool harness_is_identity(const harness *h)
{
    unsigned flags = h->layer->class->flags;
    return flags & LAYER_IS_VIEW || (flags & LAYER_IDLE_IN_INFERENCE && !h->lane.training);
}

static inline size_t harness_columns(const harness *h)
{
    return h->y.shape.dim[h->y.shape.rank - 1];
}

/* Computes the sums before forward (back = 0) or before backward (back = 1), in two shares. */
static inline void harness_couple(harness *h, int back)
{
    const call *c = h->call;
    const layer_coupling *coupling = c->layer->class->coupling;
    double *sums = h->sums[0] + (back ? c->sums : 0);
    memset(sums, 0, c->sums * sizeof *sums);
    for (size_t first = 0, half = h->x.rows / 2; first < h->x.rows;
         first += first ? h->x.rows : half + !half) {
        tensor x = h->x, dy = h->dy;
        x.rows = dy.rows = first ? h->x.rows - first : half + !half;
        x.data += first * shape_count(&x.shape), dy.data += first * shape_count(&dy.shape);
        if (back)
            coupling->gather_back(c, &h->lane, &x, &dy, sums);
        else
            coupling->gather(c, &x, sums);
    }
    (back ? coupling->settle_back : coupling->settle)(c, h->x.rows, sums);
}

static inline void harness_forward(harness *h)
{
    size_t n = h->y.rows * shape_count(&h->y.shape), columns = harness_columns(h);
    const size_t parts = h->call->prepare_parts;
    /* In three parts, the last one first. */
    for (size_t i = 0; h->call->prepared && i < 3; i++)
        h->layer->class->prepare(h->call, h->lane.training, h->x.rows,
                                 (range){ parts * (2 - i) / 3, parts * (3 - i) / 3 }, h->prepared[0]);
    if (layer_couples(h->layer, h->lane.training)) harness_couple(h, 0);
    if (harness_is_identity(h))
        memcpy(h->y.data, h->x.data, n * sizeof *h->y.data);
    else
        h->layer->class->forward(h->call, &h->lane, (tensor[]){ h->x, h->more }, &h->y);
    ck_assert(!h->layer->activation || !h->layer->activation->reads_z); /* there is no room for z */
    if (h->layer->activation) h->layer->activation->forward(n / columns, columns, h->y.data, h->y.data);
}

/* Call it after harness_forward: computes dx and the parameters' gradients from dy. Overwrites dy if there is an activation. */
static inline void harness_backward(harness *h)
{
    layer *l = h->layer;
    size_t n = h->y.rows * shape_count(&h->y.shape), columns = harness_columns(h);
    bool by_parts = l->class->flags & LAYER_GRADIENT_BY_PARTS;
    if (l->activation) l->activation->backward(n / columns, columns, NULL, h->y.data, h->dy.data, h->dy.data);
    for (size_t i = 0; i < l->weight_count; i++)
        memset(h->gradients[i], 0, shape_count(&l->weights[i].shape) * sizeof(float));
    bool couples = layer_couples(l, h->lane.training);
    if (couples) harness_couple(h, 1);
    if (harness_is_identity(h))
        memcpy(h->dx.data, h->dy.data, n * sizeof *h->dx.data);
    else
        l->class->backward(h->call, &h->lane, (tensor[]){ h->x, h->more }, &h->y, &h->dy,
                           (tensor[]){ h->dx, h->dmore });
    if (by_parts) {
        size_t half = h->call->gradient_parts / 2, all = h->call->gradient_parts;
        float *gradients[8];
        for (size_t i = 0; i < l->weight_count; i++) gradients[i] = l->weights[i].gradient;
        for (size_t i = 0; i < l->weight_count; i++) l->weights[i].gradient[0] = NAN;
        gradients[0] += half * (shape_count(&l->weights[0].shape) / all);
        l->class->gradient(h->call, &h->lane, (range){ half, all }, &h->x, &h->dy, gradients);
        gradients[0] = l->weights[0].gradient;
        /* Only the part that begins at 0 computes these. */
        for (size_t i = 0; half && i < l->weight_count; i++) ck_assert_float_nan(l->weights[i].gradient[0]);
        if (half) l->class->gradient(h->call, &h->lane, (range){ 0, half }, &h->x, &h->dy, gradients);
    }
    for (size_t i = 0; !by_parts && !couples && i < l->weight_count; i++)
        memcpy(l->weights[i].gradient, h->gradients[i], shape_count(&l->weights[i].shape) * sizeof(float));
}

#endif
