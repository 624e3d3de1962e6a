/* A layer, a loss, a metric and an optimizer of a user's own, through public headers alone, for tests here and against Keras:
 * tests/interop/custom_classes.py has the same in Python. */
#ifndef TESTS_CUSTOM_CLASSES_H
#define TESTS_CUSTOM_CLASSES_H

#include <math.h>
#include <string.h>
#include <horn/horn.h>

/* ---- demo>Mix: y = gain x scale + seen + bias; seen is not trained, and stands between the others ---- */

typedef struct mix {
    double gain;
    bool shifted;
} mix;

static inline void mix_configure(void *self, horn_arguments *a)
{
    mix *m = self;
    m->gain = horn_arguments_number(a, "gain", 1.0);
    m->shifted = horn_arguments_boolean(a, "shifted", true);
    if (m->gain == 0) horn_arguments_refuse(a, "gain", "another number");
}

static inline void mix_describe(const void *self, horn_arguments *a)
{
    const mix *m = self;
    horn_arguments_set_number(a, "gain", m->gain);
    horn_arguments_set_boolean(a, "shifted", m->shifted);
}

static inline horn_status mix_build(void *self, horn_build *b)
{
    const mix *m = self;
    if (b->inputs->rank < 1) return horn_fail(HORN_ERROR_SHAPE, "its input has no axis");
    horn_weight_options w = { .shape = { 1, { b->inputs->dim[b->inputs->rank - 1] } } };
    w.name = "scale", w.initializer = "constant", w.value = 0.75;
    horn_status status = horn_build_weight(b, &w);
    w.name = "seen", w.initializer = "ones", w.not_trainable = true;
    if (!status) status = horn_build_weight(b, &w);
    w.name = "bias", w.initializer = "zeros", w.not_trainable = false;
    return status || !m->shifted ? status : horn_build_weight(b, &w);
}

static inline void mix_forward(const void *self, const horn_slice *s, const horn_tensor *x, horn_tensor *y)
{
    const mix *m = self;
    const float *scale = s->weights[0], *seen = s->weights[1];
    const size_t n = horn_tensor_count(x), width = x->shape.dim[x->shape.rank - 1];
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % width;
        y->data[i] = (float)m->gain * (x->data[i] * scale[c]) + seen[c] + (m->shifted ? s->weights[2][c] : 0);
    }
}

static inline void mix_backward(const void *self, const horn_slice *s, const horn_tensor *x,
                                const horn_tensor *dy, horn_tensor *dx)
{
    const mix *m = self;
    const size_t n = horn_tensor_count(x), width = x->shape.dim[x->shape.rank - 1];
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % width;
        if (s->gradients[0]) s->gradients[0][c] += (float)m->gain * dy->data[i] * x->data[i];
        if (m->shifted && s->gradients[2]) s->gradients[2][c] += dy->data[i];
        if (dx) dx->data[i] = (float)m->gain * dy->data[i] * s->weights[0][c];
    }
}

static inline horn_value mix_operate(const void *self, horn_graph *g, const horn_value *x)
{
    const mix *m = self;
    horn_value y = horn_graph_multiply(g, horn_graph_multiply(g, *x, horn_graph_weight(g, 0)),
                                       horn_graph_number(g, m->gain));
    y = horn_graph_add(g, y, horn_graph_weight(g, 1));
    return m->shifted ? horn_graph_add(g, y, horn_graph_weight(g, 2)) : y;
}

static const horn_layer_class mix_class = { .name = "Mix",
                                            .package = "demo",
                                            .size = sizeof(mix),
                                            .configure = mix_configure,
                                            .describe = mix_describe,
                                            .build = mix_build,
                                            .forward = mix_forward,
                                            .backward = mix_backward,
                                            .operate = mix_operate };

/* ---- Custom>Swish1: y = x sigmoid(beta x), with one beta; keeps the sigmoids ---- */

static inline horn_status swish_build(void *self, horn_build *b)
{
    (void)self;
    return horn_build_weight(b, &(horn_weight_options){ .name = "beta", .initializer = "ones" });
}

static inline horn_status swish_place(const void *self, horn_call *c)
{
    (void)self;
    c->keep = horn_shape_count(c->inputs) * sizeof(float);
    c->scratch = 16;
    return HORN_OK;
}

