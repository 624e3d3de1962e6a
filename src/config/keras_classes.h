/* The names of the classes of Keras 2.15 and Keras 3.15, including those that Horn does not have. */
#ifndef CONFIG_KERAS_CLASSES_H
#define CONFIG_KERAS_CLASSES_H

#include <stdbool.h>

typedef enum keras_kind { KERAS_LAYER, KERAS_LOSS, KERAS_METRIC, KERAS_OPTIMIZER } keras_kind;

/* True if Keras has the class. As in Keras, optimizers, losses and metrics may be written in either style and in any
 * case: "MeanSquaredError", "mean_squared_error". */
bool keras_has_class(keras_kind kind, const char *name);

/* Returns the layer class for another name that Keras 2.15 reads: "BatchNormalizationV1" (TensorFlow 1.13) is
 * BatchNormalization, "MaxPool2D" is MaxPooling2D. Returns `name` itself if it is no alias. Borrowed. */
const char *keras_layer_by_alias(const char *name);

/* Classes that are more than a layer of a model. */
typedef enum keras_role {
    KERAS_LAYER_ROLE, /* any other class */
    KERAS_INPUT,      /* the model's input, written as its first layer */
    KERAS_SEQUENTIAL,
    KERAS_FUNCTIONAL,
    KERAS_MODEL, /* any other model */
    KERAS_CODE   /* Python code */
} keras_role;

/* By the class's own name, without a package. */
keras_role keras_role_of(const char *class_name);
/* The class that has that role, which is not KERAS_LAYER_ROLE. */
const char *keras_class_of(keras_role role);

#endif
