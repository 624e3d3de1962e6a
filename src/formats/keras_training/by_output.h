/* Compile settings of several outputs: Keras has one value for all of them, a list with one for each, or a dict by their names. The
 * neutral form is the list (snapshot.h). */
#ifndef FORMATS_KERAS_TRAINING_BY_OUTPUT_H
#define FORMATS_KERAS_TRAINING_BY_OUTPUT_H

#include "snapshot/snapshot.h"

/* Whether a value is that of each output: `value` is never null, and none that keras_by_output takes apart. */
typedef bool keras_is_of_all(const config *value);

/* Fills entries[outputs of the snapshot] with what each output has of a value, borrowed; NULL: nothing. `where` begins error lines. */
HORN_CHECKED horn_status keras_by_output(const config **entries, const snapshot *, const config *value,
                                         keras_is_of_all *is_of_all, const char *where);

/* Takes a list with an entry for each output; returns it, or, if the outputs are a dict, a dict of what is not null. */
config *keras_with_keys(const snapshot *, config *list);

#endif
