/* The scores of attention.c, and their gradients. */
#include "layers/attention/dense_attention.h"
#include "tensor/elementwise.h"
#include "tensor/float_math.h"
#include "tensor/products/gemm.h"

/* w sum over d of g[d] tanh(a (q[d] + k[d])); g NULL: 1. */
typedef struct sums {
    float w, a;
    const float *g;
} sums;

static sums sums_of(const call *c)
{
    const dense_attention *d = (const dense_attention *)c->layer;
    const weight *w = c->layer->weights;
    if (d->mode == SCORE_ADDITIVE) return (sums){ 1, 1, d->use_scale ? w[0].value : NULL };
    return (sums){ *w[d->use_scale].value, d->use_scale ? *w[0].value : 1, NULL };
}

void attention_score(const call *c, const attention_sizes *n, const float *query, const float *key,
                     float *scores)
{
    const dense_attention *d = (const dense_attention *)c->layer;
    if (d->mode == SCORE_DOT) {
        gemm(false, true, n->T, n->S, n->D, query, n->D, key, n->D, 0, scores, n->S);
        if (d->use_scale) elementwise_scale(scores, *c->layer->weights->value, n->T * n->S);
        return;
    }
    const sums m = sums_of(c);
    for (size_t t = 0; t < n->T; t++)
        for (size_t s = 0; s < n->S; s++) {
            float sum = 0;
            for (size_t i = 0; i < n->D; i++)
                sum += (m.g ? m.g[i] : 1) * float_tanh(m.a * (query[t * n->D + i] + key[s * n->D + i]));
            scores[t * n->S + s] = m.w * sum;
        }
}

static float dot(size_t n, const float *a, const float *b)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* The gradient of the scale: the sum of ds q k. */
static float scale_back(const attention_sizes *n, const float *query, const float *key, const float *ds,
                        const float *dquery)
{
    float sum = 0;
    if (dquery) return dot(n->T * n->D, query, dquery);
    for (size_t t = 0; t < n->T; t++)
        for (size_t s = 0; s < n->S; s++)
            sum += ds[t * n->S + s] * dot(n->D, query + t * n->D, key + s * n->D);
    return sum;
}

static void dot_back(const call *c, lane *own, const attention_sizes *n, const float *query, const float *key,
                     float *ds, float *dquery, float *dkey)
{
    const bool use_scale = ((const dense_attention *)c->layer)->use_scale;
    float *dscale = use_scale ? lane_gradient(own, c, 0) : NULL;
    if (dquery) gemm(false, false, n->T, n->D, n->S, ds, n->S, key, n->D, 0, dquery, n->D);
    if (dscale) *dscale += scale_back(n, query, key, ds, dquery);
    if (use_scale && dquery) elementwise_scale(dquery, *c->layer->weights->value, n->T * n->D);
    if (use_scale) elementwise_scale(ds, *c->layer->weights->value, n->T * n->S);
    if (dkey) gemm(true, false, n->S, n->D, n->T, ds, n->S, query, n->D, 1, dkey, n->D);
}

/* The gradients of the scores' weights; NULL: it has none or it does not train. */
typedef struct sums_gradient {
    float *w, *a, *g;
} sums_gradient;

static sums_gradient sums_gradient_of(const call *c, lane *own)
{
    const dense_attention *d = (const dense_attention *)c->layer;
    float *scale = d->use_scale ? lane_gradient(own, c, 0) : NULL;
    if (d->mode == SCORE_ADDITIVE) return (sums_gradient){ NULL, NULL, scale };
    return (sums_gradient){ lane_gradient(own, c, d->use_scale), scale, NULL };
}

static void sum_back(const sums *m, const sums_gradient *to, size_t D, const float *q, const float *k,
                     float ds, float *dq, float *dk)
{
    for (size_t i = 0; i < D; i++) {
        const float g = m->g ? m->g[i] : 1, u = float_tanh(m->a * (q[i] + k[i])),
                    inside = ds * m->w * g * (1 - u * u);
        if (to->w) *to->w += ds * g * u;
        if (to->g) to->g[i] += ds * m->w * u;
        if (to->a) *to->a += inside * (q[i] + k[i]);
        if (dq) dq[i] += inside * m->a;
        if (dk) dk[i] += inside * m->a;
    }
}

void attention_score_back(const call *c, lane *own, const attention_sizes *n, const float *query,
                          const float *key, float *dscores, float *dquery, float *dkey)
{
    if (((const dense_attention *)c->layer)->mode == SCORE_DOT) {
        dot_back(c, own, n, query, key, dscores, dquery, dkey);
        return;
    }
    const sums m = sums_of(c);
    const sums_gradient to = sums_gradient_of(c, own);
    if (dquery) elementwise_fill(dquery, 0, n->T * n->D);
    for (size_t t = 0; t < n->T; t++)
        for (size_t s = 0; s < n->S; s++)
            sum_back(&m, &to, n->D, query + t * n->D, key + s * n->D, dscores[t * n->S + s],
                     dquery ? dquery + t * n->D : NULL, dkey ? dkey + s * n->D : NULL);
}
