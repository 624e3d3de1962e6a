/* Writes transposed convolutions. */
#include "base/status.h"
#include "formats/onnx_nodes/writer.h"

/* The result has (n - 1) stride + reach cells, less the pads, plus the output padding behind. */
static void put_sizes(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o), *kernel = t->g->operations[o->inputs[1]].shape.dim,
                 *n = t->g->operations[o->inputs[0]].shape.dim;
    size_t pads[6] = { 0 }, more[3] = { 0 };
    for (size_t i = 0; i < axes; i++) {
        const size_t full = (n[i] - 1) * o->stride[i] + (kernel[i] - 1) * o->dilation[i] + 1,
                     size = o->shape.dim[i];
        if (size > full) more[i] = size - full;
        if (!o->same || size >= full) continue;
        pads[i] = (full - size) / 2;
        pads[axes + i] = full - size - pads[i];
    }
    onnx_nodes_integers(t->n, "output_padding", more, axes);
    onnx_nodes_integers(t->n, "pads", pads, 2 * axes);
}

/* The kernel is that of the convolution that makes x of the result. */
void onnx_put_transposed(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o), bias = onnx_bias_of(t, onnx_number_of(t, o));
    if (shape_is_open(&o->shape) && !t->n->status)
        t->n->status =
            fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': operation '%s' of an open axis cannot be held here",
                 t->where, onnx_layer_of(t, o), operation_name(o->kind));
    if (t->n->status) return;
    const char *inputs[3] = { onnx_put_front(t, o), onnx_put_kernel(t, o), NULL };
    if (bias) inputs[2] = onnx_operand(t, &t->g->operations[bias], 1, ONNX_PLAIN);
    onnx_nodes_integers(t->n, "dilations", o->dilation, axes);
    onnx_nodes_integers(t->n, "kernel_shape", t->g->operations[o->inputs[1]].shape.dim, axes);
    put_sizes(t, o);
    onnx_nodes_integers(t->n, "strides", o->stride, axes);
    onnx_put_window(t, o, "ConvTranspose", inputs, 3);
}
