/* Translates recurrent operators as Horn writes them: without initial states, lengths of sequences and a second bias that is no part of
 * the layer. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx_nodes/recurrent.h"
#include "formats/onnx/translation.h"

enum { X, W, R, B };

/* The names that the operator has if it says none are Sigmoid, Tanh, Tanh; of an RNN Tanh. */
static horn_status read_activations(onnx_translation *t, const onnx_recurrent *r, operation *o, bool *fits)
{
    protobuf_text names[4];
    operation_kind kinds[3] = { OPERATION_NONE };
    size_t count;
    horn_status status = onnx_attribute_texts(t->m, t->node, "activations", names, 4, &count);
    *fits = !status && (!count || count == r->activations);
    for (size_t i = 0; i < r->activations && *fits; i++) {
        kinds[i] = count               ? onnx_activation_kind(names[i].at, names[i].size)
                   : i || r->gates < 2 ? OPERATION_TANH
                                       : OPERATION_SIGMOID;
        *fits = kinds[i] != OPERATION_KINDS;
    }
    if (!*fits) return status;
    o->gate = r->gates > 1 ? kinds[0] : OPERATION_NONE;
    o->activation = kinds[r->gates > 1];
    *fits = r->activations < 3 || kinds[1] == kinds[2];
    return HORN_OK;
}

static horn_status read_settings(onnx_translation *t, const onnx_recurrent *r, operation *o, bool *fits)
{
    horn_status status = HORN_OK;
    protobuf_text direction = { "forward", 7 };
    int64_t layout = 0, forgets = 0, before = 0;
    float clip = 0;
    TRY(onnx_attribute_text(t->m, t->node, "direction", &direction));
    TRY(onnx_attribute_integer(t->m, t->node, "layout", &layout));
    TRY(onnx_attribute_integer(t->m, t->node, "input_forget", &forgets));
    TRY(onnx_attribute_integer(t->m, t->node, "linear_before_reset", &before));
    TRY(onnx_attribute_number(t->m, t->node, "clip", &clip));
    TRY(read_activations(t, r, o, fits));
    o->is_backwards = protobuf_text_is(direction, "reverse");
    o->resets_after = before && o->kind == OPERATION_GRU;
    *fits = *fits && !layout && !forgets && clip == 0 &&
            (o->is_backwards || protobuf_text_is(direction, "forward"));
    for (size_t i = B + 1; i < t->m->nodes[t->node].input_count; i++) *fits = *fits && !onnx_has(t, i);
done:
    return status;
}

/* (1, gates units, rows) in the file. */
static horn_status read_kernel(onnx_translation *t, const onnx_recurrent *r, size_t index, size_t rows,
                               size_t units, size_t *out)
{
    onnx_tensor found;
    const size_t G = r->gates;
    imported_view v = {
        .rank = 3, .size = { rows, G, units }, .stride = { 1, units * rows, rows }, .mapped = 2
    };
    memcpy(v.map, r->back, sizeof v.map);
    horn_status status = onnx_constant_of(t, index, &found);
    if (status) return status;
    if (found.rank != 3 || found.shape[0] != 1 || found.shape[1] != G * units || found.shape[2] != rows)
        return onnx_refuse(t, "its weights are of other sizes than its input and its units");
    return onnx_weight(t, index, &(shape){ 2, { rows, G * units } }, &v, out);
}

/* Whether the elements from `first` on are 0. */
static horn_status is_zero(const onnx_tensor *found, size_t first, bool *out)
{
    float *values = NULL;
    horn_status status = memory_new(&values, found->count, sizeof *values);
    if (!status) onnx_tensor_copy(found, values);
    *out = true;
    for (size_t i = first; !status && i < found->count; i++) *out = *out && values[i] == 0;
    free(values);
    return status;
}

/* Of one row, a bias that a row of zeros is joined to. */
static horn_status read_joined_bias(onnx_translation *t, const imported_view *v, size_t width, size_t *out)
{
    onnx_tensor found;
    const size_t node = t->node;
    t->node = t->m->values[onnx_input(t, B)].node;
    horn_status status = onnx_constant_of(t, 0, &found);
    if (!status && (found.rank != 2 || found.shape[0] != 1 || found.shape[1] != width))
        status = onnx_refuse(t, "its biases are of other sizes than its units");
    if (!status) status = onnx_weight(t, 0, &(shape){ 1, { width } }, v, out);
    t->node = node;
    return status;
}

static horn_status read_bias(onnx_translation *t, const onnx_recurrent *r, operation *o, size_t units)
{
    onnx_tensor found;
    bool alone;
    const size_t G = r->gates, width = G * units;
    imported_view v = { .rank = 3, .size = { 1, G, units }, .stride = { width, units, 1 }, .mapped = 2 };
    memcpy(v.map, r->back, sizeof v.map);
    if (t->values[onnx_input(t, B)].order == ORDER_BIASES)
        return o->resets_after ? onnx_refuse(t, "has one bias, expected two")
                               : read_joined_bias(t, &v, width, &o->inputs[3]);
    horn_status status = onnx_constant_of(t, B, &found);
    if (status) return status;
    if (found.rank != 2 || found.shape[0] != 1 || found.shape[1] != 2 * width || !found.is_readable ||
        found.dtype != HORN_FLOAT32)
        return onnx_refuse(t, "its biases are of other sizes than its units");
    if (o->resets_after) return onnx_weight(t, B, &(shape){ 2, { 2, width } }, NULL, &o->inputs[3]);
    status = is_zero(&found, width, &alone);
    if (!status && !alone) status = onnx_refuse(t, "has two biases, which its layer has not");
    return status ? status : onnx_part(t, B, &(shape){ 1, { width } }, &v, &o->inputs[3]);
}

