/* Writes the intermediate representation of snapshot/graph.h as TensorFlow Lite's operators. Images have their channels behind
 * in both. Kernels lie as TensorFlow Lite has them: a Dense layer's (units, inputs), a convolution's (outputs, height, width,
 * inputs), one by depth (1, height, width, outputs). A bias and a ReLU behind a product or a convolution become a part of it.
 * BatchNormalization is arithmetic on its own weights, so that the file has each of them. */
#ifndef FORMATS_TFLITE_OPERATIONS_H
#define FORMATS_TFLITE_OPERATIONS_H

#include "formats/tflite/nodes.h"

/* *input and *output are the tensors of both ends. Refuses a kind that TensorFlow Lite's table does not have, by name. `where`
 * begins messages. */
HORN_CHECKED horn_status tflite_operations_write(tflite_nodes *, const snapshot *, int32_t *input,
                                                 int32_t *output, const char *where);

#endif
