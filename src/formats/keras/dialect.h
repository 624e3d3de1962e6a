/* The dialects of Keras' files: the same things, written differently.
 *
 * keras2 is Keras 2.11 to 2.15 and tf_keras, in a form that Keras 3 reads, too. keras3 is what Keras 3 writes. legacy is
 * keras2 with the optimizers of TensorFlow up to 2.10 (tf.keras.optimizers.legacy). Their RMSprop adds epsilon outside the
 * root if momentum is 0: a model that was trained otherwise trains on slightly differently from a legacy file, and a model of a
 * legacy optimizer from a keras3 file. */
#ifndef FORMATS_KERAS_DIALECT_H
#define FORMATS_KERAS_DIALECT_H

#include <stdbool.h>
#include "config/keras_object.h"

typedef enum keras_dialect { KERAS_2, KERAS_3, KERAS_LEGACY } keras_dialect;

/* The dialect of that name; NULL: keras2. `format` begins the error line. */
HORN_CHECKED horn_status keras_dialect_read(keras_dialect *out, const char *name, const char *format);
const char *keras_dialect_version(keras_dialect d); /* that its files name: "2.15.0", "3.15.1" */

/* Refuses files of Keras 1, which has other arguments. NULL, for a file that names no version, is accepted. */
HORN_CHECKED horn_status keras_check_version(const char *version, const char *where);

bool keras_names_equal(const char *a, const char *b); /* ignores upper and lower case */

/* The name of a dtype argument, which may be a string or a policy object; "float32" if it is absent or null, NULL for anything
 * else. Borrowed. */
const char *keras_dtype_name(const config *value);
config *keras_dtype_policy(const char *name); /* Keras 3's object; the caller owns it */

/* The items of a list, or of a tuple, which Keras writes as an object; NULL for anything else. Borrowed. */
const config *keras_items(const config *value);
/* Whether a value has one entry for each output: an object with their names, or a list. */
bool keras_is_by_output(const config *value);
/* The value of the only output: x of {"out": x} or [x]; any other value as it is. Borrowed. */
const config *keras_of_one_output(const config *value);

/* Keras' spellings of an object, as one: a string if there is only a name, else {class_name, config}. The caller owns *out.
 * `where` begins the error line. */
HORN_CHECKED horn_status keras_object_neutral(config **out, const config *value, const char *where);

#endif
