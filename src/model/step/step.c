#include "model/step/step.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "model/step/activity.h"
#include "model/step/backward.h"
#include "model/step/profile.h"
#include "model/step/collect.h"
#include "model/plan/slices.h"
#include "model/step/compare.h"
#include "model/step/update.h"
#include "tensor/view.h"

/* ---- first pass: slices ---- */

static void gather(const pass *s, size_t index, size_t first, size_t rows)
{
    plan *p = s->plan;
    const batch *b = s->batch;
    for (size_t i = 0; i < p->model_inputs; i++) {
        tensor input = plan_tensor(p, p->input_arrays[i], p->lanes[index].workspace, first, rows);
        view_gather_float(&b->data->x[i], b->order, b->first + first, rows, input.data);
        activity_add_loss(p, p->input_arrays[i], index, first, rows);
    }
    for (size_t i = 0; i < p->head_count; i++) {
        const plan_head *h = &p->heads[i];
        const plan_array *output = &p->arrays[h->output];
        if (!b->data->y[i].data) continue;
        const size_t columns = output->shape.dim[output->shape.rank - 1];
        if (b->data->targets[i] == TARGET_LABELS)
            view_gather_labels(&b->data->y[i], b->order, b->first + first, rows,
                               h->labels + first * (output->count / columns));
        else
            view_gather_float(&b->data->y[i], b->order, b->first + first, rows,
                              h->target_rows + first * output->count);
    }
}

/* Hands the outputs of the slice to the caller. */
static void give(const pass *s, size_t index, size_t first, size_t rows)
{
    const plan *p = s->plan;
    for (size_t i = 0; i < p->head_count; i++) {
        tensor output = plan_tensor(p, p->heads[i].output, p->lanes[index].workspace, first, rows);
        const size_t count = shape_count(&output.shape);
        memcpy(s->out[i] + first * count, output.data, rows * count * sizeof(float));
    }
}

/* Samples [first, first + rows) of a step's inputs. */
static void find_inputs(const plan *p, const plan_step *step, size_t workspace, size_t first, size_t rows,
                        tensor x[CALL_MOST_INPUTS])
{
    for (size_t i = 0; i < step->input_count; i++)
        x[i] = plan_tensor(p, step->inputs[i].array, workspace, first, rows);
}

static void run_call(const plan *p, const plan_step *step, lane *own, size_t first, const tensor *x,
                     tensor *y)
{
    const layer_class *class = step->call->layer->class;
    own->first = first * step->call->rows;
    if (class->forward) class->forward(step->call, own, x, y);
    if (!class->mask || !step->call->gives_mask) return;
    const plan_mask *mask = &p->masks[p->arrays[step->y].mask];
    class->mask(step->call, own, x, mask->data + first * mask->positions);
}

static void forward(const pass *s, size_t index, size_t first, size_t rows)
{
    plan *p = s->plan;
    for (size_t i = s->forward.first; i < s->forward.end; i++) {
        const plan_step *step = &p->steps[i];
        if (s->again && !step->again) continue;
        tensor x[CALL_MOST_INPUTS], y = plan_tensor(p, step->y, p->lanes[index].workspace, first, rows);
        find_inputs(p, step, p->lanes[index].workspace, first, rows, x);
        p->lanes[index].lane.relu = step->relu_forward;
        p->lanes[index].lane.top = step->top;
        if (step->call)
            run_call(p, step, &p->lanes[index].lane, first, x, &y);
        else if (!step->relu_forward)
            step->activation->forward(tensor_lines(&y), tensor_columns(&y), x->data, y.data);
        activity_add_loss(p, step->y, index, first, rows);
        profile_lap(s->profile, s->plan->lanes[index].thread, PROFILE_FORWARD, i);
    }
}

static void backward(const pass *s, size_t index, size_t first, size_t rows)
{
    const plan *p = s->plan;
    for (size_t i = s->backward.end; i-- > s->backward.first;) {
        if (!p->steps[i].runs_backward) continue;
        backward_step(p, &p->steps[i], index, first, rows, s->batch->count);
        profile_lap(s->profile, p->lanes[index].thread, PROFILE_BACKWARD, i);
    }
}

