#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx/translation.h"

horn_status onnx_refuse(const onnx_translation *t, const char *what)
{
    return onnx_node_fail(t->m, t->node, HORN_ERROR_UNSUPPORTED, "%s", what);
}

static imported_origin origin_of(const onnx_translation *t, size_t node)
{
    return (imported_origin){ .name = onnx_node_name(t->m, node), .op = t->m->nodes[node].op };
}

/* ---- operations ---- */

horn_status onnx_inner(onnx_translation *t, const operation *o, size_t *out)
{
    const imported_origin origin = origin_of(t, t->node);
    return imported_add(t->im, o, &origin, out);
}

void onnx_alias(onnx_translation *t, const onnx_translated *value)
{
    const size_t output = t->m->nodes[t->node].output;
    if (output != ONNX_NONE) t->values[output] = *value;
}

horn_status onnx_result(onnx_translation *t, const operation *o, onnx_order order)
{
    size_t number;
    horn_status status = onnx_inner(t, o, &number);
    if (!status) onnx_alias(t, &(onnx_translated){ .operation = number + 1, .order = order });
    return status;
}

horn_status onnx_none(onnx_translation *t, const char *fault)
{
    size_t number;
    imported_origin origin = origin_of(t, t->node);
    origin.fault = fault;
    horn_status status = imported_add(t->im, &(operation){ .kind = OPERATION_NONE }, &origin, &number);
    if (!status) onnx_alias(t, &(onnx_translated){ .operation = number + 1 });
    return status;
}

bool onnx_is_none(const onnx_translation *t, const onnx_translated *value)
{
    return t->im->graph->operations[value->operation - 1].kind == OPERATION_NONE;
}

const shape *onnx_shape_of(const onnx_translation *t, const onnx_translated *value)
{
    return &t->im->graph->operations[value->operation - 1].shape;
}

/* ---- constants ---- */

size_t onnx_input(const onnx_translation *t, size_t index)
{
    const onnx_node *n = &t->m->nodes[t->node];
    return index < n->input_count ? n->inputs[index] : ONNX_NONE;
}

bool onnx_has(const onnx_translation *t, size_t index)
{
    return onnx_input(t, index) != ONNX_NONE;
}

static bool is_constant(const onnx_translation *t, size_t value)
{
    return value != ONNX_NONE && t->m->values[value].tensor.at;
}

static horn_status read_constant(onnx_translation *t, size_t index, onnx_tensor *out)
{
    const size_t value = onnx_input(t, index);
    if (!is_constant(t, value)) return onnx_refuse(t, "takes what is no constant where one is expected");
    const protobuf_text message = t->m->values[value].tensor;
    if (message.size > t->most_read - t->read)
        return onnx_refuse(t, "takes what too many others take for its size");
    t->read += message.size;
    return onnx_tensor_read(out, message);
}

horn_status onnx_constant_of(onnx_translation *t, size_t index, onnx_tensor *out)
{
    horn_status status = read_constant(t, index, out);
    if (!status && t->values[onnx_input(t, index)].is_turned)
        return onnx_refuse(t, "takes a constant behind a Transpose");
    return status;
}

horn_status onnx_matrix_of(onnx_translation *t, size_t index, onnx_tensor *out, bool *is_turned)
{
    horn_status status = read_constant(t, index, out);
    if (!status && out->rank != 2) return onnx_refuse(t, "its kernel has not two axes");
    *is_turned = !status && t->values[onnx_input(t, index)].is_turned;
    return status;
}

horn_status onnx_numbers_of(onnx_translation *t, size_t index, int64_t *out, size_t most, size_t *count)
{
    onnx_tensor found;
    const size_t value = onnx_input(t, index), numbers = value == ONNX_NONE ? 0 : t->values[value].numbers;
    if (numbers && t->numbers[numbers - 1].count <= most) {
        *count = t->numbers[numbers - 1].count;
        memcpy(out, t->numbers[numbers - 1].at, *count * sizeof *out);
        return HORN_OK;
    }
    horn_status status = onnx_constant_of(t, index, &found);
    if (status) return status;
    *count = found.count;
    if (onnx_tensor_integers(&found, out, most)) return HORN_OK;
    return onnx_refuse(t, "takes sizes that are no integers, or too many");
}

horn_status onnx_scalar_of(onnx_translation *t, size_t index, float *out)
{
    onnx_tensor found;
    horn_status status = onnx_constant_of(t, index, &found);
    if (status) return status;
    if (!found.is_readable || found.dtype != HORN_FLOAT32 || found.count != 1)
        return onnx_refuse(t, "takes what is no single number of float32");
    onnx_tensor_copy(&found, out);
    return HORN_OK;
}

