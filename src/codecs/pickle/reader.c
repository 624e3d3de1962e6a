#include "codecs/pickle/reader.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/pickle/machine.h"

/* ---- what a pickle must not be: endless ---- */

/* A value that is in `n` places counts n times. */
enum { MOST_PLACES = 1 << 24, ON_THE_WAY = -1 };

static int compare_keys(const void *a, const void *b)
{
    const pickle_value *x = *(pickle_value *const *)a, *y = *(pickle_value *const *)b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->kind == PICKLE_INTEGER) return x->integer < y->integer ? -1 : x->integer > y->integer;
    const size_t size = x->text.size < y->text.size ? x->text.size : y->text.size;
    const int order = memcmp(x->text.at, y->text.at, size);
    return order ? order : x->text.size < y->text.size ? -1 : x->text.size > y->text.size;
}

static horn_status check_keys(const pickle_value *dict, const char *where)
{
    pickle_value **keys = NULL;
    const size_t count = pickle_count(dict);
    if (count < 2) return HORN_OK;
    horn_status status = memory_new(&keys, count, sizeof *keys);
    if (status) return status;
    for (size_t i = 0; i < count; i++) keys[i] = pickle_key_at(dict, i);
    qsort(keys, count, sizeof(pickle_value *), compare_keys);
    for (size_t i = 1; !status && i < count; i++) {
        if (compare_keys(&keys[i - 1], &keys[i]) != 0) continue;
        if (keys[i]->kind == PICKLE_TEXT)
            status = fail(HORN_ERROR_FORMAT, "%s: the pickle has the key '%.200s' twice in a dict", where,
                          keys[i]->text.at);
        else
            status = fail(HORN_ERROR_FORMAT, "%s: the pickle has the key %lld twice in a dict", where,
                          (long long)keys[i]->integer);
    }
    free(keys);
    return status;
}

static bool is_leaf(const pickle_value *v)
{
    return v->kind < PICKLE_TUPLE || v->kind == PICKLE_GLOBAL;
}

static horn_status visit(pickle_value *v, size_t depth, const char *where);

static horn_status visit_child(pickle_value *v, pickle_value *child, size_t depth, const char *where)
{
    horn_status status = visit(child, depth + 1, where);
    if (status) return status;
    const uint32_t height = is_leaf(child) ? 1 : child->height + 1u;
    if (height > v->height) v->height = (uint8_t)height;
    return HORN_OK;
}

/* Leaves the number of values within `v` in its mark, and their depth in its height. */
static horn_status visit(pickle_value *v, size_t depth, const char *where)
{
    horn_status status = HORN_OK;
    uint64_t places = 1;
    if (is_leaf(v)) return HORN_OK;
    if (v->mark == (uint32_t)ON_THE_WAY)
        return fail(HORN_ERROR_FORMAT, "%s: the pickle has a value that contains itself", where);
    if (depth + (v->mark ? v->height : 0) >= PICKLE_MAX_DEPTH)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the pickle has more than %d values within each other", where,
                    PICKLE_MAX_DEPTH);
    if (v->mark) return HORN_OK;
    v->mark = (uint32_t)ON_THE_WAY;
    for (size_t i = 0; i < v->items.count; i++) {
        pickle_value *child = v->items.at[i];
        if ((status = visit_child(v, child, depth, where))) return status;
        places += is_leaf(child) ? 1 : child->mark;
    }
    if (v->state) {
        if ((status = visit_child(v, v->state, depth, where))) return status;
        places += v->state->mark;
    }
    if (places > MOST_PLACES)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the pickle is of more than %d values, each counted where it is", where, MOST_PLACES);
    v->mark = (uint32_t)places;
    return v->kind == PICKLE_DICT ? check_keys(v, where) : HORN_OK;
}

/* ---- running ---- */

static horn_status run(pickle_machine *m)
{
    horn_status status = HORN_OK;
    while (!status && !m->stopped) {
        const unsigned char operation = (unsigned char)byte_reader_number(&m->in, 1);
        if (m->in.failed)
            return fail(HORN_ERROR_FORMAT, "%s: the pickle ends after %zu bytes, without STOP", m->where,
                        (size_t)(m->in.end - m->start));
        status = pickle_operate(m, operation);
        if (!status) status = pickle_status(m->values);
        if (!status && m->in.failed)
            status = fail(HORN_ERROR_FORMAT, "%s: the pickle ends after %zu bytes, within an operation",
                          m->where, (size_t)(m->in.end - m->start));
    }
    if (!status && (m->count != 1 || m->mark_count))
        status = pickle_fail(m, HORN_ERROR_FORMAT, "%zu values are left at its end, expected one",
                             m->count + m->mark_count);
    return status;
}

horn_status pickle_read(pickle_value **out, pickle *p, byte_reader *in, const pickle_global *known,
                        const char *where)
{
    horn_status status = HORN_OK;
    pickle_machine m = { .values = p, .in = *in, .start = in->at, .known = known, .where = where };
    m.none = pickle_none(p);
    m.yes = pickle_boolean(p, true);
    m.no = pickle_boolean(p, false);
    m.empty = pickle_tuple(p, 0, NULL);
    TRY(pickle_status(p));
    TRY(run(&m));
    pickle_unmark(p);
    TRY(visit(m.stack[0], 0, where));
    *out = m.stack[0];
    *in = m.in;
done:
    free(m.stack);
    free(m.memo);
    return status;
}
