/* BatchNormalization: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, for each channel: the last axis, or other ones.
 * Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
 * 2015
 *
 * In training, mean and variance are computed over all axes of the batch but the channels, and the moving statistics change:
 * moving = moving momentum + batch (1 - momentum). In inference, or if the layer is frozen, the moving statistics are used.
 * Normalization uses the biased variance, 1/N. The update of the moving variance differs: Keras 2 uses the unbiased variance,
 * 1/(N-1), for images (rank 4 with the batch), Keras 3 never does. A config with Keras 3's argument `synchronized` selects
 * Keras 3.
 *
 * Sums over the batch, for C channels. gather: x and x^2, settled to mean and 1/sqrt(variance + epsilon), and the number of
 * positions. gather_back: dy and dy (x - mean). Positions that are masked do not count in gather, but Keras 2 ignores the mask
 * of images. */
#include <math.h>
#include "base/status.h"
#include "layers/call.h"
#include "layers/normalizing/axes.h"
#include "layers/normalizing/channels.h"
#include "layers/normalizing/gamma_and_beta.h"
#include "tensor/normalization.h"

/* GAMMA and BETA (gamma_and_beta.h), then the statistics. */
enum { MOVING_MEAN = BETA + 1, MOVING_VARIANCE, ROLES };

typedef struct batch_normalization {
    layer base;
    axes axes;
    double momentum, epsilon;
    bool biased_moving_variance;
    gamma_and_beta shared;
    /* Of the moving mean and the moving variance. */
    initializer initializers[2];
    /* Index in base.weights; -1: none. */
    int at[ROLES];
} batch_normalization;

static const char *const statistics[] = { "moving_mean", "moving_variance" };

static void configure(layer *l, config_reader *r)
{
    batch_normalization *b = (batch_normalization *)l;
    const config *synchronized;
    bool is_synchronized = false;
    b->momentum = 0.99, b->epsilon = 0.001;
    axes_read(r, "axis", false, &b->axes);
    config_read_number(r, "momentum", 0, 1, &b->momentum);
    config_read_number(r, "epsilon", 0, 1e30, &b->epsilon);
    gamma_and_beta_read(&b->shared, l, r);
    layer_read_initializer(l, r, "moving_mean_initializer", "zeros", &b->initializers[0]);
    layer_read_initializer(l, r, "moving_variance_initializer", "ones", &b->initializers[1]);
    config_read_value(r, "synchronized", &synchronized);
    b->biased_moving_variance = synchronized;
    /* Synchronizes with other processes; Horn has none. */
    config_read_boolean(r, "synchronized", &is_synchronized);
    if (is_synchronized) layer_keep(l, r, "synchronized");
}

static void describe(const layer *l, config *c)
{
    const batch_normalization *b = (const batch_normalization *)l;
    axes_describe(&b->axes, c, "axis");
    config_set_number(c, "momentum", b->momentum);
    config_set_number(c, "epsilon", b->epsilon);
    config_set_boolean(c, "center", b->shared.center);
    config_set_boolean(c, "scale", b->shared.scale);
    gamma_and_beta_describe_initializers(&b->shared, c);
    config_set(c, "moving_mean_initializer", initializer_describe(&b->initializers[0]));
    config_set(c, "moving_variance_initializer", initializer_describe(&b->initializers[1]));
    gamma_and_beta_describe_others(&b->shared, c);
    if (b->biased_moving_variance) config_set_boolean(c, "synchronized", false);
}

