/* Writes operations on images: convolutions, pools, padding. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tflite/writer.h"

/* Padding and strides are the first fields of all windows. A window that takes no cell from outside the image needs no padding. */
static void add_window(tflite_writer *t, tflite_operator *r, const operation *o, bool is_padded)
{
    size_t pads[6];
    graph_padding(t->g, o, pads);
    const bool needs = !is_padded && (pads[0] || pads[1] || pads[2] || pads[3]);
    tflite_add_option(r, 0, 1, needs ? TFLITE_SAME : TFLITE_VALID);
    tflite_add_option(r, 1, 4, o->stride[1]);
    tflite_add_option(r, 2, 4, o->stride[0]);
}

/* Zeros before and behind each axis. */
static int32_t put_zeros_around(tflite_writer *t, const operation *o, const size_t pads[6])
{
    const size_t axes = (size_t)o->shape.rank + 1;
    int32_t sizes[2 * (HORN_MAX_RANK + 1)] = { 0 };
    for (size_t i = 0; i < 6 && i < 2 * (axes - 2); i++) sizes[2 + i] = (int32_t)pads[i];
    return tflite_integers(t, o, "paddings", sizes, &(shape){ 2, { axes, 2 } });
}

/* XNNPACK, on which TensorFlow Lite runs, pads by too much if a kernel is smaller than its stride: such an image gets its zeros
 * from an operator of its own. */
bool tflite_pads_by_itself(const graph *g, const operation *o)
{
    const shape *kernel = &g->operations[o->inputs[1]].shape;
    bool is_smaller = false;
    for (int i = 0; i < 2; i++) is_smaller |= (kernel->dim[i] - 1) * o->dilation[i] + 1 < o->stride[i];
    return o->same && is_smaller;
}

static int32_t put_image(tflite_writer *t, const operation *o)
{
    size_t pads[6];
    const int32_t x = tflite_operand(t, o, 0);
    shape s = t->g->operations[o->inputs[0]].shape;
    graph_padding(t->g, o, pads);
    if (!tflite_pads_by_itself(t->g, o) || !(pads[0] || pads[1] || pads[2] || pads[3])) return x;
    if (shape_is_open(&s) && !t->n->status)
        t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                            "%s: layer '%s' pads an open axis, and its kernel is smaller than its stride, "
                            "which this format cannot hold",
                            t->where, tflite_layer_of(t, o));
    for (int i = 0; i < 2; i++) s.dim[i] += pads[2 * i] + pads[2 * i + 1];
    tflite_operator r = {
        .op = TFLITE_PAD, .version = 1, .inputs = { x, put_zeros_around(t, o, pads) }, .input_count = 2
    };
    r.output = tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = tflite_name(t, o, "Pad"),
                                                           .type = TFLITE_FLOAT32,
                                                           .is_computed = true,
                                                           .shape = s });
    tflite_nodes_operator(t->n, &r);
    return r.output;
}

/* ---- convolutions ---- */

/* What a kernel of sequences is, before it gets a height. */
static const operation *behind_expansion(const tflite_writer *t, size_t value)
{
    const operation *o = &t->g->operations[value];
    return o->kind == OPERATION_EXPAND_DIMS ? &t->g->operations[o->inputs[0]] : o;
}

const operation *tflite_kernel_of(tflite_writer *t, const operation *o, const snapshot_tensor **weight)
{
    const operation *from = behind_expansion(t, o->inputs[1]);
    *weight = from->kind == OPERATION_WEIGHT ? tflite_weight_of(t, from) : NULL;
    if (*weight) return from;
    if (!t->n->status)
        t->n->status =
            fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': the kernel of operation '%s' is no weight",
                 t->where, tflite_layer_of(t, o), operation_name(o->kind));
    return NULL;
}

/* (height, width, inputs, outputs) as (outputs, height, width, inputs) */
static int32_t put_kernel(tflite_writer *t, const operation *o)
{
    float *turned = NULL;
    const snapshot_tensor *weight;
    const operation *from = tflite_kernel_of(t, o, &weight);
    if (!from) return 0;
    int32_t *known = &t->turned[tflite_number_of(t, from)];
    if (*known) return *known - 1;
    const size_t *k = t->g->operations[o->inputs[1]].shape.dim, rows = k[0] * k[1] * k[2], outputs = k[3];
    horn_status status = memory_new(&turned, rows * outputs, sizeof *turned);
    if (status) {
        t->n->status = status;
        return 0;
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t u = 0; u < outputs; u++)
            turned[u * rows + i] = ((const float *)weight->data)[i * outputs + u];
    *known = tflite_floats(t, from, from->weight, turned, &(shape){ 4, { outputs, k[0], k[1], k[2] } }) + 1;
    return *known - 1;
}

