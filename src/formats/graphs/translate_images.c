/* Operations on images: convolutions, pools, padding. */
#include <string.h>
#include "base/status.h"
#include "formats/graphs/translation.h"

/* ---- windows ---- */

typedef struct window {
    int64_t size[5], stride[5], dilation[5]; /* samples, height, width, channels; of volumes with the depth */
    size_t axes;                             /* 2 or 3 */
    bool same;
} window;

static bool is_of_axes(const int64_t *sizes, size_t axes)
{
    for (size_t i = 1; i <= axes; i++)
        if (sizes[i] < 1 || sizes[i] > INT32_MAX) return false;
    return sizes[0] == 1 && sizes[axes + 1] == 1;
}

static bool is_pair(const int64_t sizes[5])
{
    return is_of_axes(sizes, 2);
}

static bool has_any(const int64_t *sizes, size_t axes)
{
    for (size_t i = 1; i <= axes; i++)
        if (sizes[i] > 1) return true;
    return false;
}

static size_t axes_of(operation_kind kind)
{
    return kind == OPERATION_CONV3D || kind == OPERATION_CONV3D_TRANSPOSE || kind == OPERATION_MAX_POOL3D ||
                   kind == OPERATION_AVG_POOL3D
               ? 3
               : 2;
}

static horn_status read_window(const tf_translation *t, size_t node, operation_kind kind, window *w)
{
    horn_status status = HORN_OK;
    const size_t axes = axes_of(kind);
    const char *expected = axes == 2 ? "NHWC" : "NDHWC";
    protobuf_text padding = { "", 0 }, layout = { expected, axes + 2 };
    *w = (window){ .size = { 1, 1, 1, 1, 1 }, .stride = { 0 }, .dilation = { 1, 1, 1, 1, 1 }, .axes = axes };
    TRY(tf_graph_integers(t->g, node, "strides", w->stride, axes + 2));
    TRY(tf_graph_integers(t->g, node, "dilations", w->dilation, axes + 2));
    TRY(tf_graph_integers(t->g, node, "ksize", w->size, axes + 2));
    TRY(tf_graph_text(t->g, node, "padding", &padding));
    TRY(tf_graph_text(t->g, node, "data_format", &layout));
    w->same = protobuf_text_is(padding, "SAME");
    if (!w->same && !protobuf_text_is(padding, "VALID"))
        TRY(tf_refuse(t, node, "its padding is neither SAME nor VALID"));
    if (!protobuf_text_is(layout, expected))
        TRY(tf_refuse(t, node,
                      axes == 2 ? "its data_format is not NHWC, channels last"
                                : "its data_format is not NDHWC, channels last"));
    if (!is_of_axes(w->stride, axes) || !is_of_axes(w->dilation, axes) || !is_of_axes(w->size, axes))
        TRY(tf_refuse(
            t, node,
            "its strides, dilations or window are not of height and width alone, from 1 to 2^31 - 1"));
    if (has_any(w->stride, axes) && has_any(w->dilation, axes))
        TRY(tf_refuse(t, node, "has strides and dilations, expected one of them"));
done:
    return status;
}

static void take_window(operation *o, const window *w)
{
    for (size_t i = 0; i < w->axes; i++) {
        o->size[i] = (size_t)w->size[i + 1];
        o->stride[i] = (size_t)w->stride[i + 1];
        o->dilation[i] = (size_t)w->dilation[i + 1];
    }
    o->same = w->same;
}

/* ---- convolutions ---- */

/* A kernel of sequences, [steps, inputs, outputs], as one of images that are one high. */
static bool is_kernel_of_steps(const tf_translation *t, size_t node)
{
    const operation *o = tf_node_is(t, node, "ExpandDims") && t->values[node]
                             ? &t->im->graph->operations[t->values[node] - 1]
                             : NULL;
    const imported_constant *c = o ? imported_constant_of(t->im, o->inputs[0]) : NULL;
    return c && c->is_float && c->rank == 3 && c->count && o->shape.dim[0] == 1;
}