/* The name of the value and its type stand in messages: there is no node. */
static horn_status add_constant(onnx_translation *t, size_t value, const onnx_tensor *found, const shape *as,
                                const imported_view *view, size_t *out)
{
    static const protobuf_text initializer = { "initializer", 11 };
    imported_origin origin = { .name = t->m->values[value].name,
                               .op = initializer,
                               .view = view ? *view : (imported_view){ 0 },
                               .constant = { .type = onnx_type_name(found->type),
                                             .is_float = found->is_readable && found->dtype == HORN_FLOAT32,
                                             .rank = found->rank,
                                             .count = found->count,
                                             .message = found->message } };
    memcpy(origin.constant.shape, found->shape, sizeof found->shape);
    return imported_add(t->im, &(operation){ .kind = OPERATION_WEIGHT, .shape = *as }, &origin, out);
}

horn_status onnx_weight(onnx_translation *t, size_t index, const shape *as, const imported_view *view,
                        size_t *out)
{
    onnx_tensor found;
    horn_status status = read_constant(t, index, &found);
    if (status) return status;
    if (!found.is_readable || found.dtype != HORN_FLOAT32 || found.count != shape_count(as) || !found.count)
        return onnx_node_fail(t->m, t->node, HORN_ERROR_UNSUPPORTED,
                              "takes weights of %s with %zu elements, expected float32 with %zu",
                              onnx_type_name(found.type), found.count, shape_count(as));
    return add_constant(t, onnx_input(t, index), &found, as, view, out);
}

horn_status onnx_plain(onnx_translation *t, size_t index, size_t *out)
{
    onnx_tensor found;
    shape as = { 0 };
    horn_status status = onnx_constant_of(t, index, &found);
    if (status) return status;
    as.rank = found.rank > 0 ? found.rank : 0;
    memcpy(as.dim, found.shape, sizeof as.dim);
    return add_constant(t, onnx_input(t, index), &found, &as, NULL, out);
}

horn_status onnx_part(onnx_translation *t, size_t index, const shape *as, const imported_view *view,
                      size_t *out)
{
    onnx_tensor found;
    horn_status status = read_constant(t, index, &found);
    return status ? status : add_constant(t, onnx_input(t, index), &found, as, view, out);
}

/* Whether a constant lies along the axis of x that has its channels or features: it has as many elements, and all other
 * axes have one. */
static bool lies_along(const onnx_translation *t, const onnx_tensor *c, const onnx_translated *x)
{
    const shape *s = onnx_shape_of(t, x);
    const int behind = x->order == ORDER_CHANNELS_FIRST ? 2 : 0;
    if (c->rank < 1 + behind || c->rank > s->rank + 1 || s->rank < 1) return false;
    const size_t size = s->dim[s->rank - 1];
    return c->count == size && c->shape[c->rank - 1 - behind] == size;
}

horn_status onnx_vector(onnx_translation *t, size_t index, const onnx_translated *x, size_t *out)
{
    onnx_tensor found;
    imported_view turned = { .rank = 3,
                             .size = { x->image[0], x->image[1], x->image[2] },
                             .stride = { x->image[1], 1, x->image[0] * x->image[1] } };
    const shape *s = onnx_shape_of(t, x);
    const shape as = { 1, { s->rank ? s->dim[s->rank - 1] : 0 } };
    horn_status status = onnx_constant_of(t, index, &found);
    if (status) return status;
    if (found.rank == 1 || lies_along(t, &found, x))
        return onnx_weight(t, index, &as, x->order == ORDER_FLATTENED ? &turned : NULL, out);
    return onnx_refuse(t, "takes weights that do not lie along the channels of its input");
}

/* ---- inputs ---- */

static bool is_computed(const onnx_translation *t, size_t value)
{
    return value != ONNX_NONE && !is_constant(t, value) && t->values[value].operation &&
           t->im->origins[t->values[value].operation - 1].is_computed;
}

static horn_status constant_beside(onnx_translation *t, size_t index, const onnx_translated *x, size_t *out)
{
    onnx_tensor found;
    horn_status status = onnx_constant_of(t, index, &found);
    if (status) return status;
    const bool is_float = found.is_readable && found.dtype == HORN_FLOAT32;
    if (x && is_float && found.count != 1 && lies_along(t, &found, x)) return onnx_vector(t, index, x, out);
    if (x && x->order != ORDER_PLAIN && found.count != 1)
        return onnx_refuse(t, "takes a constant that does not lie along the channels of its input");
    return onnx_plain(t, index, out);
}

