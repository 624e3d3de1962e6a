/* What a model computes in inference, as operations: one after the other what its calls compute. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/files/snapshot_of_model.h"

/* A layer that computes, and its number among those (snapshot/leaves.h). */
typedef struct numbered {
    const layer *layer;
    size_t number;
} numbered;

/* Where a value of the call list is in the graph. */
typedef struct place {
    size_t value;
    /* NO_VALUE: it has none, none that graph formats hold, or none so far. */
    size_t mask;
    /* How many axes it has there in front of those that it has in the list: steps of a TimeDistributed that are not rows yet. */
    int folds;
} place;

typedef struct describing {
    graph *g;
    const call_list *list;
    /* Sorted by address. */
    numbered *layers;
    size_t layer_count, layer_capacity;
    /* [list->count + 1] */
    place *places;
} describing;

/* ---- layers ---- */

static horn_status number_layer(describing *d, const layer *l)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < l->inner_count && !status; i++) status = number_layer(d, l->inner[i].layer);
    if (status || l->inner_count || l->class->flags & LAYER_IS_INPUT) return status;
    status = memory_grow(&d->layers, d->layer_count, &d->layer_capacity, sizeof *d->layers);
    if (status) return status;
    d->layers[d->layer_count] = (numbered){ l, d->layer_count };
    d->layer_count++;
    return HORN_OK;
}

static int by_address(const void *a, const void *b)
{
    const uintptr_t x = (uintptr_t)((const numbered *)a)->layer, y = (uintptr_t)((const numbered *)b)->layer;
    return x < y ? -1 : x > y;
}

/* Sets the layer that describes itself; one that belongs to nobody is a part of the one before. */
static void begin_layer(const describing *d, const layer *l)
{
    const numbered key = { l, 0 };
    const numbered *found = bsearch(&key, d->layers, d->layer_count, sizeof key, by_address);
    if (found) d->g->layer = found->number;
}

/* ---- steps that are rows ---- */

/* An axis that is counted from the first one. */
static void move_axis(config *arguments, int folds)
{
    int64_t axis;
    if (config_integer(config_get(arguments, "axis"), &axis) && axis > 0)
        config_set_integer(arguments, "axis", axis + folds);
}

/* What the call's layer computes of a value that has more axes in front: a layer of the same arguments computes it. */
static horn_status operate_on_more(const describing *d, const call *c, place x, size_t *y)
{
    horn_status status = HORN_OK;
    config *arguments = NULL;
    layer *other = NULL;
    call *own = NULL;
    const shape s = d->g->operations[x.value].shape;
    TRY(layer_describe(c->layer, &arguments));
    move_axis(arguments, x.folds);
    config_remove(arguments, "batch_input_shape");
    TRY(layer_new_of_class(&other, c->layer->class, arguments));
    TRY(layer_build(other, &s, 1));
    TRY(call_new(&own, other, c->number, &s, 1, c->takes_mask));
    TRY(call_operate(own, d->g, &x.value, y));
done:
    call_free(own);
    layer_free(other);
    config_free(arguments);
    return status;
}

/* Makes rows of the steps of a value. */
static horn_status fold(describing *d, const call *c, size_t value)
{
    place *x = &d->places[value];
    const shape *s = call_list_shape(d->list, value);
    if (!x->folds) return HORN_OK;
    if (shape_is_open(s))
        return layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                          "works on each step of an input with open axes, which graph formats cannot hold");
    *x = (place){ graph_shape(d->g, OPERATION_RESHAPE, x->value, s), NO_VALUE, 0 };
    return d->g->status;
}

/* Makes steps of rows, unless they are steps still. */
static horn_status unfold(describing *d, const call *c, place *out)
{
    const place x = d->places[c->values[0]];
    *out = (place){ x.value, NO_VALUE, x.folds - 1 };
    if (x.folds) return HORN_OK;
    if (shape_is_open(c->outputs))
        return layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                          "has an open axis of steps, which graph formats cannot hold");
    *out = (place){ graph_shape(d->g, OPERATION_RESHAPE, x.value, c->outputs), NO_VALUE, 0 };
    return d->g->status;
}

