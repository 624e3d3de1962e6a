/* The crossentropy of one output with a target between 0 and 1, of its logit or its probability. */
#ifndef LOSSES_CROSSENTROPIES_BINARY_H
#define LOSSES_CROSSENTROPIES_BINARY_H

#include "losses/clip.h"
#include "losses/elementwise.h"
#include "tensor/float_math.h"

/* Label smoothing s: t a + b = t (1 - s) + s / 2. */
static inline constants binary_smoothing(double s)
{
    return (constants){ .a = (float)(1 - s), .b = (float)(0.5 * s) };
}

static inline float binary_smooth(constants c, float t)
{
    return t * c.a + c.b;
}

static inline float binary_sigmoid(float z)
{
    return 1 / (1 + float_exp(-z));
}

static inline point binary_of_logits(float z, float t)
{
    const float rest = float_log1p(float_exp(z < 0 ? z : -z));
    return (point){ (z < 0 ? 0 : z) - z * t + rest, binary_sigmoid(z) - t };
}

static inline point binary_of_probabilities(float p, float t)
{
    const float q = clip_probability(p), rest = 1 - q, slope = (1 - t) / rest - t / q;
    return (point){ -(t * float_log(q) + (1 - t) * float_log(rest)), q < p || q > p ? 0 : slope };
}

#endif
