/* Named figures: from sums over rows to what callbacks, histories and callers see. */
#ifndef MODEL_TRAIN_LOGS_H
#define MODEL_TRAIN_LOGS_H

#include "model/plan/plan.h"

/* Running sums of an epoch, over batches of any sizes. */
typedef struct running {
    plan_sums sums;
    double rows;
} running;

void running_add(running *, const horn_model *, const plan_sums *, size_t samples);
/* "loss" and the metrics as means over the rows so far; appended to what logs holds. */
void running_report(const running *, const horn_model *, horn_logs *);
/* The same under "val_...". */
void running_report_validation(const horn_logs *validation, const horn_model *, horn_logs *);

#endif
