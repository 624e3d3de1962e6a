/* Translates operations on images: convolutions, pools, padding. */
#include <string.h>
#include "base/status.h"
#include "formats/onnx/translation.h"

/* ---- windows ---- */

typedef struct window {
    size_t axes; /* 2, of volumes 3 */
    int64_t size[3], stride[3], dilation[3];
    int64_t pads[6]; /* before each axis, then behind each */
    bool same;       /* as TensorFlow pads */
    bool rounds_up;
} window;

static horn_status read_sizes(const onnx_translation *t, const char *key, size_t wanted, size_t axes,
                              int64_t *sizes)
{
    int count;
    horn_status status = onnx_attribute_integers(t->m, t->node, key, sizes, wanted, &count);
    if (status || count == (int)wanted || count < 0) return status;
    return onnx_refuse(t, axes == 2 ? "is not of height and width" : "is not of depth, height and width");
}

static horn_status read_padding(const onnx_translation *t, window *w)
{
    protobuf_text automatic = { "NOTSET", 6 };
    horn_status status = read_sizes(t, "pads", 2 * w->axes, w->axes, w->pads);
    if (!status) status = onnx_attribute_text(t->m, t->node, "auto_pad", &automatic);
    if (status) return status;
    w->same = protobuf_text_is(automatic, "SAME_UPPER");
    if (w->same || protobuf_text_is(automatic, "VALID")) memset(w->pads, 0, sizeof w->pads);
    if (!w->same && automatic.size && !protobuf_text_is(automatic, "VALID") &&
        !protobuf_text_is(automatic, "NOTSET"))
        return onnx_refuse(t, "its auto_pad is not supported");
    return HORN_OK;
}

static bool fits(const int64_t *sizes, size_t count, int64_t least)
{
    for (size_t i = 0; i < count; i++)
        if (sizes[i] < least || sizes[i] > INT32_MAX) return false;
    return true;
}

static bool has_any(const int64_t *sizes, size_t count, int64_t above)
{
    for (size_t i = 0; i < count; i++)
        if (sizes[i] > above) return true;
    return false;
}

static horn_status read_window(const onnx_translation *t, size_t axes, window *w)
{
    int64_t rounds_up = 0;
    horn_status status = HORN_OK;
    *w = (window){ .axes = axes, .stride = { 1, 1, 1 }, .dilation = { 1, 1, 1 } };
    if (axes != 2 && axes != 3) TRY(onnx_refuse(t, "is no convolution of height and width"));
    TRY(read_sizes(t, "kernel_shape", axes, axes, w->size));
    TRY(read_sizes(t, "strides", axes, axes, w->stride));
    TRY(read_sizes(t, "dilations", axes, axes, w->dilation));
    TRY(read_padding(t, w));
    TRY(onnx_attribute_integer(t->m, t->node, "ceil_mode", &rounds_up));
    w->rounds_up = rounds_up;
    if (!fits(w->stride, axes, 1) || !fits(w->dilation, axes, 1) || !fits(w->size, axes, 0) ||
        !fits(w->pads, 2 * axes, 0))
        TRY(onnx_refuse(t, "its strides, dilations, window or pads are not from 0 or 1 to 2^31 - 1"));
    if (has_any(w->stride, axes, 1) && has_any(w->dilation, axes, 1))
        TRY(onnx_refuse(t, "has strides and dilations, expected one of them"));
done:
    return status;
}

/* An image or a volume whose channels are in front. */
static horn_status read_image(onnx_translation *t, const window *w, onnx_translated *out)
{
    const size_t value = onnx_input(t, 0);
    if (w->axes == 2) return onnx_image(t, 0, out);
    if (value == ONNX_NONE || !t->values[value].operation || t->values[value].order != ORDER_VOLUME_FIRST)
        return onnx_refuse(t, "its input is no volume whose channels are in front");
    *out = t->values[value];
    return HORN_OK;
}

static onnx_order order_of(const window *w)
{
    return w->axes == 2 ? ORDER_CHANNELS_FIRST : ORDER_VOLUME_FIRST;
}

static void take_window(operation *o, const window *w)
{
    for (size_t i = 0; i < w->axes; i++) {
        o->size[i] = (size_t)w->size[i];
        o->stride[i] = (size_t)w->stride[i];
        o->dilation[i] = (size_t)w->dilation[i];
    }
    o->same = w->same;
}

/* Whether the windows along an axis lie as TensorFlow's padding lays them, or as none does. If the number of windows is rounded
 * up, the last one reaches beyond the image: then so many cells are added behind it. */
