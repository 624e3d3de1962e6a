/* Adds layers, their calls and weights to the snapshot while chain_layers goes through the steps. */
#ifndef FORMATS_CHAINS_BUILDER_H
#define FORMATS_CHAINS_BUILDER_H

#include "formats/chains/chain.h"

enum { CHAIN_MOST_WEIGHTS = 6 };

/* Of a layer. */
typedef struct chain_name {
    protobuf_text scope; /* of its step */
    /* The constants that are its weights. */
    size_t weights[CHAIN_MOST_WEIGHTS], weight_count;
    bool takes_bias, takes_activation;
} chain_name;

typedef struct chain_call {
    size_t layer;
    /* Among chain_builder.values. */
    size_t first_value, value_count;
} chain_call;

typedef struct chain_builder {
    const chain *c;
    snapshot *s;
    size_t at; /* the step */
    pattern_match match;
    chain_name *names; /* of the layers */
    size_t name_capacity;
    size_t layer; /* that the step is, or is a part of */
    chain_call *calls;
    size_t call_count, call_capacity;
    /* What calls are on: 0 is the model's input, k + 1 what call k gives. */
    size_t *values;
    size_t value_count, value_capacity;
    /* By value of the graph: the same, of what is a step; and how many steps take it. */
    size_t *given, *uses;
    bool is_added; /* the step has a call */
    bool with_weights;
    size_t budget; /* bytes that weights may still take */
} chain_builder;

/* Of the step: its operation, and the shape of its x. */
const operation *chain_operation(const chain_builder *);
const shape *chain_input(const chain_builder *);
horn_status chain_refuse(const chain_builder *, const char *what);

/* Appends a layer with the common arguments, whose own the caller sets. */
HORN_CHECKED horn_status chain_add_layer(chain_builder *, const char *class_name, config **arguments);
/* The layer of the step. */
snapshot_layer *chain_last_layer(const chain_builder *);
/* If the one that gives the step's x is taken by nothing else, makes its layer that of the step; false: it is no part of that. */
bool chain_go_on(chain_builder *, bool with_bias);
/* What may follow the step's layer as a part of it. */
void chain_let_follow(chain_builder *, bool bias, bool activation);
/* The constant of that name in the pattern, as a weight of the step's layer: with as many axes as `axes` has letters; those of length
 * 1 in front may be more. */
HORN_CHECKED horn_status chain_add_kernel(chain_builder *, const char *name, const char *weight,
                                          const char *axes);
HORN_CHECKED horn_status chain_add_vector(chain_builder *, const char *name, const char *weight,
                                          const char *axes);
/* The constant of that name, which lies along these axes of x: as a weight of the axes' sizes. */
HORN_CHECKED horn_status chain_add_spread(chain_builder *, const char *name, const char *weight,
                                          const char *axes, const shape *x, unsigned bits);
/* As a weight of one axis; as one of all axes of x, 1 on the others, behind a 1. */
HORN_CHECKED horn_status chain_add_line(chain_builder *, const char *name, const char *weight, const shape *x,
                                        unsigned bits);
HORN_CHECKED horn_status chain_add_whole_behind(chain_builder *, const char *name, const char *weight,
                                                const shape *x, unsigned bits);
/* A constant that is used as the operation says it. */
HORN_CHECKED horn_status chain_add_weight(chain_builder *, const char *name, const char *weight,
                                          const char *axes);
/* In the shape in which it is used. */
HORN_CHECKED horn_status chain_add_whole(chain_builder *, const char *name, const char *weight);
/* Whether the constant lies so. */
bool chain_lies_along(const imported *, const pattern_match *, const char *name, const shape *x,
                      unsigned bits);
/* A number, or a list of numbers, for an argument. */
HORN_CHECKED horn_status chain_set_numbers(chain_builder *, config *arguments, const char *key,
                                           const char *name);
double chain_shortest(float); /* the double of the fewest digits that is this float */

/* The slot `add` of a pattern: makes of the step a layer or a part of the one before. */

/* value_layers.c */
HORN_CHECKED horn_status chain_add_dense(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_bias(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_activation(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_leaky_relu(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_relu(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_normalization(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_reshape(chain_builder *, const struct chain_pattern *);

/* array_layers.c */
HORN_CHECKED horn_status chain_add_embedding(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_permute(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_repeat(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_rescaling(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_elu(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_operation(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_mean_operation(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_prelu(chain_builder *, const struct chain_pattern *);

/* recurrent_layers.c */
HORN_CHECKED horn_status chain_add_recurrent(chain_builder *, const struct chain_pattern *);

/* normal_layers.c */
HORN_CHECKED horn_status chain_add_layer_normalization(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_group_normalization(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_unit_normalization(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_statistics(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_turned_normalization(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_spread_normalization(chain_builder *, const struct chain_pattern *);

/* image_layers.c */
HORN_CHECKED horn_status chain_add_cropping(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_enlarging(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_mean(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_convolution(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_transposed(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_pool(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_global_pool(chain_builder *, const struct chain_pattern *);
HORN_CHECKED horn_status chain_add_padding(chain_builder *, const struct chain_pattern *);

#endif