/* Adds the slice's share of a coupling's sums. */
static void share(const pass *s, size_t index, size_t first, size_t rows)
{
    plan *p = s->plan;
    const plan_step *step = s->gather ? s->gather : s->gather_back;
    if (!step || (s->gather_back && !step->runs_backward)) return;
    tensor x = plan_tensor(p, step->x, p->lanes[index].workspace, first, rows);
    double *sums = p->lanes[index].shares[step->call->number];
    if (s->gather) {
        step->call->layer->class->coupling->gather(step->call, &x, sums);
        profile_lap(s->profile, s->plan->lanes[index].thread, PROFILE_FORWARD, (size_t)(step - p->steps));
        return;
    }
    tensor dy = plan_gradient(p, step->y, p->lanes[index].workspace, first, rows);
    step->call->layer->class->coupling->gather_back(step->call, &p->lanes[index].lane, &x, &dy, sums);
    profile_lap(s->profile, s->plan->lanes[index].thread, PROFILE_BACKWARD, (size_t)(step - p->steps));
}

/* What the calls of the steps keep of the slice. */
static void find_keep(const plan *p, plan_lane *q, size_t first, stretch steps)
{
    for (size_t i = steps.first; i < steps.end; i++) {
        const call *c = p->steps[i].call;
        if (c && p->keep[c->number]) q->keep[c->number] = p->keep[c->number] + first * c->rows * c->keep;
    }
}

static void run_slice(const pass *s, size_t index, size_t first, size_t rows)
{
    plan *p = s->plan;
    plan_lane *q = &p->lanes[index];
    q->lane.step = (uint64_t)s->model->iteration;
    find_keep(p, q, first, s->forward);
    find_keep(p, q, first, s->backward);
    if (s->begins) gather(s, index, first, rows);
    profile_lap(s->profile, s->plan->lanes[index].thread, PROFILE_GATHER, 0);
    forward(s, index, first, rows);
    if (s->counts) compare_count(p, s->model, s->batch, s->weights, index, first, rows);
    if (s->ends && s->batch->data->compares)
        compare_slice(p, s->model, s->batch, s->weights, index, first, rows);
    profile_lap(s->profile, s->plan->lanes[index].thread, PROFILE_LOSS, 0);
    backward(s, index, first, rows);
    share(s, index, first, rows);
    if (s->ends && s->out) give(s, index, first, rows);
}

static void clear_sums(const pass *s, plan_lane *q)
{
    const horn_model *m = s->model;
    q->sums.activity = 0;
    memset(q->sums.heads, 0, s->plan->head_count * sizeof *q->sums.heads);
    memset(q->sums.metrics, 0, m->metric_states * sizeof *q->sums.metrics);
    for (size_t i = 0; i < m->weight_count; i++)
        if (q->gradients[i])
            memset(q->gradients[i], 0, shape_count(&m->weights[i]->shape) * sizeof **q->gradients);
}

static void clear_lane(void *context, size_t index, int thread)
{
    (void)thread;
    clear_sums(context, &((const pass *)context)->plan->lanes[index]);
}

static void clear(const pass *s, plan_lane *q)
{
    const plan_step *coupled = s->gather ? s->gather : s->gather_back;
    if (coupled) memset(q->shares[coupled->call->number], 0, coupled->call->sums * sizeof **q->shares);
    if (s->begins && s->tasks == s->all_tasks) clear_sums(s, q);
}

static void run_lane(void *context, size_t index, int thread)
{
    const pass *s = context;
    plan_lane *q = &s->plan->lanes[index];
    const size_t n = s->batch->count, slices = (n + s->slice - 1) / s->slice;
    q->thread = (size_t)thread;
    q->workspace = s->tasks <= s->plan->workspaces ? index : (size_t)thread;
    q->lane.scratch = s->plan->scratch + (size_t)thread * s->plan->scratch_floats;
    profile_begin(s->profile, (size_t)thread);
    clear(s, q);
    for (size_t slice = slices * index / s->tasks; slice < slices * (index + 1) / s->tasks; slice++) {
        size_t first = slice * s->slice, rows = n - first < s->slice ? n - first : s->slice;
        run_slice(s, index, first, rows);
    }
}

