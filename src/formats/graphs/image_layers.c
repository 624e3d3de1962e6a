/* Layers of images: convolutions, pools, padding. */
#include <string.h>
#include "base/status.h"
#include "formats/graphs/graph_layers.h"

typedef struct window {
    int64_t size[4], stride[4], dilation[4]; /* samples, height, width, channels */
    bool same;
} window;

/* ---- windows ---- */

static horn_status refuse(const tf_builder *b, const char *what)
{
    return tf_graph_fail(b->c->g, tf_step_at(b, 0)->node, HORN_ERROR_UNSUPPORTED, "%s", what);
}

static bool is_pair(const int64_t sizes[4])
{
    return sizes[0] == 1 && sizes[3] == 1 && sizes[1] >= 1 && sizes[1] <= INT32_MAX && sizes[2] >= 1 &&
           sizes[2] <= INT32_MAX;
}

static horn_status read_window(const tf_builder *b, window *w)
{
    horn_status status = HORN_OK;
    const tf_graph *g = b->c->g;
    const size_t node = tf_step_at(b, 0)->node;
    protobuf_text padding = { "", 0 }, layout = { "NHWC", 4 };
    *w = (window){ .size = { 1, 1, 1, 1 }, .stride = { 0 }, .dilation = { 1, 1, 1, 1 } };
    TRY(tf_graph_integers(g, node, "strides", w->stride, 4));
    TRY(tf_graph_integers(g, node, "dilations", w->dilation, 4));
    TRY(tf_graph_integers(g, node, "ksize", w->size, 4));
    TRY(tf_graph_text(g, node, "padding", &padding));
    TRY(tf_graph_text(g, node, "data_format", &layout));
    w->same = protobuf_text_is(padding, "SAME");
    if (!w->same && !protobuf_text_is(padding, "VALID"))
        TRY(refuse(b, "its padding is neither SAME nor VALID"));
    if (!protobuf_text_is(layout, "NHWC")) TRY(refuse(b, "its data_format is not NHWC, channels last"));
    if (!is_pair(w->stride) || !is_pair(w->dilation) || !is_pair(w->size))
        TRY(refuse(b,
                   "its strides, dilations or window are not of height and width alone, from 1 to 2^31 - 1"));
    if ((w->stride[1] > 1 || w->stride[2] > 1) && (w->dilation[1] > 1 || w->dilation[2] > 1))
        TRY(refuse(b, "has strides and dilations, expected one of them"));
    if (b->x.each.rank != 3) TRY(refuse(b, "its input is no image: (height, width, channels)"));
done:
    return status;
}

/* The image behind the window, of so many channels. */
static horn_status place(tf_builder *b, const window *w, size_t channels)
{
    shape out = { 3, { 0, 0, channels } };
    for (int i = 0; i < 2; i++) {
        const size_t n = b->x.each.dim[i], size = (size_t)w->size[i + 1],
                     reach = (size - 1) * (size_t)w->dilation[i + 1] + 1;
        if (!w->same && reach > n) return refuse(b, "its window does not fit into the image");
        out.dim[i] = (w->same ? n - 1 : n - reach) / (size_t)w->stride[i + 1] + 1;
    }
    return tf_set_value(b, &out);
}

static void set_pair(config *arguments, const char *key, const int64_t sizes[4])
{
    config_set_sizes(arguments, key, (size_t[2]){ (size_t)sizes[1], (size_t)sizes[2] }, 2);
}

/* ---- convolutions ---- */

/* Of a DepthwiseConv2D that Horn wrote as one in groups: the kernel under another shape. */
static bool is_spread_kernel(tf_builder *b, size_t operand, tf_tensor *kernel)
{
    int64_t sizes[4];
    const size_t node = tf_chain_is(b->c, operand, "Reshape") ? tf_chain_operand(b->c, operand, 0) : NO_NODE;
    const size_t target = node != NO_NODE ? tf_chain_operand(b->c, operand, 1) : NO_NODE;
    if (target == NO_NODE || tf_kernel_of(b, node, 4, kernel) || tf_numbers_of(b->c, target, sizes, 4))
        return false;
    return (sizes[0] == -1 || sizes[0] == (int64_t)kernel->shape[0]) &&
           sizes[1] == (int64_t)kernel->shape[1] && sizes[2] == 1 &&
           sizes[3] / (int64_t)kernel->shape[2] == (int64_t)kernel->shape[3] &&
           sizes[3] % (int64_t)kernel->shape[2] == 0;
}

