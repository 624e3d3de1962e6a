/* Losses of a user's own (<horn/custom_training.h>): a loss_class for each table that is registered. */
#ifndef LOSSES_CUSTOM_LOSS_H
#define LOSSES_CUSTOM_LOSS_H

#include <horn/custom_training.h>
#include "losses/loss.h"

const loss_class *custom_loss_class(const char *name); /* by either name; NULL where there is none */

#endif
