#include "formats/torch/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

typedef struct text {
    const char *at;
    size_t size;
} text;

static text trim(const char *at, size_t size)
{
    while (size && isspace((unsigned char)*at)) at++, size--;
    while (size && isspace((unsigned char)at[size - 1])) size--;
    return (text){ at, size };
}

static bool is(text t, const char *name)
{
    return strlen(name) == t.size && memcmp(name, t.at, t.size) == 0;
}

/* Dots part names of modules: "features.0". Each part has letters, digits or '_'. */
static bool is_name(text t)
{
    for (size_t i = 0; i < t.size; i++) {
        const bool at_end = i == 0 || i + 1 == t.size;
        if (t.at[i] == '.' ? at_end || t.at[i - 1] == '.'
                           : !isalnum((unsigned char)t.at[i]) && t.at[i] != '_')
            return false;
    }
    return t.size > 0;
}

/* Of a layer: its module with tensors, or its only module. *many: there are several. */
static torch_module *find_of_layer(torch_modules *m, const snapshot *s, text layer, bool *many)
{
    torch_module *found = NULL;
    bool weighted = false;
    *many = false;
    for (size_t i = 0; i < m->count; i++) {
        torch_module *own = &m->items[i];
        if (!is(layer, s->layers[own->layer].name) || (weighted && !own->place_count)) continue;
        *many = found && weighted == (own->place_count > 0);
        weighted = own->place_count > 0;
        found = own;
    }
    return found;
}

static torch_module *find_of_index(torch_modules *m, text index)
{
    size_t number = 0;
    for (size_t i = 0; i < index.size; i++) {
        if (!isdigit((unsigned char)index.at[i]) || number > m->count) return NULL;
        number = number * 10 + (size_t)(index.at[i] - '0');
    }
    return index.size && number < m->count ? &m->items[number] : NULL;
}

static horn_status apply(torch_modules *m, const snapshot *s, const char *line, const char *where)
{
    const char *equals = strchr(line, '='), *comment = strchr(line, '#');
    const size_t size = comment ? (size_t)(comment - line) : strlen(line);
    bool many;
    char *name = NULL;
    if (!trim(line, size).size) return HORN_OK;
    if (!equals || equals > line + size)
        return fail(HORN_ERROR_ARGUMENT, "%s: names: '%.200s' is not LAYER = NAME", where, line);
    const text layer = trim(line, (size_t)(equals - line)),
               given = trim(equals + 1, (size_t)(line + size - equals - 1));
    torch_module *own = find_of_layer(m, s, layer, &many);
    if (!own) own = find_of_index(m, layer), many = false;
    if (!own)
        return fail(HORN_ERROR_ARGUMENT, "%s: names: '%.*s' is no layer of the model, and no module's index",
                    where, (int)layer.size, layer.at);
    if (many)
        return fail(HORN_ERROR_ARGUMENT,
                    "%s: names: layer '%.*s' has several modules, expected the index of one", where,
                    (int)layer.size, layer.at);
    if (!is_name(given))
        return fail(HORN_ERROR_ARGUMENT, "%s: names: '%.*s' is no name of a module", where, (int)given.size,
                    given.at);
    horn_status status = memory_copy_text(&name, given.at, given.size);
    if (status) return status;
    free(own->name);
    own->name = name;
    return HORN_OK;
}

horn_status torch_names_apply(torch_modules *m, const snapshot *s, const char *const *lines,
                              const char *where)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && lines && lines[i]; i++) status = apply(m, s, lines[i], where);
    for (size_t i = 0; !status && lines && i < m->count; i++)
        for (size_t k = 0; !status && k < i; k++)
            if (strcmp(m->items[i].name, m->items[k].name) == 0)
                status = fail(HORN_ERROR_ARGUMENT, "%s: names: two modules are called '%s'", where,
                              m->items[i].name);
    return status;
}
