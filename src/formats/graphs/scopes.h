/* Finds the layer of each step by the names of nodes:
 *
 *     Horn         LAYER/OP; LAYER may have several parts
 *     TensorFlow   MODEL/LAYER/.../OP, inside an inlined function StatefulPartitionedCall/MODEL/LAYER/...;
 *                  in version 1 LAYER/.../OP */
#ifndef FORMATS_GRAPHS_SCOPES_H
#define FORMATS_GRAPHS_SCOPES_H

#include "formats/chains/chain.h"

/* Sets the steps' scopes and the model's name, empty if names do not tell. */
void tf_scopes_find(chain *, bool is_own);

#endif
