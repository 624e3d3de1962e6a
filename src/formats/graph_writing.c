#include "formats/graph_writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* ---- names ---- */

static bool is_taken(const graph_names *n, size_t layer, const char *text)
{
    for (size_t i = n->count; i-- > 0;)
        if (n->items[i].layer == layer && strcmp(n->items[i].text, text) == 0) return true;
    return false;
}

/* The first number that may be free behind the name. */
static size_t *next_number(graph_names *n, size_t layer, const char *what)
{
    enum { KNOWN = sizeof n->next / sizeof *n->next };
    for (size_t i = 0; i < n->next_count; i++)
        if (n->next[i].layer == layer && strcmp(n->next[i].what, what) == 0) return &n->next[i].number;
    if (n->next_count == KNOWN) n->next_count = 0;
    n->next[n->next_count].layer = layer;
    n->next[n->next_count].number = 1;
    snprintf(n->next[n->next_count].what, sizeof n->next->what, "%s", what);
    return &n->next[n->next_count++].number;
}

horn_status graph_names_add(graph_names *n, size_t layer, const char *layer_name, const char *what,
                            const char **out)
{
    char *text = NULL;
    const size_t room = strlen(layer_name) + strlen(what) + 24;
    horn_status status = memory_grow(&n->items, n->count, &n->capacity, sizeof *n->items);
    if (!status) status = memory_new(&text, room, 1);
    if (status) return status;
    snprintf(text, room, "%s/%s", layer_name, what);
    if (is_taken(n, layer, text)) {
        size_t *next = next_number(n, layer, what);
        do snprintf(text, room, "%s/%s_%zu", layer_name, what, (*next)++);
        while (is_taken(n, layer, text));
    }
    n->items[n->count++] = (graph_name){ layer, text };
    *out = text;
    return HORN_OK;
}

void graph_names_free(graph_names *n)
{
    for (size_t i = 0; i < n->count; i++) free(n->items[i].text);
    free(n->items);
    *n = (graph_names){ 0 };
}

/* ---- what follows what ---- */

horn_status graph_look_ahead(graph_value **out, const graph *g)
{
    graph_value *values;
    horn_status status = memory_new(&values, g->count, sizeof *values);
    if (status) return status;
    for (size_t i = 0; i < g->count; i++) {
        const operation *o = &g->operations[i];
        values[i].is_computed = o->kind == OPERATION_INPUT;
        for (int k = 0; k < o->input_count; k++) {
            if (o->inputs[k] == NO_VALUE) continue;
            values[i].is_computed |= values[o->inputs[k]].is_computed;
            values[o->inputs[k]].uses++;
            values[o->inputs[k]].taker = i;
        }
    }
    values[g->output].uses++;
    *out = values;
    return HORN_OK;
}

size_t graph_bias_of(const graph *g, const graph_value *values, size_t value)
{
    const size_t taker = values[value].taker;
    const operation *o = &g->operations[taker];
    if (values[value].uses != 1 || o->kind != OPERATION_BIAS_ADD || o->inputs[0] != value) return 0;
    return g->operations[o->inputs[1]].kind == OPERATION_WEIGHT ? taker : 0;
}

/* Whether nothing but the Join behind it, which has it in front, takes a Join. */
bool graph_is_inner_join(const graph *g, const graph_value *values, size_t value)
{
    const operation *o = &g->operations[value], *taker = &g->operations[values[value].taker];
    return values[value].uses == 1 && taker->kind == OPERATION_JOIN && taker->inputs[0] == value &&
           taker->axis == o->axis;
}

horn_status graph_joined(size_t **out, size_t *count, const graph *g, const graph_value *values, size_t join)
{
    size_t *found, first = join;
    *count = 1;
    do first = g->operations[first].inputs[0], ++*count;
    while (g->operations[first].kind == OPERATION_JOIN && graph_is_inner_join(g, values, first));
    horn_status status = memory_new(&found, *count, sizeof *found);
    if (status) return status;
    for (size_t i = *count; i-- > 1; join = g->operations[join].inputs[0])
        found[i] = g->operations[join].inputs[1];
    *found = join;
    *out = found;
    return HORN_OK;
}
