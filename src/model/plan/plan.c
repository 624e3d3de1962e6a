#include "model/plan/plan.h"

#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"

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

/* ---- steps and arrays ---- */

static int add_array(plan *p, const shape *s, size_t rows, int data_of)
{
    int index = (int)p->array_count++;
    p->arrays[index] = (plan_array){ .shape = *s,
                                     .rows = rows,
                                     .count = shape_count(s) * rows,
                                     .data_of = data_of < 0 ? index : data_of,
                                     .values_of = index,
                                     .mask = -1 };
    return index;
}

static int add_step(plan *p, const call *c, const activation *a, int x, int y)
{
    plan_step *step = &p->steps[p->step_count++];
    *step = (plan_step){ .call = c, .activation = a, .x = x, .y = y, .inputs = { x }, .input_count = 1 };
    for (size_t i = 0; c && i < c->input_count; i++) step->inputs[i] = p->of_values[c->values[i]];
    if (c) step->input_count = (int)c->input_count;
    return y;
}

static int mask_of_call(plan *p, const call *c, int x)
{
    const shape *y = c->outputs;
    if (!c->gives_mask) return -1;
    if (!c->layer->class->mask) return p->arrays[x].mask;
    p->masks[p->mask_count].positions = (y->rank ? shape_count(y) / y->dim[y->rank - 1] : 1) * c->output_rows;
    return (int)p->mask_count++;
}

static int add_call(plan *p, const call *c, int x)
{
    unsigned flags = c->layer->class->flags;
    bool is_identity = flags & LAYER_IS_VIEW || (flags & LAYER_IDLE_IN_INFERENCE && !p->training);
    int y = add_array(p, c->outputs, c->output_rows, is_identity ? p->arrays[x].data_of : -1);
    p->arrays[y].mask = mask_of_call(p, c, x);
    if (is_identity) p->arrays[y].values_of = p->arrays[x].values_of;
    const bool makes_mask = c->gives_mask && c->layer->class->mask;
    return is_identity && !makes_mask ? y : add_step(p, c, NULL, x, y);
}

/* Adds the regularizer of an array's values, which must not change then: backward reads them. */
static void add_activity(plan *p, int array, const regularizer *r)
{
    plan_array *a = &p->arrays[p->arrays[array].values_of];
    if (!r->class) return;
    a->activity = (regularizer){ r->class, a->activity.l1 + r->l1, a->activity.l2 + r->l2 };
    p->arrays[a->data_of].activated = p->has_activity = true;
}

/* A ReLU that works in place. */
static bool is_relu(const plan *p, const plan_step *step)
{
    return step->activation && step->activation->is_relu &&
           p->arrays[step->x].data_of == p->arrays[step->y].data_of;
}

static bool has_flag(const plan_step *step, unsigned flag)
{
    return step->call && step->call->layer->class->flags & flag;
}

/* backward reads y to apply the gradient of the ReLU; an activation that overwrote y would make that impossible. */
static bool turns_relu(const plan *p, const plan_step *step)
{
    return has_flag(step, LAYER_TURNS_RELU) && !p->arrays[p->arrays[step->y].data_of].activated;
}

/* Fuses ReLU into the layers around it, which saves passes over memory. */
static void join_relu(plan *p)
{
    for (size_t i = 1; i < p->step_count; i++) {
        plan_step *step = &p->steps[i], *before = step - 1, *behind = i + 1 < p->step_count ? step + 1 : NULL;
        if (!is_relu(p, step)) continue;
        if (has_flag(before, LAYER_APPLIES_RELU)) before->relu_forward = step->relu_forward = true;
        if (behind && turns_relu(p, behind)) behind->relu_backward = step->relu_backward = true;
    }
}

/* An activation does not overwrite its input if something reads that later: its gradient, or the loss, which takes the logits of
 * a last softmax or sigmoid. */
