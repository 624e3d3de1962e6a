#include "formats/graph_nodes/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/graph_nodes/writer.h"
#include "formats/graph_unrolling.h"

static const char *binary(tf_writer *t, const operation *o, const char *op, const char *x, const char *y)
{
    return tf_put_simple(t, o, op, x, y, "z");
}

static const char *put_weight(tf_writer *t, const operation *o, const char *const *x)
{
    (void)x;
    char argument[40];
    const snapshot_tensor *w;
    t->n->status = snapshot_leaves_find(&w, t->leaves, o, t->where);
    if (t->n->status) return "";
    horn_view v = snapshot_tensor_view(w);
    if (t->n->field == TF_IN_GRAPH) return tf_put_constant(t, o, o->weight, &v);
    const char *name = tf_nodes_name(t->n, tf_layer_of(t, o), o->weight);
    snprintf(argument, sizeof argument, "weight_%zu", t->weights++);
    tf_node_begin(t->n, name, "ReadVariableOp");
    tf_node_input(t->n, argument);
    tf_node_type(t->n, "dtype", tf_type_of(v.dtype));
    return tf_put_end(t, name, "value");
}

static const char *put_input(tf_writer *t, const operation *o, const char *const *x)
{
    (void)o, (void)x;
    return t->input;
}

static const char *put_number(tf_writer *t, const operation *o, const char *const *x)
{
    (void)x;
    return tf_put_scalar(t, o, "Const", o->number);
}

static const char *put_numbers(tf_writer *t, const operation *o, const char *const *x)
{
    (void)x;
    horn_view v = { .data = o->values, .dtype = HORN_FLOAT32, .rank = o->shape.rank };
    memcpy(v.shape, o->shape.dim, sizeof v.shape);
    return tf_put_constant(t, o, "Const", &v);
}

/* ---- operations ---- */

static const char *put_batch_matmul(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, "BatchMatMulV2", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_boolean(t->n, "adj_x", false);
    tf_node_boolean(t->n, "adj_y", false);
    return tf_put_end(t, name, "output");
}

/* TensorFlow's has two axes: more go into the first and come back, if they are of known sizes. */
static const char *put_matmul(tf_writer *t, const operation *o, const char *const *x)
{
    const shape *in = &t->g->operations[o->inputs[0]].shape;
    if (shape_is_open(in)) return put_batch_matmul(t, o, x);
    const char *rows = in->rank > 1 ? tf_put_sizes(t, o, x[0], &in->dim[in->rank - 1], 1) : x[0];
    const char *name = tf_put_begin(t, o, "MatMul", rows);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_boolean(t->n, "transpose_a", false);
    tf_node_boolean(t->n, "transpose_b", false);
    const char *y = tf_put_end(t, name, "product");
    return in->rank > 1 ? tf_put_reshape(t, o, &y) : y;
}

static const char *put_bias_add(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, "BiasAdd", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_text(t->n, "data_format", "NHWC");
    return tf_put_end(t, name, "output");
}

/* For images that have all of it. */
static const char *put_fused_normalization(tf_writer *t, const operation *o, const char *const *x)
{
    static const int order[] = { 3, 4, 1, 2 };
    const char *name = tf_put_begin(t, o, "FusedBatchNormV3", x[0]);
    for (int i = 0; i < 4; i++) tf_node_input(t->n, x[order[i]]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "U", TF_FLOAT);
    tf_node_text(t->n, "data_format", "NHWC");
    tf_node_number(t->n, "epsilon", (float)o->number);
    tf_node_number(t->n, "exponential_avg_factor", 1);
    tf_node_boolean(t->n, "is_training", false);
    return tf_put_end(t, name, "y");
}

