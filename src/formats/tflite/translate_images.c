/* Translates operators on images, and those that move values along axes. */
#include <string.h>
#include "base/status.h"
#include "formats/tflite/translation.h"

static size_t size_at(const tflite_known *k, int axis)
{
    return k->size[axis] < 0 ? 0 : (size_t)k->size[axis];
}

/* Options: padding, stride of columns, stride of lines. */
static bool read_window(const tflite_translation *t, operation *o)
{
    o->same = tflite_option(t, 0, 1, TFLITE_SAME) == TFLITE_SAME;
    o->stride[1] = (size_t)tflite_option(t, 1, 4, 0);
    o->stride[0] = (size_t)tflite_option(t, 2, 4, 0);
    return o->stride[0] >= 1 && o->stride[1] >= 1 && o->stride[0] <= INT32_MAX && o->stride[1] <= INT32_MAX;
}

static bool read_dilation(const tflite_translation *t, operation *o, unsigned first)
{
    o->dilation[1] = (size_t)tflite_option(t, first, 4, 1);
    o->dilation[0] = (size_t)tflite_option(t, first + 1, 4, 1);
    return o->dilation[0] >= 1 && o->dilation[1] >= 1 && o->dilation[0] <= INT32_MAX &&
           o->dilation[1] <= INT32_MAX;
}

/* Zeros that Horn writes where a layer has no bias. */
static bool stands_for_none(const tflite_translation *t, const tflite_known *bias)
{
    static const char word[] = "/zeros";
    const protobuf_text n = bias->name;
    const char *slash = n.size ? memrchr(n.at, '/', n.size) : NULL;
    return t->m->is_own && slash && (size_t)(n.at + n.size - slash) >= sizeof word - 1 &&
           memcmp(slash, word, sizeof word - 1) == 0;
}

/* The bias is input 2. */
static horn_status add_bias(tflite_translation *t, operation *o, size_t units, int activation)
{
    horn_status status = HORN_OK;
    size_t y;
    const tflite_known *bias = tflite_known_of(t, 2);
    if (!bias || stands_for_none(t, bias)) return tflite_result(t, o, activation);
    TRY(tflite_inner(t, o, &y));
    *o = (operation){ .kind = OPERATION_BIAS_ADD, .inputs = { y }, .input_count = 2 };
    TRY(tflite_weight_as(t, 2, &(shape){ 1, { units } }, NULL, &o->inputs[1]));
    TRY(tflite_result(t, o, activation));
done:
    return status;
}

/* (outputs, height, width, inputs) as (height, width, inputs, outputs) */
horn_status tflite_convolution(tflite_translation *t, operation_kind kind)
{
    const tflite_known *k = tflite_known_of(t, 1);
    operation o = { .kind = kind, .input_count = 2 };
    if (!k || k->rank != 4 || !read_window(t, &o) || !read_dilation(t, &o, 4)) return tflite_none(t, NULL);
    const size_t U = size_at(k, 0), H = size_at(k, 1), W = size_at(k, 2), C = size_at(k, 3);
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (!status)
        status = tflite_weight_as(
            t, 1, &(shape){ 4, { H, W, C, U } },
            &(imported_view){ .rank = 4, .size = { H, W, C, U }, .stride = { W * C, C, 1, H * W * C } },
            &o.inputs[1]);
    return status ? status : add_bias(t, &o, U, 3);
}

/* (1, height, width, channels multiplier) */
horn_status tflite_depthwise(tflite_translation *t, operation_kind kind)
{
    const tflite_known *k = tflite_known_of(t, 1);
    operation o = { .kind = kind, .input_count = 2 };
    if (!k || k->rank != 4 || !read_window(t, &o) || !read_dilation(t, &o, 5)) return tflite_none(t, NULL);
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const shape *x = tflite_shape_of(t, o.inputs[0]);
    const size_t C = x->rank == 3 ? x->dim[2] : 0, U = size_at(k, 3);
    if (!C || U % C) return tflite_none(t, "has a kernel of another number of channels than the image");
    status =
        tflite_weight_as(t, 1, &(shape){ 4, { size_at(k, 1), size_at(k, 2), C, U / C } }, NULL, &o.inputs[1]);
    return status ? status : add_bias(t, &o, U, 4);
}

horn_status tflite_pool(tflite_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1, .dilation = { 1, 1 } };
    if (!read_window(t, &o)) return tflite_none(t, NULL);
    o.size[1] = (size_t)tflite_option(t, 3, 4, 0);
    o.size[0] = (size_t)tflite_option(t, 4, 4, 0);
    if (!o.size[0] || !o.size[1] || o.size[0] > INT32_MAX || o.size[1] > INT32_MAX)
        return tflite_none(t, NULL);
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    return status ? status : tflite_result(t, &o, 5);
}

