/* Layers of images: convolutions, pools, padding. */
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/chains/patterns.h"

/* The operation of the step on an image; of a sequence it lies between the changes of shape. */
static const operation *image_operation(const chain_builder *b)
{
    const graph *g = b->c->im->graph;
    const operation *o = chain_operation(b);
    return o->kind == OPERATION_SQUEEZE ? &g->operations[o->inputs[0]] : o;
}

/* The axes of an image or a volume that the layer has: all, or the one that holds the steps. */
typedef struct axes {
    size_t first, count;
} axes;

static axes axes_of(const chain_builder *b, const operation *o)
{
    const shape *image = &b->c->im->graph->operations[o->inputs[0]].shape;
    const int rank = chain_input(b)->rank;
    if (rank > 2) return (axes){ 0, (size_t)rank - 1 };
    if (image->dim[0] != image->dim[1]) return (axes){ image->dim[0] == 1, 1 };
    return (axes){ o->size[0] <= 1 && o->stride[0] <= 1, 1 }; /* of one step */
}

static void set_padding(config *arguments, const operation *o)
{
    config_set_string(arguments, "padding", o->same ? "same" : "valid");
}

static const char *axes_text(axes a, bool is_depthwise)
{
    static const char *const texts[2][3] = { { "wio", "hwio", "dhwio" }, { "wcm", "hwcm", "dhwcm" } };
    return texts[is_depthwise][a.count - 1];
}

/* A sequence is an image that is one high. */
static axes kernel_axes(const chain_builder *b)
{
    const int rank = chain_input(b)->rank;
    return rank > 2 ? (axes){ 0, (size_t)rank - 1 } : (axes){ 1, 1 };
}

horn_status chain_add_convolution(chain_builder *b, const chain_pattern *row)
{
    horn_status status = HORN_OK;
    config *arguments;
    const operation *o = image_operation(b);
    const axes a = kernel_axes(b);
    const size_t *kernel = b->c->im->graph->operations[o->inputs[1]].shape.dim,
                 *last = kernel + a.first + a.count, channels = chain_input(b)->dim[chain_input(b)->rank - 1];
    const bool is_depthwise = o->kind == OPERATION_DEPTHWISE_CONV2D;
    TRY(chain_add_layer(b, row->class_name, &arguments));
    if (!is_depthwise) config_set_integer(arguments, "filters", (int64_t)last[1]);
    config_set_sizes(arguments, "kernel_size", kernel + a.first, a.count);
    config_set_sizes(arguments, "strides", o->stride + a.first, a.count);
    set_padding(arguments, o);
    if (is_depthwise) config_set_integer(arguments, "depth_multiplier", (int64_t)last[1]);
    config_set_string(arguments, "data_format", "channels_last");
    config_set_sizes(arguments, "dilation_rate", o->dilation + a.first, a.count);
    if (!is_depthwise) config_set_integer(arguments, "groups", (int64_t)(channels / *last));
    config_set_string(arguments, "activation", "linear");
    config_set_boolean(arguments, "use_bias", false);
    TRY(config_status(arguments));
    TRY(chain_add_kernel(b, "kernel", is_depthwise ? "depthwise_kernel" : "kernel",
                         axes_text(a, is_depthwise)));
    chain_let_follow(b, true, true);
done:
    return status;
}

/* The size that Keras gives the result if no output_padding is said. */
static size_t usual_size(const operation *o, const size_t *kernel, const size_t *input, size_t i)
{
    const size_t reach = (kernel[i] - 1) * o->dilation[i] + 1, stride = o->stride[i];
    return input[i] * stride + (!o->same && reach > stride ? reach - stride : 0);
}

/* What the result has more than (n - 1) stride + reach, less the padding of "same". False: there is no such number. */
static bool find_output_padding(const operation *o, const size_t *kernel, const size_t *input, axes a,
                                size_t out[3])
{
    for (size_t i = 0; i < a.count; i++) {
        const size_t k = a.first + i, reach = (kernel[k] - 1) * o->dilation[k] + 1,
                     n = (input[k] - 1) * o->stride[k] + reach,
                     size = o->shape.dim[k] + (o->same ? reach / 2 * 2 : 0);
        if (size < n || size - n >= o->stride[k]) return false;
        out[i] = size - n;
    }
    return true;
}

