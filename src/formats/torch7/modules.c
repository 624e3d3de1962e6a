/* PyTorch's modules as Torch7's. What a module is told stands in its arguments, as Python writes them. */
#include <stdlib.h>
#include <string.h>
#include "base/plain_numbers.h"
#include "formats/torch7/torch7.h"
#include "snapshot/graph.h"

static double number_at(const char *text)
{
    const plain_numbers before = plain_numbers_begin();
    const double number = strtod(text, NULL);
    plain_numbers_end(before);
    return number;
}

/* "3" or "(3, 5)". */
static void pair_at(const char *text, double out[2])
{
    const bool is_pair = *text == '(';
    out[0] = out[1] = number_at(text + is_pair);
    const char *comma = is_pair ? strchr(text, ',') : NULL;
    if (comma) out[1] = number_at(comma + 1);
}

/* What stands behind "NAME="; NULL: it is not there. */
static const char *argument(const torch_module *m, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = m->arguments; (at = strstr(at, name)); at += length)
        if ((at == m->arguments || at[-1] == ' ') && at[length] == '=') return at + length + 1;
    return NULL;
}

static void add_number(torch7_module *out, const char *name, double number)
{
    out->fields[out->count++] = (torch7_field){ .name = name, .kind = TORCH7_FIELD_NUMBER, .number = number };
}

static void add_boolean(torch7_module *out, const char *name, bool value)
{
    out->fields[out->count++] = (torch7_field){ .name = name, .kind = TORCH7_FIELD_BOOLEAN, .number = value };
}

/* Two fields, of width and of height. */
static void add_pair(torch7_module *out, const char *width, const char *height, const double pair[2])
{
    add_number(out, width, pair[1]);
    add_number(out, height, pair[0]);
}

static void add_optional(torch7_module *out, const torch_module *m, const char *name, const char *width,
                         const char *height, const double otherwise[2])
{
    double pair[2] = { otherwise[0], otherwise[1] };
    const char *text = argument(m, name);
    if (text) pair_at(text, pair);
    add_pair(out, width, height, pair);
}

static bool convolution(torch7_module *out, const torch_module *m, const snapshot *s)
{
    static const double ones[2] = { 1, 1 }, zeros[2] = { 0 };
    const size_t *sizes = m->places[0].shape;
    const double kernel[2] = { (double)sizes[2], (double)sizes[3] };
    const char *padding = argument(m, "padding");
    (void)s;
    if (argument(m, "groups") || argument(m, "dilation") || (padding && *padding == '\'')) return false;
    out->class_name = "nn.SpatialConvolution";
    add_number(out, "nInputPlane", (double)sizes[1]);
    add_number(out, "nOutputPlane", (double)sizes[0]);
    add_pair(out, "kW", "kH", kernel);
    add_optional(out, m, "stride", "dW", "dH", ones);
    add_optional(out, m, "padding", "padW", "padH", zeros);
    return true;
}

static bool linear(torch7_module *out, const torch_module *m, const snapshot *s)
{
    (void)s;
    if (m->places[0].rank != 2) return false;
    out->class_name = "nn.Linear";
    return true;
}

static bool normalization(torch7_module *out, const torch_module *m, const snapshot *s)
{
    const bool is_image = strcmp(m->class_name, "BatchNorm2d") == 0;
    const char *eps = argument(m, "eps"), *momentum = argument(m, "momentum");
    (void)s;
    if (!eps || !momentum) return false;
    out->class_name = is_image ? "nn.SpatialBatchNormalization" : "nn.BatchNormalization";
    add_number(out, "eps", number_at(eps));
    add_number(out, "momentum", number_at(momentum));
    add_boolean(out, "affine", true);
    add_number(out, "nDim", is_image ? 4 : 2);
    return true;
}

static bool pool(torch7_module *out, const torch_module *m, const snapshot *s)
{
    static const double zeros[2] = { 0 };
    double kernel[2];
    const bool is_max = strcmp(m->class_name, "MaxPool2d") == 0;
    (void)s;
    pair_at(m->arguments, kernel);
    out->class_name = is_max ? "nn.SpatialMaxPooling" : "nn.SpatialAveragePooling";
    add_pair(out, "kW", "kH", kernel);
    add_optional(out, m, "stride", "dW", "dH", kernel);
    add_optional(out, m, "padding", "padW", "padH", zeros);
    add_boolean(out, "ceil_mode", argument(m, "ceil_mode"));
    if (!is_max) add_boolean(out, "count_include_pad", !argument(m, "count_include_pad"));
    if (!is_max) add_boolean(out, "divide", true);
    return true;
}

static bool rectifier(torch7_module *out, const torch_module *m, const snapshot *s)
{
    (void)m, (void)s;
    out->class_name = "nn.ReLU";
    add_number(out, "threshold", 0);
    add_number(out, "val", 0);
    add_boolean(out, "inplace", false);
    return true;
}

