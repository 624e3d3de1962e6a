#include "layers/call.h"

#include <stdlib.h>
#include <string.h>
#include "layers/composed.h"
#include "base/memory.h"
#include "base/status.h"

/* Refuses a shape whose size in bytes overflows size_t. */
static horn_status check_size(const layer *l, const shape *s, const char *what)
{
    if (shape_count(s) <= SIZE_MAX / 2 / sizeof(float)) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its %s has more values than memory has addresses", what);
}

static horn_status place(call *c, const shape *inputs)
{
    const layer *l = c->layer;
    const size_t most = l->class->most_inputs ? l->class->most_inputs : 1;
    horn_status status = HORN_OK;
    c->outputs[0] = inputs[0];
    if (l->class->flags & LAYER_IS_INPUT && !c->input_count) return check_size(l, inputs, "output");
    if (c->input_count < 1 || c->input_count > most)
        return layer_fail(l, HORN_ERROR_ARGUMENT, "is called with %zu inputs, expected %s%zu", c->input_count,
                          most > 1 ? "1 to " : "", most);
    memcpy(c->inputs, inputs, c->input_count * sizeof *inputs);
    for (size_t i = 0; !status && i < c->input_count; i++) status = check_size(l, &inputs[i], "input");
    if (!status && l->class->place) status = l->class->place(l, c);
    for (size_t i = 0; !status && i < c->output_count; i++) status = check_size(l, &c->outputs[i], "output");
    return status;
}

static bool gives_mask(const layer_class *class, bool masked)
{
    if (class->mask && !(class->flags & LAYER_UNFOLDS_ROWS)) return true;
    return masked && class->flags & (LAYER_PASSES_MASK | LAYER_UNFOLDS_ROWS);
}

horn_status call_new(call **out, const layer *l, uint32_t number, const shape *inputs, size_t count,
                     bool masked)
{
    horn_status status = HORN_OK;
    call *c = NULL;
    TRY(memory_new(&c, 1, sizeof *c));
    *c = (call){ .layer = l,
                 .number = number,
                 .input_count = count,
                 .output_count = 1,
                 .rows = 1,
                 .output_rows = 1,
                 .takes_mask = masked,
                 .gives_mask = gives_mask(l->class, masked) };
    TRY(memory_new(&c->inputs, count, sizeof *c->inputs));
    TRY(memory_new(&c->outputs, c->output_count, sizeof *c->outputs));
    TRY(memory_new(&c->values, count, sizeof *c->values));
    TRY(memory_new_aligned(&c->own, l->class->call_size, 1));
    TRY(place(c, inputs));
    *out = c;
    c = NULL;
done:
    call_free(c);
    return status;
}

void call_free(call *c)
{
    if (!c) return;
    free(c->inputs);
    free(c->outputs);
    free(c->values);
    free(c->own);
    free(c);
}

horn_status call_operate(const call *c, graph *g, const size_t *x, size_t *y)
{
    const layer *l = c->layer;
    if (l->channels_first)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "has data_format channels_first, which has no operations, which this format needs");
    *y = *x;
    if (l->class->operate)
        *y = l->class->operate(c, g, x);
    else if (!(l->class->flags & (LAYER_IS_VIEW | LAYER_IDLE_IN_INFERENCE)))
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "does not say its operations, which this format needs");
    if (!shape_equal(&c->inputs[0], &c->outputs[0]) && !l->class->operate)
        *y = graph_shape(g, OPERATION_RESHAPE, *x, c->outputs);
    if (l->activation && !composed_activation(l->activation, g, *y, y))
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "activation '%s' has no operation, which this format needs", l->activation->name);
    return g->status;
}

/* ---- buffers ---- */

void call_ask_keep(call *c, size_t bytes_per_row)
{
    c->keep = bytes_per_row;
}

void call_ask_scratch(call *c, size_t floats)
{
    c->scratch = floats;
}

void call_ask_prepared(call *c, size_t floats, size_t parts)
{
    c->prepared = floats;
    c->prepare_parts = parts;
}

void call_ask_sums(call *c, size_t doubles)
{
    c->sums = doubles;
}

size_t layer_part_most(size_t rows)
{
    const size_t most = LAYER_PART_GRAIN * LAYER_LEAST_PARTS;
    return (rows + most - 1) / most * LAYER_PART_GRAIN;
}

/* ---- lanes ---- */

void *lane_keep(const lane *own, const call *c)
{
    return own->keep[c->number];
}

float *lane_scratch(const lane *own, const call *c)
{
    (void)c;
    return own->scratch;
}

float *lane_gradient(const lane *own, const call *c, size_t index)
{
    return own->gradients[c->layer->weights[index].number];
}

const float *lane_prepared(const lane *own, const call *c)
{
    return own->prepared[c->number];
}

const double *lane_sums(const lane *own, const call *c)
{
    return own->sums[c->number];
}

const double *lane_sums_back(const lane *own, const call *c)
{
    return own->sums[c->number] + c->sums;
}
