/* RNN: a cell, or StackedRNNCells, over all time steps. It sets how its cells walk; they compute as LSTM, GRU and SimpleRNN do. */
#include "base/status.h"
#include "layers/nested/inner.h"
#include "layers/recurrent/recurrent.h"

typedef struct rnn {
    layer base;
    time_settings time;
} rnn;

/* The first cell alone reverses x; all but the last give each step to the next one. Masks stay in the order of the input. */
static void set_walk(layer *l, time_settings time, bool is_first, bool is_last)
{
    if (!l->class->expand) {
        recurrent *r = (recurrent *)l;
        r->time = time;
        r->time.go_backwards = time.go_backwards && is_first;
        r->time.return_sequences = time.return_sequences || !is_last;
        r->is_in_rnn = true;
        recurrent_set_state(r);
    }
    for (size_t i = 0; i < l->inner_count; i++)
        set_walk(l->inner[i].layer, time, is_first && i == 0, is_last && i + 1 == l->inner_count);
}

static void configure(layer *l, config_reader *r)
{
    rnn *own = (rnn *)l;
    recurrent_read_time(&own->time, r);
    inner_read(l, r, "cell", "cell");
    if (r->status) return;
    layer *inner = l->inner[0].layer;
    if (!(inner->class->flags & LAYER_IS_CELL))
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "cell", "is a %.60s, which is no cell",
                           inner->class->name);
    else
        set_walk(inner, own->time, true, true);
}

static void describe(const layer *l, config *c)
{
    recurrent_describe_time(&((const rnn *)l)->time, c);
    config_set(c, "cell", inner_describe(l->inner[0].layer));
}

static horn_status expand(const layer *l, call_list *list, size_t x, size_t *y)
{
    return call_list_add(list, l->inner[0].layer, &x, 1, y);
}

const layer_class rnn_class = {
    .name = "RNN",
    .auto_name = "rnn",
    .size = sizeof(rnn),
    .configure = configure,
    .describe = describe,
    .expand = expand,
};

const time_settings *recurrent_time(const layer *l)
{
    if (l->class == &rnn_class) return &((const rnn *)l)->time;
    const bool walks = l->class->build == recurrent_build && !(l->class->flags & LAYER_IS_CELL);
    return walks ? &((const recurrent *)l)->time : NULL;
}

horn_layer *horn_rnn(const horn_rnn_options *options)
{
    const horn_rnn_options o = options ? *options : (horn_rnn_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape), *entry = NULL;
    const horn_status status = inner_argument(&entry, o.cell);
    layer_free(o.cell);
    if (status) {
        config_free(arguments);
        return layer_failed(status);
    }
    config_set_boolean(arguments, "return_sequences", o.return_sequences);
    config_set_boolean(arguments, "go_backwards", o.go_backwards);
    config_set_boolean(arguments, "zero_output_for_mask", o.zero_output_for_mask);
    if (o.stateful) config_set_boolean(arguments, "stateful", true);
    config_set(arguments, "cell", entry);
    return layer_construct(&rnn_class, arguments);
}
