/* Where a variable stands in a deepdish file. deepdish.io.load makes a dictionary of each group, and an HDF5 name has no '/', so
 * "net/conv/weights" is weights in conv in net: the dictionary's d["net"]["conv"]["weights"], or io.load(path, "/net/conv/weights").
 *
 * A variable cannot be an array and a group at once, as "conv/weights" and "conv/weights/Momentum" ask for: behind the name of
 * another variable '.' stands for '/': "conv/weights.Momentum". */
#ifndef FORMATS_DEEPDISH_PATHS_H
#define FORMATS_DEEPDISH_PATHS_H

#include <stddef.h>
#include <horn/status.h>

/* Gives each name its path, in the same order; the caller frees each, and the array. Fails for a name that HDF5 does not take
 * ("a//b", "a/./b") and for two names with the same path. `where` begins the error line. */
HORN_CHECKED horn_status deepdish_paths(char ***out, const char *const *names, size_t count,
                                        const char *where);
void deepdish_paths_free(char **paths, size_t count);

#endif
