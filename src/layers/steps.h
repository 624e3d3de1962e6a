/* Graph operations of layers over sequences (steps, channels): those on images, of a height of 1. */
#ifndef LAYERS_STEPS_H
#define LAYERS_STEPS_H

#include "layers/layer.h"

/* Adds the operation on images, whose inputs this sets: x as an image, and the kernel [steps, ...] as one of height 1, or NO_VALUE.
 * Returns its result as a sequence of shape `output`. */
size_t steps_operate(graph *, operation *, size_t x, size_t kernel, const shape *output);
/* x, a sequence or a kernel, as an image of height 1, and back: the axis in front is taken away. */
size_t steps_image(graph *, size_t x);
size_t steps_squeeze(graph *, size_t image, const shape *output);
/* Adds zeros before and behind the steps of x. */
size_t steps_pad(graph *, size_t x, size_t before, size_t after);

#endif
