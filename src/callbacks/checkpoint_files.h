/* The files of checkpoints in their directory: a checkpoint is one HDF5 file, or the triple that shares a
 * prefix. What makes it one is NAME.h5 or NAME.index; data files without an index are none. */
#ifndef CALLBACKS_CHECKPOINT_FILES_H
#define CALLBACKS_CHECKPOINT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <horn/status.h>

/* Which files make up a checkpoint: NAME.h5 alone, or NAME.index and its data in one file or, where a save was killed
 * that replaced it, in the one that says it is of two. A file is told from another one of its name by its inode,
 * size and time of change. */
typedef struct checkpoint_mark {
    struct stat files[3]; /* st_ino is 0 where there is none */
} checkpoint_mark;
/* False if it is not there, or if one of the files is no regular file. */
bool checkpoint_mark_take(checkpoint_mark *mark, const char *directory, const char *name);
bool checkpoint_mark_equal(const checkpoint_mark *a, const checkpoint_mark *b);

/* Checkpoints, each once, the oldest first where that matters. */
typedef struct checkpoint_list {
    char **names;
    checkpoint_mark *marks;
    size_t count, name_capacity, mark_capacity;
} checkpoint_list;
HORN_CHECKED horn_status checkpoint_list_add(checkpoint_list *, const char *name,
                                             const checkpoint_mark *); /* at the end; the mark may be NULL */
bool checkpoint_list_has(const checkpoint_list *, const char *name);
void checkpoint_list_drop(checkpoint_list *, size_t index);
void checkpoint_list_free(checkpoint_list *);

/* All checkpoints in a directory, committed ones alone, in the order of their files' names. */
HORN_CHECKED horn_status checkpoint_files_list(const char *directory, checkpoint_list *out);

/* Removes what makes it a checkpoint first. One that is not there is fine. Fails, and removes nothing, if
 * its files are no longer those of the mark. */
HORN_CHECKED horn_status checkpoint_files_remove(const char *directory, const char *name,
                                                 const checkpoint_mark *mark);

/* After a save over the checkpoint of the mark failed: removes the data file that it added, if the index is still the old
 * one. The error line stays. */
void checkpoint_files_undo(const char *directory, const char *name, const checkpoint_mark *before);

/* Whether a file of such a checkpoint is there, or one that has the name of its prefix and would be read instead. Also if
 * nobody can tell: nothing is overwritten that cannot be seen. */
bool checkpoint_files_exist(const char *directory, const char *name);

bool checkpoint_is_best(const char *name); /* "best", "best.h5" */

/* Of NAME.data-00000-of-00001 the length of NAME; 0 if it is no such name. */
size_t checkpoint_data_name(const char *file);

/* checkpoint_sweep.c. Under the directory's lock: removes what killed saves left: temporary files, and the data to which
 * such a file is the index. Data without its index may be somebody else's, and stays. */
HORN_CHECKED horn_status checkpoint_files_sweep(const char *directory, const char *template);

#endif