/* ---- calls ---- */

/* Whether the layer computes each position along the first axis for itself. */
static bool keeps_positions(const call *c)
{
    return c->input_count == 1 && c->layer->class->flags & LAYER_PASSES_MASK;
}

/* The mask of a value, which is made as soon as a layer reads it: a graph has no operations that lead nowhere. */
static size_t mask_of(describing *d, size_t value)
{
    place *p = &d->places[value];
    const call *c = value ? d->list->at[value - 1] : NULL;
    size_t inputs[CALL_MOST_INPUTS], masks[CALL_MOST_INPUTS];
    if (p->mask != NO_VALUE || p->folds || !c || !c->gives_mask) return p->mask;
    const layer_class *class = c->layer->class;
    if (class->mask && !class->operate_mask) return NO_VALUE;
    for (size_t i = 0; i < c->input_count; i++) {
        if (d->places[c->values[i]].folds) return NO_VALUE;
        inputs[i] = d->places[c->values[i]].value;
        masks[i] = mask_of(d, c->values[i]);
    }
    return p->mask = class->operate_mask ? class->operate_mask(c, d->g, inputs, masks) : masks[0];
}

static horn_status describe_call(describing *d, const call *c, place *out)
{
    horn_status status = HORN_OK;
    const place first = d->places[c->values[0]];
    size_t inputs[CALL_MOST_INPUTS], y = 0;
    if (c->layer->class->flags & LAYER_FOLDS_ROWS) {
        *out = (place){ first.value, NO_VALUE, first.folds + 1 };
        return HORN_OK;
    }
    if (c->layer->class->flags & LAYER_UNFOLDS_ROWS) return unfold(d, c, out);
    begin_layer(d, c->layer);
    const bool stays = first.folds && keeps_positions(c);
    for (size_t i = 0; i < c->input_count; i++) {
        if (!stays) TRY(fold(d, c, c->values[i]));
        inputs[i] = d->places[c->values[i]].value;
    }
    graph_note_call(d->g, inputs, c->input_count);
    const bool reads_mask = !stays && c->takes_mask && c->layer->class->flags & LAYER_READS_MASK;
    d->g->mask = reads_mask ? mask_of(d, c->values[0]) : NO_VALUE;
    status = stays ? operate_on_more(d, c, first, &y) : call_operate(c, d->g, inputs, &y);
    *out = (place){ y, NO_VALUE, stays ? first.folds : 0 };
done:
    return status;
}

horn_status model_describe_operations(snapshot *s, const horn_model *m)
{
    horn_status status = HORN_OK;
    describing d = { .list = m->calls };
    if (model_has_several_ends(m))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "model '%s' has %zu inputs and %zu outputs: its operations, which this format needs, are "
                    "of one each",
                    m->name, model_input_count(m), model_output_count(m));
    TRY(graph_new(&s->operations));
    s->parts |= PART_OPERATIONS;
    d.g = s->operations;
    for (size_t i = 0; i < m->layer_count; i++) TRY(number_layer(&d, m->layers[i]));
    if (d.layer_count) qsort(d.layers, d.layer_count, sizeof *d.layers, by_address);
    TRY(memory_new(&d.places, m->calls->count + 1, sizeof *d.places));
    d.places[0].mask = NO_VALUE;
    d.places[0].value = graph_add(d.g, &(operation){ .kind = OPERATION_INPUT, .shape = *model_input(m, 0) });
    for (size_t i = 0; i < m->calls->count; i++) TRY(describe_call(&d, m->calls->at[i], &d.places[i + 1]));
    d.g->output = d.places[m->calls->output_count ? m->calls->outputs[0] : m->calls->last].value;
    status = d.g->status;
done:
    free(d.layers);
    free(d.places);
    return status;
}

horn_status model_try_operations(snapshot *s, const horn_model *m)
{
    const horn_status status = model_describe_operations(s, m);
    return snapshot_leave_out(s, PART_OPERATIONS,
                              status && status != HORN_ERROR_MEMORY ? HORN_ERROR_UNSUPPORTED : status);
}
