/* Times. Forward runs step i at time i + 1, the loss follows, backward runs step i at time 2 steps + 1 - i, and the update of the weights
 * comes last. Coupled steps cut this into passes over the batch, as step.c runs them: a pass ends before the forward of each coupled
 * step, where its sums are gathered, and in the same way before its backward.
 *
 * All slices go through a pass before the next one begins. So an array that is in use in one pass only is in the workspace of a slice,
 * where others take its place as soon as it was used for the last time; one that is in use in several passes stays for the batch, and
 * others take its place in a later pass. */
#include "model/plan/lifetimes.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/places.h"
#include "model/plan/slices.h"

/* Of an array that shares none. */
typedef struct life {
    bool used;
    size_t first, last;
} life;

typedef struct lives {
    plan *plan;
    /* [array_count]; `back`: the data in backward, if they are not the same in forward. */
    life *data, *back, *gradients;
    /* [2 steps + 3]: the pass of each time. */
    size_t *passes;
} lives;

static size_t forward_at(size_t step)
{
    return step + 1;
}

static size_t backward_at(const plan *p, size_t step)
{
    return 2 * p->step_count + 1 - step;
}

static size_t loss_at(const plan *p)
{
    return p->step_count + 1;
}

static size_t update_at(const plan *p)
{
    return 2 * p->step_count + 2;
}

static size_t last_pass(const plan *p)
{
    return 2 * p->coupled_count + 1 + p->counts_first;
}

/* Of the steps whose forward is in a pass; if rows are counted first, the losses have a pass of their own. */
static size_t backward_pass(const plan *p, size_t pass)
{
    return 2 * p->coupled_count - pass + p->counts_first;
}

static void find_passes(lives *s)
{
    const plan *p = s->plan;
    size_t pass = 0;
    s->passes[0] = 0;
    for (size_t i = 0; i < p->step_count; i++) {
        while (pass < p->coupled_count && p->coupled[pass] <= i) pass++;
        s->passes[forward_at(i)] = pass;
        s->passes[backward_at(p, i)] = backward_pass(p, pass) + (pass > 0 && p->coupled[pass - 1] == i);
    }
    s->passes[loss_at(p)] = p->coupled_count + p->counts_first;
    s->passes[update_at(p)] = last_pass(p);
}

/* ---- touches ---- */

static void touch(life *l, size_t time)
{
    if (!l->used) *l = (life){ true, time, time };
    if (time < l->first) l->first = time;
    if (time > l->last) l->last = time;
}

static size_t owner(const plan *p, int array)
{
    return (size_t)p->arrays[array].data_of;
}

static bool has_flag(const plan_step *step, unsigned flag)
{
    return step->call && step->call->layer->class->flags & flag;
}

static bool couples(const plan *p, const plan_step *step)
{
    return step->call && layer_couples(step->call->layer, p->training);
}

static void touch_forward(lives *s, size_t i)
{
    const plan *p = s->plan;
    const plan_step *step = &p->steps[i];
    touch(&s->data[owner(p, step->y)], forward_at(i));
    for (size_t k = 0; k < step->input_count; k++) {
        life *x = &s->data[owner(p, step->inputs[k].array)];
        touch(x, forward_at(i));
        if (couples(p, step)) touch(x, i);
    }
}

static bool reads_x(const plan_step *step)
{
    return step->call ? !has_flag(step, LAYER_BACK_IGNORES_X) : step->activation->reads_z;
}

static bool reads_y(const plan_step *step)
{
    return step->call ? !has_flag(step, LAYER_BACK_IGNORES_Y) : !step->relu_backward;
}

static void touch_backward(lives *s, size_t i)
{
    const plan *p = s->plan;
    const plan_step *step = &p->steps[i];
    const bool parts = has_flag(step, LAYER_GRADIENT_BY_PARTS);
    const size_t at = backward_at(p, i);
    life *dy = &s->gradients[owner(p, step->y)];
    if (!step->runs_backward) return;
    touch(dy, at);
    if (parts) touch(dy, update_at(p));
    if (couples(p, step)) touch(dy, at - 1);
    if (reads_y(step)) touch(&s->back[owner(p, step->y)], at);
    for (size_t k = 0; k < step->input_count; k++) {
        const size_t x = owner(p, step->inputs[k].array);
        touch(&s->gradients[x], at);
        if (reads_x(step)) touch(&s->back[x], at);
        if (parts) touch(&s->back[x], update_at(p));
        if (couples(p, step)) touch(&s->back[x], at - 1);
    }
}

