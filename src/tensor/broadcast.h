/* An array that varies along some axes of a sample and repeats over the others, as numpy broadcasts it: a slope for each channel,
 * a mean for each group. Walked by lines: a line is a sample's last axis. */
#ifndef TENSOR_BROADCAST_H
#define TENSOR_BROADCAST_H

#include "tensor/tensor.h"

typedef struct broadcast {
    /* Lines of a sample, and values of a line; both 0 if an axis is open. */
    size_t lines, width;
    /* Numbers of the array. From one value of a line to the next the index moves by `step`: 0 or 1. */
    size_t count, step;
    int rank;
    size_t dim[HORN_MAX_RANK], stride[HORN_MAX_RANK];
} broadcast;

/* Bit i of `axes`: the array varies along axis i of the sample, which has at least one axis. */
broadcast broadcast_along(const shape *sample, unsigned axes);
/* The index in the array of the first value of a line. */
size_t broadcast_at(const broadcast *, size_t line);

#endif
