#include "codecs/pickle/pickle.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { BLOCK = 512, MAX_WORDS = 128 };

typedef struct block {
    struct block *next;
    size_t count;
    pickle_value values[BLOCK];
} block;

struct pickle {
    block *blocks;
    size_t count;
    /* Words and tokens so far. */
    pickle_value *shared[MAX_WORDS];
    size_t shared_count;
    horn_status status;
};

horn_status pickle_new(pickle **out)
{
    return memory_new(out, 1, sizeof **out);
}

static bool has_items(const pickle_value *v)
{
    return v->kind == PICKLE_TUPLE || v->kind == PICKLE_LIST || v->kind == PICKLE_DICT ||
           v->kind == PICKLE_CALL || v->kind == PICKLE_PERSISTENT;
}

void pickle_free(pickle *p)
{
    while (p && p->blocks) {
        block *b = p->blocks;
        p->blocks = b->next;
        for (size_t i = 0; i < b->count; i++) {
            pickle_value *v = &b->values[i];
            if (has_items(v)) free(v->items.at);
            if (v->kind == PICKLE_TEXT || v->kind == PICKLE_LONG) free(v->text.at);
        }
        free(b);
    }
    free(p);
}

horn_status pickle_status(const pickle *p)
{
    return p->status == HORN_ERROR_MEMORY ? fail_memory("pickle", p->count * sizeof(pickle_value))
                                          : p->status;
}

void pickle_unmark(pickle *p)
{
    for (block *b = p->blocks; b; b = b->next)
        for (size_t i = 0; i < b->count; i++) b->values[i].mark = 0;
}

/* ---- building ---- */

static pickle_value *add(pickle *p, pickle_kind kind)
{
    if (!p || p->status) return NULL;
    if (p->count >= PICKLE_MAX_VALUES) {
        p->status = fail(HORN_ERROR_UNSUPPORTED, "pickle of more than %d values", PICKLE_MAX_VALUES);
        return NULL;
    }
    if (!p->blocks || p->blocks->count == BLOCK) {
        block *b = NULL;
        if ((p->status = memory_new(&b, 1, sizeof *b))) return NULL;
        b->next = p->blocks;
        p->blocks = b;
    }
    pickle_value *v = &p->blocks->values[p->blocks->count++];
    v->kind = (uint8_t)kind;
    p->count++;
    return v;
}

/* Makes room for `more` items. */
static bool make_room(pickle *p, pickle_value *v, size_t more)
{
    const size_t needed = v->items.count + more;
    if (needed <= v->items.capacity) return true;
    size_t capacity = v->items.capacity ? v->items.capacity : more < 4 ? 2 : more;
    while (capacity < needed) capacity *= 2;
    pickle_value **grown =
        capacity > UINT32_MAX ? NULL : realloc(v->items.at, capacity * sizeof *v->items.at);
    if (!grown) {
        p->status = HORN_ERROR_MEMORY;
        return false;
    }
    v->items.at = grown;
    v->items.capacity = (uint32_t)capacity;
    return true;
}

static pickle_value *with_items(pickle *p, pickle_value *v, size_t count, pickle_value *const *items)
{
    if (!v || (count && !make_room(p, v, count))) return NULL;
    if (count) memcpy(v->items.at, items, count * sizeof *items);
    v->items.count = (uint32_t)count;
    return v;
}

pickle_value *pickle_none(pickle *p)
{
    return add(p, PICKLE_NONE);
}

pickle_value *pickle_boolean(pickle *p, bool value)
{
    pickle_value *v = add(p, PICKLE_BOOLEAN);
    if (v) v->boolean = value;
    return v;
}

pickle_value *pickle_integer(pickle *p, int64_t value)
{
    pickle_value *v = add(p, PICKLE_INTEGER);
    if (v) v->integer = value;
    return v;
}

pickle_value *pickle_number(pickle *p, double value)
{
    pickle_value *v = add(p, PICKLE_NUMBER);
    if (v) v->number = value;
    return v;
}

pickle_value *pickle_bytes(pickle *p, pickle_kind kind, const void *text, size_t size)
{
    pickle_value *v = add(p, kind);
    if (!v) return NULL;
    if ((p->status = memory_copy_text(&v->text.at, text, size))) return NULL;
    v->text.size = size;
    return v;
}

