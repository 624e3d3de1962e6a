/* Names of modules that a user gives: lines "LAYER = NAME" or "INDEX = NAME". LAYER is a layer with one module that has tensors,
 * or with one module; INDEX is that of any module in nn.Sequential. '#' begins a comment, empty lines are skipped. */
#ifndef FORMATS_TORCH_NAMES_H
#define FORMATS_TORCH_NAMES_H

#include "formats/torch/modules.h"

/* Renames modules. Fails for a line of another form, a layer or index that there is not, and a name twice. `lines`: ended by NULL;
 * may be NULL. */
HORN_CHECKED horn_status torch_names_apply(torch_modules *, const snapshot *, const char *const *lines,
                                           const char *where);

#endif
