#include "model/plan/update.h"

#include <math.h>
#include <string.h>
#include "model/plan/profile.h"

/* What one pass over the threads shares. */
typedef struct update {
    horn_model *model;
    plan *plan;
    size_t rows; /* of the batch */
    step_info info;
    enum { PARTS_WHOLE, PARTS_GRADIENT, PARTS_UPDATE } parts; /* what the pass does */
} update;

/* The one place where gradients of lanes meet. */
static void join(const plan *p, size_t slot, range r, float *gradient)
{
    memcpy(gradient + r.first, p->lanes[0].gradients[slot] + r.first, (r.end - r.first) * sizeof *gradient);
    for (size_t n = 1; n < PLAN_LANES; n++) {
        const float *sums = p->lanes[n].gradients[slot];
        for (size_t i = r.first; i < r.end; i++) gradient[i] += sums[i];
    }
}

/* Of parameters [first, end), as they are before their step. */
static double add_penalty(const weight *q, range r)
{
    if (!q->regularizer.class || r.first == r.end) return 0;
    regularizer_add_gradient(&q->regularizer, r.end - r.first, q->value + r.first, q->gradient + r.first);
    return regularizer_loss(&q->regularizer, r.end - r.first, q->value + r.first);
}

/* The optimizer's step on parameters [first, end), with their gradient; or its share of their norm. */
static void take_step(const update *u, size_t index, const layer *l, size_t k, range r)
{
    const horn_model *m = u->model;
    const weight *q = &l->weights[k];
    plan_lane *own = &u->plan->lanes[index];
    float *slots[OPTIMIZER_MAX_SLOTS];
    size_t offset = (size_t)(q->value - m->values) + r.first, slot = q->number;
    step_info info = { u->info.iteration, u->info.learning_rate, u->plan->norms[slot] };
    if (r.first == r.end) return;
    if (u->parts != PARTS_UPDATE) own->penalty += add_penalty(q, r);
    if (u->parts == PARTS_GRADIENT) {
        own->squares[slot] = optimizer_sum_squares(r.end - r.first, m->gradients + offset);
        return;
    }
    for (size_t i = 0; i < m->slot_count; i++) slots[i] = m->slots[i] + offset;
    optimizer_update(m->optimizer, &info, r.end - r.first, m->values + offset, m->gradients + offset, slots);
}

/* Part `index` of a layer whose gradient goes by parts: rows of its first parameter, and the others with the
 * first. */
static void run_rows(const update *u, const call *c, size_t index)
{
    plan *p = u->plan;
    const layer *l = c->layer;
    size_t rows = c->gradient_parts, row = shape_count(&l->weights[0].shape) / rows;
    range part = plan_part(rows, LAYER_PART_GRAIN, index, PLAN_LANES);
    if (part.first == part.end) return;
    for (size_t i = 0; i < p->step_count && u->parts != PARTS_UPDATE; i++) {
        if (p->steps[i].call != c) continue;
        tensor x = plan_tensor(p, p->steps[i].x, index, 0, u->rows);
        tensor dy = plan_gradient(p, p->steps[i].y, index, 0, u->rows);
        l->class->gradient(c, &p->lanes[index].lane, part, &x, &dy, p->gradients + l->weights[0].number);
    }
    take_step(u, index, l, 0, (range){ part.first * row, part.end * row });
    for (size_t k = 1; part.first == 0 && k < l->weight_count; k++)
        if (l->weights[k].gradient)
            take_step(u, index, l, k, (range){ 0, shape_count(&l->weights[k].shape) });
}

/* Part `index` of each parameter of a layer that left its gradients with the lanes, or settled them. */
static void run_joined(const update *u, const layer *l, size_t index)
{
    for (size_t k = 0; k < l->weight_count; k++) {
        const weight *q = &l->weights[k];
        if (!q->gradient) continue;
        range r = plan_part(shape_count(&q->shape), 16, index, PLAN_LANES);
        if (!layer_couples(l, true) && u->parts != PARTS_UPDATE) join(u->plan, q->number, r, q->gradient);
        take_step(u, index, l, k, r);
    }
}

static void run_part(void *context, size_t index, int thread)
{
    const update *u = context;
    (void)thread;
    profile_begin(u->model->profile, index);
    if (u->parts != PARTS_UPDATE) u->plan->lanes[index].penalty = 0;
    for (size_t i = 0; i < u->model->layer_count; i++) {
        const layer *l = u->model->layers[i];
        if (!(l->class->flags & LAYER_GRADIENT_BY_PARTS))
            run_joined(u, l, index);
        else if (l->weight_count && l->weights[0].gradient)
            run_rows(u, u->model->calls[i], index);
        if (l->weight_count) profile_lap(u->model->profile, index, PROFILE_PARAMETERS, i);
    }
}

/* In the order of the parts: the norm of each gradient, or that of all in each place. */
static void settle_norms(const update *u, bool global)
{
    const plan *p = u->plan;
    const size_t count = u->model->weight_count;
    double all = 0;
    for (size_t i = 0; i < count; i++) {
        double squares = 0;
        for (size_t n = 0; n < PLAN_LANES; n++) squares += p->lanes[n].squares[i];
        p->norms[i] = (float)sqrt(squares);
        all += squares;
    }
    for (size_t i = 0; global && i < count; i++) p->norms[i] = (float)sqrt(all);
}

double update_run(horn_model *m, size_t rows)
{
    const clipping clips = optimizer_clips_norms(m->optimizer);
    update u = { .model = m,
                 .plan = m->training,
                 .rows = rows,
                 .info = { m->iteration, optimizer_learning_rate(m->optimizer, m->iteration), 0 },
                 .parts = clips == CLIP_NO_NORM ? PARTS_WHOLE : PARTS_GRADIENT };
    double penalty = 0;
    pool_run(m->pool, PLAN_LANES, run_part, &u);
    if (clips != CLIP_NO_NORM) {
        settle_norms(&u, clips == CLIP_GLOBAL_NORM);
        u.parts = PARTS_UPDATE;
        pool_run(m->pool, PLAN_LANES, run_part, &u);
    }
    for (size_t n = 0; n < PLAN_LANES; n++) penalty += u.plan->lanes[n].penalty;
    return penalty;
}
