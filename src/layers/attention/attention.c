/* Attention and AdditiveAttention: dense_attention.h. Scores of query t and key s:
 *
 *     dot       scale q k
 *     concat    concat_score_weight sum of tanh(scale (q + k))
 *     additive  sum of scale tanh(q + k), where scale is a vector
 *
 * Sources: Luong et al., "Effective Approaches to Attention-based Neural Machine Translation", 2015; Bahdanau et al., "Neural Machine
 * Translation by Jointly Learning to Align and Translate", 2014 */
#include <string.h>
#include "base/option.h"
#include "base/status.h"
#include "functions/initializer.h"
#include "layers/attention/dense_attention.h"
#include "tensor/elementwise.h"
#include "tensor/float_math.h"
#include "tensor/products/gemm.h"

static dense_attention *self_of(layer *l)
{
    return (dense_attention *)l;
}

static void configure_additive(layer *l, config_reader *r)
{
    dense_attention *a = self_of(l);
    a->mode = SCORE_ADDITIVE;
    a->use_scale = true;
    config_read_boolean(r, "use_scale", &a->use_scale);
    config_only_boolean(r, "causal", false);
    scores_read_arguments(l, r, &a->dropout, &a->is_causal);
}

static void configure(layer *l, config_reader *r)
{
    dense_attention *a = self_of(l);
    const char *mode = "dot";
    config_read_boolean(r, "use_scale", &a->use_scale);
    config_read_string(r, "score_mode", &mode);
    config_only_boolean(r, "causal", false);
    scores_read_arguments(l, r, &a->dropout, &a->is_causal);
    a->mode = strcmp(mode, "concat") == 0 ? SCORE_CONCAT : SCORE_DOT;
    if (!r->status && a->mode == SCORE_DOT && strcmp(mode, "dot") != 0)
        config_reader_refuse(r, "score_mode", "dot or concat");
}

static void describe(const layer *l, config *c)
{
    const dense_attention *a = (const dense_attention *)l;
    config_set_number(c, "dropout", a->dropout);
    config_set_boolean(c, "use_scale", a->use_scale);
    if (a->mode != SCORE_ADDITIVE)
        config_set_string(c, "score_mode", a->mode == SCORE_CONCAT ? "concat" : "dot");
    if (a->is_causal) config_set_boolean(c, "use_causal_mask", true);
}

/* ---- weights ---- */

static horn_status add_weight(layer *l, const char *name, const shape *s, const char *start)
{
    initializer first;
    horn_status status = initializer_read(&first, NULL, start, l->class->name);
    const double fan = s->rank ? (double)s->dim[0] : 1;
    return status ? status : layer_add_weight(l, name, s->rank ? "c" : "", s, true, &first, fan, fan);
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    horn_status status = HORN_OK;
    const dense_attention *a = self_of(l);
    const shape scalar = { 0 }, vector = { 1, { inputs->rank ? inputs->dim[inputs->rank - 1] : 1 } };
    (void)count;
    if (a->use_scale && a->mode == SCORE_ADDITIVE) status = add_weight(l, "scale", &vector, "glorot_uniform");
    if (a->use_scale && a->mode != SCORE_ADDITIVE) status = add_weight(l, "scale", &scalar, "ones");
    if (!status && a->mode == SCORE_CONCAT) status = add_weight(l, "concat_score_weight", &scalar, "ones");
    return status;
}

/* ---- scores ---- */

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

#define ATTENTION(NAME, AUTO, CONFIGURE)                                                                  \
    {                                                                                                     \
        .name = NAME, .auto_name = AUTO, .size = sizeof(dense_attention), .flags = LAYER_BACK_IGNORES_Y,  \
        .most_inputs = 3, .configure = CONFIGURE, .describe = describe, .build = build,                   \
        .place = dense_attention_place, .forward = dense_attention_forward, .mask = dense_attention_mask, \
        .backward = dense_attention_backward                                                              \
    }

const layer_class attention_class = ATTENTION("Attention", "attention", configure);
const layer_class additive_attention_class =
    ATTENTION("AdditiveAttention", "additive_attention", configure_additive);

static config *argue(const horn_attention_options *o, double dropout)
{
    config *arguments = layer_arguments(o->name, o->input_shape);
    config_set_number(arguments, "dropout", dropout);
    config_set_boolean(arguments, "use_causal_mask", o->use_causal_mask);
    return arguments;
}

horn_layer *horn_attention(const horn_attention_options *options)
{
    const horn_attention_options o = options ? *options : (horn_attention_options){ 0 };
    config *arguments = argue(&o, option_number(o.dropout, 0));
    config_set_boolean(arguments, "use_scale", o.use_scale);
    if (o.score_mode) config_set_string(arguments, "score_mode", o.score_mode);
    return layer_construct(&attention_class, arguments);
}

horn_layer *horn_additive_attention(const horn_attention_options *options)
{
    const horn_attention_options o = options ? *options : (horn_attention_options){ 0 };
    config *arguments = argue(&o, option_number(o.dropout, 0));
    config_set_boolean(arguments, "use_scale", !o.no_scale);
    return layer_construct(&additive_attention_class, arguments);
}
