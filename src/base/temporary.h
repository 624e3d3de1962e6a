/* Temporary files and directories, ".NAME.PID-N.horn-tmp" beside the NAME that they will become (or were). The save that makes one
 * holds a lock on it (flock) until it has its name, so that whoever saves there next can tell what a killed
 * save left from what another one is writing. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

typedef struct temporary {
    char *path; /* NULL: there is none */
    int file;   /* open for writing, until the caller closes it; holds no lock */
    int lock;   /* -1 where the file system has no locks */
} temporary;

/* A new one beside `target`, which begins messages. */
HORN_CHECKED horn_status temporary_open(temporary *t, const char *directory, const char *target);
/* The same, a directory; its `file` is closed. */
HORN_CHECKED horn_status temporary_open_folder(temporary *t, const char *directory, const char *target);
/* Unlocks and forgets it, after it has its name; removes it first where it never got one. */
void temporary_forget(temporary *t);
void temporary_remove(temporary *t);

/* Gives a file of the directory a temporary name: it is out of use from then on. The caller frees *path. */
HORN_CHECKED horn_status temporary_retire(const char *directory, const char *name, char **path);

/* Of ".NAME.PID-N.horn-tmp" the length of NAME, which begins behind the point; 0 if it is no such name. */
size_t temporary_target(const char *file);
/* Whether a temporary file is a leftover, and no save that goes on holds it. */
bool temporary_is_left(const char *directory, const char *file);

/* Removes what killed saves left in a directory. */
HORN_CHECKED horn_status temporary_sweep(const char *directory);

#endif
