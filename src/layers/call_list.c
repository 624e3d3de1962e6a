#include "layers/call_list.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "layers/channels_first.h"

void call_list_cut(call_list *list, size_t count)
{
    while (list->count > count) call_free(list->at[--list->count]);
}

void call_list_clear(call_list *list)
{
    call_list_cut(list, 0);
    free(list->at);
    *list = (call_list){ 0 };
}

const shape *call_list_shape(const call_list *list, size_t value)
{
    return value ? list->at[value - 1]->outputs : &list->input;
}

static size_t rows_of(const call_list *list, size_t value)
{
    return value ? list->at[value - 1]->output_rows : 1;
}

/* Sets the rows, and refuses an output whose size in bytes overflows size_t. */
static horn_status set_rows(const call_list *list, call *c)
{
    const unsigned flags = c->layer->class->flags;
    size_t count = shape_count(c->outputs);
    c->rows = c->input_count ? rows_of(list, c->values[0]) : 1;
    c->output_rows = flags & LAYER_FOLDS_ROWS     ? c->rows * c->inputs->dim[0]
                     : flags & LAYER_UNFOLDS_ROWS ? rows_of(list, c->values[1])
                                                  : c->rows;
    if (memory_multiply(&count, c->output_rows) && count <= SIZE_MAX / 2 / sizeof(float)) return HORN_OK;
    return layer_fail(c->layer, HORN_ERROR_SHAPE, "its output has more values than memory has addresses");
}

static horn_status find_inputs(shape out[CALL_MOST_INPUTS], const call_list *list, const layer *l,
                               const size_t *values, size_t count)
{
    if (count > CALL_MOST_INPUTS)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "is called on %zu values, expected at most %d", count,
                          CALL_MOST_INPUTS);
    for (size_t i = 0; i < count; i++) out[i] = *call_list_shape(list, values[i]);
    return HORN_OK;
}

horn_status call_list_add_static(call_list *list, const layer *l, const size_t *values, size_t count,
                                 size_t *y)
{
    horn_status status = HORN_OK;
    shape inputs[CALL_MOST_INPUTS];
    bool masked = false;
    call *c = NULL;
    TRY(find_inputs(inputs, list, l, values, count));
    for (size_t i = 0; i < count; i++) masked |= values[i] && list->at[values[i] - 1]->gives_mask;
    TRY(memory_grow(&list->at, list->count, &list->capacity, sizeof(call *)));
    TRY(call_new(&c, l, (uint32_t)list->count, inputs, count, masked));
    memcpy(c->values, values, count * sizeof *values);
    TRY(set_rows(list, c));
    list->at[list->count++] = c;
    c = NULL;
    *y = list->count;
done:
    call_free(c);
    return status;
}

horn_status call_list_add_input(call_list *list, const layer *l, const shape *s, size_t *y)
{
    horn_status status = HORN_OK;
    call *c = NULL;
    TRY(memory_grow(&list->at, list->count, &list->capacity, sizeof(call *)));
    TRY(call_new(&c, l, (uint32_t)list->count, s, 0, false));
    TRY(set_rows(list, c));
    list->at[list->count++] = c;
    c = NULL;
    *y = list->count;
done:
    call_free(c);
    return status;
}

static horn_status check_input(const layer *l, const shape *found)
{
    char given[SHAPE_TEXT], before[SHAPE_TEXT];
    if (!l->has_input_shape || shape_fits(&l->input_shape, found)) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "has input_shape %s, the layer before it gives %s",
                      shape_print(given, &l->input_shape), shape_print(before, found));
}

static horn_status expand(call_list *list, const layer *l, size_t x, size_t *y)
{
    const bool was_inside = list->is_inside, was_frozen = list->is_inside_frozen;
    list->is_inside = true;
    list->is_inside_frozen |= !l->trainable;
    const horn_status status = l->class->expand(l, list, x, y);
    list->is_inside = was_inside;
    list->is_inside_frozen = was_frozen;
    return status;
}

static bool equal_weights(const layer *a, const layer *b)
{
    if (a->weight_count != b->weight_count) return false;
    for (size_t k = 0; k < a->weight_count; k++)
        if (!shape_equal(&a->weights[k].shape, &b->weights[k].shape)) return false;
    return true;
}

/* Refuses inputs for which a layer with the same arguments would make other weights. */
static horn_status check_again(const layer *l, const shape *inputs, size_t count)
{
    horn_status status = HORN_OK;
    config *arguments = NULL;
    layer *other = NULL;
    char found[SHAPE_TEXT];
    if (!l->weight_count) return HORN_OK;
    TRY(layer_describe(l, &arguments));
    TRY(layer_new_of_class(&other, l->class, arguments));
    TRY(layer_build(other, inputs, count));
    if (!equal_weights(l, other))
        status = layer_fail(l, HORN_ERROR_SHAPE,
                            "is called again, on an input of shape %s, which its weights do not fit",
                            shape_print(found, inputs));
done:
    config_free(arguments);
    layer_free(other);
    return status;
}

/* Builds the layer, unless an earlier call did. */
static horn_status build(layer *l, const shape *inputs, size_t count)
{
    if (l->is_built) return check_again(l, inputs, count);
    const horn_status status = layer_build(l, inputs, count);
    l->is_built = !status;
    return status;
}

/* The layer's call between two that turn its input and its output; an output of one axis needs no turn. */
static horn_status add_turned(call_list *list, layer *l, const size_t *values, size_t count, size_t *y)
{
    horn_status status = HORN_OK;
    size_t turned, made;
    if (l->activation && l->activation->is_of_rows)
        return layer_fail(
            l, HORN_ERROR_UNSUPPORTED,
            "has data_format channels_first and activation %s, which Keras takes along the last "
            "axis: expected an activation of each value for itself",
            l->activation->name);
    if (count > 1) return layer_fail(l, HORN_ERROR_UNSUPPORTED, "is called on %zu values, expected 1", count);
    TRY(call_list_add_static(list, &channels_to_last, values, 1, &turned));
    if (list->builds) TRY(build(l, call_list_shape(list, turned), 1));
    TRY(call_list_add_static(list, l, &turned, 1, &made));
    *y = made;
    if (call_list_shape(list, made)->rank > 1)
        TRY(call_list_add_static(list, &channels_to_first, &made, 1, y));
done:
    return status;
}

horn_status call_list_add(call_list *list, layer *l, const size_t *values, size_t count, size_t *y)
{
    shape inputs[CALL_MOST_INPUTS];
    horn_status status = find_inputs(inputs, list, l, values, count);
    if (!status) status = check_input(l, inputs);
    if (status) return status;
    if (list->builds) {
        l->is_inside = list->is_inside;
        l->is_inside_frozen = list->is_inside_frozen;
    }
    if (l->class->expand && count > 1)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "is called on %zu values, expected 1", count);
    if (l->class->expand) return expand(list, l, values[0], y);
    if (l->channels_first) return add_turned(list, l, values, count, y);
    if (list->builds) status = build(l, inputs, count);
    return status ? status : call_list_add_static(list, l, values, count, y);
}
