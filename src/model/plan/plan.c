#include "model/plan/plan.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/lay_out.h"
#include "model/plan/lifetimes.h"
#include "model/plan/slices.h"

tensor plan_tensor(const plan *p, int array, size_t workspace, size_t first, size_t rows)
{
    const plan_array *a = &p->arrays[array];
    const plan_mask *mask = a->mask < 0 ? NULL : &p->masks[a->mask];
    float *data = a->data + (a->data_stays ? first * a->count : workspace * p->workspace_floats);
    return (tensor){ .data = data,
                     .rows = rows * a->rows,
                     .shape = a->shape,
                     .mask = mask ? mask->data + first * mask->positions : NULL };
}

tensor plan_gradient(const plan *p, int array, size_t workspace, size_t first, size_t rows)
{
    const plan_array *a = &p->arrays[array];
    float *data = a->gradient + (a->gradient_stays ? first * a->count : workspace * p->workspace_floats);
    return (tensor){ .data = data, .rows = rows * a->rows, .shape = a->shape };
}

/* ---- lists ---- */

static horn_status make_lane(plan *p, const horn_model *m, plan_lane *q)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&q->keep, p->call_count, sizeof *q->keep));
    TRY(memory_new(&q->gradients, m->weight_count, sizeof *q->gradients));
    TRY(memory_new(&q->shares, p->call_count, sizeof *q->shares));
    TRY(memory_new(&q->sums.metrics, m->metric_states, sizeof *q->sums.metrics));
    TRY(memory_new(&q->sums.heads, p->head_count, sizeof *q->sums.heads));
    q->lane = (lane){ .training = p->training,
                      .seed = m->seed,
                      .keep = q->keep,
                      .gradients = q->gradients,
                      .values = p->values,
                      .sums = p->sums,
                      .prepared = p->prepared };
done:
    return status;
}

/* Threads pay from so many floats on. Not measured. */
enum { PREPARE_SHARED = 1 << 15 };

static size_t choose_prepare_pieces(const plan *p)
{
    size_t floats = 0;
    for (size_t i = 0; i < p->call_count; i++) floats += p->calls[i]->prepared;
    return floats >= PREPARE_SHARED ? CUT_MOST : floats > 0;
}

static horn_status make_lanes(plan *p, const horn_model *m)
{
    horn_status status = HORN_OK;
    p->lane_count = slices_most_lanes(p);
    p->threads = (size_t)pool_threads(m->pool);
    p->prepare_pieces = choose_prepare_pieces(p);
    p->workspaces = p->lane_count < p->threads ? p->lane_count : p->threads;
    TRY(memory_new(&p->lanes, p->lane_count, sizeof *p->lanes));
    TRY(memory_new(&p->sums_of_batch.metrics, m->metric_states, sizeof(double)));
    TRY(memory_new(&p->sums_of_batch.heads, p->head_count, sizeof(head_sums)));
    for (size_t n = 0; n < p->lane_count; n++) TRY(make_lane(p, m, &p->lanes[n]));
    TRY(memory_new(&p->penalties, CUT_MOST, sizeof *p->penalties));
    TRY(memory_new(&p->squares, CUT_MOST * m->weight_count, sizeof *p->squares));
    TRY(memory_new(&p->results, p->threads * 2 * m->weight_count, sizeof *p->results));
done:
    return status;
}

/* Of all steps: those of the calls, and one of each activation. */
static size_t count_inputs(const plan *p)
{
    size_t count = p->call_count;
    for (size_t i = 0; i < p->call_count; i++) count += p->calls[i]->input_count;
    return count;
}

static void count_uses(plan *p)
{
    for (size_t i = 0; i < p->call_count; i++)
        for (size_t k = 0; k < p->calls[i]->layer->weight_count; k++) {
            plan_use *use = &p->uses[p->calls[i]->layer->weights[k].number];
            if (!use->calls++) use->first = p->calls[i];
        }
}

