/* The table of patterns: what a step of a chain can be, and the layer that it becomes or belongs to. To read another layer
 * from graphs, add its pattern here and its function to value_layers.c or image_layers.c. */
#ifndef FORMATS_CHAINS_PATTERNS_H
#define FORMATS_CHAINS_PATTERNS_H

#include "formats/chains/builder.h"

typedef struct chain_pattern {
    const char *pattern;    /* NULL: of a merge */
    const char *class_name; /* of the layer; NULL: always a part of the layer before */
    const char *
        other; /* of an activation its name, of Reshape the class if one axis is left, of an Operation which one; else NULL */
    horn_status (*add)(chain_builder *, const struct chain_pattern *);
    /* What the pattern does not say; NULL: nothing. */
    bool (*fits)(const chain_step *, const imported *, const pattern_match *);
} chain_pattern;

/* merges.c: what a value that merges several others is; NULL: it does not. `uses`: by value, how many operations take it. */
enum { CHAIN_MOST_INPUTS = 64 };
const chain_pattern *chain_merge_at(const imported *, const size_t *uses, size_t value,
                                    size_t inputs[CHAIN_MOST_INPUTS], size_t *count);

/* array_layers.c */
bool chain_is_repeated(const chain_step *, const imported *, const pattern_match *);
bool chain_is_rescaled(const chain_step *, const imported *, const pattern_match *);
bool chain_is_of_constant(const chain_step *, const imported *, const pattern_match *);
bool chain_is_bent(const chain_step *, const imported *, const pattern_match *);
/* normal_layers.c */
bool chain_is_layer_normal(const chain_step *, const imported *, const pattern_match *);
bool chain_is_group_normal(const chain_step *, const imported *, const pattern_match *);
bool chain_is_unit(const chain_step *, const imported *, const pattern_match *);
bool chain_is_turned(const chain_step *, const imported *, const pattern_match *);
bool chain_is_standard(const chain_step *, const imported *, const pattern_match *);
bool chain_is_spread(const chain_step *, const imported *, const pattern_match *);
/* image_layers.c */
bool chain_keeps_channels(const chain_step *, const imported *, const pattern_match *);

extern const pattern_definition chain_definitions[];
const chain_pattern *chain_pattern_at(size_t index); /* NULL past the last */

#endif
