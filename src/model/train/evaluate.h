/* horn_model_evaluate for callers that have entered the model already, such as fit. */
#ifndef MODEL_TRAIN_EVALUATE_H
#define MODEL_TRAIN_EVALUATE_H

#include "model/step/step.h"

/* size: of a batch; 0: the usual one. The data have targets. */
HORN_CHECKED horn_status model_evaluate(horn_model *, const feed *, size_t size, horn_logs *);

#endif
