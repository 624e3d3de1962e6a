#include "formats/graphs/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

typedef struct translator translator;

/* How a kind is written. Some that share a function say here what differs: the op, what it calls its result. */
typedef struct translation {
    const char *(*put)(translator *, const operation *, const char *const *inputs);
    const char *op, *result;
} translation;

struct translator {
    tf_nodes *n;
    const snapshot *s;
    const graph *g;
    const char **values; /* references, one for each operation */
    size_t weights;
    const char *input, *where;
    const translation *now;
};

static const char *layer_of(const translator *t, const operation *o)
{
    return t->s->layers[o->layer].name;
}

/* Begins a node of the layer, called after its op. */
static const char *begin(translator *t, const operation *o, const char *op, const char *input)
{
    const char *name = tf_nodes_name(t->n, layer_of(t, o), op);
    tf_node_begin(t->n, name, op);
    if (input) tf_node_input(t->n, input);
    return name;
}

static const char *end(translator *t, const char *name, const char *argument)
{
    tf_node_end(t->n);
    return tf_nodes_reference(t->n, name, argument);
}

static const char *constant(translator *t, const operation *o, const char *what, const horn_view *v)
{
    const char *name = tf_nodes_name(t->n, layer_of(t, o), what);
    tf_node_begin(t->n, name, "Const");
    tf_node_type(t->n, "dtype", tf_type_of(v->dtype));
    tf_node_tensor(t->n, v);
    return end(t, name, "output");
}

static const char *integers(translator *t, const operation *o, const char *what, const int32_t *values,
                            size_t count)
{
    return constant(t, o, what,
                    &(horn_view){ .data = values, .dtype = HORN_INT32, .rank = 1, .shape = { count } });
}

static const char *scalar(translator *t, const operation *o, const char *what, double value)
{
    const float number = (float)value;
    return constant(t, o, what, &(horn_view){ .data = &number, .dtype = HORN_FLOAT32 });
}

static const char *binary(translator *t, const operation *o, const char *op, const char *x, const char *y)
{
    const char *name = begin(t, o, op, x);
    tf_node_input(t->n, y);
    tf_node_type(t->n, "T", TF_FLOAT);
    return end(t, name, "z");
}

const snapshot_tensor *tf_weight_of(const snapshot *s, const operation *o)
{
    const snapshot_layer *layer = &s->layers[o->layer];
    for (size_t i = 0; i < layer->tensor_count; i++)
        if (layer->tensors[i].name && strcmp(layer->tensors[i].name, o->weight) == 0)
            return &layer->tensors[i];
    return NULL;
}

static const char *put_weight(translator *t, const operation *o, const char *const *x)
{
    (void)x;
    char argument[40];
    const snapshot_tensor *w = tf_weight_of(t->s, o);
    if (!w) {
        t->n->status = fail(HORN_ERROR_ARGUMENT, "%s: layer '%s' has no weight '%s'", t->where,
                            layer_of(t, o), o->weight);
        return "";
    }
    horn_view v = snapshot_tensor_view(w);
    if (t->n->field == TF_IN_GRAPH) return constant(t, o, o->weight, &v);
    const char *name = tf_nodes_name(t->n, layer_of(t, o), o->weight);
    snprintf(argument, sizeof argument, "weight_%zu", t->weights++);
    tf_node_begin(t->n, name, "ReadVariableOp");
    tf_node_input(t->n, argument);
    tf_node_type(t->n, "dtype", tf_type_of(v.dtype));
    return end(t, name, "value");
}

static const char *put_input(translator *t, const operation *o, const char *const *x)
{
    (void)o, (void)x;
    return t->input;
}

static const char *put_number(translator *t, const operation *o, const char *const *x)
{
    (void)x;
    return scalar(t, o, "Const", o->number);
}

/* ---- operations ---- */

static const char *reshape(translator *t, const operation *o, const char *x, const size_t *sizes, int rank)
{
    int32_t target[HORN_MAX_RANK + 1] = { -1 };
    for (int i = 0; i < rank; i++) {
        if (sizes[i] > INT32_MAX)
            t->n->status =
                fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' is too large", t->where, layer_of(t, o));
        target[i + 1] = (int32_t)sizes[i];
    }
    const char *shape_of = integers(t, o, "Reshape/shape", target, (size_t)rank + 1);
    const char *name = begin(t, o, "Reshape", x);
    tf_node_input(t->n, shape_of);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tshape", TF_INT32);
    return end(t, name, "output");
}

