/* Error lines that name a node. */
#include <stdarg.h>
#include <stdio.h>
#include "base/status.h"
#include "formats/chains/imported.h"

horn_status imported_fail_in(const imported *im, const imported_origin *from, horn_status status)
{
    char place[1024];
    snprintf(place, sizeof place, "%.400s: node '%.*s' (%.*s)", im->where, protobuf_text_shown(from->name),
             from->name.at, protobuf_text_shown(from->op), from->op.at);
    return fail_in(status, place);
}

horn_status imported_fail(const imported *im, const imported_origin *from, horn_status status,
                          const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return imported_fail_in(im, from, fail(status, "%s", text));
}
