/* Checks the caller's arrays once before training, so that no step can fail because of them. */
#ifndef MODEL_TRAIN_FEED_H
#define MODEL_TRAIN_FEED_H

#include "model/model.h"

/* Fails unless x holds samples of the model's input: the same shape, or one that differs only by axes of length 1. */
HORN_CHECKED horn_status feed_check_x(const horn_model *, const horn_view *x);
/* As feed_check_x; also fails unless y fits the loss, the outputs and the number of samples, and labels are below the
 * number of classes. Resolves metrics. */
HORN_CHECKED horn_status feed_check(horn_model *, const horn_view *x, const horn_view *y);

#endif
