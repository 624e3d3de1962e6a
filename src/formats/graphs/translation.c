#include "formats/graphs/translation.h"

#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"

/* ---- both ends ---- */

static horn_status read_input_shape(tf_translation *t, shape *out)
{
    int64_t type = 0, sizes[HORN_MAX_RANK + 1];
    int rank = -1;
    protobuf_text message = { NULL, 0 };
    horn_status status = tf_graph_type(t->g, t->input, "dtype", &type);
    if (!status) status = tf_graph_shape(t->g, t->input, "shape", &message);
    if (!status && message.at && (status = tf_shape_read(message, sizes, HORN_MAX_RANK + 1, &rank)))
        return tf_graph_fail_in(t->g, t->input, status);
    if (status) return status;
    if (type != 1)
        return tf_graph_fail(t->g, t->input, HORN_ERROR_UNSUPPORTED, "the input is %s, expected float32",
                             tf_type_name((uint64_t)type));
    if (rank < 0) return tf_refuse(t, t->input, "does not say the input's shape");
    if (rank < 2 || rank > HORN_MAX_RANK + 1)
        return tf_graph_fail(t->g, t->input, HORN_ERROR_UNSUPPORTED,
                             "the input has %d axes, expected 2 to %d", rank, HORN_MAX_RANK + 1);
    t->batch = sizes[0] > 0 ? sizes[0] : -1;
    *out = (shape){ .rank = rank - 1 };
    for (int i = 1; i < rank; i++) {
        if (sizes[i] < 1)
            return tf_graph_fail(t->g, t->input, HORN_ERROR_UNSUPPORTED,
                                 "axis %d of the input is %lld, expected a size", i, (long long)sizes[i]);
        out->dim[i - 1] = (size_t)sizes[i];
    }
    if (shape_count(out) > SIZE_MAX / 16)
        return tf_graph_fail(t->g, t->input, HORN_ERROR_FORMAT, "the input is larger than memory");
    return HORN_OK;
}

static horn_status take_end(const tf_translation *t, size_t *end, size_t node, const char *what)
{
    if (*end != NO_NODE)
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED,
                             "is a second %s beside node '%.*s', expected one", what,
                             protobuf_text_shown(t->g->nodes[*end].name), t->g->nodes[*end].name.at);
    *end = node;
    return HORN_OK;
}

/* The one Placeholder, and the one node of the graph's own that is no constant and that nobody takes. */
static horn_status find_ends(tf_translation *t)
{
    const tf_graph *g = t->g;
    bool *taken = NULL;
    horn_status status = memory_new(&taken, g->count, sizeof *taken);
    t->input = t->output = NO_NODE;
    for (size_t i = 0; !status && i < g->count; i++)
        for (size_t k = 0; k < g->nodes[i].input_count; k++) taken[g->nodes[i].inputs[k].node] = true;
    for (size_t i = 0; !status && i < g->count; i++) {
        const tf_graph_node *n = &g->nodes[i];
        if (tf_graph_is(n, "Placeholder"))
            status = take_end(t, &t->input, i, "input");
        else if (!taken[i] && !n->frame && !tf_graph_is(n, "Const") && !tf_graph_is(n, "NoOp"))
            status = take_end(t, &t->output, i, "output");
    }
    free(taken);
    if (status) return status;
    if (t->input == NO_NODE || t->output == NO_NODE)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has no %s", g->where,
                    t->input == NO_NODE ? "input (Placeholder)" : "output");
    t->is_own = protobuf_text_is(g->nodes[t->input].name, "input") &&
                protobuf_text_is(g->nodes[t->output].name, "output") &&
                tf_graph_is(&g->nodes[t->output], "Identity");
    return HORN_OK;
}

/* ---- nodes ---- */

/* What TensorFlow calls an operation, and how many inputs it has, of which the first are values and the others
 * constants and sizes. */
