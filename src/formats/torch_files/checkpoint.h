/* What the object in a file of torch.save is: a state_dict, or the dict of a checkpoint, which has one.
 *
 *     {"0.weight": tensor, "0.bias": tensor, ...}
 *     {"model": state_dict, "optimizer": {"state": ..., "param_groups": ...}, "best_loss": 0.25, "epoch": 3}
 *
 * Programs call the state_dict "model", "state_dict", "model_state_dict", "net" or "network" too, and that of the optimizer
 * "optimizer", "optimizer_state_dict", "optim" or "opt". Other keys are asides (asides.h). */
#ifndef FORMATS_TORCH_FILES_CHECKPOINT_H
#define FORMATS_TORCH_FILES_CHECKPOINT_H

#include "formats/torch_files/file.h"
#include "formats/torch/state.h"

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

#endif
