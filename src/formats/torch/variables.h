/* The optimizer's variables in Horn's own members of an archive, in Keras' layouts: a run goes on from the same bits.
 *
 *     R/.horn/optimizer.json    {"iteration": 20, "learning_rate": 0.001, "slots": [
 *                                   {"name": "momentum", "tensors": [{"name": "kernel", "shape": [784, 128]}, ...]}]}
 *     R/.horn/optimizer/0/3     float32: tensor 3 of slot 0 */
#ifndef FORMATS_TORCH_VARIABLES_H
#define FORMATS_TORCH_VARIABLES_H

#include "formats/torch/file.h"
#include "formats/torch/writer.h"
#include "snapshot/snapshot.h"

HORN_CHECKED horn_status torch_variables_write(torch_writer *, const snapshot *);

/* *found is false if the file has none. */
HORN_CHECKED horn_status torch_variables_read(snapshot *out, bool *found, const torch_file *);

#endif
