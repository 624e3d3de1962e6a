/* Random numbers of a layer that is random in training. They depend on the model's seed, the call, the step, and the sample's index
 * in the batch: not on how the batch is cut. Each call has one stream for each sample. */
#ifndef LAYERS_NOISE_STREAM_H
#define LAYERS_NOISE_STREAM_H

#include "layers/call.h"
#include "tensor/random.h"

/* The first n numbers of a sample of the slice: in [0, 1), or normal with mean 0 and standard deviation 1. */
static inline void stream_uniforms(const call *c, const lane *own, size_t sample, size_t n, float *out)
{
    const random_key key = random_key_make(own->seed, RANDOM_DROPOUT, c->number);
    random_uniforms(key, own->step, (uint64_t)(own->first + sample) << 36, n, out);
}

static inline void stream_normals(const call *c, const lane *own, size_t sample, size_t n, float *out)
{
    const random_key key = random_key_make(own->seed, RANDOM_DROPOUT, c->number);
    random_normals(key, own->step, (uint64_t)(own->first + sample) << 36, n, out);
}

/* Reads the argument `rate`, in [0, 1), and keeps `seed`: the layer uses the model's. */
static inline void stream_read_rate(layer *l, config_reader *r, double *rate)
{
    config_require(r, "rate");
    layer_read_rate(r, "rate", rate);
    layer_keep(l, r, "seed");
}

#endif
