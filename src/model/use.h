/* Exclusive use of a model: one thread at a time, in one call. Each function of the public API that runs, changes or saves a
 * model enters it and leaves it. A callback of fit, on fit's own thread, may enter it once more, except for calls that would
 * break fit. Between enter and leave the thread has C's default floating-point settings (base/arithmetic.h). */
#ifndef MODEL_USE_H
#define MODEL_USE_H

#include "model/model.h"

/* HORN_ERROR_ARGUMENT if the model is NULL, HORN_ERROR_BUSY if it is in use; with `alone`, also if the caller is a callback.
 * `function` is for the error line. */
HORN_CHECKED horn_status model_enter(horn_model *, const char *function, bool alone);
HORN_CHECKED horn_status model_leave(horn_model *, horn_status); /* returns the status */
/* The same, of a call that changes no weight. */
HORN_CHECKED horn_status model_enter_to_read(horn_model *, const char *function);

/* Around the work of a predictor, on any thread: none may change the model meanwhile. *count tells whether any did since it was the same. */
HORN_CHECKED horn_status model_begin_reading(horn_model *, const char *function, size_t *count);
void model_end_reading(horn_model *);

/* Called around code of the host: `out` restores the host's floating-point settings, `back` sets Horn's again. */
void model_go_out(horn_model *);
void model_come_back(horn_model *);

/* The same around callbacks, which may also call the API. */
void model_lend(horn_model *, bool lent);

/* Whether any thread uses the model. */
bool model_is_busy(const horn_model *);

#endif
