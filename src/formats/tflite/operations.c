#include "formats/tflite/operations.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/graph_unrolling.h"
#include "formats/tflite/writer.h"

static void put_input(tflite_writer *t, const operation *o)
{
    t->values[tflite_number_of(t, o)] = tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = "input",
                                                                                    .type = TFLITE_FLOAT32,
                                                                                    .is_computed = true,
                                                                                    .shape = o->shape }) +
                                        1;
}

/* Where it is used, as its use needs it. */
static void put_nothing(tflite_writer *t, const operation *o)
{
    (void)t, (void)o;
}

static void put_number(tflite_writer *t, const operation *o)
{
    t->values[tflite_number_of(t, o)] = tflite_scalar(t, o, o->number) + 1;
}

static void put_numbers(tflite_writer *t, const operation *o)
{
    float *copy = NULL;
    const size_t count = shape_count(&o->shape);
    if (!t->n->status) t->n->status = memory_new(&copy, count, sizeof *copy);
    if (t->n->status) return;
    memcpy(copy, o->values, count * sizeof *copy);
    t->values[tflite_number_of(t, o)] = tflite_floats(t, o, "constant", copy, &o->shape) + 1;
}

static const tflite_row rows[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { put_input, 0, 0 },
    [OPERATION_WEIGHT] = { put_nothing, 0, 0 },
    [OPERATION_NUMBER] = { put_number, 0, 0 },
    [OPERATION_NUMBERS] = { put_numbers, 0, 0 },
    [OPERATION_RESHAPE] = { tflite_put_reshape, TFLITE_RESHAPE, 0 },
    [OPERATION_EXPAND_DIMS] = { tflite_put_axis, TFLITE_RESHAPE, 0 },
    [OPERATION_SQUEEZE] = { tflite_put_axis, TFLITE_RESHAPE, 0 },
    [OPERATION_MATMUL] = { tflite_put_product, TFLITE_FULLY_CONNECTED, 0 },
    [OPERATION_BIAS_ADD] = { tflite_put_arithmetic, TFLITE_ADD, TFLITE_ADD_OPTIONS },
    [OPERATION_CONV2D] = { tflite_put_convolution, TFLITE_CONV_2D, 0 },
    [OPERATION_DEPTHWISE_CONV2D] = { tflite_put_depthwise, TFLITE_DEPTHWISE_CONV_2D, 0 },
    [OPERATION_MAX_POOL] = { tflite_put_pool, TFLITE_MAX_POOL_2D, 0 },
    [OPERATION_AVG_POOL] = { tflite_put_pool, TFLITE_AVERAGE_POOL_2D, 0 },
    [OPERATION_MEAN] = { tflite_put_reduction, TFLITE_MEAN, 0 },
    [OPERATION_MAX] = { tflite_put_reduction, TFLITE_REDUCE_MAX, 0 },
    [OPERATION_CONV2D_TRANSPOSE] = { tflite_put_transposed, TFLITE_TRANSPOSE_CONV, 0 },
    [OPERATION_CONV3D] = { tflite_put_convolution3d, TFLITE_CONV_3D, 0 },
    [OPERATION_CONV3D_TRANSPOSE] = { tflite_put_transposed3d, TFLITE_CONV_3D_TRANSPOSE, 0 },
    [OPERATION_MAX_POOL3D] = { tflite_put_pool3d, TFLITE_MAX_POOL_2D, 0 },
    [OPERATION_AVG_POOL3D] = { tflite_put_pool3d, TFLITE_AVERAGE_POOL_2D, 0 },
    [OPERATION_PAD] = { tflite_put_padding, TFLITE_PAD, 0 },
    [OPERATION_CROP] = { tflite_put_crop, TFLITE_STRIDED_SLICE, 0 },
    [OPERATION_TRANSPOSE] = { tflite_put_transpose, TFLITE_TRANSPOSE, 0 },
    [OPERATION_TILE] = { tflite_put_tile, TFLITE_TILE, 0 },
    [OPERATION_RESIZE_NEAREST] = { tflite_put_resize, TFLITE_RESIZE_NEAREST, 0 },
    [OPERATION_RESIZE_BILINEAR] = { tflite_put_resize, TFLITE_RESIZE_BILINEAR, 0 },
    [OPERATION_MEAN_ALONG] = { tflite_put_mean_along, TFLITE_MEAN, 0 },
    [OPERATION_GATHER] = { tflite_put_gather, TFLITE_GATHER, 0 },
    [OPERATION_SLICE] = { tflite_put_slice, TFLITE_SLICE, 0 },
    [OPERATION_JOIN] = { tflite_put_join, TFLITE_CONCATENATION, 0 },
    [OPERATION_DOT] = { tflite_put_dot, TFLITE_BATCH_MATMUL, TFLITE_BATCH_MATMUL_OPTIONS },
    [OPERATION_BATCH_NORMALIZATION] = { tflite_put_normalization, 0, 0 },
    [OPERATION_LEAKY_RELU] = { tflite_put_leaky_relu, TFLITE_LEAKY_RELU, 0 },
    [OPERATION_RELU] = { tflite_put_elementwise, TFLITE_RELU, 0 },
    [OPERATION_RELU6] = { tflite_put_elementwise, TFLITE_RELU6, 0 },
    [OPERATION_SOFTMAX] = { tflite_put_softmax, TFLITE_SOFTMAX, 0 },
    [OPERATION_SIGMOID] = { tflite_put_elementwise, TFLITE_LOGISTIC, 0 },
    [OPERATION_TANH] = { tflite_put_elementwise, TFLITE_TANH, 0 },
    [OPERATION_ELU] = { tflite_put_elementwise, TFLITE_ELU, 0 },
    [OPERATION_SELU] = { tflite_put_selu, 0, 0 },
    [OPERATION_SOFTPLUS] = { tflite_put_softplus, 0, 0 },
    [OPERATION_GREATER] = { tflite_put_elementwise, TFLITE_GREATER, 0 },
    [OPERATION_MINIMUM] = { tflite_put_elementwise, TFLITE_MINIMUM, 0 },
    [OPERATION_MAXIMUM] = { tflite_put_elementwise, TFLITE_MAXIMUM, 0 },
    [OPERATION_ADD] = { tflite_put_arithmetic, TFLITE_ADD, TFLITE_ADD_OPTIONS },
    [OPERATION_SUB] = { tflite_put_arithmetic, TFLITE_SUB, TFLITE_SUB_OPTIONS },
    [OPERATION_MUL] = { tflite_put_arithmetic, TFLITE_MUL, TFLITE_MUL_OPTIONS },
    [OPERATION_SELECT] = { tflite_put_elementwise, TFLITE_SELECT_V2, 0 },
    [OPERATION_CAST] = { tflite_put_elementwise, TFLITE_CAST, 0 },
    [OPERATION_NEG] = { tflite_put_elementwise, TFLITE_NEG, 0 },
    [OPERATION_RSQRT] = { tflite_put_elementwise, TFLITE_RSQRT, 0 },
};

