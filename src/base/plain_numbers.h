/* Texts of numbers as files have them, "0.5", whatever locale the host program has chosen: "0,5" in Germany's. Of this thread
 * alone. */
#ifndef BASE_PLAIN_NUMBERS_H
#define BASE_PLAIN_NUMBERS_H

#include <locale.h>

/* Between the two printf, strtod and cJSON write and read plain numbers. They nest. */
locale_t plain_numbers_begin(void);
void plain_numbers_end(locale_t before);

/* strtod of a plain number. */
double plain_number(const char *text, char **end);

#endif