/* Of a sequence: over the steps of an image that is one high. */
static horn_status reduce_steps(tflite_translation *t, operation *o, bool keeps)
{
    horn_status status = HORN_OK;
    const shape x = *tflite_shape_of(t, o->inputs[0]);
    operation image = { .kind = OPERATION_EXPAND_DIMS,
                        .inputs = { o->inputs[0] },
                        .input_count = 1,
                        .shape = { 3, { 1, x.dim[0], x.dim[1] } } };
    TRY(tflite_inner(t, &image, &o->inputs[0]));
    o->axes = 0;
    o->shape.rank = keeps ? 3 : 1;
    if (!keeps) return tflite_result(t, o, -1);
    operation line = { .kind = OPERATION_SQUEEZE, .input_count = 1, .shape = { 2, { 1, x.dim[1] } } };
    TRY(tflite_inner(t, o, &line.inputs[0]));
    TRY(tflite_result(t, &line, -1));
done:
    return status;
}

horn_status tflite_reduction(tflite_translation *t, operation_kind kind)
{
    int64_t axes[HORN_MAX_RANK];
    size_t count;
    operation o = { .kind = kind, .input_count = 1 };
    const bool keeps = tflite_option(t, 0, 1, 0);
    if (!tflite_integers_of(t, 1, axes, HORN_MAX_RANK, &count)) return tflite_none(t, NULL);
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const shape *x = tflite_shape_of(t, o.inputs[0]);
    for (size_t i = 0; i < count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + x->rank : axes[i] - 1;
        if (axis < 0 || axis >= x->rank) return tflite_none(t, "is over no axis of the samples");
        o.axes |= 1u << axis;
    }
    const bool is_global = x->rank > 2 && o.axes == (1u << (x->rank - 1)) - 1;
    if (is_global && (!keeps || kind == OPERATION_MAX)) {
        o.axes = 0;
        o.shape.rank = keeps ? x->rank : 1;
        return tflite_result(t, &o, -1);
    }
    if (x->rank == 2 && o.axes == 1 && (!keeps || kind == OPERATION_MAX)) return reduce_steps(t, &o, keeps);
    if (kind != OPERATION_MEAN || !keeps)
        return tflite_none(t, "is not over all axes but the channels of an image");
    o.kind = OPERATION_MEAN_ALONG;
    return tflite_result(t, &o, -1);
}

horn_status tflite_padding(tflite_translation *t, operation_kind kind)
{
    int64_t sizes[2 * (HORN_MAX_RANK + 1)];
    size_t count;
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const size_t rank = (size_t)tflite_shape_of(t, o.inputs[0])->rank;
    if (!tflite_integers_of(t, 1, sizes, 2 * (HORN_MAX_RANK + 1), &count) || count != 2 * (rank + 1) ||
        rank != 3)
        return tflite_none(t, "pads no image");
    for (size_t i = 0; i < count; i++)
        if (sizes[i] < 0 || (sizes[i] && (i < 2 || i + 2 >= count)))
            return tflite_none(t, "pads other axes than height and width");
    for (size_t i = 0; i < 4; i++) o.padding[i] = (size_t)sizes[2 + i];
    return tflite_result(t, &o, -1);
}

/* ---- axes ---- */

/* Whether `more` is `less` with an axis of length 1 more. */
static bool is_wider(const shape *more, const shape *less)
{
    int at = 0;
    if (more->rank != less->rank + 1) return false;
    while (at < less->rank && more->dim[at] == less->dim[at]) at++;
    if (more->dim[at] != 1) return false;
    return memcmp(more->dim + at + 1, less->dim + at, (size_t)(less->rank - at) * sizeof *less->dim) == 0;
}

/* To what the file says of the result. */
horn_status tflite_reshape(tflite_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const operation *from = &t->im->graph->operations[o.inputs[0]];
    if (from->kind == OPERATION_NONE) return tflite_give(t, o.inputs[0]);
    if (!tflite_result_shape(t, o.inputs[0], &o.shape)) return tflite_none(t, NULL);
    if (is_wider(&o.shape, &from->shape))
        o.kind = OPERATION_EXPAND_DIMS;
    else if (is_wider(&from->shape, &o.shape))
        o.kind = OPERATION_SQUEEZE;
    else if (shape_is_open(&from->shape) || shape_is_open(&o.shape) ||
             shape_count(&from->shape) != shape_count(&o.shape))
        return tflite_none(t, "gives not as many values as it takes of each sample");
    return tflite_result(t, &o, -1);
}

