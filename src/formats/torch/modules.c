#include "formats/torch/modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/status.h"
#include "formats/torch/names.h"
#include "formats/torch/translate.h"

/* ---- modules without tensors ---- */

/* The shortest text that gives the same float32: 0.3, which may stand here as 0.30000001192092896. */
static void format_float(char out[32], double number)
{
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(out, 32, "%.*g", digits, number);
        if (strtof(out, NULL) == (float)number) return;
    }
}

static horn_status add_leaky(torch_walk *w, const operation *o)
{
    char slope[32];
    format_float(slope, o->number);
    return o->number == 0 ? torch_add(w, "ReLU", NULL, "%s", "")
                          : torch_add(w, "LeakyReLU", NULL, "%s", slope);
}

/* Over the channels of an image, which are its first axis in PyTorch. */
static horn_status add_softmax(torch_walk *w)
{
    return torch_add(w, "Softmax", NULL, "dim=%d", w->shape.rank == 1 || w->shape.rank == 3 ? 1 : -1);
}

static horn_status add_operation(torch_walk *w, const operation *o)
{
    switch (o->kind) {
    case OPERATION_MATMUL:
        return torch_linear(w, o);
    case OPERATION_CONV2D:
    case OPERATION_DEPTHWISE_CONV2D:
        return torch_convolution(w, o);
    case OPERATION_CONV2D_TRANSPOSE:
        return torch_transposed(w, o);
    case OPERATION_SIMPLE_RNN:
    case OPERATION_LSTM:
    case OPERATION_GRU:
        return torch_recurrent(w, o);
    case OPERATION_GATHER:
        return torch_embedding(w, o);
    case OPERATION_CROP:
        return torch_crop(w, o);
    case OPERATION_RESIZE_NEAREST:
    case OPERATION_RESIZE_BILINEAR:
        return torch_enlarge(w, o);
    case OPERATION_BATCH_NORMALIZATION:
        return torch_normalization(w, o);
    case OPERATION_MAX_POOL:
    case OPERATION_AVG_POOL:
        return torch_pool(w, o);
    case OPERATION_MEAN:
    case OPERATION_MAX:
        return torch_global_pool(w, o);
    case OPERATION_PAD:
        return torch_pad(w, o);
    case OPERATION_RESHAPE:
        return torch_reshape(w, o);
    case OPERATION_LEAKY_RELU:
        return add_leaky(w, o);
    case OPERATION_SOFTMAX:
        return add_softmax(w);
    default:
        if (torch_is_activation(o->kind)) return torch_activation(w, o->kind);
        return torch_refuse(w, "computes %s, for which torch.nn has no module", operation_name(o->kind));
    }
}

/* ---- layers that compute nothing in inference ---- */

static double number_of(const snapshot_layer *l, const char *key, double otherwise)
{
    double number;
    return config_number(config_get(l->arguments, key), &number) ? number : otherwise;
}

/* torch NULL: no module. */
static const struct idle {
    const char *keras, *torch;
    bool has_rate;
} idle_layers[] = {
    { "InputLayer", NULL, false },
    { "Flatten", "Flatten", false },
    { "Activation", "Identity", false },
    { "Reshape", "Identity", false },
    { "Dropout", "Dropout", true },
    { "SpatialDropout2D", "Dropout2d", true },
    { "AlphaDropout", "AlphaDropout", true },
};

static horn_status add_idle(torch_walk *w)
{
    const snapshot_layer *l = &w->snapshot->layers[w->layer];
    const char *class_name = l->class_name ? l->class_name : "";
    for (size_t i = 0; i < sizeof idle_layers / sizeof *idle_layers; i++) {
        const struct idle *idle = &idle_layers[i];
        char rate[32] = "";
        if (strcmp(class_name, idle->keras) != 0) continue;
        if (idle->has_rate) config_format_number(number_of(l, "rate", 0.5), rate);
        return idle->torch ? torch_add(w, idle->torch, NULL, "%s", rate) : HORN_OK;
    }
    torch_note(w, "%s is an nn.Identity, which does nothing in training either", class_name);
    return torch_add(w, "Identity", NULL, "%s", "");
}

