#include "formats/chains/chain.h"

#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/chains/patterns.h"

enum { MAX_STEPS = 1 << 16 };

void chain_free(chain *c)
{
    free(c->steps);
    free(c->inputs);
    *c = (chain){ 0 };
}

/* The pattern of the step that ends in the value, and where it comes from; NULL if there is none. */
static const chain_pattern *match_step(const imported *im, size_t value, size_t *from)
{
    const chain_pattern *row;
    pattern_match match;
    for (size_t i = 0; (row = chain_pattern_at(i)); i++) {
        if (!pattern_fits(&match, im, chain_definitions, row->pattern, value)) continue;
        if (row->fits && !row->fits(&(chain_step){ .value = value, .row = row }, im, &match)) continue;
        *from = pattern_value(&match, "x");
        return row;
    }
    return NULL;
}

static horn_status refuse(const imported *im, size_t value)
{
    const imported_origin *origin = &im->origins[value];
    if (origin->type)
        return imported_fail(im, origin, HORN_ERROR_UNSUPPORTED, "works on %s, expected float32",
                             origin->type);
    return imported_fail(im, origin, HORN_ERROR_UNSUPPORTED, "%s",
                         origin->fault ? origin->fault : "is no part, in a form that is known, of a layer");
}

/* ---- all steps ---- */

typedef struct search {
    chain *out;
    /* By value: how many operations take it. */
    size_t *uses;
    bool *is_known;
    /* Values whose steps are still to be found. */
    size_t *open, open_count;
} search;

static horn_status add_input(search *s, size_t value)
{
    chain *c = s->out;
    horn_status status = memory_grow(&c->inputs, c->input_count, &c->input_capacity, sizeof *c->inputs);
    if (status) return status;
    c->inputs[c->input_count++] = value;
    if (!s->is_known[value]) s->open[s->open_count++] = value;
    s->is_known[value] = true;
    return HORN_OK;
}

static horn_status add_step(search *s, size_t value)
{
    chain *c = s->out;
    chain_step step = { .value = value, .scope = { "", 0 }, .first_input = c->input_count };
    size_t inputs[CHAIN_MOST_INPUTS];
    step.input_count = 1;
    step.row = match_step(c->im, value, inputs);
    if (!step.row) step.row = chain_merge_at(c->im, s->uses, value, inputs, &step.input_count);
    if (!step.row) return refuse(c->im, value);
    if (c->count == MAX_STEPS)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the graph has more than %d operations that are layers or parts of them",
                    c->im->where, MAX_STEPS);
    horn_status status = memory_grow(&c->steps, c->count, &c->capacity, sizeof *c->steps);
    if (!status) c->steps[c->count++] = step;
    for (size_t i = 0; !status && i < step.input_count; i++) status = add_input(s, inputs[i]);
    return status;
}

static int by_value(const void *a, const void *b)
{
    const size_t x = ((const chain_step *)a)->value, y = ((const chain_step *)b)->value;
    return x < y ? -1 : x > y;
}

static void count_uses(const graph *g, size_t *uses)
{
    for (size_t i = 0; i < g->count; i++)
        for (int k = 0; k < g->operations[i].input_count; k++)
            if (g->operations[i].inputs[k] != NO_VALUE) uses[g->operations[i].inputs[k]]++;
    uses[g->output]++;
}

/* Against the arrows, from the output: what a step is of stands in front of it. */
horn_status chain_find(chain *out, imported *im)
{
    horn_status status = HORN_OK;
    const graph *g = im->graph;
    search s = { .out = out };
    *out = (chain){ .im = im, .model = { "", 0 } };
    TRY(memory_new(&s.uses, g->count, sizeof *s.uses));
    TRY(memory_new(&s.is_known, g->count, sizeof *s.is_known));
    TRY(memory_new(&s.open, g->count, sizeof *s.open));
    count_uses(g, s.uses);
    s.open[s.open_count++] = g->output;
    while (s.open_count) {
        const size_t value = s.open[--s.open_count];
        if (g->operations[value].kind != OPERATION_INPUT) TRY(add_step(&s, value));
    }
    if (out->count) qsort(out->steps, out->count, sizeof *out->steps, by_value);
done:
    free(s.uses);
    free(s.is_known);
    free(s.open);
    return status;
}

static bool changes_nothing(const imported *im, size_t value, size_t from)
{
    const operation *o = &im->graph->operations[value];
    return o->kind == OPERATION_RESHAPE && shape_equal(&o->shape, &im->graph->operations[from].shape);
}

horn_status chain_longest(const imported *im, size_t *value, size_t *steps, size_t *second)
{
    size_t *lengths = NULL, from; /* by value: 1 + its steps; 0: no chain ends there */
    horn_status status = memory_new(&lengths, im->graph->count, sizeof *lengths);
    *value = *second = NO_VALUE;
    *steps = 0;
    for (size_t i = 0; !status && i < im->graph->count; i++) {
        if (im->graph->operations[i].kind == OPERATION_INPUT) lengths[i] = 1;
        if (!im->origins[i].is_computed || !match_step(im, i, &from) || !lengths[from]) continue;
        const bool is_step = !changes_nothing(im, i, from);
        lengths[i] = lengths[from] + is_step;
        if (!is_step || lengths[from] < *steps) continue;
        *second = lengths[from] == *steps ? i : NO_VALUE;
        if (*second != NO_VALUE) continue;
        *value = i;
        *steps = lengths[from];
    }
    free(lengths);
    return status;
}
