/* Nadam's momentum, which grows with the steps: factor t = 1, 2, ... is beta_1 (1 - 0.5 0.96^(decay t)). Nadam keeps the product
 * of the factors so far; some files hold it as a variable, of the others it is computed again. */
#ifndef FUNCTIONS_MOMENTUM_SCHEDULE_H
#define FUNCTIONS_MOMENTUM_SCHEDULE_H

#include <stdint.h>
#include "config/config.h"

typedef struct momentum_schedule {
    double beta_1;
    /* Before Keras 2.11 an argument, 0.004 by default; since then 1. */
    double decay;
} momentum_schedule;

double momentum_schedule_decay(bool is_legacy); /* its default */
/* From an optimizer's arguments in neutral form; a value that is no number counts as left out. */
momentum_schedule momentum_schedule_of(const config *arguments);

float momentum_schedule_factor(const momentum_schedule *, int64_t t);
/* The product of the first `steps` factors; 1 before the first step. */
float momentum_schedule_product(const momentum_schedule *, int64_t steps);

#endif