static horn_status put_depthwise(tf_builder *b, size_t node, const tf_tensor *kernel, window *w)
{
    horn_status status = HORN_OK;
    config *arguments;
    const size_t C = kernel->shape[2], M = kernel->shape[3];
    shape sizes = { 4, { kernel->shape[0], kernel->shape[1], C, M } };
    if (C != b->x.each.dim[2]) TRY(refuse(b, "its kernel is of another number of channels than the image"));
    TRY(place(b, w, C * M));
    TRY(tf_add_layer(b, "DepthwiseConv2D", &arguments));
    set_pair(arguments, "kernel_size", w->size);
    set_pair(arguments, "strides", w->stride);
    config_set_string(arguments, "padding", w->same ? "same" : "valid");
    config_set_integer(arguments, "depth_multiplier", (int64_t)M);
    config_set_string(arguments, "data_format", "channels_last");
    set_pair(arguments, "dilation_rate", w->dilation);
    TRY(tf_add_weight(b, node, kernel, "depthwise_kernel", "hwcm", &sizes, false));
done:
    return status;
}

static horn_status put_conv2d(tf_builder *b, size_t node, const tf_tensor *kernel, window *w)
{
    horn_status status = HORN_OK;
    config *arguments;
    const size_t channels = b->x.each.dim[2], C = kernel->shape[2], U = kernel->shape[3];
    shape sizes = { 4, { kernel->shape[0], kernel->shape[1], C, U } };
    if (channels % C || U % (channels / C))
        TRY(refuse(b, "its kernel is of another number of channels than the image"));
    TRY(place(b, w, U));
    TRY(tf_add_layer(b, "Conv2D", &arguments));
    config_set_integer(arguments, "filters", (int64_t)U);
    set_pair(arguments, "kernel_size", w->size);
    set_pair(arguments, "strides", w->stride);
    config_set_string(arguments, "padding", w->same ? "same" : "valid");
    config_set_string(arguments, "data_format", "channels_last");
    set_pair(arguments, "dilation_rate", w->dilation);
    config_set_integer(arguments, "groups", (int64_t)(channels / C));
    TRY(tf_add_weight(b, node, kernel, "kernel", "hwio", &sizes, false));
done:
    return status;
}

static horn_status put_convolution(tf_builder *b, tf_tensor *kernel, bool is_depthwise, window *w)
{
    const tf_step *s = tf_step_at(b, 0);
    size_t node = s->operands[0];
    if (is_depthwise && !tf_chain_is(b->c, node, "Const")) node = tf_chain_operand(b->c, node, 0);
    horn_status status = is_depthwise ? put_depthwise(b, node, kernel, w) : put_conv2d(b, node, kernel, w);
    if (status) return status;
    config *arguments = b->s->layers[b->s->layer_count - 1].arguments;
    config_set_string(arguments, "activation", "linear");
    config_set_boolean(arguments, "use_bias", false);
    b->takes_bias = b->takes_activation = true;
    return config_status(arguments);
}

/* The kernel says the window's size. */
static horn_status read_kernel(tf_builder *b, tf_tensor *kernel, bool *is_depthwise, window *w)
{
    horn_status status = read_window(b, w);
    const tf_step *s = tf_step_at(b, 0);
    *is_depthwise = strcmp(s->kind, "DepthwiseConv2dNative") == 0;
    if (!status && !*is_depthwise && is_spread_kernel(b, s->operands[0], kernel))
        *is_depthwise = true;
    else if (!status)
        status = tf_kernel_of(b, s->operands[0], 4, kernel);
    if (status) return status;
    w->size[1] = (int64_t)kernel->shape[0];
    w->size[2] = (int64_t)kernel->shape[1];
    return is_pair(w->size) ? HORN_OK : refuse(b, "its kernel is too large");
}

horn_status tf_add_convolution(tf_builder *b)
{
    tf_tensor kernel;
    window w;
    bool is_depthwise;
    horn_status status = read_kernel(b, &kernel, &is_depthwise, &w);
    return status ? status : put_convolution(b, &kernel, is_depthwise, &w);
}

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

