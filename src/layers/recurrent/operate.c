/* The operations of recurrent layers, for formats of graphs. */
#include "layers/recurrent/recurrent.h"

/* What graphs have of an activation; linear has none. */
static operation_kind kind_of(const layer *l, graph *g, const activation *a)
{
    if (!a) return OPERATION_NONE;
    if (!a->operation && !g->status)
        g->status = layer_fail(l, HORN_ERROR_UNSUPPORTED,
                               "activation '%s' has no operation, which this format needs", a->name);
    return a->operation;
}

size_t recurrent_operate(const call *c, graph *g, size_t x, operation_kind kind)
{
    const recurrent *r = (const recurrent *)c->layer;
    if (c->takes_mask && g->mask == NO_VALUE && !g->status)
        g->status = layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                               "its input has a mask, which graph formats cannot hold");
    if (r->time.stateful && !g->status)
        g->status =
            layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                       "is stateful: it goes on from the batch before, which graph formats cannot hold");
    operation o = { .kind = kind,
                    .inputs = { x, NO_VALUE, NO_VALUE, NO_VALUE, c->takes_mask ? g->mask : NO_VALUE },
                    .input_count = c->takes_mask ? 5 : 4,
                    .shape = *c->outputs,
                    .activation = kind_of(c->layer, g, r->activation),
                    .gate = kind_of(c->layer, g, r->recurrent_activation),
                    .is_backwards = r->time.go_backwards,
                    .resets_after = r->reset_after,
                    .mask_is_backwards = c->takes_mask && r->time.mask_backwards,
                    .zeroes_masked = c->takes_mask && r->time.zero_output_for_mask };
    for (size_t i = 0; i < c->layer->weight_count; i++) o.inputs[1 + i] = layer_graph_weight(c->layer, g, i);
    return graph_add(g, &o);
}