static const struct op {
    const char *name;
    size_t inputs, values;
    operation_kind kind;
    tf_translator *translate;
    bool joins;       /* it may become one with what it takes, of which no operation is needed */
    bool of_computed; /* else it is no operation */
} ops[] = {
    { "Reshape", 2, 1, OPERATION_RESHAPE, tf_translate_reshape, true, false },
    { "Squeeze", 1, 1, OPERATION_RESHAPE, tf_translate_squeeze, false, false },
    { "MatMul", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BatchMatMul", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BatchMatMulV2", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BatchMatMulV3", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BiasAdd", 2, 1, OPERATION_BIAS_ADD, tf_translate_bias, false, false },
    { "Conv2D", 2, 1, OPERATION_CONV2D, tf_translate_convolution, false, true },
    { "DepthwiseConv2dNative", 2, 1, OPERATION_DEPTHWISE_CONV2D, tf_translate_convolution, false, true },
    { "SpaceToBatchND", 3, 1, OPERATION_NONE, tf_translate_space_to_batch, false, true },
    { "BatchToSpaceND", 3, 1, OPERATION_NONE, tf_translate_batch_to_space, true, true },
    { "MaxPool", 1, 1, OPERATION_MAX_POOL, tf_translate_pool, false, true },
    { "AvgPool", 1, 1, OPERATION_AVG_POOL, tf_translate_pool, false, true },
    { "Mean", 2, 1, OPERATION_MEAN, tf_translate_global_pool, false, true },
    { "Max", 2, 1, OPERATION_MAX, tf_translate_global_pool, false, true },
    { "Pad", 2, 1, OPERATION_PAD, tf_translate_padding, false, true },
    { "FusedBatchNorm", 5, 1, OPERATION_BATCH_NORMALIZATION, tf_translate_normalization, false, true },
    { "FusedBatchNormV2", 5, 1, OPERATION_BATCH_NORMALIZATION, tf_translate_normalization, false, true },
    { "FusedBatchNormV3", 5, 1, OPERATION_BATCH_NORMALIZATION, tf_translate_normalization, false, true },
    { "LeakyRelu", 1, 1, OPERATION_LEAKY_RELU, tf_translate_leaky_relu, false, false },
    { "Relu6", 1, 1, OPERATION_MINIMUM, tf_translate_relu6, false, false },
    { "Relu", 1, 1, OPERATION_RELU, tf_translate_plain, false, false },
    { "Elu", 1, 1, OPERATION_ELU, tf_translate_plain, false, false },
    { "Selu", 1, 1, OPERATION_SELU, tf_translate_plain, false, false },
    { "Softmax", 1, 1, OPERATION_SOFTMAX, tf_translate_plain, false, false },
    { "Softplus", 1, 1, OPERATION_SOFTPLUS, tf_translate_plain, false, false },
    { "Sigmoid", 1, 1, OPERATION_SIGMOID, tf_translate_plain, false, false },
    { "Tanh", 1, 1, OPERATION_TANH, tf_translate_plain, false, false },
    { "Add", 2, 2, OPERATION_ADD, tf_translate_plain, false, false },
    { "AddV2", 2, 2, OPERATION_ADD, tf_translate_plain, false, false },
    { "Sub", 2, 2, OPERATION_SUB, tf_translate_plain, false, false },
    { "Mul", 2, 2, OPERATION_MUL, tf_translate_plain, false, false },
    { "Minimum", 2, 2, OPERATION_MINIMUM, tf_translate_plain, false, false },
    { "Maximum", 2, 2, OPERATION_MAXIMUM, tf_translate_plain, false, false },
    { "Greater", 2, 2, OPERATION_GREATER, tf_translate_plain, false, false },
    { "Select", 3, 3, OPERATION_SELECT, tf_translate_plain, false, false },
    { "SelectV2", 3, 3, OPERATION_SELECT, tf_translate_plain, false, false },
    { "Rsqrt", 1, 1, OPERATION_RSQRT, tf_translate_plain, false, false },
    { "Neg", 1, 1, OPERATION_NEG, tf_translate_plain, false, false },
    { "Cast", 1, 1, OPERATION_CAST, tf_translate_plain, false, false },
};

/* NULL if it is not known, or takes other things. */
static const struct op *op_of(const tf_translation *t, size_t node)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (!tf_node_is(t, node, ops[i].name)) continue;
        if (t->g->nodes[node].input_count != ops[i].inputs) return NULL;
        for (size_t k = 0; k < ops[i].inputs; k++)
            if (tf_operand(t, node, k) == NO_NODE) return NULL;
        return &ops[i];
    }
    return NULL;
}

