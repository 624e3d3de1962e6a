/* Modules of classes that torch.nn does not have: a module's source (torch_source) defines them in Python. Of those with tensors
 * the base class is one of torch.nn, so that names and versions are the same. */
#include "base/status.h"
#include "formats/torch/translate.h"

static horn_status add_own(torch_walk *w, const char *class_name, const char *source, torch_module **out,
                           const char *arguments)
{
    torch_module *m;
    horn_status status = torch_add(w, class_name, &m, "%s", arguments);
    if (status) return status;
    m->source = source;
    if (out) *out = m;
    torch_note(w, "torch.nn has no class for it: a module's source defines %s", class_name);
    return HORN_OK;
}

/* ---- ReLU with a maximum, a slope, a threshold ---- */

static const char relu_source[] =
    "class BentReLU(nn.Module):\n"
    "    \"\"\"Keras' ReLU: up to max_value above the threshold, a slope below it.\"\"\"\n"
    "\n"
    "    def __init__(self, max_value, negative_slope, threshold):\n"
    "        super().__init__()\n"
    "        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold\n"
    "\n"
    "    def forward(self, x):\n"
    "        above = x if self.max_value is None else x.clamp(max=self.max_value)\n"
    "        return torch.where(x > self.threshold, above, self.negative_slope * (x - self.threshold))\n";

/* The number of an operation that is one. */
static bool number_of(const torch_walk *w, size_t value, double *out)
{
    const operation *o = value == NO_VALUE ? NULL : &w->graph->operations[value];
    if (!o || o->kind != OPERATION_NUMBER) return false;
    *out = o->number;
    return true;
}

/* An operation of two values, of which the first is `x`, the second a number. */
static bool with_number(const torch_walk *w, size_t value, operation_kind kind, size_t x, double *number)
{
    const operation *o = &w->graph->operations[value];
    return o->kind == kind && o->inputs[0] == x && number_of(w, o->inputs[1], number);
}

horn_status torch_bent_relu(torch_walk *w, const operation *select)
{
    const graph *g = w->graph;
    const size_t x = w->value, above = select->inputs[1], below = select->inputs[2];
    double threshold, other, slope, most = 0;
    const bool has_most = above != x;
    const operation *product = &g->operations[below];
    if (!with_number(w, select->inputs[0], OPERATION_GREATER, x, &threshold) ||
        (has_most && !with_number(w, above, OPERATION_MINIMUM, x, &most)) || product->kind != OPERATION_MUL ||
        !number_of(w, product->inputs[1], &slope) ||
        !with_number(w, product->inputs[0], OPERATION_SUB, x, &other) || other != threshold)
        return torch_refuse(w, "selects values in a form that is not known");
    bytes text = { 0 };
    if (has_most)
        bytes_print(&text, "%.9g", most);
    else
        bytes_print(&text, "None");
    bytes_print(&text, ", %.9g, %.9g", slope, threshold);
    horn_status status = bytes_status(&text);
    if (!status) status = add_own(w, "BentReLU", relu_source, NULL, bytes_text(&text));
    bytes_free(&text);
    return status;
}

/* ---- Reshape ---- */

static const char reshape_source[] =
    "class ReshapeLast(nn.Module):\n"
    "    \"\"\"Keras' Reshape: values in the order of channels that stand last. Of images (height, width,\n"
    "    channels); x holds them with the channels first, flattened or not.\"\"\"\n"
    "\n"
    "    def __init__(self, before, after):\n"
    "        super().__init__()\n"
    "        self.before, self.after = before, after\n"
    "\n"
    "    def forward(self, x):\n"
    "        if len(self.before) == 3:\n"
    "            height, width, channels = self.before\n"
    "            x = x.reshape(-1, channels, height, width).permute(0, 2, 3, 1)\n"
    "        x = x.reshape(-1, *self.after)\n"
    "        return x.permute(0, 3, 1, 2) if len(self.after) == 3 else x\n";

static void put_sizes(bytes *out, const size_t *sizes, int rank)
{
    bytes_print(out, "(");
    for (int i = 0; i < rank; i++)
        bytes_print(out, "%zu%s", sizes[i], rank == 1 ? "," : i + 1 < rank ? ", " : "");
    bytes_print(out, ")");
}

horn_status torch_own_reshape(torch_walk *w, const shape *to)
{
    bytes text = { 0 };
    put_sizes(&text, w->is_split ? w->image : w->shape.dim, w->is_split ? 3 : w->shape.rank);
    bytes_print(&text, ", ");
    put_sizes(&text, to->dim, to->rank);
    horn_status status = bytes_status(&text);
    if (!status) status = add_own(w, "ReshapeLast", reshape_source, NULL, bytes_text(&text));
    bytes_free(&text);
    w->is_split = false;
    return status;
}

/* ---- AveragePooling2D ---- */

static const char average_source[] =
    "class AvgPool2dSame(nn.Module):\n"
    "    \"\"\"Keras' AveragePooling2D with padding 'same': cells outside the image do not count.\"\"\"\n"
    "\n"
    "    def __init__(self, kernel_size, stride, padding):\n"
    "        super().__init__()\n"
    "        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding\n"
    "\n"
    "    def forward(self, x):\n"
    "        def pool(values):\n"
    "            padded = nn.functional.pad(values, self.padding)\n"
    "            return nn.functional.avg_pool2d(padded, self.kernel_size, self.stride)\n"
    "\n"
    "        return pool(x) / pool(torch.ones_like(x))\n";

horn_status torch_own_average(torch_walk *w, const operation *o, const torch_padding *p)
{
    bytes text = { 0 };
    torch_put_pair(&text, o->size);
    bytes_print(&text, ", ");
    torch_put_pair(&text, o->stride);
    bytes_print(&text, ", (%zu, %zu, %zu, %zu)", p->before[1], p->after[1], p->before[0], p->after[0]);
    horn_status status = bytes_status(&text);
    if (!status) status = add_own(w, "AvgPool2dSame", average_source, NULL, bytes_text(&text));
    bytes_free(&text);
    return status;
}

/* ---- BatchNormalization of sequences ---- */

static const char normalization_source[] =
    "class BatchNormLast(nn.BatchNorm1d):\n"
    "    \"\"\"Keras' BatchNormalization of sequences: the channels stand last.\"\"\"\n"
    "\n"
    "    def forward(self, x):\n"
    "        return super().forward(x.reshape(-1, x.shape[-1])).reshape(x.shape)\n";

horn_status torch_own_normalization(torch_walk *w, torch_module **out, const char *arguments)
{
    return add_own(w, "BatchNormLast", normalization_source, out, arguments);
}