static void compare_axis(window *w, size_t size, size_t axis, bool *is_same, bool *is_none)
{
    const int64_t n = (int64_t)size, s = w->stride[axis], before = w->pads[axis],
                  after = w->pads[axis + w->axes], reach = (w->size[axis] - 1) * w->dilation[axis] + 1,
                  room = n + before + after - reach;
    int64_t windows = room < 0 ? 0 : room / s + 1;
    if (room >= 0 && w->rounds_up && room % s && windows * s < n + before) {
        windows++;
        w->pads[axis + w->axes] = (windows - 1) * s + reach - n - before;
    }
    const int64_t all = (n - 1) / s * s + reach - n, total = all > 0 ? all : 0;
    *is_same = *is_same && windows == (n - 1) / s + 1 && before == total / 2;
    *is_none = *is_none && windows && n >= reach && windows == (n - reach) / s + 1 && !before;
}

/* The same for an axis of any size. */
static void compare_open_axis(const window *w, size_t axis, bool *is_same, bool *is_none)
{
    const int64_t before = w->pads[axis], after = w->pads[axis + w->axes],
                  all = (w->size[axis] - 1) * w->dilation[axis];
    *is_same = *is_same && w->stride[axis] == 1 && before == all / 2 && before + after == all;
    *is_none = *is_none && !before && !after;
}

