/* The check that ends training: a loss that is NaN or infinite. */
#ifndef CALLBACKS_BAD_LOSS_H
#define CALLBACKS_BAD_LOSS_H

#include <horn/callback.h>

/* Fails if the log `name` ("loss" or "val_loss") is NaN or infinite. */
HORN_CHECKED horn_status bad_loss_check(const char *name, const horn_progress *, const horn_logs *);

#endif
