/* The internal part of atomic_file.h: atomic_file.c collects what a save writes, atomic_commit.c writes it. */
#ifndef BASE_ATOMIC_PARTS_H
#define BASE_ATOMIC_PARTS_H

#include <errno.h>
#include <string.h>
#include "base/files/atomic_file.h"
#include "base/files/folder.h"
#include "base/files/temporary.h"
#include "base/status.h"

typedef struct part {
    /* As the caller of the save gave it. */
    char *path;
    /* The path with symbolic links followed; NULL before the commit. */
    char *place;
    /* The directory of `place`. */
    char *directory;
    temporary temporary;
    pieces content;
    /* It has the content of the part before this number, which was added before; 0: its own. */
    size_t twin_of;
    /* It was written by the caller, under its temporary name; and it is on the disk. */
    bool is_large, is_synced;
} part;

struct transaction {
    char *target;
    part *parts;
    size_t count, capacity;
    /* The first part of the current stage. */
    size_t stage;
    /* Paths to remove at the end. */
    char **stale;
    size_t stale_count, stale_capacity;
    bool committed;
    /* Every file is read back from the disk. */
    bool verifies_disk;
    /* If the target is a directory: the names that it may hold; else NULL. */
    const char *const *members;
    /* The new directory under its temporary name. */
    temporary folder;
};

static inline horn_status fail_file(const char *path)
{
    return fail(HORN_ERROR_FILE, "%s: %s", path, strerror(errno));
}

static inline bool names_file(const char *path)
{
    const char *name = folder_name_of(path);
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Of a target that is a directory: fails if an old one holds what no save may replace. */
HORN_CHECKED horn_status transaction_check_folder(const transaction *t);
/* Removes what was written and has not been renamed. */
void transaction_remove_temporaries(transaction *t);

#endif