/* Of several axes, as Keras: [1, ...], with 1 on each axis that is none of them. */
static horn_status keep_axes(const layer *l, const shape *input, unsigned along, shape *out)
{
    if (input->rank == HORN_MAX_RANK)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "its input has more than %d axes, and it has several axes", HORN_MAX_RANK - 1);
    *out = (shape){ .rank = input->rank + 1, .dim = { 1 } };
    for (int i = 0; i < input->rank; i++) out->dim[i + 1] = along >> i & 1 ? input->dim[i] : 1;
    return HORN_OK;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    batch_normalization *b = (batch_normalization *)l;
    horn_status status = HORN_OK;
    (void)count;
    unsigned along;
    TRY(axes_resolve(&b->axes, l, inputs, &along));
    shape channels = axes_shape(inputs, along);
    if (channels.rank > 1) TRY(keep_axes(l, inputs, along, &channels));
    const char *meaning = channels.rank == 1 ? "c" : "";
    const double C = (double)shape_count(&channels);
    for (int i = 0; i < ROLES && !status; i++) {
        b->at[i] = -1;
        if ((i == GAMMA && !b->shared.scale) || (i == BETA && !b->shared.center)) continue;
        b->at[i] = (int)l->weight_count;
        status = i < MOVING_MEAN ? gamma_and_beta_add(&b->shared, l, i, meaning, &channels)
                                 : layer_add_weight(l, statistics[i - MOVING_MEAN], meaning, &channels, false,
                                                    &b->initializers[i - MOVING_MEAN], C, C);
    }
done:
    return status;
}

/* call->own: where the channels vary. */
static size_t channels_of(const call *c)
{
    return ((const broadcast *)c->own)->count;
}

static horn_status place(const layer *l, call *c)
{
    broadcast *b = c->own;
    unsigned along;
    horn_status status = axes_resolve(&((const batch_normalization *)l)->axes, l, c->inputs, &along);
    if (status) return status;
    *b = broadcast_along(c->inputs, along);
    if (c->takes_mask && !channels_are_last(b))
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "its input has a mask, expected none if the axis is not the last");
    call_ask_sums(c, 2 * b->count + 1);
    call_ask_scratch(c, 4 * b->count);
    return HORN_OK;
}

static float *value_of(const layer *l, int role)
{
    const int at = ((const batch_normalization *)l)->at[role];
    return at < 0 ? NULL : l->weights[at].value;
}

static size_t lines_of(const tensor *x, size_t C)
{
    return x->rows * (shape_count(&x->shape) / C);
}

/* ---- sums over the batch ---- */

/* Whether Keras 2 computes it by TensorFlow's fused kernel: images and volumes whose channels are the first or the last axis, if
 * the argument says so by one of these numbers. */
static bool is_fused(const call *c)
{
    const batch_normalization *b = (const batch_normalization *)c->layer;
    const int rank = c->inputs->rank;
    const int64_t axis = b->axes.given[0], from_first = axis < 0 ? axis + rank + 1 : axis;
    if (b->biased_moving_variance || b->axes.count != 1 || (rank != 3 && rank != 4)) return false;
    return (axis == 1 || axis == 3 || axis == -1 || axis == -3) && (from_first == 1 || from_first == rank);
}

/* NULL: all positions count. */
static const unsigned char *mask_of(const call *c, const tensor *x)
{
    return is_fused(c) ? NULL : x->mask;
}

/* The end of the lines from `first` on that all count, or all do not. */
static size_t end_of_run(const unsigned char *mask, size_t first, size_t lines)
{
    size_t end = mask ? first : lines;
    while (end < lines && !mask[end] == !mask[first]) end++;
    return end;
}

static void gather(const call *c, const tensor *x, double *sums)
{
    const size_t C = channels_of(c), lines = lines_of(x, C);
    const unsigned char *mask = mask_of(c, x);
    if (!channels_are_last(c->own)) {
        channels_sums(c->own, x->rows, x->data, sums, sums + C);
        sums[2 * C] += (double)lines;
        return;
    }
    for (size_t first = 0, end; first < lines; first = end) {
        end = end_of_run(mask, first, lines);
        if (mask && !mask[first]) continue;
        normalization_sums(end - first, C, x->data + first * C, sums, sums + C);
        sums[2 * C] += (double)(end - first);
    }
}

static void settle(const call *c, size_t rows, double *sums)
{
    const batch_normalization *b = (const batch_normalization *)c->layer;
    const size_t C = channels_of(c);
    const double N = sums[2 * C] > 0 ? sums[2 * C] : 1;
    (void)rows;
    const bool biased = !is_fused(c) || N < 2;
    float *moving_mean = value_of(c->layer, MOVING_MEAN),
          *moving_variance = value_of(c->layer, MOVING_VARIANCE);
    for (size_t i = 0; i < C; i++) {
        double mean = sums[i] / N, variance = sums[C + i] / N - mean * mean;
        if (variance < 0) variance = 0;
        sums[i] = mean;
        sums[C + i] = 1 / sqrt(variance + b->epsilon);
        if (!biased) variance *= N / (N - 1);
        moving_mean[i] = (float)(moving_mean[i] * b->momentum + mean * (1 - b->momentum));
        moving_variance[i] = (float)(moving_variance[i] * b->momentum + variance * (1 - b->momentum));
    }
}

