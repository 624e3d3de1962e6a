/* SIGINT and SIGTERM. During training the first one ends the run after the current batch, when its checkpoint is
 * committed; a second one ends the process at once. While results are saved, signals wait. */
#ifndef PROGRAMS_TRAINING_STOP_H
#define PROGRAMS_TRAINING_STOP_H

#include <stdbool.h>
#include <horn/callback.h>

/* After stop_catch the callback returns HORN_INTERRUPTED when a signal has come. stop_release restores the default
 * actions and returns the signal that came, or 0. Ignored signals stay ignored. */
void stop_catch(void);
int stop_release(void);
extern horn_callback stop_callback;

/* Signals that came meanwhile take effect when it ends. */
void stop_hold(bool hold);

#endif
