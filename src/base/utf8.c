#include "base/utf8.h"

#include <stdint.h>

/* The bytes of the character that begins here; 0 if there is none. */
static size_t character(const unsigned char *at, size_t left, bool surrogates)
{
    const unsigned char c = *at;
    const size_t length = c < 0x80                ? 1
                          : c >= 0xc2 && c < 0xe0 ? 2
                          : c >= 0xe0 && c < 0xf0 ? 3
                          : c >= 0xf0 && c < 0xf5 ? 4
                                                  : SIZE_MAX;
    if (length > left) return 0;
    if ((c == 0xe0 && at[1] < 0xa0) || (c == 0xf0 && at[1] < 0x90) || (c == 0xf4 && at[1] > 0x8f)) return 0;
    if (c == 0xed && at[1] > 0x9f && !surrogates) return 0;
    for (size_t k = 1; k < length; k++)
        if ((at[k] & 0xc0) != 0x80) return 0;
    return length;
}

size_t utf8_valid(const void *data, size_t size, bool surrogates)
{
    const unsigned char *at = data;
    size_t i = 0, length;
    while (i < size && (length = character(at + i, size - i, surrogates))) i += length;
    return i;
}

bool utf8_is_valid(const void *data, size_t size, bool surrogates)
{
    return utf8_valid(data, size, surrogates) == size;
}
