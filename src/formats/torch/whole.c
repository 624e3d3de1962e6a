/* Layers of several operations that are one module of torch.nn, by their class: normalizations of a sample, PReLU, ELU, layers of
 * sequences. */
#include <string.h>
#include "base/status.h"
#include "formats/torch/translate.h"

static const config *argument(const torch_walk *w, const char *key)
{
    return config_get(w->snapshot->layers[w->layer].arguments, key);
}

static double number_of(const torch_walk *w, const char *key, double otherwise)
{
    double number;
    return config_number(argument(w, key), &number) ? number : otherwise;
}

/* The weight of that name among the layer's operations; NULL: there is none. */
static const operation *find_weight(const torch_walk *w, const char *name)
{
    for (size_t i = 0; i < w->graph->count; i++) {
        const operation *o = &w->graph->operations[i];
        if (o->layer == w->layer && o->kind == OPERATION_WEIGHT && strcmp(o->weight, name) == 0) return o;
    }
    return NULL;
}

static const operation *find_mean(const torch_walk *w)
{
    for (size_t i = 0; i < w->graph->count; i++)
        if (w->graph->operations[i].layer == w->layer && w->graph->operations[i].kind == OPERATION_MEAN_ALONG)
            return &w->graph->operations[i];
    return NULL;
}

/* A vector; `fill` is what PyTorch has if the layer has none. */
static void add_vector(const torch_walk *w, torch_module *m, const char *name, const char *weight,
                       size_t count, double fill)
{
    static const operation none = { .weight = NULL };
    static const int same[] = { 0 };
    const operation *found = find_weight(w, weight);
    torch_add_place(m, name, found ? found : &none, &count, same, 1);
    m->places[m->place_count - 1].layer = w->layer;
    m->places[m->place_count - 1].fill = fill;
}

/* Over the last axis, which is the last in PyTorch, too: not of images. */
static horn_status add_layer_norm(torch_walk *w)
{
    const int rank = w->shape.rank;
    const operation *mean = find_mean(w);
    torch_module *m;
    if (!mean || w->is_split || rank == 3 || mean->axes != 1u << (rank - 1) ||
        config_is_true(argument(w, "rms_scaling")))
        return torch_refuse(w,
                            "normalizes otherwise than along the last axis of rows or sequences, for which "
                            "torch.nn has no module");
    const size_t C = w->shape.dim[rank - 1];
    horn_status status = torch_add(w, "LayerNorm", &m, "%zu, eps=%.9g", C, number_of(w, "epsilon", 0.001));
    if (status) return status;
    add_vector(w, m, "weight", "gamma", C, 1);
    add_vector(w, m, "bias", "beta", C, 0);
    return HORN_OK;
}

/* Of images, whose channels are the second axis in PyTorch. */
static horn_status add_group_norm(torch_walk *w)
{
    const int rank = w->shape.rank;
    const operation *mean = find_mean(w);
    torch_module *m;
    if (!mean || w->is_split || (rank != 1 && rank != 3) || mean->shape.rank != rank + 1 ||
        mean->axes != ((2u << rank) - 1) - (1u << (rank - 1)))
        return torch_refuse(w,
                            "normalizes groups otherwise than of an image's channels, for which torch.nn has "
                            "no module");
    const size_t C = w->shape.dim[rank - 1], groups = mean->shape.dim[rank - 1];
    horn_status status =
        torch_add(w, "GroupNorm", &m, "%zu, %zu, eps=%.9g", groups, C, number_of(w, "epsilon", 0.001));
    if (status) return status;
    add_vector(w, m, "weight", "gamma", C, 1);
    add_vector(w, m, "bias", "beta", C, 0);
    return HORN_OK;
}

/* A slope for each channel, the second axis in PyTorch, or one for all. */
static horn_status add_prelu(torch_walk *w)
{
    const operation *alpha = find_weight(w, "alpha");
    torch_module *m;
    size_t count = 1;
    const int rank = w->shape.rank, axis = rank == 3 ? 2 : 0;
    for (int i = 0; alpha && i < rank; i++) count *= alpha->shape.dim[i];
    if (!alpha || w->is_split || rank > 3 || (count != 1 && count != alpha->shape.dim[axis]))
        return torch_refuse(w, "has slopes otherwise than of channels, for which torch.nn has no module");
    horn_status status = torch_add(w, "PReLU", &m, "%zu", count);
    if (!status) add_vector(w, m, "weight", "alpha", count, 0.25);
    return status;
}

static horn_status add_elu(torch_walk *w)
{
    return torch_add(w, "ELU", NULL, "%.9g", number_of(w, "alpha", 1));
}

static const struct {
    const char *name;
    horn_status (*add)(torch_walk *);
} whole_layers[] = {
    { "LayerNormalization", add_layer_norm },
    { "GroupNormalization", add_group_norm },
    { "PReLU", add_prelu },
    { "ELU", add_elu },
    { "Conv1D", torch_conv1d },
    { "MaxPooling1D", torch_pool1d },
    { "AveragePooling1D", torch_pool1d },
    { "GlobalMaxPooling1D", torch_global_pool1d },
    { "GlobalAveragePooling1D", torch_global_pool1d },
};

horn_status torch_whole_layer(torch_walk *w, bool *is_whole)
{
    const char *name = w->snapshot->layers[w->layer].class_name;
    *is_whole = false;
    for (size_t i = 0; name && i < sizeof whole_layers / sizeof *whole_layers; i++) {
        if (strcmp(whole_layers[i].name, name) != 0) continue;
        *is_whole = true;
        return whole_layers[i].add(w);
    }
    return HORN_OK;
}