/* Of a convolution by depth that Horn wrote as one in groups: the kernel under another shape. */
static horn_status find_spread_kernel(tf_translation *t, size_t operand, size_t *kernel, bool *out)
{
    horn_status status;
    int64_t sizes[4];
    const size_t node = tf_node_is(t, operand, "Reshape") ? tf_operand(t, operand, 0) : NO_NODE,
                 target = node != NO_NODE ? tf_operand(t, operand, 1) : NO_NODE;
    *out = false;
    if (target == NO_NODE) return HORN_OK;
    if (is_kernel_of_steps(t, node))
        *kernel = t->values[node] - 1;
    else if (!tf_is_constant(t, node))
        return HORN_OK;
    else if ((status = tf_value_of(t, node, kernel)))
        return status;
    const imported_constant *c = imported_constant_of(t->im, imported_behind_shapes(t->im, *kernel));
    const size_t *size = t->im->graph->operations[*kernel].shape.dim;
    if (!c->is_float || t->im->graph->operations[*kernel].shape.rank != 4 || !c->count ||
        tf_numbers_of(t, target, sizes, 4))
        return HORN_OK;
    *out = (sizes[0] == -1 || sizes[0] == (int64_t)size[0]) && sizes[1] == (int64_t)size[1] &&
           sizes[2] == 1 && sizes[3] / (int64_t)size[2] == (int64_t)size[3] &&
           sizes[3] % (int64_t)size[2] == 0;
    return HORN_OK;
}

/* The kernel says the window's size. */
static horn_status read_kernel(tf_translation *t, size_t node, operation *o, window *w)
{
    const size_t operand = tf_operand(t, node, 1);
    bool is_spread = false;
    horn_status status = read_window(t, node, o->kind, w);
    if (!status && o->kind == OPERATION_CONV2D)
        status = find_spread_kernel(t, operand, &o->inputs[1], &is_spread);
    if (is_spread) o->kind = OPERATION_DEPTHWISE_CONV2D;
    if (!status && is_kernel_of_steps(t, operand))
        o->inputs[1] = t->values[operand] - 1;
    else if (!status && !is_spread)
        status = tf_kernel_of(t, operand, (int)w->axes + 2, false, &o->inputs[1]);
    if (status) return status;
    const shape *kernel = &t->im->graph->operations[o->inputs[1]].shape;
    for (size_t i = 0; i < w->axes; i++) w->size[i + 1] = (int64_t)kernel->dim[i];
    return is_of_axes(w->size, w->axes) ? HORN_OK : tf_refuse(t, node, "its kernel is too large");
}

horn_status tf_translate_convolution(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    window w;
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (!status) status = read_kernel(t, node, &o, &w);
    if (status) return status;
    take_window(&o, &w);
    return tf_add(t, node, &o);
}

/* Its inputs are the result's sizes, the kernel, and x. */
horn_status tf_translate_transposed(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    window w;
    const size_t x = tf_operand(t, node, 2);
    horn_status status = tf_value_of(t, x, &o.inputs[0]);
    if (status) return status;
    if (o.inputs[0] == NO_VALUE || !t->im->origins[o.inputs[0]].is_computed ||
        t->im->graph->operations[o.inputs[0]].kind == OPERATION_NONE)
        return tf_add_none(t, node, NULL, NULL);
    status = read_kernel(t, node, &o, &w);
    if (!status) status = tf_shape_of_samples(t, tf_operand(t, node, 0), &o.shape);
    if (status) return status;
    take_window(&o, &w);
    return tf_add(t, node, &o);
}

/* ---- TensorFlow's dilation: the image in as many parts as the dilation has cells, each convolved without one ---- */

/* What SpaceToBatchND adds and BatchToSpaceND takes off again, behind the image, only rounds its size up; the rest is
 * the convolution's padding: none, or as much as SAME has. */
