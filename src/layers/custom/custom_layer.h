/* Custom layers (<horn/custom_layer.h>): each registered table gets a layer_class whose functions call the table's. */
#ifndef LAYERS_CUSTOM_CUSTOM_LAYER_H
#define LAYERS_CUSTOM_CUSTOM_LAYER_H

#include <horn/custom_layer.h>
#include "layers/call.h"

struct horn_graph {
    graph *graph;
    const call *call;
};

#endif
