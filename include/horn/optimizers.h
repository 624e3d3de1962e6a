/* Optimizers, by Keras' names and arguments. Zero means Keras' default, HORN_ZERO says 0 where 0 is not the
 * default. A constructor returns an owned optimizer, never NULL, which horn_model_compile takes. One that could not be made
 * carries its error: horn_optimizer_status and horn_model_compile report it. */
#ifndef HORN_OPTIMIZERS_H
#define HORN_OPTIMIZERS_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/export.h>
#include <horn/options.h>
#include <horn/status.h>

HORN_BEGIN

typedef struct horn_optimizer horn_optimizer;

/* A learning rate that follows the number of steps made, by Keras' class and arguments:
 *
 *     .schedule = { .name = "CosineDecay", .initial_learning_rate = 0.1, .decay_steps = 1000 }
 */
typedef struct horn_schedule {
    const char *name; /* NULL: none. "ExponentialDecay", "InverseTimeDecay", "CosineDecay", "PolynomialDecay",
                         "PiecewiseConstantDecay" */
    double initial_learning_rate, decay_steps; /* of all but the last */
    double decay_rate;                         /* of the first two, and: */
    bool staircase;                            /* whole multiples of decay_steps only */
    double alpha, warmup_target, warmup_steps; /* CosineDecay: 0, none */
    double end_learning_rate, power;           /* PolynomialDecay: 0.0001, 1 */
    bool cycle;                                /* PolynomialDecay */
    const double *boundaries, *values; /* PiecewiseConstantDecay: values[i] up to step boundaries[i] */
    size_t boundary_count;             /* one less than the values */
} horn_schedule;

/* At most one of them. */
typedef struct horn_clipping {
    double clipnorm;        /* of each variable's gradient */
    double global_clipnorm; /* of all gradients together */
    double clipvalue;       /* of each number */
} horn_clipping;

/* The update rules of SGD, RMSprop, Adam and AdamW. PyTorch's has the same arguments but adds epsilon elsewhere: in RMSprop to the
 * root, in Adam to the root of the corrected v. In SGD, RMSprop and Adam weight_decay times the weight is added to the gradient. */
typedef struct horn_sgd_options {
    double learning_rate; /* 0.01 */
    double momentum;      /* 0 */
    bool nesterov;
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
    const char *update_rule; /* "keras"; "torch" */
} horn_sgd_options;
horn_optimizer *horn_sgd(const horn_sgd_options *options); /* options may be NULL, here and below */

typedef struct horn_rmsprop_options {
    double learning_rate; /* 0.001 */
    double rho;           /* 0.9 */
    double momentum;      /* 0 */
    double epsilon;       /* 1e-7, inside the root */
    bool centered;
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
    const char *update_rule; /* "keras"; "torch" */
} horn_rmsprop_options;
horn_optimizer *horn_rmsprop(const horn_rmsprop_options *options);

typedef struct horn_adam_options {
    double learning_rate; /* 0.001 */
    double beta_1;        /* 0.9 */
    double beta_2;        /* 0.999 */
    double epsilon;       /* 1e-7, outside the root */
    bool amsgrad;
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
    const char *update_rule; /* "keras"; "torch" */
} horn_adam_options;
horn_optimizer *horn_adam(const horn_adam_options *options);

typedef struct horn_adamw_options {
    double learning_rate; /* 0.001 */
    double beta_1;        /* 0.9 */
    double beta_2;        /* 0.999 */
    double epsilon;       /* 1e-7, outside the root */
    bool amsgrad;
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0.004; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
    const char *update_rule; /* "keras"; "torch" */
} horn_adamw_options;
horn_optimizer *horn_adamw(const horn_adamw_options *options);

typedef struct horn_adamax_options {
    double learning_rate;   /* 0.001 */
    double beta_1;          /* 0.9 */
    double beta_2;          /* 0.999 */
    double epsilon;         /* 1e-7 */
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
} horn_adamax_options;
horn_optimizer *horn_adamax(const horn_adamax_options *options);

typedef struct horn_nadam_options {
    double learning_rate;   /* 0.001 */
    double beta_1;          /* 0.9 */
    double beta_2;          /* 0.999 */
    double epsilon;         /* 1e-7, outside the root */
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
} horn_nadam_options;
horn_optimizer *horn_nadam(const horn_nadam_options *options);

typedef struct horn_adagrad_options {
    double learning_rate;             /* 0.001 */
    double initial_accumulator_value; /* 0.1 */
    double epsilon;                   /* 1e-7, inside the root */
    horn_schedule schedule;           /* stands for learning_rate */
    double weight_decay; /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
} horn_adagrad_options;
horn_optimizer *horn_adagrad(const horn_adagrad_options *options);

typedef struct horn_adadelta_options {
    double learning_rate;   /* 0.001 */
    double rho;             /* 0.95 */
    double epsilon;         /* 1e-7, inside both roots */
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
} horn_adadelta_options;
horn_optimizer *horn_adadelta(const horn_adadelta_options *options);

typedef struct horn_ftrl_options {
    double learning_rate;                        /* 0.001 */
    double learning_rate_power;                  /* -0.5; at most 0 */
    double initial_accumulator_value;            /* 0.1 */
    double l1_regularization_strength;           /* 0 */
    double l2_regularization_strength;           /* 0 */
    double l2_shrinkage_regularization_strength; /* 0 */
    double beta;                                 /* 0 */
    horn_schedule schedule;                      /* stands for learning_rate */
    double weight_decay; /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
} horn_ftrl_options;
horn_optimizer *horn_ftrl(const horn_ftrl_options *options);

typedef struct horn_lion_options {
    double learning_rate;   /* 0.0001 */
    double beta_1;          /* 0.9 */
    double beta_2;          /* 0.99 */
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;    /* 0; each step takes this much of each weight, times the learning rate */
    horn_clipping clipping;
} horn_lion_options;
horn_optimizer *horn_lion(const horn_lion_options *options);

/* By Keras' string, in any case: "rmsprop". Its defaults. */
horn_optimizer *horn_optimizer_by_name(const char *name);

/* Before the optimizer is compiled with a model: weights whose path, "dense_1/bias", has one of these texts in it do not decay. Keras'
 * method of that name; Horn's files keep the list where Keras does not look. */
HORN_CHECKED horn_status horn_optimizer_exclude_from_weight_decay(horn_optimizer *optimizer,
                                                                  const char *const *names, size_t count);

/* Returns the error that the optimizer carries; HORN_OK if it could be made. */
HORN_CHECKED horn_status horn_optimizer_status(const horn_optimizer *optimizer);
/* Only for optimizers that no model took; NULL is fine. */
void horn_optimizer_free(horn_optimizer *optimizer);

HORN_END
#endif
