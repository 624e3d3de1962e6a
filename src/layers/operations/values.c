/* Operations of one operand, value by value: y = f(x), with up to two numbers p. The gradient is TensorFlow's. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/kernel.h"
#include "base/status.h"
#include "layers/composed.h"
#include "layers/operations/operation.h"
#include "tensor/float_math.h"

typedef struct value_rule {
    const char *name;
    void (*apply)(size_t n, const float *p, const float *x, float *y);
    void (*gradient)(size_t n, const float *p, const float *x, const float *dy, float *dx);
    /* Parameters that p has. */
    const char *parameters[2];
} value_rule;

/* Vectorised. SLOPE is a function of x. */
#define VALUE(NAME, RESULT, SLOPE)                                                                 \
    KERNEL static void NAME##_apply(size_t n, const float *restrict p, const float *restrict x,    \
                                    float *restrict y)                                             \
    {                                                                                              \
        (void)p;                                                                                   \
        for (size_t i = 0; i < n; i++) y[i] = RESULT;                                              \
    }                                                                                              \
    KERNEL static void NAME##_gradient(size_t n, const float *restrict p, const float *restrict x, \
                                       const float *restrict dy, float *restrict dx)               \
    {                                                                                              \
        (void)p, (void)x;                                                                          \
        for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (SLOPE);                                    \
    }

VALUE(negative, -x[i], -1)
VALUE(absolute, x[i]<0 ? -x[i] : x[i], x[i]> 0 ? 1 : x[i] < 0 ? -1 : 0)
VALUE(exponential, float_exp(x[i]), float_exp(x[i]))
VALUE(logarithm, float_log(x[i]), 1 / x[i])
VALUE(root, __builtin_sqrtf(x[i]), 0.5f / __builtin_sqrtf(x[i]))
VALUE(inverse_root, 1 / __builtin_sqrtf(x[i]), -0.5f / (x[i] * __builtin_sqrtf(x[i])))
VALUE(square, x[i] * x[i], 2 * x[i])
VALUE(reciprocal, 1 / x[i], -1 / (x[i] * x[i]))
VALUE(leaky, x[i] > 0 ? x[i] : p[0] * x[i], x[i] > 0 ? 1 : p[0])
VALUE(elu, x[i] < 0 ? p[0] * float_expm1(x[i]) : x[i], x[i] < 0 ? p[0] * float_exp(x[i]) : 1)
/* At the ends the gradient goes through. NaN goes on. */
VALUE(clip, x[i]<p[0] ? p[0] : x[i]> p[1] ? p[1] : x[i], x[i]<p[0] || x[i]> p[1] ? 0 : 1)
VALUE(stopped, x[i], 0)

/* 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
static inline float gelu_inside(float x)
{
    return float_tanh(0.797884561f * (x + 0.044715f * x * x * x));
}

static inline float gelu_slope(float x)
{
    const float t = gelu_inside(x);
    return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * 0.797884561f * (1 + 0.134145f * x * x);
}

VALUE(gelu, 0.5f * x[i] * (1 + gelu_inside(x[i])), gelu_slope(x[i]))

/* By the C library. */
#define LIBRARY(NAME, RESULT, SLOPE)                                                                  \
    static void NAME##_apply(size_t n, const float *p, const float *x, float *y)                      \
    {                                                                                                 \
        (void)p;                                                                                      \
        for (size_t i = 0; i < n; i++) y[i] = (float)(RESULT);                                        \
    }                                                                                                 \
    static void NAME##_gradient(size_t n, const float *p, const float *x, const float *dy, float *dx) \
    {                                                                                                 \
        (void)p;                                                                                      \
        for (size_t i = 0; i < n; i++) dx[i] = dy[i] * (float)(SLOPE);                                \
    }

LIBRARY(sine, sin((double)x[i]), cos((double)x[i]))
LIBRARY(cosine, cos((double)x[i]), -sin((double)x[i]))
LIBRARY(exponential_minus_1, expm1((double)x[i]), exp((double)x[i]))
LIBRARY(logarithm_of_1_more, log1p((double)x[i]), 1 / (1 + (double)x[i]))

#define RULE(NAME, FUNCTION, ...)                    \
    {                                                \
        NAME, FUNCTION##_apply, FUNCTION##_gradient, \
        {                                            \
            __VA_ARGS__                              \
        }                                            \
    }

