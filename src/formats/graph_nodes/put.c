/* What the functions that write the kinds of operations use: nodes of a layer, constants, weights. */
#include "formats/graph_nodes/writer.h"

const char *tf_layer_of(const tf_writer *t, const operation *o)
{
    return t->leaves->at[o->layer].name;
}

/* Begins a node of the layer, called after its op. */
const char *tf_put_begin(tf_writer *t, const operation *o, const char *op, const char *input)
{
    const char *name = tf_nodes_name(t->n, tf_layer_of(t, o), op);
    tf_node_begin(t->n, name, op);
    if (input) tf_node_input(t->n, input);
    return name;
}

const char *tf_put_end(tf_writer *t, const char *name, const char *argument)
{
    tf_node_end(t->n);
    return tf_nodes_reference(t->n, name, argument);
}

const char *tf_put_constant(tf_writer *t, const operation *o, const char *what, const horn_view *v)
{
    const char *name = tf_nodes_name(t->n, tf_layer_of(t, o), what);
    tf_node_begin(t->n, name, "Const");
    tf_node_type(t->n, "dtype", tf_type_of(v->dtype));
    tf_node_tensor(t->n, v);
    return tf_put_end(t, name, "output");
}

const char *tf_put_integers(tf_writer *t, const operation *o, const char *what, const int32_t *values,
                            size_t count)
{
    return tf_put_constant(
        t, o, what, &(horn_view){ .data = values, .dtype = HORN_INT32, .rank = 1, .shape = { count } });
}

const char *tf_put_scalar(tf_writer *t, const operation *o, const char *what, double value)
{
    const float number = (float)value;
    return tf_put_constant(t, o, what, &(horn_view){ .data = &number, .dtype = HORN_FLOAT32 });
}

const char *tf_put_simple(tf_writer *t, const operation *o, const char *op, const char *x, const char *y,
                          const char *result)
{
    const char *name = tf_put_begin(t, o, op, x);
    if (y) tf_node_input(t->n, y);
    tf_node_type(t->n, "T", TF_FLOAT);
    return tf_put_end(t, name, result);
}

bool tf_is_computed(const tf_writer *t, const operation *o, int input)
{
    return t->known[o->inputs[input]].is_computed;
}
