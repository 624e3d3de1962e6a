/* What the options of constructors have in common: a member that is 0 means Keras' default. */
#ifndef HORN_OPTIONS_H
#define HORN_OPTIONS_H

/* A 0 that is meant, where 0 itself means that the option was left out. Horn compares its bits, so it also holds in a program
 * that is linked with -ffast-math, which flushes denormal numbers such as this one to 0. */
#define HORN_ZERO 4.9406564584124654e-324

/* Adds l1 sum |w| + l2 sum w^2 of a weight to the loss. */
typedef struct horn_regularizer {
    double l1, l2;
} horn_regularizer;

#endif
