#include "base/status.h"
#include "base/plain_numbers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char line[STATUS_LINE];

const char *horn_last_error(void)
{
    return line;
}

/* The line may contain text from files: no control byte of it may reach a terminal. */
static void make_printable(void)
{
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
}

horn_status fail(horn_status status, const char *format, ...)
{
    /* A copy, because an argument may be the current line itself. */
    char text[sizeof line];
    const plain_numbers before = plain_numbers_begin();
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    plain_numbers_end(before);
    memcpy(line, text, sizeof line);
    make_printable();
    return status;
}

horn_status fail_memory(const char *what, unsigned long long bytes)
{
    return fail(HORN_ERROR_MEMORY, "%s: no memory for %llu bytes", what, bytes);
}

horn_status fail_null(const char *function, const char *name)
{
    return fail(HORN_ERROR_ARGUMENT, "%s: %s is NULL", function, name);
}

horn_status fail_in(horn_status status, const char *where)
{
    return fail(status, "%s: %s", where, horn_last_error());
}