static inline void swish_forward(const void *self, const horn_slice *s, const horn_tensor *x, horn_tensor *y)
{
    (void)self;
    float *kept = s->keep;
    for (size_t i = 0; i < horn_tensor_count(x); i++) {
        const float sigmoid = 1 / (1 + expf(-s->weights[0][0] * x->data[i]));
        if (kept) kept[i] = sigmoid;
        y->data[i] = x->data[i] * sigmoid;
    }
}

static inline void swish_backward(const void *self, const horn_slice *s, const horn_tensor *x,
                                  const horn_tensor *dy, horn_tensor *dx)
{
    (void)self;
    const float *sigmoid = s->keep, beta = s->weights[0][0];
    for (size_t i = 0; i < horn_tensor_count(x); i++) {
        const float slope = sigmoid[i] * (1 - sigmoid[i]), v = x->data[i];
        s->scratch[i % 16] = dy->data[i];
        if (s->gradients[0]) s->gradients[0][0] += s->scratch[i % 16] * v * v * slope;
        if (dx) dx->data[i] = dy->data[i] * (sigmoid[i] + v * beta * slope);
    }
}

static inline horn_value swish_operate(const void *self, horn_graph *g, const horn_value *x)
{
    (void)self;
    return horn_graph_multiply(
        g, *x, horn_graph_activation(g, "sigmoid", horn_graph_multiply(g, *x, horn_graph_weight(g, 0))));
}

static const horn_layer_class swish_class = { .name = "Swish1",
                                              .build = swish_build,
                                              .place = swish_place,
                                              .forward = swish_forward,
                                              .backward = swish_backward,
                                              .operate = swish_operate };

/* ---- demo>Quartic: weight mean (p - t)^4 ---- */

typedef struct quartic {
    double weight;
} quartic;

static inline void quartic_configure(void *self, horn_arguments *a)
{
    ((quartic *)self)->weight = horn_arguments_number(a, "weight", 1.0);
}

static inline void quartic_describe(const void *self, horn_arguments *a)
{
    horn_arguments_set_number(a, "weight", ((const quartic *)self)->weight);
}

static inline double quartic_value(const void *self, const horn_comparison *c, float *gradient)
{
    const float factor = (float)((const quartic *)self)->weight / (float)c->columns;
    double sum = 0;
    for (size_t i = 0; i < c->rows * c->columns; i++) {
        const float d = c->outputs[i] - c->targets[i];
        sum += (double)(factor * d * d * d * d);
        if (gradient) gradient[i] = 4 * factor * d * d * d;
    }
    return sum;
}

static const horn_loss_class quartic_class = { .name = "Quartic",
                                               .package = "demo",
                                               .size = sizeof(quartic),
                                               .configure = quartic_configure,
                                               .describe = quartic_describe,
                                               .value = quartic_value };

/* ---- demo>Within: the share of columns where |p - t| < 0.5 ---- */

static inline double within_sum(const horn_comparison *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->rows * c->columns; i++) count += fabsf(c->outputs[i] - c->targets[i]) < 0.5f;
    return (double)count / (double)c->columns;
}

static const horn_metric_class within_class = { .name = "Within", .package = "demo", .sum = within_sum };

/* ---- demo>Heavy: velocity = drag velocity - lr g, w += velocity ---- */

typedef struct heavy {
    double drag;
} heavy;

static inline void heavy_configure(void *self, horn_arguments *a)
{
    ((heavy *)self)->drag = horn_arguments_number(a, "drag", 0.5);
}

static inline void heavy_describe(const void *self, horn_arguments *a)
{
    horn_arguments_set_number(a, "drag", ((const heavy *)self)->drag);
}

static inline void heavy_step(const void *self, const horn_step *now, size_t n, float *w, const float *g,
                              float *const *slots)
{
    const float drag = (float)((const heavy *)self)->drag;
    for (size_t i = 0; i < n; i++) {
        slots[0][i] = drag * slots[0][i] - now->learning_rate * g[i];
        w[i] += slots[0][i];
    }
}

static const horn_optimizer_class heavy_class = { .name = "Heavy",
                                                  .package = "demo",
                                                  .size = sizeof(heavy),
                                                  .learning_rate = 0.01,
                                                  .configure = heavy_configure,
                                                  .describe = heavy_describe,
                                                  .slots = { "velocity" },
                                                  .step = heavy_step };

static inline horn_status register_custom_classes(void)
{
    horn_status status = horn_register_layer(&mix_class);
    if (!status) status = horn_register_layer(&swish_class);
    if (!status) status = horn_register_loss(&quartic_class);
    if (!status) status = horn_register_metric(&within_class);
    return status ? status : horn_register_optimizer(&heavy_class);
}

#endif
