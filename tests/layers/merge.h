/* One call of a layer on several inputs, for tests: values, and gradients against differences. */
#ifndef TESTS_LAYERS_MERGE_H
#define TESTS_LAYERS_MERGE_H

#include <math.h>
#include "conformance/make_layer.h"

enum { ROWS = 3, INPUTS = 3, MOST = 4096 };

/* One call, with arrays of its own. */
typedef struct merge {
    layer *layer;
    call *call;
    lane lane;
    tensor x[INPUTS], dx[INPUTS], y, dy;
} merge;

static inline tensor noise(size_t seed, const shape *s)
{
    tensor t = harness_tensor(ROWS, s);
    harness_noise(seed, ROWS * shape_count(s), t.data);
    return t;
}

static inline merge open_merge(const char *name, const char *json, const shape *inputs, size_t count,
                               bool masked)
{
    merge m = { .layer = make_layer(name, json) };
    ck_ok(call_new(&m.call, m.layer, 0, inputs, count, masked));
    m.lane = (lane){ .training = true, .scratch = harness_floats(m.call->scratch) };
    for (size_t k = 0; k < count; k++) m.x[k] = noise(k, &inputs[k]), m.dx[k] = noise(20, &inputs[k]);
    m.y = noise(30, m.call->outputs);
    m.dy = noise(40, m.call->outputs);
    return m;
}

static inline void close_merge(merge *m)
{
    for (size_t k = 0; k < m->call->input_count; k++) free(m->x[k].data), free(m->dx[k].data);
    free(m->y.data), free(m->dy.data), free(m->lane.scratch);
    call_free(m->call);
    layer_free(m->layer);
}

static inline double merge_measure(merge *m)
{
    double sum = 0;
    m->layer->class->forward(m->call, &m->lane, m->x, &m->y);
    for (size_t i = 0; i < ROWS * shape_count(&m->y.shape); i++)
        sum += (double)m->y.data[i] * (double)m->dy.data[i];
    return sum;
}

static inline void check_input(merge *m, size_t k)
{
    const float step = 0x1p-10f;
    for (size_t i = 0; i < ROWS * shape_count(&m->x[k].shape); i++) {
        const float old = m->x[k].data[i];
        m->x[k].data[i] = old + step;
        double slope = merge_measure(m);
        m->x[k].data[i] = old - step;
        slope = (slope - merge_measure(m)) / (2 * (double)step);
        m->x[k].data[i] = old;
        ck_assert_msg(fabs(slope - (double)m->dx[k].data[i]) <= 2e-3,
                      "%s: dx%zu[%zu] is %g, differences say %g", m->layer->class->name, k, i,
                      (double)m->dx[k].data[i], slope);
    }
}

static inline void check_merge(const char *name, const char *json, const shape *inputs, size_t count,
                               const shape *expected)
{
    char text[SHAPE_TEXT];
    merge m = open_merge(name, json, inputs, count, false);
    ck_assert_msg(shape_equal(m.call->outputs, expected), "%s gives %s", name,
                  shape_print(text, m.call->outputs));
    ck_assert(!m.call->gives_mask);
    (void)merge_measure(&m);
    m.layer->class->backward(m.call, &m.lane, m.x, &m.y, &m.dy, m.dx);
    for (size_t k = 0; k < count; k++) check_input(&m, k);
    /* A gradient that is not needed is left alone; of one input none is needed then. */
    float *kept = m.dx[0].data;
    m.dx[0].data = NULL;
    if (count > 1) m.layer->class->backward(m.call, &m.lane, m.x, &m.y, &m.dy, m.dx);
    m.layer->class->backward(m.call, &m.lane, m.x, &m.y, &m.dy, NULL);
    m.dx[0].data = kept;
    close_merge(&m);
}

#endif
