#include "formats/onnx/translation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { OLDEST = 7, NEWEST = 22, MOST_SIZE = INT32_MAX };

/* What ONNX calls an operation. `of_image`: its input is an image, channels first. */
static const struct op {
    const char *name;
    operation_kind kind;
    onnx_translator *translate;
    bool of_image;
} ops[] = {
    { "Identity", OPERATION_NONE, onnx_same, false },
    { "Dropout", OPERATION_NONE, onnx_same, false },
    { "Flatten", OPERATION_RESHAPE, onnx_flatten, false },
    { "Reshape", OPERATION_RESHAPE, onnx_reshape, false },
    { "Unsqueeze", OPERATION_EXPAND_DIMS, onnx_unsqueeze, false },
    { "Squeeze", OPERATION_SQUEEZE, onnx_squeeze, false },
    { "Transpose", OPERATION_NONE, onnx_transpose, false },
    { "Gemm", OPERATION_MATMUL, onnx_gemm, false },
    { "MatMul", OPERATION_MATMUL, onnx_product, false },
    { "Conv", OPERATION_CONV2D, onnx_convolution, true },
    { "ConvTranspose", OPERATION_CONV2D_TRANSPOSE, onnx_transposed, true },
    { "RNN", OPERATION_SIMPLE_RNN, onnx_recurrence, false },
    { "LSTM", OPERATION_LSTM, onnx_recurrence, false },
    { "GRU", OPERATION_GRU, onnx_recurrence, false },
    { "Concat", OPERATION_NONE, onnx_join, false },
    { "Sum", OPERATION_ADD, onnx_sum, false },
    { "Div", OPERATION_MUL, onnx_division, false },
    { "Slice", OPERATION_CROP, onnx_slice, false },
    { "Tile", OPERATION_TILE, onnx_tile, false },
    { "Resize", OPERATION_RESIZE_NEAREST, onnx_resize, true },
    { "Gather", OPERATION_GATHER, onnx_gather, false },
    { "MaxPool", OPERATION_MAX_POOL, onnx_pool, true },
    { "AveragePool", OPERATION_AVG_POOL, onnx_pool, true },
    { "GlobalAveragePool", OPERATION_MEAN, onnx_global_pool, true },
    { "GlobalMaxPool", OPERATION_MAX, onnx_global_pool, true },
    { "ReduceMean", OPERATION_MEAN, onnx_reduction, false },
    { "ReduceMax", OPERATION_MAX, onnx_reduction, false },
    { "Pad", OPERATION_PAD, onnx_padding, false },
    { "BatchNormalization", OPERATION_BATCH_NORMALIZATION, onnx_normalization, true },
    { "Relu", OPERATION_RELU, onnx_unary, false },
    { "Sigmoid", OPERATION_SIGMOID, onnx_unary, false },
    { "Tanh", OPERATION_TANH, onnx_unary, false },
    { "Softplus", OPERATION_SOFTPLUS, onnx_unary, false },
    { "Neg", OPERATION_NEG, onnx_unary, false },
    { "Elu", OPERATION_ELU, onnx_elu, false },
    { "Selu", OPERATION_SELU, onnx_selu, false },
    { "LeakyRelu", OPERATION_LEAKY_RELU, onnx_leaky_relu, false },
    { "Clip", OPERATION_RELU, onnx_clip, false },
    { "Softmax", OPERATION_SOFTMAX, onnx_softmax, false },
    { "Add", OPERATION_ADD, onnx_elementwise, false },
    { "Sub", OPERATION_SUB, onnx_elementwise, false },
    { "Mul", OPERATION_MUL, onnx_elementwise, false },
    { "Min", OPERATION_MINIMUM, onnx_elementwise, false },
    { "Max", OPERATION_MAXIMUM, onnx_elementwise, false },
    { "Greater", OPERATION_GREATER, onnx_elementwise, false },
    { "Where", OPERATION_SELECT, onnx_elementwise, false },
    { "Cast", OPERATION_CAST, onnx_cast, false },
    { "Sqrt", OPERATION_NONE, onnx_root, false },
    { "Reciprocal", OPERATION_RSQRT, onnx_reciprocal, false },
};

static const struct op *op_of(const onnx_translation *t, size_t node)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (onnx_node_is(t->m, node, ops[i].name)) return &ops[i];
    return NULL;
}

/* ---- the input ---- */

static horn_status refuse_input(const onnx_translation *t, const char *what)
{
    const protobuf_text name = t->m->values[t->m->input].name;
    return fail(HORN_ERROR_UNSUPPORTED, "%s: input '%.*s': %s", t->m->where, protobuf_text_shown(name),
                name.at, what);
}

