/* Files that are too large for memory: open for reading at any place, and writing at any place of an open file. */
#ifndef BASE_LARGE_FILE_H
#define BASE_LARGE_FILE_H

#include <stddef.h>
#include <horn/status.h>

typedef struct large_file {
    /* For error lines. */
    char *path;
    int descriptor;
    size_t size;
} large_file;

/* Opens a regular file. `name` is its name in error lines; NULL: the path. */
HORN_CHECKED horn_status large_file_open(large_file **out, const char *path, const char *name);
/* Fails if the file ends before. */
HORN_CHECKED horn_status large_file_read(const large_file *, size_t at, void *data, size_t size);
/* Accepts NULL. */
void large_file_close(large_file *);

/* `name` begins error lines. */
HORN_CHECKED horn_status large_file_write(int descriptor, size_t at, const void *data, size_t size,
                                          const char *name);

#endif
