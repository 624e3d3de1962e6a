/* Writes operations on volumes, (depth, height, width, channels). TensorFlow Lite's kernels lie as in the intermediate representation.
 * It has no pools of them: height and width are pooled as images, then the depth as the height of images. */
#include "base/memory.h"
#include "formats/tflite/writer.h"

static void add_window(tflite_operator *r, const operation *o)
{
    r->kind = TFLITE_CONV_3D_OPTIONS;
    tflite_add_option(r, 0, 1, o->same ? TFLITE_SAME : TFLITE_VALID);
    tflite_add_option(r, 1, 4, o->stride[0]);
    tflite_add_option(r, 2, 4, o->stride[2]);
    tflite_add_option(r, 3, 4, o->stride[1]);
    tflite_add_option(r, 4, 1, TFLITE_NO_ACTIVATION);
    tflite_add_option(r, 5, 4, o->dilation[0]);
    tflite_add_option(r, 6, 4, o->dilation[2]);
    tflite_add_option(r, 7, 4, o->dilation[1]);
}

void tflite_put_convolution3d(tflite_writer *t, const operation *o)
{
    if (t->g->operations[o->inputs[0]].shape.dim[3] != t->g->operations[o->inputs[1]].shape.dim[3])
        tflite_refuse(t, o, "in groups");
    tflite_operator r = { .op = t->now->op,
                          .inputs = { tflite_operand(t, o, 0), tflite_operand(t, o, 1),
                                      tflite_put_zeros(t, o) },
                          .input_count = 3 };
    add_window(&r, o);
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_transposed3d(tflite_writer *t, const operation *o)
{
    tflite_operator r = { .op = t->now->op,
                          .inputs = { tflite_put_output_sizes(t, o), tflite_operand(t, o, 1),
                                      tflite_operand(t, o, 0), tflite_put_zeros(t, o) },
                          .input_count = 4 };
    add_window(&r, o);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* ---- pools ---- */

/* Of images: size and stride are those of height and width. */
static int32_t pool(tflite_writer *t, const operation *o, int32_t x, const size_t size[2],
                    const size_t stride[2], const shape *result)
{
    tflite_operator r = { .op = t->now->op, .inputs = { x }, .input_count = 1, .kind = TFLITE_POOL_OPTIONS };
    tflite_add_option(&r, 0, 1, o->same ? TFLITE_SAME : TFLITE_VALID);
    tflite_add_option(&r, 1, 4, stride[1]);
    tflite_add_option(&r, 2, 4, stride[0]);
    tflite_add_option(&r, 3, 4, size[1]);
    tflite_add_option(&r, 4, 4, size[0]);
    return tflite_put_as(t, o, &r,
                         &(tflite_tensor){ .type = TFLITE_FLOAT32, .is_computed = true, .shape = *result });
}

/* The cells of a window in both steps count alike: the mean of means is the mean. */
void tflite_put_pool3d(tflite_writer *t, const operation *o)
{
    const shape *x = &t->g->operations[o->inputs[0]].shape;
    const size_t D = x->dim[0], C = x->dim[3], *y = o->shape.dim;
    if (shape_is_open(x)) tflite_refuse(t, o, "of an open axis");
    const shape images = { 3, { x->dim[1], x->dim[2], C } }, smaller = { 3, { y[1], y[2], C } },
                lines = { 3, { D, y[1] * y[2], C } }, fewer = { 3, { y[0], y[1] * y[2], C } };
    int32_t value = tflite_put_sizes(t, o, tflite_operand(t, o, 0), &images);
    value = pool(t, o, value, o->size + 1, o->stride + 1, &smaller);
    value = tflite_put_sizes(t, o, value, &lines);
    value = pool(t, o, value, (size_t[2]){ o->size[0], 1 }, (size_t[2]){ o->stride[0], 1 }, &fewer);
    int32_t sizes[] = { -1, (int32_t)y[0], (int32_t)y[1], (int32_t)y[2], (int32_t)C };
    tflite_operator r = { .op = TFLITE_RESHAPE, .inputs = { value }, .input_count = 2 };
    r.inputs[1] = tflite_integers(t, o, "shape", sizes, &(shape){ 1, { 5 } });
    tflite_put(t, tflite_number_of(t, o), &r);
}