pickle_value *pickle_text(pickle *p, const char *text)
{
    return pickle_bytes(p, PICKLE_TEXT, text, strlen(text));
}

static pickle_value *share(pickle *p, pickle_value *v)
{
    if (v && p->shared_count < MAX_WORDS) p->shared[p->shared_count++] = v;
    return v;
}

pickle_value *pickle_word(pickle *p, const char *text)
{
    for (size_t i = 0; p && i < p->shared_count; i++)
        if (p->shared[i]->kind == PICKLE_TEXT && strcmp(p->shared[i]->text.at, text) == 0)
            return p->shared[i];
    return share(p, pickle_text(p, text));
}

pickle_value *pickle_token(pickle *p, const pickle_global *global)
{
    for (size_t i = 0; p && i < p->shared_count; i++)
        if (p->shared[i]->kind == PICKLE_GLOBAL && p->shared[i]->global == global) return p->shared[i];
    pickle_value *v = share(p, add(p, PICKLE_GLOBAL));
    if (v) v->global = global;
    return v;
}

pickle_value *pickle_tuple(pickle *p, size_t count, pickle_value *const *items)
{
    return with_items(p, add(p, PICKLE_TUPLE), count, items);
}

pickle_value *pickle_list(pickle *p)
{
    return add(p, PICKLE_LIST);
}

pickle_value *pickle_dict(pickle *p, const pickle_global *class_of)
{
    pickle_value *v = add(p, PICKLE_DICT);
    if (v) v->global = class_of;
    return v;
}

pickle_value *pickle_call(pickle *p, const pickle_global *global, size_t count,
                          pickle_value *const *arguments)
{
    pickle_value *v = with_items(p, add(p, PICKLE_CALL), count, arguments);
    if (v) v->global = global;
    return v;
}

pickle_value *pickle_persistent(pickle *p, pickle_value *id)
{
    return with_items(p, add(p, PICKLE_PERSISTENT), 1, &id);
}

void pickle_append(pickle *p, pickle_value *list, pickle_value *item)
{
    if (!list || !item || p->status || !make_room(p, list, 1)) return;
    list->items.at[list->items.count++] = item;
}

void pickle_set(pickle *p, pickle_value *dict, pickle_value *key, pickle_value *value)
{
    if (!dict || !key || !value || p->status || !make_room(p, dict, 2)) return;
    dict->items.at[dict->items.count++] = key;
    dict->items.at[dict->items.count++] = value;
}

/* ---- asking ---- */

bool pickle_is(const pickle_value *v, pickle_kind kind)
{
    return v && v->kind == kind;
}

const char *pickle_string(const pickle_value *v)
{
    return pickle_is(v, PICKLE_TEXT) && strlen(v->text.at) == v->text.size ? v->text.at : NULL;
}

size_t pickle_count(const pickle_value *v)
{
    if (!v || !has_items(v)) return 0;
    return v->kind == PICKLE_DICT ? v->items.count / 2 : v->items.count;
}

pickle_value *pickle_at(const pickle_value *v, size_t i)
{
    if (i >= pickle_count(v)) return NULL;
    return v->items.at[v->kind == PICKLE_DICT ? 2 * i + 1 : i];
}

pickle_value *pickle_key_at(const pickle_value *dict, size_t i)
{
    return pickle_is(dict, PICKLE_DICT) && i < pickle_count(dict) ? dict->items.at[2 * i] : NULL;
}

pickle_value *pickle_get(const pickle_value *dict, const char *key)
{
    for (size_t i = 0; pickle_is(dict, PICKLE_DICT) && i < pickle_count(dict); i++) {
        const char *text = pickle_string(pickle_key_at(dict, i));
        if (text && strcmp(text, key) == 0) return pickle_at(dict, i);
    }
    return NULL;
}

bool pickle_is_number(const pickle_value *v, double *out)
{
    if (pickle_is(v, PICKLE_INTEGER)) *out = (double)v->integer;
    if (pickle_is(v, PICKLE_NUMBER)) *out = v->number;
    return pickle_is(v, PICKLE_INTEGER) || pickle_is(v, PICKLE_NUMBER);
}
