/* Converts between Keras' compile settings and the snapshot's loss, metrics and optimizer.
 *
 *     {"loss": "categorical_crossentropy" or {"class_name": ..., "config": {...}},
 *      "metrics": ["accuracy"], "weighted_metrics": null, "loss_weights": null,
 *      "optimizer_config": {"class_name": "Custom>RMSprop", "config": {"learning_rate": 0.001, ...}}}
 *
 * Of several outputs each of these is a list with one for each, or a dict by their names.
 *
 * Neutral form: a loss without `fn` and with its reduction; metrics as in metrics.h; the optimizer's own class name, and its
 * arguments without its name and without defaults. An optimizer of TensorFlow up to 2.10 has "is_legacy_optimizer": true among
 * them. */
#ifndef FORMATS_KERAS_TRAINING_TRAINING_H
#define FORMATS_KERAS_TRAINING_TRAINING_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

typedef struct keras_training_source {
    const char *where;         /* begins error lines */
    const char *optimizer_key; /* "optimizer_config" in .h5 */
    bool
        plain_is_legacy; /* a class without "Custom>" and is_legacy_optimizer is a legacy one, as in Keras 2's .h5 */
    bool is_legacy; /* the optimizer's variables say that it is one */
} keras_training_source;

HORN_CHECKED horn_status keras_training_read(snapshot *out, const config *settings,
                                             const keras_training_source *);

/* The settings of an .h5; the caller owns *out. keras2 writes a legacy optimizer as legacy. */
HORN_CHECKED horn_status keras_training_write(config **out, const snapshot *s, keras_dialect dialect,
                                              const char *where);

/* The loss weights as both Kerases write them: a number, or of several outputs a list; the snapshot has some. The caller owns it. */
config *keras_loss_weights_write(const snapshot *);

/* The dialect of the optimizer and its variables: legacy instead of keras2 for a legacy optimizer. */
keras_dialect keras_optimizer_dialect(const snapshot *s, keras_dialect dialect);

/* The learning rate in use: the variable if there is one, else the argument, else Keras' default; false for a schedule. */
bool keras_learning_rate(const snapshot *s, float *out);

/* The learning rate of the last step, which Keras 2's optimizers keep besides a schedule; false if there is no schedule that is
 * known. */
/* Nadam's, of the snapshot or from its steps and arguments; false for other optimizers. */
bool keras_momentum_product(const snapshot *, float *out);
bool keras_current_learning_rate(const snapshot *s, float *out);

#endif
