/* Functional as a layer: a graph of layers, with one input and one output, in a layer of a model. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "layers/nested/inner.h"
#include "snapshot/keras_calls.h"

typedef struct functional {
    layer base;
    /* Of the layers inside: the input, then those that are called, in the order of their first calls. */
    keras_calls calls;
} functional;

static functional *self_of(const layer *l)
{
    return (functional *)l;
}

/* Puts the layers inside into the order of the calls. */
static horn_status put_in_order(layer *l, const keras_calls *c)
{
    inner_layer *ordered;
    if (l->inner_count != c->layer_count + 1)
        return fail(HORN_ERROR_FORMAT, "%zu layers, %zu of them are called", l->inner_count, c->layer_count);
    horn_status status = memory_new(&ordered, l->inner_count, sizeof *ordered);
    if (status) return status;
    for (size_t i = 0; i < l->inner_count; i++) ordered[i] = l->inner[c->order[i]];
    memcpy(l->inner, ordered, l->inner_count * sizeof *ordered);
    free(ordered);
    return HORN_OK;
}

static void configure(layer *l, config_reader *r)
{
    functional *f = self_of(l);
    inner_read_list(l, r, "layers", "layers");
    config_ignore(r, "input_layers");
    config_ignore(r, "output_layers");
    layer_keep(l, r, "build_input_shape");
    if (!r->status) r->status = keras_calls_read(&f->calls, r->object, r->where);
    if (!r->status) r->status = put_in_order(l, &f->calls);
    if (r->status || l->has_input_shape) return;
    l->has_input_shape = l->inner[0].layer->has_input_shape;
    l->input_shape = l->inner[0].layer->input_shape;
}

static void describe(const layer *l, config *c)
{
    config *layers = config_list();
    for (size_t i = 0; i < l->inner_count; i++) config_append(layers, inner_describe(l->inner[i].layer));
    config_set(c, "layers", layers);
    /* What is incomplete for lack of memory says so itself. */
    if (keras_calls_write(c, &self_of(l)->calls, false)) config_remove(c, "layers");
}

/* values: [calls + 1] of the list, by the values of the model inside. */
static horn_status add_call(const layer *l, call_list *list, const keras_call *c, const size_t *values,
                            size_t *y)
{
    layer *inner = l->inner[c->layer + 1].layer;
    size_t inputs[CALL_MOST_INPUTS];
    if (c->value_count > CALL_MOST_INPUTS)
        return layer_fail(inner, HORN_ERROR_UNSUPPORTED, "is called on %zu values, expected 1 to %d",
                          c->value_count, CALL_MOST_INPUTS);
    for (size_t i = 0; i < c->value_count; i++) inputs[i] = values[c->values[i]];
    return call_list_add(list, inner, inputs, c->value_count, y);
}

static horn_status expand(const layer *l, call_list *list, size_t x, size_t *y)
{
    const keras_calls *c = &self_of(l)->calls;
    horn_status status = HORN_OK;
    size_t *values = NULL;
    TRY(memory_new(&values, c->count + 1, sizeof *values));
    values[0] = x;
    for (size_t i = 0; i < c->count; i++) TRY(add_call(l, list, &c->at[i], values, &values[i + 1]));
    *y = values[c->count];
done:
    free(values);
    return status;
}

static void destroy(layer *l)
{
    keras_calls_free(&self_of(l)->calls);
}

const layer_class functional_layer_class = {
    .name = "Functional",
    .auto_name = "functional",
    .size = sizeof(functional),
    .configure = configure,
    .describe = describe,
    .expand = expand,
    .destroy = destroy,
};
