#include "formats/chains/chain.h"

#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/chains/patterns.h"

enum { MAX_STEPS = 1 << 16 };

void chain_free(chain *c)
{
    free(c->steps);
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

static horn_status find_step(const imported *im, size_t value, chain_step *out, size_t *from)
{
    const chain_pattern *row = match_step(im, value, from);
    *out = (chain_step){ .value = value, .row = row, .scope = { "", 0 } };
    if (row) return HORN_OK;
    const imported_origin *origin = &im->origins[value];
    if (origin->type)
        return imported_fail(im, origin, HORN_ERROR_UNSUPPORTED, "works on %s, expected float32",
                             origin->type);
    return imported_fail(im, origin, HORN_ERROR_UNSUPPORTED, "%s",
                         origin->fault
                             ? origin->fault
                             : "is no part, in a form that is known, of a layer in a chain of layers");
}

static void turn_around(chain *c)
{
    for (size_t i = 0; i < c->count / 2; i++) {
        const chain_step other = c->steps[i];
        c->steps[i] = c->steps[c->count - 1 - i];
        c->steps[c->count - 1 - i] = other;
    }
}

/* Against the arrows, from the output: each step comes from a value in front of its own. */
horn_status chain_find(chain *out, imported *im)
{
    horn_status status = HORN_OK;
    *out = (chain){ .im = im, .model = { "", 0 } };
    for (size_t value = im->graph->output; im->graph->operations[value].kind != OPERATION_INPUT;) {
        chain_step step;
        if (out->count == MAX_STEPS)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has more than %d operations in a row",
                        im->where, MAX_STEPS);
        TRY(find_step(im, value, &step, &value));
        TRY(memory_grow(&out->steps, out->count, &out->capacity, sizeof *out->steps));
        out->steps[out->count++] = step;
    }
    turn_around(out);
done:
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
