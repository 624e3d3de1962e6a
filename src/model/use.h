/* Who is using a model: one thread at a time, in one call. Each call of the public API that runs, changes or saves a model
 * enters it and leaves it. Callbacks of fit are lent the model: what they call on fit's own thread may enter it once more, but
 * for what fit would not survive. Between the two the thread has C's default arithmetic (base/arithmetic.h). */
#ifndef MODEL_USE_H
#define MODEL_USE_H

#include "model/model.h"

/* HORN_ERROR_ARGUMENT where the model is NULL, HORN_ERROR_BUSY where it is in use; `alone`: also where it is lent. `function` is
 * for the error line. */
HORN_CHECKED horn_status model_enter(horn_model *, const char *function, bool alone);
void model_leave(horn_model *);

/* By the call that has it, around code of the host: `out` gives that its own arithmetic, `back` takes Horn's again. */
void model_go_out(horn_model *);
void model_come_back(horn_model *);

/* The same around callbacks, which may also call back. */
void model_lend(horn_model *, bool lent);

bool model_is_busy(const horn_model *); /* in any thread's use */

#endif