/* Torch7's works over the channels of images. */
static bool softmax(torch7_module *out, const torch_module *m, const snapshot *s)
{
    (void)s;
    out->class_name = "nn.SoftMax";
    return strcmp(m->arguments, "dim=1") == 0;
}

static bool dropout(torch7_module *out, const torch_module *m, const snapshot *s)
{
    (void)s;
    out->class_name = "nn.Dropout";
    add_number(out, "p", number_at(m->arguments));
    add_boolean(out, "v2", true);
    add_boolean(out, "inplace", false);
    add_boolean(out, "stochasticInference", false);
    out->fields[out->count++] = (torch7_field){ .name = "noise", .kind = TORCH7_FIELD_EMPTY };
    return true;
}

static void add_view(torch7_module *out, const int64_t *sizes, size_t count, double elements, int inputs)
{
    torch7_field *f = &out->fields[out->count++];
    *f = (torch7_field){ .name = "size", .kind = TORCH7_FIELD_SIZES, .count = count };
    memcpy(f->sizes, sizes, count * sizeof *sizes);
    out->class_name = "nn.View";
    add_number(out, "numElements", elements);
    add_number(out, "numInputDims", inputs);
}

/* The axes of what a module's layer gets. */
static int axes_before(const torch_module *m, const snapshot *s)
{
    const graph *g = s->operations;
    for (size_t i = 0; g && i < g->count; i++)
        if (g->operations[i].layer == m->layer && g->operations[i].input_count &&
            g->operations[i].kind != OPERATION_WEIGHT && g->operations[i].kind != OPERATION_NUMBER)
            return g->operations[g->operations[i].inputs[0]].shape.rank;
    return 1;
}

static bool flatten(torch7_module *out, const torch_module *m, const snapshot *s)
{
    static const int64_t open_size[] = { -1 };
    add_view(out, open_size, 1, 1, axes_before(m, s));
    return true;
}

/* "1, (a, b, c)" */
static bool unflatten(torch7_module *out, const torch_module *m, const snapshot *s)
{
    int64_t sizes[4];
    size_t count = 0;
    double elements = 1;
    (void)s;
    for (const char *at = strchr(m->arguments, '('); at && count < 4; at = strchr(at + 1, ',')) {
        sizes[count] = (int64_t)number_at(at + 1);
        elements *= (double)sizes[count++];
    }
    if (count < 2 || count > 3) return false;
    add_view(out, sizes, count, elements, 1);
    return true;
}

static bool zero_pad(torch7_module *out, const torch_module *m, const snapshot *s)
{
    static const char *const names[] = { "pad_l", "pad_r", "pad_t", "pad_b" };
    const char *at = strchr(m->arguments, '(');
    (void)s;
    for (int i = 0; i < 4 && at; i++, at = strchr(at + 1, ',')) add_number(out, names[i], number_at(at + 1));
    out->class_name = "nn.SpatialZeroPadding";
    return out->count == 4;
}

static bool global_pool(torch7_module *out, const torch_module *m, const snapshot *s)
{
    static const double ones[2] = { 1, 1 };
    (void)s;
    out->class_name = strcmp(m->class_name, "AdaptiveAvgPool2d") == 0 ? "nn.SpatialAdaptiveAveragePooling"
                                                                      : "nn.SpatialAdaptiveMaxPooling";
    add_pair(out, "W", "H", ones);
    return true;
}

static bool plain(torch7_module *out, const torch_module *m, const snapshot *s)
{
    (void)s;
    out->class_name = strcmp(m->class_name, "Tanh") == 0         ? "nn.Tanh"
                      : strcmp(m->class_name, "Sigmoid") == 0    ? "nn.Sigmoid"
                      : strcmp(m->class_name, "LogSoftmax") == 0 ? "nn.LogSoftMax"
                                                                 : "nn.Identity";
    return true;
}

static const struct {
    const char *name;
    bool (*make)(torch7_module *, const torch_module *, const snapshot *);
} known[] = { { "Linear", linear },
              { "Conv2d", convolution },
              { "BatchNorm2d", normalization },
              { "BatchNorm1d", normalization },
              { "MaxPool2d", pool },
              { "AvgPool2d", pool },
              { "AdaptiveAvgPool2d", global_pool },
              { "AdaptiveMaxPool2d", global_pool },
              { "ReLU", rectifier },
              { "Softmax", softmax },
              { "Dropout", dropout },
              { "Flatten", flatten },
              { "Unflatten", unflatten },
              { "ZeroPad2d", zero_pad },
              { "Tanh", plain },
              { "Sigmoid", plain },
              { "LogSoftmax", plain },
              { "Identity", plain } };

bool torch7_module_of(torch7_module *out, const torch_module *m, const snapshot *s)
{
    *out = (torch7_module){ 0 };
    if (m->source) return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, m->class_name) == 0) return known[i].make(out, m, s);
    return false;
}
