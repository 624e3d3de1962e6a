/* What identifies a run: taken before its first step, saved in its checkpoints, compared when
 * it is resumed. {"architecture": checksum, "seed": ..., what the caller adds: its data, batch size, ...,
 * "optimizer": ..., "loss": ..., "metrics": ..., "starting weights": checksum} */
#ifndef MODEL_FILES_IDENTITY_H
#define MODEL_FILES_IDENTITY_H

#include "model/model.h"

/* Sets the model's identity. `facts`: name, value, name, value, ..., NULL; may be NULL. */
HORN_CHECKED horn_status identity_take(horn_model *, const char *const *facts);
/* identity_compare.c: fails if a checkpoint is of another run; the error line has the first fact that differs, with both values.
 * `name` begins it. */
HORN_CHECKED horn_status identity_compare(const config *mine, const config *found, const char *name);

#endif
