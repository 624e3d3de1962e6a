#include "layers/normalizing/standardize.h"

#include <math.h>
#include <string.h>
#include "layers/normalizing/axes.h"
#include "tensor/broadcast.h"

/* ---- arguments ---- */

void standardize_read(standardize *s, layer *l, config_reader *r)
{
    s->epsilon = 0.001;
    config_read_number(r, "epsilon", 0, 1e30, &s->epsilon);
    gamma_and_beta_read(&s->shared, l, r);
}

void standardize_describe_numbers(const standardize *s, config *c)
{
    config_set_number(c, "epsilon", s->epsilon);
    config_set_boolean(c, "center", s->shared.center);
    config_set_boolean(c, "scale", s->shared.scale);
}

void standardize_describe_weights(const standardize *s, config *c)
{
    gamma_and_beta_describe_initializers(&s->shared, c);
    gamma_and_beta_describe_others(&s->shared, c);
}

static bool has_gamma(const standardize *s)
{
    return s->shared.scale || s->only_scales;
}

static bool has_beta(const standardize *s)
{
    return s->shared.center && !s->only_scales;
}

horn_status standardize_add(const standardize *s, layer *l, const char *meaning, const shape *parameters)
{
    horn_status status = has_gamma(s) ? gamma_and_beta_add(&s->shared, l, GAMMA, meaning, parameters) : HORN_OK;
    if (!status && has_beta(s)) status = gamma_and_beta_add(&s->shared, l, BETA, meaning, parameters);
    return status;
}

/* ---- computing ---- */

/* Data of one sample. Statistics: [count] each, as doubles in the scratch. */
typedef struct sample {
    broadcast statistics, parameters;
    size_t each;
    const float *gamma, *beta;
    double *first, *second;
} sample;

static sample begin(const standardize *s, const call *c, const lane *own)
{
    const standardize_view *v = c->own;
    const layer *l = c->layer;
    sample a = { .statistics = broadcast_along(&v->seen, v->statistics),
                 .parameters = broadcast_along(&v->seen, v->parameters) };
    a.each = shape_count(&v->seen) / a.statistics.count;
    a.gamma = has_gamma(s) ? l->weights[0].value : NULL;
    a.beta = has_beta(s) ? l->weights[has_gamma(s)].value : NULL;
    a.first = (double *)(void *)lane_scratch(own, c);
    a.second = a.first + a.statistics.count;
    return a;
}

void standardize_place(call *c, const standardize_view *v)
{
    *(standardize_view *)c->own = *v;
    if (shape_is_open(c->inputs)) return;
    const size_t count = broadcast_along(&v->seen, v->statistics).count;
    /* Mean and 1/sqrt(variance + epsilon). */
    call_ask_keep(c, 2 * count * sizeof(float));
    call_ask_scratch(c, 6 * count);
}

/* Writes mean and 1/sqrt(variance + epsilon) of each statistic. */
static void measure(const standardize *s, const sample *a, const float *x, float *mean, float *inverse)
{
    const broadcast *b = &a->statistics;
    const double N = (double)a->each;
    memset(a->first, 0, 2 * b->count * sizeof *a->first);
    for (size_t line = 0; line < b->lines; line++) {
        double *sum = a->first + broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++) sum[i * b->step] += (double)x[line * b->width + i];
    }
    for (size_t k = 0; k < b->count; k++) a->first[k] /= N;
    for (size_t line = 0; line < b->lines; line++) {
        const size_t at = broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++) {
            const double d = (double)x[line * b->width + i] - a->first[at + i * b->step];
            a->second[at + i * b->step] += d * d;
        }
    }
    for (size_t k = 0; k < b->count; k++) {
        mean[k] = (float)a->first[k];
        inverse[k] = (float)(1 / sqrt(a->second[k] / N + s->epsilon));
    }
}

/* In inference nothing is kept, and they lie behind the sums in the scratch. */
static float *statistics_of(const call *c, const lane *own, const sample *a, size_t row)
{
    float *kept = lane_keep(own, c);
    return kept ? kept + row * 2 * a->statistics.count : lane_scratch(own, c) + 4 * a->statistics.count;
}

static void apply(const standardize *s, const sample *a, const float *x, const float *mean,
                  const float *inverse, float *y)
{
    const broadcast *b = &a->statistics, *p = &a->parameters;
    for (size_t line = 0; line < b->lines; line++) {
        const size_t at = broadcast_at(b, line), of = broadcast_at(p, line);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step, w = of + i * p->step;
            float value = (x[line * b->width + i] - (s->only_scales ? 0 : mean[k])) * inverse[k];
            if (a->gamma) value *= a->gamma[w];
            if (a->beta) value += a->beta[w];
            y[line * b->width + i] = value;
        }
    }
}

