/* Temporary files and directories: ".NAME.PID-N.horn-tmp" beside NAME, which they replace at the end. The process
 * that makes one holds a lock on it (flock) until it is renamed. So another save can tell the leftover of a killed
 * process from a save that still runs. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

typedef struct temporary {
    /* NULL: none. */
    char *path;
    /* Open for reading and writing until the caller closes it; not the descriptor that holds the lock. */
    int file;
    /* -1 if the file system has no locks. */
    int lock;
} temporary;

/* Makes a temporary file in the directory. `target` is the file that it will become; error lines begin with it. */
HORN_CHECKED horn_status temporary_open(temporary *t, const char *directory, const char *target);
/* Makes another temporary name of the same file, under the same lock; t->file is not set. False if that cannot be had: the
 * directory is on another file system, or the file system has no hard links. */
bool temporary_link(temporary *t, const temporary *of, const char *directory, const char *target);
/* Makes a temporary directory; t->file is closed. */
HORN_CHECKED horn_status temporary_open_folder(temporary *t, const char *directory, const char *target);
/* Unlocks it and clears *t after the rename; temporary_remove removes it first. */
void temporary_forget(temporary *t);
void temporary_remove(temporary *t);

/* Renames a file of the directory to a temporary name, so that it is unused from then on. The caller frees *path. */
HORN_CHECKED horn_status temporary_retire(const char *directory, const char *name, char **path);

/* Returns the length of NAME in ".NAME.PID-N.horn-tmp"; NAME begins after the dot. 0 if `file` is no such name. */
size_t temporary_target(const char *file);
/* True if the temporary file is a leftover: no running process holds its lock. */
bool temporary_is_left(const char *directory, const char *file);

/* Removes the leftovers of killed saves in a directory. */
HORN_CHECKED horn_status temporary_sweep(const char *directory);

#endif
