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
    free(r->sums.heads);
    *r = (running){ 0 };
}

horn_status running_begin(running *r, const horn_model *m)
{
    horn_status status = HORN_OK;
    if (!r->sums.metrics) status = memory_new(&r->sums.metrics, m->metric_states, sizeof *r->sums.metrics);
    if (!status && !r->sums.heads)
        status = memory_new(&r->sums.heads, m->output_count, sizeof *r->sums.heads);
    return status;
}

running running_of(const plan_sums *sums)
{
    return (running){ *sums };
}

horn_status running_add(running *r, const horn_model *m, const plan_sums *sums)
{
    const horn_status status = running_begin(r, m);
    if (status) return status;
    r->sums.loss += sums->loss;
    r->sums.rows += sums->rows;
    for (size_t i = 0; i < m->metric_states; i++) r->sums.metrics[i] += sums->metrics[i];
    for (size_t i = 0; i < m->output_count; i++) {
        r->sums.heads[i].loss += sums->heads[i].loss;
        r->sums.heads[i].rows += sums->heads[i].rows;
        r->sums.heads[i].valid += sums->heads[i].valid;
    }
    return HORN_OK;
}

static void report(horn_logs *logs, const horn_model *m, double value)
{
    logs->names[logs->count] = m->log_names[logs->count];
    logs->values[logs->count++] = value;
}

static void report_metrics(const running *r, const horn_model *m, size_t head, horn_logs *logs)
{
    const model_head *h = &m->heads[head];
    const shape *output = model_output(m, head);
    const size_t columns = output->rank ? output->dim[output->rank - 1] : 1;
    for (size_t i = 0; i < h->metric_count; i++)
        report(logs, m,
               r->sums.metrics ? metric_result(h->metrics[i], columns, r->sums.heads[head].valid,
                                               r->sums.metrics + h->metric_first[i])
                               : NAN);
}

void running_report(const running *r, const horn_model *m, horn_logs *logs)
{
    report(logs, m, r->sums.loss / r->sums.rows);
    for (size_t i = 0; m->output_count > 1 && i < m->output_count; i++)
        if (m->heads[i].loss)
            report(logs, m, r->sums.heads ? r->sums.heads[i].loss / r->sums.heads[i].rows : NAN);
    for (size_t i = 0; i < m->output_count; i++) report_metrics(r, m, i, logs);
}

void running_report_validation(const horn_logs *validation, const horn_model *m, horn_logs *logs)
{
    for (size_t i = 0; i < validation->count; i++) {
        logs->names[logs->count] = m->log_names[m->figure_count + i];
        logs->values[logs->count++] = validation->values[i];
    }
}