/* A bias and a row of as many zeros: no operation of its own. */
horn_status onnx_join_biases(onnx_translation *t, operation_kind kind)
{
    onnx_tensor both[2];
    size_t number;
    int64_t axis = 0;
    bool alone = false;
    (void)kind;
    horn_status status = onnx_attribute_integer(t->m, t->node, "axis", &axis);
    for (size_t i = 0; i < 2 && !status; i++) {
        if (!onnx_has(t, i) || !t->m->values[onnx_input(t, i)].tensor.at) return onnx_none(t, NULL);
        status = onnx_constant_of(t, i, &both[i]);
    }
    if (status) return status;
    const bool fits = axis == 1 && t->m->nodes[t->node].input_count == 2 && both[0].rank == 2 &&
                      both[1].rank == 2 && both[0].count == both[1].count && both[1].is_readable &&
                      both[1].dtype == HORN_FLOAT32;
    if (fits) status = is_zero(&both[1], 0, &alone);
    if (!status && (!fits || !alone)) return onnx_none(t, NULL);
    if (!status) status = onnx_plain(t, 0, &number);
    if (!status) onnx_alias(t, &(onnx_translated){ .operation = number + 1, .order = ORDER_BIASES });
    return status;
}

horn_status onnx_recurrence(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .inputs = { 0, 0, 0, NO_VALUE }, .input_count = 4 };
    const onnx_recurrent *r = onnx_recurrent_of(kind);
    const size_t value = onnx_input(t, X);
    onnx_tensor recurrent;
    bool fits;
    if (value == ONNX_NONE || !t->values[value].operation || t->values[value].order != ORDER_STEPS_FIRST)
        return onnx_none(t, "its input is no sequence whose steps are in front");
    TRY(read_settings(t, r, &o, &fits));
    if (!fits) return onnx_none(t, "has settings, activations or inputs that no layer has");
    TRY(onnx_constant_of(t, R, &recurrent));
    const onnx_translated x = t->values[value];
    const shape s = *onnx_shape_of(t, &x);
    if (recurrent.rank != 3 || !recurrent.shape[2] || recurrent.shape[2] > INT32_MAX)
        TRY(onnx_refuse(t, "its weights are of other sizes than its input and its units"));
    const size_t U = recurrent.shape[2];
    o.inputs[0] = x.operation - 1;
    o.shape = (shape){ 2, { s.dim[0], U } };
    TRY(read_kernel(t, r, W, s.dim[1], U, &o.inputs[1]));
    TRY(read_kernel(t, r, R, U, U, &o.inputs[2]));
    if (onnx_has(t, B)) TRY(read_bias(t, r, &o, U));
    TRY(onnx_result(t, &o, ORDER_DIRECTIONS));
    if (t->m->nodes[t->node].output != ONNX_NONE)
        t->values[t->m->nodes[t->node].output].is_turned = o.is_backwards;
done:
    return status;
}

/* ---- what is around them ---- */

/* x of the node if it is in that order; else NULL. */
static const onnx_translated *in_order(const onnx_translation *t, onnx_order order)
{
    const size_t value = onnx_input(t, 0);
    const bool is = value != ONNX_NONE && t->values[value].operation && t->values[value].order == order;
    return is ? &t->values[value] : NULL;
}

bool onnx_turn_steps(onnx_translation *t, const int64_t *order, int count)
{
    const onnx_translated *plain = in_order(t, ORDER_PLAIN), *first = in_order(t, ORDER_STEPS_FIRST);
    onnx_translated x = plain ? *plain : first ? *first : (onnx_translated){ 0 };
    if (count != 3 || order[0] != 1 || order[1] || order[2] != 2 || !x.operation || x.is_turned ||
        onnx_is_none(t, &x) || onnx_shape_of(t, &x)->rank != 2)
        return false;
    x.order = plain ? ORDER_STEPS_FIRST : ORDER_PLAIN;
    onnx_alias(t, &x);
    return true;
}

bool onnx_squeeze_steps(onnx_translation *t, const int64_t *axes, size_t count)
{
    const onnx_translated *all = in_order(t, ORDER_DIRECTIONS), *last = in_order(t, ORDER_LAST_STEP);
    onnx_translated x = all ? *all : last ? *last : (onnx_translated){ 0 };
    if (!x.operation || (all && (count != 1 || axes[0] != 1)) ||
        (last && (count != 2 || axes[0] != 0 || axes[1] != 1)))
        return false;
    x.order = all ? ORDER_STEPS_FIRST : ORDER_PLAIN;
    onnx_alias(t, &x);
    return true;
}

/* All steps from the last to the first; or the one that was computed last. */
horn_status onnx_slice_steps(onnx_translation *t, int64_t start, int64_t end, int64_t step, bool *done)
{
    const onnx_translated *all = in_order(t, ORDER_STEPS_FIRST), *directions = in_order(t, ORDER_DIRECTIONS);
    *done = false;
    if (all && all->is_turned && start == -1 && end <= -INT32_MAX && step == -1) {
        onnx_translated x = *all;
        x.is_turned = false;
        onnx_alias(t, &x);
        *done = true;
        return HORN_OK;
    }
    if (!directions || step != 1) return HORN_OK;
    const bool is_last = directions->is_turned ? start == 0 && end == 1 : start == -1 && end >= INT32_MAX;
    if (!is_last) return HORN_OK;
    operation o = t->im->graph->operations[directions->operation - 1];
    o.shape = (shape){ 1, { o.shape.dim[1] } };
    *done = true;
    return onnx_result(t, &o, ORDER_LAST_STEP);
}