static bool set_padding(window *w, const int64_t paddings[4], const int64_t crops[4])
{
    bool is_none = true, is_same = true;
    for (int i = 0; i < 2; i++) {
        const int64_t before = paddings[2 * i], after = paddings[2 * i + 1] - crops[2 * i + 1],
                      total = (w->size[i + 1] - 1) * w->dilation[i + 1];
        if (crops[2 * i] || crops[2 * i + 1] < 0 || before < 0 || after < 0) return false;
        is_none &= before == 0 && after == 0;
        is_same &= before == total / 2 && after == total - total / 2;
    }
    w->same = is_same && !is_none;
    return is_none || is_same;
}

horn_status tf_translate_space_to_batch(tf_translation *t, size_t node, operation_kind kind)
{
    (void)kind;
    return tf_add_none(t, node, NULL, "is not followed by a convolution and the way back (BatchToSpaceND)");
}

/* The image in parts, its convolution and the way back: one convolution, which is the middle one's node. */
static horn_status join_parts(tf_translation *t, size_t space, size_t inner, size_t back)
{
    horn_status status = HORN_OK;
    int64_t block[2], again[2], paddings[4], crops[4];
    window w;
    operation o = { .kind = tf_node_is(t, inner, "Conv2D") ? OPERATION_CONV2D : OPERATION_DEPTHWISE_CONV2D,
                    .input_count = 2 };
    TRY(tf_numbers_of(t, tf_operand(t, space, 1), block, 2));
    TRY(tf_numbers_of(t, tf_operand(t, space, 2), paddings, 4));
    TRY(tf_numbers_of(t, tf_operand(t, back, 1), again, 2));
    TRY(tf_numbers_of(t, tf_operand(t, back, 2), crops, 4));
    TRY(tf_value_of(t, tf_operand(t, space, 0), &o.inputs[0]));
    TRY(read_kernel(t, inner, &o, &w));
    if (w.same || w.stride[1] > 1 || w.stride[2] > 1 || w.dilation[1] > 1 || w.dilation[2] > 1)
        TRY(tf_refuse(t, inner, "between SpaceToBatchND and back it has SAME padding, strides or dilations"));
    memcpy(w.dilation + 1, block, sizeof block);
    if (memcmp(block, again, sizeof block) != 0 || !is_pair(w.dilation) || !set_padding(&w, paddings, crops))
        TRY(tf_refuse(
            t, inner,
            "the parts of the image in front of it and behind are of no dilation with SAME or VALID"));
    take_window(&o, &w);
    TRY(tf_add(t, inner, &o));
    t->values[back] = t->values[inner];
    t->extents[back] = t->extents[inner];
done:
    return status;
}

/* A convolution of an image in parts, which both are no operations of their own. */
static bool is_spread(const tf_translation *t, size_t space, size_t inner)
{
    const bool is_convolution =
        tf_node_is(t, inner, "Conv2D") || tf_node_is(t, inner, "DepthwiseConv2dNative");
    return is_convolution && tf_node_is(t, space, "SpaceToBatchND") && t->values[space] == t->values[inner] &&
           t->im->origins[t->values[space] - 1].fault;
}

horn_status tf_translate_batch_to_space(tf_translation *t, size_t node, operation_kind kind)
{
    const size_t inner = tf_operand(t, node, 0), none = tf_takes_none(t, node, 1);
    const size_t space = none == NO_VALUE ? NO_NODE : tf_operand(t, inner, 0);
    (void)kind;
    if (is_spread(t, space, inner)) return join_parts(t, space, inner, node);
    if (none == NO_VALUE) return tf_add_none(t, node, NULL, NULL);
    t->values[node] = none + 1;
    return HORN_OK;
}

/* ---- pools ---- */

horn_status tf_translate_pool(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    window w;
    horn_status status = read_window(t, node, kind, &w);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    take_window(&o, &w);
    return tf_add(t, node, &o);
}

/* Adds an operation that no node has. */
static horn_status add_inner(tf_translation *t, size_t node, const operation *o, size_t *out)
{
    const imported_origin origin = tf_origin_of(t, node);
    return imported_add(t->im, o, &origin, out);
}

