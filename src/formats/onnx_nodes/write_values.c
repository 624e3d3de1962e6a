/* Writes operations on any values: products, activations, normalization, shapes. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx_nodes/writer.h"

/* ---- shapes ---- */

void onnx_put_reshape(onnx_writer *t, const operation *o)
{
    int64_t sizes[HORN_MAX_RANK + 1] = { -1 };
    const char *inputs[2] = { onnx_operand(t, o, 0, ONNX_PLAIN), NULL };
    if (o->shape.rank == 1 && onnx_is_computed(t, o->inputs[0])) {
        onnx_nodes_integer(t->n, "axis", 1);
        onnx_put(t, o, "Flatten", inputs, 1, ONNX_PLAIN);
        return;
    }
    const size_t first = onnx_is_computed(t, o->inputs[0]);
    for (int i = 0; i < o->shape.rank; i++) sizes[first + (size_t)i] = (int64_t)o->shape.dim[i];
    inputs[1] = onnx_sizes(t, o, "shape", sizes, (size_t)o->shape.rank + first);
    onnx_put(t, o, "Reshape", inputs, 2, ONNX_PLAIN);
}

/* The place of the axis that one has more than the other, in front of which there are the samples. */
static int64_t axis_between(const shape *less, const shape *more)
{
    int axis = 0;
    while (axis < less->rank && more->dim[axis] == less->dim[axis]) axis++;
    return axis + 1;
}

/* A kernel's is taken by the convolution. */
void onnx_put_axis(onnx_writer *t, const operation *o)
{
    const shape *from = &t->g->operations[o->inputs[0]].shape;
    const int64_t axis =
        from->rank < o->shape.rank ? axis_between(from, &o->shape) : axis_between(&o->shape, from);
    if (!onnx_is_computed(t, o->inputs[0])) return;
    const char *inputs[2] = { onnx_operand(t, o, 0, ONNX_PLAIN), onnx_sizes(t, o, "axes", &axis, 1) };
    onnx_put(t, o, t->now->op, inputs, 2, ONNX_PLAIN);
}

/* ---- products ---- */

static const char *bias_of(onnx_writer *t, const operation *o)
{
    const size_t bias = onnx_bias_of(t, onnx_number_of(t, o));
    return bias ? onnx_operand(t, &t->g->operations[bias], 1, ONNX_PLAIN) : NULL;
}

void onnx_put_matmul(onnx_writer *t, const operation *o)
{
    const char *inputs[3] = { onnx_operand(t, o, 0, ONNX_PLAIN), onnx_operand(t, o, 1, ONNX_PLAIN),
                              bias_of(t, o) };
    onnx_put(t, o, o->shape.rank == 1 ? "Gemm" : "MatMul", inputs, 3, ONNX_PLAIN);
}

void onnx_put_dot(onnx_writer *t, const operation *o)
{
    const char *x = onnx_operand(t, o, 0, ONNX_PLAIN), *y = onnx_operand(t, o, 1, ONNX_PLAIN);
    onnx_nodes_integers(t->n, "perm", (size_t[3]){ 0, 2, 1 }, 3);
    onnx_put(t, o, "MatMul", (const char *[]){ x, onnx_put_inner(t, o, "Transpose", &y, 1) }, 2, ONNX_PLAIN);
}

/* Of what has none as an input. */
void onnx_put_bias_add(onnx_writer *t, const operation *o)
{
    if (onnx_bias_of(t, o->inputs[0]) == onnx_number_of(t, o)) return;
    const char *inputs[2] = { onnx_operand(t, o, 0, ONNX_PLAIN), onnx_operand(t, o, 1, ONNX_PLAIN) };
    onnx_put(t, o, "Add", inputs, 2, ONNX_PLAIN);
}

/* ---- activations ---- */

/* Weights lie along the last axis. */
void onnx_put_elementwise(onnx_writer *t, const operation *o)
{
    const char *inputs[OPERATION_MAX_INPUTS] = { NULL };
    const onnx_layout layout = onnx_layout_of_all(t, o->inputs, (size_t)o->input_count);
    for (int i = 0; i < o->input_count; i++) inputs[i] = onnx_operand(t, o, i, layout);
    onnx_put(t, o, t->now->op, inputs, (size_t)o->input_count, layout);
}

void onnx_put_leaky_relu(onnx_writer *t, const operation *o)
{
    const onnx_layout layout = onnx_layout_of(t, o, 0);
    const char *x = onnx_operand(t, o, 0, layout);
    onnx_nodes_number(t->n, "alpha", (float)o->number);
    onnx_put(t, o, "LeakyRelu", &x, 1, layout);
}

