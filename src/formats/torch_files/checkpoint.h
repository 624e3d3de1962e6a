/* What the object in a file of torch.save is: a state_dict, or the dict of a checkpoint, which has one.
 *
 *     {"0.weight": tensor, "0.bias": tensor, ...}
 *     {"model": state_dict, "optimizer": {"state": ..., "param_groups": ...}, "best_loss": 0.25, "epoch": 3}
 *
 * Programs call the state_dict "model", "state_dict", "model_state_dict", "net" or "network" too, and that of the optimizer
 * "optimizer", "optimizer_state_dict", "optim" or "opt". Other keys are asides. */
#ifndef FORMATS_TORCH_FILES_CHECKPOINT_H
#define FORMATS_TORCH_FILES_CHECKPOINT_H

#include "formats/torch_files/file.h"
#include "formats/torch/state.h"
#include "snapshot/snapshot.h"

typedef struct torch_checkpoint {
    /* A dict of tensors. NULL: the file holds no model. */
    const pickle_value *model;
    /* A dict; NULL: there is none. */
    const pickle_value *optimizer;
} torch_checkpoint;

torch_checkpoint torch_checkpoint_of(const pickle_value *object);

/* Fills an empty state with the tensors of a state_dict. Fails if together they take much more memory than the file. */
HORN_CHECKED horn_status torch_checkpoint_state(torch_state *out, const torch_file *,
                                                const pickle_value *model);

/* Fills s->asides. Tensors are left out: the file's contents list them. So are epoch and best_loss if the file has the progress of a
 * run, which says them, or if they say nothing: 0 and infinity. */
HORN_CHECKED horn_status torch_asides_read(snapshot *s, const pickle_value *root, const torch_checkpoint *);
/* Sets them in a dict whose model and optimizer have those names. */
void torch_asides_write(pickle *, pickle_value *dict, const snapshot *);

#endif
