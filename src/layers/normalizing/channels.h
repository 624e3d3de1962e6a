/* Sums and steps of a BatchNormalization over samples whose channels are any axes. What they compute is said in
 * tensor/normalization.h, which does the work if the channels are the last axis. */
#ifndef LAYERS_NORMALIZING_CHANNELS_H
#define LAYERS_NORMALIZING_CHANNELS_H

#include <stdbool.h>
#include "tensor/broadcast.h"

/* Whether channel i is value i of each line. */
bool channels_are_last(const broadcast *);

void channels_sums(const broadcast *, size_t rows, const float *x, double *sums, double *squares);
void channels_apply(const broadcast *, size_t rows, const float *x, const float *mean, const float *factor,
                    const float *shift, const float *top, float *y);
void channels_sums_back(const broadcast *, size_t rows, const float *x, const float *dy, const float *mean,
                        double *sums, double *products);
void channels_apply_back(const broadcast *, size_t rows, const float *x, const float *dy, const float *mean,
                         const float *factor, const float *part, const float *slope, float *dx);

#endif
