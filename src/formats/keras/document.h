/* What Keras' model.to_json() and to_yaml() write, as one value:
 *
 *     {"class_name": "Sequential", "config": {"name": ..., "layers": [...]}, "module": "keras",
 *      "keras_version": "2.15.0", "backend": "tensorflow"}
 *
 * It loads in Keras 2 and Keras 3, so it has no dialects. */
#ifndef FORMATS_KERAS_DOCUMENT_H
#define FORMATS_KERAS_DOCUMENT_H

#include "formats/contents.h"
#include "formats/options.h"
#include "snapshot/snapshot.h"
#include "config/config.h"

/* Fills an empty snapshot. `where` begins error lines. */
HORN_CHECKED horn_status keras_document_read(snapshot *out, const config *document, const char *where);
/* The caller owns *out. `format` is the format's name. */
HORN_CHECKED horn_status keras_document_write(config **out, const snapshot *s, const format_options *,
                                              const char *format, const char *where);
/* Fills contents without tensors: Keras' version. */
HORN_CHECKED horn_status keras_document_list(contents *out, const config *document);

#endif
