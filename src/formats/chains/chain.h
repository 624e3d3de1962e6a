/* Makes the layers of a model of an imported graph, for every format of graphs.
 *
 *     chain_find      finds what lies between the model's input and its output as a list of steps: each step matches a pattern
 *                     of patterns.c, or merges several values
 *     (the format)    sets the scope of each step: the name of its layer, if the names of nodes tell it
 *     chain_layers    makes each step a call of a layer, or a part of the layer before it: a bias, an activation
 *
 * A model whose layers are a chain is a Sequential, any other a Functional. Calls with the same weights are calls of one layer, if nothing
 * else of it differs; else each layer has a copy. A graph does not hold everything: layers that do
 * nothing in inference, the momentum of BatchNormalization, initializers and regularizers are lost. */
#ifndef FORMATS_CHAINS_CHAIN_H
#define FORMATS_CHAINS_CHAIN_H

#include "formats/chains/pattern.h"
#include "snapshot/snapshot.h"

typedef struct chain_step {
    size_t value;                    /* what it gives */
    const struct chain_pattern *row; /* of the table */
    protobuf_text scope; /* the name of its layer; empty: not known. Steps of one layer have the same */
    /* What it is of: chain.inputs[first_input], ... A step that merges has several. */
    size_t first_input, input_count;
} chain_step;

typedef struct chain {
    imported *im;
    chain_step *steps; /* each behind those that it takes from */
    size_t count, capacity;
    size_t *inputs; /* values */
    size_t input_count, input_capacity;
    protobuf_text model; /* the model's name; empty: not known */
} chain;

/* Borrows the graph. Free it after a failure too. */
HORN_CHECKED horn_status chain_find(chain *out, imported *);
void chain_free(chain *);

/* The value at the end of the longest chain that begins at the input, and how many steps it has; *second is another one as long,
 * or NO_VALUE. A Reshape that changes nothing is no step. */
HORN_CHECKED horn_status chain_longest(const imported *, size_t *value, size_t *steps, size_t *second);

/* Into an empty snapshot: name, input, layers, and weights if `with_weights`. `budget`: how many bytes weights may take,
 * of which a few bytes of the file may stand for many. */
HORN_CHECKED horn_status chain_layers(snapshot *out, const chain *, size_t budget, bool with_weights);

#endif
