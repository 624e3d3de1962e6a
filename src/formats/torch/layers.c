/* Modules with tensors: Linear, Conv2d, BatchNorm1d and BatchNorm2d. */
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/torch/translate.h"

/* ---- places ---- */

const operation *torch_weight_of(const torch_walk *w, const operation *o, int input)
{
    const operation *found = o->inputs[input] == NO_VALUE ? NULL : &w->graph->operations[o->inputs[input]];
    return found && found->kind == OPERATION_WEIGHT ? found : NULL;
}

void torch_add_place(torch_module *m, const char *name, const operation *weight, const size_t *split,
                     const int *order, int axes)
{
    torch_place *p = &m->places[m->place_count++];
    *p = (torch_place){ .name = name,
                        .layer = weight->layer,
                        .weight = weight->weight,
                        .dtype = HORN_FLOAT32,
                        .is_parameter = true,
                        .rank = axes,
                        .axes = axes };
    for (int i = 0; i < axes; i++) {
        p->split[i] = split[i];
        p->order[i] = order[i];
        p->shape[i] = split[order[i]];
    }
}

static void set_shape(torch_place *p, int rank, const size_t *sizes)
{
    p->rank = rank;
    memcpy(p->shape, sizes, (size_t)rank * sizeof *sizes);
}

/* A vector along the values' last axis, or along a flattened image. */
static void add_vector(const torch_walk *w, torch_module *m, const char *name, const operation *weight,
                       size_t count, double fill)
{
    static const int same[] = { 0 }, channels_first[] = { 2, 0, 1 };
    static const operation none = { .weight = NULL };
    if (w->is_split)
        torch_add_place(m, name, weight ? weight : &none, w->image, channels_first, 3);
    else
        torch_add_place(m, name, weight ? weight : &none, &count, same, 1);
    set_shape(&m->places[m->place_count - 1], 1, &count);
    m->places[m->place_count - 1].fill = fill;
}

/* The bias that the next operation adds to the value of `o`; NULL: there is none. Marks that operation as taken. */
static const operation *take_bias(torch_walk *w, const operation *o)
{
    const size_t value = (size_t)(o - w->graph->operations);
    for (size_t i = value + 1; i < w->graph->count; i++) {
        const operation *next = &w->graph->operations[i];
        if (next->layer != o->layer) break;
        if (next->kind != OPERATION_BIAS_ADD || next->inputs[0] != value) continue;
        w->bias = i;
        return torch_weight_of(w, next, 1);
    }
    return NULL;
}

static void add_bias(torch_module *m, const operation *bias, size_t count)
{
    static const int same[] = { 0 };
    if (bias) torch_add_place(m, "bias", bias, &count, same, 1);
}

/* ---- Linear ---- */

/* Over the channels of images it is a convolution of size 1. */
static horn_status add_pointwise(torch_walk *w, const operation *kernel, const operation *bias)
{
    static const int order[] = { 1, 0 };
    const size_t I = kernel->shape.dim[0], O = kernel->shape.dim[1];
    torch_module *m;
    horn_status status =
        torch_add(w, "Conv2d", &m, "%zu, %zu, kernel_size=1%s", I, O, bias ? "" : ", bias=False");
    if (status) return status;
    torch_add_place(m, "weight", kernel, kernel->shape.dim, order, 2);
    set_shape(&m->places[0], 4, (size_t[]){ O, I, 1, 1 });
    add_bias(m, bias, O);
    return HORN_OK;
}

horn_status torch_linear(torch_walk *w, const operation *o)
{
    static const int order[] = { 1, 0 }, channels_first[] = { 3, 2, 0, 1 };
    const operation *kernel = torch_weight_of(w, o, 1);
    torch_module *m;
    if (!kernel || kernel->shape.rank != 2) return torch_refuse(w, "multiplies by no weight");
    const size_t I = kernel->shape.dim[0], O = kernel->shape.dim[1];
    const operation *bias = take_bias(w, o);
    if (w->shape.rank == 3) return add_pointwise(w, kernel, bias);
    horn_status status = torch_add(w, "Linear", &m, "%zu, %zu%s", I, O, bias ? "" : ", bias=False");
    if (status) return status;
    if (w->is_split) {
        const size_t split[] = { w->image[0], w->image[1], w->image[2], O };
        torch_add_place(m, "weight", kernel, split, channels_first, 4);
        set_shape(&m->places[0], 2, (size_t[]){ O, I });
    } else {
        torch_add_place(m, "weight", kernel, kernel->shape.dim, order, 2);
    }
    w->is_split = false;
    add_bias(m, bias, O);
    return HORN_OK;
}

/* ---- Conv2d ---- */

static void put_arguments(bytes *out, const operation *o, const size_t kernel[2], const char *padding,
                          size_t groups, bool has_bias)
{
    static const size_t one[2] = { 1, 1 };
    bytes_print(out, "kernel_size=");
    torch_put_pair(out, kernel);
    if (memcmp(o->stride, one, sizeof one) != 0)
        bytes_print(out, ", stride="), torch_put_pair(out, o->stride);
    bytes_print(out, "%s", padding);
    if (memcmp(o->dilation, one, sizeof one) != 0)
        bytes_print(out, ", dilation="), torch_put_pair(out, o->dilation);
    if (groups > 1) bytes_print(out, ", groups=%zu", groups);
    if (!has_bias) bytes_print(out, ", bias=False");
}

