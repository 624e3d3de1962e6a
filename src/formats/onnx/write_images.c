/* Writes operations on images: convolutions, pools, padding. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx/writer.h"

/* ---- kernels ---- */

/* (height, width, inputs, outputs) becomes (outputs, inputs, height, width). */
static void turn_kernel(float *to, const float *from, const size_t size[4])
{
    const size_t pixels = size[0] * size[1], inputs = size[2], outputs = size[3];
    for (size_t p = 0; p < pixels; p++)
        for (size_t i = 0; i < inputs; i++)
            for (size_t o = 0; o < outputs; o++) to[(o * inputs + i) * pixels + p] = *from++;
}

/* What a kernel of sequences is, before it gets a height. */
static const operation *behind_expansion(const onnx_writer *t, size_t value)
{
    const operation *o = &t->g->operations[value];
    return o->kind == OPERATION_EXPAND_DIMS ? &t->g->operations[o->inputs[0]] : o;
}

/* One by depth, (height, width, channels, multiplier), is one of a single input and all outputs. */
static const char *put_kernel(onnx_writer *t, const operation *o)
{
    float *turned = NULL;
    const operation *from = behind_expansion(t, o->inputs[1]);
    const snapshot_tensor *weight = from->kind == OPERATION_WEIGHT ? onnx_weight_of(t, from) : NULL;
    if (!weight) {
        if (!t->n->status)
            t->n->status =
                fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': the kernel of operation '%s' is no weight",
                     t->where, onnx_layer_of(t, o), operation_name(o->kind));
        return "";
    }
    const bool by_depth = o->kind == OPERATION_DEPTHWISE_CONV2D;
    const size_t *k = t->g->operations[o->inputs[1]].shape.dim, inputs = by_depth ? 1 : k[2],
                 outputs = by_depth ? k[2] * k[3] : k[3];
    horn_status status = memory_new(&turned, k[0] * k[1] * k[2] * k[3], sizeof *turned);
    if (status) {
        t->n->status = status;
        return "";
    }
    turn_kernel(turned, weight->data, (size_t[4]){ k[0], k[1], inputs, outputs });
    const char *name = onnx_constant(
        t, from, from->weight,
        &(horn_view){
            .data = turned, .dtype = HORN_FLOAT32, .rank = 4, .shape = { outputs, inputs, k[0], k[1] } });
    free(turned);
    return name;
}

/* ---- windows ---- */

/* True if the pads depend on the size of an open axis. *fits: ONNX can say so; onnxruntime pads by less than nothing if a window is
 * smaller than its stride. */
static bool pads_by_size(const onnx_writer *t, const operation *o, bool *fits)
{
    const shape *x = &t->g->operations[o->inputs[0]].shape;
    const bool has_kernel = o->kind == OPERATION_CONV2D || o->kind == OPERATION_DEPTHWISE_CONV2D;
    bool depends = false;
    *fits = true;
    for (int i = 0; i < 2; i++) {
        const size_t size = has_kernel ? t->g->operations[o->inputs[1]].shape.dim[i] : o->size[i];
        depends |= o->same && x->dim[i] == SHAPE_OPEN && o->stride[i] > 1;
        *fits &= (size - 1) * o->dilation[i] + 1 >= o->stride[i];
    }
    return depends;
}

/* ONNX has both in front before both behind. */
static void put_pads(onnx_writer *t, const operation *o)
{
    size_t pads[4];
    bool fits;
    graph_padding(t->g, o, pads);
    if (pads_by_size(t, o, &fits)) {
        if (!fits && !t->n->status)
            t->n->status =
                fail(HORN_ERROR_UNSUPPORTED,
                     "%s: layer '%s' pads an open axis, and its window is smaller than its stride, "
                     "which this format cannot hold",
                     t->where, onnx_layer_of(t, o));
        onnx_nodes_text(t->n, "auto_pad", "SAME_UPPER");
        return;
    }
    onnx_nodes_integers(t->n, "pads", (size_t[4]){ pads[0], pads[2], pads[1], pads[3] }, 4);
}

