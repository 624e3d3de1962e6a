/* Logs: named values that callbacks, histories and callers get, computed from sums over rows. */
#ifndef MODEL_TRAIN_LOGS_H
#define MODEL_TRAIN_LOGS_H

#include "model/plan/plan.h"

/* Sums of an epoch so far, over batches of any sizes. */
typedef struct running {
    plan_sums sums;
    double rows;
} running;

void running_add(running *, const horn_model *, const plan_sums *, size_t samples);
/* Appends "loss" and the metrics as means over the rows so far. */
void running_report(const running *, const horn_model *, horn_logs *);
/* Appends the same as "val_...". */
void running_report_validation(const horn_logs *validation, const horn_model *, horn_logs *);

#endif