static void touch_head(lives *s, const plan_head *h)
{
    const plan *p = s->plan;
    touch(&s->data[owner(p, h->output)], loss_at(p));
    touch(&s->data[owner(p, h->loss_input)], loss_at(p));
    if (h->begins || h->adds) touch(&s->gradients[owner(p, h->loss_input)], loss_at(p));
}

static void touch_all(lives *s)
{
    const plan *p = s->plan;
    for (size_t i = 0; i < p->model_inputs; i++) touch(&s->data[owner(p, p->input_arrays[i])], 0);
    for (size_t i = 0; i < p->step_count; i++) touch_forward(s, i);
    for (size_t i = 0; i < p->head_count; i++) touch_head(s, &p->heads[i]);
    if (!p->training) return;
    for (size_t i = 0; i < p->step_count; i++) touch_backward(s, i);
    for (size_t i = 0; p->has_activity && i < p->array_count; i++)
        if (s->data[i].used) touch(&s->data[i], update_at(p));
}

/* ---- what is computed again ---- */

static bool within(const lives *s, const life *l, size_t pass)
{
    return s->passes[l->first] == pass && s->passes[l->last] == pass;
}

/* Whether the data are used in one pass of forward and in the pass of backward through the same steps, and not between. */
static bool fits_again(const lives *s, size_t array)
{
    const plan *p = s->plan;
    const life *data = &s->data[array], *back = &s->back[array];
    if (p->arrays[array].is_input || !data->used || !back->used || p->arrays[array].mask >= 0) return false;
    const size_t pass = s->passes[data->first];
    return pass < p->coupled_count && within(s, data, pass) && within(s, back, backward_pass(p, pass));
}

/* Marks candidates, takes the mark from those that a step writes that is not cheap, and marks the steps. What these read must be there
 * at the beginning of the pass. */
static void find_again(lives *s)
{
    plan *p = s->plan;
    for (size_t i = 0; i < p->array_count; i++) p->arrays[i].again = fits_again(s, i);
    for (size_t i = 0; i < p->step_count; i++)
        if (p->steps[i].call && !has_flag(&p->steps[i], LAYER_IS_CHEAP))
            p->arrays[owner(p, p->steps[i].y)].again = false;
    for (size_t i = 0; i < p->step_count; i++) {
        plan_step *step = &p->steps[i];
        step->again = p->arrays[owner(p, step->y)].again;
        for (size_t k = 0; step->again && k < step->input_count; k++) {
            const size_t x = owner(p, step->inputs[k].array);
            if (!p->arrays[x].again) touch(&s->back[x], backward_at(p, p->coupled[s->passes[forward_at(i)]]));
        }
    }
}

/* ---- what stays ---- */

static bool stays(const lives *s, const life *l)
{
    return l->used && s->passes[l->first] != s->passes[l->last];
}

static void mark(lives *s)
{
    plan *p = s->plan;
    for (size_t i = 0; i < p->array_count; i++) {
        plan_array *a = &p->arrays[i];
        const life back = s->back[i];
        if (back.used && !a->again) touch(&s->data[i], back.first), touch(&s->data[i], back.last);
        a->data_stays = stays(s, &s->data[i]);
        a->gradient_stays = stays(s, &s->gradients[i]);
    }
    for (size_t i = 0; i < p->array_count; i++) {
        plan_array *a = &p->arrays[i];
        const plan_array *of = &p->arrays[a->data_of];
        a->data_stays = of->data_stays, a->gradient_stays = of->gradient_stays, a->again = of->again;
    }
}

/* ---- places ---- */

/* Arrays to be placed in one block. */
typedef struct list {
    place *at;
    size_t **results;
    size_t count;
    bool overflows;
} list;

static void add_place(list *l, life of, size_t first, size_t last, size_t floats, size_t rows, size_t *result)
{
    size_t size = sizeof(float);
    if (!of.used) return;
    if (!memory_multiply(&size, floats) || !memory_multiply(&size, rows)) l->overflows = true;
    l->results[l->count] = result;
    l->at[l->count++] = (place){ .first = first, .last = last, .size = size };
}

