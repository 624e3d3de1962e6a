#include "formats/chains/imported.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

void imported_free(imported *im)
{
    graph_free(im->graph);
    free(im->origins);
    *im = (imported){ 0 };
}

/* ---- operations ---- */

static bool takes_what_is_computed(const imported *im, const operation *o)
{
    for (int i = 0; i < o->input_count; i++)
        if (o->inputs[i] != NO_VALUE && im->origins[o->inputs[i]].is_computed) return true;
    return o->kind == OPERATION_INPUT || o->kind == OPERATION_NONE;
}

static void copy(const imported *im, const imported_constant *c, float *out)
{
    if (c->is_plain)
        memcpy(out, c->message.at, c->message.size);
    else
        im->copy(c->message, out);
}

/* Of one element that is known. */
static bool is_number(const imported_constant *c)
{
    return c->is_float && c->count == 1 && !c->is_unknown;
}

horn_status imported_add(imported *im, const operation *added, const imported_origin *from, size_t *out)
{
    horn_status status = HORN_OK;
    operation o = *added;
    imported_origin origin = *from;
    origin.is_computed = takes_what_is_computed(im, &o);
    if (o.kind == OPERATION_WEIGHT && is_number(&from->constant)) {
        float number;
        copy(im, &from->constant, &number);
        o.number = number;
    }
    if (!im->graph) TRY(graph_new(&im->graph));
    TRY(imported_set_shape(im, &o, from));
    TRY(memory_grow(&im->origins, im->graph->count, &im->capacity, sizeof *im->origins));
    *out = graph_add(im->graph, &o);
    TRY(im->graph->status);
    im->origins[*out] = origin;
done:
    return status;
}

horn_status imported_add_number(imported *im, double number, const imported_origin *from, size_t *out)
{
    return imported_add(im, &(operation){ .kind = OPERATION_NUMBER, .number = number }, from, out);
}

/* ---- constants ---- */

static bool is_constant(const imported *im, size_t value)
{
    const operation_kind kind = value == NO_VALUE ? OPERATION_NONE : im->graph->operations[value].kind;
    return kind == OPERATION_WEIGHT || kind == OPERATION_NUMBER;
}

const imported_constant *imported_constant_of(const imported *im, size_t value)
{
    return is_constant(im, value) ? &im->origins[value].constant : NULL;
}

horn_status imported_read(imported *im, size_t value, float *out)
{
    const imported_origin *origin = &im->origins[value];
    if (origin->constant.message.size > im->readable)
        return imported_fail(im, origin, HORN_ERROR_UNSUPPORTED, "is taken by too many others for its size");
    if (origin->constant.is_unknown)
        return imported_fail(im, origin, HORN_ERROR_UNSUPPORTED, "is a variable without values");
    im->readable -= origin->constant.message.size;
    copy(im, &origin->constant, out);
    return HORN_OK;
}

bool imported_number(const imported *im, size_t value, float *out)
{
    if (!is_constant(im, value)) return false;
    const operation *o = &im->graph->operations[value];
    const imported_constant *c = &im->origins[value].constant;
    *out = (float)o->number;
    return o->kind == OPERATION_NUMBER || is_number(c);
}

static bool changes_shape(const operation *o)
{
    return o->kind == OPERATION_RESHAPE || o->kind == OPERATION_EXPAND_DIMS || o->kind == OPERATION_SQUEEZE;
}

size_t imported_behind_shapes(const imported *im, size_t value)
{
    while (value != NO_VALUE && changes_shape(&im->graph->operations[value]))
        value = im->graph->operations[value].inputs[0];
    return is_constant(im, value) ? value : NO_VALUE;
}
