/* Error lines that name a node. */
#include <stdarg.h>
#include <stdio.h>
#include "base/status.h"
#include "formats/chains/imported.h"

horn_status imported_node_fail(const char *where, protobuf_text name, protobuf_text op, horn_status status)
{
    char place[1024];
    snprintf(place, sizeof place, "%.400s: node '%.*s' (%.*s)", where, protobuf_text_shown(name), name.at,
             protobuf_text_shown(op), op.at);
    return fail_in(status, place);
}

horn_status imported_fail_in(const imported *im, const imported_origin *from, horn_status status)
{
    return imported_node_fail(im->where, from->name, from->op, status);
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
