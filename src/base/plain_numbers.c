#include "base/plain_numbers.h"

#include <stdlib.h>

/* glibc's "C" locale is a constant: newlocale allocates nothing for it, cannot fail, and there is nothing to free. */
locale_t plain_numbers_begin(void)
{
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void plain_numbers_end(locale_t before)
{
    uselocale(before);
}

double plain_number(const char *text, char **end)
{
    const locale_t before = plain_numbers_begin();
    const double value = strtod(text, end);
    plain_numbers_end(before);
    return value;
}
