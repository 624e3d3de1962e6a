#include "base/plain_numbers.h"

#include <stdlib.h>

/* glibc's "C" locale is a constant: newlocale allocates nothing for it, cannot fail, and there is nothing to free. */
plain_numbers plain_numbers_begin(void)
{
    const arithmetic host = arithmetic_begin();
    return (plain_numbers){ uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0)), host };
}

void plain_numbers_end(plain_numbers before)
{
    uselocale(before.locale);
    arithmetic_end(before.arithmetic);
}

double plain_number(const char *text, char **end)
{
    const plain_numbers before = plain_numbers_begin();
    const double value = strtod(text, end);
    plain_numbers_end(before);
    return value;
}
