/* Modules of windows over sequences: Conv1d, MaxPool1d, AvgPool1d. PyTorch has the channels of a sequence in front of its steps, which
 * other modules here have last: classes of their own turn a sequence, and turn it back. */
#include <string.h>
#include "base/status.h"
#include "formats/torch/translate.h"

#define TURNED(name, base)                                                        \
    "class " name "(" base "):\n"                                                 \
    "    \"\"\"" base " over sequences whose channels are the last axis.\"\"\"\n" \
    "\n"                                                                          \
    "    def forward(self, x):\n"                                                 \
    "        return super().forward(x.transpose(1, 2)).transpose(1, 2)\n"

static const char
    conv_source[] = TURNED("StepsConv1d", "nn.Conv1d"),
    max_source[] = TURNED("StepsMaxPool1d", "nn.MaxPool1d"),
    average_source[] = TURNED("StepsAvgPool1d", "nn.AvgPool1d"),
    causal_source[] =
        "class CausalConv1d(nn.Conv1d):\n"
        "    \"\"\"nn.Conv1d over sequences whose channels are the last axis, of the steps so far.\"\"\"\n"
        "\n"
        "    def forward(self, x):\n"
        "        steps = self.dilation[0] * (self.kernel_size[0] - 1)\n"
        "        return super().forward(nn.functional.pad(x.transpose(1, 2), (steps, 0))).transpose(1, 2)\n";

/* The layer's only operation with a window; NULL: it has none. */
static const operation *find_window(const torch_walk *w)
{
    for (size_t i = 0; i < w->graph->count; i++) {
        const operation *o = &w->graph->operations[i];
        if (o->layer == w->layer &&
            (o->kind == OPERATION_CONV2D || o->kind == OPERATION_MAX_POOL || o->kind == OPERATION_AVG_POOL))
            return o;
    }
    return NULL;
}

static const operation *find_weight(const torch_walk *w, const char *name)
{
    for (size_t i = 0; i < w->graph->count; i++) {
        const operation *o = &w->graph->operations[i];
        if (o->layer == w->layer && o->kind == OPERATION_WEIGHT && strcmp(o->weight, name) == 0) return o;
    }
    return NULL;
}

/* The last operation of the layer. */
static const operation *find_last(const torch_walk *w)
{
    const operation *last = NULL;
    for (size_t i = 0; i < w->graph->count; i++)
        if (w->graph->operations[i].layer == w->layer) last = &w->graph->operations[i];
    return last;
}

/* How many steps Keras' `same` adds before and behind. */
static horn_status find_padding(const torch_walk *w, const operation *o, size_t *before, size_t *after)
{
    size_t pads[6];
    if (o->same && o->stride[1] > 1 && w->shape.dim[0] == SHAPE_OPEN)
        return torch_refuse(w, "pads an open axis by its size, for which PyTorch has no module");
    graph_padding(w->graph, o, pads);
    *before = pads[2], *after = pads[3];
    return HORN_OK;
}

static void put_window(bytes *out, const operation *o, size_t kernel, size_t before, size_t after)
{
    bytes_print(out, "%zu", kernel);
    if (o->stride[1] != 1) bytes_print(out, ", stride=%zu", o->stride[1]);
    if (before != after)
        bytes_print(out, ", padding='same'");
    else if (before)
        bytes_print(out, ", padding=%zu", before);
}

static horn_status add_convolution(torch_walk *w, const operation *o, const operation *kernel,
                                   const char *text, bool is_causal)
{
    static const int order[] = { 2, 1, 0 }, same[] = { 0 };
    const size_t *k = kernel->shape.dim, channels = w->shape.dim[1], groups = channels / k[1];
    const operation *bias = find_weight(w, "bias");
    bytes more = { 0 };
    torch_module *m;
    horn_status status = HORN_OK;
    if (o->dilation[1] > 1) bytes_print(&more, ", dilation=%zu", o->dilation[1]);
    if (groups > 1) bytes_print(&more, ", groups=%zu", groups);
    if (!bias) bytes_print(&more, ", bias=False");
    TRY(bytes_status(&more));
    TRY(torch_add(w, is_causal ? "CausalConv1d" : "StepsConv1d", &m, "%zu, %zu, %s%s", channels, k[2], text,
                  more.size ? bytes_text(&more) : ""));
    m->source = is_causal ? causal_source : conv_source;
    torch_note(w, "nn.Conv1d takes channels in front of steps: a module's source defines %s", m->class_name);
    torch_add_place(m, "weight", kernel, k, order, 3);
    if (bias) torch_add_place(m, "bias", bias, &k[2], same, 1);
done:
    bytes_free(&more);
    return status;
}

