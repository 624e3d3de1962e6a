#include "model/step/compare.h"

#include <string.h>
#include "model/step/activity.h"

typedef struct comparison {
    const model_head *head;
    outputs_kind kind;
    /* The loss reads the input of the last activation. */
    bool takes_logits;
    head_sums *sums;
    /* The metrics' states of all outputs. */
    double *states;
    /* Arrays [rows, columns]; gradient is NULL in inference. */
    size_t columns;
    const float *output, *input;
    float *gradient;
    targets targets;
    /* [rows]; NULL: all are 1. */
    const float *weights, *of_metrics;
    float scale;
} comparison;

static void compare_rows(const comparison *c, size_t first, size_t end)
{
    const loss *l = c->head->loss;
    const size_t n = end - first, at = first * c->columns;
    const targets t = { c->targets.kind, c->targets.labels ? c->targets.labels + first : NULL,
                        c->targets.rows ? c->targets.rows + at : NULL };
    const metric_rows compared = { .rows = n,
                                   .columns = c->columns,
                                   .outputs = c->output + at,
                                   .targets = &t,
                                   .logits = c->takes_logits ? c->input + at : NULL,
                                   .logits_kind = l ? l->class->logits : 0,
                                   .weights = c->of_metrics ? c->of_metrics + first : NULL };
    for (size_t i = 0; i < c->head->metric_count; i++)
        metric_update(c->head->metrics[i], &compared, c->states + c->head->metric_first[i]);
    if (l)
        c->sums->loss +=
            loss_value(l, c->kind, n, c->columns, c->input + at, &t, c->weights ? c->weights + first : NULL,
                       c->gradient ? c->gradient + at : NULL, c->scale);
}

/* What a row adds to the divisor of a mean. */
static double share_of(const comparison *c, size_t row)
{
    const loss *l = c->head->loss;
    if (!l) return 1;
    if (l->reduction == REDUCTION_WEIGHTED_MEAN && c->weights) return (double)c->weights[row];
    return l->ignores && c->targets.labels[row] == l->ignored_label ? 0 : 1;
}

/* `counts`: nothing but the rows are counted. */
static void compare_masked(const comparison *c, const unsigned char *mask, size_t rows, bool counts)
{
    for (size_t first = 0, end; first < rows; first = end) {
        double share = 0;
        for (end = first; end < rows && !mask[end] == !mask[first]; end++) share += share_of(c, end);
        c->sums->share += share;
        if (mask[first]) {
            if (!counts) compare_rows(c, first, end);
            c->sums->valid += (double)(end - first);
            c->sums->valid_share += share;
        } else if (c->gradient && !counts) {
            memset(c->gradient + first * c->columns, 0, (end - first) * c->columns * sizeof *c->gradient);
        }
    }
}

/* Where the gradient is written: over that of the array, or, to be added to it, into room. */
static float *gradient_of(const plan *p, const plan_head *h, size_t workspace, size_t first, size_t rows)
{
    if (!p->arrays[h->loss_input].gradient) return NULL;
    if (h->adds) return p->addends + workspace * p->workspace_floats;
    return plan_gradient(p, h->loss_input, workspace, first, rows).data;
}

static comparison comparison_of(plan *p, const model_head *from, const row_weights *w, target_kind kind,
                                size_t index, size_t number, size_t first, size_t rows)
{
    const plan_head *h = &p->heads[number];
    const size_t workspace = p->lanes[index].workspace;
    const tensor output = plan_tensor(p, h->output, workspace, first, rows);
    const size_t columns = output.shape.dim[output.shape.rank - 1],
                 positions = shape_count(&output.shape) / columns;
    const bool logits = h->takes_logits || (from->loss && from->loss->from_logits),
               is_labels = kind == TARGET_LABELS;
    return (comparison){ .head = from,
                         .kind = logits ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES,
                         .takes_logits = h->takes_logits,
                         .sums = &p->lanes[index].sums.heads[number],
                         .states = p->lanes[index].sums.metrics,
                         .columns = columns,
                         .output = output.data,
                         .input = plan_tensor(p, h->loss_input, workspace, first, rows).data,
                         .gradient =
                             p->training && from->loss ? gradient_of(p, h, workspace, first, rows) : NULL,
                         .targets = { kind, is_labels ? h->labels + first * positions : NULL,
                                      is_labels ? NULL : h->target_rows + first * positions * columns },
                         .weights = w->loss ? w->loss + first * positions : NULL,
                         .of_metrics = w->metrics ? w->metrics + first * positions : NULL,
                         .scale = w->scale };
}

static void compare_head(plan *p, const model_head *from, const row_weights *w, target_kind kind,
                         size_t index, size_t number, size_t first, size_t rows, bool counts)
{
    const comparison c = comparison_of(p, from, w, kind, index, number, first, rows);
    const tensor output = plan_tensor(p, p->heads[number].output, p->lanes[index].workspace, first, rows);
    const size_t all = rows * shape_count(&output.shape) / c.columns;
    if (output.mask)
        compare_masked(&c, output.mask, all, counts);
    else if (!counts)
        compare_rows(&c, 0, all);
}

/* After the loss: adds its gradient to that of another output, or begins one that only an activity regularizer has. */
static void settle_gradient(const plan *p, const model_head *from, size_t number, size_t index, size_t first,
                            size_t rows, size_t samples)
{
    const plan_head *h = &p->heads[number];
    if (!p->arrays[h->loss_input].gradient) return;
    const size_t workspace = p->lanes[index].workspace, n = rows * p->arrays[h->loss_input].count;
    float *dy = plan_gradient(p, h->loss_input, workspace, first, rows).data;
    const float *addend = h->adds ? gradient_of(p, h, workspace, first, rows) : NULL;
    for (size_t i = 0; addend && i < n; i++) dy[i] += addend[i];
    if (h->begins && !from->loss) memset(dy, 0, n * sizeof *dy);
    if (h->begins) activity_add_gradient(p, h->output, index, first, rows, samples);
}

void compare_slice(plan *p, const horn_model *m, const batch *b, const row_weights *w, size_t index,
                   size_t first, size_t rows)
{
    for (size_t i = 0; i < p->head_count; i++) {
        if (b->data->y[i].data)
            compare_head(p, &m->heads[i], &w[i], b->data->targets[i], index, i, first, rows, false);
        if (p->training) settle_gradient(p, &m->heads[i], i, index, first, rows, b->count);
    }
}

void compare_count(plan *p, const horn_model *m, const batch *b, const row_weights *w, size_t index,
                   size_t first, size_t rows)
{
    for (size_t i = 0; i < p->head_count; i++)
        if (b->data->y[i].data)
            compare_head(p, &m->heads[i], &w[i], b->data->targets[i], index, i, first, rows, true);
}
