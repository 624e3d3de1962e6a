/* What paths lead to, be they spelled one way or another: through links, `..`, or a second name of one file. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <horn/status.h>

/* The absolute path without links and `..`. What does not exist (yet) keeps its name. */
HORN_CHECKED horn_status path_resolve(char **out, const char *path);

bool path_is_same(const char *a, const char *b); /* both exist and are one file or directory */

/* Whether a path is a directory or lies in it, at any depth; it need not exist. */
HORN_CHECKED horn_status path_is_in(bool *out, const char *path, const char *directory);

#endif
