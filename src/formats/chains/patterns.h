/* The table of patterns: what a step of a chain can be, and the layer that it becomes or belongs to. To read another layer
 * from graphs, add its pattern here and its function to value_layers.c or image_layers.c. */
#ifndef FORMATS_CHAINS_PATTERNS_H
#define FORMATS_CHAINS_PATTERNS_H

#include "formats/chains/builder.h"

typedef struct chain_pattern {
    const char *pattern;
    const char *class_name; /* of the layer; NULL: always a part of the last layer */
    const char *other; /* of an activation its name, of Reshape the class if one axis is left; else NULL */
    horn_status (*add)(chain_builder *, const struct chain_pattern *);
} chain_pattern;

extern const pattern_definition chain_definitions[];
const chain_pattern *chain_pattern_at(size_t index); /* NULL past the last */

#endif
