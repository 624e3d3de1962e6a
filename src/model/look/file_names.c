#include <horn/file.h>
#include "formats/format.h"

const char *horn_suffix_at(size_t index)
{
    const format *f;
    for (size_t i = 0; (f = format_at(i)); i++)
        for (const char *const *suffix = f->suffixes; *suffix; suffix++)
            if (index-- == 0) return *suffix;
    return NULL;
}

const char *horn_unknown_suffix(const char *path)
{
    return path ? format_unknown_suffix(path) : NULL;
}