static horn_status make_lists(plan *p, const horn_model *m)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&p->inputs_placed, p->model_inputs, sizeof *p->inputs_placed));
    TRY(memory_new(&p->input_arrays, p->model_inputs, sizeof *p->input_arrays));
    TRY(memory_new(&p->heads, p->head_count, sizeof *p->heads));
    TRY(memory_new(&p->steps, p->call_count * 2, sizeof *p->steps));
    TRY(memory_new(&p->arrays, p->call_count * 2 + 1, sizeof *p->arrays));
    TRY(memory_new(&p->of_values, p->call_count + 1, sizeof *p->of_values));
    TRY(memory_new(&p->reads, p->call_count + 1, sizeof *p->reads));
    TRY(memory_new(&p->inputs, count_inputs(p), sizeof *p->inputs));
    TRY(memory_new(&p->masks, p->call_count, sizeof *p->masks));
    TRY(memory_new(&p->coupled, p->call_count, sizeof *p->coupled));
    TRY(memory_new(&p->slices, p->call_count + 1, sizeof *p->slices));
    TRY(memory_new(&p->keep, p->call_count, sizeof *p->keep));
    TRY(memory_new(&p->sums, p->call_count, sizeof *p->sums));
    TRY(memory_new(&p->prepared, p->call_count, sizeof *p->prepared));
    TRY(memory_new(&p->norms, m->weight_count, sizeof *p->norms));
    TRY(memory_new(&p->leaves, m->weight_count, sizeof *p->leaves));
    TRY(memory_new(&p->touched, m->weight_count, sizeof *p->touched));
    TRY(memory_new(&p->values, m->weight_count, sizeof *p->values));
    TRY(memory_new(&p->uses, m->weight_count, sizeof *p->uses));
    p->weight_count = m->weight_count;
    for (size_t i = 0; i < m->weight_count; i++) p->values[i] = m->weights[i]->value;
    count_uses(p);
done:
    return status;
}

/* In training the factor of a mask is that of all gradients, or, with several losses, of each of them. */
static horn_status find_masks(plan *p, const horn_model *m)
{
    bool masked = false;
    size_t losses = 0;
    for (size_t i = 0; p->training && i < p->head_count; i++) {
        losses += m->heads[i].loss != NULL;
        masked |= m->heads[i].loss && p->arrays[p->heads[i].output].mask >= 0;
    }
    p->counts_first = masked && losses > 1;
    if (!masked || !p->has_activity) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "model '%s': activity regularizers do not train if the loss has a mask", m->name);
}

horn_status plan_new(plan **out, const horn_model *m, const shape *inputs, bool training, size_t capacity)
{
    horn_status status = HORN_OK;
    plan *p = NULL;
    TRY(memory_new(&p, 1, sizeof *p));
    p->training = training;
    p->capacity = capacity;
    p->model = m;
    TRY(plan_calls_new(&p->list, m, inputs));
    p->model_inputs = p->list->input_count;
    p->head_count = p->list->output_count;
    p->calls = p->list->at;
    p->call_count = p->list->count;
    TRY(make_lists(p, m));
    memcpy(p->inputs_placed, inputs, p->model_inputs * sizeof *inputs);
    plan_lay_out(p);
    TRY(find_masks(p, m));
    plan_list_coupled(p);
    slices_choose(p);
    TRY(lifetimes_find(p));
    TRY(make_lanes(p, m));
    TRY(plan_place(p, m, NULL));
    *out = p;
    return HORN_OK;
done:
    plan_free(p);
    return status;
}

void plan_free(plan *p)
{
    if (!p) return;
    for (size_t n = 0; p->lanes && n < p->lane_count; n++) {
        free(p->lanes[n].keep);
        free(p->lanes[n].gradients);
        free(p->lanes[n].shares);
        free(p->lanes[n].sums.metrics);
        free(p->lanes[n].sums.heads);
    }
    free(p->sums_of_batch.metrics);
    free(p->sums_of_batch.heads);
    free(p->inputs_placed);
    free(p->input_arrays);
    free(p->heads);
    if (p->list) plan_calls_free(p->list, p->model);
    free(p->lanes);
    free(p->penalties);
    free(p->squares);
    free(p->results);
    free(p->steps);
    free(p->arrays);
    free(p->inputs);
    free(p->uses);
    free(p->of_values);
    free(p->reads);
    free(p->masks);
    free(p->coupled);
    free(p->slices);
    free(p->keep);
    free(p->sums);
    free(p->prepared);
    free(p->norms);
    free(p->leaves);
    free(p->touched);
    free(p->values);
    free(p);
}