static void gather_back(const call *c, const lane *own, const tensor *x, const tensor *dy, double *sums)
{
    const size_t C = channels_of(c);
    const double *settled = lane_sums(own, c);
    float *mean = lane_scratch(own, c);
    for (size_t i = 0; i < C; i++) mean[i] = (float)settled[i];
    channels_sums_back(c->own, x->rows, x->data, dy->data, mean, sums, sums + C);
}

/* Computes the parameters' gradients, then replaces the sums by means. The settled sums of gather precede `sums`. */
static void settle_back(const call *c, size_t rows, double *sums)
{
    const batch_normalization *b = (const batch_normalization *)c->layer;
    const size_t C = channels_of(c);
    const double *settled = sums - c->sums, *inverse = settled + C,
                 N = settled[2 * C] > 0 ? settled[2 * C] : 1;
    (void)rows;
    for (size_t i = 0; i < C; i++) {
        if (b->shared.scale) c->layer->weights[b->at[GAMMA]].gradient[i] += (float)(sums[C + i] * inverse[i]);
        if (b->shared.center) c->layer->weights[b->at[BETA]].gradient[i] += (float)sums[i];
        sums[i] /= N;
        sums[C + i] /= N;
    }
}

/* ---- slices ---- */

/* Reads mean and 1/sqrt(variance + epsilon), of the batch or of the moving statistics. */
static void read_statistics(const call *c, const lane *own, float *mean, float *inverse)
{
    const batch_normalization *b = (const batch_normalization *)c->layer;
    const size_t C = channels_of(c);
    const bool couples = layer_couples(c->layer, own->training);
    const double *settled = couples ? lane_sums(own, c) : NULL;
    const float *moving_mean = value_of(c->layer, MOVING_MEAN),
                *moving_variance = value_of(c->layer, MOVING_VARIANCE);
    for (size_t i = 0; i < C; i++) {
        mean[i] = couples ? (float)settled[i] : moving_mean[i];
        inverse[i] = (float)(couples ? settled[C + i] : 1 / sqrt(moving_variance[i] + b->epsilon));
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const size_t C = channels_of(c);
    const float *gamma = value_of(c->layer, GAMMA), *beta = value_of(c->layer, BETA);
    float *mean = lane_scratch(own, c), *factor = mean + C, *shift = factor + C;
    read_statistics(c, own, mean, factor);
    for (size_t i = 0; i < C; i++) {
        if (gamma) factor[i] *= gamma[i];
        shift[i] = beta ? beta[i] : 0;
    }
    channels_apply(c->own, x->rows, x->data, mean, factor, shift, own->relu ? &own->top : NULL, y->data);
}

/* The statistics do not depend on positions that are masked. */
static void keep_out(const unsigned char *mask, size_t lines, size_t C, const float *factor, const float *dy,
                     float *dx)
{
    for (size_t line = 0; mask && line < lines; line++)
        for (size_t i = 0; !mask[line] && i < C; i++) dx[line * C + i] = factor[i] * dy[line * C + i];
}

/* dx = gamma/sqrt(variance + epsilon) (dy - mean(dy) - (x - mean) mean(dy (x - mean)) / (variance + epsilon));
 * both means are left out if the statistics are constants, and at positions that are masked. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const size_t C = channels_of(c);
    const double *back = layer_couples(c->layer, own->training) ? lane_sums_back(own, c) : NULL;
    const float *gamma = value_of(c->layer, GAMMA);
    float *mean = lane_scratch(own, c), *factor = mean + C, *part = factor + C, *slope = part + C;
    if (!dx) return;
    read_statistics(c, own, mean, factor);
    for (size_t i = 0; i < C; i++) {
        part[i] = back ? (float)back[i] : 0;
        slope[i] = back ? (float)(back[C + i] * factor[i] * factor[i]) : 0;
        if (gamma) factor[i] *= gamma[i];
    }
    channels_apply_back(c->own, x->rows, x->data, dy->data, mean, factor, part, slope, dx->data);
    if (back) keep_out(mask_of(c, x), lines_of(x, C), C, factor, dy->data, dx->data);
}

/* Of several axes: as arithmetic. */
static size_t operate_by_parts(const call *c, graph *g, size_t x)
{
    const batch_normalization *b = (const batch_normalization *)c->layer;
    size_t values[ROLES] = { 0 };
    for (int i = 0; i < ROLES; i++)
        if (b->at[i] >= 0) values[i] = layer_graph_weight(c->layer, g, (size_t)b->at[i]);
    const size_t sum = graph_apply(g, OPERATION_ADD, values[MOVING_VARIANCE], graph_number(g, b->epsilon)),
                 inverse = graph_apply(g, OPERATION_RSQRT, sum, NO_VALUE);
    size_t y = graph_apply(g, OPERATION_MUL, graph_apply(g, OPERATION_SUB, x, values[MOVING_MEAN]), inverse);
    if (b->shared.scale) y = graph_apply(g, OPERATION_MUL, y, values[GAMMA]);
    return b->shared.center ? graph_apply(g, OPERATION_ADD, y, values[BETA]) : y;
}

/* If `last` is not negative, that axis becomes the last one, and then goes back. */
static size_t operate_last(const call *c, graph *g, size_t x, int last)
{
    static const int order[ROLES] = { MOVING_MEAN, MOVING_VARIANCE, GAMMA, BETA };
    const batch_normalization *b = (const batch_normalization *)c->layer;
    const int rank = c->inputs->rank;
    int there[HORN_MAX_RANK] = { 0 }, back[HORN_MAX_RANK] = { 0 };
    for (int i = 0; last >= 0 && i < rank; i++) there[i] = i + 1 == rank ? last : i + (i >= last);
    for (int i = 0; last >= 0 && i < rank; i++) back[there[i]] = i;
    if (last >= 0) x = graph_transpose(g, x, there);
    if (g->status) return 0;
    operation o = { .kind = OPERATION_BATCH_NORMALIZATION,
                    .inputs = { x },
                    .input_count = 1 + ROLES,
                    .shape = g->operations[x].shape,
                    .number = b->epsilon };
    for (int i = 0; i < ROLES; i++)
        o.inputs[1 + i] =
            b->at[order[i]] < 0 ? NO_VALUE : layer_graph_weight(c->layer, g, (size_t)b->at[order[i]]);
    const size_t y = graph_add(g, &o);
    return last >= 0 ? graph_transpose(g, y, back) : y;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    unsigned along;
    int axis = 0;
    if (channels_are_last(c->own)) return operate_last(c, g, *x, -1);
    if (!g->status)
        g->status = axes_resolve(&((const batch_normalization *)c->layer)->axes, c->layer, c->inputs, &along);
    if (g->status) return 0;
    while (!(along >> axis & 1)) axis++;
    return along == 1u << axis ? operate_last(c, g, *x, axis) : operate_by_parts(c, g, *x);
}

static const layer_coupling coupling = { gather, settle, gather_back, settle_back };

const layer_class batch_normalization_class = {
    .name = "BatchNormalization",
    .auto_name = "batch_normalization",
    .size = sizeof(batch_normalization),
    .call_size = sizeof(broadcast),
    .flags =
        LAYER_APPLIES_RELU | LAYER_APPLIES_TOP | LAYER_PASSES_MASK | LAYER_BACK_IGNORES_Y | LAYER_IS_CHEAP,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
    .coupling = &coupling,
};

horn_layer *horn_batch_normalization(const horn_batch_normalization_options *options)
{
    horn_batch_normalization_options o = options ? *options : (horn_batch_normalization_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    axes_argue(arguments, o.axis);
    config_set_option(arguments, "momentum", o.momentum);
    config_set_option(arguments, "epsilon", o.epsilon);
    config_set_boolean(arguments, "center", !o.no_center);
    config_set_boolean(arguments, "scale", !o.no_scale);
    if (o.biased_moving_variance) config_set_boolean(arguments, "synchronized", false);
    return layer_construct(&batch_normalization_class, arguments);
}
