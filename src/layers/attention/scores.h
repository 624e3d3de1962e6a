/* Weights of attention, which a sample's scores [T, S] become: how much each of T queries takes of each of S values. */
#ifndef LAYERS_ATTENTION_SCORES_H
#define LAYERS_ATTENTION_SCORES_H

#include "layers/call.h"

/* Which scores count, of a sample; a NULL counts all. */
typedef struct score_mask {
    /* [T]; [S] */
    const unsigned char *queries, *values, *keys;
    /* Query t takes values 0 to t alone. */
    bool is_causal;
} score_mask;

/* The mask of input k of one sample of the slice; NULL: it has none. */
const unsigned char *score_mask_of(const tensor *x, size_t k, size_t sample);
/* In place. As in Keras 1e9 is taken off what does not count: if nothing counts, all weights are equal. */
void scores_weigh(size_t T, size_t S, const score_mask *, float *scores);
/* The gradient of scores, in the place of that of weights. */
void scores_back(size_t T, size_t S, const float *weights, float *gradient);

/* Dropout of a sample's n weights, in training; mask[n] is what backward needs. */
void scores_drop(const call *, const lane *, size_t sample, size_t n, double rate, const float *weights,
                 float *dropped, uint8_t *mask);

/* The output's mask: the query's, or all ones. */
void scores_hand_on(const call *, const tensor *x, unsigned char *y_mask);

/* The arguments that attention layers have in common: a rate `dropout`, `seed`, which is the model's, and use_causal_mask, an argument of
 * Keras' call. */
void scores_read_arguments(layer *, config_reader *, double *dropout, bool *is_causal);

#endif
