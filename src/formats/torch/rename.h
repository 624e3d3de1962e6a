/* Parts of torch_read_state: what the names in a state_dict say. */
#ifndef FORMATS_TORCH_RENAME_H
#define FORMATS_TORCH_RENAME_H

#include "formats/torch/state.h"

/* Renames the modules that have tensors as they are called in the file, if that is sure: all names there are PREFIX + number +
 * tensor, with one PREFIX, as of an nn.Sequential, whose modules work in the order of their numbers. Other modules may stand
 * between them there than here. Else it changes nothing. */
HORN_CHECKED horn_status torch_rename(torch_modules *, const char *const *names, size_t count);

/* Without a model: each module of the file becomes a layer with its tensors as they are; sets by_name and torch_layouts. */
HORN_CHECKED horn_status torch_read_by_name(snapshot *out, const torch_state *, const char *const *names);

#endif
