/* The stack, and errors that name the byte of the pickle. */
#include <stdarg.h>
#include <stdio.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/pickle/machine.h"

horn_status pickle_fail(const pickle_machine *m, horn_status status, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail(status, "%s: byte %zu of the pickle: %s", m->where, (size_t)(m->in.at - m->start), text);
}

horn_status pickle_push(pickle_machine *m, pickle_value *v)
{
    if (!v) return pickle_status(m->values);
    horn_status status = memory_grow(&m->stack, m->count, &m->capacity, sizeof *m->stack);
    if (!status) m->stack[m->count++] = v;
    return status;
}

/* What is below the last mark cannot be reached. */
static bool is_empty(const pickle_machine *m)
{
    return m->count <= (m->mark_count ? m->marks[m->mark_count - 1] : 0);
}

horn_status pickle_peek(pickle_value **out, pickle_machine *m)
{
    if (is_empty(m)) return pickle_fail(m, HORN_ERROR_FORMAT, "needs a value, and the stack has none");
    *out = m->stack[m->count - 1];
    return HORN_OK;
}

horn_status pickle_pop(pickle_value **out, pickle_machine *m)
{
    horn_status status = pickle_peek(out, m);
    if (!status) m->count--;
    return status;
}
