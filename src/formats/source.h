/* What stands at a path that a user names, opened for reading.
 *
 *     a file            its bytes
 *     a save of several files (save_files.h), by its NAME, by its main file or by one of the others:
 *                       the main file's bytes; the others through source_read
 *     a directory       the save that its pointer calls the newest, by that name's last part alone
 *
 * So PREFIX, PREFIX.index and PREFIX.data-00000-of-00001 are a checkpoint of TensorFlow, and DIR and DIR/saved_model.pb a
 * SavedModel. No other file is ever opened: a name that stands in a file is never a path. */
#ifndef FORMATS_SOURCE_H
#define FORMATS_SOURCE_H

#include <stdbool.h>
#include "base/atomic_file.h"
#include "formats/save_files.h"

typedef struct source {
    /* for messages, and to tell "weights.h5" from "model.weights.h5"; of a save of several files its NAME */
    const char *path;
    const unsigned char *data;
    size_t size;
    /* of a save of several files, whose main one's bytes these are; NULL: one file */
    const format_files *files;
    /* what data and path point to */
    bytes content, name;
    /* NULL: the disk. Else the files are those that it is about to write. */
    const transaction *pending;
} source;

HORN_CHECKED horn_status source_open(source *out, const char *path);
/* What a save is about to leave there; borrows it, and must be closed before it is committed. */
HORN_CHECKED horn_status source_open_pending(source *out, const transaction *t);
/* A save of several files inside another one: "/variables/variables" in a SavedModel. */
HORN_CHECKED horn_status source_open_inside(source *out, const source *from, const char *name,
                                            const format_files *files);
/* The save NAME, whose main file has another name for now and this content. Takes it, also on failure. */
HORN_CHECKED horn_status source_open_main(source *out, const char *name, const format_files *files,
                                          bytes *main);
/* The file path + suffix. */
HORN_CHECKED horn_status source_read(const source *from, const char *suffix, bytes *out);
bool source_has(const source *from, const char *suffix); /* whether it is a file */
void source_close(source *s);

/* Whether the directory is a save as a whole, as a SavedModel is. */
bool source_is_folder(const char *path);

/* The saves that a directory may stand for, as paths: those of its pointer, the newest first, and then *ordered; without
 * a pointer every save in it that could be a run's, by name. None for what is no directory of saves. Freed by source_list_free. */
HORN_CHECKED horn_status source_list(const char *path, char ***out, size_t *count, bool *ordered);
void source_list_free(char **paths, size_t count);

#endif
