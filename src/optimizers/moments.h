/* What optimizers with two moments of the gradient share: their arguments and Adam's step. */
#ifndef OPTIMIZERS_MOMENTS_H
#define OPTIMIZERS_MOMENTS_H

#include "optimizers/optimizer.h"

typedef struct moments {
    optimizer base;
    double beta_1, beta_2, epsilon;
    /* Adam and AdamW. */
    bool amsgrad;
} moments;

/* beta_1, beta_2 and epsilon. */
void moments_configure(optimizer *, config_reader *);
void moments_describe(const optimizer *, config *);
/* Names the slots "momentum" and "velocity". */
size_t moments_slot_names(const optimizer *, const char *names[OPTIMIZER_MAX_SLOTS]);
/* Puts the numbers among a constructor's arguments. */
void moments_set_options(config *arguments, double beta_1, double beta_2, double epsilon);

/* The same, with amsgrad. */
void adam_configure(optimizer *, config_reader *);
void adam_describe(const optimizer *, config *);
size_t adam_slot_names(const optimizer *, const char *names[OPTIMIZER_MAX_SLOTS]);

/* m += (1 - beta_1)(g - m);  v += (1 - beta_2)(g^2 - v);  w -= alpha m / (sqrt(v) + epsilon)
 *
 * alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t), t = 1, 2, ... With amsgrad the greatest v so far replaces v under the
 * root. PyTorch adds epsilon to sqrt(v / (1 - beta_2^t)): the same with epsilon sqrt(1 - beta_2^t). */
void adam_step(const optimizer *, const step_info *, size_t n, float *w, const float *g, float *const *slots);

#endif
