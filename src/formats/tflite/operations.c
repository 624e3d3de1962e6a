#include "formats/tflite/operations.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tflite/writer.h"

/* Of an operation that is a part of another one: no tensor. */
enum { TAKEN = -1 };

size_t tflite_number_of(const tflite_writer *t, const operation *o)
{
    return (size_t)(o - t->g->operations);
}

const char *tflite_name(tflite_writer *t, const operation *o, const char *what)
{
    const char *name = "";
    if (!t->n->status)
        t->n->status = graph_names_add(&t->n->names, o->layer, t->s->layers[o->layer].name, what, &name);
    return name;
}

/* ---- constants ---- */

int32_t tflite_floats(tflite_writer *t, const operation *o, const char *what, float *values, const shape *s)
{
    return tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = tflite_name(t, o, what),
                                                       .type = TFLITE_FLOAT32,
                                                       .shape = *s,
                                                       .data = values,
                                                       .size = shape_count(s) * sizeof *values,
                                                       .is_owned = true });
}

int32_t tflite_integers(tflite_writer *t, const operation *o, const char *what, const int32_t *values,
                        const shape *s)
{
    int32_t *copy = NULL;
    const size_t count = shape_count(s);
    if (!t->n->status) t->n->status = memory_new(&copy, count, sizeof *copy);
    if (t->n->status) return 0;
    memcpy(copy, values, count * sizeof *copy);
    return tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = tflite_name(t, o, what),
                                                       .type = TFLITE_INT32,
                                                       .shape = *s,
                                                       .data = copy,
                                                       .size = count * sizeof *copy,
                                                       .is_owned = true });
}

int32_t tflite_scalar(tflite_writer *t, const operation *o, double value)
{
    float *number = NULL;
    if (!t->n->status) t->n->status = memory_new(&number, 1, sizeof *number);
    if (t->n->status) return 0;
    *number = (float)value;
    return tflite_floats(t, o, "constant", number, &(shape){ 0 });
}

const snapshot_tensor *tflite_weight_of(tflite_writer *t, const operation *o)
{
    const snapshot_tensor *found = NULL;
    horn_status status = graph_find_weight(&found, t->s, o, t->where);
    if (status) t->n->status = status;
    return found;
}

/* As the snapshot has it. */
static int32_t put_weight(tflite_writer *t, const operation *o)
{
    const snapshot_tensor *weight = tflite_weight_of(t, o);
    if (!weight) return 0;
    return tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = tflite_name(t, o, o->weight),
                                                       .type = TFLITE_FLOAT32,
                                                       .shape = o->shape,
                                                       .data = weight->data,
                                                       .size = snapshot_tensor_bytes(weight) });
}

int32_t tflite_operand(tflite_writer *t, const operation *o, int input)
{
    const size_t value = o->inputs[input];
    const operation *from = &t->g->operations[value];
    if (!t->values[value] && from->kind == OPERATION_WEIGHT) t->values[value] = put_weight(t, from) + 1;
    return t->values[value] - 1;
}

/* ---- results ---- */

void tflite_put(tflite_writer *t, size_t last, tflite_operator *added)
{
    const operation *o = &t->g->operations[last];
    added->output = tflite_nodes_tensor(
        t->n, &(tflite_tensor){ .name = last == t->g->output ? "output"
                                                             : tflite_name(t, o, operation_name(o->kind)),
                                .type = o->kind == OPERATION_GREATER ? TFLITE_BOOL : TFLITE_FLOAT32,
                                .is_computed = t->known[last].is_computed,
                                .shape = o->shape });
    if (!added->version) added->version = 1;
    t->values[last] = added->output + 1;
    tflite_nodes_operator(t->n, added);
}

int32_t tflite_put_inner(tflite_writer *t, const operation *o, tflite_operator *added, const shape *s)
{
    added->output =
        tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = tflite_name(t, o, operation_name(o->kind)),
                                                    .type = TFLITE_FLOAT32,
                                                    .is_computed = !s,
                                                    .shape = s ? *s : o->shape });
    if (!added->version) added->version = 1;
    tflite_nodes_operator(t->n, added);
    return added->output;
}

tflite_fused tflite_fuse(tflite_writer *t, const operation *o, bool takes_bias)
{
    tflite_fused f = { .last = tflite_number_of(t, o), .bias = TFLITE_LEFT_OUT };
    const size_t bias = takes_bias ? graph_bias_of(t->g, t->known, f.last) : 0;
    if (bias) {
        f.bias = tflite_operand(t, &t->g->operations[bias], 1);
        f.last = bias;
        t->values[bias] = TAKEN;
    }
    const size_t taker = t->known[f.last].taker;
    const operation_kind kind = t->g->operations[taker].kind;
    if (t->known[f.last].uses != 1 || (kind != OPERATION_RELU && kind != OPERATION_RELU6)) return f;
    f.activation = kind == OPERATION_RELU ? TFLITE_FUSED_RELU : TFLITE_FUSED_RELU6;
    f.last = taker;
    return f;
}

/* ---- by kind ---- */

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

static const tflite_row rows[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { put_input, 0, 0 },
    [OPERATION_WEIGHT] = { put_nothing, 0, 0 },
    [OPERATION_NUMBER] = { put_number, 0, 0 },
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
    [OPERATION_PAD] = { tflite_put_padding, TFLITE_PAD, 0 },
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
        operation of = { .inputs = { t->g->output } };
        for (int i = 0; i < last->shape.rank; i++) sizes[is_input + i] = (int32_t)last->shape.dim[i];
        tflite_operator o = { .op = TFLITE_RESHAPE,
                              .inputs = { tflite_operand(t, &of, 0) },
                              .input_count = 2 };
        o.inputs[1] = tflite_integers(t, last, "shape", sizes,
                                      &(shape){ 1, { (size_t)(is_input + last->shape.rank) } });
        tflite_put(t, t->g->output, &o);
    }
    *output = t->values[t->g->output] - 1;
}

horn_status tflite_operations_write(tflite_nodes *n, const snapshot *s, int32_t *input, int32_t *output,
                                    const char *where)
{
    horn_status status = HORN_OK;
    tflite_writer t = { .n = n, .s = s, .g = s->operations, .where = where };
    if (!t.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
    TRY(memory_new(&t.values, t.g->count, sizeof *t.values));
    TRY(graph_look_ahead(&t.known, t.g));
    for (size_t i = 0; i < t.g->count; i++) {
        const operation *o = &t.g->operations[i];
        if (t.values[i]) continue; /* a part of one in front */
        t.now = &rows[o->kind];
        if (!t.now->put)
            TRY(fail(HORN_ERROR_UNSUPPORTED,
                     "%s: layer '%s': operation '%s' is not one of TensorFlow Lite's that are known", where,
                     s->layers[o->layer].name, operation_name(o->kind)));
        t.now->put(&t, o);
        TRY(n->status);
    }
    *input = t.values[0] - 1;
    put_end(&t, output);
    status = n->status;
done:
    free(t.values);
    free(t.known);
    return status;
}
