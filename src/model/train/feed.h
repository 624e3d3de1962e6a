/* Checks of the caller's data, made once before training begins, so that a step cannot fail on them. A feed is too large for the
 * stack. */
#ifndef MODEL_TRAIN_FEED_H
#define MODEL_TRAIN_FEED_H

#include "model/step/step.h"

/* Allocates the model's feed, if it is not there. */
HORN_CHECKED horn_status feed_need(horn_model *);
/* Fails unless x has an array for each input of the model, which is built: as many samples each, of the shape of the input, with any
 * size on open axes, or one that differs only by axes of size 1. The feed borrows the data. */
HORN_CHECKED horn_status feed_check_x(feed *out, const horn_model *, const horn_view *x);
/* The same; also fails unless y has an array for each output that has a loss or metrics, which fits them, the output and the number
 * of samples, with labels from 0 to classes - 1. Resolves metrics such as "accuracy" by the outputs and targets. */
HORN_CHECKED horn_status feed_check(feed *out, horn_model *, const horn_view *x, const horn_view *y);
/* The samples of a batch: *size, if it is not 0, else the model's if it is stateful, else 32. Fails if a stateful model would get a
 * batch of another size. */
HORN_CHECKED horn_status feed_batch_size(size_t *size, const horn_model *, size_t samples);
/* Takes weights for some outputs, or one array for all of them; fails unless there is a weight for each sample, or for each row of
 * outputs. NULL: there are no weights. */
HORN_CHECKED horn_status feed_check_weights(feed *, const horn_model *, const horn_view *weights);
/* Fails unless the model has one output, and a sample one row of it, so that it has one class. */
HORN_CHECKED horn_status feed_check_class_weights(const feed *, const horn_class_weight *, size_t count);
/* Samples [first, first + count). */
void feed_samples(feed *out, const feed *, size_t first, size_t count);

#endif