/* ---- stretches ---- */

/* Cuts the batch as the stretch of steps wants it. */
static void set_stretch(pass *s, size_t index)
{
    s->tasks = cut_tasks(s->batch->count, s->plan->slices[index]);
    s->slice = cut_slice(s->batch->count, s->plan->slices[index]);
}

/* Joins the lanes' shares. */
static double *join_shares(const pass *s, const call *c, double *sums)
{
    double values[CUT_MOST];
    for (size_t i = 0; i < c->sums; i++) {
        for (size_t n = 0; n < s->tasks; n++) values[n] = s->plan->lanes[n].shares[c->number][i];
        sums[i] = cut_sum(s->batch->count, values, 1, s->tasks);
    }
    return sums;
}

/* Piece `index` of what each layer prepares. */
static void prepare_piece(void *context, size_t index, int thread)
{
    const pass *s = context;
    size_t passed = 0;
    profile_begin(s->profile, (size_t)thread);
    for (size_t i = 0; i < s->plan->step_count; i++) {
        const call *c = s->plan->steps[i].call;
        while (passed < s->plan->coupled_count && s->plan->coupled[passed] <= i) passed++;
        if (!c || !c->prepared) continue;
        const range part = cut_range(c->prepare_parts, 1, index, s->plan->prepare_pieces);
        if (part.first < part.end)
            c->layer->class->prepare(c, s->plan->training,
                                     cut_slice(s->batch->count, s->plan->slices[passed]) * c->rows, part,
                                     s->plan->prepared[c->number]);
        profile_lap(s->profile, (size_t)thread, PROFILE_FORWARD, i);
    }
}

/* In inference what is prepared lasts until the weights change; training takes its memory. */
static void prepare(pass *s)
{
    plan *p = s->plan;
    horn_model *m = s->model;
    const size_t rows = cut_slice(s->batch->count, p->slices[0]);
    if (!p->training && m->is_read && !m->changed && p->prepared_rows == rows) return;
    if (!p->training && m->is_read) m->changed = false;
    if (m->inference) m->inference->prepared_rows = p->training ? 0 : rows;
    if (s->plan->prepare_pieces > 1)
        pool_run(s->model->pool, s->plan->prepare_pieces, prepare_piece, s);
    else if (s->plan->prepare_pieces)
        prepare_piece(s, 0, 0);
}

/* Counts the rows of each loss in a pass of its own, after which each has its factor. */
static void count_rows_first(pass *s)
{
    const plan *p = s->plan;
    s->counts = true;
    pool_run(s->model->pool, s->tasks, run_lane, s);
    s->counts = s->begins = false;
    for (size_t i = 0; i < p->head_count; i++) {
        const head_sums counted = collect_shares(s, i);
        s->weights[i].scale *= (float)collect_mask_factor(s->model->heads[i].loss, &counted);
        for (size_t n = 0; n < s->all_tasks; n++) p->lanes[n].sums.heads[i] = (head_sums){ 0 };
    }
    s->forward.first = p->step_count;
}

/* Runs the forward stretches but the last one, which continues to the loss and backward. */
static void run_forward(pass *s)
{
    const plan *p = s->plan;
    s->begins = true;
    set_stretch(s, 0);
    if (s->tasks != s->all_tasks) pool_run(s->model->pool, s->all_tasks, clear_lane, s);
    for (size_t i = 0; i < p->coupled_count; i++) {
        const call *c = p->steps[p->coupled[i]].call;
        set_stretch(s, i);
        s->forward.end = p->coupled[i];
        s->gather = &p->steps[p->coupled[i]];
        pool_run(s->model->pool, s->tasks, run_lane, s);
        profile_begin(s->profile, 0);
        c->layer->class->coupling->settle(c, s->batch->count * c->rows,
                                          join_shares(s, c, p->sums[c->number]));
        profile_lap(s->profile, 0, PROFILE_FORWARD, p->coupled[i]);
        s->forward.first = p->coupled[i];
        s->begins = false;
    }
    set_stretch(s, p->coupled_count);
    s->forward.end = p->step_count;
    s->gather = NULL;
    if (p->counts_first) count_rows_first(s);
    s->ends = true;
}

