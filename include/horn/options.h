/* What the options of constructors have in common: a member that is 0 means Keras' default. */
#ifndef HORN_OPTIONS_H
#define HORN_OPTIONS_H

/* A zero that is meant: as good as 0 in any arithmetic, yet not the 0 of an option that was left out. */
#define HORN_ZERO 4.9406564584124654e-324

/* Adds l1 sum |w| + l2 sum w^2 of a weight to the loss. */
typedef struct horn_regularizer {
    double l1, l2;
} horn_regularizer;

#endif