void onnx_put_relu6(onnx_writer *t, const operation *o)
{
    const onnx_layout layout = onnx_layout_of(t, o, 0);
    const char *inputs[3] = { onnx_operand(t, o, 0, layout), onnx_scalar(t, o, 0), onnx_scalar(t, o, 6) };
    onnx_put(t, o, "Clip", inputs, 3, layout);
}

void onnx_put_softmax(onnx_writer *t, const operation *o)
{
    const onnx_layout layout = onnx_layout_of(t, o, 0);
    const char *x = onnx_operand(t, o, 0, layout);
    onnx_nodes_integer(t->n, "axis", layout == ONNX_PLAIN ? -1 : 1);
    onnx_put(t, o, "Softmax", &x, 1, layout);
}

void onnx_put_cast(onnx_writer *t, const operation *o)
{
    const onnx_layout layout = onnx_layout_of(t, o, 0);
    const char *x = onnx_operand(t, o, 0, layout);
    onnx_nodes_integer(t->n, "to", ONNX_FLOAT);
    onnx_put(t, o, "Cast", &x, 1, layout);
}

void onnx_put_rsqrt(onnx_writer *t, const operation *o)
{
    const onnx_layout layout = onnx_layout_of(t, o, 0);
    const char *x = onnx_operand(t, o, 0, layout), *root = onnx_put_inner(t, o, "Sqrt", &x, 1);
    onnx_put(t, o, "Reciprocal", &root, 1, layout);
}

/* ---- normalization ---- */

/* ONNX's has gamma and beta: ones or zeros if the layer has none. */
static const char *fill(onnx_writer *t, const operation *o, float value)
{
    float *values;
    const size_t count = o->shape.dim[o->shape.rank - 1];
    horn_status status = memory_new(&values, count, sizeof *values);
    if (status) {
        t->n->status = status;
        return "";
    }
    for (size_t i = 0; i < count; i++) values[i] = value;
    const char *name =
        onnx_constant(t, o, value != 0 ? "ones" : "zeros",
                      &(horn_view){ .data = values, .dtype = HORN_FLOAT32, .rank = 1, .shape = { count } });
    free(values);
    return name;
}

static const char *pair(onnx_writer *t, const operation *o, const char *op, const char *x, const char *y)
{
    return onnx_put_inner(t, o, op, (const char *[]){ x, y }, 2);
}

/* x factor + (beta - mean factor), factor = gamma / sqrt(variance + epsilon): of what has the channels neither last of two axes
 * nor in front. */
static void put_by_parts(onnx_writer *t, const operation *o)
{
    const char *x[5] = { NULL };
    for (int i = 0; i < o->input_count; i++)
        if (o->inputs[i] != NO_VALUE) x[i] = onnx_operand(t, o, i, ONNX_PLAIN);
    const char *sum = pair(t, o, "Add", x[2], onnx_scalar(t, o, o->number)),
               *root = onnx_put_inner(t, o, "Sqrt", &sum, 1),
               *factor = onnx_put_inner(t, o, "Reciprocal", &root, 1);
    if (x[3]) factor = pair(t, o, "Mul", factor, x[3]);
    const char *scaled = pair(t, o, "Mul", x[0], factor), *shift = pair(t, o, "Mul", x[1], factor);
    if (x[4]) shift = pair(t, o, "Sub", x[4], shift);
    onnx_put(t, o, x[4] ? "Add" : "Sub", (const char *[]){ scaled, shift }, 2, ONNX_PLAIN);
}

void onnx_put_normalization(onnx_writer *t, const operation *o)
{
    enum { MEAN = 1, VARIANCE, GAMMA, BETA };
    const bool has_gamma = o->input_count > GAMMA && o->inputs[GAMMA] != NO_VALUE,
               has_beta = o->input_count > BETA && o->inputs[BETA] != NO_VALUE;
    if (o->shape.rank != 1 && o->shape.rank != 3) {
        put_by_parts(t, o);
        return;
    }
    const onnx_layout layout = o->shape.rank == 3 ? ONNX_CHANNELS_FIRST : ONNX_PLAIN;
    const char *inputs[5] = { onnx_operand(t, o, 0, layout) };
    inputs[1] = has_gamma ? onnx_operand(t, o, GAMMA, ONNX_PLAIN) : fill(t, o, 1);
    inputs[2] = has_beta ? onnx_operand(t, o, BETA, ONNX_PLAIN) : fill(t, o, 0);
    inputs[3] = onnx_operand(t, o, MEAN, ONNX_PLAIN);
    inputs[4] = onnx_operand(t, o, VARIANCE, ONNX_PLAIN);
    onnx_nodes_number(t->n, "epsilon", (float)o->number);
    onnx_put(t, o, "BatchNormalization", inputs, 5, layout);
}
