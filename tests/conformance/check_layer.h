/* Checks of one layer that is given by its class and its config, as JSON text: config there and back, gradients against differences,
 * the shape of its output, inputs that it refuses. */
#ifndef TESTS_CHECK_LAYER_H
#define TESTS_CHECK_LAYER_H

#include "conformance/make_layer.h"

/* ---- gradients ---- */

/* sum(y * dy), which is linear in each value of x and of the parameters but for the kinks of a maximum. */
static inline double measure(harness *h, const float *dy)
{
    double sum = 0;
    harness_forward(h);
    for (size_t i = 0; i < h->y.rows * shape_count(&h->y.shape); i++)
        sum += (double)h->y.data[i] * (double)dy[i];
    return sum;
}

static inline void check_differences(harness *h, const char *what, float *values, const float *gradient,
                                     size_t n, const char *json)
{
    const float step = 0x1p-6f;
    for (size_t i = 0; i < n; i++) {
        const float old = values[i];
        values[i] = old + step;
        double slope = measure(h, h->dy.data);
        values[i] = old - step;
        slope = (slope - measure(h, h->dy.data)) / (2 * (double)step);
        values[i] = old;
        ck_assert_msg(fabs(slope - (double)gradient[i]) <= 1e-3,
                      "%s %s: d(sum)/d(%s)[%zu] is %g, differences say %g", h->layer->class->name, json, what,
                      i, (double)gradient[i], slope);
    }
}

/* All different, by more than two steps: no two values change places. */
static inline void spread(size_t n, float *x)
{
    for (size_t i = 0; i < n; i++) x[i] = (float)((i * 7919 + 13) % n) / 16 - (float)n / 32;
}

static inline void check_gradients(const char *name, const char *json, const shape *input)
{
    harness h;
    harness_open(&h, make_layer(name, json), input, 2, true);
    spread(2 * shape_count(input), h.x.data);
    (void)measure(&h, h.dy.data);
    for (size_t i = 0; i < 2 * shape_count(input); i++) h.dx.data[i] = 3; /* is overwritten */
    harness_backward(&h);
    check_differences(&h, "x", h.x.data, h.dx.data, 2 * shape_count(input), json);
    for (size_t i = 0; i < h.layer->weight_count; i++)
        check_differences(&h, h.layer->weights[i].name, h.layer->weights[i].value,
                          h.layer->weights[i].gradient, shape_count(&h.layer->weights[i].shape), json);
    harness_close(&h);
}

/* The config may leave out what the layer then adds: what is described says the same again. */
static inline void check_config(const char *name, const char *json)
{
    layer *l = make_layer(name, json), *again;
    config *first, *second, *said = sample_parse(json);
    ck_ok(layer_describe(l, &first));
    ck_ok(layer_new(&again, name, first));
    ck_ok(layer_describe(again, &second));
    ck_assert_msg(config_equal(first, second), "%s %s", name, json);
    for (size_t i = 0; i < config_count(said); i++)
        ck_assert_msg(config_equal(config_get(first, config_key_at(said, i)), config_at(said, i)),
                      "%s %s: %s is described otherwise", name, json, config_key_at(said, i));
    config_free(said);
    config_free(first);
    config_free(second);
    layer_free(again);
    layer_free(l);
}

static inline void check_layer(const char *name, const char *json, const shape *input)
{
    check_config(name, json);
    check_gradients(name, json, input);
}

static inline void check_output(const char *name, const char *json, const shape *input, const shape *expected)
{
    char text[SHAPE_TEXT];
    layer *l = make_layer(name, json);
    call *c;
    ck_ok(harness_place(&c, l, input));
    ck_assert_msg(shape_equal(c->outputs, expected), "%s %s: %s", name, json, shape_print(text, c->outputs));
    call_free(c);
    layer_free(l);
}

static inline void check_no_build(const char *name, const char *json, const shape *input, const char *words)
{
    layer *l = make_layer(name, json);
    call *c;
    ck_fails(harness_place(&c, l, input), HORN_ERROR_SHAPE, words);
    layer_free(l);
}

#endif
