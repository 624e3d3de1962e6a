/* Predictions of one model by several threads at the same time. Each thread has a predictor: the memory that a prediction
 * needs. The weights are the model's own, which predictors only read, so that a further one costs little. */
#ifndef HORN_PREDICTOR_H
#define HORN_PREDICTOR_H

#include <stddef.h>
#include <horn/export.h>
#include <horn/model.h>

HORN_BEGIN

typedef struct horn_predictor horn_predictor;

/* The model has its weights: it is built, or loaded with them. It must live longer than its predictors. Stateful models are refused:
 * a batch of theirs goes on from the one before. */
HORN_CHECKED horn_status horn_predictor_new(horn_predictor **out, horn_model *model);

/* As horn_model_predict, with the same bits, on the calling thread alone. A predictor is of one thread at a time. HORN_ERROR_BUSY
 * while a call trains or changes the model; such a call is given it while a predictor works. After it predictors predict by the new
 * weights. Custom layers are called by all threads at once. */
HORN_CHECKED horn_status horn_predictor_predict(float *out, size_t count, horn_predictor *predictor,
                                                const horn_view *x, const horn_predict_options *options);

/* NULL is allowed. */
void horn_predictor_free(horn_predictor *predictor);

HORN_END

#endif
