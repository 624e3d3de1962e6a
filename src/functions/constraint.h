/* Constraints by Keras' names: NonNeg, MaxNorm, UnitNorm, MinMaxNorm. A constraint changes a weight after each step of the
 * optimizer:
 *
 *     NonNeg        max(w, 0)
 *     MinMaxNorm    w d / (1e-7 + |w|), d = rate clip(|w|, min_value, max_value) + (1 - rate) |w|
 *     MaxNorm       the same with a min_value of 0 and a rate of 1; UnitNorm: w / (1e-7 + |w|)
 *
 * |w| is the Euclidean norm over the axes `axis`, one for each place on the other axes.
 *
 * They are read from a string ("max_norm") or from a config in any of Keras' forms, and written in Keras' form with module. */
#ifndef FUNCTIONS_CONSTRAINT_H
#define FUNCTIONS_CONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include "config/config.h"
#include "tensor/tensor.h"

typedef struct constraint_class constraint_class;

typedef struct constraint {
    /* NULL: no constraint. */
    const constraint_class *class;
    double min, max, rate;
    /* Axes of the weight, numbered from the end if negative. In a config they are one number, a list, or null for all axes. */
    int axes[HORN_MAX_RANK], axis_count;
    enum { AXIS_NUMBER, AXIS_LIST, AXIS_ALL } axis_form;
} constraint;

/* Reads a constraint; for NULL and null there is none. `where` begins the error line. */
HORN_CHECKED horn_status constraint_read(constraint *out, const config *value, const char *where);
/* Sets the member `key`; null if there is no constraint. */
void constraint_describe(const constraint *c, config *into, const char *key);

/* Fails if a weight of this shape has not all the axes. */
HORN_CHECKED horn_status constraint_check(const constraint *c, const shape *s, const char *where);

/* Changes w[shape]. Norms are added in double, in an order that depends on the shape only. */
void constraint_apply(const constraint *c, const shape *s, float *w);

#endif
