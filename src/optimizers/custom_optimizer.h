/* Optimizers of a user's own (<horn/custom_training.h>): an optimizer_class for each table that is registered. */
#ifndef OPTIMIZERS_CUSTOM_OPTIMIZER_H
#define OPTIMIZERS_CUSTOM_OPTIMIZER_H

#include <horn/custom_training.h>
#include "optimizers/optimizer.h"

const optimizer_class *custom_optimizer_class(
    const char *name); /* by either name; NULL where there is none */

#endif
