#include "model/step/collect.h"

#include <stddef.h>

double collect_mask_factor(const loss *l, const head_sums *sums)
{
    if (!l || l->reduction == REDUCTION_SUM) return 1;
    return sums->share == sums->valid_share ? 1 : sums->valid_share > 0 ? sums->share / sums->valid_share : 0;
}

/* Adds up one figure of an output over all lanes. `at` is its place in head_sums. */
static double sum_lanes(const pass *s, size_t head, size_t at)
{
    double values[CUT_MOST];
    for (size_t n = 0; n < s->all_tasks; n++)
        values[n] = *(const double *)((const char *)&s->plan->lanes[n].sums.heads[head] + at);
    return cut_sum(s->batch->count, values, 1, s->all_tasks);
}

head_sums collect_shares(const pass *s, size_t head)
{
    return (head_sums){ .share = sum_lanes(s, head, offsetof(head_sums, share)),
                        .valid_share = sum_lanes(s, head, offsetof(head_sums, valid_share)) };
}

/* Number of rows that an output compares in a batch. */
static double count_rows(const pass *s, size_t head)
{
    const shape *output = &s->plan->arrays[s->plan->heads[head].output].shape;
    const size_t columns = output->rank ? output->dim[output->rank - 1] : 1;
    return (double)(s->batch->count * (shape_count(output) / columns));
}

static void collect_head(const pass *s, size_t i, head_sums *sums)
{
    *sums = (head_sums){ .loss = sum_lanes(s, i, offsetof(head_sums, loss)) * s->weights[i].factor,
                         .rows = count_rows(s, i) };
    sums->valid = sums->rows;
    if (s->plan->arrays[s->plan->heads[i].output].mask < 0) return;
    const head_sums counted = collect_shares(s, i);
    sums->valid = sum_lanes(s, i, offsetof(head_sums, valid));
    sums->share = counted.share;
    sums->valid_share = counted.valid_share;
}

void collect_sums(const pass *s, plan_sums *sums)
{
    double values[CUT_MOST];
    const plan *p = s->plan;
    *sums = p->sums_of_batch;
    for (size_t i = 0; i < p->head_count; i++) collect_head(s, i, &sums->heads[i]);
    for (size_t n = 0; n < s->all_tasks; n++) values[n] = p->lanes[n].sums.activity;
    sums->activity = cut_sum(s->batch->count, values, 1, s->all_tasks) / (double)s->batch->count;
    for (size_t i = 0; i < s->model->metric_states; i++) {
        for (size_t n = 0; n < s->all_tasks; n++) values[n] = p->lanes[n].sums.metrics[i];
        sums->metrics[i] = cut_sum(s->batch->count, values, 1, s->all_tasks);
    }
}

void collect_losses(const pass *s, plan_sums *sums, double penalty)
{
    const plan *p = s->plan;
    const bool one = p->head_count == 1;
    sums->loss = 0;
    sums->rows = one ? sums->heads[0].rows : (double)s->batch->count;
    for (size_t i = 0; s->batch->data->compares && i < p->head_count; i++) {
        const model_head *from = &s->model->heads[i];
        head_sums *h = &sums->heads[i];
        h->loss *= collect_mask_factor(from->loss, h);
        if (from->loss) sums->loss += (one ? h->loss : h->loss / h->rows * sums->rows) * from->weight;
    }
    sums->loss += penalty * sums->rows;
}

double collect_factor(const pass *s, const plan_sums *sums)
{
    double factor = 1;
    for (size_t i = 0; !s->plan->counts_first && i < s->plan->head_count; i++)
        if (s->model->heads[i].loss) factor *= collect_mask_factor(s->model->heads[i].loss, &sums->heads[i]);
    return factor;
}