static int add_activation(plan *p, const horn_model *m, const call *c, int x)
{
    const activation *a = c->layer->activation;
    bool last = c == p->calls[p->call_count - 1];
    bool behind_loss =
        last && m->loss && a->logits && m->loss->class->logits == a->logits && !c->layer->activity.class;
    plan_array *owner = &p->arrays[p->arrays[x].data_of];
    const bool keeps_input = behind_loss || owner->activated || (a->reads_z && p->training);
    int y = add_array(p, c->outputs, c->output_rows, keeps_input ? -1 : p->arrays[x].data_of);
    p->arrays[p->arrays[y].data_of].activated = true;
    p->arrays[y].mask = p->arrays[x].mask;
    if (behind_loss) {
        p->loss_takes_logits = true;
        p->loss_input = x;
    }
    return add_step(p, NULL, a, x, y);
}

static void lay_out(plan *p, const horn_model *m)
{
    int x = p->of_values[0] = add_array(p, &p->input, 1, -1);
    p->loss_input = -1;
    for (size_t i = 0; i < p->call_count; i++) {
        const call *c = p->calls[i];
        x = add_call(p, c, p->of_values[c->values[0]]);
        if (c->layer->activation) x = add_activation(p, m, c, x);
        add_activity(p, x, &c->layer->activity);
        p->of_values[i + 1] = x;
    }
    p->output = x;
    if (p->loss_input < 0) p->loss_input = x;
    join_relu(p);
}

/* Marks the arrays that are read again after their slice is done. */
static void mark_what_stays(plan *p)
{
    for (size_t i = 0; i < p->step_count; i++) {
        const plan_step *step = &p->steps[i];
        plan_array *x = &p->arrays[p->arrays[step->x].data_of], *y = &p->arrays[p->arrays[step->y].data_of];
        bool parts = has_flag(step, LAYER_GRADIENT_BY_PARTS);
        bool couples = step->call && layer_couples(step->call->layer, p->training);
        if (couples) p->coupled[p->coupled_count++] = i;
        x->data_stays |= parts && p->training;
        y->gradient_stays |= parts || couples;
    }
    size_t end = p->coupled_count ? p->coupled[p->coupled_count - 1] + 1 : 0;
    for (size_t i = 0; i < end; i++) p->arrays[p->arrays[p->steps[i].x].data_of].data_stays = true;
    for (size_t i = 0; i < p->array_count; i++) {
        p->arrays[i].data_stays = p->arrays[p->arrays[i].data_of].data_stays;
        p->arrays[i].gradient_stays = p->arrays[p->arrays[i].data_of].gradient_stays;
    }
}

static bool wants_rows(const plan *p)
{
    for (size_t i = 0; i < p->call_count; i++)
        if (p->calls[i]->layer->class->flags & LAYER_WANTS_ROWS) return true;
    return false;
}

/* Chooses most_slice so that a slice's arrays and their gradients stay in the cache, unless a layer's weights fill it anyway.
 * In inference the space of the gradients is left for prepared data. */
static void choose_slice(plan *p)
{
    enum { WANTED_ROWS = 32 };
    const double cache = 1 << 20;
    double sample = 1, weights = 0;
    for (size_t i = 0; i < p->array_count; i++)
        if ((size_t)p->arrays[i].data_of == i) sample += (double)p->arrays[i].count * sizeof(float) * 2;
    for (size_t i = 0; i < p->call_count; i++)
        for (size_t k = 0; k < p->calls[i]->layer->weight_count; k++) {
            double size = (double)shape_count(&p->calls[i]->layer->weights[k].shape) * sizeof(float);
            if (size > weights) weights = size;
        }
    double rows = (cache > weights ? cache : weights) / sample;
    p->most_slice = rows < 1 ? 1 : rows > 1e9 ? (size_t)1e9 : (size_t)rows;
    if (p->most_slice < WANTED_ROWS && wants_rows(p)) p->most_slice = WANTED_ROWS;
}

/* ---- lists ---- */

