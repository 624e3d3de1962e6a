/* horn_model_evaluate for callers that have entered the model already, such as fit. */
#ifndef MODEL_TRAIN_EVALUATE_H
#define MODEL_TRAIN_EVALUATE_H

#include "model/model.h"

HORN_CHECKED horn_status model_evaluate(horn_model *, const horn_view *x, const horn_view *y,
                                        const horn_evaluate_options *, horn_logs *);

#endif