/* The target is a constant, in which one size may be open: that of the batch. */
static const char *put_reshape(translator *t, const operation *o, const char *const *x)
{
    if (shape_is_open(&o->shape))
        t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                            "%s: layer '%s' reshapes an open axis, which this format cannot hold", t->where,
                            layer_of(t, o));
    return reshape(t, o, x[0], o->shape.dim, o->shape.rank);
}

static const char *put_batch_matmul(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, "BatchMatMulV2", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_boolean(t->n, "adj_x", false);
    tf_node_boolean(t->n, "adj_y", false);
    return end(t, name, "output");
}

/* TensorFlow's has two axes: more go into the first and come back, if they are of known sizes. */
static const char *put_matmul(translator *t, const operation *o, const char *const *x)
{
    const shape *in = &t->g->operations[o->inputs[0]].shape;
    if (shape_is_open(in)) return put_batch_matmul(t, o, x);
    const char *rows = in->rank > 1 ? reshape(t, o, x[0], &in->dim[in->rank - 1], 1) : x[0];
    const char *name = begin(t, o, "MatMul", rows);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_boolean(t->n, "transpose_a", false);
    tf_node_boolean(t->n, "transpose_b", false);
    const char *y = end(t, name, "product");
    return in->rank > 1 ? put_reshape(t, o, &y) : y;
}

static const char *put_bias_add(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, "BiasAdd", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_text(t->n, "data_format", "NHWC");
    return end(t, name, "output");
}

/* A pair as four numbers: one for the samples, two, and one for the channels. */
static void put_pair(translator *t, const char *key, const size_t pair[2])
{
    tf_node_integers(t->n, key, (size_t[4]){ 1, pair[0], pair[1], 1 }, 4);
}

static void put_window(translator *t, const operation *o)
{
    tf_node_type(t->n, "T", TF_FLOAT);
    put_pair(t, "strides", o->stride);
    tf_node_text(t->n, "padding", o->same ? "SAME" : "VALID");
    tf_node_text(t->n, "data_format", "NHWC");
}

static const char *convolve(translator *t, const operation *o, const char *x, const char *kernel)
{
    const char *name = begin(t, o, "Conv2D", x);
    tf_node_input(t->n, kernel);
    put_window(t, o);
    put_pair(t, "dilations", o->dilation);
    tf_node_boolean(t->n, "use_cudnn_on_gpu", true);
    tf_node_integers(t->n, "explicit_paddings", NULL, 0);
    return end(t, name, "output");
}

static const char *put_conv2d(translator *t, const operation *o, const char *const *x)
{
    return convolve(t, o, x[0], x[1]);
}

/* TensorFlow's own, on CPUs, takes no dilation and strides that are equal: any other goes as a convolution in as many
 * groups as channels, whose kernel (height, width, 1, outputs) lies in memory as this one does. */
static const char *put_depthwise(translator *t, const operation *o, const char *const *x)
{
    const shape *kernel = &t->g->operations[o->inputs[1]].shape;
    if (o->stride[0] != o->stride[1] || o->dilation[0] > 1 || o->dilation[1] > 1)
        return convolve(t, o, x[0], reshape(t, o, x[1], (size_t[]){ kernel->dim[1], 1, o->shape.dim[2] }, 3));
    const char *name = begin(t, o, "DepthwiseConv2dNative", x[0]);
    tf_node_input(t->n, x[1]);
    put_window(t, o);
    put_pair(t, "dilations", o->dilation);
    tf_node_integers(t->n, "explicit_paddings", NULL, 0);
    return end(t, name, "output");
}

static const char *put_pool(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, t->now->op, x[0]);
    put_window(t, o);
    put_pair(t, "ksize", o->size);
    return end(t, name, "output");
}

static const char *put_reduction(translator *t, const operation *o, const char *const *x)
{
    const char *axes = integers(t, o, "reduction_indices", (int32_t[]){ 1, 2 }, 2);
    const char *name = begin(t, o, t->now->op, x[0]);
    tf_node_input(t->n, axes);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tidx", TF_INT32);
    tf_node_boolean(t->n, "keep_dims", o->shape.rank > 1);
    return end(t, name, "output");
}

static const char *put_pad(translator *t, const operation *o, const char *const *x)
{
    int32_t sizes[8] = { 0 };
    for (int i = 0; i < 4; i++) sizes[2 + i] = (int32_t)o->padding[i];
    const char *paddings = constant(
        t, o, "paddings", &(horn_view){ .data = sizes, .dtype = HORN_INT32, .rank = 2, .shape = { 4, 2 } });
    const char *name = begin(t, o, "Pad", x[0]);
    tf_node_input(t->n, paddings);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tpaddings", TF_INT32);
    return end(t, name, "output");
}

