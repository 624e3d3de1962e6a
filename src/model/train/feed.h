/* Checks of the caller's data, made once before training begins, so that a step cannot fail on them. */
#ifndef MODEL_TRAIN_FEED_H
#define MODEL_TRAIN_FEED_H

#include "model/plan/step.h"

/* Fails unless the samples of x have the shape of the model's input, with any size on open axes, or one that differs only by
 * axes of size 1. The feed borrows the data. */
HORN_CHECKED horn_status feed_check_x(feed *out, const horn_model *, const horn_view *x);
/* The same; also fails unless y fits the loss, the outputs and the number of samples, with labels from 0 to classes - 1.
 * Resolves metrics such as "accuracy" by the outputs and targets. */
HORN_CHECKED horn_status feed_check(feed *out, horn_model *, const horn_view *x, const horn_view *y);
/* The samples of a batch: *size, if it is not 0, else the model's if it is stateful, else 32. Fails if a stateful model would get a
 * batch of another size. */
HORN_CHECKED horn_status feed_batch_size(size_t *size, const horn_model *, size_t samples);
/* Fails unless there is a weight for each sample of y, or for each row of outputs. NULL: there are no weights. */
HORN_CHECKED horn_status feed_check_weights(const feed *, const horn_view *weights);
/* Fails unless a sample has one row, so that it has one class. */
HORN_CHECKED horn_status feed_check_class_weights(const feed *, const horn_class_weight *, size_t count);

#endif