/* TensorFlow's dilation: the image in as many parts as the dilation has cells, each convolved without one. */
horn_status tf_add_spread_convolution(tf_builder *b)
{
    horn_status status = HORN_OK;
    const tf_step *space = tf_step_at(b, 0), *inner = tf_step_at(b, 1), *back = tf_step_at(b, 2);
    int64_t block[2], again[2], paddings[4], crops[4];
    tf_tensor kernel;
    window w;
    bool is_depthwise;
    if (!back || strcmp(back->kind, "BatchToSpaceND") != 0 ||
        (strcmp(inner->kind, "Conv2D") != 0 && strcmp(inner->kind, "DepthwiseConv2dNative") != 0))
        return refuse(b, "is not followed by a convolution and the way back (BatchToSpaceND)");
    TRY(tf_numbers_of(b->c, space->operands[0], block, 2));
    TRY(tf_numbers_of(b->c, space->operands[1], paddings, 4));
    TRY(tf_numbers_of(b->c, back->operands[0], again, 2));
    TRY(tf_numbers_of(b->c, back->operands[1], crops, 4));
    b->at++;
    TRY(read_kernel(b, &kernel, &is_depthwise, &w));
    if (w.same || w.stride[1] > 1 || w.stride[2] > 1 || w.dilation[1] > 1 || w.dilation[2] > 1)
        TRY(refuse(b, "between SpaceToBatchND and back it has SAME padding, strides or dilations"));
    memcpy(w.dilation + 1, block, sizeof block);
    if (memcmp(block, again, sizeof block) != 0 || !is_pair(w.dilation) || !set_padding(&w, paddings, crops))
        TRY(refuse(b,
                   "the parts of the image in front of it and behind are of no dilation with SAME or VALID"));
    TRY(put_convolution(b, &kernel, is_depthwise, &w));
    b->at++;
done:
    return status;
}

/* ---- pools ---- */

horn_status tf_add_pool(tf_builder *b)
{
    horn_status status = HORN_OK;
    config *arguments;
    window w;
    const bool is_max = strcmp(tf_step_at(b, 0)->kind, "MaxPool") == 0;
    TRY(read_window(b, &w));
    TRY(place(b, &w, b->x.each.dim[2]));
    TRY(tf_add_layer(b, is_max ? "MaxPooling2D" : "AveragePooling2D", &arguments));
    set_pair(arguments, "pool_size", w.size);
    config_set_string(arguments, "padding", w.same ? "same" : "valid");
    set_pair(arguments, "strides", w.stride);
    config_set_string(arguments, "data_format", "channels_last");
    TRY(config_status(arguments));
done:
    return status;
}

horn_status tf_add_global_pool(tf_builder *b)
{
    horn_status status = HORN_OK;
    config *arguments;
    int64_t axes[2];
    bool keepdims = false;
    const tf_step *s = tf_step_at(b, 0);
    const size_t C = b->x.each.dim[2];
    const shape flat = { 1, { C } }, kept = { 3, { 1, 1, C } };
    TRY(tf_numbers_of(b->c, s->operands[0], axes, 2));
    TRY(tf_graph_boolean(b->c->g, s->node, "keep_dims", &keepdims));
    for (int i = 0; i < 2; i++) axes[i] += axes[i] < 0 ? 4 : 0;
    if (b->x.each.rank != 3 || axes[0] + axes[1] != 3 || axes[0] * axes[1] != 2)
        TRY(refuse(b, "is not over height and width of an image"));
    TRY(tf_set_value(b, keepdims ? &kept : &flat));
    TRY(tf_add_layer(b, strcmp(s->kind, "Max") == 0 ? "GlobalMaxPooling2D" : "GlobalAveragePooling2D",
                     &arguments));
    config_set_string(arguments, "data_format", "channels_last");
    config_set_boolean(arguments, "keepdims", keepdims);
    TRY(config_status(arguments));
done:
    return status;
}

/* ---- padding ---- */

horn_status tf_add_padding(tf_builder *b)
{
    horn_status status = HORN_OK;
    config *arguments, *pairs;
    int64_t n[8];
    shape out = b->x.each;
    TRY(tf_numbers_of(b->c, tf_step_at(b, 0)->operands[0], n, 8));
    bool fits = out.rank == 3 && !n[0] && !n[1] && !n[6] && !n[7];
    for (int i = 2; i < 6; i++) fits = fits && n[i] >= 0;
    if (!fits) TRY(refuse(b, "does not pad height and width of an image alone"));
    out.dim[0] += (size_t)(n[2] + n[3]);
    out.dim[1] += (size_t)(n[4] + n[5]);
    TRY(tf_set_value(b, &out));
    TRY(tf_add_layer(b, "ZeroPadding2D", &arguments));
    pairs = config_list();
    for (int i = 2; i < 6; i += 2) {
        config *pair = config_list();
        config_append_integer(pair, n[i]);
        config_append_integer(pair, n[i + 1]);
        config_append(pairs, pair);
    }
    config_set(arguments, "padding", pairs);
    config_set_string(arguments, "data_format", "channels_last");
    TRY(config_status(arguments));
done:
    return status;
}