static horn_status translate_node(tf_translation *t, size_t node)
{
    int64_t type = 1;
    size_t first;
    const struct op *op = op_of(t, node);
    if (!op) return tf_add_none(t, node, NULL, NULL);
    horn_status status = tf_graph_type(t->g, node, "T", &type);
    if (status) return status;
    if (type != 1) return tf_add_none(t, node, tf_type_name((uint64_t)type), NULL);
    const size_t none = op->joins ? NO_VALUE : tf_takes_none(t, node, op->values);
    if (none != NO_VALUE) {
        t->values[node] = none + 1;
        return HORN_OK;
    }
    status = op->of_computed ? tf_value_of(t, tf_operand(t, node, 0), &first) : HORN_OK;
    if (status) return status;
    if (op->of_computed && !t->im->origins[first].is_computed) return tf_add_none(t, node, NULL, NULL);
    return op->translate(t, node, op->kind);
}

static bool gives_its_input(tf_translation *t, size_t node)
{
    static const char *const identities[] = { "Identity", "StopGradient", "Snapshot", "PreventGradient" };
    const tf_graph_node *n = &t->g->nodes[node];
    if (!n->input_count || n->inputs[0].output) return false;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++)
        if (tf_graph_is(n, identities[i])) return true;
    if (!tf_graph_is(n, "Transpose") || n->input_count != 2) return false;
    const size_t order = tf_operand(t, node, 1);
    return order != NO_NODE && tf_is_plain_order(t, order);
}

/* Each behind what it takes from. */
static horn_status translate_nodes(tf_translation *t, const bool *is_needed)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < t->g->count; i++) {
        const size_t node = t->g->order[i];
        if (!is_needed[node]) continue;
        t->behind[node] = node;
        if (gives_its_input(t, node))
            t->behind[node] = t->behind[t->g->nodes[node].inputs[0].node];
        else if (node != t->input && !tf_node_is(t, node, "Const"))
            status = translate_node(t, node);
    }
    return status;
}

/* What the output takes, by whatever detour. */
static void find_needed(const tf_translation *t, bool *is_needed)
{
    is_needed[t->output] = true;
    for (size_t i = t->g->count; i-- > 0;) {
        const tf_graph_node *n = &t->g->nodes[t->g->order[i]];
        for (size_t k = 0; is_needed[t->g->order[i]] && k < n->input_count; k++)
            is_needed[n->inputs[k].node] = true;
    }
}

/* The values of a constant, whose tensor was read before. */
static void copy_constant(protobuf_text message, float *out)
{
    tf_tensor found;
    if (!tf_tensor_read(&found, message)) tf_tensor_copy(&found, out);
}

static horn_status begin(tf_translation *t, imported *out)
{
    horn_status status = HORN_OK;
    operation input = { .kind = OPERATION_INPUT };
    *out = (imported){ .where = t->g->where, .copy = copy_constant };
    for (size_t i = 0; i < t->g->count; i++) {
        if (tf_graph_is(&t->g->nodes[i], "NextIteration"))
            TRY(tf_graph_fail(t->g, i, HORN_ERROR_UNSUPPORTED, "while loops are not supported"));
        t->most_read += 8 * t->g->nodes[i].message.size;
    }
    out->readable = t->most_read;
    TRY(memory_new(&t->behind, t->g->count, sizeof *t->behind));
    TRY(memory_new(&t->values, t->g->count, sizeof *t->values));
    TRY(memory_new(&t->extents, t->g->count, sizeof *t->extents));
    TRY(find_ends(t));
    TRY(read_input_shape(t, &input.shape));
    TRY(tf_add(t, t->input, &input));
done:
    return status;
}

horn_status tf_translate(imported *out, const tf_graph *g, bool *is_own)
{
    horn_status status = HORN_OK;
    bool *is_needed = NULL;
    size_t last;
    tf_translation t = {
        .g = g, .im = out, .most_work = 64 * g->count + 4096, .most_read = 1 << 20, .literals = 1 << 26
    };
    TRY(begin(&t, out));
    TRY(memory_new(&is_needed, g->count, sizeof *is_needed));
    find_needed(&t, is_needed);
    TRY(translate_nodes(&t, is_needed));
    TRY(tf_value_of(&t, t.behind[t.output], &last));
    out->graph->output = last;
    *is_own = t.is_own;
done:
    free(is_needed);
    free(t.behind);
    free(t.values);
    free(t.extents);
    return status;
}
