/* Temporary files and directories, ".NAME.PID-N.horn-tmp" beside the NAME that they will become. The save that makes one
 * holds a lock on it (flock) until it has its name, so that whoever saves there next can tell what a killed
 * save left from what another one is writing. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

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

/* Removes what killed saves left in a directory. */
HORN_CHECKED horn_status temporary_sweep(const char *directory);

#endif
