/* Where results go, looked at before the work begins, so that a slip in a name does not cost the training. */
#ifndef PROGRAMS_SHARED_DESTINATION_H
#define PROGRAMS_SHARED_DESTINATION_H

#include <stdbool.h>

/* Whether a file can be made at the path: it is no directory, device, pipe or socket, and the nearest directory above that exists can
 * be written to. Where not, says why on standard error. */
bool destination_check(const char *path);
/* The same for rows that are written one by one: also to a terminal, /dev/null or another character device. */
bool destination_check_log(const char *path);
/* Whether the path can be what names of files begin with: it is no device, pipe or socket. */
bool destination_check_prefix(const char *path);
/* The same as destination_check for a directory, which may be there. */
bool destination_check_folder(const char *path);

/* Wrong usage if the path ends in a suffix that no format has: names the nearest one. `advice` says how else. Fields of a
 * template, in braces, count as digits. */
void destination_check_suffix(const char *option, const char *path, const char *advice);

/* Whether the path ends with the suffix, and has a name before it. */
bool has_suffix(const char *path, const char *suffix);

#endif
