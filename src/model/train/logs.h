/* Logs: loss and metrics by name, computed from sums over rows. Callbacks, histories and callers get them. */
#ifndef MODEL_TRAIN_LOGS_H
#define MODEL_TRAIN_LOGS_H

#include "model/plan/plan.h"

/* Sums over the batches of an epoch so far. Zeroed at first; it owns the lists of the sums, which are NULL before the first batch. */
typedef struct running {
    plan_sums sums;
} running;

void running_clear(running *);
/* Makes room for the states; running_add does so, too. */
HORN_CHECKED horn_status running_begin(running *, const horn_model *);
/* Of one batch: it borrows the sums. */
running running_of(const plan_sums *);
HORN_CHECKED horn_status running_add(running *, const horn_model *, const plan_sums *);
/* Appends "loss", as the mean over the rows so far, and the metrics. */
void running_report(const running *, const horn_model *, horn_logs *);
/* Appends the validation's logs under "val_...". */
void running_report_validation(const horn_logs *validation, const horn_model *, horn_logs *);

#endif
