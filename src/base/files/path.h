/* Paths: whether two of them name the same file, also through links, `..` or a second name of a file. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <horn/status.h>

/* Makes the absolute path, without links and `..`. Parts that do not exist keep their names. The caller frees
 * *out. */
HORN_CHECKED horn_status path_resolve(char **out, const char *path);

/* True if both exist and are the same file or directory. */
bool path_is_same(const char *a, const char *b);

/* *out is true if the path is the directory or lies in it, at any depth. The path need not exist. */
HORN_CHECKED horn_status path_is_in(bool *out, const char *path, const char *directory);

#endif
