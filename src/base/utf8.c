#include "base/utf8.h"

#include <stdint.h>

bool utf8_is_valid(const void *data, size_t size, bool surrogates)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < size;) {
        const unsigned char c = at[i++];
        const size_t more = c < 0x80                ? 0
                            : c >= 0xc2 && c < 0xe0 ? 1
                            : c >= 0xe0 && c < 0xf0 ? 2
                            : c >= 0xf0 && c < 0xf5 ? 3
                                                    : SIZE_MAX;
        if (more > size - i) return false;
        if ((c == 0xe0 && at[i] < 0xa0) || (c == 0xf0 && at[i] < 0x90) || (c == 0xf4 && at[i] > 0x8f))
            return false;
        if (c == 0xed && at[i] > 0x9f && !surrogates) return false;
        for (size_t k = 0; k < more; k++)
            if ((at[i++] & 0xc0) != 0x80) return false;
    }
    return true;
}