/* The first input that depends on the model's, an image whose channels are in front before others; else no operation. */
static onnx_translated first_computed(const onnx_translation *t, int count)
{
    onnx_translated found = { 0 };
    for (int i = 0; i < count; i++) {
        const size_t value = onnx_input(t, (size_t)i);
        const bool is_better = t->values[value == ONNX_NONE ? 0 : value].order == ORDER_CHANNELS_FIRST &&
                               found.order != ORDER_CHANNELS_FIRST;
        if (is_computed(t, value) && (!found.operation || is_better)) found = t->values[value];
    }
    return found;
}

/* If one of several is an image whose channels are in front, the others become such images, too. */
static horn_status take_computed(onnx_translation *t, size_t index, const onnx_translated *first,
                                 onnx_translated *out)
{
    *out = t->values[onnx_input(t, index)];
    if (first->order != ORDER_CHANNELS_FIRST || out->order != ORDER_PLAIN) return HORN_OK;
    return onnx_image(t, index, out);
}

/* Computed ones have the same order, in which the others are broadcast. */
static horn_status take_inputs(onnx_translation *t, operation *o, const onnx_translated *first)
{
    bool is_mixed = false;
    for (int i = 0; i < o->input_count; i++) {
        const size_t value = onnx_input(t, (size_t)i);
        horn_status status = HORN_OK;
        if (value == ONNX_NONE) return onnx_refuse(t, "lacks an input");
        onnx_translated x;
        if (is_constant(t, value)) {
            status = constant_beside(t, (size_t)i, first->operation ? first : NULL, &o->inputs[i]);
            if (status) return status;
            continue;
        }
        if ((status = take_computed(t, (size_t)i, first, &x))) return status;
        o->inputs[i] = x.operation - 1;
        is_mixed |= x.order >= ORDER_ROOT || x.order != first->order ||
                    memcmp(x.image, first->image, sizeof x.image) != 0;
    }
    return is_mixed ? onnx_refuse(t, "joins values whose axes are in different orders") : HORN_OK;
}

horn_status onnx_elementwise(onnx_translation *t, operation_kind kind)
{
    size_t number;
    operation o = { .kind = kind, .input_count = operation_facts_of(kind)->needed };
    onnx_translated x = first_computed(t, o.input_count);
    if ((size_t)o.input_count != t->m->nodes[t->node].input_count) return onnx_none(t, NULL);
    horn_status status = take_inputs(t, &o, &x);
    if (!status) status = onnx_inner(t, &o, &number);
    if (status) return status;
    x.operation = number + 1;
    onnx_alias(t, &x);
    return HORN_OK;
}

horn_status onnx_computed(onnx_translation *t, size_t index, onnx_translated *out)
{
    const size_t value = onnx_input(t, index);
    if (value == ONNX_NONE) return onnx_refuse(t, "lacks an input");
    if (!is_computed(t, value))
        return onnx_refuse(t, "takes a constant where a value of the model is expected");
    *out = t->values[value];
    if (out->order < ORDER_ROOT) return HORN_OK;
    return onnx_refuse(t, out->order == ORDER_ROOT           ? "takes a square root"
                          : out->order == ORDER_INTEGERS     ? "takes integers"
                          : out->order == ORDER_VOLUME_FIRST ? "takes a volume whose channels are in front"
                                                             : "takes a sequence whose steps are in front");
}

/* An image with one channel, or of one pixel, lies in both orders alike. What a Reshape made another shape of is taken. */
horn_status onnx_image(onnx_translation *t, size_t index, onnx_translated *out)
{
    size_t number;
    horn_status status = onnx_computed(t, index, out);
    const shape *s = status ? NULL : onnx_shape_of(t, out);
    if (status || out->order == ORDER_CHANNELS_FIRST || onnx_is_none(t, out)) return status;
    if (out->order != ORDER_PLAIN || s->rank != 3)
        return onnx_refuse(t, "its input is no image: (channels, height, width)");
    if (s->dim[0] != 1 && s->dim[1] * s->dim[2] != 1)
        return onnx_refuse(t, "takes an image whose channels are in front, which is not made so");
    operation o = { .kind = OPERATION_RESHAPE,
                    .inputs = { out->operation - 1 },
                    .input_count = 1,
                    .shape = { 3, { s->dim[1], s->dim[2], s->dim[0] } } };
    const operation *from = &t->im->graph->operations[o.inputs[0]];
    out->order = ORDER_CHANNELS_FIRST;
    if (!t->is_own && from->kind == OPERATION_RESHAPE &&
        shape_equal(&t->im->graph->operations[from->inputs[0]].shape, &o.shape)) {
        out->operation = from->inputs[0] + 1;
        return HORN_OK;
    }
    status = onnx_inner(t, &o, &number);
    out->operation = number + 1;
    return status;
}
