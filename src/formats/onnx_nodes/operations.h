/* Writes the intermediate representation of snapshot/graph.h as ONNX's nodes.
 *
 * ONNX has the channels of an image in front: (samples, channels, height, width). A value stays in the layout in which it was
 * made until an operation needs the other one; then one Transpose makes it, which later operations share. Kernels lie as ONNX
 * has them: a convolution's (outputs, inputs, height, width), one by depth (outputs, 1, height, width); that of a Dense layer
 * stays (inputs, units). A bias behind a product or a convolution becomes an input of it. Padding is written out. */
#ifndef FORMATS_ONNX_NODES_OPERATIONS_H
#define FORMATS_ONNX_NODES_OPERATIONS_H

#include "formats/onnx_nodes/nodes.h"
#include "snapshot/graph.h"
#include "snapshot/snapshot.h"

/* From the value "input" to "output". Refuses a kind that ONNX's table does not have, by name. `where` begins messages. */
HORN_CHECKED horn_status onnx_operations_write(onnx_nodes *, const snapshot *, const char *where);

#endif
