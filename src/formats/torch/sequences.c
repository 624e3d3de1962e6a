/* Modules of sequences and of tables: LSTM, RNN, Embedding. */
#include <string.h>
#include "base/status.h"
#include "formats/torch/translate.h"

/* nn.LSTM and nn.RNN give a pair: all steps, and the state. */
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

horn_status torch_recurrent(torch_walk *w, const operation *o)
{
    const struct own_class *own = class_of(o);
    const bool is_lstm = o->kind == OPERATION_LSTM, is_relu = o->activation == OPERATION_RELU && !is_lstm;
    torch_module *m;
    if (o->input_count > 4) return torch_refuse(w, "is behind a mask, for which torch.nn has no module");
    if (!own || o->is_backwards || (o->activation != OPERATION_TANH && !is_relu) ||
        (is_lstm && o->gate != OPERATION_SIGMOID) || !torch_weight_of(w, o, 1) || !torch_weight_of(w, o, 2))
        return torch_refuse(
            w, "computes %s backwards or with other activations, for which torch.nn has no module",
            operation_name(o->kind));
    horn_status status = torch_add(w, own->name, &m, "%zu, %zu%s%s, batch_first=True", w->shape.dim[1],
                                   o->shape.dim[o->shape.rank - 1], is_relu ? ", nonlinearity='relu'" : "",
                                   torch_weight_of(w, o, 3) ? "" : ", bias=False");
    if (status) return status;
    m->source = own->source;
    torch_note(w, "nn.Sequential takes no pair: a module's source defines %s", own->name);
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
