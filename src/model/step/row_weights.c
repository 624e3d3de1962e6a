#include "model/step/row_weights.h"

#include <math.h>
#include "tensor/view.h"

/* Sizes of a batch. */
typedef struct sizes {
    size_t samples, positions, columns, rows;
} sizes;

static sizes sizes_of(const plan *p, const batch *b, size_t head)
{
    const plan_array *output = &p->arrays[p->heads[head].output];
    const size_t columns = output->shape.dim[output->shape.rank - 1], positions = output->count / columns;
    return (sizes){ b->count, positions, columns, b->count * positions };
}

/* One weight a sample is that of all its rows. */
static void gather_sample_weights(float *out, const batch *b, size_t head, sizes n)
{
    const horn_view *weights = &b->data->weights[head];
    if (!weights->data) {
        for (size_t i = 0; i < n.rows; i++) out[i] = 1;
        return;
    }
    view_gather_float(weights, b->order, b->first, n.samples, out);
    if (horn_view_count(weights) != weights->shape[0]) return;
    for (size_t i = n.samples; n.positions > 1 && i-- > 0;)
        for (size_t k = n.positions; k-- > 0;) out[i * n.positions + k] = out[i];
}

static size_t greatest(size_t n, const float *values)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

/* The class of a row: its label, its rounded target if it has one column, else the column of its greatest target. */
static int64_t class_of(const plan_head *h, target_kind kind, sizes n, size_t row)
{
    if (kind == TARGET_LABELS) return h->labels[row];
    const float *target = h->target_rows + row * n.columns;
    return n.columns > 1             ? (int64_t)greatest(n.columns, target)
           : fabsf(target[0]) < 1e9f ? (int64_t)rintf(target[0])
                                     : INT64_MIN;
}

static void apply_class_weights(float *weights, const plan_head *h, const batch *b, target_kind kind, sizes n)
{
    for (size_t row = 0; row < n.rows; row++) {
        const int64_t class = class_of(h, kind, n, row);
        for (size_t i = 0; i < b->class_weight_count; i++)
            if (b->class_weights[i].class_number == class) weights[row] *= (float)b->class_weights[i].weight;
    }
}

/* Rows of the ignored label have no weight. For a mean the others count for them, as Keras has it. */
static void ignore(float *out, const float *weights, const plan_head *h, const loss *l, sizes n)
{
    size_t valid = 0;
    for (size_t row = 0; row < n.rows; row++) valid += h->labels[row] != l->ignored_label;
    const float factor = l->reduction == REDUCTION_MEAN && valid ? (float)n.rows / (float)valid : 1;
    for (size_t row = 0; row < n.rows; row++)
        out[row] = h->labels[row] == l->ignored_label ? 0 : weights ? weights[row] * factor : factor;
}

static double divisor(const row_weights *w, const loss *l, sizes n)
{
    double sum = 0;
    if (l && l->reduction == REDUCTION_SUM) return 1;
    if (!l || l->reduction != REDUCTION_WEIGHTED_MEAN || !w->loss) return (double)n.rows;
    for (size_t row = 0; row < n.rows; row++) sum += (double)w->loss[row];
    return sum;
}

row_weights row_weights_of(plan *p, const horn_model *m, const batch *b, size_t head)
{
    row_weights w = { 0 };
    const sizes n = sizes_of(p, b, head);
    const plan_head *h = &p->heads[head];
    const loss *l = m->heads[head].loss;
    const horn_view *y = &b->data->y[head];
    const target_kind kind = b->data->targets[head];
    if (b->class_weight_count || (l && l->ignores)) {
        if (kind == TARGET_LABELS)
            view_gather_labels(y, b->order, b->first, b->count, h->labels);
        else
            view_gather_float(y, b->order, b->first, b->count, h->target_rows);
    }
    if (b->data->weights[head].data || b->class_weight_count) {
        gather_sample_weights(h->weights, b, head, n);
        apply_class_weights(h->weights, h, b, kind, n);
        w.metrics = w.loss = h->weights;
    }
    if (l && l->ignores) {
        ignore(h->loss_weights, w.metrics, h, l, n);
        w.loss = h->loss_weights;
    }
    const double by = divisor(&w, l, n);
    w.scale = by == 0 ? 0 : by == 1 ? 1 : 1.0f / (float)by;
    w.factor = by == (double)n.rows ? 1 : by == 0 ? 0 : (double)n.rows / by;
    return w;
}
