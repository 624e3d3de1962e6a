/* Translates what merges several values of the model. */
#include <stdint.h>
#include <string.h>
#include "base/status.h"
#include "formats/onnx/translation.h"

static bool is_computed(const onnx_translation *t, size_t index)
{
    const size_t value = onnx_input(t, index);
    return value != ONNX_NONE && !t->m->values[value].tensor.at && t->values[value].operation &&
           t->im->origins[t->values[value].operation - 1].is_computed;
}

static bool all_computed(const onnx_translation *t)
{
    for (size_t i = 0; i < t->m->nodes[t->node].input_count; i++)
        if (!is_computed(t, i)) return false;
    return t->m->nodes[t->node].input_count > 0;
}

/* Whether a flattened image lies in both orders alike. */
static bool is_plain(const onnx_translated *x)
{
    return x->order == ORDER_PLAIN ||
           (x->order == ORDER_FLATTENED && (x->image[0] * x->image[1] == 1 || x->image[2] == 1));
}

/* All in one order: as images whose channels are in front if one of them is. */
static horn_status take(onnx_translation *t, size_t index, bool as_images, onnx_translated *out)
{
    horn_status status = as_images ? onnx_image(t, index, out) : onnx_computed(t, index, out);
    if (status || as_images || is_plain(out)) return status;
    return onnx_refuse(t, "joins values whose axes are in different orders");
}

static bool has_images(const onnx_translation *t)
{
    for (size_t i = 0; i < t->m->nodes[t->node].input_count; i++)
        if (t->values[onnx_input(t, i)].order == ORDER_CHANNELS_FIRST) return true;
    return false;
}

static horn_status merge(onnx_translation *t, operation *o)
{
    horn_status status = HORN_OK;
    onnx_translated x;
    const bool as_images = has_images(t);
    const size_t count = t->m->nodes[t->node].input_count;
    TRY(take(t, 0, as_images, &x));
    o->inputs[0] = x.operation - 1;
    for (size_t i = 1; i < count; i++) {
        onnx_translated y;
        TRY(take(t, i, as_images, &y));
        o->inputs[1] = y.operation - 1;
        TRY(onnx_inner(t, o, &o->inputs[0]));
    }
    onnx_alias(t, &(onnx_translated){ .operation = o->inputs[0] + 1,
                                      .order = as_images ? ORDER_CHANNELS_FIRST : ORDER_PLAIN });
done:
    return status;
}

/* Along an axis of the samples. */
horn_status onnx_join(onnx_translation *t, operation_kind kind)
{
    static const int first[] = { 2, 0, 1 };
    operation o = { .kind = OPERATION_JOIN, .input_count = 2 };
    int64_t axis = INT64_MIN;
    if (!all_computed(t)) return onnx_join_biases(t, kind);
    horn_status status = onnx_attribute_integer(t->m, t->node, "axis", &axis);
    if (status) return status;
    const int rank = onnx_shape_of(t, &t->values[onnx_input(t, 0)])->rank;
    if (axis < 0 && axis >= -rank) axis += rank + 1;
    if (axis < 1 || axis > rank) return onnx_none(t, "joins along no axis of the samples");
    o.axis = (int)axis - 1;
    if (has_images(t) && rank == 3) o.axis = first[o.axis];
    return merge(t, &o);
}

horn_status onnx_sum(onnx_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    if (!all_computed(t)) return onnx_none(t, NULL);
    return merge(t, &o);
}

/* By a number. */
horn_status onnx_division(onnx_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    const imported_origin origin = { .name = onnx_node_name(t->m, t->node), .op = t->m->nodes[t->node].op };
    onnx_translated x;
    onnx_tensor found;
    size_t number = 0;
    float divisor = 0;
    const size_t value = onnx_input(t, 1);
    if (!is_computed(t, 0) || value == ONNX_NONE || !t->m->values[value].tensor.at) return onnx_none(t, NULL);
    horn_status status = onnx_constant_of(t, 1, &found);
    if (status) return status;
    if (found.is_readable && found.dtype == HORN_FLOAT32 && found.count == 1)
        onnx_tensor_copy(&found, &divisor);
    if (divisor == 0) return onnx_none(t, NULL);
    status = onnx_computed(t, 0, &x);
    o.inputs[0] = x.operation - 1;
    if (!status) status = imported_add_number(t->im, 1 / (double)divisor, &origin, &o.inputs[1]);
    if (!status) status = onnx_inner(t, &o, &number);
    x.operation = number + 1;
    if (!status) onnx_alias(t, &x);
    return status;
}

/* Rows of x with rows of y, which the product takes turned: a Transpose in front of it is none. */
horn_status onnx_dot(onnx_translation *t)
{
    onnx_translated x, y;
    horn_status status = take(t, 0, false, &x);
    if (!status) status = take(t, 1, false, &y);
    if (status) return status;
    operation o = { .kind = OPERATION_DOT, .inputs = { x.operation - 1, y.operation - 1 }, .input_count = 2 };
    const operation *from = &t->im->graph->operations[o.inputs[1]];
    if (onnx_shape_of(t, &x)->rank != 2 || from->shape.rank != 2) return onnx_none(t, NULL);
    if (from->kind == OPERATION_TRANSPOSE && from->order[0] == 1)
        o.inputs[1] = from->inputs[0];
    else
        status = onnx_inner(
            t,
            &(operation){
                .kind = OPERATION_TRANSPOSE, .inputs = { o.inputs[1] }, .input_count = 1, .order = { 1, 0 } },
            &o.inputs[1]);
    return status ? status : onnx_result(t, &o, ORDER_PLAIN);
}

bool onnx_multiplies_values(const onnx_translation *t)
{
    return t->m->nodes[t->node].input_count == 2 && all_computed(t);
}
