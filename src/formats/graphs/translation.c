#include "formats/graphs/translation.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tensorflow/nodes.h"

/* ---- the input ---- */

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
    t->im->input_dtype = type == TF_INT32 ? "int32" : type == TF_INT64 ? "int64" : NULL;
    if (type != TF_FLOAT && !t->im->input_dtype)
        return tf_graph_fail(t->g, t->input, HORN_ERROR_UNSUPPORTED, "the input is %s, expected float32",
                             tf_type_name((uint64_t)type));
    if (rank < 0) return tf_refuse(t, t->input, "does not say the input's shape");
    if (rank < 2 || rank > HORN_MAX_RANK + 1)
        return tf_graph_fail(t->g, t->input, HORN_ERROR_UNSUPPORTED,
                             "the input has %d axes, expected 2 to %d", rank, HORN_MAX_RANK + 1);
    t->batch = sizes[0] > 0 ? sizes[0] : -1;
    *out = (shape){ .rank = rank - 1 };
    for (int i = 1; i < rank; i++) {
        if (sizes[i] < 1 && sizes[i] != -1)
            return tf_graph_fail(t->g, t->input, HORN_ERROR_UNSUPPORTED,
                                 "axis %d of the input is %lld, expected a size, or -1", i,
                                 (long long)sizes[i]);
        out->dim[i - 1] = sizes[i] < 0 ? SHAPE_OPEN : (size_t)sizes[i];
    }
    if (shape_count(out) > SIZE_MAX / 16)
        return tf_graph_fail(t->g, t->input, HORN_ERROR_FORMAT, "the input is larger than memory");
    return HORN_OK;
}

/* ---- nodes ---- */

/* What TensorFlow calls an operation, and how many inputs it has, of which the first are values and the others
 * constants and sizes. */
enum { ANY = 0 };
static const struct op {
    const char *name;
    size_t inputs, values; /* ANY: at least one, all of them values */
    operation_kind kind;
    tf_translator *translate;
    bool joins;       /* it may become one with what it takes, of which no operation is needed */
    bool of_computed; /* else it is no operation */
} ops[] = {
    { "Reshape", 2, 1, OPERATION_RESHAPE, tf_translate_reshape, true, false },
    { "ExpandDims", 2, 1, OPERATION_EXPAND_DIMS, tf_translate_expand_dims, false, false },
    { "Squeeze", 1, 1, OPERATION_SQUEEZE, tf_translate_squeeze, false, false },
    { "MatMul", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BatchMatMul", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BatchMatMulV2", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BatchMatMulV3", 2, 1, OPERATION_MATMUL, tf_translate_product, true, true },
    { "BiasAdd", 2, 1, OPERATION_BIAS_ADD, tf_translate_bias, false, false },
    { "Conv2D", 2, 1, OPERATION_CONV2D, tf_translate_convolution, false, true },
    { "DepthwiseConv2dNative", 2, 1, OPERATION_DEPTHWISE_CONV2D, tf_translate_convolution, false, true },
    { "Conv2DBackpropInput", 3, 1, OPERATION_CONV2D_TRANSPOSE, tf_translate_transposed, true, false },
    { "SpaceToBatchND", 3, 1, OPERATION_NONE, tf_translate_space_to_batch, false, true },
    { "BatchToSpaceND", 3, 1, OPERATION_NONE, tf_translate_batch_to_space, true, true },
    { "MaxPool", 1, 1, OPERATION_MAX_POOL, tf_translate_pool, false, true },
    { "AvgPool", 1, 1, OPERATION_AVG_POOL, tf_translate_pool, false, true },
    { "Conv3D", 2, 1, OPERATION_CONV3D, tf_translate_convolution, false, true },
    { "Conv3DBackpropInputV2", 3, 1, OPERATION_CONV3D_TRANSPOSE, tf_translate_transposed, true, false },
    { "MaxPool3D", 1, 1, OPERATION_MAX_POOL3D, tf_translate_pool, false, true },
    { "AvgPool3D", 1, 1, OPERATION_AVG_POOL3D, tf_translate_pool, false, true },
    { "Transpose", 2, 1, OPERATION_TRANSPOSE, tf_translate_transpose, false, true },
    { "Tile", 2, 1, OPERATION_TILE, tf_translate_tile, false, true },
    { "StridedSlice", 4, 1, OPERATION_CROP, tf_translate_crop, false, true },
    { "ResizeNearestNeighbor", 2, 1, OPERATION_RESIZE_NEAREST, tf_translate_resize, false, true },
    { "ResizeBilinear", 2, 1, OPERATION_RESIZE_BILINEAR, tf_translate_resize, false, true },
    { "ConcatV2", ANY, 0, OPERATION_JOIN, tf_translate_join, false, false },
    { "AddN", ANY, 0, OPERATION_ADD, tf_translate_join, false, false },
    { "RealDiv", 2, 1, OPERATION_MUL, tf_translate_division, false, true },
    { "GatherV2", 3, 0, OPERATION_GATHER, tf_translate_gather, true, false },
    { "Gather", 2, 0, OPERATION_GATHER, tf_translate_gather, true, false },
    { "ResourceGather", 2, 0, OPERATION_GATHER, tf_translate_gather, true, false },
    { "Sum", 2, 1, OPERATION_MEAN_ALONG, tf_translate_sum, false, true },
    { "Square", 1, 1, OPERATION_MUL, tf_translate_square, false, true },
    { "Mean", 2, 1, OPERATION_MEAN, tf_translate_mean, false, true },
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
        const size_t count = t->g->nodes[node].input_count;
        if (!count || (ops[i].inputs != ANY && count != ops[i].inputs)) return NULL;
        for (size_t k = 0; k < count; k++)
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
    const size_t values = op->inputs == ANY ? t->g->nodes[node].input_count : op->values,
                 none = op->joins ? NO_VALUE : tf_takes_none(t, node, values);
    if (none != NO_VALUE) {
        t->values[node] = none + 1;
        return HORN_OK;
    }
    status = op->of_computed ? tf_value_of(t, tf_operand(t, node, 0), &first) : HORN_OK;
    if (status) return status;
    if (op->of_computed && !t->im->origins[first].is_computed) return tf_add_none(t, node, NULL, NULL);
    return op->translate(t, node, op->kind);
}

/* The node whose value it returns; NO_NODE if it computes something. */
static size_t given_by(tf_translation *t, size_t node)
{
    static const char *const identities[] = { "Identity", "StopGradient", "Snapshot", "PreventGradient",
                                              "ReadVariableOp" };
    const tf_graph_node *n = &t->g->nodes[node];
    if (!n->input_count || n->inputs[0].output) return NO_NODE;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++)
        if (tf_graph_is(n, identities[i])) return n->inputs[0].node;
    if (!tf_graph_is(n, "Transpose") || n->input_count != 2) return tf_dropped(t, node);
    const size_t order = tf_operand(t, node, 1);
    return order != NO_NODE && tf_is_plain_order(t, order) ? n->inputs[0].node : NO_NODE;
}

