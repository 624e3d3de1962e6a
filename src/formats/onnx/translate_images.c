/* Translates operations on images: convolutions, pools, padding. */
#include <string.h>
#include "base/status.h"
#include "formats/onnx/translation.h"

/* ---- windows ---- */

typedef struct window {
    int64_t size[2], stride[2], dilation[2];
    int64_t pads[4]; /* top, left, bottom, right */
    bool same;       /* as TensorFlow pads */
    bool rounds_up;
} window;

static horn_status read_pair(const onnx_translation *t, const char *key, int64_t pair[2])
{
    int count;
    horn_status status = onnx_attribute_integers(t->m, t->node, key, pair, 2, &count);
    if (status || count == 2 || count < 0) return status;
    return onnx_refuse(t, "is not of height and width");
}

static horn_status read_padding(const onnx_translation *t, window *w)
{
    int count;
    protobuf_text automatic = { "NOTSET", 6 };
    horn_status status = onnx_attribute_integers(t->m, t->node, "pads", w->pads, 4, &count);
    if (!status && count >= 0 && count != 4) status = onnx_refuse(t, "is not of height and width");
    if (!status) status = onnx_attribute_text(t->m, t->node, "auto_pad", &automatic);
    if (status) return status;
    w->same = protobuf_text_is(automatic, "SAME_UPPER");
    if (w->same || protobuf_text_is(automatic, "VALID")) memset(w->pads, 0, sizeof w->pads);
    if (!w->same && automatic.size && !protobuf_text_is(automatic, "VALID") &&
        !protobuf_text_is(automatic, "NOTSET"))
        return onnx_refuse(t, "its auto_pad is not supported");
    return HORN_OK;
}

static bool fits(const int64_t *sizes, int count, int64_t least)
{
    for (int i = 0; i < count; i++)
        if (sizes[i] < least || sizes[i] > INT32_MAX) return false;
    return true;
}

static horn_status read_window(const onnx_translation *t, window *w)
{
    int64_t rounds_up = 0;
    horn_status status = HORN_OK;
    *w = (window){ .stride = { 1, 1 }, .dilation = { 1, 1 } };
    TRY(read_pair(t, "kernel_shape", w->size));
    TRY(read_pair(t, "strides", w->stride));
    TRY(read_pair(t, "dilations", w->dilation));
    TRY(read_padding(t, w));
    TRY(onnx_attribute_integer(t->m, t->node, "ceil_mode", &rounds_up));
    w->rounds_up = rounds_up;
    if (!fits(w->stride, 2, 1) || !fits(w->dilation, 2, 1) || !fits(w->size, 2, 0) || !fits(w->pads, 4, 0))
        TRY(onnx_refuse(t, "its strides, dilations, window or pads are not from 0 or 1 to 2^31 - 1"));
    if ((w->stride[0] > 1 || w->stride[1] > 1) && (w->dilation[0] > 1 || w->dilation[1] > 1))
        TRY(onnx_refuse(t, "has strides and dilations, expected one of them"));
done:
    return status;
}

static void take_window(operation *o, const window *w)
{
    for (int i = 0; i < 2; i++) {
        o->size[i] = (size_t)w->size[i];
        o->stride[i] = (size_t)w->stride[i];
        o->dilation[i] = (size_t)w->dilation[i];
    }
    o->same = w->same;
}

/* Whether the windows along an axis lie as TensorFlow's padding lays them, or as none does. If the number of windows is rounded
 * up, the last one reaches beyond the image: then so many cells are added behind it. */
static void compare_axis(window *w, size_t size, int axis, bool *is_same, bool *is_none)
{
    const int64_t n = (int64_t)size, s = w->stride[axis], before = w->pads[axis], after = w->pads[axis + 2],
                  reach = (w->size[axis] - 1) * w->dilation[axis] + 1, room = n + before + after - reach;
    int64_t windows = room < 0 ? 0 : room / s + 1;
    if (room >= 0 && w->rounds_up && room % s && windows * s < n + before) {
        windows++;
        w->pads[axis + 2] = (windows - 1) * s + reach - n - before;
    }
    const int64_t all = (n - 1) / s * s + reach - n, total = all > 0 ? all : 0;
    *is_same = *is_same && windows == (n - 1) / s + 1 && before == total / 2;
    *is_none = *is_none && windows && n >= reach && windows == (n - reach) / s + 1 && !before;
}

/* The same for an axis of any size. */
static void compare_open_axis(const window *w, int axis, bool *is_same, bool *is_none)
{
    const int64_t before = w->pads[axis], after = w->pads[axis + 2],
                  all = (w->size[axis] - 1) * w->dilation[axis];
    *is_same = *is_same && w->stride[axis] == 1 && before == all / 2 && before + after == all;
    *is_none = *is_none && !before && !after;
}

