/* Numbers as text with a decimal point ("0.5") and rounded to nearest, whatever the locale (a German one has "0,5") and the
 * rounding of the host program. */
#ifndef BASE_PLAIN_NUMBERS_H
#define BASE_PLAIN_NUMBERS_H

#include <locale.h>
#include "base/arithmetic.h"

typedef struct plain_numbers {
    locale_t locale;
    arithmetic arithmetic;
} plain_numbers;

/* Between these two calls printf, strtod and cJSON use the C locale and round to nearest, on this thread only. They nest. */
plain_numbers plain_numbers_begin(void);
void plain_numbers_end(plain_numbers before);

/* strtod in the C locale. */
double plain_number(const char *text, char **end);

#endif
