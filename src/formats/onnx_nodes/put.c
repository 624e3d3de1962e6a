/* What the functions that write the kinds of operations use: names, constants, operands in a layout, results. */
#include <string.h>
#include "base/memory.h"
#include "formats/onnx_nodes/writer.h"

size_t onnx_number_of(const onnx_writer *t, const operation *o)
{
    return (size_t)(o - t->g->operations);
}

const char *onnx_layer_of(const onnx_writer *t, const operation *o)
{
    return t->leaves->at[o->layer].name;
}

bool onnx_is_computed(const onnx_writer *t, size_t value)
{
    return t->known[value].is_computed;
}

size_t onnx_bias_of(const onnx_writer *t, size_t value)
{
    const operation *o = &t->g->operations[value];
    const bool takes_one = o->kind == OPERATION_CONV2D || o->kind == OPERATION_DEPTHWISE_CONV2D ||
                           o->kind == OPERATION_CONV2D_TRANSPOSE ||
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
    horn_status status = snapshot_leaves_find(&found, t->leaves, o, t->where);
    if (status) t->n->status = status;
    return found;
}

/* ---- values ---- */

/* The result is in the layout that the model's output has. */
static bool is_end(const onnx_writer *t, size_t value, onnx_layout layout)
{
    return value == t->g->output && (layout == ONNX_PLAIN || !onnx_is_image(t, value));
}

const char *onnx_turn(onnx_writer *t, const operation *o, size_t value, onnx_layout layout,
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
    return onnx_value(t, o, o->inputs[input], layout);
}

const char *onnx_value(onnx_writer *t, const operation *o, size_t value, onnx_layout layout)
{
    onnx_written *w = &t->values[value];
    const operation *from = &t->g->operations[value];
    if (w->names[layout]) return w->names[layout];
    if (from->kind == OPERATION_WEIGHT) {
        const snapshot_tensor *weight = onnx_weight_of(t, from);
        const horn_view v = weight ? snapshot_tensor_view(weight) : (horn_view){ 0 };
        return w->names[ONNX_PLAIN] = weight ? onnx_constant(t, from, from->weight, &v) : "";
    }
    if (!onnx_is_image(t, value)) return w->names[ONNX_PLAIN] ? w->names[ONNX_PLAIN] : "";
    return onnx_turn(t, o, value, layout, NULL);
}

onnx_layout onnx_layout_of(const onnx_writer *t, const operation *o, int input)
{
    return t->values[o->inputs[input]].names[ONNX_CHANNELS_FIRST] ? ONNX_CHANNELS_FIRST : ONNX_PLAIN;
}

onnx_layout onnx_layout_of_all(const onnx_writer *t, const size_t *values, size_t count)
{
    bool any = false, all = true;
    for (size_t i = 0; i < count; i++) {
        any |= t->values[values[i]].names[ONNX_CHANNELS_FIRST] != NULL;
        all &= onnx_is_image(t, values[i]) || !t->g->operations[values[i]].shape.rank;
    }
    return any && all ? ONNX_CHANNELS_FIRST : ONNX_PLAIN;
}

void onnx_put(onnx_writer *t, const operation *o, const char *op, const char *const *inputs, size_t count,
              onnx_layout layout)
{
    onnx_put_named(t, o, op, op, inputs, count, layout);
}

void onnx_put_named(onnx_writer *t, const operation *o, const char *op, const char *what,
                    const char *const *inputs, size_t count, onnx_layout layout)
{
    const size_t bias = onnx_bias_of(t, onnx_number_of(t, o)), value = bias ? bias : onnx_number_of(t, o);
    const char *name = name_of(t, o, what), *output = is_end(t, value, layout) ? "output" : name;
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
