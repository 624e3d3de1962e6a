/* Checks of what a caller feeds a model, made once before training begins, so that a step cannot fail. */
#ifndef MODEL_TRAIN_FEED_H
#define MODEL_TRAIN_FEED_H

#include "model/model.h"

/* x holds samples of the model's input: the same shape, or one that differs only by axes of 1. */
HORN_CHECKED horn_status feed_check_x(const horn_model *, const horn_view *x);
/* The same, and y fits the loss, the outputs and the number of samples; labels lie within the classes.
 * Resolves metrics. */
HORN_CHECKED horn_status feed_check(horn_model *, const horn_view *x, const horn_view *y);

#endif
