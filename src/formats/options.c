#include "formats/options.h"

#include <string.h>
#include "base/status.h"

static const format_value *find(const format_options *o, const char *name)
{
    for (const format_value *v = o ? o->own : NULL; v && v->name; v++)
        if (strcmp(v->name, name) == 0) return v;
    return NULL;
}

size_t format_options_number(const format_options *o, const char *name, size_t otherwise)
{
    const format_value *v = find(o, name);
    return v ? v->number : otherwise;
}

const char *const *format_options_names(const format_options *o, const char *name)
{
    const format_value *v = find(o, name);
    return v ? v->names : NULL;
}

static horn_status check(const format_value *v, const format_option *declared, const char *format,
                         const char *where)
{
    while (declared && declared->name && strcmp(declared->name, v->name) != 0) declared++;
    if (!declared || !declared->name)
        return fail(HORN_ERROR_ARGUMENT, "%s: format '%s' has no option '%s'", where, format, v->name);
    if (declared->kind == FORMAT_NUMBER && (v->number < declared->least || v->number > declared->most))
        return fail(HORN_ERROR_ARGUMENT, "%s: option '%s' is %zu, expected %zu to %zu", where, v->name,
                    v->number, declared->least, declared->most);
    if (declared->kind == FORMAT_NAMES && !v->names)
        return fail(HORN_ERROR_ARGUMENT, "%s: option '%s' has no list of names", where, v->name);
    return HORN_OK;
}

horn_status format_options_check(const format_options *o, const format_option *declared, const char *format,
                                 const char *where)
{
    horn_status status = HORN_OK;
    for (const format_value *v = o->own; !status && v && v->name; v++)
        status = check(v, declared, format, where);
    return status;
}
