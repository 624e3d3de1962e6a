/* GlobalAveragePooling1D: y[N, C] = mean of x[N, T, C] over T, of the steps that count if x has a mask (without any: 0 / 0) */
#include <string.h>
#include "base/status.h"
#include "tensor/elementwise.h"
#include "layers/pooling/pooling_layer.h"

static void configure(layer *l, config_reader *r)
{
    pooling_layer_configure_global(l, r, 1);
}

static size_t count_steps(const unsigned char *mask, size_t steps)
{
    size_t count = 0;
    for (size_t t = 0; t < steps; t++) count += mask[t] != 0;
    return count;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const size_t T = c->inputs->dim[0], C = c->inputs->dim[1];
    if (!x->mask) {
        pooling_layer_average(c, own, x, y);
        return;
    }
    memset(y->data, 0, y->rows * C * sizeof *y->data);
    for (size_t i = 0; i < x->rows; i++) {
        float *mean = y->data + i * C;
        for (size_t t = 0; t < T; t++)
            if (x->mask[i * T + t]) elementwise_add(mean, x->data + (i * T + t) * C, C);
        const float count = (float)count_steps(x->mask + i * T, T);
        for (size_t k = 0; k < C; k++) mean[k] /= count;
    }
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const size_t T = c->inputs->dim[0], C = c->inputs->dim[1];
    if (!x->mask || !dx) {
        pooling_layer_average_back(c, own, x, y, dy, dx);
        return;
    }
    for (size_t i = 0; i < dy->rows * T; i++) {
        const float count = (float)count_steps(x->mask + i / T * T, T);
        for (size_t k = 0; k < C; k++) dx->data[i * C + k] = x->mask[i] ? dy->data[i / T * C + k] / count : 0;
    }
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    if (c->takes_mask && !g->status)
        g->status =
            layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                       "takes the mean of the steps that a mask leaves, which graph formats cannot hold");
    return pooling_layer_operate(c, g, *x, OPERATION_MEAN);
}

const layer_class global_average_pooling1d_class = {
    .name = "GlobalAveragePooling1D",
    .auto_name = "global_average_pooling1d",
    .size = sizeof(pooling_layer),
    .call_size = sizeof(pooling_call),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y,
    .configure = configure,
    .describe = pooling_layer_describe_global,
    .place = pooling_layer_place_global,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_global_average_pooling1d(const horn_global_pooling_options *options)
{
    return pooling_layer_construct_global(&global_average_pooling1d_class, options);
}
