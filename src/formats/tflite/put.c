/* What the functions that write the kinds of operations use: names, constants, operands, results. */
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

const char *tflite_layer_of(const tflite_writer *t, const operation *o)
{
    return t->leaves->at[o->layer].name;
}

const char *tflite_name(tflite_writer *t, const operation *o, const char *what)
{
    const char *name = "";
    if (!t->n->status)
        t->n->status = graph_names_add(&t->n->names, o->layer, tflite_layer_of(t, o), what, &name);
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
    horn_status status = snapshot_leaves_find(&found, t->leaves, o, t->where);
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
    return tflite_value(t, o->inputs[input]);
}

int32_t tflite_value(tflite_writer *t, size_t value)
{
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

int32_t tflite_put_as(tflite_writer *t, const operation *o, tflite_operator *added,
                      const tflite_tensor *result)
{
    tflite_tensor made = *result;
    made.name = tflite_name(t, o, operation_name(o->kind));
    added->output = tflite_nodes_tensor(t->n, &made);
    if (!added->version) added->version = 1;
    tflite_nodes_operator(t->n, added);
    return added->output;
}

int32_t tflite_put_inner(tflite_writer *t, const operation *o, tflite_operator *added, const shape *s)
{
    return tflite_put_as(
        t, o, added,
        &(tflite_tensor){ .type = TFLITE_FLOAT32, .is_computed = !s, .shape = s ? *s : o->shape });
}

void tflite_add_option(tflite_operator *o, unsigned number, unsigned size, size_t value)
{
    o->options[o->option_count++] = (flatbuffers_field){ number, size, (uint32_t)value };
}

void tflite_refuse(tflite_writer *t, const operation *o, const char *what)
{
    if (!t->n->status)
        t->n->status = fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': operation '%s' %s cannot be held here",
                            t->where, tflite_layer_of(t, o), operation_name(o->kind), what);
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
