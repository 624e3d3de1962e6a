#include "model/step.h"

#include <string.h>
#include "tensor/view.h"

horn_status step_prepare(horn_model *m, bool training, size_t capacity)
{
    plan **p = training ? &m->training : &m->inference;
    horn_status status = model_need_pool(m);
    if (status || (*p && (*p)->capacity >= capacity)) return status;
    plan_free(*p);
    *p = NULL;
    return plan_new(p, m, training, capacity);
}

/* What one pass over the threads shares. */
typedef struct pass {
    horn_model *model;
    plan *plan;
    const batch *batch;
    float *out;
} pass;

/* ---- first pass: slices ---- */

static void gather(const pass *s, size_t first, size_t rows)
{
    plan *p = s->plan;
    const batch *b = s->batch;
    plan_array *input = &p->arrays[0], *output = &p->arrays[p->output];
    view_gather_float(b->x, b->order, b->first + first, rows, input->data + first * input->count);
    if (!b->y) return;
    size_t columns = output->shape.dim[output->shape.rank - 1];
    if (s->model->loss->class->targets == TARGET_LABELS)
        view_gather_labels(b->y, b->order, b->first + first, rows,
                           p->labels + first * (output->count / columns));
    else
        view_gather_float(b->y, b->order, b->first + first, rows, p->target_rows + first * output->count);
}

static void forward(const pass *s, lane *worker, size_t first, size_t rows)
{
    for (size_t i = 0; i < s->plan->step_count; i++) {
        const plan_step *step = &s->plan->steps[i];
        const plan_array *x = &s->plan->arrays[step->x], *y = &s->plan->arrays[step->y];
        tensor tx = plan_tensor(x, first, rows), ty = plan_tensor(y, first, rows);
        if (step->layer) {
            step->layer->class->forward(step->layer, worker, &tx, &ty);
        } else {
            size_t columns = y->shape.dim[y->shape.rank - 1];
            step->activation->forward(rows * (y->count / columns), columns, tx.data, ty.data);
        }
    }
}

/* Adds the slice's loss and metrics to the lane's sums and, in training, starts the gradient. */
static void compare(const pass *s, plan_sums *sums, size_t first, size_t rows)
{
    plan *p = s->plan;
    const horn_model *m = s->model;
    const plan_array *output = &p->arrays[p->output], *input = &p->arrays[p->loss_input];
    size_t columns = output->shape.dim[output->shape.rank - 1], positions = output->count / columns;
    targets t = { m->loss->class->targets, p->labels + first * positions,
                  p->target_rows + first * output->count };
    outputs_kind kind = p->loss_takes_logits || m->loss->from_logits ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES;
    float *gradient = p->training ? input->gradient + first * input->count : NULL;
    float scale = 1.0f / (float)(s->batch->count * positions);
    for (size_t i = 0; i < m->metric_count; i++)
        sums->metrics[i] +=
            m->metrics[i]->class->sum(rows * positions, columns, output->data + first * output->count, &t);
    sums->loss += m->loss->class->value(m->loss, kind, rows * positions, columns,
                                        input->data + first * input->count, &t, gradient, scale);
}

static void backward(const pass *s, lane *worker, size_t first, size_t rows)
{
    plan *p = s->plan;
    for (size_t i = p->step_count; i-- > 0;) {
        const plan_step *step = &p->steps[i];
        plan_array *x = &p->arrays[step->x], *y = &p->arrays[step->y];
        if (p->loss_takes_logits && step->y == p->output) continue; /* the loss went on from its input */
        tensor tx = plan_tensor(x, first, rows), ty = plan_tensor(y, first, rows),
               tdy = plan_gradient(y, first, rows);
        if (step->layer) {
            tensor tdx = x->gradient ? plan_gradient(x, first, rows) : (tensor){ 0 };
            step->layer->class->backward(step->layer, worker, &tx, &ty, &tdy, x->gradient ? &tdx : NULL);
        } else if (x->gradient) {
            size_t columns = y->shape.dim[y->shape.rank - 1];
            step->activation->backward(rows * (y->count / columns), columns, ty.data, tdy.data,
                                       x->gradient + first * x->count);
        }
    }
}

