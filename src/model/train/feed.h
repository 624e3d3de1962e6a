/* Checks of the caller's data, made once before training begins, so that a step cannot fail on them. */
#ifndef MODEL_TRAIN_FEED_H
#define MODEL_TRAIN_FEED_H

#include "model/model.h"

/* Fails unless the samples of x have the shape of the model's input, or one that differs only by axes of size 1. */
HORN_CHECKED horn_status feed_check_x(const horn_model *, const horn_view *x);
/* The same; also fails unless y fits the loss, the outputs and the number of samples, with labels from 0 to classes - 1.
 * Resolves metrics such as "accuracy" by the outputs and targets. */
HORN_CHECKED horn_status feed_check(horn_model *, const horn_view *x, const horn_view *y);

#endif