/* An axis without a size is open. */
static int64_t read_size(protobuf_reader *r, const protobuf_field *f)
{
    protobuf_reader axis = protobuf_enter(r, f);
    protobuf_field field;
    int64_t size = 0;
    while (protobuf_next(&axis, &field))
        if (field.number == 1) size = protobuf_integer(&axis, &field);
    protobuf_leave(r, &axis);
    return size;
}

/* The sizes, with that of the samples; false if the type is broken or of no tensor. */
static bool read_type(protobuf_text message, int64_t *type, int64_t *sizes, int *rank)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f, g, h;
    *type = *rank = 0;
    while (protobuf_next(&r, &f)) {
        if (f.number != 1) return false;
        protobuf_reader inner = protobuf_enter(&r, &f);
        while (protobuf_next(&inner, &g)) {
            if (g.number == 1) *type = protobuf_integer(&inner, &g);
            if (g.number != 2) continue;
            protobuf_reader axes = protobuf_enter(&inner, &g);
            while (protobuf_next(&axes, &h))
                if (h.number == 1 && (*rank)++ < HORN_MAX_RANK + 1) sizes[*rank - 1] = read_size(&axes, &h);
            protobuf_leave(&inner, &axes);
        }
        protobuf_leave(&r, &inner);
    }
    return !r.failed;
}

static horn_status read_input(onnx_translation *t, shape *out)
{
    int64_t type, sizes[HORN_MAX_RANK + 1] = { 0 };
    int rank;
    char text[80];
    if (!read_type(t->m->input_type, &type, sizes, &rank)) return refuse_input(t, "its type is no tensor's");
    t->im->input_dtype = type == 6 ? "int32" : type == 7 ? "int64" : NULL;
    if (type != 1 && !t->im->input_dtype) {
        snprintf(text, sizeof text, "is %s, expected float32", onnx_type_name((uint64_t)type));
        return refuse_input(t, text);
    }
    if (rank < 2 || rank > HORN_MAX_RANK + 1) {
        snprintf(text, sizeof text, "has %d axes, expected 2 to %d", rank, HORN_MAX_RANK + 1);
        return refuse_input(t, text);
    }
    t->batch = sizes[0] > 0 ? sizes[0] : -1;
    *out = (shape){ .rank = rank - 1 };
    for (int i = 1; i < rank; i++) {
        if (sizes[i] < 0 || sizes[i] > MOST_SIZE) {
            snprintf(text, sizeof text, "its axis %d is %lld, expected a size up to 2^31 - 1, or a name", i,
                     (long long)sizes[i]);
            return refuse_input(t, text);
        }
        out->dim[i - 1] = (size_t)sizes[i]; /* 0: open */
    }
    return HORN_OK;
}

static bool is_back(const onnx_model *m, size_t node)
{
    static const int64_t back[] = { 0, 2, 3, 1 };
    int64_t order[4];
    int count;
    return onnx_node_is(m, node, "Transpose") &&
           !onnx_attribute_integers(m, node, "perm", order, 4, &count) && count == 4 &&
           !memcmp(order, back, sizeof back);
}

static bool is_over_pixels(const onnx_model *m, size_t node)
{
    int64_t axes[2] = { 0 };
    int count;
    return (onnx_node_is(m, node, "ReduceMean") || onnx_node_is(m, node, "ReduceMax")) &&
           !onnx_attribute_integers(m, node, "axes", axes, 2, &count) && count == 2 && axes[0] + axes[1] == 5;
}

/* Whether the model's input is an image whose channels are in front: the first of its nodes that has an opinion tells. */
static bool is_image_first(const onnx_translation *t)
{
    size_t value = t->m->input;
    for (size_t i = 0; i < t->m->count; i++) {
        const onnx_node *n = &t->m->nodes[i];
        const struct op *op = op_of(t, i);
        if (!n->input_count || n->inputs[0] != value) continue;
        if ((op && op->of_image) || is_back(t->m, i) || is_over_pixels(t->m, i)) return true;
        const bool goes_on = op && (op->translate == onnx_unary || op->translate == onnx_same ||
                                    op->translate == onnx_elementwise || op->translate == onnx_leaky_relu ||
                                    op->translate == onnx_clip || op->translate == onnx_padding);
        if (!goes_on) return false;
        value = n->output;
    }
    return false;
}

static horn_status begin(onnx_translation *t)
{
    const onnx_model *m = t->m;
    operation input = { .kind = OPERATION_INPUT };
    size_t number;
    if (m->operators < OLDEST || m->operators > NEWEST)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: has operators of version %lld, expected %d to %d", m->where,
                    (long long)m->operators, OLDEST, NEWEST);
    if (m->input_count != 1 || m->output_count != 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu inputs and %zu outputs, expected one of each",
                    m->where, m->input_count, m->output_count);
    horn_status status = read_input(t, &input.shape);
    if (status) return status;
    t->is_own = protobuf_text_is(m->producer, "Horn") && protobuf_text_is(m->values[m->input].name, "input");
    const bool is_first = input.shape.rank == 3 && is_image_first(t);
    const imported_origin origin = { .name = m->values[m->input].name, .op = { "input", 5 } };
    if (is_first) input.shape = (shape){ 3, { input.shape.dim[1], input.shape.dim[2], input.shape.dim[0] } };
    status = imported_add(t->im, &input, &origin, &number);
    t->values[m->input] = (onnx_translated){ .operation = number + 1,
                                             .order = t->im->input_dtype ? ORDER_INTEGERS
                                                      : is_first         ? ORDER_CHANNELS_FIRST
                                                                         : ORDER_PLAIN };
    return status;
}

