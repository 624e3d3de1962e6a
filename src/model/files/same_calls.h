/* Whether two snapshots call their layers in the same way: those of each layer in the same order, on the same values. Calls of different
 * layers may stand in another order: formats put them in the order of the layers. */
#ifndef MODEL_FILES_SAME_CALLS_H
#define MODEL_FILES_SAME_CALLS_H

#include "snapshot/snapshot.h"

/* *same is false if they do not, or if inputs or outputs are other values. */
HORN_CHECKED horn_status same_calls(bool *same, const snapshot *a, const snapshot *b);

#endif