horn_status torch_convolution(torch_walk *w, const operation *o)
{
    static const int order[] = { 3, 2, 0, 1 }, depthwise[] = { 2, 3, 0, 1 };
    horn_status status = HORN_OK;
    const operation *kernel = torch_weight_of(w, o, 1), *bias = take_bias(w, o);
    const bool is_depthwise = o->kind == OPERATION_DEPTHWISE_CONV2D;
    bytes text = { 0 }, padding = { 0 };
    torch_module *m;
    if (!kernel || kernel->shape.rank != 4 || w->shape.rank != 3)
        return torch_refuse(w, "convolves by no weight");
    const size_t *k = kernel->shape.dim, channels = w->shape.dim[2], O = o->shape.dim[2];
    const size_t inner = is_depthwise ? 1 : k[2];
    TRY(torch_pad_convolution(w, o, &padding));
    put_arguments(&text, o, k, bytes_text(&padding), channels / inner, bias);
    TRY(bytes_status(&text));
    TRY(torch_add(w, "Conv2d", &m, "%zu, %zu, %s", channels, O, bytes_text(&text)));
    torch_add_place(m, "weight", kernel, k, is_depthwise ? depthwise : order, 4);
    set_shape(&m->places[0], 4, (size_t[]){ O, inner, k[0], k[1] });
    add_bias(m, bias, O);
done:
    bytes_free(&text);
    bytes_free(&padding);
    return status;
}

/* ---- ConvTranspose2d ---- */

/* What Keras' `same` takes off, unevenly behind; PyTorch takes off as much on both sides. */
static void find_edges(const torch_walk *w, const operation *o, const size_t *kernel, size_t before[2],
                       size_t more[2], size_t uneven[2])
{
    for (int i = 0; i < 2; i++) {
        const size_t full = (w->shape.dim[i] - 1) * o->stride[i] + (kernel[i] - 1) * o->dilation[i] + 1,
                     size = o->shape.dim[i], total = full > size ? full - size : 0;
        before[i] = o->same ? total / 2 : 0;
        uneven[i] = o->same ? total - 2 * before[i] : 0;
        more[i] = size > full ? size - full : 0;
    }
}

horn_status torch_transposed(torch_walk *w, const operation *o)
{
    static const int order[] = { 3, 2, 0, 1 };
    horn_status status = HORN_OK;
    const operation *kernel = torch_weight_of(w, o, 1), *bias = take_bias(w, o);
    size_t before[2], more[2], uneven[2];
    bytes text = { 0 };
    torch_module *m;
    if (!kernel || kernel->shape.rank != 4 || w->shape.rank != 3 || shape_is_open(&o->shape))
        return torch_refuse(w, "convolves by no weight, or an open axis");
    const size_t *k = kernel->shape.dim, I = w->shape.dim[2], O = o->shape.dim[2];
    find_edges(w, o, k, before, more, uneven);
    put_arguments(&text, o, k, "", 1, bias);
    if (before[0] || before[1]) bytes_print(&text, ", padding="), torch_put_pair(&text, before);
    if (more[0] || more[1]) bytes_print(&text, ", output_padding="), torch_put_pair(&text, more);
    TRY(bytes_status(&text));
    TRY(torch_add(w, "ConvTranspose2d", &m, "%zu, %zu, %s", I, O, bytes_text(&text)));
    torch_add_place(m, "weight", kernel, k, order, 4);
    add_bias(m, bias, O);
    if (uneven[0] || uneven[1]) {
        torch_note(w, "'same' padding is uneven here, so a module nn.ZeroPad2d stands behind it");
        TRY(torch_add(w, "ZeroPad2d", NULL, "(0, -%zu, 0, -%zu)", uneven[1], uneven[0]));
    }
done:
    bytes_free(&text);
    return status;
}

/* ---- BatchNorm ---- */

/* PyTorch's momentum is the part of the new value; Keras' that of the old one. */
static double momentum_of(const torch_walk *w)
{
    double momentum;
    if (!config_number(config_get(w->snapshot->layers[w->layer].arguments, "momentum"), &momentum))
        momentum = 0.99;
    return 1 - momentum;
}

horn_status torch_normalization(torch_walk *w, const operation *o)
{
    enum { MEAN = 1, VARIANCE, GAMMA, BETA };
    torch_module *m;
    char arguments[100];
    horn_status status;
    const int rank = w->shape.rank;
    const size_t C = w->shape.dim[rank - 1];
    snprintf(arguments, sizeof arguments, "%zu, eps=%.9g, momentum=%.9g", C, o->number, momentum_of(w));
    if (rank == 1 || rank == 3)
        status = torch_add(w, rank == 3 ? "BatchNorm2d" : "BatchNorm1d", &m, "%s", arguments);
    else
        status = torch_own_normalization(w, &m, arguments);
    if (status) return status;
    m->version = 2;
    add_vector(w, m, "weight", torch_weight_of(w, o, GAMMA), C, 1);
    add_vector(w, m, "bias", torch_weight_of(w, o, BETA), C, 0);
    add_vector(w, m, "running_mean", torch_weight_of(w, o, MEAN), C, 0);
    add_vector(w, m, "running_var", torch_weight_of(w, o, VARIANCE), C, 1);
    m->places[m->place_count++] = (torch_place){ .name = "num_batches_tracked", .dtype = HORN_INT64 };
    m->places[2].is_parameter = m->places[3].is_parameter = false;
    return HORN_OK;
}
