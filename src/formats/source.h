/* Opens what is at a path that a user gives.
 *
 *     a file                   its bytes
 *     a save of several files  (save_files.h) by its NAME, its main file or one of the others: the bytes of the main file; the
 *                              others through source_read
 *     a directory              the save that its pointer names as the newest, by the last part of that name alone
 *
 * So PREFIX, PREFIX.index and PREFIX.data-00000-of-00001 are a checkpoint of TensorFlow, DIR and DIR/saved_model.pb a SavedModel.
 * No other file is ever opened: a name in a file is never a path. */
#ifndef FORMATS_SOURCE_H
#define FORMATS_SOURCE_H

#include <stdbool.h>
#include "base/files/atomic_file.h"
#include "base/files/large_file.h"
#include "formats/save_files.h"

typedef struct source {
    /* For messages, and to tell "weights.h5" from "model.weights.h5". Of a save of several files its NAME. */
    const char *path;
    const unsigned char *data;
    size_t size;
    /* If it is a save of several files, of which `data` is the main file's content; NULL: one file. */
    const format_files *files;
    /* Owned: what data and path point to. */
    bytes content, name;
    /* What is read may borrow from the bytes: the snapshot keeps them (snapshot_keep). */
    bool is_kept;
    /* NULL: the files are on the disk. Else they are what this save will write. */
    const transaction *pending;
} source;

HORN_CHECKED horn_status source_open(source *out, const char *path);
/* Opens what a save will write. Borrows it; close it before the commit, also after a failure. */
HORN_CHECKED horn_status source_open_pending(source *out, const transaction *t);
/* Opens a save of several files inside another one: "/variables/variables" in a SavedModel. */
HORN_CHECKED horn_status source_open_inside(source *out, const source *from, const char *name,
                                            const format_files *files);
/* Opens the save NAME, whose main file has another name now and this content. Takes the content, also on failure. */
HORN_CHECKED horn_status source_open_main(source *out, const char *name, const format_files *files,
                                          bytes *main);
/* Reads the file path + suffix. */
HORN_CHECKED horn_status source_read(const source *from, const char *suffix, bytes *out);
/* Opens the file path + suffix, to read parts of it. The files of a save that is still to be written are refused. */
HORN_CHECKED horn_status source_open_part(const source *from, const char *suffix, large_file **out);
/* *found: path + suffix is a file. Fails for want of memory alone. */
HORN_CHECKED horn_status source_has(bool *found, const source *from, const char *suffix);
/* True if NAME + suffix is a regular file. Keeps the name. */
bool source_name_has(bytes *name, const char *suffix);
void source_close(source *s);

/* True if the directory is one save, as a SavedModel is. */
bool source_is_folder(const char *path);

/* Lists the paths of a directory's saves: those in its pointer, the newest first, and then *ordered is true; without a pointer
 * every save that could be a run's, by name. Lists nothing if the path is no directory of saves. Freed by source_list_free. */
HORN_CHECKED horn_status source_list(const char *path, char ***out, size_t *count, bool *ordered);
void source_list_free(char **paths, size_t count);

#endif