void standardize_forward(const standardize *s, const call *c, lane *own, const tensor *x, tensor *y)
{
    const sample a = begin(s, c, own);
    const size_t n = shape_count(c->inputs), count = a.statistics.count;
    for (size_t row = 0; row < x->rows; row++) {
        float *mean = statistics_of(c, own, &a, row), *inverse = mean + count;
        measure(s, &a, x->data + row * n, mean, inverse);
        apply(s, &a, x->data + row * n, mean, inverse, y->data + row * n);
    }
}

/* Adds to the weights' gradients, and to the sums of each statistic: first += dy gamma, second += dy gamma u; u is y before
 * gamma and beta. */
static void add_up(const standardize *s, const sample *a, const float *x, const float *dy, const float *mean,
                   const float *inverse, float *dgamma, float *dbeta)
{
    const broadcast *b = &a->statistics, *p = &a->parameters;
    memset(a->first, 0, 2 * b->count * sizeof *a->first);
    for (size_t line = 0; line < b->lines; line++) {
        const size_t at = broadcast_at(b, line), of = broadcast_at(p, line);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step, w = of + i * p->step;
            const float by = dy[line * b->width + i],
                        u = (x[line * b->width + i] - (s->only_scales ? 0 : mean[k])) * inverse[k],
                        du = a->gamma ? by * a->gamma[w] : by;
            a->first[k] += (double)du;
            a->second[k] += (double)(du * u);
            if (dgamma) dgamma[w] += by * u;
            if (dbeta) dbeta[w] += by;
        }
    }
}

/* dx = (du - mean(du) - (x - mean) inverse mean(du u)) inverse; without mean(du) if the mean is not subtracted. */
static void apply_back(const standardize *s, const sample *a, const float *x, const float *dy,
                       const float *mean, const float *inverse, float *dx)
{
    const broadcast *b = &a->statistics, *p = &a->parameters;
    const double N = (double)a->each;
    for (size_t line = 0; line < b->lines; line++) {
        const size_t at = broadcast_at(b, line), of = broadcast_at(p, line);
        for (size_t i = 0; i < b->width; i++) {
            const size_t k = at + i * b->step, place = line * b->width + i;
            const float du = a->gamma ? dy[place] * a->gamma[of + i * p->step] : dy[place],
                        part = s->only_scales ? 0 : (float)(a->first[k] / N),
                        slope = (float)(a->second[k] / N);
            dx[place] = (du - part - (x[place] - mean[k]) * inverse[k] * slope) * inverse[k];
        }
    }
}

void standardize_backward(const standardize *s, const call *c, lane *own, const tensor *x, const tensor *dy,
                          tensor *dx)
{
    const sample a = begin(s, c, own);
    const size_t n = shape_count(c->inputs), count = a.statistics.count;
    float *dgamma = has_gamma(s) ? lane_gradient(own, c, 0) : NULL,
          *dbeta = has_beta(s) ? lane_gradient(own, c, has_gamma(s)) : NULL;
    for (size_t row = 0; row < x->rows; row++) {
        const float *mean = statistics_of(c, own, &a, row), *inverse = mean + count;
        const float *values = x->data + row * n, *by = dy->data + row * n;
        add_up(s, &a, values, by, mean, inverse, dgamma, dbeta);
        if (dx) apply_back(s, &a, values, by, mean, inverse, dx->data + row * n);
    }
}

/* ---- graphs ---- */

/* (x - mean) / sqrt(variance + epsilon) of what is seen. */
static size_t operate_seen(const standardize *s, const standardize_view *v, graph *g, size_t seen)
{
    const size_t mean = graph_mean(g, seen, ~v->statistics),
                 apart = graph_apply(g, OPERATION_SUB, seen, mean),
                 squares = graph_apply(g, OPERATION_MUL, apart, apart),
                 variance = graph_mean(g, squares, ~v->statistics),
                 sum = graph_apply(g, OPERATION_ADD, variance, graph_number(g, s->epsilon)),
                 inverse = graph_apply(g, OPERATION_RSQRT, sum, NO_VALUE);
    return graph_apply(g, OPERATION_MUL, s->only_scales ? seen : apart, inverse);
}

size_t standardize_operate(const standardize *s, const call *c, graph *g, size_t x)
{
    const standardize_view *v = c->own;
    const bool is_seen = shape_equal(&v->seen, c->inputs);
    size_t y = operate_seen(s, v, g, is_seen ? x : graph_shape(g, OPERATION_RESHAPE, x, &v->seen));
    for (size_t i = 0; i < c->layer->weight_count; i++) {
        const size_t w = axes_graph_spread(g, layer_graph_weight(c->layer, g, i), &v->seen, v->parameters);
        y = graph_apply(g, i == 0 && has_gamma(s) ? OPERATION_MUL : OPERATION_ADD, y, w);
    }
    return is_seen ? y : graph_shape(g, OPERATION_RESHAPE, y, c->outputs);
}
