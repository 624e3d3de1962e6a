/* JSON on standard output. Strings from files may hold any bytes; the output is always valid JSON. */
#ifndef PROGRAMS_SHARED_JSON_H
#define PROGRAMS_SHARED_JSON_H

/* Prints a string; null for NULL. */
void json_text(const char *text);
/* Prints the fewest digits that read back as the same number; null for NaN and infinity. */
void json_number(double value);
/* Prints a value that is JSON already; null for NULL. Bytes that are not UTF-8 become U+FFFD. */
void json_value(const char *json);

#endif