/* For images that have all of it. */
static const char *put_fused_normalization(translator *t, const operation *o, const char *const *x)
{
    static const int order[] = { 3, 4, 1, 2 };
    const char *name = begin(t, o, "FusedBatchNormV3", x[0]);
    for (int i = 0; i < 4; i++) tf_node_input(t->n, x[order[i]]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "U", TF_FLOAT);
    tf_node_text(t->n, "data_format", "NHWC");
    tf_node_number(t->n, "epsilon", (float)o->number);
    tf_node_number(t->n, "exponential_avg_factor", 1);
    tf_node_boolean(t->n, "is_training", false);
    return end(t, name, "y");
}

/* x factor + (beta - mean factor), factor = gamma / sqrt(variance + epsilon): as Keras does it for other inputs. */
static const char *put_normalization(translator *t, const operation *o, const char *const *x)
{
    const bool is_image = o->shape.rank == 3;
    if (is_image && x[3] && x[4]) return put_fused_normalization(t, o, x);
    const char *sum = binary(t, o, "AddV2", x[2], scalar(t, o, "epsilon", o->number));
    const char *name = begin(t, o, "Rsqrt", sum);
    tf_node_type(t->n, "T", TF_FLOAT);
    const char *factor = end(t, name, "y");
    if (x[3]) factor = binary(t, o, "Mul", factor, x[3]);
    const char *scaled = binary(t, o, "Mul", x[0], factor), *shift = binary(t, o, "Mul", x[1], factor);
    if (!x[4]) return binary(t, o, "Sub", scaled, shift);
    return binary(t, o, "AddV2", scaled, binary(t, o, "Sub", x[4], shift));
}

static const char *put_leaky_relu(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, "LeakyRelu", x[0]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_number(t->n, "alpha", (float)o->number);
    return end(t, name, "activations");
}

static const char *put_select(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, "SelectV2", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_input(t->n, x[2]);
    tf_node_type(t->n, "T", TF_FLOAT);
    return end(t, name, "output");
}

static const char *put_cast(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, "Cast", x[0]);
    tf_node_type(t->n, "SrcT", TF_BOOL);
    tf_node_type(t->n, "DstT", TF_FLOAT);
    return end(t, name, "y");
}

static const char *put_binary(translator *t, const operation *o, const char *const *x)
{
    return binary(t, o, t->now->op, x[0], x[1]);
}

static const char *put_unary(translator *t, const operation *o, const char *const *x)
{
    const char *name = begin(t, o, t->now->op, x[0]);
    tf_node_type(t->n, "T", TF_FLOAT);
    return end(t, name, t->now->result);
}

static const translation translations[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { .put = put_input },
    [OPERATION_WEIGHT] = { .put = put_weight },
    [OPERATION_NUMBER] = { .put = put_number },
    [OPERATION_RESHAPE] = { .put = put_reshape },
    [OPERATION_MATMUL] = { .put = put_matmul },
    [OPERATION_BIAS_ADD] = { .put = put_bias_add },
    [OPERATION_CONV2D] = { .put = put_conv2d },
    [OPERATION_DEPTHWISE_CONV2D] = { .put = put_depthwise },
    [OPERATION_MAX_POOL] = { .put = put_pool, .op = "MaxPool" },
    [OPERATION_AVG_POOL] = { .put = put_pool, .op = "AvgPool" },
    [OPERATION_MEAN] = { .put = put_reduction, .op = "Mean" },
    [OPERATION_MAX] = { .put = put_reduction, .op = "Max" },
    [OPERATION_PAD] = { .put = put_pad },
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

static const char *put_operation(translator *t, const operation *o)
{
    const char *inputs[OPERATION_MAX_INPUTS] = { NULL };
    for (int i = 0; i < o->input_count; i++)
        if (o->inputs[i] != NO_VALUE) inputs[i] = t->values[o->inputs[i]];
    t->now = &translations[o->kind];
    if (t->now->put) return t->now->put(t, o, inputs);
    t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                        "%s: layer '%s': operation '%s' is not one of TensorFlow's that are known", t->where,
                        layer_of(t, o), operation_name(o->kind));
    return "";
}

horn_status tf_operations_write(tf_nodes *n, const snapshot *s, const char *input, const char **output,
                                const char *where)
{
    horn_status status = HORN_OK;
    translator t = { .n = n, .s = s, .g = s->operations, .input = input, .where = where };
    if (!t.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
    TRY(memory_new(&t.values, t.g->count, sizeof *t.values));
    for (size_t i = 0; i < t.g->count; i++) {
        t.values[i] = put_operation(&t, &t.g->operations[i]);
        TRY(tf_nodes_status(n));
    }
    *output = t.values[t.g->output];
done:
    free(t.values);
    return status;
}
