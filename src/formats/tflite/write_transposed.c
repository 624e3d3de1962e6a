/* Writes transposed convolutions. */
#include <stdlib.h>
#include "base/memory.h"
#include "formats/tflite/writer.h"

/* ---- sizes of the result ---- */

static const shape one = { 1, { 1 } };

static tflite_tensor sizes_tensor(size_t count)
{
    return (tflite_tensor){ .type = TFLITE_INT32, .shape = { 1, { count } } };
}

/* The number of samples, a list of one. */
static int32_t put_samples(tflite_writer *t, const operation *o)
{
    const tflite_tensor all = sizes_tensor((size_t)o->shape.rank + 1), first = sizes_tensor(1);
    tflite_operator shape_of = { .op = TFLITE_SHAPE,
                                 .inputs = { tflite_operand(t, o, 0) },
                                 .input_count = 1,
                                 .kind = TFLITE_SHAPE_OPTIONS };
    tflite_add_option(&shape_of, 0, 1, TFLITE_INT32);
    tflite_operator slice = { .op = TFLITE_STRIDED_SLICE,
                              .inputs = { tflite_put_as(t, o, &shape_of, &all) },
                              .input_count = 4,
                              .kind = TFLITE_STRIDED_SLICE_OPTIONS };
    slice.inputs[1] = tflite_integers(t, o, "begin", (int32_t[]){ 0 }, &one);
    slice.inputs[2] = tflite_integers(t, o, "end", (int32_t[]){ 1 }, &one);
    slice.inputs[3] = tflite_integers(t, o, "strides", (int32_t[]){ 1 }, &one);
    return tflite_put_as(t, o, &slice, &first);
}

int32_t tflite_put_output_sizes(tflite_writer *t, const operation *o)
{
    int32_t sizes[HORN_MAX_RANK] = { 0 };
    const tflite_tensor all = sizes_tensor((size_t)o->shape.rank + 1);
    for (int i = 0; i < o->shape.rank; i++) sizes[i] = (int32_t)o->shape.dim[i];
    if (shape_is_open(&o->shape)) tflite_refuse(t, o, "of an open axis");
    tflite_operator join = { .op = TFLITE_CONCATENATION,
                             .inputs = { put_samples(t, o) },
                             .input_count = 2,
                             .kind = TFLITE_CONCATENATION_OPTIONS };
    join.inputs[1] = tflite_integers(t, o, "sizes", sizes, &(shape){ 1, { (size_t)o->shape.rank } });
    tflite_add_option(&join, 0, 4, 0);
    return tflite_put_as(t, o, &join, &all);
}

/* ---- of images ---- */

/* (height, width, outputs, inputs) as (outputs, height, width, inputs) */
static int32_t put_kernel(tflite_writer *t, const operation *o)
{
    float *turned = NULL;
    const snapshot_tensor *weight;
    const operation *from = tflite_kernel_of(t, o, &weight);
    const size_t *k = t->g->operations[o->inputs[1]].shape.dim, pixels = k[0] * k[1], U = k[2], C = k[3];
    int32_t *known = from ? &t->turned[tflite_number_of(t, from)] : NULL;
    if (known && *known) return *known - 1;
    if (known) t->n->status = memory_new(&turned, pixels * U * C, sizeof *turned);
    if (!known || t->n->status) return 0;
    const float *at = weight->data;
    for (size_t p = 0; p < pixels; p++)
        for (size_t u = 0; u < U; u++)
            for (size_t c = 0; c < C; c++) turned[(u * pixels + p) * C + c] = *at++;
    *known = tflite_floats(t, from, from->weight, turned, &(shape){ 4, { U, k[0], k[1], C } }) + 1;
    return *known - 1;
}

/* Version 3 has a bias. */
void tflite_put_transposed(tflite_writer *t, const operation *o)
{
    if (o->dilation[0] > 1 || o->dilation[1] > 1) tflite_refuse(t, o, "with a dilation");
    tflite_operator r = { .op = t->now->op,
                          .version = 3,
                          .inputs = { tflite_put_output_sizes(t, o), put_kernel(t, o),
                                      tflite_operand(t, o, 0), tflite_put_zeros(t, o) },
                          .input_count = 4,
                          .kind = TFLITE_TRANSPOSE_CONV_OPTIONS };
    tflite_add_option(&r, 0, 1, o->same ? TFLITE_SAME : TFLITE_VALID);
    tflite_add_option(&r, 1, 4, o->stride[1]);
    tflite_add_option(&r, 2, 4, o->stride[0]);
    tflite_put(t, tflite_number_of(t, o), &r);
}