/* True if neither TensorFlow's padding nor none gives these windows: zeros are to be added. */
static bool needs_zeros(window *w, const shape *x)
{
    bool is_same = true, is_none = true;
    if (w->same) return false;
    for (int i = 0; i < 2; i++) {
        if (x->dim[i] == SHAPE_OPEN)
            compare_open_axis(w, i, &is_same, &is_none);
        else
            compare_axis(w, x->dim[i], i, &is_same, &is_none);
    }
    w->same = is_same && !is_none;
    return !is_same && !is_none;
}

/* An image with lines of zeros around it. */
static horn_status add_zeros(onnx_translation *t, window *w, size_t *value)
{
    operation o = { .kind = OPERATION_PAD, .inputs = { *value }, .input_count = 1 };
    for (int i = 0; i < 4; i++) o.padding[i] = (size_t)w->pads[i / 2 + i % 2 * 2];
    return onnx_inner(t, &o, value);
}

/* ---- convolutions ---- */

/* In a file of Horn's the weight's name tells a convolution by depth from one in as many groups. */
static bool is_by_depth(const onnx_translation *t, size_t groups, size_t channels, const onnx_tensor *kernel)
{
    static const char own[] = "/depthwise_kernel";
    const protobuf_text name = t->m->values[onnx_input(t, 1)].name;
    if (groups != channels || kernel->shape[1] != 1 || kernel->shape[0] % channels) return false;
    if (!t->is_own) return channels > 1;
    return memmem(name.at, name.size, own, strlen(own)) != NULL;
}

/* (outputs, inputs of a group, height, width) in the file. */
static horn_status kernel_of(onnx_translation *t, const onnx_tensor *k, operation *o)
{
    const size_t U = k->shape[0], C = k->shape[1], H = k->shape[2], W = k->shape[3];
    if (o->kind == OPERATION_CONV2D)
        return onnx_weight(t, 1, &(shape){ 4, { H, W, C, U } },
                           &(imported_view){ 4, { H, W, C, U }, { W, 1, H * W, C * H * W } }, &o->inputs[1]);
    const size_t channels = t->im->graph->operations[o->inputs[0]].shape.dim[2], M = U / channels;
    return onnx_weight(t, 1, &(shape){ 4, { H, W, channels, M } },
                       &(imported_view){ 4, { H, W, channels, M }, { W, 1, M * H * W, H * W } },
                       &o->inputs[1]);
}

static horn_status check_kernel(const onnx_translation *t, const onnx_tensor *k, window *w, int64_t groups,
                                size_t channels)
{
    if (k->rank != 4 || !k->count) return onnx_refuse(t, "is no convolution of height and width");
    for (int i = 0; i < 2; i++) {
        if (k->shape[2 + i] > INT32_MAX || (w->size[i] && (size_t)w->size[i] != k->shape[2 + i]))
            return onnx_refuse(t, "its kernel_shape is not that of its kernel");
        w->size[i] = (int64_t)k->shape[2 + i];
    }
    if (groups < 1 || channels % (size_t)groups || channels / (size_t)groups != k->shape[1] ||
        k->shape[0] % (size_t)groups)
        return onnx_refuse(t, "its kernel is of another number of channels than the image");
    return HORN_OK;
}

static horn_status add_bias(onnx_translation *t, size_t value)
{
    operation o = { .kind = OPERATION_BIAS_ADD, .inputs = { value }, .input_count = 2 };
    const onnx_translated y = { .operation = value + 1, .order = ORDER_CHANNELS_FIRST };
    horn_status status = onnx_vector(t, 2, &y, &o.inputs[1]);
    return status ? status : onnx_result(t, &o, ORDER_CHANNELS_FIRST);
}

horn_status onnx_convolution(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 2 };
    onnx_translated x;
    onnx_tensor kernel;
    window w;
    int64_t groups = 1;
    size_t value;
    TRY(read_window(t, &w));
    TRY(onnx_attribute_integer(t->m, t->node, "group", &groups));
    TRY(onnx_constant_of(t, 1, &kernel));
    TRY(onnx_image(t, 0, &x));
    const size_t channels = onnx_shape_of(t, &x)->dim[2];
    TRY(check_kernel(t, &kernel, &w, groups, channels));
    o.inputs[0] = x.operation - 1;
    if (needs_zeros(&w, onnx_shape_of(t, &x))) TRY(add_zeros(t, &w, &o.inputs[0]));
    if (is_by_depth(t, (size_t)groups, channels, &kernel)) o.kind = OPERATION_DEPTHWISE_CONV2D;
    TRY(kernel_of(t, &kernel, &o));
    take_window(&o, &w);
    if (!onnx_has(t, 2)) return onnx_result(t, &o, ORDER_CHANNELS_FIRST);
    TRY(onnx_inner(t, &o, &value));
    TRY(add_bias(t, value));
done:
    return status;
}

/* ---- pools ---- */

/* What never is below 0: zeros around it are no greatest values that were not there. */
static bool is_positive(const onnx_translation *t, const onnx_translated *x)
{
    const operation_kind kind = t->im->graph->operations[x->operation - 1].kind;
    return kind == OPERATION_RELU || kind == OPERATION_SIGMOID || kind == OPERATION_SOFTMAX ||
           kind == OPERATION_SOFTPLUS;
}

