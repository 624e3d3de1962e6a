/* Names of Keras' layers in a deepdish file, "dense/kernel", and of PyTorch's modules, "0.weight". */
#ifndef FORMATS_DEEPDISH_RENAME_H
#define FORMATS_DEEPDISH_RENAME_H

#include "formats/torch/state.h"

/* Renames the tensors of a state that was written from these modules to "LAYER/WEIGHT"; takes those out that are no weight of a
 * layer. */
HORN_CHECKED horn_status deepdish_to_layers(torch_state *, const snapshot *, const torch_modules *);

/* If the state holds all weights of the model as "LAYER/WEIGHT", all behind the same scope or none: renames these to modules' names,
 * and takes all others out. Else it changes nothing. */
HORN_CHECKED horn_status deepdish_to_modules(torch_state *, const snapshot *model, const torch_modules *);

#endif
