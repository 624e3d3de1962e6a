/* TimeDistributed: one layer at each position t of the first axis: y[N, t, ...] = layer(x[N, t, ...])
 *
 * Positions become rows of the batch: a fold, which is a view, then the layer's calls on N T rows, then a view that unfolds them.
 * Dropout's random numbers go by the row, and so by sample and position; a BatchNormalization takes its statistics over all
 * samples and positions, as in Keras 2. */
#include <string.h>
#include "base/status.h"
#include "layers/nested/inner.h"

static void configure(layer *l, config_reader *r)
{
    inner_read(l, r, "layer", "layer");
    if (!r->status && l->inner[0].layer->class->flags & LAYER_IS_INPUT)
        config_reader_fail(r, HORN_ERROR_FORMAT, "layer", "is an InputLayer");
}

static void describe(const layer *l, config *c)
{
    config_set(c, "layer", inner_describe(l->inner[0].layer));
}

/* ---- views ---- */

static horn_status place_fold(const layer *l, call *c)
{
    (void)l;
    c->outputs[0].rank--;
    memmove(c->outputs[0].dim, c->inputs[0].dim + 1, (size_t)c->outputs[0].rank * sizeof *c->inputs[0].dim);
    return HORN_OK;
}

/* x[0] is what the layer gives, x[1] what the TimeDistributed takes. */
static horn_status place_unfold(const layer *l, call *c)
{
    const shape *x = &c->inputs[0];
    if (x->rank == 0 || x->rank == HORN_MAX_RANK)
        return layer_fail(l, HORN_ERROR_SHAPE, "the layer inside gives %d axes, expected 1 to %d", x->rank,
                          HORN_MAX_RANK - 1);
    c->outputs[0].rank = x->rank + 1;
    c->outputs[0].dim[0] = c->inputs[1].dim[0];
    memcpy(c->outputs[0].dim + 1, x->dim, (size_t)x->rank * sizeof *x->dim);
    return HORN_OK;
}

static size_t positions_of(const shape *s)
{
    return shape_count(s) / s->dim[s->rank - 1];
}

static bool any(const unsigned char *mask, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (mask[i]) return true;
    return false;
}

/* The layer's mask; if it gives none, a step counts if any of its positions in the input does. */
static void unfold_mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    (void)own;
    const size_t T = c->inputs[1].dim[0], to = positions_of(c->outputs) / T,
                 from = positions_of(&c->inputs[1]) / T;
    if (x[0].mask) memcpy(y_mask, x[0].mask, x[0].rows * to);
    for (size_t row = 0; !x[0].mask && row < x[0].rows; row++)
        memset(y_mask + row * to, any(x[1].mask + row * from, from), to);
}

static const layer_class fold_class = {
    .name = "TimeDistributed",
    .flags = LAYER_IS_VIEW | LAYER_PASSES_MASK | LAYER_FOLDS_ROWS,
    .place = place_fold,
};

static const layer_class unfold_class = {
    .name = "TimeDistributed",
    .flags = LAYER_IS_VIEW | LAYER_UNFOLDS_ROWS,
    .most_inputs = 2,
    .place = place_unfold,
    .mask = unfold_mask,
};

static const layer fold = { .class = &fold_class }, unfold = { .class = &unfold_class };

static horn_status expand(const layer *l, call_list *list, size_t x, size_t *y)
{
    const shape *input = call_list_shape(list, x);
    size_t folded, inner;
    char found[SHAPE_TEXT];
    if (input->rank < 2)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input has shape %s, expected a time axis and another one",
                          shape_print(found, input));
    horn_status status = call_list_add_static(list, &fold, &x, 1, &folded);
    if (!status) status = call_list_add(list, l->inner[0].layer, &folded, 1, &inner);
    if (!status) status = call_list_add_static(list, &unfold, (size_t[]){ inner, x }, 2, y);
    return status;
}

const layer_class time_distributed_class = {
    .name = "TimeDistributed",
    .auto_name = "time_distributed",
    .size = sizeof(layer),
    .folds_rows = true,
    .configure = configure,
    .describe = describe,
    .expand = expand,
};

horn_layer *horn_time_distributed(const horn_time_distributed_options *options)
{
    const horn_time_distributed_options o = options ? *options : (horn_time_distributed_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape), *entry = NULL;
    const horn_status status = inner_argument(&entry, o.layer);
    layer_free(o.layer);
    if (!status) {
        config_set(arguments, "layer", entry);
        return layer_construct(&time_distributed_class, arguments);
    }
    config_free(arguments);
    return layer_failed(status);
}
