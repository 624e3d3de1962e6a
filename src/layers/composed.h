/* What layers compute in graphs (snapshot/graph.h) with several operations, for want of one. */
#ifndef LAYERS_COMPOSED_H
#define LAYERS_COMPOSED_H

#include "functions/activation.h"
#include "snapshot/graph.h"

/* x factor + offset, as a Rescaling, which the readers of graphs know. */
size_t composed_scale(graph *, size_t x, double factor, double offset);
/* max(min(x, greatest), least). */
size_t composed_clip(graph *, size_t x, double least, double greatest);
/* The approximation by tanh. */
size_t composed_gelu(graph *, size_t x);
size_t composed_leaky_relu(graph *, size_t x, double slope);
/* As layers of these names: min(x, greatest) above the threshold, slope (x - threshold) below; INFINITY: there is no greatest value. */
size_t composed_relu(graph *, size_t x, double threshold, double slope, double greatest);
size_t composed_elu(graph *, size_t x, double alpha);
/* `above` where the condition holds, else `below`; all of one shape. */
size_t composed_select(graph *, size_t condition, size_t above, size_t below);

/* An activation; false: graphs cannot hold it. */
bool composed_activation(const activation *, graph *, size_t x, size_t *y);

#endif