horn_status tflite_transpose(tflite_translation *t, operation_kind kind)
{
    int64_t order[HORN_MAX_RANK + 1];
    size_t count;
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const int rank = tflite_shape_of(t, o.inputs[0])->rank;
    if (!tflite_integers_of(t, 1, order, HORN_MAX_RANK + 1, &count) || count != (size_t)rank + 1 || order[0])
        return tflite_none(t, "moves the samples");
    for (int i = 0; i < rank; i++) {
        if (order[i + 1] < 1 || order[i + 1] > rank) return tflite_none(t, "moves the samples");
        o.order[i] = (int)order[i + 1] - 1;
    }
    return tflite_result(t, &o, -1);
}

horn_status tflite_tile(tflite_translation *t, operation_kind kind)
{
    int64_t often[HORN_MAX_RANK + 1];
    size_t count;
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    o.shape = *tflite_shape_of(t, o.inputs[0]);
    bool fits = tflite_integers_of(t, 1, often, HORN_MAX_RANK + 1, &count) &&
                count == (size_t)o.shape.rank + 1 && often[0] == 1;
    for (int i = 0; fits && i < o.shape.rank; i++) {
        fits = often[i + 1] == 1 || (often[i + 1] > 1 && o.shape.dim[i] == 1);
        if (fits && often[i + 1] > 1) o.shape.dim[i] = (size_t)often[i + 1];
    }
    return fits ? tflite_result(t, &o, -1) : tflite_none(t, "repeats more than axes of length 1");
}

/* Steps of 1; ends are as the masks say, or counted from the end. */
horn_status tflite_crop(tflite_translation *t, operation_kind kind)
{
    int64_t begin[HORN_MAX_RANK + 1], end[HORN_MAX_RANK + 1], step[HORN_MAX_RANK + 1];
    size_t counts[3];
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const size_t axes = (size_t)tflite_shape_of(t, o.inputs[0])->rank + 1;
    const uint64_t begins = tflite_option(t, 0, 4, 0), ends = tflite_option(t, 1, 4, 0);
    bool fits = tflite_integers_of(t, 1, begin, HORN_MAX_RANK + 1, &counts[0]) &&
                tflite_integers_of(t, 2, end, HORN_MAX_RANK + 1, &counts[1]) &&
                tflite_integers_of(t, 3, step, HORN_MAX_RANK + 1, &counts[2]) && counts[0] == axes &&
                counts[1] == axes && counts[2] == axes && axes >= 3 && axes <= 5;
    for (unsigned i = 2; fits && i < 5; i++) fits = !tflite_option(t, i, 4, 0);
    for (size_t i = 0; fits && i < axes; i++) {
        const bool is_whole = (begins >> i & 1 || begin[i] == 0) && ends >> i & 1;
        fits = step[i] == 1 && (is_whole || (i && i + 1 < axes));
        if (is_whole || !fits) continue;
        fits = (begins >> i & 1 || begin[i] >= 0) && (ends >> i & 1 || end[i] < 0);
        o.padding[2 * (i - 1)] = begins >> i & 1 ? 0 : (size_t)begin[i];
        o.padding[2 * (i - 1) + 1] = ends >> i & 1 ? 0 : (size_t)-end[i];
    }
    return fits ? tflite_result(t, &o, -1) : tflite_none(t, "takes off other than edges");
}

/* Along an axis of the samples. */
horn_status tflite_join(tflite_translation *t, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    const size_t count = tflite_now(t)->input_count;
    int64_t axis = (int32_t)tflite_option(t, 0, 4, 0);
    if (!count) return tflite_none(t, NULL);
    for (size_t i = 0; i < count; i++)
        if (tflite_is_constant(t, i)) return tflite_none(t, "takes a constant");
    horn_status status = tflite_operand_of(t, 0, &o.inputs[0]);
    if (status) return status;
    const int rank = tflite_shape_of(t, o.inputs[0])->rank;
    if (axis < 0) axis += rank + 1;
    if (axis < 1 || axis > rank) return tflite_none(t, "joins along no axis of the samples");
    o.axis = (int)axis - 1;
    if (count == 1) return tflite_give(t, o.inputs[0]);
    for (size_t i = 1; !status && i < count; i++) {
        status = tflite_operand_of(t, i, &o.inputs[1]);
        if (!status && i + 1 < count) status = tflite_inner(t, &o, &o.inputs[0]);
    }
    return status ? status : tflite_result(t, &o, 1);
}
