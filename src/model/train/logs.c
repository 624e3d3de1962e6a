#include "model/train/logs.h"

#include <math.h>
#include <string.h>

double horn_logs_get(const horn_logs *logs, const char *name)
{
    for (size_t i = 0; logs && name && i < logs->count; i++)
        if (strcmp(logs->names[i], name) == 0) return logs->values[i];
    return NAN;
}

static size_t positions(const horn_model *m)
{
    const shape *output = model_output(m);
    return shape_count(output) / output->dim[output->rank - 1];
}

void running_add(running *r, const horn_model *m, const plan_sums *sums, size_t samples)
{
    r->sums.loss += sums->loss;
    for (size_t i = 0; i < m->metric_count; i++) r->sums.metrics[i] += sums->metrics[i];
    r->rows += (double)(samples * positions(m));
}

void running_report(const running *r, const horn_model *m, horn_logs *logs)
{
    for (size_t i = 0; i <= m->metric_count; i++) {
        logs->names[logs->count] = m->log_names[i];
        logs->values[logs->count++] = (i ? r->sums.metrics[i - 1] : r->sums.loss) / r->rows;
    }
}

void running_report_validation(const horn_logs *validation, const horn_model *m, horn_logs *logs)
{
    for (size_t i = 0; i < validation->count; i++) {
        logs->names[logs->count] = m->log_names[m->metric_count + 1 + i];
        logs->values[logs->count++] = validation->values[i];
    }
}
