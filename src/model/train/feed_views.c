#include "model/train/feed_views.h"

#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/status.h"

const char *feed_name(char out[FEED_NAME], const feed_ends *e, size_t index)
{
    if (e->count == 1)
        snprintf(out, FEED_NAME, "%s", e->what);
    else
        snprintf(out, FEED_NAME, "%s '%.150s'", e->what, e->ends[index].name);
    return out;
}

/* An input that a dict names by a key has its layer's name, too. */
static bool has_name(const feed_ends *e, size_t index, const char *name)
{
    const model_end *end = &e->ends[index];
    if (strcmp(end->name, name) == 0) return true;
    return end->key && end->value && strcmp(e->model->nodes[end->value - 1].layer->name, name) == 0;
}

static horn_status fail_with_names(const feed_ends *e, const char *problem)
{
    bytes names = { 0 };
    for (size_t i = 0; i < e->count; i++)
        bytes_print(&names, "%s'%s'%s", i ? ", " : "", e->ends[i].name,
                    e->needed && !e->needed[i] ? " (not needed)" : "");
    horn_status status = bytes_status(&names);
    if (!status)
        status =
            fail(HORN_ERROR_ARGUMENT, "%s, model '%s' takes %s", problem, e->model->name, bytes_text(&names));
    bytes_free(&names);
    return status;
}

static horn_status fail_name(const feed_ends *e, const char *format, const char *name)
{
    char problem[FEED_NAME + 100];
    snprintf(problem, sizeof problem, format, e->what, name);
    return fail_with_names(e, problem);
}

static bool is_needed(const feed_ends *e, size_t index)
{
    return !e->needed || e->needed[index];
}

static horn_status sort_by_name(const horn_view *out[], const feed_ends *e, const horn_view *given)
{
    for (const horn_view *v = given; v; v = v->next) {
        size_t i = 0;
        if (!v->name) return fail_name(e, "some arrays of %s have names, one has none%s", "");
        while (i < e->count && !has_name(e, i, v->name)) i++;
        if (i == e->count) return fail_name(e, "%s has an array '%.150s'", v->name);
        if (out[i]) return fail_name(e, "%s has two arrays '%.150s'", v->name);
        out[i] = v;
    }
    for (size_t i = 0; i < e->count; i++)
        if (!out[i] && is_needed(e, i)) return fail_name(e, "%s has no array '%.150s'", e->ends[i].name);
    return HORN_OK;
}

/* In the order of all ends, or of those that are needed. */
static horn_status sort_by_place(const horn_view *out[], const feed_ends *e, const horn_view *given,
                                 size_t count)
{
    char problem[FEED_NAME];
    size_t needed = 0;
    for (size_t i = 0; i < e->count; i++) needed += is_needed(e, i);
    if (count != e->count && count != needed) {
        snprintf(problem, sizeof problem, "%s has %zu array%s", e->what, count, count == 1 ? "" : "s");
        return fail_with_names(e, problem);
    }
    for (size_t i = 0; given && i < e->count; i++) {
        if (count != e->count && !is_needed(e, i)) continue;
        out[i] = given;
        given = given->next;
    }
    return HORN_OK;
}

horn_status feed_sort(const horn_view *out[], const feed_ends *e, const horn_view *given)
{
    size_t count = 0;
    bool named = false;
    for (size_t i = 0; i < e->count; i++) out[i] = NULL;
    for (const horn_view *v = given; v; v = v->next) {
        named |= v->name != NULL;
        if (++count > e->count) return fail_name(e, "%s has more arrays than there are%s", "");
    }
    return named ? sort_by_name(out, e, given) : sort_by_place(out, e, given, count);
}
