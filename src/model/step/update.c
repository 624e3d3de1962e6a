#include "model/step/update.h"

#include <math.h>
#include <string.h>
#include "model/step/gradient_parts.h"
#include "model/step/profile.h"

/* Data that all threads of one pass share. */
typedef struct update {
    horn_model *model;
    plan *plan;
    /* Samples of the batch; parts of the weights. */
    size_t n, parts;
    /* Of all gradients. */
    float factor;
    /* The optimizer makes its step on the rows alone that a batch touches, for weights of LAYER_GRADIENT_OF_ROWS. */
    bool skips_rows;
    step_info info;
    /* The batch makes a step; else its gradients are only accumulated. */
    bool makes_step;
    /* The slot of the weights' average, if there is one; it begins with the weights as they are before this batch. */
    size_t average;
    bool begins_average;
    /* Gradient and update; gradient and its norm; update. */
    enum { PASS_WHOLE, PASS_GRADIENT, PASS_UPDATE } pass;
} update;

/* ---- adding sums ---- */

/* Sums of a weight's gradient, each in the weight's shape: of lanes, or of groups of leaves. */
typedef struct sums {
    const plan *plan;
    size_t number;
    /* 0: sums of lanes; else the floats from one group's sum to the next. */
    size_t stride;
} sums;

static const float *sums_at(const sums *s, size_t i)
{
    return s->stride ? s->plan->leaves[s->number] + i * s->stride : s->plan->lanes[i].gradients[s->number];
}

/* Adds floats [at, at + n) of sums [first, end) in a tree; the result points into the sum if there is one, else into room. */
static const float *add_tree(const sums *s, size_t first, size_t end, size_t at, size_t n, float *room)
{
    if (end - first == 1) return sums_at(s, first) + at;
    const size_t middle = first + cut_branch(end - first);
    const float *x = add_tree(s, first, middle, at, n, room);
    const float *y = add_tree(s, middle, end, at, n, room + UPDATE_PIECE);
    for (size_t i = 0; i < n; i++) room[i] = x[i] + y[i];
    return room;
}

/* Adds floats r of `count` sums into the gradient, in a tree or one after the other. */
static void add_up(const sums *s, size_t count, range r, bool tree, float *gradient, float *room)
{
    for (size_t at = r.first; tree && at < r.end; at += UPDATE_PIECE) {
        const size_t n = r.end - at < UPDATE_PIECE ? r.end - at : UPDATE_PIECE;
        memcpy(gradient + at, add_tree(s, 0, count, at, n, room), n * sizeof *gradient);
    }
    if (tree) return;
    memcpy(gradient + r.first, sums_at(s, 0) + r.first, (r.end - r.first) * sizeof *gradient);
    for (size_t k = 1; k < count; k++) {
        const float *more = sums_at(s, k);
        for (size_t i = r.first; i < r.end; i++) gradient[i] += more[i];
    }
}

/* ---- steps ---- */

/* Adds the regularizer's gradient and returns the penalty of floats r of a weight, before the optimizer changes them. */
static double add_penalty(const weight *q, range r)
{
    if (!q->regularizer.class || r.first == r.end) return 0;
    regularizer_add_gradient(&q->regularizer, r.end - r.first, q->value + r.first, q->gradient + r.first);
    return regularizer_loss(&q->regularizer, r.end - r.first, q->value + r.first);
}

/* Adds floats of a gradient to the accumulated sum; in a batch that makes a step, makes it the mean and begins a new sum. */
static void accumulate(const update *u, size_t n, float *gradient, float *sum)
{
    const float steps = (float)u->model->optimizer->accumulation;
    for (size_t i = 0; i < n; i++) {
        const float all = gradient[i] + sum[i];
        sum[i] = u->makes_step ? 0 : all;
        if (u->makes_step) gradient[i] = all / steps;
    }
}

