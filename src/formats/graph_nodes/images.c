/* Writes operations on images, and changes of shape. */
#include <string.h>
#include "base/status.h"
#include "formats/graph_nodes/writer.h"

/* ---- shapes ---- */

static const char *reshape(tf_writer *t, const operation *o, const char *x, const int32_t *target, int rank)
{
    const char *shape_of = tf_put_integers(t, o, "Reshape/shape", target, (size_t)rank);
    const char *name = tf_put_begin(t, o, "Reshape", x);
    tf_node_input(t->n, shape_of);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tshape", TF_INT32);
    return tf_put_end(t, name, "output");
}

const char *tf_put_sizes(tf_writer *t, const operation *o, const char *x, const size_t *sizes, int rank)
{
    int32_t target[HORN_MAX_RANK + 1] = { -1 };
    for (int i = 0; i < rank; i++) {
        if (sizes[i] > INT32_MAX)
            t->n->status =
                fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' is too large", t->where, tf_layer_of(t, o));
        target[i + 1] = (int32_t)sizes[i];
    }
    return reshape(t, o, x, target, rank + 1);
}

/* The axis of length 1 that `more` has and `less` has not. */
static int added_axis(const shape *less, const shape *more)
{
    int axis = 0;
    while (axis < less->rank && more->dim[axis] == less->dim[axis]) axis++;
    return axis;
}

/* Samples are an axis in front; weights have none. */
static int axis_between(const tf_writer *t, const operation *o, const shape *less, const shape *more)
{
    const bool is_weight = t->g->operations[o->inputs[0]].kind == OPERATION_WEIGHT;
    return added_axis(less, more) + !is_weight;
}

const char *tf_put_expand_dims(tf_writer *t, const operation *o, const char *const *x)
{
    const int32_t number = axis_between(t, o, &t->g->operations[o->inputs[0]].shape, &o->shape);
    const char *dim =
        tf_put_constant(t, o, "ExpandDims/dim", &(horn_view){ .data = &number, .dtype = HORN_INT32 });
    const char *name = tf_put_begin(t, o, "ExpandDims", x[0]);
    tf_node_input(t->n, dim);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tdim", TF_INT32);
    return tf_put_end(t, name, "output");
}

const char *tf_put_squeeze(tf_writer *t, const operation *o, const char *const *x)
{
    const int axis = axis_between(t, o, &o->shape, &t->g->operations[o->inputs[0]].shape);
    const char *name = tf_put_begin(t, o, "Squeeze", x[0]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_integers(t->n, "squeeze_dims", &(size_t){ (size_t)axis }, 1);
    return tf_put_end(t, name, "output");
}

/* The target is a constant, in which one size may be open: that of the batch. A constant has no batch. */
const char *tf_put_reshape(tf_writer *t, const operation *o, const char *const *x)
{
    if (shape_is_open(&o->shape))
        t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                            "%s: layer '%s' reshapes an open axis, which this format cannot hold", t->where,
                            tf_layer_of(t, o));
    if (tf_is_computed(t, o, 0)) return tf_put_sizes(t, o, x[0], o->shape.dim, o->shape.rank);
    int32_t sizes[HORN_MAX_RANK] = { 0 };
    for (int i = 0; i < o->shape.rank; i++) sizes[i] = (int32_t)o->shape.dim[i];
    return reshape(t, o, x[0], sizes, o->shape.rank);
}

/* ---- windows ---- */

/* A pair as four numbers: one for the samples, two, and one for the channels. */
static void put_pair(tf_writer *t, const char *key, const size_t pair[2])
{
    tf_node_integers(t->n, key, (size_t[4]){ 1, pair[0], pair[1], 1 }, 4);
}

static void put_window(tf_writer *t, const operation *o)
{
    tf_node_type(t->n, "T", TF_FLOAT);
    put_pair(t, "strides", o->stride);
    tf_node_text(t->n, "padding", o->same ? "SAME" : "VALID");
    tf_node_text(t->n, "data_format", "NHWC");
}

static const char *convolve(tf_writer *t, const operation *o, const char *x, const char *kernel)
{
    const char *name = tf_put_begin(t, o, "Conv2D", x);
    tf_node_input(t->n, kernel);
    put_window(t, o);
    put_pair(t, "dilations", o->dilation);
    tf_node_boolean(t->n, "use_cudnn_on_gpu", true);
    tf_node_integers(t->n, "explicit_paddings", NULL, 0);
    return tf_put_end(t, name, "output");
}

