/* What Add, Subtract, Multiply, Average, Maximum and Minimum share: they merge the values at the same place of all inputs. The inputs
 * have one shape, or shapes that stretch to one as in numpy: aligned at their last axes, an axis of size 1 or one that is missing
 * takes any size.
 *
 * A position of y counts if it counts in each input that has a mask, as in Keras 2. In Keras 3 it counts if it counts in any, and y
 * has no mask unless all inputs have one. */
#ifndef LAYERS_MERGING_MERGING_H
#define LAYERS_MERGING_MERGING_H

#include "layers/call.h"
#include "snapshot/graph.h"

typedef struct merging {
    /* y[n] = y merged with x. */
    void (*merge)(float *y, const float *x, size_t n);
    /* Overwrites dx[n], the gradient of input k, by the values x[count][n] of all inputs and dy[n]. */
    void (*gradient)(float *dx, size_t k, const float *const *x, size_t count, const float *dy, size_t n);
} merging;

/* A merging.gradient: dy where x[k] times `sign` is the greatest, at the first such k; else 0. sign: 1 or -1. */
void merging_gradient_of_greatest(float sign, float *dx, size_t k, const float *const *x, size_t count,
                                  const float *dy, size_t n);
void merging_configure(layer *, config_reader *);
void merging_describe(const layer *, config *);
horn_status merging_place(const layer *, call *);
void merging_mask(const call *, lane *, const tensor *x, unsigned char *y_mask);
void merging_forward(const merging *, const call *, lane *, const tensor *x, tensor *y);
void merging_backward(const merging *, const call *, lane *, const tensor *x, const tensor *dy, tensor *dx);
/* The product of the masks, if all inputs have the positions of y, else none that graphs hold. */
size_t merging_operate_mask(const call *, graph *, const size_t *x, const size_t *masks);
/* The operations on the call's inputs in turn: ((x0, x1), x2) ... */
size_t merging_operate(const call *, graph *, const size_t *x, operation_kind);
horn_layer *merging_construct(const layer_class *, const horn_merging_options *);

#endif
