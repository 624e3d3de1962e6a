/* Checks where results go before training begins, so that a wrong name does not cost the training. The bool functions
 * return false after printing the reason on standard error. */
#ifndef PROGRAMS_SHARED_DESTINATION_H
#define PROGRAMS_SHARED_DESTINATION_H

#include <stdbool.h>

/* True if a file can be made at the path: it is no directory, device, pipe or socket, and the nearest existing
 * directory above it is writable. */
bool destination_check(const char *path);
/* As destination_check, for a log: also a terminal, /dev/null or another character device. */
bool destination_check_log(const char *path);
/* True if file names can begin with the path: it is no device, pipe or socket. */
bool destination_check_prefix(const char *path);
/* As destination_check, for a directory, which may exist. */
bool destination_check_folder(const char *path);

/* Wrong usage if the path ends in a suffix that no format has; the line names the nearest suffix, then `advice`.
 * Fields of a template, in braces, count as digits. */
void destination_check_suffix(const char *option, const char *path, const char *advice);

/* True if the path ends with the suffix and has a name before it. */
bool has_suffix(const char *path, const char *suffix);

#endif
