/* The calls of a model in the order in which they run. A layer that holds others (class->expand) adds the calls of those, to any
 * depth, so that whoever runs the calls knows nothing of layers inside layers.
 *
 * A value is what calls take and give: value 0 is the model's first input, value k + 1 is the output of call k. A call stands behind
 * the calls whose values it takes. A further input is the call of an InputLayer on nothing. */
#ifndef LAYERS_CALL_LIST_H
#define LAYERS_CALL_LIST_H

#include "layers/call.h"

/* Most inputs, and most outputs, of a model. */
enum { CALL_LIST_MOST_ENDS = 64 };

struct call_list {
    /* Value 0. */
    shape input;
    /* [count]; owned. */
    call **at;
    size_t count, capacity;
    /* The newest value. */
    size_t last;
    /* The values that the model takes and gives. */
    size_t inputs[CALL_LIST_MOST_ENDS], outputs[CALL_LIST_MOST_ENDS];
    size_t input_count, output_count;
    /* Layers are built before their first call. */
    bool builds;
    /* Of the layers that are added now: they are inside another one; one around them is frozen. */
    bool is_inside, is_inside_frozen;
};

/* Frees the calls from number `count` on. */
void call_list_cut(call_list *, size_t count);
/* Frees what the list owns. */
void call_list_clear(call_list *);
const shape *call_list_shape(const call_list *, size_t value);

/* Adds the calls of a layer; *y is its output. A layer may be added again: its further calls share its weights, and are refused on
 * inputs that need others. Checks the layer's input_shape if it has one. After a failure, also for a layer inside, the
 * list may have some of them. */
HORN_CHECKED horn_status call_list_add(call_list *, layer *, const size_t *values, size_t count, size_t *y);
/* Adds a further input, of that shape. Borrows the InputLayer. */
HORN_CHECKED horn_status call_list_add_input(call_list *, const layer *, const shape *, size_t *y);
/* Adds the call of a layer without weights that belongs to nobody, such as a view that an `expand` needs. Borrows it. */
HORN_CHECKED horn_status call_list_add_static(call_list *, const layer *, const size_t *values, size_t count,
                                              size_t *y);

#endif