/* settle_back adds to the gradients, as a layer may have several calls. */
static void clear_settled(const plan *p)
{
    for (size_t i = 0; i < p->coupled_count; i++) {
        const layer *l = p->steps[p->coupled[i]].call->layer;
        for (size_t k = 0; k < l->weight_count; k++)
            if (l->weights[k].gradient)
                memset(l->weights[k].gradient, 0, shape_count(&l->weights[k].shape) * sizeof(float));
    }
}

static void run_backward(pass *s)
{
    const plan *p = s->plan;
    clear_settled(p);
    s->backward.end = p->step_count;
    for (size_t i = p->coupled_count; i-- > 0;) {
        const call *c = p->steps[p->coupled[i]].call;
        s->backward.first = p->coupled[i] + 1;
        s->gather_back = &p->steps[p->coupled[i]];
        pool_run(s->model->pool, s->tasks, run_lane, s);
        profile_begin(s->profile, 0);
        c->layer->class->coupling->settle_back(c, s->batch->count * c->rows,
                                               join_shares(s, c, p->sums[c->number] + c->sums));
        profile_lap(s->profile, 0, PROFILE_BACKWARD, p->coupled[i]);
        s->begins = s->ends = false;
        s->again = true;
        s->forward = (stretch){ i ? p->coupled[i - 1] : 0, p->coupled[i] };
        s->backward.end = p->coupled[i] + 1;
        set_stretch(s, i);
    }
    s->backward.first = 0;
    s->gather_back = NULL;
    pool_run(s->model->pool, s->tasks, run_lane, s);
}

/* ---- a batch ---- */

static pass begin(horn_model *m, plan *p, const batch *b)
{
    pass s = { .model = m,
               .plan = p,
               .batch = b,
               .profile = p->training ? m->profile : NULL,
               .all_tasks = slices_tasks(p, b->count) };
    for (size_t i = 0; i < p->head_count; i++) {
        if (!b->data->y[i].data) continue;
        s.weights[i] = row_weights_of(p, m, b, i);
        if (m->heads[i].weight != 1) s.weights[i].scale *= (float)m->heads[i].weight;
    }
    return s;
}

horn_status step_train(horn_model *m, const batch *b, plan_sums *sums)
{
    horn_status status = step_prepare(m, true, b->data->inputs, b->count);
    if (status) return status;
    pass s = begin(m, m->training, b);
    profile_step_begins(s.profile);
    prepare(&s);
    run_forward(&s);
    run_backward(&s);
    collect_sums(&s, sums);
    collect_losses(&s, sums, update_run(m, b->count, (float)collect_factor(&s, sums)) + sums->activity);
    m->iteration++;
    profile_step_ends(s.profile);
    return HORN_OK;
}

horn_status step_infer(horn_model *m, const batch *b, plan_sums *sums, float *const *out)
{
    horn_status status = step_prepare(m, false, b->data->inputs, b->count);
    if (status) return status;
    pass s = begin(m, m->inference, b);
    double penalty = 0;
    s.out = out;
    prepare(&s);
    run_forward(&s);
    pool_run(m->pool, s.tasks, run_lane, &s);
    collect_sums(&s, sums);
    for (size_t i = 0; b->data->compares && i < m->weight_count; i++) {
        const weight *q = m->weights[i];
        if (q->regularizer.class)
            penalty += regularizer_loss(&q->regularizer, shape_count(&q->shape), q->value);
    }
    collect_losses(&s, sums, penalty + sums->activity);
    return HORN_OK;
}
