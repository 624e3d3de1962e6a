/* Writes operations on volumes, (depth, height, width, channels). */
#include "base/status.h"
#include "formats/graph_nodes/writer.h"

static void put_sizes(tf_writer *t, const char *key, const size_t sizes[3])
{
    tf_node_integers(t->n, key, (size_t[5]){ 1, sizes[0], sizes[1], sizes[2], 1 }, 5);
}

static void put_window(tf_writer *t, const operation *o)
{
    tf_node_type(t->n, "T", TF_FLOAT);
    put_sizes(t, "strides", o->stride);
    tf_node_text(t->n, "padding", o->same ? "SAME" : "VALID");
    tf_node_text(t->n, "data_format", "NDHWC");
}

static void refuse(tf_writer *t, const operation *o, const char *what)
{
    t->n->status = fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s': operation '%s' %s cannot be held here",
                        t->where, tf_layer_of(t, o), operation_name(o->kind), what);
}

static bool is_dilated(const operation *o)
{
    return o->dilation[0] > 1 || o->dilation[1] > 1 || o->dilation[2] > 1;
}

/* TensorFlow's own, on CPUs, takes neither dilation nor groups. */
const char *tf_put_conv3d(tf_writer *t, const operation *o, const char *const *x)
{
    if (is_dilated(o)) refuse(t, o, "with a dilation");
    if (t->g->operations[o->inputs[0]].shape.dim[3] != t->g->operations[o->inputs[1]].shape.dim[3])
        refuse(t, o, "in groups");
    const char *name = tf_put_begin(t, o, "Conv3D", x[0]);
    tf_node_input(t->n, x[1]);
    put_window(t, o);
    put_sizes(t, "dilations", o->dilation);
    return tf_put_end(t, name, "output");
}

const char *tf_put_transposed3d(tf_writer *t, const operation *o, const char *const *x)
{
    if (is_dilated(o)) refuse(t, o, "with a dilation");
    if (shape_is_open(&o->shape)) refuse(t, o, "of an open axis");
    const char *size = tf_put_output_sizes(t, o, x[0]),
               *name = tf_put_begin(t, o, "Conv3DBackpropInputV2", size);
    tf_node_input(t->n, x[1]);
    tf_node_input(t->n, x[0]);
    put_window(t, o);
    put_sizes(t, "dilations", o->dilation);
    tf_node_type(t->n, "Tshape", TF_INT32);
    return tf_put_end(t, name, "output");
}

const char *tf_put_pool3d(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, t->now->op, x[0]);
    put_window(t, o);
    put_sizes(t, "ksize", o->size);
    return tf_put_end(t, name, "output");
}
