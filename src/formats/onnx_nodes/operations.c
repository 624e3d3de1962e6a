#include "formats/onnx_nodes/operations.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx_nodes/writer.h"

/* ---- by kind ---- */

static void put_input(onnx_writer *t, const operation *o)
{
    t->values[onnx_number_of(t, o)].names[ONNX_PLAIN] = "input";
}

/* Where it is used, in the layout of its use. */
static void put_weight(onnx_writer *t, const operation *o)
{
    (void)t, (void)o;
}

static void put_number(onnx_writer *t, const operation *o)
{
    t->values[onnx_number_of(t, o)].names[ONNX_PLAIN] = onnx_scalar(t, o, o->number);
}

static void put_numbers(onnx_writer *t, const operation *o)
{
    horn_view v = { .data = o->values, .dtype = HORN_FLOAT32, .rank = o->shape.rank };
    memcpy(v.shape, o->shape.dim, sizeof v.shape);
    t->values[onnx_number_of(t, o)].names[ONNX_PLAIN] = onnx_constant(t, o, "constant", &v);
}

static const onnx_writer_row rows[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { put_input, NULL },
    [OPERATION_WEIGHT] = { put_weight, NULL },
    [OPERATION_NUMBER] = { put_number, NULL },
    [OPERATION_NUMBERS] = { put_numbers, NULL },
    [OPERATION_RESHAPE] = { onnx_put_reshape, NULL },
    [OPERATION_EXPAND_DIMS] = { onnx_put_axis, "Unsqueeze" },
    [OPERATION_SQUEEZE] = { onnx_put_axis, "Squeeze" },
    [OPERATION_MATMUL] = { onnx_put_matmul, NULL },
    [OPERATION_BIAS_ADD] = { onnx_put_bias_add, NULL },
    [OPERATION_CONV2D] = { onnx_put_convolution, "Conv" },
    [OPERATION_DEPTHWISE_CONV2D] = { onnx_put_convolution, "Conv" },
    [OPERATION_MAX_POOL] = { onnx_put_pool, "MaxPool" },
    [OPERATION_AVG_POOL] = { onnx_put_pool, "AveragePool" },
    [OPERATION_MEAN] = { onnx_put_reduction, "ReduceMean" },
    [OPERATION_MAX] = { onnx_put_reduction, "ReduceMax" },
    [OPERATION_CONV2D_TRANSPOSE] = { onnx_put_transposed, NULL },
    [OPERATION_CONV3D] = { onnx_put_convolution, NULL },
    [OPERATION_CONV3D_TRANSPOSE] = { onnx_put_transposed, NULL },
    [OPERATION_MAX_POOL3D] = { onnx_put_pool, "MaxPool" },
    [OPERATION_AVG_POOL3D] = { onnx_put_pool, "AveragePool" },
    [OPERATION_PAD] = { onnx_put_padding, NULL },
    [OPERATION_CROP] = { onnx_put_crop, NULL },
    [OPERATION_TRANSPOSE] = { onnx_put_transpose, NULL },
    [OPERATION_TILE] = { onnx_put_tile, NULL },
    [OPERATION_RESIZE_NEAREST] = { onnx_put_resize, "nearest" },
    [OPERATION_RESIZE_BILINEAR] = { onnx_put_resize, "linear" },
    [OPERATION_MEAN_ALONG] = { onnx_put_mean_along, NULL },
    [OPERATION_GATHER] = { onnx_put_gather, NULL },
    [OPERATION_JOIN] = { onnx_put_join, NULL },
    [OPERATION_DOT] = { onnx_put_dot, NULL },
    [OPERATION_SIMPLE_RNN] = { onnx_put_recurrent, NULL },
    [OPERATION_LSTM] = { onnx_put_recurrent, NULL },
    [OPERATION_GRU] = { onnx_put_recurrent, NULL },
    [OPERATION_BATCH_NORMALIZATION] = { onnx_put_normalization, NULL },
    [OPERATION_LEAKY_RELU] = { onnx_put_leaky_relu, NULL },
    [OPERATION_RELU] = { onnx_put_elementwise, "Relu" },
    [OPERATION_RELU6] = { onnx_put_relu6, NULL },
    [OPERATION_SOFTMAX] = { onnx_put_softmax, NULL },
    [OPERATION_SIGMOID] = { onnx_put_elementwise, "Sigmoid" },
    [OPERATION_TANH] = { onnx_put_elementwise, "Tanh" },
    [OPERATION_ELU] = { onnx_put_elementwise, "Elu" },
    [OPERATION_SELU] = { onnx_put_elementwise, "Selu" },
    [OPERATION_SOFTPLUS] = { onnx_put_elementwise, "Softplus" },
    [OPERATION_GREATER] = { onnx_put_elementwise, "Greater" },
    [OPERATION_MINIMUM] = { onnx_put_elementwise, "Min" },
    [OPERATION_MAXIMUM] = { onnx_put_elementwise, "Max" },
    [OPERATION_ADD] = { onnx_put_elementwise, "Add" },
    [OPERATION_SUB] = { onnx_put_elementwise, "Sub" },
    [OPERATION_MUL] = { onnx_put_elementwise, "Mul" },
    [OPERATION_SELECT] = { onnx_put_elementwise, "Where" },
    [OPERATION_CAST] = { onnx_put_cast, NULL },
    [OPERATION_NEG] = { onnx_put_elementwise, "Neg" },
    [OPERATION_RSQRT] = { onnx_put_rsqrt, NULL },
};

/* ---- all of them ---- */

/* A model may give its input, or an image that was needed in the other layout before. */
static void put_end(onnx_writer *t)
{
    const size_t last = t->g->output;
    const char *plain = t->values[last].names[ONNX_PLAIN];
    if (plain && strcmp(plain, "output") == 0) return;
    if (!plain && onnx_is_image(t, last))
        (void)onnx_turn(t, &t->g->operations[last], last, ONNX_PLAIN, "output");
    else
        onnx_nodes_add(t->n, "Identity", "output", "output", &plain, 1);
}

horn_status onnx_operations_write(onnx_nodes *n, const snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    snapshot_leaves leaves = { 0 };
    onnx_writer t = { .n = n, .leaves = &leaves, .g = s->operations, .where = where };
    if (!t.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
    TRY(snapshot_leaves_new(&leaves, s));
    TRY(memory_new(&t.values, t.g->count, sizeof *t.values));
    TRY(graph_look_ahead(&t.known, t.g));
    for (size_t i = 0; i < t.g->count; i++) {
        const operation *o = &t.g->operations[i];
        t.now = &rows[o->kind];
        if (!t.now->put)
            TRY(fail(HORN_ERROR_UNSUPPORTED,
                     "%s: layer '%s': operation '%s' is not one of ONNX's that are known", where,
                     onnx_layer_of(&t, o), operation_name(o->kind)));
        t.now->put(&t, o);
        TRY(onnx_nodes_status(n));
    }
    put_end(&t);
    status = onnx_nodes_status(n);
done:
    free(t.values);
    free(t.known);
    snapshot_leaves_free(&leaves);
    return status;
}
