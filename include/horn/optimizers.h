/* Optimizers, by Keras' names and arguments. Zero means Keras' default, HORN_ZERO says 0 where 0 is not the
 * default. A constructor returns an owned optimizer, or NULL with horn_last_error(); horn_model_compile takes
 * it. */
#ifndef HORN_OPTIMIZERS_H
#define HORN_OPTIMIZERS_H

#include <stdbool.h>
#include <horn/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct horn_optimizer horn_optimizer;

typedef struct horn_sgd_options {
    double learning_rate; /* 0.01 */
    double momentum;      /* 0 */
    bool nesterov;
} horn_sgd_options;
horn_optimizer *horn_sgd(const horn_sgd_options *options); /* options may be NULL, here and below */

typedef struct horn_rmsprop_options {
    double learning_rate; /* 0.001 */
    double rho;           /* 0.9 */
    double momentum;      /* 0 */
    double epsilon;       /* 1e-7, inside the root */
    bool centered;
} horn_rmsprop_options;
horn_optimizer *horn_rmsprop(const horn_rmsprop_options *options);

typedef struct horn_adam_options {
    double learning_rate; /* 0.001 */
    double beta_1;        /* 0.9 */
    double beta_2;        /* 0.999 */
    double epsilon;       /* 1e-7, outside the root */
    bool amsgrad;
} horn_adam_options;
horn_optimizer *horn_adam(const horn_adam_options *options);

/* By Keras' string, in any case: "rmsprop". Its defaults. */
horn_optimizer *horn_optimizer_by_name(const char *name);

void horn_optimizer_free(horn_optimizer *optimizer); /* only for optimizers that no model took */

#ifdef __cplusplus
}
#endif
#endif
