#include "snapshot/call_order.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

typedef struct placing {
    const snapshot_call *calls;
    size_t count;
    /* By layer: 1 + how many were found before it, 0: not yet; the greatest depth of its calls. */
    size_t *found, *layer_depth, layers_found;
    /* By call. */
    size_t *depth;
    bool *is_seen;
    /* Calls behind what they take, as they were found. */
    size_t *finished, finished_count;
    /* The calls on the way from an output, and the next operand of each. */
    size_t *way, *next, way_length;
} placing;

static void enter(placing *p, size_t value)
{
    if (!value || p->is_seen[value - 1]) return;
    const size_t call = value - 1, layer = p->calls[call].layer;
    p->is_seen[call] = true;
    if (!p->found[layer]) p->found[layer] = ++p->layers_found;
    p->way[p->way_length] = call;
    p->next[p->way_length++] = 0;
}

static void find_from(placing *p, size_t output)
{
    enter(p, output);
    while (p->way_length) {
        const size_t call = p->way[p->way_length - 1], operand = p->next[p->way_length - 1]++;
        if (operand < p->calls[call].value_count) {
            enter(p, p->calls[call].values[operand]);
            continue;
        }
        p->finished[p->finished_count++] = call;
        p->way_length--;
    }
}

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* From the outputs on. */
static void find_depths(placing *p)
{
    for (size_t i = p->finished_count; i-- > 0;) {
        const size_t call = p->finished[i];
        const snapshot_call *c = &p->calls[call];
        p->depth[call] = p->layer_depth[c->layer] = greater(p->depth[call], p->layer_depth[c->layer]);
        for (size_t k = 0; k < c->value_count; k++)
            if (c->values[k])
                p->depth[c->values[k] - 1] = greater(p->depth[c->values[k] - 1], p->depth[call] + 1);
    }
}

typedef struct ranked {
    size_t depth, found, call;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->depth != y->depth) return x->depth > y->depth ? -1 : 1;
    if (x->found != y->found) return x->found < y->found ? -1 : 1;
    return x->call < y->call ? -1 : 1;
}

static horn_status rank(size_t *order, const placing *p)
{
    ranked *all;
    horn_status status = memory_new(&all, p->count, sizeof *all);
    if (status) return status;
    for (size_t i = 0; i < p->count; i++) /* those that no output needs have depth 0 */
        all[i] = (ranked){ p->is_seen[i] ? p->depth[i] + 1 : 0,
                           p->is_seen[i] ? p->found[p->calls[i].layer] : 0, i };
    if (p->count) qsort(all, p->count, sizeof *all, by_rank);
    for (size_t i = 0; i < p->count; i++) order[i] = all[i].call;
    free(all);
    return HORN_OK;
}

horn_status call_order_find(size_t **order, const snapshot_call *calls, size_t count, const size_t *outputs,
                            size_t output_count)
{
    horn_status status = HORN_OK;
    size_t layers = 0;
    placing p = { .calls = calls, .count = count };
    *order = NULL;
    for (size_t i = 0; i < count; i++) layers = greater(layers, calls[i].layer + 1);
    TRY(memory_new(order, count, sizeof **order));
    TRY(memory_new(&p.found, layers, sizeof *p.found));
    TRY(memory_new(&p.layer_depth, layers, sizeof *p.layer_depth));
    TRY(memory_new(&p.depth, count, sizeof *p.depth));
    TRY(memory_new(&p.is_seen, count, sizeof *p.is_seen));
    TRY(memory_new(&p.finished, count, sizeof *p.finished));
    TRY(memory_new(&p.way, count, sizeof *p.way));
    TRY(memory_new(&p.next, count, sizeof *p.next));
    for (size_t i = 0; i < output_count; i++) find_from(&p, outputs[i]);
    if (!output_count) find_from(&p, count);
    find_depths(&p);
    TRY(rank(*order, &p));
done:
    free(p.found);
    free(p.layer_depth);
    free(p.depth);
    free(p.is_seen);
    free(p.finished);
    free(p.way);
    free(p.next);
    if (status) free(*order), *order = NULL;
    return status;
}

/* ---- a snapshot's ---- */

/* The place of each value, and the number of each layer, after the calls are in that order. */
static void number(size_t *values, size_t *layers, const snapshot *s, const size_t *order)
{
    size_t next = 0;
    values[0] = 0;
    for (size_t i = 0; i < s->layer_count; i++) layers[i] = SIZE_MAX;
    for (size_t i = 0; i < s->call_count; i++) {
        const size_t layer = s->calls[order[i]].layer;
        values[order[i] + 1] = i + 1;
        if (layers[layer] == SIZE_MAX) layers[layer] = next++;
    }
}

static void move_ends(snapshot_end *ends, size_t count, const size_t *values)
{
    for (size_t i = 0; ends && i < count; i++) ends[i].value = values[ends[i].value];
}

static void move(snapshot *s, const size_t *order, const size_t *values, const size_t *layers,
                 snapshot_call *calls, snapshot_layer *moved)
{
    for (size_t i = 0; i < s->call_count; i++) {
        calls[i] = s->calls[order[i]];
        calls[i].layer = layers[calls[i].layer];
        for (size_t k = 0; k < calls[i].value_count; k++) calls[i].values[k] = values[calls[i].values[k]];
    }
    memcpy(s->calls, calls, s->call_count * sizeof *calls);
    for (size_t i = 0; i < s->layer_count; i++) moved[layers[i]] = s->layers[i];
    memcpy(s->layers, moved, s->layer_count * sizeof *moved);
    move_ends(s->inputs, s->input_count, values);
    move_ends(s->outputs, s->output_count, values);
}

static horn_status find_order(size_t **order, const snapshot *s)
{
    size_t *outputs = NULL;
    const size_t count = s->outputs ? s->output_count : 0;
    horn_status status = memory_new(&outputs, count, sizeof *outputs);
    for (size_t i = 0; !status && i < count; i++) outputs[i] = s->outputs[i].value;
    if (!status) status = call_order_find(order, s->calls, s->call_count, outputs, count);
    free(outputs);
    return status;
}

horn_status call_order_apply(snapshot *s)
{
    horn_status status = HORN_OK;
    size_t *order = NULL, *values = NULL, *layers = NULL;
    snapshot_call *calls = NULL;
    snapshot_layer *moved = NULL;
    if (!s->calls) return HORN_OK;
    TRY(find_order(&order, s));
    TRY(memory_new(&values, s->call_count + 1, sizeof *values));
    TRY(memory_new(&layers, s->layer_count, sizeof *layers));
    TRY(memory_new(&calls, s->call_count, sizeof *calls));
    TRY(memory_new(&moved, s->layer_count, sizeof *moved));
    number(values, layers, s, order);
    move(s, order, values, layers, calls, moved);
done:
    free(order);
    free(values);
    free(layers);
    free(calls);
    free(moved);
    return status;
}
