/* What the parts of the translation use. */
#include "formats/torch/translate.h"

#include <stdarg.h>
#include <stdio.h>
#include "base/memory.h"
#include "base/status.h"

horn_status torch_add(torch_walk *w, const char *class_name, torch_module **out, const char *arguments, ...)
{
    torch_modules *m = w->out;
    bytes text = { 0 };
    char line[300];
    va_list list;
    va_start(list, arguments);
    vsnprintf(line, sizeof line, arguments, list);
    va_end(list);
    horn_status status = HORN_OK;
    TRY(memory_grow(&m->items, m->count, &m->capacity, sizeof *m->items));
    torch_module *added = &m->items[m->count++];
    *added = (torch_module){ .class_name = class_name, .version = 1, .layer = w->layer };
    bytes_print(&text, "%zu", m->count - 1);
    TRY(bytes_status(&text));
    TRY(memory_copy_string(&added->name, bytes_text(&text)));
    TRY(memory_copy_string(&added->arguments, line));
    if (out) *out = added;
done:
    bytes_free(&text);
    return status;
}

void torch_note(torch_walk *w, const char *format, ...)
{
    char line[300];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    bytes_print(&w->out->notes, "changed:     layer '%s': %s\n", w->snapshot->layers[w->layer].name, line);
}

horn_status torch_refuse(const torch_walk *w, const char *format, ...)
{
    char line[300];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const snapshot_layer *l = &w->snapshot->layers[w->layer];
    return fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' (%s) %s", w->where, l->name,
                l->class_name ? l->class_name : "?", line);
}

void torch_put_pair(bytes *out, const size_t pair[2])
{
    if (pair[0] == pair[1])
        bytes_print(out, "%zu", pair[0]);
    else
        bytes_print(out, "(%zu, %zu)", pair[0], pair[1]);
}
