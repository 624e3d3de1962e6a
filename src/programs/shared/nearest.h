/* "did you mean": the name in a list that a mistyped word most likely stands for. */
#ifndef PROGRAMS_SHARED_NEAREST_H
#define PROGRAMS_SHARED_NEAREST_H

#include <stddef.h>

/* The name that the word begins, if it begins that one alone; else the one that is fewest letters away (changed, left out,
 * added, or two swapped), at most one in three of the word's. NULL: none is near. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
