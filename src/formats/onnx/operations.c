#include "formats/onnx/operations.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx/writer.h"

size_t onnx_number_of(const onnx_writer *t, const operation *o)
{
    return (size_t)(o - t->g->operations);
}

const char *onnx_layer_of(const onnx_writer *t, const operation *o)
{
    return t->s->layers[o->layer].name;
}

bool onnx_is_computed(const onnx_writer *t, size_t value)
{
    return t->known[value].is_computed;
}

size_t onnx_bias_of(const onnx_writer *t, size_t value)
{
    const operation *o = &t->g->operations[value];
    const bool takes_one = o->kind == OPERATION_CONV2D || o->kind == OPERATION_DEPTHWISE_CONV2D ||
                           (o->kind == OPERATION_MATMUL && o->shape.rank == 1);
    return takes_one ? graph_bias_of(t->g, t->known, value) : 0;
}

bool onnx_is_image(const onnx_writer *t, size_t value)
{
    return onnx_is_computed(t, value) && t->g->operations[value].shape.rank == 3;
}

static const char *name_of(onnx_writer *t, const operation *o, const char *what)
{
    return onnx_nodes_name(t->n, o->layer, onnx_layer_of(t, o), what);
}

/* ---- constants ---- */

const char *onnx_constant(onnx_writer *t, const operation *o, const char *what, const horn_view *v)
{
    const char *name = name_of(t, o, what);
    onnx_nodes_initializer(t->n, name, v);
    return name;
}

const char *onnx_scalar(onnx_writer *t, const operation *o, double value)
{
    const float number = (float)value;
    return onnx_constant(t, o, "constant", &(horn_view){ .data = &number, .dtype = HORN_FLOAT32 });
}

const char *onnx_sizes(onnx_writer *t, const operation *o, const char *what, const int64_t *sizes,
                       size_t count)
{
    return onnx_constant(t, o, what,
                         &(horn_view){ .data = sizes, .dtype = HORN_INT64, .rank = 1, .shape = { count } });
}

const snapshot_tensor *onnx_weight_of(onnx_writer *t, const operation *o)
{
    const snapshot_tensor *found = NULL;
    horn_status status = graph_find_weight(&found, t->s, o, t->where);
    if (status) t->n->status = status;
    return found;
}

/* ---- values ---- */

/* The result is in the layout that the model's output has. */
static bool is_end(const onnx_writer *t, size_t value, onnx_layout layout)
{
    return value == t->g->output && (layout == ONNX_PLAIN || !onnx_is_image(t, value));
}

static const char *turn(onnx_writer *t, const operation *o, size_t value, onnx_layout layout,
                        const char *output)
{
    static const size_t order[ONNX_LAYOUTS][4] = { { 0, 2, 3, 1 }, { 0, 3, 1, 2 } };
    const char **names = t->values[value].names;
    const char *name = name_of(t, o, "Transpose");
    if (!output) output = name;
    onnx_nodes_integers(t->n, "perm", order[layout], 4);
    onnx_nodes_add(t->n, "Transpose", name, output, &names[!layout], 1);
    return names[layout] = output;
}

const char *onnx_operand(onnx_writer *t, const operation *o, int input, onnx_layout layout)
{
    const size_t value = o->inputs[input];
    onnx_written *w = &t->values[value];
    const operation *from = &t->g->operations[value];
    if (w->names[layout]) return w->names[layout];
    if (from->kind == OPERATION_WEIGHT) {
        const snapshot_tensor *weight = onnx_weight_of(t, from);
        const horn_view v = weight ? snapshot_tensor_view(weight) : (horn_view){ 0 };
        return w->names[ONNX_PLAIN] = weight ? onnx_constant(t, from, from->weight, &v) : "";
    }
    if (!onnx_is_image(t, value)) return w->names[ONNX_PLAIN] ? w->names[ONNX_PLAIN] : "";
    return turn(t, o, value, layout, NULL);
}

onnx_layout onnx_layout_of(const onnx_writer *t, const operation *o, int input)
{
    return t->values[o->inputs[input]].names[ONNX_CHANNELS_FIRST] ? ONNX_CHANNELS_FIRST : ONNX_PLAIN;
}

void onnx_put(onnx_writer *t, const operation *o, const char *op, const char *const *inputs, size_t count,
              onnx_layout layout)
{
    const size_t bias = onnx_bias_of(t, onnx_number_of(t, o)), value = bias ? bias : onnx_number_of(t, o);
    const char *name = name_of(t, o, op), *output = is_end(t, value, layout) ? "output" : name;
    onnx_nodes_add(t->n, op, name, output, inputs, count);
    t->values[value].names[layout] = output;
}

const char *onnx_put_inner(onnx_writer *t, const operation *o, const char *op, const char *const *inputs,
                           size_t count)
{
    const char *name = name_of(t, o, op);
    onnx_nodes_add(t->n, op, name, name, inputs, count);
    return name;
}

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

static const onnx_writer_row rows[OPERATION_KINDS] = {
    [OPERATION_INPUT] = { put_input, NULL },
    [OPERATION_WEIGHT] = { put_weight, NULL },
    [OPERATION_NUMBER] = { put_number, NULL },
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
    [OPERATION_PAD] = { onnx_put_padding, NULL },
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
        (void)turn(t, &t->g->operations[last], last, ONNX_PLAIN, "output");
    else
        onnx_nodes_add(t->n, "Identity", "output", "output", &plain, 1);
}

horn_status onnx_operations_write(onnx_nodes *n, const snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    onnx_writer t = { .n = n, .s = s, .g = s->operations, .where = where };
    if (!t.g) return fail(HORN_ERROR_ARGUMENT, "%s: the model's operations are missing", where);
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
    return status;
}
