/* ONNX (.onnx): what a model computes, for inference. Written: the intermediate representation (snapshot/graph.h), in nodes.h's
 * byte layout. Read: graphs that are a chain of layers, of operator sets 7 to 22, as Horn writes them and as PyTorch's and
 * TensorFlow's exporters do. The format has neither compile settings nor all of the architecture: layers that do nothing in
 * inference are lost. */
#ifndef FORMATS_ONNX_ONNX_H
#define FORMATS_ONNX_ONNX_H

#include "formats/format.h"

/* read.c */
bool onnx_recognizes(const source *);
HORN_CHECKED horn_status onnx_read(snapshot *out, const source *, const format_options *,
                                   const schema *known);
/* list.c */
HORN_CHECKED horn_status onnx_list(contents *out, const source *);

#endif
