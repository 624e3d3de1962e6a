/* Registered optimizers (<horn/custom_training.h>): an optimizer_class for each registered table. */
#ifndef OPTIMIZERS_CUSTOM_OPTIMIZER_H
#define OPTIMIZERS_CUSTOM_OPTIMIZER_H

#include <horn/custom_training.h>
#include "optimizers/optimizer.h"

/* Finds a class by "package>Name" or by "Name"; NULL if there is none. */
const optimizer_class *custom_optimizer_class(const char *name);

#endif
