/* The operations that name Python's classes and functions: tokens and nodes, nothing more. */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/pickle/machine.h"

/* ---- names ---- */

enum { MOST_NAME = 256 };

/* A line of the pickle; its end becomes a 0. */
static horn_status read_line(char out[MOST_NAME], pickle_machine *m)
{
    size_t size = 0;
    for (;;) {
        const unsigned char c = (unsigned char)byte_reader_number(&m->in, 1);
        if (m->in.failed) return HORN_OK;
        if (c == '\n') break;
        if (size == MOST_NAME - 1 || c < 0x20 || c >= 0x7f)
            return pickle_fail(m, HORN_ERROR_FORMAT, "a name that is too long or not ASCII");
        out[size++] = (char)c;
    }
    out[size] = 0;
    return HORN_OK;
}

static bool is_in(const char *module, const char *above)
{
    const size_t length = strlen(above);
    return strncmp(module, above, length) == 0 && (module[length] == 0 || module[length] == '.');
}

static const pickle_global *find(const pickle_global *known, const char *module, const char *name)
{
    for (; known->module; known++)
        if (known->name ? strcmp(known->module, module) == 0 && strcmp(known->name, name) == 0
                        : is_in(module, known->module))
            return known;
    return NULL;
}

horn_status pickle_global_found(pickle_machine *m)
{
    char module[MOST_NAME], name[MOST_NAME];
    horn_status status = read_line(module, m);
    if (!status) status = read_line(name, m);
    if (status || m->in.failed) return status;
    const pickle_global *found = find(m->known, module, name);
    if (!found)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the pickle refers to %s.%s, which is never called or read",
                    m->where, module, name);
    if (found->use == PICKLE_REFUSED)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: holds %s (%s.%s), which is not supported", m->where,
                    found->means, module, name);
    return pickle_push(m, pickle_token(m->values, found));
}

/* ---- dicts ---- */

horn_status pickle_set_items(pickle_machine *m, pickle_value *dict, pickle_value *const *pairs, size_t count)
{
    if (dict->kind != PICKLE_DICT) return pickle_fail(m, HORN_ERROR_FORMAT, "sets items of what is no dict");
    if (count % 2) return pickle_fail(m, HORN_ERROR_FORMAT, "sets items, and the last has no value");
    for (size_t i = 0; i < count; i += 2) {
        if (pairs[i]->kind != PICKLE_TEXT && pairs[i]->kind != PICKLE_INTEGER)
            return pickle_fail(m, HORN_ERROR_UNSUPPORTED, "a key that is neither a text nor an integer");
        pickle_set(m->values, dict, pairs[i], pairs[i + 1]);
    }
    return HORN_OK;
}

/* OrderedDict([[key, value], ...]) */
static horn_status set_listed(pickle_machine *m, pickle_value *dict, const pickle_value *arguments)
{
    horn_status status = HORN_OK;
    const pickle_value *list = pickle_at(arguments, 0);
    if (!pickle_count(arguments)) return HORN_OK;
    if (pickle_count(arguments) != 1 || list->kind != PICKLE_LIST)
        return pickle_fail(m, HORN_ERROR_FORMAT, "%s of what is no list of items", dict->global->name);
    for (size_t i = 0; !status && i < pickle_count(list); i++) {
        const pickle_value *item = pickle_at(list, i);
        if (item->kind != PICKLE_LIST || item->items.count != 2)
            return pickle_fail(m, HORN_ERROR_FORMAT, "%s of what is no list of items", dict->global->name);
        status = pickle_set_items(m, dict, item->items.at, 2);
    }
    return status;
}

/* ---- objects ---- */

horn_status pickle_reduce(pickle_machine *m)
{
    pickle_value *arguments = NULL, *called = NULL;
    horn_status status = pickle_pop(&arguments, m);
    if (!status) status = pickle_pop(&called, m);
    if (status) return status;
    const pickle_global *global = called->kind == PICKLE_GLOBAL ? called->global : NULL;
    if (!global || global->use == PICKLE_TOKEN || arguments->kind != PICKLE_TUPLE)
        return pickle_fail(m, HORN_ERROR_FORMAT, "calls what is no function with what are arguments");
    if (global->use == PICKLE_CALLED)
        return pickle_push(m, pickle_call(m->values, global, arguments->items.count, arguments->items.at));
    pickle_value *dict = pickle_dict(m->values, global);
    status = dict ? set_listed(m, dict, arguments) : pickle_status(m->values);
    return status ? status : pickle_push(m, dict);
}

horn_status pickle_build(pickle_machine *m)
{
    pickle_value *state = NULL, *object = NULL;
    horn_status status = pickle_pop(&state, m);
    if (!status) status = pickle_pop(&object, m);
    if (status) return status;
    if (object->kind != PICKLE_DICT || !object->global || object->state || state->kind != PICKLE_DICT ||
        state->global)
        return pickle_fail(m, HORN_ERROR_FORMAT, "gives a state to what has none");
    object->state = state;
    return pickle_push(m, object);
}
