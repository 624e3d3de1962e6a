/* What Attention and AdditiveAttention share: of query[T, D], value[S, V] and key[S, D], which is the value if it is not given,
 * y[T, V] = weights value, where weights = softmax(scores of query and key). y has the query's mask, and is 0 where that counts nothing. */
#ifndef LAYERS_ATTENTION_DENSE_ATTENTION_H
#define LAYERS_ATTENTION_DENSE_ATTENTION_H

#include "layers/attention/scores.h"

typedef enum score_mode { SCORE_DOT, SCORE_CONCAT, SCORE_ADDITIVE } score_mode;

typedef struct dense_attention {
    layer base;
    score_mode mode;
    bool use_scale, is_causal;
    double dropout;
} dense_attention;

horn_status dense_attention_place(const layer *, call *);
void dense_attention_forward(const call *, lane *, const tensor *x, tensor *y);
void dense_attention_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                              tensor *dx);
void dense_attention_mask(const call *, lane *, const tensor *x, unsigned char *y_mask);

/* One sample. */
typedef struct attention_sizes {
    size_t T, S, D, V;
} attention_sizes;

/* attention_score.c: scores[T, S] of a query and a key. */
void attention_score(const call *, const attention_sizes *, const float *query, const float *key,
                     float *scores);
/* Overwrites the gradient of the query, adds to that of the key, if they are not NULL, and to those of the weights; by the gradient of the
 * scores, which it overwrites. */
void attention_score_back(const call *, lane *, const attention_sizes *, const float *query, const float *key,
                          float *dscores, float *dquery, float *dkey);

#endif