horn_status chain_add_transposed(chain_builder *b, const chain_pattern *row)
{
    horn_status status = HORN_OK;
    config *arguments;
    size_t padding[3];
    bool is_usual = true;
    const operation *o = image_operation(b);
    const axes a = kernel_axes(b);
    const graph *g = b->c->im->graph;
    const size_t *kernel = g->operations[o->inputs[1]].shape.dim,
                 *input = g->operations[o->inputs[0]].shape.dim;
    for (size_t i = a.first; i < a.first + a.count; i++)
        is_usual &= o->shape.dim[i] == usual_size(o, kernel, input, i);
    if (!is_usual && !find_output_padding(o, kernel, input, a, padding))
        return chain_refuse(b, "gives a size that no output_padding gives");
    TRY(chain_add_layer(b, row->class_name, &arguments));
    config_set_integer(arguments, "filters", (int64_t)kernel[a.first + a.count]);
    config_set_sizes(arguments, "kernel_size", kernel + a.first, a.count);
    config_set_sizes(arguments, "strides", o->stride + a.first, a.count);
    set_padding(arguments, o);
    config_set_string(arguments, "data_format", "channels_last");
    config_set_sizes(arguments, "dilation_rate", o->dilation + a.first, a.count);
    config_set_string(arguments, "activation", "linear");
    config_set_boolean(arguments, "use_bias", false);
    if (!is_usual) config_set_sizes(arguments, "output_padding", padding, a.count);
    TRY(config_status(arguments));
    TRY(chain_add_kernel(b, "kernel", "kernel", (const char *[]){ "woi", "hwoi", "dhwoi" }[a.count - 1]));
    chain_let_follow(b, true, true);
done:
    return status;
}

horn_status chain_add_pool(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *o = image_operation(b);
    const axes a = axes_of(b, o);
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_sizes(arguments, "pool_size", o->size + a.first, a.count);
    set_padding(arguments, o);
    config_set_sizes(arguments, "strides", o->stride + a.first, a.count);
    config_set_string(arguments, "data_format", "channels_last");
    return config_status(arguments);
}

/* The class of the row ends in the number of its input's axes beside samples and channels. */
static horn_status add_of_rank(chain_builder *b, const chain_pattern *row, config **arguments)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s%dD", (int)strlen(row->class_name) - 2, row->class_name,
             chain_input(b)->rank - 1);
    return chain_add_layer(b, name, arguments);
}

/* A sequence's keeps its axis if the other one is taken away behind it. */
horn_status chain_add_global_pool(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const bool keepdims = image_operation(b)->shape.rank > 1,
               is_squeezed = image_operation(b) != chain_operation(b);
    if (chain_input(b)->rank == 2 && keepdims != is_squeezed)
        return chain_refuse(b, "gives an image of one pixel for a sequence, expected one step");
    horn_status status = add_of_rank(b, row, &arguments);
    if (status) return status;
    config_set_string(arguments, "data_format", "channels_last");
    config_set_boolean(arguments, "keepdims", keepdims);
    return config_status(arguments);
}

bool chain_keeps_channels(const chain_step *step, const imported *im, const pattern_match *m)
{
    const operation *last = &im->graph->operations[step->value],
                    *o = last->kind == OPERATION_SQUEEZE ? &im->graph->operations[last->inputs[0]] : last;
    const int rank = im->graph->operations[o->inputs[0]].shape.rank,
              own = im->graph->operations[pattern_value(m, "x")].shape.rank;
    return own >= 2 && rank <= 4 && o->axes == (1u << (rank - 1)) - 1;
}

/* The mean over all axes but the last, which stay. */
horn_status chain_add_mean(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = add_of_rank(b, row, &arguments);
    if (status) return status;
    config_set_string(arguments, "data_format", "channels_last");
    config_set_boolean(arguments, "keepdims", true);
    return config_status(arguments);
}

static void set_pairs(config *arguments, const char *key, const size_t *n, int count)
{
    config *pairs = config_list();
    for (int i = 0; i < 2 * count; i += 2) {
        config *pair = config_list();
        config_append_integer(pair, (int64_t)n[i]);
        config_append_integer(pair, (int64_t)n[i + 1]);
        config_append(pairs, pair);
    }
    config_set(arguments, key, pairs);
}

horn_status chain_add_padding(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *o = image_operation(b);
    const size_t *n = o->padding;
    const axes a = axes_of(b, o);
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    if (a.count == 1) {
        config_set_sizes(arguments, "padding", n + 2 * a.first, 2);
        return config_status(arguments);
    }
    set_pairs(arguments, "padding", n, 2);
    config_set_string(arguments, "data_format", "channels_last");
    return config_status(arguments);
}

horn_status chain_add_cropping(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const int count = chain_input(b)->rank - 1;
    const size_t *n = chain_operation(b)->padding;
    horn_status status = add_of_rank(b, row, &arguments);
    if (status) return status;
    if (count == 1)
        config_set_sizes(arguments, "cropping", n, 2);
    else
        set_pairs(arguments, "cropping", n, count);
    if (count > 1) config_set_string(arguments, "data_format", "channels_last");
    return config_status(arguments);
}

/* `other` of the row is the interpolation; of a sequence it is NULL. */
horn_status chain_add_enlarging(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *o = image_operation(b);
    if (!row->other && o->size[0] != 1)
        return chain_refuse(b, "enlarges a sequence otherwise than its steps");
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    if (!row->other) {
        config_set_integer(arguments, "size", (int64_t)o->size[1]);
        return config_status(arguments);
    }
    config_set_sizes(arguments, "size", o->size, 2);
    config_set_string(arguments, "data_format", "channels_last");
    config_set_string(arguments, "interpolation", row->other);
    return config_status(arguments);
}