/* x factor + (beta - mean factor), factor = gamma / sqrt(variance + epsilon): as Keras does it for other inputs. */
static const char *put_normalization(tf_writer *t, const operation *o, const char *const *x)
{
    const bool is_image = o->shape.rank == 3;
    if (is_image && x[3] && x[4]) return put_fused_normalization(t, o, x);
    const char *sum = binary(t, o, "AddV2", x[2], tf_put_scalar(t, o, "epsilon", o->number));
    const char *factor = tf_put_simple(t, o, "Rsqrt", sum, NULL, "y");
    if (x[3]) factor = binary(t, o, "Mul", factor, x[3]);
    const char *scaled = binary(t, o, "Mul", x[0], factor), *shift = binary(t, o, "Mul", x[1], factor);
    if (!x[4]) return binary(t, o, "Sub", scaled, shift);
    return binary(t, o, "AddV2", scaled, binary(t, o, "Sub", x[4], shift));
}

static const char *put_leaky_relu(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, "LeakyRelu", x[0]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_number(t->n, "alpha", (float)o->number);
    return tf_put_end(t, name, "activations");
}

static const char *put_select(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, "SelectV2", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_input(t->n, x[2]);
    tf_node_type(t->n, "T", TF_FLOAT);
    return tf_put_end(t, name, "output");
}

static const char *put_cast(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, "Cast", x[0]);
    tf_node_type(t->n, "SrcT", TF_BOOL);
    tf_node_type(t->n, "DstT", TF_FLOAT);
    return tf_put_end(t, name, "y");
}

static const char *put_binary(tf_writer *t, const operation *o, const char *const *x)
{
    return binary(t, o, t->now->op, x[0], x[1]);
}

static const char *put_unary(tf_writer *t, const operation *o, const char *const *x)
{
    return tf_put_simple(t, o, t->now->op, x[0], NULL, t->now->result);
}

static const tf_writer_row translations[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { .put = put_input },
    [OPERATION_WEIGHT] = { .put = put_weight },
    [OPERATION_NUMBER] = { .put = put_number },
    [OPERATION_NUMBERS] = { .put = put_numbers },
    [OPERATION_RESHAPE] = { .put = tf_put_reshape },
    [OPERATION_EXPAND_DIMS] = { .put = tf_put_expand_dims },
    [OPERATION_SQUEEZE] = { .put = tf_put_squeeze },
    [OPERATION_MATMUL] = { .put = put_matmul },
    [OPERATION_BIAS_ADD] = { .put = put_bias_add },
    [OPERATION_CONV2D] = { .put = tf_put_conv2d },
    [OPERATION_DEPTHWISE_CONV2D] = { .put = tf_put_depthwise },
    [OPERATION_CONV2D_TRANSPOSE] = { .put = tf_put_transposed },
    [OPERATION_MAX_POOL] = { .put = tf_put_pool, .op = "MaxPool" },
    [OPERATION_AVG_POOL] = { .put = tf_put_pool, .op = "AvgPool" },
    [OPERATION_MEAN] = { .put = tf_put_reduction, .op = "Mean" },
    [OPERATION_MAX] = { .put = tf_put_reduction, .op = "Max" },
    [OPERATION_CONV3D] = { .put = tf_put_conv3d },
    [OPERATION_CONV3D_TRANSPOSE] = { .put = tf_put_transposed3d },
    [OPERATION_MAX_POOL3D] = { .put = tf_put_pool3d, .op = "MaxPool3D" },
    [OPERATION_AVG_POOL3D] = { .put = tf_put_pool3d, .op = "AvgPool3D" },
    [OPERATION_PAD] = { .put = tf_put_pad },
    [OPERATION_CROP] = { .put = tf_put_crop },
    [OPERATION_TRANSPOSE] = { .put = tf_put_transpose },
    [OPERATION_TILE] = { .put = tf_put_tile },
    [OPERATION_RESIZE_NEAREST] = { .put = tf_put_resize, .op = "ResizeNearestNeighbor" },
    [OPERATION_RESIZE_BILINEAR] = { .put = tf_put_resize, .op = "ResizeBilinear" },
    [OPERATION_MEAN_ALONG] = { .put = tf_put_mean_along },
    [OPERATION_GATHER] = { .put = tf_put_gather },
    [OPERATION_SLICE] = { .put = tf_put_slice },
    [OPERATION_JOIN] = { .put = tf_put_join },
    [OPERATION_DOT] = { .put = tf_put_dot },
    [OPERATION_BATCH_NORMALIZATION] = { .put = put_normalization },
    [OPERATION_LEAKY_RELU] = { .put = put_leaky_relu },
    [OPERATION_RELU] = { .put = put_unary, .op = "Relu", .result = "activations" },
    [OPERATION_RELU6] = { .put = put_unary, .op = "Relu6", .result = "activations" },
    [OPERATION_SOFTMAX] = { .put = put_unary, .op = "Softmax", .result = "softmax" },
    [OPERATION_SIGMOID] = { .put = put_unary, .op = "Sigmoid", .result = "y" },
    [OPERATION_TANH] = { .put = put_unary, .op = "Tanh", .result = "y" },
    [OPERATION_ELU] = { .put = put_unary, .op = "Elu", .result = "activations" },
    [OPERATION_SELU] = { .put = put_unary, .op = "Selu", .result = "activations" },
    [OPERATION_SOFTPLUS] = { .put = put_unary, .op = "Softplus", .result = "activations" },
    [OPERATION_GREATER] = { .put = put_binary, .op = "Greater" },
    [OPERATION_MINIMUM] = { .put = put_binary, .op = "Minimum" },
    [OPERATION_MAXIMUM] = { .put = put_binary, .op = "Maximum" },
    [OPERATION_ADD] = { .put = put_binary, .op = "AddV2" },
    [OPERATION_SUB] = { .put = put_binary, .op = "Sub" },
    [OPERATION_MUL] = { .put = put_binary, .op = "Mul" },
    [OPERATION_SELECT] = { .put = put_select },
    [OPERATION_CAST] = { .put = put_cast },
    [OPERATION_NEG] = { .put = put_unary, .op = "Neg", .result = "y" },
    [OPERATION_RSQRT] = { .put = put_unary, .op = "Rsqrt", .result = "y" },
};

