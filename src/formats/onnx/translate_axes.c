/* Translates means over axes, and what takes parts of values, repeats them or looks rows up. */
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "formats/onnx/translation.h"

/* ---- means, maxima ---- */

/* The axes as bits of the operation's; false if the samples are one. */
static bool take_axes(const onnx_translated *x, int rank, int64_t *axes, size_t count, unsigned *bits)
{
    *bits = 0;
    for (size_t i = 0; i < count; i++) {
        if (axes[i] < 0) axes[i] += rank + 1;
        if (axes[i] < 1 || axes[i] > rank) return false;
        const int64_t own = x->order == ORDER_PLAIN ? axes[i] - 1 : axes[i] == 1 ? rank - 1 : axes[i] - 2;
        *bits |= 1u << own;
    }
    return count > 0;
}

/* A mean that keeps its axes is over any, unless the channels are in front. */
static horn_status reduce(onnx_translation *t, operation *o, const onnx_translated *x, unsigned bits,
                          bool keeps)
{
    const int rank = onnx_shape_of(t, x)->rank;
    if (keeps && o->kind == OPERATION_MEAN && x->order == ORDER_PLAIN) {
        o->kind = OPERATION_MEAN_ALONG;
        o->axes = bits;
        return onnx_result(t, o, ORDER_PLAIN);
    }
    if (bits != (1u << (rank - 1)) - 1 || (rank != 3 && rank != 4))
        return onnx_none(t, "is not over height and width of an image");
    o->shape.rank = keeps ? rank : 1;
    return onnx_result(t, o, keeps ? x->order : ORDER_PLAIN);
}

horn_status onnx_reduction(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    int64_t axes[HORN_MAX_RANK] = { 0 }, keeps = 1;
    int count;
    size_t given = 0;
    unsigned bits;
    TRY(onnx_attribute_integers(t->m, t->node, "axes", axes, HORN_MAX_RANK, &count));
    TRY(onnx_attribute_integer(t->m, t->node, "keepdims", &keeps));
    if (onnx_has(t, 1)) TRY(onnx_numbers_of(t, 1, axes, HORN_MAX_RANK, &given));
    TRY(onnx_computed(t, 0, &x));
    o.inputs[0] = x.operation - 1;
    if (x.order == ORDER_FLATTENED ||
        !take_axes(&x, onnx_shape_of(t, &x)->rank, axes, count > 0 ? (size_t)count : given, &bits))
        return onnx_none(t, "is not over axes behind the samples");
    TRY(reduce(t, &o, &x, bits, keeps));
done:
    return status;
}

/* ---- parts ---- */

/* Steps of 1; ends beyond the axis, as ONNX allows, take nothing off. */
static bool take_off(const shape *s, int axis, int64_t start, int64_t end, size_t off[2])
{
    const int64_t n = s->dim[axis] > INT32_MAX ? 0 : (int64_t)s->dim[axis];
    const bool to_end = n ? end >= n : end >= INT32_MAX;
    if (start < 0 || start > INT32_MAX || (!n && end >= 0 && !to_end) || end < -INT32_MAX) return false;
    off[0] = (size_t)start;
    off[1] = to_end ? 0 : end < 0 ? (size_t)-end : (size_t)(n - end);
    return true;
}

/* The lists behind the input of a Slice. */
enum { STARTS, ENDS, AXES, STEPS, LISTS };

static bool take_parts(operation *o, const shape *s, int64_t lists[LISTS][HORN_MAX_RANK],
                       const size_t counts[LISTS])
{
    const size_t count = counts[STARTS];
    bool fits =
        count && count == counts[ENDS] && count == counts[AXES] && (!counts[STEPS] || counts[STEPS] == count);
    for (size_t i = 0; fits && i < count; i++) {
        const int64_t given = lists[AXES][i], axis = given < 0 ? given + s->rank + 1 : given;
        fits = axis >= 1 && axis < s->rank && axis <= 3 && (!counts[STEPS] || lists[STEPS][i] == 1) &&
               take_off(s, (int)axis - 1, lists[STARTS][i], lists[ENDS][i], o->padding + 2 * (axis - 1));
    }
    return fits;
}

horn_status onnx_slice(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    int64_t lists[LISTS][HORN_MAX_RANK] = { { 0 } };
    size_t counts[LISTS] = { 0 };
    bool is_done = false;
    for (size_t i = 0; i < LISTS; i++)
        if (onnx_has(t, i + 1)) TRY(onnx_numbers_of(t, i + 1, lists[i], HORN_MAX_RANK, &counts[i]));
    if (counts[STARTS] == 1 && counts[ENDS] == 1 && counts[AXES] == 1 && !lists[AXES][0])
        TRY(onnx_slice_steps(t, lists[STARTS][0], lists[ENDS][0], counts[STEPS] ? lists[STEPS][0] : 1,
                             &is_done));
    if (is_done) return HORN_OK;
    TRY(onnx_computed(t, 0, &x));
    o.inputs[0] = x.operation - 1;
    if (x.order != ORDER_PLAIN || !take_parts(&o, onnx_shape_of(t, &x), lists, counts))
        return onnx_none(t, "takes other parts than the middle of images or sequences");
    TRY(onnx_result(t, &o, ORDER_PLAIN));
done:
    return status;
}

