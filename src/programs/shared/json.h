/* JSON on standard output. What comes from files may be any bytes: what is printed is always valid. */
#ifndef PROGRAMS_SHARED_JSON_H
#define PROGRAMS_SHARED_JSON_H

/* A quoted text; null for NULL. */
void json_text(const char *text);
/* The fewest digits that read back as the same number; null for what JSON cannot say. */
void json_number(double value);
/* A value that is JSON already; null for NULL. Bytes that are no UTF-8 become U+FFFD. */
void json_value(const char *json);

#endif
