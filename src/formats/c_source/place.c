/* Where each value lies: values that are needed at different times share the static memory. */
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/c_source/writer.h"
#include "tensor/tensor.h"

static bool is_view(operation_kind kind)
{
    return kind == OPERATION_RESHAPE || kind == OPERATION_EXPAND_DIMS || kind == OPERATION_SQUEEZE;
}

static bool is_constant(operation_kind kind)
{
    return kind == OPERATION_WEIGHT || kind == OPERATION_NUMBER || kind == OPERATION_NUMBERS;
}

/* ---- lives ---- */

static horn_status check(const c_source_writer *w, size_t value)
{
    const operation *o = &w->g->operations[value];
    const char *layer = w->leaves->at[o->layer].name;
    if (!c_source_knows(o->kind))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: layer '%s': operation '%s' is not one of those that are known in C", w->where, layer,
                    operation_name(o->kind));
    if (shape_is_open(&o->shape))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: layer '%s': an axis is open, the memory of C source has one size", w->where, layer);
    return HORN_OK;
}

static horn_status find_lives(c_source_writer *w)
{
    for (size_t i = 0; i < w->g->count; i++) {
        const operation *o = &w->g->operations[i];
        horn_status status = check(w, i);
        if (status) return status;
        c_source_place *p = &w->places[i];
        *p = (c_source_place){ .root = is_view(o->kind) ? w->places[o->inputs[0]].root : i,
                               .count = shape_count(&o->shape),
                               .last = i };
        p->in_memory = p->root == i && o->kind != OPERATION_INPUT && !is_constant(o->kind);
        for (int k = 0; k < o->input_count; k++)
            if (o->inputs[k] != NO_VALUE) w->places[w->places[o->inputs[k]].root].last = i;
    }
    w->places[w->places[w->g->output].root].last = w->g->count;
    return HORN_OK;
}

/* ---- places ---- */

/* What is taken now, in the order of places. */
typedef struct taken {
    struct {
        size_t first, count, last;
    } * items;
    size_t count, capacity;
} taken;

static void free_before(taken *t, size_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++)
        if (t->items[i].last >= now) t->items[kept++] = t->items[i];
    t->count = kept;
}

/* The first gap that is large enough. */
static horn_status take(c_source_writer *w, taken *t, size_t count, size_t last, size_t *first)
{
    size_t at = 0, i = 0;
    while (i < t->count && t->items[i].first < at + count) {
        at = t->items[i].first + t->items[i].count;
        i++;
    }
    horn_status status = memory_grow(&t->items, t->count, &t->capacity, sizeof *t->items);
    if (status) return status;
    for (size_t k = t->count; k > i; k--) t->items[k] = t->items[k - 1];
    t->items[i].first = *first = at;
    t->items[i].count = count;
    t->items[i].last = last;
    t->count++;
    if (at + count > w->memory) w->memory = at + count;
    return HORN_OK;
}

/* The result takes the place of its first operand if nothing else needs that one. */
static bool take_over(c_source_writer *w, taken *t, size_t value)
{
    const operation *o = &w->g->operations[value];
    c_source_place *p = &w->places[value];
    if (!c_source_is_in_place(o->kind) || c_source_repeats(w->g, o, 0)) return false;
    const c_source_place *from = &w->places[w->places[o->inputs[0]].root];
    for (int k = 1; k < o->input_count; k++)
        if (o->inputs[k] != NO_VALUE && &w->places[w->places[o->inputs[k]].root] == from) return false;
    if (!from->in_memory || from->last != value || from->count != p->count) return false;
    p->first = from->first;
    for (size_t i = 0; i < t->count; i++)
        if (t->items[i].first == p->first) t->items[i].last = p->last;
    return true;
}

static horn_status place(c_source_writer *w, taken *t, size_t value)
{
    horn_status status = HORN_OK;
    const operation *o = &w->g->operations[value];
    c_source_place *p = &w->places[value];
    free_before(t, value);
    for (int k = 0; k < o->input_count; k++)
        if (c_source_repeats(w->g, o, k)) TRY(take(w, t, p->count, value, &p->repeated[k]));
    if (!take_over(w, t, value)) TRY(take(w, t, p->count, p->last, &p->first));
done:
    return status;
}

horn_status c_source_place_values(c_source_writer *w)
{
    taken t = { 0 };
    horn_status status = find_lives(w);
    for (size_t i = 0; i < w->g->count && !status; i++)
        if (w->places[i].in_memory) status = place(w, &t, i);
    free(t.items);
    return status;
}