/* A model may give its input: a Reshape to the same shape makes a tensor of its own. */
static void put_end(tflite_writer *t, int32_t *output)
{
    const operation *last = &t->g->operations[t->g->output];
    if (last->kind == OPERATION_INPUT || last->kind == OPERATION_WEIGHT || last->kind == OPERATION_NUMBER) {
        int32_t sizes[HORN_MAX_RANK + 1] = { -1 };
        const bool is_input = last->kind == OPERATION_INPUT;
        for (int i = 0; i < last->shape.rank; i++) sizes[is_input + i] = (int32_t)last->shape.dim[i];
        tflite_operator o = { .op = TFLITE_RESHAPE,
                              .inputs = { tflite_value(t, t->g->output) },
                              .input_count = 2 };
        o.inputs[1] = tflite_integers(t, last, "shape", sizes,
                                      &(shape){ 1, { (size_t)(is_input + last->shape.rank) } });
        tflite_put(t, t->g->output, &o);
    }
    *output = t->values[t->g->output] - 1;
}

/* The file has each weight, also if nothing takes it: the recurrent kernel of a sequence of one step. */
static void put_unused(tflite_writer *t)
{
    for (size_t i = 0; i < t->g->count; i++)
        if (t->g->operations[i].kind == OPERATION_WEIGHT && !t->known[i].uses) (void)tflite_value(t, i);
}

horn_status tflite_operations_write(tflite_nodes *n, const snapshot *s, int32_t *input, int32_t *output,
                                    const char *where)
{
    horn_status status = HORN_OK;
    graph *unrolled = NULL;
    snapshot_leaves leaves = { 0 };
    tflite_writer t = { .n = n, .leaves = &leaves, .g = s->operations, .where = where };
    if (!t.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
    TRY(snapshot_leaves_new(&leaves, s));
    if (graph_is_recurrent(t.g)) TRY(graph_unroll(&unrolled, t.g, &leaves, where));
    if (unrolled) t.g = unrolled;
    TRY(memory_new(&t.values, t.g->count, sizeof *t.values));
    TRY(memory_new(&t.turned, t.g->count, sizeof *t.turned));
    TRY(graph_look_ahead(&t.known, t.g));
    for (size_t i = 0; i < t.g->count; i++) {
        const operation *o = &t.g->operations[i];
        if (t.values[i]) continue; /* a part of one in front */
        t.now = &rows[o->kind];
        if (!t.now->put)
            TRY(fail(HORN_ERROR_UNSUPPORTED,
                     "%s: layer '%s': operation '%s' is not one of TensorFlow Lite's that are known", where,
                     tflite_layer_of(&t, o), operation_name(o->kind)));
        t.now->put(&t, o);
        TRY(n->status);
    }
    put_unused(&t);
    *input = t.values[0] - 1;
    put_end(&t, output);
    status = n->status;
done:
    free(t.values);
    free(t.turned);
    free(t.known);
    snapshot_leaves_free(&leaves);
    graph_free(unrolled);
    return status;
}
