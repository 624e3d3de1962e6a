/* Losses, by Keras' names. A constructor returns an owned loss, never NULL, which horn_model_compile takes. One that could not
 * be made carries its error: horn_loss_status and horn_model_compile report it. Options may be NULL.
 *
 * A model's outputs are rows y[columns] along the last axis: one a sample, or more if outputs have more axes. Each row has
 * a loss L. Targets t are rows as wide as the outputs, or, for the sparse loss, one class number a row; a single column may
 * also come as [N]. */
#ifndef HORN_LOSSES_H
#define HORN_LOSSES_H

#include <stdbool.h>
#include <horn/export.h>
#include <horn/options.h>
#include <horn/status.h>

HORN_BEGIN

typedef struct horn_loss horn_loss;

/* ---- of probabilities ---- */

typedef struct horn_crossentropy_options {
    bool from_logits;       /* the model's last layer has no softmax or sigmoid */
    double label_smoothing; /* not of the sparse loss */
    const char *reduction; /* "sum_over_batch_size" (the default), "sum", "none", "mean_with_sample_weight" */
    /* Of the sparse loss alone: rows of the label `ignore_class` do not count. */
    bool ignores;
    int ignore_class;
} horn_crossentropy_options;

/* Targets: class numbers. L = -log y[t]. */
horn_loss *horn_sparse_categorical_crossentropy(const horn_crossentropy_options *options);
/* Targets: rows, usually one-hot. L = -sum t log y. */
horn_loss *horn_categorical_crossentropy(const horn_crossentropy_options *options);
/* L = mean of -t log y - (1 - t) log(1 - y). */
horn_loss *horn_binary_crossentropy(const horn_crossentropy_options *options);

typedef struct horn_focal_crossentropy_options {
    bool from_logits;
    double label_smoothing;
    bool apply_class_balancing; /* of the binary loss alone */
    double alpha, gamma;        /* 0.25, 2 */
    const char *reduction;
} horn_focal_crossentropy_options;

/* L = mean of (1 - p)^gamma times the binary crossentropy, p = t y + (1 - t) (1 - y); with class balancing also times alpha t
 * + (1 - alpha) (1 - t). */
horn_loss *horn_binary_focal_crossentropy(const horn_focal_crossentropy_options *options);
/* L = -sum alpha t (1 - y)^gamma log y. */
horn_loss *horn_categorical_focal_crossentropy(const horn_focal_crossentropy_options *options);

typedef struct horn_loss_options {
    const char *reduction;
} horn_loss_options;

/* L = sum t log(t / y). */
horn_loss *horn_kl_divergence(const horn_loss_options *options);
/* L = mean of y - t log y. */
horn_loss *horn_poisson(const horn_loss_options *options);

/* ---- of errors ---- */

/* L = mean (y - t)^2. */
horn_loss *horn_mean_squared_error(const horn_loss_options *options);
/* L = mean |y - t|. */
horn_loss *horn_mean_absolute_error(const horn_loss_options *options);
/* L = 100 mean |y - t| / |t|. */
horn_loss *horn_mean_absolute_percentage_error(const horn_loss_options *options);
/* L = mean (log(y + 1) - log(t + 1))^2; what is below 0 counts as 0. */
horn_loss *horn_mean_squared_logarithmic_error(const horn_loss_options *options);
/* L = mean log(cosh(y - t)). */
horn_loss *horn_log_cosh(const horn_loss_options *options);
/* L = -sum t y / (|t| |y|). */
horn_loss *horn_cosine_similarity(const horn_loss_options *options);

typedef struct horn_huber_options {
    double delta; /* 1 */
    const char *reduction;
} horn_huber_options;

/* L = mean of (y - t)^2 / 2 up to |y - t| = delta, and of delta |y - t| - delta^2 / 2 beyond. */
horn_loss *horn_huber(const horn_huber_options *options);

/* ---- of sides: t is -1 or 1, or 0 or 1 ---- */

/* L = mean max(1 - t y, 0). */
horn_loss *horn_hinge(const horn_loss_options *options);
/* L = mean max(1 - t y, 0)^2. */
horn_loss *horn_squared_hinge(const horn_loss_options *options);
/* Targets: one-hot rows. L = max(1 + the greatest y of the other classes - y of the class, 0). */
horn_loss *horn_categorical_hinge(const horn_loss_options *options);

/* ---- by name ---- */

/* By Keras' string, "sparse_categorical_crossentropy" or "mse": its defaults, and files hold the string. */
horn_loss *horn_loss_by_name(const char *name);

/* Returns the error that the loss carries; HORN_OK if it could be made. */
HORN_CHECKED horn_status horn_loss_status(const horn_loss *loss);
/* Only for losses that no model took; NULL is fine. */
void horn_loss_free(horn_loss *loss);

HORN_END
#endif
