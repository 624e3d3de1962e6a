/* The argument `axis` of normalizing layers: an integer or a list; 0 is the batch, negative ones count from the last. */
#ifndef LAYERS_NORMALIZING_AXES_H
#define LAYERS_NORMALIZING_AXES_H

#include "layers/layer.h"

typedef struct axes {
    int64_t given[HORN_MAX_RANK];
    size_t count;
    bool is_list;
} axes;

/* -1 if the argument is missing. A list may be empty if `may_be_none`. */
void axes_read(config_reader *, const char *key, bool may_be_none, axes *out);
void axes_describe(const axes *, config *, const char *key);
/* Sets bit i of *bits for axis i of a sample of this shape. */
HORN_CHECKED horn_status axes_resolve(const axes *, const layer *, const shape *input, unsigned *bits);
/* Sets the argument; a list ends at the first 0, and an empty one sets nothing. */
void axes_argue(config *arguments, const int axis[HORN_MAX_RANK]);
/* The sizes of these axes, in their order. */
shape axes_shape(const shape *input, unsigned bits);
/* A graph's constant of axes_shape, in the shape in which it lies along these axes of the input. */
size_t axes_graph_spread(graph *, size_t value, const shape *input, unsigned bits);

#endif
