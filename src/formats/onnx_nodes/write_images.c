/* Writes convolutions and pools of images and volumes. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx_nodes/writer.h"

size_t onnx_axes_of(const onnx_writer *t, const operation *o)
{
    return (size_t)t->g->operations[o->inputs[0]].shape.rank - 1;
}

/* ---- volumes ---- */

/* A volume stays as it is in the intermediate representation, and is turned for each operation. */
const char *onnx_put_front(onnx_writer *t, const operation *o)
{
    if (onnx_axes_of(t, o) == 2) return onnx_operand(t, o, 0, ONNX_CHANNELS_FIRST);
    const char *x = onnx_operand(t, o, 0, ONNX_PLAIN);
    onnx_nodes_integers(t->n, "perm", (size_t[5]){ 0, 4, 1, 2, 3 }, 5);
    return onnx_put_inner(t, o, "Transpose", &x, 1);
}

void onnx_put_window(onnx_writer *t, const operation *o, const char *op, const char *const *inputs,
                     size_t count)
{
    if (onnx_axes_of(t, o) == 2) {
        onnx_put(t, o, op, inputs, count, ONNX_CHANNELS_FIRST);
        return;
    }
    const char *y = onnx_put_inner(t, o, op, inputs, count);
    onnx_nodes_integers(t->n, "perm", (size_t[5]){ 0, 2, 3, 4, 1 }, 5);
    onnx_put(t, o, "Transpose", &y, 1, ONNX_PLAIN);
}

/* ---- kernels ---- */

/* (pixels, a, b) becomes (b, a, pixels). */
static void turn_kernel(float *to, const float *from, size_t pixels, size_t a, size_t b)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t i = 0; i < a; i++)
            for (size_t o = 0; o < b; o++) to[(o * a + i) * pixels + p] = *from++;
}

/* What a kernel of sequences is, before it gets a height. */
static const operation *behind_expansion(const onnx_writer *t, size_t value)
{
    const operation *o = &t->g->operations[value];
    return o->kind == OPERATION_EXPAND_DIMS ? &t->g->operations[o->inputs[0]] : o;
}

/* One by depth, (height, width, channels, multiplier), is one of a single input and all outputs. */
const char *onnx_put_kernel(onnx_writer *t, const operation *o)
{
    float *turned = NULL;
    const operation *from = behind_expansion(t, o->inputs[1]);
    const snapshot_tensor *weight = from->kind == OPERATION_WEIGHT ? onnx_weight_of(t, from) : NULL;
    const shape *k = &t->g->operations[o->inputs[1]].shape;
    const char **known = &t->values[onnx_number_of(t, from)].turned;
    if (*known) return *known;
    if (!weight) {
        if (!t->n->status)
            t->n->status =
                fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': the kernel of operation '%s' is no weight",
                     t->where, onnx_layer_of(t, o), operation_name(o->kind));
        return "";
    }
    const bool by_depth = o->kind == OPERATION_DEPTHWISE_CONV2D;
    const int axes = k->rank - 2;
    const size_t a = by_depth ? 1 : k->dim[axes], b = by_depth ? k->dim[2] * k->dim[3] : k->dim[axes + 1];
    horn_view v = { .dtype = HORN_FLOAT32, .rank = k->rank, .shape = { b, a } };
    memcpy(v.shape + 2, k->dim, (size_t)axes * sizeof *k->dim);
    horn_status status = memory_new(&turned, shape_count(k), sizeof *turned);
    if (status) {
        t->n->status = status;
        return "";
    }
    turn_kernel(turned, weight->data, shape_count(k) / (a * b), a, b);
    v.data = turned;
    *known = onnx_constant(t, from, from->weight, &v);
    free(turned);
    return *known;
}

/* ---- windows ---- */

static const size_t *window_of(const onnx_writer *t, const operation *o)
{
    return o->input_count > 1 ? t->g->operations[o->inputs[1]].shape.dim : o->size;
}

/* True if the pads depend on the size of an open axis. *fits: ONNX can say so; onnxruntime pads by less than nothing if a window is
 * smaller than its stride. */
static bool pads_by_size(const onnx_writer *t, const operation *o, bool *fits)
{
    const shape *x = &t->g->operations[o->inputs[0]].shape;
    const size_t *size = window_of(t, o);
    bool depends = false;
    *fits = true;
    for (size_t i = 0; i < onnx_axes_of(t, o); i++) {
        depends |= o->same && x->dim[i] == SHAPE_OPEN && o->stride[i] > 1;
        *fits &= (size[i] - 1) * o->dilation[i] + 1 >= o->stride[i];
    }
    return depends;
}

/* ONNX has all in front before all behind. */
static void put_pads(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o);
    size_t pads[6], turned[6];
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
    for (size_t i = 0; i < axes; i++) {
        turned[i] = pads[2 * i];
        turned[axes + i] = pads[2 * i + 1];
    }
    onnx_nodes_integers(t->n, "pads", turned, 2 * axes);
}

void onnx_put_convolution(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o), *kernel = t->g->operations[o->inputs[1]].shape.dim,
                 channels = t->g->operations[o->inputs[0]].shape.dim[axes],
                 bias = onnx_bias_of(t, onnx_number_of(t, o));
    const char *inputs[3] = { onnx_put_front(t, o), onnx_put_kernel(t, o), NULL };
    if (bias) inputs[2] = onnx_operand(t, &t->g->operations[bias], 1, ONNX_PLAIN);
    onnx_nodes_integers(t->n, "dilations", o->dilation, axes);
    onnx_nodes_integer(t->n, "group",
                       (int64_t)(o->kind == OPERATION_DEPTHWISE_CONV2D ? channels : channels / kernel[axes]));
    onnx_nodes_integers(t->n, "kernel_shape", kernel, axes);
    put_pads(t, o);
    onnx_nodes_integers(t->n, "strides", o->stride, axes);
    onnx_put_window(t, o, "Conv", inputs, 3);
}

/* onnxruntime makes one operation of a Pad and a pool, whose pads then are no zeros; but not if auto_pad says them. */
static const char *automatic_pads(const onnx_writer *t, const operation *o)
{
    size_t pads[6], sum = 0;
    bool fits = true;
    if (t->g->operations[o->inputs[0]].kind != OPERATION_PAD) return NULL;
    graph_padding(t->g, o, pads);
    for (int i = 0; i < 6; i++) sum += pads[i];
    for (size_t i = 0; i < onnx_axes_of(t, o); i++) fits &= o->size[i] >= o->stride[i];
    return !sum ? "VALID" : fits ? "SAME_UPPER" : NULL;
}

/* Cells outside the image do not count. */
void onnx_put_pool(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o);
    const char *x = onnx_put_front(t, o), *automatic = automatic_pads(t, o);
    if (automatic) onnx_nodes_text(t->n, "auto_pad", automatic);
    onnx_nodes_integers(t->n, "kernel_shape", o->size, axes);
    if (!automatic) put_pads(t, o);
    onnx_nodes_integers(t->n, "strides", o->stride, axes);
    onnx_put_window(t, o, t->now->op, &x, 1);
}
