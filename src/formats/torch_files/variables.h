/* The optimizer's variables in Horn's own members of an archive, in Keras' layouts: a run goes on from the same bits.
 *
 *     R/.horn/optimizer.json    {"iteration": 20, "learning_rate": 0.001, "slots": [
 *                                   {"name": "momentum", "tensors": [{"name": "kernel", "shape": [784, 128]}, ...]},
 *                                   {"name": "velocity", "in_dict": true}]}
 *     R/.horn/optimizer/0/3     float32: tensor 3 of slot 0
 *
 * A slot that PyTorch's dict holds bit for bit (optimizer.h) is there alone; others, such as SGD's momentum, are in both. */
#ifndef FORMATS_TORCH_FILES_VARIABLES_H
#define FORMATS_TORCH_FILES_VARIABLES_H

#include "formats/torch_files/file.h"
#include "formats/torch_files/writer.h"
#include "snapshot/snapshot.h"

/* `has_dict`: the file has the dict of PyTorch's optimizer, too. */
HORN_CHECKED horn_status torch_variables_write(torch_writer *, const snapshot *, bool has_dict);

/* What the file has of them. */
typedef enum torch_variables {
    TORCH_NO_VARIABLES,
    TORCH_ALL_VARIABLES,
    /* Some slots are in PyTorch's dict: torch_optimizer_read comes first. */
    TORCH_SOME_VARIABLES
} torch_variables;
HORN_CHECKED horn_status torch_variables_find(torch_variables *out, const torch_file *);
/* Sets the step, the learning rate and the slots that are here; those of the same name that are there already get other values. */
HORN_CHECKED horn_status torch_variables_read(snapshot *out, const torch_file *);

#endif
