/* Inputs one behind the other along an axis of a sample. */
#ifndef LAYERS_JOINING_H
#define LAYERS_JOINING_H

#include "layers/call.h"

/* Where an input's runs are in those of the output: `count` runs of `run` values, `first` values behind where the output's of `whole`
 * values begin. */
typedef struct joining_runs {
    size_t count, whole, run, first;
} joining_runs;

/* Sets the output's shape. Inputs are equal but for the axis. */
HORN_CHECKED horn_status joining_place(const layer *, call *, int axis);
void joining_forward(const call *, int axis, const tensor *x, tensor *y);
void joining_backward(const call *, int axis, const tensor *dy, tensor *dx);
/* Of the slice's rows, before the first input. */
joining_runs joining_runs_of(const call *, size_t rows, int axis);
/* Goes on to input k, the next one. */
void joining_next(joining_runs *, const call *, size_t k, int axis);

#endif