static horn_status make_lane(plan *p, const horn_model *m, plan_lane *q)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&q->keep, p->call_count, sizeof *q->keep));
    TRY(memory_new(&q->gradients, m->weight_count, sizeof *q->gradients));
    TRY(memory_new(&q->shares, p->call_count, sizeof *q->shares));
    TRY(memory_new(&q->sums.metrics, m->metric_states, sizeof *q->sums.metrics));
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
    p->lane_count = cut_most_tasks(p->capacity, p->most_slice);
    p->threads = (size_t)pool_threads(m->pool);
    p->prepare_pieces = choose_prepare_pieces(p);
    p->workspaces = p->lane_count < p->threads ? p->lane_count : p->threads;
    TRY(memory_new(&p->lanes, p->lane_count, sizeof *p->lanes));
    TRY(memory_new(&p->sums_of_batch.metrics, m->metric_states, sizeof(double)));
    for (size_t n = 0; n < p->lane_count; n++) TRY(make_lane(p, m, &p->lanes[n]));
    TRY(memory_new(&p->penalties, CUT_MOST, sizeof *p->penalties));
    TRY(memory_new(&p->squares, CUT_MOST * m->weight_count, sizeof *p->squares));
    TRY(memory_new(&p->results, p->threads * m->weight_count, sizeof *p->results));
done:
    return status;
}

static horn_status make_lists(plan *p, const horn_model *m)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&p->steps, p->call_count * 2, sizeof *p->steps));
    TRY(memory_new(&p->arrays, p->call_count * 2 + 1, sizeof *p->arrays));
    TRY(memory_new(&p->of_values, p->call_count + 1, sizeof *p->of_values));
    TRY(memory_new(&p->masks, p->call_count, sizeof *p->masks));
    TRY(memory_new(&p->coupled, p->call_count, sizeof *p->coupled));
    TRY(memory_new(&p->keep, p->call_count, sizeof *p->keep));
    TRY(memory_new(&p->sums, p->call_count, sizeof *p->sums));
    TRY(memory_new(&p->prepared, p->call_count, sizeof *p->prepared));
    TRY(memory_new(&p->norms, m->weight_count, sizeof *p->norms));
    TRY(memory_new(&p->leaves, m->weight_count, sizeof *p->leaves));
    TRY(memory_new(&p->touched, m->weight_count, sizeof *p->touched));
    TRY(memory_new(&p->values, m->weight_count, sizeof *p->values));
    p->weight_count = m->weight_count;
    for (size_t i = 0; i < m->weight_count; i++) p->values[i] = m->weights[i]->value;
done:
    return status;
}

horn_status plan_new(plan **out, const horn_model *m, const shape *input, bool training, size_t capacity)
{
    horn_status status = HORN_OK;
    plan *p = NULL;
    TRY(memory_new(&p, 1, sizeof *p));
    p->training = training;
    p->capacity = capacity;
    p->input = *input;
    p->model = m;
    TRY(plan_calls_new(&p->list, m, input));
    p->calls = p->list->at;
    p->call_count = p->list->count;
    TRY(make_lists(p, m));
    lay_out(p, m);
    if (training && p->has_activity && p->arrays[p->output].mask >= 0)
        status = fail(HORN_ERROR_UNSUPPORTED,
                      "model '%s': activity regularizers do not train if the loss has a mask", m->name);
    if (status) goto done;
    mark_what_stays(p);
    choose_slice(p);
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
    }
    free(p->sums_of_batch.metrics);
    if (p->list) plan_calls_free(p->list, p->model);
    free(p->lanes);
    free(p->penalties);
    free(p->squares);
    free(p->results);
    free(p->steps);
    free(p->arrays);
    free(p->of_values);
    free(p->masks);
    free(p->coupled);
    free(p->keep);
    free(p->sums);
    free(p->prepared);
    free(p->norms);
    free(p->leaves);
    free(p->touched);
    free(p->values);
    free(p);
}