static void run_lane(void *context, size_t index, int thread)
{
    const pass *s = context;
    plan *p = s->plan;
    plan_lane *q = &p->lanes[index];
    size_t n = s->batch->count, size = plan_slice(n), slices = (n + size - 1) / size;
    (void)thread;
    q->sums = (plan_sums){ 0 };
    for (size_t l = 0; p->training && l < s->model->layer_count; l++)
        for (int k = 0; k < s->model->layers[l]->param_count; k++) {
            float *sums = q->gradients[l * LAYER_MAX_PARAMS + (size_t)k];
            if (sums) memset(sums, 0, shape_count(&s->model->layers[l]->params[k].shape) * sizeof *sums);
        }
    for (size_t slice = slices * index / PLAN_LANES; slice < slices * (index + 1) / PLAN_LANES; slice++) {
        size_t first = slice * size, rows = n - first < size ? n - first : size;
        q->lane.first = first;
        q->lane.step = (uint64_t)s->model->iteration;
        for (size_t l = 0; l < s->model->layer_count; l++)
            q->keep[l] = p->keep[l] ? p->keep[l] + first * s->model->layers[l]->keep : NULL;
        gather(s, first, rows);
        forward(s, &q->lane, first, rows);
        if (s->batch->y) compare(s, &q->sums, first, rows);
        if (p->training) backward(s, &q->lane, first, rows);
        const plan_array *output = &p->arrays[p->output];
        if (s->out)
            memcpy(s->out + first * output->count, output->data + first * output->count,
                   rows * output->count * sizeof(float));
    }
}

static void run_lanes(pass *s, plan_sums *sums)
{
    pool_run(s->model->pool, PLAN_LANES, run_lane, s);
    *sums = (plan_sums){ 0 };
    for (size_t n = 0; n < PLAN_LANES; n++) {
        sums->loss += s->plan->lanes[n].sums.loss;
        for (size_t i = 0; i < s->model->metric_count; i++)
            sums->metrics[i] += s->plan->lanes[n].sums.metrics[i];
    }
}

/* ---- second pass: parts of the parameters ---- */

/* The one place where gradients of lanes meet. */
static void join(const plan *p, size_t slot, range r, float *gradient)
{
    memcpy(gradient + r.first, p->lanes[0].gradients[slot] + r.first, (r.end - r.first) * sizeof *gradient);
    for (size_t n = 1; n < PLAN_LANES; n++) {
        const float *sums = p->lanes[n].gradients[slot];
        for (size_t i = r.first; i < r.end; i++) gradient[i] += sums[i];
    }
}

static void update(const horn_model *m, param *q, range r)
{
    step_info info = { m->iteration, m->optimizer->learning_rate };
    float *slots[OPTIMIZER_MAX_SLOTS];
    size_t offset = (size_t)(q->value - m->weights) + r.first;
    if (r.first == r.end) return;
    for (size_t s = 0; s < m->slot_count; s++) slots[s] = m->slots[s] + offset;
    m->optimizer->class->step(m->optimizer, &info, r.end - r.first, m->weights + offset,
                              m->gradients + offset, slots);
}

/* Part `index` of a layer whose gradient goes by parts: rows of its first parameter, and the others with the
 * first. */
static void run_rows(const pass *s, layer *l, size_t index)
{
    plan *p = s->plan;
    size_t rows = l->gradient_parts, row = shape_count(&l->params[0].shape) / rows;
    range part = plan_part(rows, 1, index, PLAN_LANES);
    if (part.first == part.end) return;
    for (size_t i = 0; i < p->step_count; i++) {
        if (p->steps[i].layer != l) continue;
        tensor x = plan_tensor(&p->arrays[p->steps[i].x], 0, s->batch->count);
        tensor dy = plan_gradient(&p->arrays[p->steps[i].y], 0, s->batch->count);
        l->class->gradient(l, &p->lanes[index].lane, part, &x, &dy);
    }
    update(s->model, &l->params[0], (range){ part.first * row, part.end * row });
    for (int k = 1; part.first == 0 && k < l->param_count; k++)
        if (l->params[k].gradient)
            update(s->model, &l->params[k], (range){ 0, shape_count(&l->params[k].shape) });
}

static void run_part(void *context, size_t index, int thread)
{
    const pass *s = context;
    (void)thread;
    for (size_t i = 0; i < s->model->layer_count; i++) {
        layer *l = s->model->layers[i];
        if (l->class->flags & LAYER_GRADIENT_BY_PARTS) {
            if (l->param_count && l->params[0].gradient) run_rows(s, l, index);
            continue;
        }
        for (int k = 0; k < l->param_count; k++) {
            param *q = &l->params[k];
            if (!q->gradient) continue;
            range r = plan_part(shape_count(&q->shape), 16, index, PLAN_LANES);
            join(s->plan, i * LAYER_MAX_PARAMS + (size_t)k, r, q->gradient);
            update(s->model, q, r);
        }
    }
}

void step_train(horn_model *m, const batch *b, plan_sums *sums)
{
    pass s = { m, m->training, b, NULL };
    run_lanes(&s, sums);
    pool_run(m->pool, PLAN_LANES, run_part, &s);
    m->iteration++;
}

void step_infer(horn_model *m, const batch *b, plan_sums *sums, float *out)
{
    pass s = { m, m->inference, b, out };
    run_lanes(&s, sums);
}