void onnx_put_convolution(onnx_writer *t, const operation *o)
{
    const shape *kernel = &t->g->operations[o->inputs[1]].shape;
    const size_t channels = t->g->operations[o->inputs[0]].shape.dim[2],
                 bias = onnx_bias_of(t, onnx_number_of(t, o));
    const char *inputs[3] = { onnx_operand(t, o, 0, ONNX_CHANNELS_FIRST), put_kernel(t, o), NULL };
    if (bias) inputs[2] = onnx_operand(t, &t->g->operations[bias], 1, ONNX_PLAIN);
    onnx_nodes_integers(t->n, "dilations", o->dilation, 2);
    onnx_nodes_integer(
        t->n, "group",
        (int64_t)(o->kind == OPERATION_DEPTHWISE_CONV2D ? channels : channels / kernel->dim[2]));
    onnx_nodes_integers(t->n, "kernel_shape", kernel->dim, 2);
    put_pads(t, o);
    onnx_nodes_integers(t->n, "strides", o->stride, 2);
    onnx_put(t, o, "Conv", inputs, 3, ONNX_CHANNELS_FIRST);
}

/* onnxruntime makes one operation of a Pad and a pool, whose pads then are no zeros; but not if auto_pad says them. */
static const char *automatic_pads(const onnx_writer *t, const operation *o)
{
    size_t pads[4];
    if (t->g->operations[o->inputs[0]].kind != OPERATION_PAD) return NULL;
    graph_padding(t->g, o, pads);
    if (!pads[0] && !pads[1] && !pads[2] && !pads[3]) return "VALID";
    return o->size[0] >= o->stride[0] && o->size[1] >= o->stride[1] ? "SAME_UPPER" : NULL;
}

/* Cells outside the image do not count. */
void onnx_put_pool(onnx_writer *t, const operation *o)
{
    const char *x = onnx_operand(t, o, 0, ONNX_CHANNELS_FIRST), *automatic = automatic_pads(t, o);
    if (automatic) onnx_nodes_text(t->n, "auto_pad", automatic);
    onnx_nodes_integers(t->n, "kernel_shape", o->size, 2);
    if (!automatic) put_pads(t, o);
    onnx_nodes_integers(t->n, "strides", o->stride, 2);
    onnx_put(t, o, t->now->op, &x, 1, ONNX_CHANNELS_FIRST);
}

void onnx_put_reduction(onnx_writer *t, const operation *o)
{
    const bool keeps = o->shape.rank == 3;
    const onnx_layout layout = keeps ? ONNX_CHANNELS_FIRST : onnx_layout_of(t, o, 0);
    const char *x = onnx_operand(t, o, 0, layout);
    if (keeps) {
        onnx_put(t, o, o->kind == OPERATION_MEAN ? "GlobalAveragePool" : "GlobalMaxPool", &x, 1, layout);
        return;
    }
    onnx_nodes_integers(t->n, "axes", layout == ONNX_PLAIN ? (size_t[2]){ 1, 2 } : (size_t[2]){ 2, 3 }, 2);
    onnx_nodes_integer(t->n, "keepdims", 0);
    onnx_put(t, o, t->now->op, &x, 1, ONNX_PLAIN);
}

void onnx_put_padding(onnx_writer *t, const operation *o)
{
    const size_t *n = o->padding;
    const char *inputs[2] = {
        onnx_operand(t, o, 0, ONNX_CHANNELS_FIRST),
        onnx_sizes(t, o, "pads",
                   (int64_t[8]){ 0, 0, (int64_t)n[0], (int64_t)n[2], 0, 0, (int64_t)n[1], (int64_t)n[3] }, 8)
    };
    onnx_put(t, o, "Pad", inputs, 2, ONNX_CHANNELS_FIRST);
}
