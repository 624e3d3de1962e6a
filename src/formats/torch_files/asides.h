/* Members of a checkpoint's dict besides the model and the optimizer: "epoch", "best_loss", and whatever a program keeps there. */
#ifndef FORMATS_TORCH_FILES_ASIDES_H
#define FORMATS_TORCH_FILES_ASIDES_H

#include "formats/torch_files/checkpoint.h"
#include "snapshot/snapshot.h"

/* Fills s->asides. Tensors are left out: the file's contents list them. So are epoch and best_loss if the file has the progress of a
 * run, which says them, or if they say nothing: 0 and infinity. */
HORN_CHECKED horn_status torch_asides_read(snapshot *s, const pickle_value *root, const torch_checkpoint *);
/* Sets them in a dict whose model and optimizer have those names. */
void torch_asides_write(pickle *, pickle_value *dict, const snapshot *);

#endif