static const value_rule rules[] = {
    RULE("Negative", negative, NULL),
    RULE("Absolute", absolute, NULL),
    RULE("Exp", exponential, NULL),
    RULE("Expm1", exponential_minus_1, NULL),
    RULE("Log", logarithm, NULL),
    RULE("Log1p", logarithm_of_1_more, NULL),
    RULE("Sqrt", root, NULL),
    RULE("Rsqrt", inverse_root, NULL),
    RULE("Square", square, NULL),
    RULE("Reciprocal", reciprocal, NULL),
    RULE("Sin", sine, NULL),
    RULE("Cos", cosine, NULL),
    RULE("LeakyRelu", leaky, "negative_slope"),
    RULE("Elu", elu, "alpha"),
    RULE("Clip", clip, "x_min", "x_max"),
    RULE("StopGradient", stopped, NULL),
    RULE("Gelu", gelu, NULL),
};

/* Of Gelu the approximation; the exact one is an activation. */
static bool computes(operation_layer *o)
{
    const bool is_exact = config_is_false(config_get(o->arguments, "approximate"));
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, o->operation->name) == 0 && !is_exact) o->rule = &rules[i];
    return o->rule;
}

static void configure(layer *l, config_reader *r)
{
    operation_layer *o = operation_of(l);
    const value_rule *rule = o->rule;
    for (size_t i = 0; i < 2 && rule->parameters[i]; i++) {
        double number = 0;
        config_require(r, rule->parameters[i]);
        config_read_number(r, rule->parameters[i], -FLT_MAX, FLT_MAX, &number);
        o->numbers[i] = (float)number;
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const operation_layer *o = operation_of(c->layer);
    (void)own;
    ((const value_rule *)o->rule)->apply(x->rows * shape_count(c->inputs), o->numbers, x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const operation_layer *o = operation_of(c->layer);
    (void)own, (void)y;
    if (dx)
        ((const value_rule *)o->rule)
            ->gradient(x->rows * shape_count(c->inputs), o->numbers, x->data, dy->data, dx->data);
}

/* ---- in graphs ---- */

static size_t as_negative(graph *g, size_t x, const float *p)
{
    (void)p;
    return graph_apply(g, OPERATION_NEG, x, NO_VALUE);
}

static size_t as_absolute(graph *g, size_t x, const float *p)
{
    return graph_apply(g, OPERATION_MAXIMUM, x, as_negative(g, x, p));
}

static size_t as_inverse_root(graph *g, size_t x, const float *p)
{
    (void)p;
    return graph_apply(g, OPERATION_RSQRT, x, NO_VALUE);
}

static size_t as_square(graph *g, size_t x, const float *p)
{
    (void)p;
    return graph_apply(g, OPERATION_MUL, x, x);
}

static size_t as_leaky(graph *g, size_t x, const float *p)
{
    return composed_leaky_relu(g, x, (double)p[0]);
}

static size_t as_elu(graph *g, size_t x, const float *p)
{
    return composed_elu(g, x, (double)p[0]);
}

static size_t as_clip(graph *g, size_t x, const float *p)
{
    return composed_clip(g, x, (double)p[0], (double)p[1]);
}

static size_t as_gelu(graph *g, size_t x, const float *p)
{
    (void)p;
    return composed_gelu(g, x);
}

static size_t as_it_is(graph *g, size_t x, const float *p)
{
    (void)g, (void)p;
    return x;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    static const struct {
        const char *name;
        size_t (*operate)(graph *, size_t x, const float *p);
    } forms[] = { { "Negative", as_negative }, { "Absolute", as_absolute }, { "Rsqrt", as_inverse_root },
                  { "Square", as_square },     { "LeakyRelu", as_leaky },   { "Clip", as_clip },
                  { "Elu", as_elu },           { "Gelu", as_gelu },         { "StopGradient", as_it_is } };
    const operation_layer *o = operation_of(c->layer);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, o->operation->name) == 0) return forms[i].operate(g, *x, o->numbers);
    if (!g->status)
        g->status = layer_fail(c->layer, HORN_ERROR_UNSUPPORTED, "operation %s has no form in graphs",
                               o->operation->name);
    return 0;
}

static const layer_class value_class = { OPERATION_CLASS, .forward = forward, .backward = backward,
                                         .operate = operate };

const operation_family value_family = { &value_class, computes, configure };
