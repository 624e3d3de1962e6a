/* UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The number of bytes before the first that is no part of a character; `size` if there is none. `surrogates`: those of Python, of 3
 * bytes each, count as characters. */
size_t utf8_valid(const void *data, size_t size, bool surrogates);
/* True if that is all of the bytes. */
bool utf8_is_valid(const void *data, size_t size, bool surrogates);

#endif
