/* Names of checkpoints, made from a template with Keras' fields: {epoch:04d}, {batch:05d}, {step},
 * {val_loss:.3f}, ... A format is Python's, as far as a width, a precision and one of d, e, f, g go. */
#ifndef CALLBACKS_CHECKPOINT_NAME_H
#define CALLBACKS_CHECKPOINT_NAME_H

#include <stdbool.h>
#include <horn/callback.h>
#include "base/bytes.h"

/* Appends the name. A field that is no figure of the model is refused; one that has no value yet (val_loss in
 * the midst of an epoch; logs may be NULL) is "nan". */
HORN_CHECKED horn_status checkpoint_name_print(bytes *out, const char *template, const horn_progress *,
                                               const horn_logs *);

/* Whether the template can make the name, with or without a "-14" or "-14-2" before its suffix: each field must print some
 * value as what stands there. */
bool checkpoint_name_fits(const char *template, const char *name);

/* ".weights.h5", ".h5", ".hdf5" or ".keras" at the end of a name, else the "" there. */
const char *checkpoint_name_suffix(const char *name);

#endif