horn_status onnx_pool(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    window w;
    int64_t counts_pads = 0;
    TRY(read_window(t, &w));
    TRY(onnx_attribute_integer(t->m, t->node, "count_include_pad", &counts_pads));
    TRY(onnx_image(t, 0, &x));
    if (!w.size[0] || !w.size[1] || w.dilation[0] > 1 || w.dilation[1] > 1)
        TRY(onnx_refuse(t, "has no window, or one with dilations"));
    const bool has_pads = w.pads[0] || w.pads[1] || w.pads[2] || w.pads[3],
               counts = kind == OPERATION_AVG_POOL && counts_pads && has_pads;
    o.inputs[0] = x.operation - 1;
    if (w.rounds_up && (w.stride[0] > 1 || w.stride[1] > 1) && shape_is_open(onnx_shape_of(t, &x)))
        TRY(onnx_refuse(t, "rounds the number of its windows up, of an open axis"));
    if (counts && w.rounds_up) TRY(onnx_refuse(t, "counts its pads and rounds the number of windows up"));
    if (needs_zeros(&w, onnx_shape_of(t, &x)) || counts) {
        if (!counts && (kind != OPERATION_MAX_POOL || !is_positive(t, &x)))
            TRY(onnx_refuse(t, "its pads are neither none nor as even as can be"));
        w.same = false;
        TRY(add_zeros(t, &w, &o.inputs[0]));
    }
    take_window(&o, &w);
    TRY(onnx_result(t, &o, ORDER_CHANNELS_FIRST));
done:
    return status;
}

horn_status onnx_global_pool(onnx_translation *t, operation_kind kind)
{
    onnx_translated x;
    horn_status status = onnx_image(t, 0, &x);
    if (status) return status;
    return onnx_result(
        t,
        &(operation){ .kind = kind, .inputs = { x.operation - 1 }, .input_count = 1, .shape = { .rank = 3 } },
        ORDER_CHANNELS_FIRST);
}

horn_status onnx_reduction(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    int64_t axes[2] = { 0 }, keeps = 1;
    int count;
    size_t given = 0;
    TRY(onnx_attribute_integers(t->m, t->node, "axes", axes, 2, &count));
    TRY(onnx_attribute_integer(t->m, t->node, "keepdims", &keeps));
    if (onnx_has(t, 1)) TRY(onnx_numbers_of(t, 1, axes, 2, &given));
    TRY(onnx_computed(t, 0, &x));
    const int64_t first = x.order == ORDER_CHANNELS_FIRST ? 2 : 1;
    for (int i = 0; i < 2; i++) axes[i] += axes[i] < 0 ? 4 : 0;
    if ((count != 2 && given != 2) || onnx_shape_of(t, &x)->rank != 3 || axes[0] + axes[1] != 2 * first + 1 ||
        axes[0] * axes[1] != first * (first + 1))
        return onnx_none(t, "is not over height and width of an image");
    o.inputs[0] = x.operation - 1;
    o.shape.rank = keeps ? 3 : 1;
    TRY(onnx_result(t, &o, keeps ? x.order : ORDER_PLAIN));
done:
    return status;
}

/* ---- padding ---- */

/* By the axes of an image in ONNX's order: those that are not padded first. */
static bool take_pads(operation *o, const int64_t n[8], int first)
{
    bool fits = true;
    for (int i = 0; i < 8; i++) fits = fits && n[i] >= 0 && (!n[i] || i % 4 == first || i % 4 == first + 1);
    for (int i = 0; i < 4; i++) o->padding[i] = (size_t)n[first + i / 2 + i % 2 * 4];
    return fits;
}

horn_status onnx_padding(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    int64_t n[8] = { 0 };
    int count;
    size_t given = 0;
    float value = 0;
    protobuf_text mode = { "constant", 8 };
    TRY(onnx_attribute_integers(t->m, t->node, "pads", n, 8, &count));
    TRY(onnx_attribute_number(t->m, t->node, "value", &value));
    TRY(onnx_attribute_text(t->m, t->node, "mode", &mode));
    if (onnx_has(t, 1)) TRY(onnx_numbers_of(t, 1, n, 8, &given));
    if (onnx_has(t, 2)) TRY(onnx_scalar_of(t, 2, &value));
    TRY(onnx_computed(t, 0, &x));
    if (value != 0 || !protobuf_text_is(mode, "constant") || onnx_has(t, 3) || (count != 8 && given != 8) ||
        onnx_shape_of(t, &x)->rank != 3)
        return onnx_none(t, "does not pad an image with zeros");
    if (x.order == ORDER_PLAIN && (n[3] || n[7])) TRY(onnx_image(t, 0, &x));
    if (!take_pads(&o, n, x.order == ORDER_CHANNELS_FIRST ? 2 : 1))
        return onnx_none(t, "does not pad height and width of an image alone");
    o.inputs[0] = x.operation - 1;
    TRY(onnx_result(t, &o, x.order));
done:
    return status;
}