/* Makes the optimizer's step on floats r of a weight, or adds their squared gradient to the norm. */
static void take_step(const update *u, size_t index, const weight *q, range r)
{
    const horn_model *m = u->model;
    const plan *p = u->plan;
    float *slots[OPTIMIZER_ALL_SLOTS];
    const size_t offset = (size_t)(q->value - m->values) + r.first;
    step_info info = u->info;
    info.norm = p->norms[q->number];
    info.is_excluded = optimizer_excludes(m->optimizer, q->layer ? q->layer->name : NULL, q->name);
    if (r.first == r.end) return;
    for (size_t i = r.first; u->pass != PASS_UPDATE && u->factor != 1 && i < r.end; i++)
        q->gradient[i] *= u->factor;
    if (u->pass != PASS_UPDATE) p->penalties[index] += add_penalty(q, r);
    if (u->pass != PASS_UPDATE && m->optimizer->accumulation)
        accumulate(u, r.end - r.first, m->gradients + offset, m->slots[m->slot_count - 1] + offset);
    if (u->pass == PASS_GRADIENT) {
        p->squares[index * m->weight_count + q->number] =
            optimizer_sum_squares(r.end - r.first, m->gradients + offset) +
            p->squares[index * m->weight_count + q->number];
        return;
    }
    for (size_t i = 0; i < m->slot_count; i++) slots[i] = m->slots[i] + offset;
    if (u->begins_average) memcpy(slots[u->average], m->values + offset, (r.end - r.first) * sizeof(float));
    if (u->makes_step)
        optimizer_update(m->optimizer, &info, r.end - r.first, m->values + offset, m->gradients + offset,
                         slots);
    if (m->optimizer->use_ema)
        optimizer_average(m->optimizer, info.iteration, r.end - r.first, m->values + offset,
                          slots[u->average]);
}

/* The same on rows `part` of the layer's first weight: all, or those that the batch touched. */
static void take_rows(const update *u, const call *c, size_t index, range part, size_t row,
                      const unsigned char *touched)
{
    const weight *q = &c->layer->weights[0];
    for (size_t first = part.first, end; first < part.end; first = end) {
        for (end = first + 1; end < part.end && (!touched || touched[end] == touched[first]);) end++;
        if (!touched || touched[first]) take_step(u, index, q, (range){ first * row, end * row });
    }
}

/* NULL: the gradient and the step of all rows are computed. A penalty and its gradient are those of all rows. */
static unsigned char *touched_of(const update *u, const call *c)
{
    const weight *q = &c->layer->weights[0];
    return u->skips_rows && !q->regularizer.class ? u->plan->touched[q->number] : NULL;
}

/* Part `index` of a layer whose gradient is computed by parts, in a batch without leaves: rows of its first weight, and in part
 * 0 the other weights. */
static void run_rows(const update *u, const call *c, size_t index, int thread)
{
    const layer *l = c->layer;
    const size_t rows = c->gradient_parts, parts = cut_gradient_parts(u->n, rows),
                 row = shape_count(&l->weights[0].shape) / rows;
    if (index >= parts) return;
    const range part = cut_range(rows, LAYER_PART_GRAIN, index, parts);
    if (part.first == part.end) return;
    unsigned char *touched = touched_of(u, c);
    if (u->pass != PASS_UPDATE) gradient_parts_whole(u->plan, c, u->n, part, thread, touched);
    take_rows(u, c, index, part, row, touched);
    for (size_t k = 1; part.first == 0 && k < l->weight_count; k++)
        take_step(u, index, &l->weights[k], (range){ 0, shape_count(&l->weights[k].shape) });
}

/* Part `index` of each weight of a layer whose gradients are in the lanes, in groups of leaves, or settled. */
static void run_joined(const update *u, const call *c, size_t index, int thread, size_t groups)
{
    const layer *l = c->layer;
    float *room = u->plan->scratch + (size_t)thread * u->plan->scratch_floats + u->plan->room_at;
    for (size_t k = 0; k < l->weight_count; k++) {
        const weight *q = &l->weights[k];
        if (!q->gradient) continue;
        const size_t count = shape_count(&q->shape);
        const range r = cut_range(count, 16, index, u->parts);
        const sums s = { u->plan, q->number, groups ? count : 0 };
        if (!layer_couples(l, true) && u->pass != PASS_UPDATE)
            add_up(&s, groups ? groups : cut_tasks(u->n, u->plan->uses[q->number].slice), r, u->n >= CUT_WIDE,
                   q->gradient, room);
        take_step(u, index, q, r);
    }
}

