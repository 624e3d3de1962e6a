/* Directories: their names, and the lock of the one run that writes into them. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* Makes the directory where it is missing, with those above it; each is on the disk when it returns. */
HORN_CHECKED horn_status folder_make(const char *path);
/* Puts the names in it on the disk. */
HORN_CHECKED horn_status folder_sync(const char *path);

/* Takes the directory for this process until folder_unlock or its end; fails where another has it. */
HORN_CHECKED horn_status folder_lock(int *lock, const char *path);
void folder_unlock(int lock);

/* All names but "." and "..", sorted; none where there is no such directory. */
HORN_CHECKED horn_status folder_list(const char *path, char ***names, size_t *count);
void folder_list_free(char **names, size_t count);

/* Fails, and names it, if the directory holds anything but these: patterns of files ("variables/variables.data-*") and
 * directories ("variables/"), ended by a NULL. */
HORN_CHECKED horn_status folder_holds_only(const char *path, const char *const *members);

HORN_CHECKED horn_status folder_remove_file(const char *path, const char *name);

/* A file, or a directory with all that is in it, a few levels deep; `at` is an open directory or AT_FDCWD. What cannot be
 * removed stays. Follows no links. */
void folder_remove_tree(int at, const char *name);

/* "a/b" of "a/b/c", "." of "c"; and "c" of both, borrowed from the path. */
HORN_CHECKED horn_status folder_of(char **out, const char *path);
const char *folder_name_of(const char *path);

/* *out is the path itself, or what the symbolic links at it lead to, also if nothing is there. The caller frees it. */
HORN_CHECKED horn_status folder_follow(char **out, const char *path);

#endif