horn_status onnx_tile(onnx_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    int64_t often[HORN_MAX_RANK + 1];
    size_t count;
    horn_status status = onnx_numbers_of(t, 1, often, HORN_MAX_RANK + 1, &count);
    if (!status) status = onnx_computed(t, 0, &x);
    if (status) return status;
    o.shape = *onnx_shape_of(t, &x);
    o.inputs[0] = x.operation - 1;
    bool fits = x.order == ORDER_PLAIN && count == (size_t)o.shape.rank + 1 && often[0] == 1;
    for (int i = 0; fits && i < o.shape.rank; i++) {
        fits = often[i + 1] >= 1 && often[i + 1] <= INT32_MAX && (often[i + 1] == 1 || o.shape.dim[i] == 1);
        if (often[i + 1] > 1) o.shape.dim[i] = (size_t)often[i + 1];
    }
    return fits ? onnx_result(t, &o, ORDER_PLAIN) : onnx_none(t, "repeats more than axes of length 1");
}

/* ---- enlarging ---- */

/* Of height and width, whole numbers. */
static horn_status read_scales(onnx_translation *t, size_t out[2], bool *fits)
{
    onnx_tensor found;
    float scales[4];
    *fits = false;
    if (!onnx_has(t, 2) || onnx_has(t, 3)) return HORN_OK;
    horn_status status = onnx_constant_of(t, 2, &found);
    if (status || !found.is_readable || found.dtype != HORN_FLOAT32 || found.count != 4) return status;
    onnx_tensor_copy(&found, scales);
    *fits = scales[0] == 1 && scales[1] == 1;
    for (int i = 0; i < 2; i++) {
        *fits =
            *fits && scales[2 + i] >= 1 && scales[2 + i] < 65536 && scales[2 + i] == floorf(scales[2 + i]);
        out[i] = *fits ? (size_t)scales[2 + i] : 0;
    }
    return HORN_OK;
}

horn_status onnx_resize(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    protobuf_text mode = { "nearest", 7 }, place = { "half_pixel", 10 },
                  nearest = { "round_prefer_floor", 18 };
    onnx_translated x;
    bool fits;
    TRY(onnx_attribute_text(t->m, t->node, "mode", &mode));
    TRY(onnx_attribute_text(t->m, t->node, "coordinate_transformation_mode", &place));
    TRY(onnx_attribute_text(t->m, t->node, "nearest_mode", &nearest));
    TRY(read_scales(t, o.size, &fits));
    const bool is_area =
                   protobuf_text_is(place, "half_pixel") || protobuf_text_is(place, "pytorch_half_pixel"),
               is_linear = protobuf_text_is(mode, "linear") && is_area,
               is_nearest = protobuf_text_is(mode, "nearest") &&
                            ((protobuf_text_is(place, "asymmetric") && protobuf_text_is(nearest, "floor")) ||
                             (is_area && protobuf_text_is(nearest, "round_prefer_floor")));
    if (!fits || (!is_linear && !is_nearest))
        return onnx_none(t, "does not make an image a whole number of times as large, with pixels as areas");
    TRY(onnx_image(t, 0, &x));
    o.kind = is_linear ? OPERATION_RESIZE_BILINEAR : OPERATION_RESIZE_NEAREST;
    o.inputs[0] = x.operation - 1;
    TRY(onnx_result(t, &o, ORDER_CHANNELS_FIRST));
done:
    return status;
}

/* ---- rows of a table ---- */

horn_status onnx_gather(onnx_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    onnx_tensor table;
    int64_t axis = 0;
    const size_t value = onnx_input(t, 1);
    horn_status status = onnx_attribute_integer(t->m, t->node, "axis", &axis);
    if (status) return status;
    if (axis || value == ONNX_NONE || !t->values[value].operation ||
        t->values[value].order != ORDER_INTEGERS || onnx_input(t, 0) == ONNX_NONE ||
        !t->m->values[onnx_input(t, 0)].tensor.at)
        return onnx_none(t, NULL);
    status = onnx_constant_of(t, 0, &table);
    if (status || table.rank != 2) return status ? status : onnx_none(t, "its table has not two axes");
    status = onnx_weight(t, 0, &(shape){ 2, { table.shape[0], table.shape[1] } }, NULL, &o.inputs[0]);
    o.inputs[1] = t->values[value].operation - 1;
    return status ? status : onnx_result(t, &o, ORDER_PLAIN);
}
