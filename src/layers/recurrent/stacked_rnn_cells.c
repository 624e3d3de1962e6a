/* StackedRNNCells: cells of an RNN one behind the other: each takes what the one before it makes of a step.
 *
 * No step of a cell depends on later steps of the cell before it, so each cell walks over all steps before the next one begins. */
#include "base/status.h"
#include "layers/nested/inner.h"

static void configure(layer *l, config_reader *r)
{
    inner_read_list(l, r, "cells", "cells");
    if (!r->status && l->inner_count == 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "cells", "holds no cell");
    for (size_t i = 0; i < l->inner_count && !r->status; i++)
        if (!(l->inner[i].layer->class->flags & LAYER_IS_CELL))
            config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "cells", "holds a %.60s, which is no cell",
                               l->inner[i].layer->class->name);
}

static void describe(const layer *l, config *c)
{
    config *cells = config_list();
    for (size_t i = 0; i < l->inner_count; i++) config_append(cells, inner_describe(l->inner[i].layer));
    config_set(c, "cells", cells);
}

static horn_status expand(const layer *l, call_list *list, size_t x, size_t *y)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < l->inner_count && !status; i++)
        status = call_list_add(list, l->inner[i].layer, &x, 1, &x);
    *y = x;
    return status;
}

const layer_class stacked_rnn_cells_class = {
    .name = "StackedRNNCells",
    .auto_name = "stacked_rnn_cells",
    .size = sizeof(layer),
    .flags = LAYER_IS_CELL,
    .configure = configure,
    .describe = describe,
    .expand = expand,
};

horn_layer *horn_stacked_rnn_cells(const horn_stacked_rnn_cells_options *options)
{
    const horn_stacked_rnn_cells_options o = options ? *options : (horn_stacked_rnn_cells_options){ 0 };
    config *arguments = layer_arguments(o.name, (size_t[HORN_MAX_RANK]){ 0 });
    const horn_status status = inner_argue_list(arguments, "cells", o.cells);
    if (!status) return layer_construct(&stacked_rnn_cells_class, arguments);
    config_free(arguments);
    return layer_failed(status);
}
