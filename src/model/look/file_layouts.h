/* Weights of a PyTorch file that has no architecture, in Keras' layouts, for a comparison with a file that has them so. */
#ifndef MODEL_LOOK_FILE_LAYOUTS_H
#define MODEL_LOOK_FILE_LAYOUTS_H

#include "model/look/file.h"

/* *out is the file with its weights turned: a matrix from [units, inputs] to [inputs, units], a kernel from [filters, channels, height,
 * width] to [height, width, channels, filters]; without counters of batches, which Keras does not have. What lies behind a flattened
 * image stays in PyTorch's order: nothing says where it is. NULL unless the two files are such ones. The caller frees
 * it by file_again_free. */
HORN_CHECKED horn_status file_layouts_turn(horn_file **out, const horn_file *, const horn_file *other);

#endif