/* True if neither TensorFlow's padding nor none gives these windows: zeros are to be added. */
static bool needs_zeros(window *w, const shape *x)
{
    bool is_same = true, is_none = true;
    if (w->same) return false;
    for (size_t i = 0; i < w->axes; i++) {
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
    if (w->axes != 2) return onnx_refuse(t, "its pads are neither none nor as even as can be");
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

/* (a, b, sizes) in the file: of a convolution (outputs, inputs of a group, ...). */
static horn_status kernel_of(onnx_translation *t, const onnx_tensor *k, operation *o)
{
    const int axes = k->rank - 2;
    const size_t U = k->shape[0], C = k->shape[1];
    imported_view v = { .rank = k->rank };
    shape s = { .rank = k->rank };
    size_t pixels = 1;
    for (int i = axes; i-- > 0;) {
        v.size[i] = k->shape[2 + i];
        v.stride[i] = pixels;
        pixels *= k->shape[2 + i];
    }
    const bool by_depth = o->kind == OPERATION_DEPTHWISE_CONV2D;
    const size_t channels = by_depth ? t->im->graph->operations[o->inputs[0]].shape.dim[2] : C,
                 M = by_depth ? U / channels : U;
    v.size[axes] = channels, v.stride[axes] = by_depth ? M * pixels : pixels;
    v.size[axes + 1] = M, v.stride[axes + 1] = by_depth ? pixels : C * pixels;
    memcpy(s.dim, v.size, sizeof s.dim);
    return onnx_weight(t, 1, &s, &v, &o->inputs[1]);
}

static horn_status check_kernel(const onnx_translation *t, const onnx_tensor *k, window *w, int64_t groups,
                                size_t channels)
{
    if (k->rank != (int)w->axes + 2 || !k->count)
        return onnx_refuse(t, "is no convolution of height and width");
    for (size_t i = 0; i < w->axes; i++) {
        if (k->shape[2 + i] > INT32_MAX || (w->size[i] && (size_t)w->size[i] != k->shape[2 + i]))
            return onnx_refuse(t, "its kernel_shape is not that of its kernel");
        w->size[i] = (int64_t)k->shape[2 + i];
    }
    if (groups < 1 || channels % (size_t)groups || channels / (size_t)groups != k->shape[1] ||
        k->shape[0] % (size_t)groups)
        return onnx_refuse(t, "its kernel is of another number of channels than the image");
    return HORN_OK;
}

/* The result, with the third input as its bias if there is one. */
static horn_status add_biased(onnx_translation *t, const operation *product, onnx_order order)
{
    operation o = { .kind = OPERATION_BIAS_ADD, .input_count = 2 };
    if (!onnx_has(t, 2)) return onnx_result(t, product, order);
    horn_status status = onnx_inner(t, product, &o.inputs[0]);
    const onnx_translated y = { .operation = o.inputs[0] + 1, .order = order };
    if (!status) status = onnx_vector(t, 2, &y, &o.inputs[1]);
    return status ? status : onnx_result(t, &o, order);
}

horn_status onnx_convolution(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 2 };
    onnx_translated x;
    onnx_tensor kernel;
    window w;
    int64_t groups = 1;
    TRY(onnx_constant_of(t, 1, &kernel));
    TRY(read_window(t, kernel.rank > 2 ? (size_t)kernel.rank - 2 : 0, &w));
    TRY(onnx_attribute_integer(t->m, t->node, "group", &groups));
    TRY(read_image(t, &w, &x));
    if (w.axes == 3) o.kind = OPERATION_CONV3D;
    const size_t channels = onnx_shape_of(t, &x)->dim[w.axes];
    TRY(check_kernel(t, &kernel, &w, groups, channels));
    o.inputs[0] = x.operation - 1;
    if (needs_zeros(&w, onnx_shape_of(t, &x))) TRY(add_zeros(t, &w, &o.inputs[0]));
    if (w.axes == 2 && is_by_depth(t, (size_t)groups, channels, &kernel)) o.kind = OPERATION_DEPTHWISE_CONV2D;
    TRY(kernel_of(t, &kernel, &o));
    take_window(&o, &w);
    TRY(add_biased(t, &o, order_of(&w)));
done:
    return status;
}

/* ---- transposed convolutions ---- */

/* The sizes of the result, and whether the pads are those of TensorFlow's "same"; false: they are neither these nor none. */
static bool find_result(window *w, const int64_t *more, const shape *x, shape *y)
{
    bool is_none = true, is_same = true;
    for (size_t i = 0; i < w->axes; i++) {
        const int64_t before = w->pads[i], after = w->pads[w->axes + i],
                      full = ((int64_t)x->dim[i] - 1) * w->stride[i] + (w->size[i] - 1) * w->dilation[i] + 1,
                      size = full - before - after + more[i];
        if (x->dim[i] == SHAPE_OPEN || x->dim[i] > INT32_MAX || size < 1) return false;
        const int64_t total = full > size ? full - size : 0;
        is_none = is_none && !before && !after;
        is_same = is_same && before == total / 2 && after == total - total / 2;
        y->dim[i] = (size_t)size;
    }
    w->same = is_same && !is_none;
    return is_none || is_same;
}

horn_status onnx_transposed(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 2 };
    onnx_translated x;
    onnx_tensor kernel;
    window w;
    int64_t groups = 1, more[3] = { 0 };
    int count;
    TRY(onnx_constant_of(t, 1, &kernel));
    TRY(read_window(t, kernel.rank > 2 ? (size_t)kernel.rank - 2 : 0, &w));
    TRY(onnx_attribute_integer(t->m, t->node, "group", &groups));
    TRY(read_sizes(t, "output_padding", w.axes, w.axes, more));
    TRY(onnx_attribute_integers(t->m, t->node, "output_shape", (int64_t[3]){ 0 }, 3, &count));
    TRY(read_image(t, &w, &x));
    if (w.axes == 3) o.kind = OPERATION_CONV3D_TRANSPOSE;
    o.shape = *onnx_shape_of(t, &x);
    if (groups != 1 || w.same || count >= 0 || !fits(more, w.axes, 0) ||
        kernel.shape[0] != o.shape.dim[w.axes])
        TRY(onnx_refuse(t, "has groups, a size of its result, or a kernel of other channels"));
    TRY(check_kernel(t, &kernel, &w, 1, kernel.shape[1]));
    o.inputs[0] = x.operation - 1;
    o.shape.dim[w.axes] = kernel.shape[1];
    if (!find_result(&w, more, onnx_shape_of(t, &x), &o.shape))
        TRY(onnx_refuse(t, "its pads are neither none nor as even as can be, or of an open axis"));
    TRY(kernel_of(t, &kernel, &o));
    take_window(&o, &w);
    TRY(add_biased(t, &o, order_of(&w)));
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

/* How many axes the window has: 2 if it does not say. */
static size_t axes_of_window(const onnx_translation *t)
{
    int64_t sizes[4];
    int count = -1;
    return onnx_attribute_integers(t->m, t->node, "kernel_shape", sizes, 4, &count) || count != 3 ? 2 : 3;
}

static horn_status check_pool(const onnx_translation *t, const window *w, const shape *x, bool counts)
{
    if (!fits(w->size, w->axes, 1) || has_any(w->dilation, w->axes, 1))
        return onnx_refuse(t, "has no window, or one with dilations");
    if (w->rounds_up && has_any(w->stride, w->axes, 1) && shape_is_open(x))
        return onnx_refuse(t, "rounds the number of its windows up, of an open axis");
    if (counts && w->rounds_up) return onnx_refuse(t, "counts its pads and rounds the number of windows up");
    return HORN_OK;
}

horn_status onnx_pool(onnx_translation *t, operation_kind kind)
{
    horn_status status = HORN_OK;
    operation o = { .kind = kind, .input_count = 1 };
    onnx_translated x;
    window w;
    int64_t counts_pads = 0;
    TRY(read_window(t, axes_of_window(t), &w));
    TRY(onnx_attribute_integer(t->m, t->node, "count_include_pad", &counts_pads));
    TRY(read_image(t, &w, &x));
    const bool counts = kind == OPERATION_AVG_POOL && counts_pads && has_any(w.pads, 2 * w.axes, 0);
    TRY(check_pool(t, &w, onnx_shape_of(t, &x), counts));
    o.inputs[0] = x.operation - 1;
    if (w.axes == 3) o.kind = kind == OPERATION_AVG_POOL ? OPERATION_AVG_POOL3D : OPERATION_MAX_POOL3D;
    if (needs_zeros(&w, onnx_shape_of(t, &x)) || counts) {
        if (!counts && (kind != OPERATION_MAX_POOL || !is_positive(t, &x)))
            TRY(onnx_refuse(t, "its pads are neither none nor as even as can be"));
        w.same = false;
        TRY(add_zeros(t, &w, &o.inputs[0]));
    }
    take_window(&o, &w);
    TRY(onnx_result(t, &o, order_of(&w)));
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
