/* Shapes of samples that stretch to one as in numpy: aligned at their last axes, an axis of size 1 or one that is missing takes any
 * size. */
#ifndef LAYERS_STRETCH_H
#define LAYERS_STRETCH_H

#include "tensor/broadcast.h"

/* Stretches *out to hold an input as well; false: they do not fit. Of an open axis each batch decides. */
bool stretch_shape(shape *out, const shape *in);
/* Where the values of `in` are in `out`, which it stretches to and which has at least one axis. */
broadcast stretch_place(const shape *in, const shape *out);
/* y = x stretched. */
void stretch_spread(const broadcast *, const float *x, float *y);
/* dx = sums of dy over the axes that are stretched. */
void stretch_gather(const broadcast *, const float *dy, float *dx);

#endif