/* ---- nodes ---- */

/* What the output takes, by whatever detour. */
static void find_needed(const onnx_model *m, size_t output, bool *is_needed)
{
    is_needed[output] = true;
    for (size_t i = m->count; i-- > 0;) {
        const onnx_node *n = &m->nodes[i];
        if (n->output == ONNX_NONE || !is_needed[n->output]) continue;
        for (size_t k = 0; k < n->input_count; k++)
            if (n->inputs[k] != ONNX_NONE) is_needed[n->inputs[k]] = true;
    }
}

/* What takes something without a counterpart has none itself. */
static bool passes_none(onnx_translation *t)
{
    for (size_t i = 0; i < t->m->nodes[t->node].input_count; i++) {
        const size_t value = onnx_input(t, i);
        if (value == ONNX_NONE || !t->values[value].operation || !onnx_is_none(t, &t->values[value]))
            continue;
        onnx_alias(t, &t->values[value]);
        return true;
    }
    return false;
}

/* Inputs that are another output of a node than its first, or of a Constant of another kind than a tensor. */
static bool lacks_input(const onnx_translation *t)
{
    for (size_t i = 0; i < t->m->nodes[t->node].input_count; i++) {
        const size_t value = onnx_input(t, i);
        if (value != ONNX_NONE && !t->values[value].operation && !t->values[value].numbers &&
            !t->m->values[value].tensor.at)
            return true;
    }
    return false;
}

static horn_status translate_nodes(onnx_translation *t, const bool *is_needed)
{
    horn_status status = HORN_OK;
    for (t->node = 0; !status && t->node < t->m->count; t->node++) {
        const onnx_node *n = &t->m->nodes[t->node];
        if (n->output == ONNX_NONE || !is_needed[n->output] || t->m->values[n->output].tensor.at) continue;
        const struct op *op = op_of(t, t->node);
        bool done = false;
        if (passes_none(t)) continue;
        status = onnx_compute_numbers(t, &done);
        if (status || done) continue;
        status = !op || lacks_input(t) ? onnx_none(t, NULL) : op->translate(t, op->kind);
        if (!status && !t->values[n->output].operation && !t->m->values[n->output].tensor.at)
            status = onnx_none(t, NULL);
    }
    return status;
}

static horn_status end(onnx_translation *t, size_t output)
{
    const onnx_translated *last = &t->values[output];
    const protobuf_text name = t->m->output_name;
    if (!last->operation || last->order >= ORDER_FLATTENED)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: output '%.*s' is no value that a layer can give: %s",
                    t->m->where, protobuf_text_shown(name), name.at,
                    !last->operation                ? "a constant"
                    : last->order == ORDER_INTEGERS ? "integers"
                                                    : "an image whose channels are in front, flattened");
    t->im->graph->output = last->operation - 1;
    return HORN_OK;
}

static void copy_constant(protobuf_text message, float *out)
{
    onnx_tensor found;
    if (!onnx_tensor_read(&found, message)) onnx_tensor_copy(&found, out);
}

horn_status onnx_translate(imported *out, onnx_model *m, bool *is_own)
{
    horn_status status = HORN_OK;
    bool *is_needed = NULL;
    const size_t output = onnx_model_find(m, m->output_name);
    onnx_translation t = { .m = m, .im = out, .most_read = 1 << 20 };
    *out = (imported){ .where = m->where, .copy = copy_constant };
    for (size_t i = 0; i < m->value_count; i++)
        if (m->values[i].tensor.at) t.most_read += 8 * m->values[i].tensor.size;
    out->readable = t.most_read;
    TRY(memory_new(&t.values, m->value_count, sizeof *t.values));
    TRY(memory_new(&is_needed, m->value_count, sizeof *is_needed));
    TRY(begin(&t));
    if (output == ONNX_NONE)
        TRY(fail(HORN_ERROR_FORMAT, "%s: its output '%.*s' names no value", m->where,
                 protobuf_text_shown(m->output_name), m->output_name.at));
    find_needed(m, output, is_needed);
    TRY(translate_nodes(&t, is_needed));
    TRY(end(&t, output));
    *is_own = t.is_own;
done:
    free(is_needed);
    free(t.values);
    free(t.numbers);
    return status;
}
