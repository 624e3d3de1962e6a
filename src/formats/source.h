/* What stands at a path that a user names, opened for reading.
 *
 *     a file                   its bytes
 *     a SavedModel             a directory with saved_model.pb: that file's bytes; the others through source_read, named
 *                              "/keras_metadata.pb"
 *     DIR/saved_model.pb       the same
 *     PREFIX                   a TensorFlow checkpoint: PREFIX.index's bytes; the files beside it through source_read.
 *                              PREFIX.index and PREFIX.data-00000-of-00001 stand for it, and it may end in '/'
 *     a directory              the checkpoint that its file `checkpoint` calls the newest, by that name's last part alone
 *
 * No other file is ever opened: a name that stands in a file is never a path. */
#ifndef FORMATS_SOURCE_H
#define FORMATS_SOURCE_H

#include <stdbool.h>
#include "base/atomic_file.h"
#include "base/bytes.h"

typedef struct source {
    const char *
        path; /* for messages, and to tell "weights.h5" from "model.weights.h5"; of a checkpoint its prefix */
    const unsigned char *data;
    size_t size;
    bool is_prefix, is_saved_model;
    bytes content, name;        /* what data and path point to */
    const transaction *pending; /* NULL: the disk. Else the files are those that it is about to write */
} source;

HORN_CHECKED horn_status source_open(source *out, const char *path);
/* What a save is about to leave there; borrows it, and must be closed before it is committed. */
HORN_CHECKED horn_status source_open_pending(source *out, const transaction *t);
/* The checkpoint of that prefix inside a SavedModel, "/variables/variables". */
HORN_CHECKED horn_status source_open_inside(source *out, const source *from, const char *prefix);
/* The file path + suffix of a prefix, such as ".data-00000-of-00001". */
HORN_CHECKED horn_status source_read(const source *from, const char *suffix, bytes *out);
bool source_has(const source *from, const char *suffix); /* whether it is a file */
bool source_is_data_file(const char *path);              /* whether its name is PREFIX.data-00000-of-00001 */
void source_close(source *s);

/* The checkpoints that a directory may stand for, as paths: those of its file `checkpoint`, the newest first, and
 * then *ordered; without that file every .index, .h5, .hdf5 and .keras in it, by name. None for what is no directory of
 * checkpoints. Freed by source_list_free. */
HORN_CHECKED horn_status source_list(const char *path, char ***out, size_t *count, bool *ordered);
void source_list_free(char **paths, size_t count);

#endif