/* Samples of a slice in a pass. */
static size_t rows_of(const lives *s, size_t pass)
{
    const size_t coupled = s->plan->coupled_count;
    return slices_most(s->plan, pass <= coupled ? pass : 2 * coupled + s->plan->counts_first - pass);
}

/* Those that stay, or those of a workspace. */
static horn_status place_list(const lives *s, bool stay, list *l, size_t *size)
{
    plan *p = s->plan;
    l->count = 0;
    for (size_t i = 0; i < p->array_count; i++) {
        plan_array *a = &p->arrays[i];
        const life d = s->data[i], g = s->gradients[i];
        if (a->data_stays == stay && !a->again)
            add_place(l, d, stay ? s->passes[d.first] : d.first, stay ? s->passes[d.last] : d.last, a->count,
                      stay ? p->capacity : rows_of(s, s->passes[d.first]), &a->data_at);
        if (a->gradient_stays == stay && !a->is_input)
            add_place(l, g, stay ? s->passes[g.first] : g.first, stay ? s->passes[g.last] : g.last, a->count,
                      stay ? p->capacity : rows_of(s, s->passes[g.first]), &a->gradient_at);
    }
    horn_status status = l->overflows ? HORN_OK : places_choose(l->at, l->count, size);
    if (l->overflows) *size = SIZE_MAX;
    for (size_t i = 0; i < l->count; i++) *l->results[i] = l->at[i].at;
    return status;
}

/* Arrays that are computed again have the same place in both passes, behind all others of the workspace. */
static bool place_again(const lives *s)
{
    plan *p = s->plan;
    const size_t begin = p->workspace_bytes;
    size_t pass = 0, at = begin, end = begin;
    for (size_t i = 0; i < p->array_count; i++) {
        plan_array *a = &p->arrays[i];
        size_t size = sizeof(float);
        if (!a->again || (size_t)a->data_of != i) continue;
        if (s->passes[s->data[i].first] != pass) at = begin;
        pass = s->passes[s->data[i].first];
        if (!memory_multiply(&size, a->count) || !memory_multiply(&size, rows_of(s, pass)) ||
            size > SIZE_MAX / 4 - at)
            return false;
        a->data_at = at;
        at += (size + PLACES_LINE - 1) / PLACES_LINE * PLACES_LINE;
        if (at > end) end = at;
    }
    p->workspace_bytes = end;
    return true;
}

static horn_status place_all(const lives *s)
{
    horn_status status = HORN_OK;
    plan *p = s->plan;
    list l = { 0 };
    TRY(memory_new(&l.at, 2 * p->array_count, sizeof *l.at));
    TRY(memory_new(&l.results, 2 * p->array_count, sizeof *l.results));
    TRY(place_list(s, true, &l, &p->stay_bytes));
    TRY(place_list(s, false, &l, &p->workspace_bytes));
    if (l.overflows || p->stay_bytes == SIZE_MAX || p->workspace_bytes == SIZE_MAX || !place_again(s))
        status = fail_memory("activations", SIZE_MAX);
done:
    free(l.at);
    free(l.results);
    return status;
}

horn_status lifetimes_find(plan *p)
{
    horn_status status = HORN_OK;
    lives s = { .plan = p };
    TRY(memory_new(&s.data, p->array_count, sizeof *s.data));
    TRY(memory_new(&s.back, p->array_count, sizeof *s.back));
    TRY(memory_new(&s.gradients, p->array_count, sizeof *s.gradients));
    TRY(memory_new(&s.passes, 2 * p->step_count + 3, sizeof *s.passes));
    find_passes(&s);
    touch_all(&s);
    if (p->training) find_again(&s);
    mark(&s);
    TRY(place_all(&s));
    for (size_t i = 0; i < p->array_count; i++) {
        p->arrays[i].has_data = s.data[p->arrays[i].data_of].used;
        p->arrays[i].has_gradient =
            !p->arrays[p->arrays[i].data_of].is_input && s.gradients[p->arrays[i].data_of].used;
    }
done:
    free(s.data);
    free(s.back);
    free(s.gradients);
    free(s.passes);
    return status;
}
