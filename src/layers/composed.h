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

/* An activation; false: graphs cannot hold it. */
bool composed_activation(const activation *, graph *, size_t x, size_t *y);

#endif
