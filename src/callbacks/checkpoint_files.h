/* The files of checkpoints in their directory: a checkpoint is one HDF5 file, or the triple that shares a
 * prefix. What makes it one is NAME.h5 or NAME.index; data files without an index are none. */
#ifndef CALLBACKS_CHECKPOINT_FILES_H
#define CALLBACKS_CHECKPOINT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* Names, each once, oldest first where that matters; items[count] is NULL. */
typedef struct checkpoint_list {
    char **items;
    size_t count, capacity;
} checkpoint_list;
HORN_CHECKED horn_status checkpoint_list_add(checkpoint_list *, const char *name); /* at the end */
void checkpoint_list_drop(checkpoint_list *, size_t index);
void checkpoint_list_free(checkpoint_list *);

/* All checkpoints in a directory, committed ones alone, in the order of their files' names. */
HORN_CHECKED horn_status checkpoint_files_list(const char *directory, checkpoint_list *out);

/* Removes what makes it a checkpoint first. One that is not there is fine. */
HORN_CHECKED horn_status checkpoint_files_remove(const char *directory, const char *name);

/* Also where nobody can tell: nothing is overwritten that cannot be seen. */
bool checkpoint_files_exist(const char *directory, const char *name);

/* Under the directory's lock: removes what killed saves left: temporary files, and data that no index names
 * where the template can have made the name. */
HORN_CHECKED horn_status checkpoint_files_sweep(const char *directory, const char *template);

/* Makes TensorFlow's `checkpoint` name these, the newest last, unless it does. */
HORN_CHECKED horn_status checkpoint_files_point_at(const char *directory, const checkpoint_list *names);

bool checkpoint_is_best(const char *name); /* "best", "best.h5" */

#endif
