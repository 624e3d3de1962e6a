/* The steps of a graph as Keras' layers.
 *
 * A layer is what its steps compute: MatMul, BiasAdd and Relu are a Dense with an activation where their names have the
 * same scope, else a Dense and an Activation. What a graph does not say is lost: layers that idle in inference, the
 * momentum of a BatchNormalization, initializers and regularizers. */
#ifndef FORMATS_GRAPHS_GRAPH_LAYERS_H
#define FORMATS_GRAPHS_GRAPH_LAYERS_H

#include "formats/graphs/chain.h"
#include "snapshot/snapshot.h"

typedef struct tf_builder {
    tf_chain *c;
    snapshot *s;
    tf_scopes scopes;
    size_t at;            /* the step */
    tf_extent x;          /* of the value before it */
    protobuf_text *names; /* of the layers, as scopes say them */
    size_t name_capacity;
    bool takes_bias, takes_activation; /* the last layer */
    bool with_weights;
    size_t budget; /* bytes that weights may take: a node may stand for many */
} tf_builder;

/* Into an empty snapshot: name, input, layers, weights where asked. */
HORN_CHECKED horn_status tf_graph_layers(snapshot *out, tf_chain *, size_t budget, bool with_weights);

/* Appends a layer with the common arguments, whose own the caller sets. */
HORN_CHECKED horn_status tf_add_layer(tf_builder *, const char *class_name, config **arguments);
HORN_CHECKED horn_status tf_add_weight(tf_builder *, size_t node, const tf_tensor *, const char *name,
                                       const char *axes, const shape *, bool transposed);
/* Of a constant of that many elements, seen as one axis. */
HORN_CHECKED horn_status tf_add_vector(tf_builder *, size_t node, const char *name, const char *axes,
                                       size_t size);
/* A constant float32 of that rank. */
HORN_CHECKED horn_status tf_kernel_of(tf_builder *, size_t node, int rank, tf_tensor *out);
tf_step *tf_step_at(const tf_builder *, size_t ahead);                  /* NULL past the last */
HORN_CHECKED horn_status tf_set_value(tf_builder *, const shape *each); /* what the step gives */
double tf_shortest(float); /* the double of the fewest digits that is this float */

/* What behind its operand, and behind what gives that another shape, is a constant of so many elements. */
HORN_CHECKED horn_status tf_vector_of(tf_builder *, size_t operand, size_t size, size_t *node,
                                      tf_tensor *out);

/* Each makes of the step, and of those it goes with, a layer or a part of the last one. */

/* value_layers.c */
HORN_CHECKED horn_status tf_add_dense(tf_builder *);
HORN_CHECKED horn_status tf_add_bias(tf_builder *);
HORN_CHECKED horn_status tf_add_activation(tf_builder *);
HORN_CHECKED horn_status tf_add_leaky_relu(tf_builder *);
HORN_CHECKED horn_status tf_add_relu(tf_builder *);
HORN_CHECKED horn_status tf_add_normalization(tf_builder *);
HORN_CHECKED horn_status tf_add_reshape(tf_builder *);

/* image_layers.c */
HORN_CHECKED horn_status tf_add_convolution(tf_builder *);
HORN_CHECKED horn_status tf_add_spread_convolution(tf_builder *); /* between SpaceToBatchND and back */
HORN_CHECKED horn_status tf_add_pool(tf_builder *);
HORN_CHECKED horn_status tf_add_global_pool(tf_builder *);
HORN_CHECKED horn_status tf_add_padding(tf_builder *);

#endif