const char *tf_put_conv2d(tf_writer *t, const operation *o, const char *const *x)
{
    return convolve(t, o, x[0], x[1]);
}

/* TensorFlow's own, on CPUs, takes no dilation and strides that are equal: any other goes as a convolution in as many
 * groups as channels, whose kernel (height, width, 1, outputs) lies in memory as this one does. */
const char *tf_put_depthwise(tf_writer *t, const operation *o, const char *const *x)
{
    const shape *kernel = &t->g->operations[o->inputs[1]].shape;
    if (o->stride[0] != o->stride[1] || o->dilation[0] > 1 || o->dilation[1] > 1)
        return convolve(t, o, x[0],
                        tf_put_sizes(t, o, x[1], (size_t[]){ kernel->dim[1], 1, o->shape.dim[2] }, 3));
    const char *name = tf_put_begin(t, o, "DepthwiseConv2dNative", x[0]);
    tf_node_input(t->n, x[1]);
    put_window(t, o);
    put_pair(t, "dilations", o->dilation);
    tf_node_integers(t->n, "explicit_paddings", NULL, 0);
    return tf_put_end(t, name, "output");
}

/* ---- transposed convolutions ---- */

static const char *put_integer(tf_writer *t, const operation *o, const char *what, int32_t value)
{
    return tf_put_constant(t, o, what, &(horn_view){ .data = &value, .dtype = HORN_INT32 });
}

/* The number of samples. */
static const char *put_batch(tf_writer *t, const operation *o, const char *x)
{
    static const char *const what[] = { "begin", "end", "strides" };
    const char *name = tf_put_begin(t, o, "Shape", x), *limits[3];
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "out_type", TF_INT32);
    const char *sizes = tf_put_end(t, name, "output");
    for (int i = 0; i < 3; i++) limits[i] = tf_put_integers(t, o, what[i], (int32_t[]){ i > 0 }, 1);
    name = tf_put_begin(t, o, "StridedSlice", sizes);
    for (int i = 0; i < 3; i++) tf_node_input(t->n, limits[i]);
    tf_node_type(t->n, "T", TF_INT32);
    tf_node_type(t->n, "Index", TF_INT32);
    tf_node_integer(t->n, "shrink_axis_mask", 1);
    return tf_put_end(t, name, "output");
}

const char *tf_put_output_sizes(tf_writer *t, const operation *o, const char *x)
{
    const int axes = o->shape.rank + 1;
    const char *sizes[HORN_MAX_RANK + 1] = { put_batch(t, o, x) };
    for (int i = 1; i < axes; i++) sizes[i] = put_integer(t, o, "size", (int32_t)o->shape.dim[i - 1]);
    const char *name = tf_put_begin(t, o, "Pack", NULL);
    for (int i = 0; i < axes; i++) tf_node_input(t->n, sizes[i]);
    tf_node_integer(t->n, "N", axes);
    tf_node_type(t->n, "T", TF_INT32);
    tf_node_integer(t->n, "axis", 0);
    return tf_put_end(t, name, "output");
}

/* TensorFlow's own, on CPUs, takes no dilation. */
const char *tf_put_transposed(tf_writer *t, const operation *o, const char *const *x)
{
    if (shape_is_open(&o->shape) || o->dilation[0] > 1 || o->dilation[1] > 1)
        t->n->status =
            fail(HORN_ERROR_UNSUPPORTED,
                 "%s: layer '%s': operation '%s' of an open axis or with a dilation cannot be held here",
                 t->where, tf_layer_of(t, o), operation_name(o->kind));
    const char *size = tf_put_output_sizes(t, o, x[0]),
               *name = tf_put_begin(t, o, "Conv2DBackpropInput", size);
    tf_node_input(t->n, x[1]);
    tf_node_input(t->n, x[0]);
    put_window(t, o);
    put_pair(t, "dilations", o->dilation);
    tf_node_boolean(t->n, "use_cudnn_on_gpu", true);
    tf_node_integers(t->n, "explicit_paddings", NULL, 0);
    return tf_put_end(t, name, "output");
}

/* ---- pools ---- */

const char *tf_put_pool(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, t->now->op, x[0]);
    put_window(t, o);
    put_pair(t, "ksize", o->size);
    return tf_put_end(t, name, "output");
}
