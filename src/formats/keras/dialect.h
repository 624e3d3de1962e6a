/* What sets Keras' flavours apart, wherever they write the same thing in two ways.
 *
 * keras2 is Keras 2.11 to 2.15 and tf_keras, in the form that Keras 3 reads too. keras3 is Keras 3 as it
 * writes itself. legacy is keras2 with the optimizers of TensorFlow up to 2.10 (tf.keras.optimizers.legacy):
 * their RMSprop adds epsilon outside the root where momentum is 0. So such a file of a model that was trained
 * otherwise goes on a little differently in Keras 2, and so does a keras3 file of a legacy optimizer. */
#ifndef FORMATS_KERAS_DIALECT_H
#define FORMATS_KERAS_DIALECT_H

#include <stdbool.h>
#include "config/keras_object.h"

typedef enum keras_dialect { KERAS_2, KERAS_3, KERAS_LEGACY } keras_dialect;

/* By name; NULL is keras2. `format` begins the message. */
HORN_CHECKED horn_status keras_dialect_read(keras_dialect *out, const char *name, const char *format);
const char *keras_dialect_version(keras_dialect d); /* what files say: "2.15.0", "3.15.1" */

/* Refuses files of Keras 1, whose arguments are others; NULL, where a file does not say, is none. */
HORN_CHECKED horn_status keras_check_version(const char *version, const char *where);

bool keras_names_equal(const char *a, const char *b); /* in any case */

/* A dtype argument, string or policy object, as its name; NULL for anything else. Absent and null are
 * "float32". */
const char *keras_dtype_name(const config *value);
config *keras_dtype_policy(const char *name); /* Keras 3's object */

/* The items of a list or of a tuple, which Keras writes as an object; NULL for anything else. */
const config *keras_items(const config *value);
/* What is said for each output: an object of their names, or a list. */
bool keras_is_by_output(const config *value);
/* What is said for the only output, {"out": x} or [x]: x; any other value as it is. */
const config *keras_of_one_output(const config *value);

/* An object of any spelling: a string where nothing but its name is said, else {class_name, config}. */
HORN_CHECKED horn_status keras_object_neutral(config **out, const config *value, const char *where);

#endif
