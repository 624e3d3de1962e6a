/* Registered losses (<horn/custom_training.h>): a loss_class for each registered table. */
#ifndef LOSSES_CUSTOM_LOSS_H
#define LOSSES_CUSTOM_LOSS_H

#include <horn/custom_training.h>
#include "losses/loss.h"

/* Finds a class by "package>Name" or by "Name"; NULL if there is none. */
const loss_class *custom_loss_class(const char *name);

#endif