/* Each behind what it takes from. */
static horn_status translate_nodes(tf_translation *t, const bool *is_needed)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < t->g->count; i++) {
        const size_t node = t->g->order[i];
        if (!is_needed[node]) continue;
        t->behind[node] = node;
        const size_t given = given_by(t, node);
        if (given != NO_NODE)
            t->behind[node] = t->behind[given];
        else if (node != t->input && !tf_is_constant(t, node))
            status = translate_node(t, node);
        if (status && status != HORN_ERROR_MEMORY && t->output == NO_NODE)
            status = tf_add_none(t, node, NULL, NULL);
    }
    return status;
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
    for (size_t i = 0; i < t->g->count; i++) t->most_read += 8 * t->g->nodes[i].message.size;
    t->most_read += 8 * t->variables->size;
    out->readable = t->most_read;
    TRY(memory_new(&t->behind, t->g->count, sizeof *t->behind));
    TRY(memory_new(&t->values, t->g->count, sizeof *t->values));
    TRY(memory_new(&t->extents, t->g->count, sizeof *t->extents));
    TRY(read_input_shape(t, &input.shape));
    TRY(tf_add(t, t->input, &input));
done:
    return status;
}

static void end(tf_translation *t)
{
    free(t->behind);
    free(t->values);
    free(t->extents);
}

static tf_translation translation_of(const tf_graph *g, const tf_variables *v, imported *out)
{
    return (tf_translation){ .g = g,
                             .variables = v,
                             .im = out,
                             .output = NO_NODE,
                             .most_work = 64 * g->count + 4096,
                             .most_read = 1 << 20,
                             .literals = 1 << 26 };
}

horn_status tf_translate(imported *out, const tf_graph *g, const tf_variables *v, const tf_ends *ends)
{
    horn_status status = HORN_OK;
    bool *is_needed = NULL;
    size_t last;
    tf_translation t = translation_of(g, v, out);
    t.input = ends->input;
    t.output = ends->output;
    t.is_own = ends->is_own;
    TRY(begin(&t, out));
    TRY(memory_new(&is_needed, g->count, sizeof *is_needed));
    tf_find_needed(g, t.output, is_needed);
    TRY(translate_nodes(&t, is_needed));
    TRY(tf_value_of(&t, t.behind[t.output], &last));
    if (last == NO_VALUE) TRY(tf_refuse(&t, t.output, "is the output, but does not depend on the input"));
    out->graph->output = last;
done:
    free(is_needed);
    end(&t);
    return status;
}

horn_status tf_translate_all(imported *out, const tf_graph *g, const tf_variables *v, size_t input,
                             size_t **nodes)
{
    horn_status status = HORN_OK;
    bool *all = NULL;
    tf_translation t = translation_of(g, v, out);
    t.input = input;
    *nodes = NULL;
    TRY(begin(&t, out));
    TRY(memory_new(&all, g->count, sizeof *all));
    memset(all, true, g->count);
    TRY(translate_nodes(&t, all));
    TRY(memory_new(nodes, out->graph->count, sizeof **nodes));
    for (size_t i = g->count; i-- > 0;)
        if (t.values[g->order[i]]) (*nodes)[t.values[g->order[i]] - 1] = g->order[i];
done:
    free(all);
    end(&t);
    return status;
}