/* TensorFlow Lite's convolutions have a bias. */
int32_t tflite_put_zeros(tflite_writer *t, const operation *o)
{
    float *zeros = NULL;
    const shape s = { 1, { o->shape.dim[o->shape.rank - 1] } };
    horn_status status = memory_new(&zeros, s.dim[0], sizeof *zeros);
    if (status) t->n->status = status;
    return status ? 0 : tflite_floats(t, o, "zeros", zeros, &s);
}

/* Version 6 knows groups. */
void tflite_put_convolution(tflite_writer *t, const operation *o)
{
    const bool has_groups =
        t->g->operations[o->inputs[0]].shape.dim[2] != t->g->operations[o->inputs[1]].shape.dim[2];
    tflite_operator r = { .op = TFLITE_CONV_2D,
                          .version = has_groups ? 6 : 1,
                          .inputs = { put_image(t, o), put_kernel(t, o) },
                          .kind = TFLITE_CONV_OPTIONS };
    const tflite_fused f = tflite_fuse(t, o, true);
    r.inputs[2] = f.bias == TFLITE_LEFT_OUT ? tflite_put_zeros(t, o) : f.bias;
    r.input_count = 3;
    add_window(t, &r, o, tflite_pads_by_itself(t->g, o));
    tflite_add_option(&r, 3, 1, f.activation);
    tflite_add_option(&r, 4, 4, o->dilation[1]);
    tflite_add_option(&r, 5, 4, o->dilation[0]);
    tflite_put(t, f.last, &r);
}

/* (height, width, channels, multiplier) lies in memory as (1, height, width, channels multiplier). */
static int32_t put_depth_kernel(tflite_writer *t, const operation *o)
{
    const snapshot_tensor *weight;
    const operation *from = tflite_kernel_of(t, o, &weight);
    if (!from) return 0;
    int32_t *known = &t->turned[tflite_number_of(t, from)];
    if (*known) return *known - 1;
    const size_t *k = t->g->operations[o->inputs[1]].shape.dim;
    *known = 1 + tflite_nodes_tensor(t->n, &(tflite_tensor){ .name = tflite_name(t, from, from->weight),
                                                             .type = TFLITE_FLOAT32,
                                                             .shape = { 4, { 1, k[0], k[1], k[2] * k[3] } },
                                                             .data = weight->data,
                                                             .size = snapshot_tensor_bytes(weight) });
    return *known - 1;
}

/* Version 2 knows dilations. */
void tflite_put_depthwise(tflite_writer *t, const operation *o)
{
    const size_t *k = t->g->operations[o->inputs[1]].shape.dim;
    tflite_operator r = { .op = TFLITE_DEPTHWISE_CONV_2D,
                          .version = o->dilation[0] > 1 || o->dilation[1] > 1 ? 2 : 1,
                          .inputs = { put_image(t, o), put_depth_kernel(t, o) },
                          .kind = TFLITE_DEPTHWISE_OPTIONS };
    const tflite_fused f = tflite_fuse(t, o, true);
    r.inputs[2] = f.bias == TFLITE_LEFT_OUT ? tflite_put_zeros(t, o) : f.bias;
    r.input_count = 3;
    add_window(t, &r, o, tflite_pads_by_itself(t->g, o));
    tflite_add_option(&r, 3, 4, k[3]);
    tflite_add_option(&r, 4, 1, f.activation);
    tflite_add_option(&r, 5, 4, o->dilation[1]);
    tflite_add_option(&r, 6, 4, o->dilation[0]);
    tflite_put(t, f.last, &r);
}

/* ---- pools, padding ---- */

void tflite_put_pool(tflite_writer *t, const operation *o)
{
    tflite_operator r = {
        .op = t->now->op, .inputs = { tflite_operand(t, o, 0) }, .input_count = 1, .kind = TFLITE_POOL_OPTIONS
    };
    const tflite_fused f = tflite_fuse(t, o, false);
    add_window(t, &r, o, false);
    tflite_add_option(&r, 3, 4, o->size[1]);
    tflite_add_option(&r, 4, 4, o->size[0]);
    tflite_add_option(&r, 5, 1, f.activation);
    tflite_put(t, f.last, &r);
}

/* Over all axes but the last. */
void tflite_put_reduction(tflite_writer *t, const operation *o)
{
    const int32_t axes[] = { 1, 2, 3 };
    const size_t count = (size_t)t->g->operations[o->inputs[0]].shape.rank - 1;
    tflite_operator r = { .op = t->now->op,
                          .inputs = { tflite_operand(t, o, 0) },
                          .input_count = 2,
                          .kind = TFLITE_REDUCER_OPTIONS };
    r.inputs[1] = tflite_integers(t, o, "axes", axes, &(shape){ 1, { count } });
    tflite_add_option(&r, 0, 1, o->shape.rank > 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_padding(tflite_writer *t, const operation *o)
{
    tflite_operator r = { .op = TFLITE_PAD, .inputs = { tflite_operand(t, o, 0) }, .input_count = 2 };
    r.inputs[1] = put_zeros_around(t, o, o->padding);
    tflite_put(t, tflite_number_of(t, o), &r);
}
