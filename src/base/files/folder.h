/* Directories: making, listing, removing and locking them. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* Makes a directory and the missing ones above it, and fsyncs each. */
HORN_CHECKED horn_status folder_make(const char *path);
/* Fsyncs the directory, so that the names in it are on the disk. */
HORN_CHECKED horn_status folder_sync(const char *path);

/* Locks the directory for this process until folder_unlock or the end of the process. Fails if another process holds
 * it. */
HORN_CHECKED horn_status folder_lock(int *lock, const char *path);
void folder_unlock(int lock);

/* Lists all names but "." and "..", sorted; *count is 0 if the directory does not exist. Free with
 * folder_list_free. */
HORN_CHECKED horn_status folder_list(const char *path, char ***names, size_t *count);
void folder_list_free(char **names, size_t count);

/* Fails, and names the first other entry, if the directory holds anything that matches none of `members`: patterns of
 * files ("variables/variables.data-*") and directories ("variables/"), ended by NULL. */
HORN_CHECKED horn_status folder_holds_only(const char *path, const char *const *members);

HORN_CHECKED horn_status folder_remove_file(const char *path, const char *name);

/* Removes a file, or a directory and all in it, a few levels deep. `at` is an open directory or AT_FDCWD. Follows no
 * links. Entries that cannot be removed stay; the function does not report them. */
void folder_remove_tree(int at, const char *name);

/* The directory and the name of a path: of "a/b/c", folder_of gives "a/b" (the caller frees it), folder_name_of "c"
 * (borrowed). The directory of "c" is ".". */
HORN_CHECKED horn_status folder_of(char **out, const char *path);
const char *folder_name_of(const char *path);

/* Follows symbolic links from `path` to the file or directory at their end, which need not exist. The caller frees
 * *out. */
HORN_CHECKED horn_status folder_follow(char **out, const char *path);

#endif