static const char *put_operation(tf_writer *t, const operation *o)
{
    const char *inputs[OPERATION_MAX_INPUTS] = { NULL };
    for (int i = 0; i < o->input_count; i++)
        if (o->inputs[i] != NO_VALUE) inputs[i] = t->values[o->inputs[i]];
    t->now = &translations[o->kind];
    if (t->now->put) return t->now->put(t, o, inputs);
    t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                        "%s: layer '%s': operation '%s' is not one of TensorFlow's that are known", t->where,
                        tf_layer_of(t, o), operation_name(o->kind));
    return "";
}

horn_status tf_operations_write(tf_nodes *n, const snapshot *s, const char *input, const char **output,
                                const char *where)
{
    horn_status status = HORN_OK;
    graph *unrolled = NULL;
    snapshot_leaves leaves = { 0 };
    tf_writer t = { .n = n, .leaves = &leaves, .g = s->operations, .input = input, .where = where };
    if (!t.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
    TRY(snapshot_leaves_new(&leaves, s));
    if (graph_is_recurrent(t.g)) TRY(graph_unroll(&unrolled, t.g, &leaves, where));
    if (unrolled) t.g = unrolled;
    TRY(memory_new(&t.values, t.g->count, sizeof *t.values));
    TRY(graph_look_ahead(&t.known, t.g));
    for (size_t i = 0; i < t.g->count; i++) {
        t.values[i] = put_operation(&t, &t.g->operations[i]);
        TRY(tf_nodes_status(n));
    }
    *output = t.values[t.g->output];
done:
    free(t.values);
    free(t.known);
    snapshot_leaves_free(&leaves);
    graph_free(unrolled);
    return status;
}
