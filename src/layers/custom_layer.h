/* Layers of a user's own (<horn/custom_layer.h>): each table that is registered gets a layer_class, whose functions hand on
 * to the table's. */
#ifndef LAYERS_CUSTOM_LAYER_H
#define LAYERS_CUSTOM_LAYER_H

#include <horn/custom_layer.h>
#include "layers/layer.h"

const layer_class *custom_layer_class(const char *name); /* by either name; NULL where there is none */

struct horn_graph {
    graph *graph;
    const layer *layer;
};

#endif
