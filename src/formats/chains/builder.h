/* Adds layers and weights to the snapshot while chain_layers goes through the steps. */
#ifndef FORMATS_CHAINS_BUILDER_H
#define FORMATS_CHAINS_BUILDER_H

#include "formats/chains/chain.h"

/* Of a layer: the scope of its step, and whether it has weights. */
typedef struct chain_name {
    protobuf_text scope;
    bool has_weights;
} chain_name;

typedef struct chain_builder {
    const chain *c;
    snapshot *s;
    size_t at; /* the step */
    pattern_match match;
    chain_name *names; /* of the layers */
    size_t name_capacity;
    bool takes_bias, takes_activation; /* the last layer */
    bool with_weights;
    size_t budget; /* bytes that weights may still take */
} chain_builder;

/* Of the step: its operation, and the shape of its x. */
const operation *chain_operation(const chain_builder *);
const shape *chain_input(const chain_builder *);
horn_status chain_refuse(const chain_builder *, const char *what);

/* Appends a layer with the common arguments, whose own the caller sets. */
HORN_CHECKED horn_status chain_add_layer(chain_builder *, const char *class_name, config **arguments);
snapshot_layer *chain_last_layer(const chain_builder *);
/* The constant of that name in the pattern, as a weight of the last layer: with as many axes as `axes` has letters; those of length
 * 1 in front may be more. */
HORN_CHECKED horn_status chain_add_kernel(chain_builder *, const char *name, const char *weight,
                                          const char *axes);
HORN_CHECKED horn_status chain_add_vector(chain_builder *, const char *name, const char *weight,
                                          const char *axes);
double chain_shortest(float); /* the double of the fewest digits that is this float */

/* The slot `add` of a pattern: makes of the step a layer or a part of the last one. */

/* value_layers.c */
HORN_CHECKED horn_status chain_add_dense(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_bias(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_activation(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_leaky_relu(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_relu(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_normalization(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_reshape(chain_builder *, const struct chain_pattern *);

/* image_layers.c */
HORN_CHECKED horn_status chain_add_convolution(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_transposed(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_pool(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_global_pool(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_padding(chain_builder *, const struct chain_pattern *);

#endif
