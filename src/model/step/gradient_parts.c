#include "model/step/gradient_parts.h"

#include <string.h>
#include "model/step/profile.h"

/* One piece of work: a part of the weights and a group of leaves. */
typedef struct piece {
    const plan *plan;
    const call *call;
    size_t n, row;
    range part;
    size_t group;
    int thread;
    unsigned char *touched;
} piece;

/* Floats of weight k that the part computes: its rows of weight 0; all of the other weights if it is the first part. */
static size_t floats_of(const piece *j, size_t k)
{
    if (k == 0) return (j->part.end - j->part.first) * j->row;
    return j->part.first == 0 ? shape_count(&j->call->layer->weights[k].shape) : 0;
}

/* Where they are written: to the group's sums, or, if room is given, one weight after the other into room. */
static float *place_of(const piece *j, size_t k, float *room)
{
    const weight *w = &j->call->layer->weights[k];
    if (!room)
        return j->plan->leaves[w->number] + j->group * shape_count(&w->shape) +
               (k ? 0 : j->part.first * j->row);
    for (size_t i = 0; i < k; i++) room += floats_of(j, i);
    return room;
}

/* The thread's; a second list follows it. */
static float **results_of(const piece *j)
{
    return j->plan->results + (size_t)j->thread * 2 * j->plan->weight_count;
}

/* Of samples [first, end) and one call of the layer. */
static void make_of_call(const piece *j, const plan_step *step, size_t first, size_t end,
                         float *const *results)
{
    const plan *p = j->plan;
    lane own = p->lanes[0].lane;
    own.scratch = p->scratch + (size_t)j->thread * p->scratch_floats;
    own.touched = j->touched;
    tensor x[CALL_MOST_INPUTS];
    for (size_t i = 0; i < step->input_count; i++)
        x[i] = plan_tensor(p, step->inputs[i].array, 0, first, end - first);
    const tensor dy = plan_gradient(p, step->y, 0, first, end - first);
    step->call->layer->class->gradient(step->call, &own, j->part, x, &dy, results);
}

/* A further call: its gradient is added to that of the calls before. */
static void add_call(const piece *j, const plan_step *step, size_t first, size_t end, float *const *results)
{
    float **further = results_of(j) + j->plan->weight_count;
    float *room = j->plan->scratch + (size_t)j->thread * j->plan->scratch_floats + j->plan->further_at;
    const size_t weights = j->call->layer->weight_count;
    for (size_t k = 0; k < weights; k++) further[k] = place_of(j, k, room);
    make_of_call(j, step, first, end, further);
    for (size_t k = 0; k < weights; k++)
        for (size_t i = 0; i < floats_of(j, k); i++) results[k][i] += further[k][i];
}

/* Computes the gradient of samples [first, end) into results: the sum over all calls of the layer, in their order. */
static void make(const piece *j, size_t first, size_t end, float *const *results)
{
    const plan *p = j->plan;
    const plan_use *use = &p->uses[j->call->layer->weights[0].number];
    bool begun = false;
    for (size_t i = use->step, calls = 0; calls < use->calls; i++) {
        const plan_step *step = &p->steps[i];
        if (!step->call || step->call->layer != j->call->layer) continue;
        calls++;
        if (!step->runs_backward) continue;
        if (begun)
            add_call(j, step, first, end, results);
        else
            make_of_call(j, step, first, end, results);
        begun = true;
    }
    for (size_t k = 0; !begun && k < j->call->layer->weight_count; k++)
        memset(results[k], 0, floats_of(j, k) * sizeof *results[k]);
}

void gradient_parts_whole(const plan *p, const call *c, size_t n, range part, int thread,
                          unsigned char *touched)
{
    const piece j = { .plan = p,
                      .call = c,
                      .n = n,
                      .row = cut_call_row(c),
                      .part = part,
                      .thread = thread,
                      .touched = touched };
    float **results = results_of(&j);
    if (touched) memset(touched + part.first, 0, part.end - part.first);
    for (size_t k = 0; k < c->layer->weight_count; k++)
        results[k] = c->layer->weights[k].gradient + (k ? 0 : part.first * j.row);
    make(&j, 0, n, results);
}

/* Adds leaves [first, end) of the batch into the group's sums (`to` is NULL) or into `to`; room is scratch for the addends. */
static void add_leaves(const piece *j, size_t first, size_t end, float *to, float *room)
{
    const size_t leaves = cut_leaves(j->n), weights = j->call->layer->weight_count;
    if (end - first == 1) {
        float **results = results_of(j);
        for (size_t k = 0; k < weights; k++) results[k] = place_of(j, k, to);
        make(j, j->n * first / leaves, j->n * end / leaves, results);
        return;
    }
    const size_t middle = first + cut_branch(end - first);
    float *more = room;
    for (size_t k = 0; k < weights; k++) room += floats_of(j, k);
    add_leaves(j, first, middle, to, more);
    add_leaves(j, middle, end, more, room);
    for (size_t k = 0; k < weights; k++) {
        float *sum = place_of(j, k, to);
        const float *x = place_of(j, k, more);
        for (size_t i = 0; i < floats_of(j, k); i++) sum[i] += x[i];
    }
}

/* ---- all layers ---- */

typedef struct pieces {
    horn_model *model;
    size_t n;
} pieces;

static size_t count_pieces(const plan *p, const call *c, size_t n)
{
    const layer *l = c->layer;
    if (!plan_is_first(p, c)) return 0;
    if (!(l->class->flags & LAYER_GRADIENT_BY_PARTS) || !l->weight_count || !l->weights[0].gradient) return 0;
    if (l->class->flags & LAYER_GRADIENT_OF_ROWS) return 0;
    return cut_call_groups(c, n) * cut_gradient_parts(n, c->gradient_parts);
}

static void run_piece(void *context, size_t index, int thread)
{
    const pieces *all = context;
    const horn_model *m = all->model;
    size_t i = 0;
    profile_begin(m->profile, (size_t)thread);
    const plan *p = m->training;
    for (; index >= count_pieces(p, p->calls[i], all->n); i++) index -= count_pieces(p, p->calls[i], all->n);
    const call *c = p->calls[i];
    const size_t groups = cut_call_groups(c, all->n), leaves = cut_leaves(all->n),
                 parts = cut_gradient_parts(all->n, c->gradient_parts);
    const piece j = { .plan = p,
                      .call = c,
                      .n = all->n,
                      .row = cut_call_row(c),
                      .part = cut_range(c->gradient_parts, LAYER_PART_GRAIN, index % parts, parts),
                      .group = index / parts,
                      .thread = thread };
    float *room = p->scratch + (size_t)thread * p->scratch_floats + p->room_at;
    if (j.part.first == j.part.end) return;
    add_leaves(&j, leaves * j.group / groups, leaves * (j.group + 1) / groups, NULL, room);
    profile_lap(m->profile, (size_t)thread, PROFILE_PARAMETERS, i);
}

void gradient_parts_leaves(horn_model *m, size_t n)
{
    pieces all = { m, n };
    size_t count = 0;
    if (cut_leaves(n) == 1) return;
    const plan *p = m->training;
    for (size_t i = 0; i < p->call_count; i++) count += count_pieces(p, p->calls[i], n);
    if (count) pool_run(m->pool, count, run_piece, &all);
}
