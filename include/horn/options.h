/* What the options of constructors have in common: a member that is 0 means Keras' default. */
#ifndef HORN_OPTIONS_H
#define HORN_OPTIONS_H

#include <horn/view.h>

/* A 0 that is meant, where 0 itself means that the option was left out. Horn compares its bits, so it also holds in a program
 * that is linked with -ffast-math, which flushes denormal numbers such as this one to 0. */
#define HORN_ZERO 4.9406564584124654e-324

/* Adds l1 sum |w| + l2 sum w^2 of a weight to the loss. */
typedef struct horn_regularizer {
    double l1, l2;
} horn_regularizer;

/* Changes a weight after each step of training. */
typedef struct horn_constraint {
    const char *name;                    /* "max_norm", "min_max_norm", "unit_norm", "non_neg"; NULL: none */
    double min_value, max_value, rate;   /* 0; 2 for max_norm, else 1; 1 */
    int axes[HORN_MAX_RANK], axis_count; /* the norm adds over these axes of the weight; none: axis 0 */
} horn_constraint;

#endif
