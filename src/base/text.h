/* Texts in lists. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <string.h>

/* `list` is ended by NULL. */
static inline bool text_is_among(const char *text, const char *const *list)
{
    while (*list && strcmp(*list, text) != 0) list++;
    return *list;
}

#endif
