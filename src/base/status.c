#include "base/status.h"
#include "base/plain_numbers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One line for each call of the public API that is under way on this thread, and the first for the caller's. Calls that are
 * nested deeper share the last one. */
enum { NESTED = 8 };
static _Thread_local char lines[NESTED][STATUS_LINE];
static _Thread_local int depth;

static char *present(void)
{
    return lines[depth < NESTED ? depth : NESTED - 1];
}

const char *horn_last_error(void)
{
    return present();
}

void status_begin(void)
{
    depth++;
    present()[0] = 0;
}

horn_status status_end(horn_status status)
{
    const char *own = present();
    depth--;
    if (!status || status == HORN_STOPPED || status == HORN_INTERRUPTED) return status;
    return fail(status, "%s", *own ? own : "a function of the caller's failed without a line");
}

/* The line may contain text from files: no control byte of it may reach a terminal. */
static void make_printable(char *line)
{
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
}

horn_status fail(horn_status status, const char *format, ...)
{
    /* A copy, because an argument may be the current line itself. */
    char text[STATUS_LINE];
    const plain_numbers before = plain_numbers_begin();
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    plain_numbers_end(before);
    make_printable(text);
    strcpy(present(), text);
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
