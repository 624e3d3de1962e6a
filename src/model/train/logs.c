#include "model/train/logs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

double horn_logs_get(const horn_logs *logs, const char *name)
{
    for (size_t i = 0; logs && name && i < logs->count; i++)
        if (strcmp(logs->names[i], name) == 0) return logs->values[i];
    return NAN;
}

void running_clear(running *r)
{
    free(r->sums.metrics);
    *r = (running){ 0 };
}

horn_status running_begin(running *r, const horn_model *m)
{
    return r->sums.metrics ? HORN_OK
                           : memory_new(&r->sums.metrics, m->metric_states, sizeof *r->sums.metrics);
}

running running_of(const plan_sums *sums)
{
    return (running){ *sums, sums->rows, sums->valid };
}

horn_status running_add(running *r, const horn_model *m, const plan_sums *sums)
{
    const horn_status status = running_begin(r, m);
    if (status) return status;
    r->sums.loss += sums->loss;
    for (size_t i = 0; i < m->metric_states; i++) r->sums.metrics[i] += sums->metrics[i];
    r->rows += sums->rows;
    r->valid += sums->valid;
    return HORN_OK;
}

void running_report(const running *r, const horn_model *m, horn_logs *logs)
{
    const shape *output = model_output(m);
    const size_t columns = output->dim[output->rank - 1];
    for (size_t i = 0; i <= m->metric_count; i++) {
        double value = r->sums.loss / r->rows;
        if (i && !r->sums.metrics)
            value = NAN;
        else if (i)
            value =
                metric_result(m->metrics[i - 1], columns, r->valid, r->sums.metrics + m->metric_first[i - 1]);
        logs->names[logs->count] = m->log_names[i];
        logs->values[logs->count++] = value;
    }
}

void running_report_validation(const horn_logs *validation, const horn_model *m, horn_logs *logs)
{
    for (size_t i = 0; i < validation->count; i++) {
        logs->names[logs->count] = m->log_names[m->metric_count + 1 + i];
        logs->values[logs->count++] = validation->values[i];
    }
}