/* Over the steps of a sequence: as of an image that is one high. */
static horn_status pool_steps(tf_translation *t, size_t node, operation *o, bool keepdims)
{
    const shape *x = &t->im->graph->operations[o->inputs[0]].shape;
    const size_t C = x->dim[1];
    operation expand = { .kind = OPERATION_EXPAND_DIMS,
                         .inputs = { o->inputs[0] },
                         .input_count = 1,
                         .shape = { 3, { 1, x->dim[0], C } } },
              squeeze = { .kind = OPERATION_SQUEEZE, .input_count = 1, .shape = { 2, { 1, C } } };
    horn_status status = add_inner(t, node, &expand, &o->inputs[0]);
    if (status || !keepdims) return status ? status : tf_add(t, node, o);
    status = add_inner(t, node, o, &squeeze.inputs[0]);
    return status ? status : tf_add(t, node, &squeeze);
}

/* Whether axes that count from 0, the samples, or from the end are all but that and the last. */
static bool is_between(int64_t *axes, int count)
{
    unsigned bits = 0;
    for (int i = 0; i < count; i++) {
        axes[i] += axes[i] < 0 ? count + 2 : 0;
        if (axes[i] < 1 || axes[i] > count) return false;
        bits |= 1u << axes[i];
    }
    return bits == (1u << (count + 1)) - 2;
}

horn_status tf_translate_global_pool(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    int64_t axes[3];
    bool keepdims = false;
    horn_status status = tf_graph_boolean(t->g, node, "keep_dims", &keepdims);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    const int count = t->im->graph->operations[o.inputs[0]].shape.rank - 1;
    if (count < 1 || count > 3) return tf_add_none(t, node, NULL, "is not over the pixels of an image");
    o.shape.rank = keepdims ? count + 1 : 1;
    status = tf_numbers_of(t, tf_operand(t, node, 1), axes, (size_t)count);
    if (status) return status;
    if (!is_between(axes, count))
        return tf_refuse(t, node,
                         count == 1 ? "is not over the steps of a sequence"
                                    : "is not over height and width of an image");
    return count == 1 ? pool_steps(t, node, &o, keepdims) : tf_add(t, node, &o);
}

/* ---- padding ---- */

/* Of a sequence, as of an image that is one high. */
static horn_status pad_steps(tf_translation *t, size_t node, operation *o)
{
    int64_t n[6];
    horn_status status = tf_numbers_of(t, tf_operand(t, node, 1), n, 6);
    if (status) return status;
    if (n[0] || n[1] || n[4] || n[5] || n[2] < 0 || n[3] < 0)
        return tf_refuse(t, node, "does not pad the steps of a sequence alone");
    const shape x = t->im->graph->operations[o->inputs[0]].shape;
    operation expand = { .kind = OPERATION_EXPAND_DIMS,
                         .inputs = { o->inputs[0] },
                         .input_count = 1,
                         .shape = { 3, { 1, x.dim[0], x.dim[1] } } },
              squeeze = { .kind = OPERATION_SQUEEZE, .input_count = 1, .shape = x };
    o->padding[2] = (size_t)n[2], o->padding[3] = (size_t)n[3];
    if (x.dim[0] != SHAPE_OPEN) squeeze.shape.dim[0] += o->padding[2] + o->padding[3];
    status = add_inner(t, node, &expand, &o->inputs[0]);
    if (!status) status = add_inner(t, node, o, &squeeze.inputs[0]);
    return status ? status : tf_add(t, node, &squeeze);
}

horn_status tf_translate_padding(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    int64_t n[8];
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    if (t->im->graph->operations[o.inputs[0]].shape.rank == 2) return pad_steps(t, node, &o);
    status = tf_numbers_of(t, tf_operand(t, node, 1), n, 8);
    if (status) return status;
    bool fits = !n[0] && !n[1] && !n[6] && !n[7];
    for (int i = 2; i < 6; i++) {
        fits = fits && n[i] >= 0;
        o.padding[i - 2] = (size_t)n[i];
    }
    return fits ? tf_add(t, node, &o) : tf_refuse(t, node, "does not pad height and width of an image alone");
}
