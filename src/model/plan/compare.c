#include "model/plan/compare.h"

#include <string.h>

typedef struct comparison {
    const horn_model *model;
    outputs_kind kind;
    /* The loss reads the input of the last activation. */
    bool takes_logits;
    plan_sums *sums;
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
    const horn_model *m = c->model;
    const size_t n = end - first, at = first * c->columns;
    const targets t = { c->targets.kind, c->targets.labels ? c->targets.labels + first : NULL,
                        c->targets.rows ? c->targets.rows + at : NULL };
    const metric_rows compared = { .rows = n,
                                   .columns = c->columns,
                                   .outputs = c->output + at,
                                   .targets = &t,
                                   .logits = c->takes_logits ? c->input + at : NULL,
                                   .logits_kind = m->loss->class->logits,
                                   .weights = c->of_metrics ? c->of_metrics + first : NULL };
    for (size_t i = 0; i < m->metric_count; i++)
        metric_update(m->metrics[i], &compared, c->sums->metrics + m->metric_first[i]);
    c->sums->loss +=
        loss_value(m->loss, c->kind, n, c->columns, c->input + at, &t, c->weights ? c->weights + first : NULL,
                   c->gradient ? c->gradient + at : NULL, c->scale);
}

/* What a row adds to the divisor of a mean. */
static double share_of(const comparison *c, size_t row)
{
    const loss *l = c->model->loss;
    if (l->reduction == REDUCTION_WEIGHTED_MEAN && c->weights) return (double)c->weights[row];
    return l->ignores && c->targets.labels[row] == l->ignored_label ? 0 : 1;
}

static void compare_masked(const comparison *c, const unsigned char *mask, size_t rows)
{
    for (size_t first = 0, end; first < rows; first = end) {
        double share = 0;
        for (end = first; end < rows && !mask[end] == !mask[first]; end++) share += share_of(c, end);
        c->sums->share += share;
        if (mask[first]) {
            compare_rows(c, first, end);
            c->sums->valid += (double)(end - first);
            c->sums->valid_share += share;
        } else if (c->gradient) {
            memset(c->gradient + first * c->columns, 0, (end - first) * c->columns * sizeof *c->gradient);
        }
    }
}

void compare_slice(plan *p, const horn_model *m, const row_weights *w, size_t index, size_t first,
                   size_t rows)
{
    const size_t workspace = p->lanes[index].workspace;
    const tensor output = plan_tensor(p, p->output, workspace, first, rows);
    const size_t columns = output.shape.dim[output.shape.rank - 1],
                 positions = shape_count(&output.shape) / columns;
    const bool logits = p->loss_takes_logits || m->loss->from_logits;
    const comparison c = {
        .model = m,
        .kind = logits ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES,
        .takes_logits = p->loss_takes_logits,
        .sums = &p->lanes[index].sums,
        .columns = columns,
        .output = output.data,
        .input = plan_tensor(p, p->loss_input, workspace, first, rows).data,
        .gradient = p->training ? plan_gradient(p, p->loss_input, workspace, first, rows).data : NULL,
        .targets = { m->loss->class->targets, p->labels ? p->labels + first * positions : NULL,
                     p->target_rows ? p->target_rows + first * positions * columns : NULL },
        .weights = w->loss ? w->loss + first * positions : NULL,
        .of_metrics = w->metrics ? w->metrics + first * positions : NULL,
        .scale = w->scale
    };
    if (output.mask)
        compare_masked(&c, output.mask, rows * positions);
    else
        compare_rows(&c, 0, rows * positions);
}
