/* Numbers as text with a decimal point ("0.5"), whatever the locale of the host program (a German one has "0,5"). */
#ifndef BASE_PLAIN_NUMBERS_H
#define BASE_PLAIN_NUMBERS_H

#include <locale.h>

/* Between these two calls printf, strtod and cJSON use the C locale, on this thread only. They nest. */
locale_t plain_numbers_begin(void);
void plain_numbers_end(locale_t before);

/* strtod in the C locale. */
double plain_number(const char *text, char **end);

#endif
