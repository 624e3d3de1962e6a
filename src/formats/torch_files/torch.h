/* PyTorch's own files, .pth, .pt and .pkl: file.h.
 *
 *     torch            the dict of a checkpoint: {"model", "optimizer", "best_loss", "epoch"}, with Horn's note beside it
 *     torch-weights    a state_dict alone, the bytes that PyTorch writes
 *
 * Both are read as `torch`, as is every file that has a state_dict (checkpoint.h). The note (notes.h) and what PyTorch has no
 * place for of the optimizer's variables (variables.h) are members of the archive that PyTorch does not look at. */
#ifndef FORMATS_TORCH_FILES_TORCH_H
#define FORMATS_TORCH_FILES_TORCH_H

#include "formats/format.h"

HORN_CHECKED horn_status torch_list(contents *out, const source *);

#endif
