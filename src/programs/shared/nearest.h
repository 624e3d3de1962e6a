/* "did you mean": finds the name in a list that is nearest to a mistyped word. */
#ifndef PROGRAMS_SHARED_NEAREST_H
#define PROGRAMS_SHARED_NEAREST_H

#include <stddef.h>

/* Returns the only name that begins with the word; else the name with the smallest distance (letters changed,
 * missing, added, or two swapped), at most a third of the word's length. NULL if no name is near. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
