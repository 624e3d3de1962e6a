/* Names of checkpoints, made from a template with Keras' fields: {epoch:04d}, {batch:05d}, {step}, {val_loss:.3f},
 * ... Of Python's formats a width, a precision and one of d, e, f, g are supported. */
#ifndef CALLBACKS_CHECKPOINT_NAME_H
#define CALLBACKS_CHECKPOINT_NAME_H

#include <stdbool.h>
#include <horn/callback.h>
#include "base/bytes.h"

/* Appends the name. Fails for a field that is no log of the model. A field without a value yet (val_loss during an
 * epoch; logs may be NULL) prints "nan". */
HORN_CHECKED horn_status checkpoint_name_print(bytes *out, const char *template, const horn_progress *,
                                               const horn_logs *);

/* True if the template can make the name, also with "-14" or "-14-2" before its suffix: each field must be able to
 * print what is at its place. */
bool checkpoint_name_fits(const char *template, const char *name);

#endif
