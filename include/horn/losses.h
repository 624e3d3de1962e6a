/* Losses, by Keras' names. A constructor returns an owned loss, never NULL, which horn_model_compile takes. One that could
 * not be made carries its error: horn_loss_status and horn_model_compile report it. Values are means over the batch. */
#ifndef HORN_LOSSES_H
#define HORN_LOSSES_H

#include <stdbool.h>
#include <horn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct horn_loss horn_loss;

typedef struct horn_crossentropy_options {
    bool from_logits; /* the model's last layer has no softmax */
} horn_crossentropy_options;

/* Targets: class numbers, one per row. */
horn_loss *horn_sparse_categorical_crossentropy(const horn_crossentropy_options *options);
/* Targets: rows as wide as the outputs, usually one-hot. */
horn_loss *horn_categorical_crossentropy(const horn_crossentropy_options *options);
/* By Keras' string, "sparse_categorical_crossentropy": its defaults, and files hold the string. */
horn_loss *horn_loss_by_name(const char *name);

/* Returns the error that the loss carries; HORN_OK if it could be made. */
HORN_CHECKED horn_status horn_loss_status(const horn_loss *loss);
/* Only for losses that no model took; NULL is fine. */
void horn_loss_free(horn_loss *loss);

#ifdef __cplusplus
}
#endif
#endif
