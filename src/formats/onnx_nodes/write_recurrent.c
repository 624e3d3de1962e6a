/* Writes recurrent operations: x as (steps, samples, features), weights of all gates one below the other, a bias for x and one for the
 * state. Their result is (steps, directions, samples, units). */
#include <stdint.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx_nodes/recurrent.h"
#include "formats/onnx_nodes/writer.h"

static float *new_floats(onnx_writer *t, size_t count)
{
    float *values = NULL;
    if (!t->n->status) t->n->status = memory_new(&values, count, sizeof *values);
    return values;
}

/* (rows, gates units) becomes (1, gates units, rows), in ONNX's order of gates. */
static const char *put_kernel(onnx_writer *t, const operation *o, const onnx_recurrent *r, int input)
{
    const operation *from = &t->g->operations[o->inputs[input]];
    const snapshot_tensor *weight = onnx_weight_of(t, from);
    const size_t U = o->shape.dim[o->shape.rank - 1], D = from->shape.dim[0], width = r->gates * U;
    float *turned = weight ? new_floats(t, width * D) : NULL;
    if (!turned) return "";
    const float *values = weight->data;
    for (size_t i = 0; i < width; i++)
        for (size_t d = 0; d < D; d++) turned[i * D + d] = values[d * width + r->order[i / U] * U + i % U];
    const char *name = onnx_constant(
        t, from, from->weight,
        &(horn_view){ .data = turned, .dtype = HORN_FLOAT32, .rank = 3, .shape = { 1, width, D } });
    free(turned);
    return name;
}

static const char *put_zeros(onnx_writer *t, const operation *o, size_t count)
{
    float *zeros = new_floats(t, count);
    if (!zeros) return "";
    const char *name =
        onnx_constant(t, o, "zeros",
                      &(horn_view){ .data = zeros, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 1, count } });
    free(zeros);
    return name;
}

/* Both biases in a row, in ONNX's order of gates; of a layer that has one a row of zeros is joined to it. */
static const char *put_bias(onnx_writer *t, const operation *o, const onnx_recurrent *r)
{
    if (o->inputs[3] == NO_VALUE) return NULL;
    const operation *from = &t->g->operations[o->inputs[3]];
    const snapshot_tensor *weight = onnx_weight_of(t, from);
    const size_t U = o->shape.dim[o->shape.rank - 1], width = r->gates * U,
                 count = weight && weight->rank == 2 ? 2 * width : width;
    float *turned = weight ? new_floats(t, count) : NULL;
    if (!turned) return "";
    for (size_t i = 0; i < count; i++)
        turned[i] = ((const float *)weight->data)[i / width * width + r->order[i % width / U] * U + i % U];
    const char *inputs[2] = { onnx_constant(
        t, from, from->weight,
        &(horn_view){ .data = turned, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 1, count } }) };
    free(turned);
    if (count > width) return inputs[0];
    inputs[1] = put_zeros(t, o, width);
    onnx_nodes_integer(t->n, "axis", 1);
    return onnx_put_inner(t, o, "Concat", inputs, 2);
}

static void put_attributes(onnx_writer *t, const operation *o, const onnx_recurrent *r)
{
    const char *names[3];
    if (o->input_count > 4 && !t->n->status)
        t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                            "%s: layer '%s': operation '%s' behind a mask, which ONNX does not have",
                            t->where, onnx_layer_of(t, o), operation_name(o->kind));
    for (size_t i = 0; i < r->activations; i++) {
        names[i] = onnx_activation_name(r->gates == 1 || i > 0 ? o->activation : o->gate);
        if (!names[i] && !t->n->status)
            t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                                "%s: layer '%s': operation '%s' with an activation that ONNX has not for it",
                                t->where, onnx_layer_of(t, o), operation_name(o->kind));
    }
    if (t->n->status) return;
    onnx_nodes_texts(t->n, "activations", names, r->activations);
    onnx_nodes_text(t->n, "direction", o->is_backwards ? "reverse" : "forward");
    onnx_nodes_integer(t->n, "hidden_size", (int64_t)o->shape.dim[o->shape.rank - 1]);
    if (o->kind == OPERATION_GRU) onnx_nodes_integer(t->n, "linear_before_reset", o->resets_after);
}

/* Of all steps in the order in which they were computed. */
static void put_steps(onnx_writer *t, const operation *o, const char *y)
{
    const char *inputs[5] = { y, onnx_sizes(t, o, "axes", (int64_t[]){ 1 }, 1) };
    const char *steps = onnx_put_inner(t, o, "Squeeze", inputs, 2);
    if (o->is_backwards) {
        inputs[0] = steps;
        inputs[1] = onnx_sizes(t, o, "starts", (int64_t[]){ -1 }, 1);
        inputs[2] = onnx_sizes(t, o, "ends", (int64_t[]){ -INT32_MAX }, 1);
        inputs[3] = onnx_sizes(t, o, "axes", (int64_t[]){ 0 }, 1);
        inputs[4] = onnx_sizes(t, o, "steps", (int64_t[]){ -1 }, 1);
        steps = onnx_put_inner(t, o, "Slice", inputs, 5);
    }
    onnx_nodes_integers(t->n, "perm", (size_t[]){ 1, 0, 2 }, 3);
    onnx_put(t, o, "Transpose", &steps, 1, ONNX_PLAIN);
}

/* The step that was computed last. */
static void put_last(onnx_writer *t, const operation *o, const char *y)
{
    const bool is_first = o->is_backwards;
    const char *inputs[4] = { y, onnx_sizes(t, o, "starts", (int64_t[]){ is_first ? 0 : -1 }, 1),
                              onnx_sizes(t, o, "ends", (int64_t[]){ is_first ? 1 : INT32_MAX }, 1),
                              onnx_sizes(t, o, "axes", (int64_t[]){ 0 }, 1) };
    inputs[0] = onnx_put_inner(t, o, "Slice", inputs, 4);
    inputs[1] = onnx_sizes(t, o, "axes", (int64_t[]){ 0, 1 }, 2);
    onnx_put(t, o, "Squeeze", inputs, 2, ONNX_PLAIN);
}

void onnx_put_recurrent(onnx_writer *t, const operation *o)
{
    const onnx_recurrent *r = onnx_recurrent_of(o->kind);
    const char *x = onnx_operand(t, o, 0, ONNX_PLAIN), *inputs[4];
    onnx_nodes_integers(t->n, "perm", (size_t[]){ 1, 0, 2 }, 3);
    inputs[0] = onnx_put_inner(t, o, "Transpose", &x, 1);
    inputs[1] = put_kernel(t, o, r, 1);
    inputs[2] = put_kernel(t, o, r, 2);
    inputs[3] = put_bias(t, o, r);
    put_attributes(t, o, r);
    const char *y = onnx_put_inner(t, o, r->op, inputs, 4);
    if (o->shape.rank == 2)
        put_steps(t, o, y);
    else
        put_last(t, o, y);
}
