/* Modules of tables and of steps one after the other: Embedding, RNN, LSTM, GRU. */
#include <string.h>
#include "base/status.h"
#include "formats/torch/translate.h"

/* nn.LSTM, nn.GRU and nn.RNN give a pair: all steps, and the state. */
#define SOURCE(name, base, what, part)                                    \
    "class " name "(" base "):\n"                                         \
    "    \"\"\"" base ", of which the next module gets " what ".\"\"\"\n" \
    "\n"                                                                  \
    "    def forward(self, x):\n"                                         \
    "        return super().forward(x)[0]" part "\n"

static const struct own_class {
    operation_kind kind;
    bool has_steps;
    const char *name, *source;
} classes[] = {
    { OPERATION_LSTM, true, "LSTMSteps", SOURCE("LSTMSteps", "nn.LSTM", "all steps", "") },
    { OPERATION_LSTM, false, "LSTMLast", SOURCE("LSTMLast", "nn.LSTM", "the last step", "[:, -1]") },
    { OPERATION_GRU, true, "GRUSteps", SOURCE("GRUSteps", "nn.GRU", "all steps", "") },
    { OPERATION_GRU, false, "GRULast", SOURCE("GRULast", "nn.GRU", "the last step", "[:, -1]") },
    { OPERATION_SIMPLE_RNN, true, "RNNSteps", SOURCE("RNNSteps", "nn.RNN", "all steps", "") },
    { OPERATION_SIMPLE_RNN, false, "RNNLast", SOURCE("RNNLast", "nn.RNN", "the last step", "[:, -1]") },
};

static const struct own_class *class_of(const operation *o)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (classes[i].kind == o->kind && classes[i].has_steps == (o->shape.rank == 2)) return &classes[i];
    return NULL;
}

/* Keras' gates are in PyTorch's order. PyTorch has two biases: the second is 0, and is added to the first when it is read. */
static void add_places(torch_walk *w, torch_module *m, const operation *o)
{
    static const int order[] = { 1, 0 }, same[] = { 0 };
    static const operation none = { .weight = NULL };
    const operation *kernel = torch_weight_of(w, o, 1), *recurrent = torch_weight_of(w, o, 2),
                    *bias = torch_weight_of(w, o, 3);
    torch_add_place(m, "weight_ih_l0", kernel, kernel->shape.dim, order, 2);
    torch_add_place(m, "weight_hh_l0", recurrent, recurrent->shape.dim, order, 2);
    if (!bias) return;
    torch_add_place(m, "bias_ih_l0", bias, bias->shape.dim, same, 1);
    torch_add_place(m, "bias_hh_l0", &none, bias->shape.dim, same, 1);
    m->places[m->place_count - 1].layer = o->layer;
    m->places[m->place_count - 1].added_to = bias->weight;
}

static void set_gates(torch_module *m, int axis, int rank, size_t rows, size_t columns)
{
    torch_place *p = &m->places[m->place_count - 1];
    p->swapped = 1 + axis;
    p->rank = rank;
    p->shape[0] = rows;
    p->shape[1] = columns;
}

/* PyTorch's gates are reset, update, new, Keras' update, reset, new. Both have two biases, which Keras has in one weight. */
static void add_gru_places(torch_walk *w, torch_module *m, const operation *o)
{
    static const int order[] = { 1, 2, 0 }, same[] = { 0, 1 };
    static const char *const names[][2] = { { "weight_ih_l0", "weight_hh_l0" },
                                            { "bias_ih_l0", "bias_hh_l0" } };
    const operation *bias = torch_weight_of(w, o, 3);
    const size_t U = o->shape.dim[o->shape.rank - 1], gates[] = { 3, U };
    for (int i = 0; i < 2; i++) {
        const operation *kernel = torch_weight_of(w, o, 1 + i);
        const size_t rows = kernel->shape.dim[0], split[] = { rows, 3, U };
        torch_add_place(m, names[0][i], kernel, split, order, 3);
        set_gates(m, 1, 2, 3 * U, rows);
    }
    for (size_t i = 0; bias && i < 2; i++) {
        torch_add_place(m, names[1][i], bias, gates, same, 2);
        set_gates(m, 0, 1, 3 * U, 1);
        m->places[m->place_count - 1].first = i * 3 * U;
        m->places[m->place_count - 1].of = 6 * U;
    }
}

horn_status torch_recurrent(torch_walk *w, const operation *o)
{
    const struct own_class *own = class_of(o);
    const bool has_gates = o->kind != OPERATION_SIMPLE_RNN,
               is_relu = o->activation == OPERATION_RELU && !has_gates;
    torch_module *m;
    if (o->input_count > 4) return torch_refuse(w, "is behind a mask, for which torch.nn has no module");
    if (!own || o->is_backwards || (o->activation != OPERATION_TANH && !is_relu) ||
        (has_gates && o->gate != OPERATION_SIGMOID) || !torch_weight_of(w, o, 1) || !torch_weight_of(w, o, 2))
        return torch_refuse(
            w, "computes %s backwards or with other activations, for which torch.nn has no module",
            operation_name(o->kind));
    if (o->kind == OPERATION_GRU && !o->resets_after)
        return torch_refuse(
            w,
            "resets the state before the product (reset_after is false), for which torch.nn has no module");
    horn_status status = torch_add(w, own->name, &m, "%zu, %zu%s%s, batch_first=True", w->shape.dim[1],
                                   o->shape.dim[o->shape.rank - 1], is_relu ? ", nonlinearity='relu'" : "",
                                   torch_weight_of(w, o, 3) ? "" : ", bias=False");
    if (status) return status;
    m->source = own->source;
    torch_note(w, "nn.Sequential takes no pair: a module's source defines %s", own->name);
    if (o->kind == OPERATION_GRU)
        add_gru_places(w, m, o);
    else
        add_places(w, m, o);
    return HORN_OK;
}

horn_status torch_embedding(torch_walk *w, const operation *o)
{
    static const int order[] = { 0, 1 };
    const operation *table = torch_weight_of(w, o, 0);
    torch_module *m;
    if (!table || table->shape.rank != 2) return torch_refuse(w, "looks rows up in no weight");
    horn_status status = torch_add(w, "Embedding", &m, "%zu, %zu", table->shape.dim[0], table->shape.dim[1]);
    if (status) return status;
    torch_note(w, "nn.Embedding takes integers");
    torch_add_place(m, "weight", table, table->shape.dim, order, 2);
    return HORN_OK;
}