horn_status torch_conv1d(torch_walk *w)
{
    const operation *o = find_window(w), *kernel = find_weight(w, "kernel"), *last = find_last(w);
    const char *padding = config_get_string(w->snapshot->layers[w->layer].arguments, "padding");
    const bool is_causal = padding && strcmp(padding, "causal") == 0;
    size_t before = 0, after = 0;
    bytes text = { 0 };
    horn_status status = HORN_OK;
    if (!o || !kernel || !last || kernel->shape.rank != 3) return torch_refuse(w, "convolves by no weight");
    if (!is_causal) TRY(find_padding(w, o, &before, &after));
    if (before != after && o->stride[1] != 1)
        TRY(torch_refuse(
            w, "has 'same' padding that its stride makes uneven, for which torch.nn has no module"));
    put_window(&text, o, kernel->shape.dim[0], before, after);
    TRY(bytes_status(&text));
    TRY(add_convolution(w, o, kernel, bytes_text(&text), is_causal));
    if (last->kind != OPERATION_BIAS_ADD && last->kind != OPERATION_SQUEEZE)
        status = torch_activation(w, last->kind);
done:
    bytes_free(&text);
    return status;
}

horn_status torch_pool1d(torch_walk *w)
{
    const operation *o = find_window(w);
    const bool is_max = o && o->kind == OPERATION_MAX_POOL;
    size_t before = 0, after = 0;
    torch_module *m;
    if (!o) return torch_refuse(w, "pools no steps");
    horn_status status = find_padding(w, o, &before, &after);
    if (status) return status;
    if (before != after)
        return torch_refuse(w, "has 'same' padding that is uneven, for which torch.nn has no module");
    status = torch_add(w, is_max ? "StepsMaxPool1d" : "StepsAvgPool1d", &m, "%zu, stride=%zu%s", o->size[1],
                       o->stride[1], "");
    if (status) return status;
    m->source = is_max ? max_source : average_source;
    torch_note(w, "torch.nn's pools take channels in front of steps: a module's source defines %s",
               m->class_name);
    return HORN_OK;
}

static const char mean_source[] = "class MeanOfSteps(nn.Module):\n"
                                  "    \"\"\"The mean over the steps of a sequence.\"\"\"\n"
                                  "\n"
                                  "    def __init__(self, keepdim):\n"
                                  "        super().__init__()\n"
                                  "        self.keepdim = keepdim\n"
                                  "\n"
                                  "    def forward(self, x):\n"
                                  "        return x.mean(1, self.keepdim)\n",
                  greatest_source[] = "class GreatestOfSteps(nn.Module):\n"
                                      "    \"\"\"The greatest values of the steps of a sequence.\"\"\"\n"
                                      "\n"
                                      "    def __init__(self, keepdim):\n"
                                      "        super().__init__()\n"
                                      "        self.keepdim = keepdim\n"
                                      "\n"
                                      "    def forward(self, x):\n"
                                      "        return x.amax(1, self.keepdim)\n";

horn_status torch_global_pool1d(torch_walk *w)
{
    const operation *last = find_last(w);
    const bool is_max = strcmp(w->snapshot->layers[w->layer].class_name, "GlobalMaxPooling1D") == 0;
    torch_module *m;
    if (!last) return torch_refuse(w, "pools no steps");
    horn_status status = torch_add(w, is_max ? "GreatestOfSteps" : "MeanOfSteps", &m, "%s",
                                   last->shape.rank == 2 ? "True" : "False");
    if (status) return status;
    m->source = is_max ? greatest_source : mean_source;
    torch_note(w, "torch.nn has no class for it: a module's source defines %s", m->class_name);
    return HORN_OK;
}
