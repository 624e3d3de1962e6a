/* What LayerNormalization and GroupNormalization share: values of a sample that have one mean and variance,
 *     y = (x - mean) / sqrt(variance + epsilon) gamma + beta
 * and their arguments but the axes. A sample is seen in a shape in which each statistic and each parameter varies along whole
 * axes. */
#ifndef LAYERS_NORMALIZING_STANDARDIZE_H
#define LAYERS_NORMALIZING_STANDARDIZE_H

#include "layers/call.h"
#include "layers/normalizing/gamma_and_beta.h"

typedef struct standardize {
    double epsilon;
    /* The mean is not subtracted: y = x / sqrt(variance + epsilon) gamma. */
    bool only_scales;
    gamma_and_beta shared;
} standardize;

/* How a call sees its samples: in call->own. */
typedef struct standardize_view {
    shape seen;
    /* Bit i: along axis i of `seen`. */
    unsigned statistics, parameters;
} standardize_view;

void standardize_read(standardize *, layer *, config_reader *);
/* From epsilon on to scale; then the others. */
void standardize_describe_numbers(const standardize *, config *);
void standardize_describe_weights(const standardize *, config *);
HORN_CHECKED horn_status standardize_add(const standardize *, layer *, const char *axes,
                                         const shape *parameters);

/* Requests what the next two need. */
void standardize_place(call *, const standardize_view *);
void standardize_forward(const standardize *, const call *, lane *, const tensor *x, tensor *y);
void standardize_backward(const standardize *, const call *, lane *, const tensor *x, const tensor *dy,
                          tensor *dx);
size_t standardize_operate(const standardize *, const call *, graph *, size_t x);

#endif
