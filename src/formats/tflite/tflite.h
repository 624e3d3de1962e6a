/* TensorFlow Lite (.tflite): what a model computes, for inference. Written: the intermediate representation (snapshot/graph.h) as a
 * FlatBuffer of the tables in schema.h, in float32. Read: what Horn wrote, and what TensorFlow's converter makes of models in
 * float32. */
#ifndef FORMATS_TFLITE_TFLITE_H
#define FORMATS_TFLITE_TFLITE_H

#include "formats/format.h"

/* read.c */
HORN_CHECKED horn_status tflite_read(snapshot *out, const source *, const format_options *,
                                     const schema *known);
/* list.c */
bool tflite_recognizes(const source *);
HORN_CHECKED horn_status tflite_list(contents *out, const source *);

#endif
