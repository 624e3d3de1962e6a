/* UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True if the bytes are whole characters. `surrogates`: those of Python, of 3 bytes each, are let through. */
bool utf8_is_valid(const void *data, size_t size, bool surrogates);

#endif