static void run_part(void *context, size_t index, int thread)
{
    const update *u = context;
    profile *clock = u->model->profile;
    profile_begin(clock, (size_t)thread);
    if (u->pass != PASS_UPDATE) u->plan->penalties[index] = 0;
    if (u->pass == PASS_GRADIENT)
        memset(u->plan->squares + index * u->model->weight_count, 0, u->model->weight_count * sizeof(double));
    for (size_t i = 0; i < u->plan->call_count; i++) {
        const call *c = u->plan->calls[i];
        const bool by_parts = c->layer->class->flags & LAYER_GRADIENT_BY_PARTS;
        if (!plan_is_first(u->plan, c)) continue;
        if (!by_parts)
            run_joined(u, c, index, thread, 0);
        else if (!c->layer->weights[0].gradient)
            continue;
        else if (cut_leaves(u->n) == 1 || c->layer->class->flags & LAYER_GRADIENT_OF_ROWS)
            run_rows(u, c, index, thread);
        else
            run_joined(u, c, index, thread, cut_call_groups(c, u->n));
        profile_lap(clock, (size_t)thread, PROFILE_PARAMETERS, i);
    }
}

/* Computes the norm of each gradient, or, if `global`, that of all gradients together, stored for each weight. */
static void settle_norms(const update *u, bool global)
{
    const plan *p = u->plan;
    const size_t count = u->model->weight_count;
    double all = 0;
    for (size_t i = 0; i < count; i++) {
        const double squares = cut_sum(u->n, p->squares + i, count, u->parts);
        p->norms[i] = (float)sqrt(squares);
        all += squares;
    }
    for (size_t i = 0; global && i < count; i++) p->norms[i] = (float)sqrt(all);
}

/* Weight `index`, as a whole. */
static void constrain(void *context, size_t index, int thread)
{
    const weight *q = ((const update *)context)->model->trained[index];
    (void)thread;
    if (q->constraint.class) constraint_apply(&q->constraint, &q->shape, q->value);
}

static bool has_constraints(const horn_model *m)
{
    for (size_t i = 0; i < m->trained_count; i++)
        if (m->trained[i]->constraint.class) return true;
    return false;
}

double update_run(horn_model *m, size_t n, float factor)
{
    const int64_t steps = optimizer_steps(m->optimizer, m->iteration);
    const bool makes_step = optimizer_steps(m->optimizer, m->iteration + 1) > steps;
    if (m->optimizer->class->factor && makes_step)
        m->product *= m->optimizer->class->factor(m->optimizer, steps + 1);
    const clipping clips = makes_step ? optimizer_clips_norms(m->optimizer) : CLIP_NO_NORM;
    update u = { .model = m,
                 .plan = m->training,
                 .n = n,
                 .factor = factor,
                 .skips_rows = optimizer_skips_rows(m->optimizer),
                 .parts = cut_parts(n),
                 .makes_step = makes_step,
                 .average = m->optimizer->use_ema ? optimizer_average_slot(m->optimizer, m->slot_count) : 0,
                 .begins_average =
                     m->optimizer->use_ema && m->optimizer->ema_starts_before && m->iteration == 0,
                 .info = { .iteration = steps,
                           .learning_rate = optimizer_learning_rate(m->optimizer, m->iteration),
                           .product = m->product },
                 .pass = clips == CLIP_NO_NORM ? PASS_WHOLE : PASS_GRADIENT };
    gradient_parts_leaves(m, n);
    pool_run(m->pool, u.parts, run_part, &u);
    if (clips != CLIP_NO_NORM) {
        settle_norms(&u, clips == CLIP_GLOBAL_NORM);
        u.pass = PASS_UPDATE;
        pool_run(m->pool, u.parts, run_part, &u);
    }
    if (has_constraints(m)) pool_run(m->pool, m->trained_count, constrain, &u);
    return cut_sum(n, u.plan->penalties, 1, u.parts);
}

void update_take_average(horn_model *m)
{
    if (!m->optimizer->use_ema || m->iteration == 0) return;
    const float *average = m->slots[optimizer_average_slot(m->optimizer, m->slot_count)];
    for (size_t i = 0; i < m->trained_count; i++) {
        const weight *q = m->trained[i];
        memcpy(q->value, average + (q->value - m->values), shape_count(&q->shape) * sizeof *average);
    }
}
