/* Clips a probability as Keras does before taking its logarithm. Keeps NaN. */
#ifndef LOSSES_CLIP_H
#define LOSSES_CLIP_H

static inline float clip_probability(float p)
{
    const float least = 1e-7f, most = 1.0f - 1e-7f;
    return p < least ? least : p > most ? most : p;
}

#endif
