/* The files of checkpoints in a directory. A checkpoint is one file, NAME with a format's suffix, or several files that share
 * NAME (formats/save_files.h). The main file makes it a checkpoint; other files without a main file are none. */
#ifndef CALLBACKS_CHECKPOINT_FILES_H
#define CALLBACKS_CHECKPOINT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <horn/status.h>
#include "formats/save_files.h"

/* The files of a checkpoint of that name; NULL: it is one file, NAME itself. */
const format_files *checkpoint_files_of(const char *name);

/* Identifies the files of a checkpoint: the main file, then the usual ones. Another file of the same name differs in inode,
 * size or time of change. */
enum { CHECKPOINT_FILES = 1 + FILES_USUAL };
typedef struct checkpoint_mark {
    /* st_ino is 0 if there is no such file. */
    struct stat files[CHECKPOINT_FILES];
} checkpoint_mark;
/* Returns false if the checkpoint is missing, or if one of its files is no regular file. */
bool checkpoint_mark_take(checkpoint_mark *mark, const char *directory, const char *name);
bool checkpoint_mark_equal(const checkpoint_mark *a, const checkpoint_mark *b);

/* A list of checkpoints without duplicates; the oldest first if the order matters. */
typedef struct checkpoint_list {
    char **names;
    checkpoint_mark *marks;
    size_t count, name_capacity, mark_capacity;
} checkpoint_list;

/* Appends a checkpoint; the mark may be NULL. */
HORN_CHECKED horn_status checkpoint_list_add(checkpoint_list *, const char *name, const checkpoint_mark *);
bool checkpoint_list_has(const checkpoint_list *, const char *name);
void checkpoint_list_drop(checkpoint_list *, size_t index);
void checkpoint_list_free(checkpoint_list *);

/* Lists the committed checkpoints in a directory, sorted by file name. */
HORN_CHECKED horn_status checkpoint_files_list(const char *directory, checkpoint_list *out);

/* Removes a checkpoint, first the file that makes it one. It is no error if there is none. Fails, and removes
 * nothing, if the files differ from the mark. */
HORN_CHECKED horn_status checkpoint_files_remove(const char *directory, const char *name,
                                                 const checkpoint_mark *mark);

/* After a failed save over the checkpoint of the mark: removes the data file that the save added, if the index is
 * still the old one. Keeps the error line. */
void checkpoint_files_undo(const char *directory, const char *name, const checkpoint_mark *before);

/* True if there is a file of such a checkpoint, or one with the name of its prefix, which would be read instead. Also
 * true if that cannot be found out: Horn overwrites nothing that it cannot see. */
bool checkpoint_files_exist(const char *directory, const char *name);

/* "best", "best.h5". */
bool checkpoint_is_best(const char *name);

/* Appends the suffixes of the other files that the main file of a checkpoint names; the main file is called `main` now. */
HORN_CHECKED horn_status checkpoint_read_others(name_list *out, const char *directory, const char *name,
                                                const char *main);
HORN_CHECKED horn_status checkpoint_remove_file(const char *directory, const char *name, const char *suffix);

/* In checkpoint_sweep.c. Removes what killed saves left: temporary files, and the files that a temporary main file
 * names. Files without a main file may belong to others and stay. The caller holds the directory's lock. */
HORN_CHECKED horn_status checkpoint_files_sweep(const char *directory, const char *template);

#endif
