#include "layers/attention/projection.h"

#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"

/* Keras' fans of a kernel of three axes: the first axis is a window, then inputs and outputs. */
horn_status projection_build(layer *l, const kernel_and_bias *k, const shape *kernel, const shape *bias)
{
    const double window = (double)kernel->dim[0];
    const size_t at = l->weight_count;
    horn_status status = layer_add_weight(l, "kernel", "ihk", kernel, true, &k->kernel_initializer,
                                          window * (double)kernel->dim[1], window * (double)kernel->dim[2]);
    if (status) return status;
    layer_regularize(l, at, &k->kernel_regularizer);
    status = layer_constrain(l, at, &k->kernel_constraint);
    if (status || !k->use_bias) return status;
    status = layer_add_weight(l, "bias", bias->rank == 2 ? "hk" : "o", bias, true, &k->bias_initializer,
                              (double)bias->dim[0], (double)bias->dim[bias->rank - 1]);
    if (status) return status;
    layer_regularize(l, at + 1, &k->bias_regularizer);
    return layer_constrain(l, at + 1, &k->bias_constraint);
}

void projection_forward(const layer *l, const projection *p, size_t N, const float *x, float *y)
{
    const weight *kernel = &l->weights[p->kernel];
    gemm(false, false, N, p->units, p->inputs, x, p->inputs, kernel->value, p->units, 0, y, p->units);
    if (p->has_bias) elementwise_add_bias(y, p->units, kernel[1].value, N, p->units);
}

void projection_backward(const call *c, const lane *own, const projection *p, size_t N, const float *x,
                         const float *dy, float beta, float *dx)
{
    float *dkernel = lane_gradient(own, c, p->kernel),
          *dbias = p->has_bias ? lane_gradient(own, c, p->kernel + 1) : NULL;
    if (dkernel) gemm(true, false, p->inputs, p->units, N, x, p->inputs, dy, p->units, 1, dkernel, p->units);
    if (dbias) elementwise_add_columns(dbias, dy, p->units, N, p->units);
    if (dx)
        gemm(false, true, N, p->inputs, p->units, dy, p->units, c->layer->weights[p->kernel].value, p->units,
             beta, dx, p->inputs);
}