/* ---- the walk ---- */

static bool is_value(const operation *o)
{
    return o->kind != OPERATION_INPUT && o->kind != OPERATION_WEIGHT && o->kind != OPERATION_NUMBER;
}

/* The last operation of a layer that ends in a Select; NULL: it does not. */
static const operation *find_select(const torch_walk *w, size_t at)
{
    const graph *g = w->graph;
    while (at < g->count && g->operations[at].layer == w->layer && g->operations[at].kind != OPERATION_SELECT)
        at++;
    return at < g->count && g->operations[at].layer == w->layer ? &g->operations[at] : NULL;
}

static horn_status add_layer(torch_walk *w, size_t *at)
{
    const graph *g = w->graph;
    const operation *select = find_select(w, *at);
    bool is_idle = true, is_whole;
    horn_status whole = torch_whole_layer(w, &is_whole);
    if (is_whole) {
        for (; *at < g->count && g->operations[*at].layer == w->layer; ++*at) w->value = *at;
        w->shape = g->operations[w->value].shape;
        return whole;
    }
    for (; *at < g->count && g->operations[*at].layer == w->layer; ++*at) {
        const operation *o = &g->operations[*at];
        if (!is_value(o) || (select && o < select)) continue;
        is_idle = false;
        const bool is_chain =
            o->kind == OPERATION_GATHER
                ? o->inputs[1] == w->value
                : o->inputs[0] == w->value && (o->input_count < 2 || !is_value(&g->operations[o->inputs[1]]));
        horn_status status = o == select      ? torch_bent_relu(w, o)
                             : !is_chain      ? torch_refuse(w, "is no chain of operations, as "
                                                                     "nn.Sequential takes it")
                             : *at == w->bias ? HORN_OK
                                              : add_operation(w, o);
        if (status) return status;
        w->value = *at;
        w->shape = o->shape;
    }
    return is_idle ? add_idle(w) : HORN_OK;
}

static void note_end(torch_walk *w)
{
    const torch_modules *m = w->out;
    const char *last = m->count ? m->items[m->count - 1].class_name : "";
    w->layer = w->snapshot->layer_count - 1;
    if (w->is_split) torch_note(w, "its values stand in PyTorch's order: channel, row, column");
    if (strcmp(last, "Softmax") == 0)
        torch_note(
            w, "the module ends with nn.Softmax, as Keras does: train without it (model[:-1]) if the loss "
               "is nn.CrossEntropyLoss, which takes logits");
    if (strcmp(last, "Sigmoid") == 0)
        torch_note(w, "the module ends with nn.Sigmoid, as Keras does: the loss is nn.BCELoss, or "
                      "nn.BCEWithLogitsLoss without it (model[:-1])");
}

horn_status torch_modules_of(torch_modules *out, const snapshot *s, const char *const *names,
                             const char *where)
{
    horn_status status = HORN_OK;
    const graph *g = s->operations;
    torch_walk w = { .out = out, .snapshot = s, .graph = g, .where = where, .bias = NO_VALUE };
    size_t at = 0;
    if (!(s->parts & PART_OPERATIONS) || !g->count || g->operations[0].kind != OPERATION_INPUT)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: a layer does not say its operations, by which PyTorch's modules are found", where);
    w.shape = g->operations[0].shape;
    for (at = 1; w.layer < s->layer_count; w.layer++) TRY(add_layer(&w, &at));
    if (at != g->count || w.value != g->output)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: the operations do not follow the layers", where));
    note_end(&w);
    TRY(torch_names_apply(out, s, names, where));
    status = bytes_status(&out->notes);
done:
    return status;
}

void torch_modules_free(torch_modules *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->items[i].name);
        free(m->items[i].arguments);
        free(m->items[i].comment);
    }
    free(m->items);
    bytes_free(&m->notes);
    *m = (torch_modules){ 0 };
}
