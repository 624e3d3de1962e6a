/* The targets of the hinge losses: -1 or 1.
 *
 * Keras turns 0 into -1 if all targets of the batch are 0 or 1. Here each 0 becomes -1, so that a row's loss does not
 * depend on the other rows: the same, unless a batch has targets that are 0 and others that are neither 0 nor 1. */
#ifndef LOSSES_HINGES_SIDES_H
#define LOSSES_HINGES_SIDES_H

static inline float side_of(float t)
{
    return t == 0 ? -1.0f : t;
}

#endif
