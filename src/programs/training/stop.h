/* SIGINT and SIGTERM. While a run is trained they end it after the present batch, once its checkpoint is
 * committed; a second one ends the process at once. While results are saved they wait. */
#ifndef PROGRAMS_TRAINING_STOP_H
#define PROGRAMS_TRAINING_STOP_H

#include <stdbool.h>
#include <horn/callback.h>

/* From stop_catch on the callback answers a signal with HORN_INTERRUPTED. stop_release gives the signals
 * their default action back, and returns the one that came, or 0. One that the process was told to ignore
 * stays ignored. */
void stop_catch(void);
int stop_release(void);
extern horn_callback stop_callback;

void stop_hold(bool hold); /* those that came meanwhile act when it ends */

#endif
