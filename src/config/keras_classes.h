/* The names of Keras' own classes, of Keras 2.15 and Keras 3.15, known to Horn or not. */
#ifndef CONFIG_KERAS_CLASSES_H
#define CONFIG_KERAS_CLASSES_H

#include <stdbool.h>

typedef enum keras_kind { KERAS_LAYER, KERAS_LOSS, KERAS_METRIC, KERAS_OPTIMIZER } keras_kind;

/* Keras finds optimizers, losses and metrics in either spelling and in any case: "MeanSquaredError", "mean_squared_error". */
bool keras_has_class(keras_kind kind, const char *name);

/* The layer class of which this is another name that Keras 2.15 reads: "BatchNormalizationV1" is TensorFlow 1.13's
 * BatchNormalization, "MaxPool2D" MaxPooling2D. The name itself if it is none; borrowed. */
const char *keras_layer_by_alias(const char *name);

#endif
