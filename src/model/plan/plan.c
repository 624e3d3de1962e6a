#include "model/plan/plan.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* ---- the cut ---- */

range plan_part(size_t total, size_t grain, size_t index, size_t count)
{
    size_t grains = (total + grain - 1) / grain;
    size_t first = grains * index / count * grain, end = grains * (index + 1) / count * grain;
    return (range){ first < total ? first : total, end < total ? end : total };
}

/* Small calls of a BLAS lose speed, few slices leave threads idle: 32 rows, or more where the batch has over
 * 8 times 32; a small batch is cut in two. Fewer where the cache holds no more. */
size_t plan_slice(const plan *p, size_t n)
{
    size_t rows = (n + 1) / 2 < 32 ? (n + 1) / 2 : 32;
    if (rows < (n + PLAN_LANES - 1) / PLAN_LANES) rows = (n + PLAN_LANES - 1) / PLAN_LANES;
    return rows < p->most_slice ? rows : p->most_slice;
}

tensor plan_tensor(const plan *p, int array, size_t index, size_t first, size_t rows)
{
    const plan_array *a = &p->arrays[array];
    float *data = a->data + (a->data_stays ? first * a->count : index * p->lane_floats);
    return (tensor){ .data = data, .rows = rows, .shape = a->shape };
}

tensor plan_gradient(const plan *p, int array, size_t index, size_t first, size_t rows)
{
    const plan_array *a = &p->arrays[array];
    float *data = a->gradient + (a->gradient_stays ? first * a->count : index * p->lane_floats);
    return (tensor){ .data = data, .rows = rows, .shape = a->shape };
}

/* ---- steps and arrays ---- */

static int add_array(plan *p, const shape *s, int data_of)
{
    int index = (int)p->array_count++;
    p->arrays[index] =
        (plan_array){ .shape = *s, .count = shape_count(s), .data_of = data_of < 0 ? index : data_of };
    return index;
}

static int add_step(plan *p, const call *c, const activation *a, int x, int y)
{
    p->steps[p->step_count++] = (plan_step){ .call = c, .activation = a, .x = x, .y = y };
    return y;
}

static int add_call(plan *p, const call *c, int x)
{
    unsigned flags = c->layer->class->flags;
    bool hands_on = flags & LAYER_IS_VIEW || (flags & LAYER_IDLE_IN_INFERENCE && !p->training);
    int y = add_array(p, c->outputs, hands_on ? p->arrays[x].data_of : -1);
    return hands_on ? y : add_step(p, c, NULL, x, y);
}

/* relu, in place of its input. */
static bool is_relu(const plan *p, const plan_step *step)
{
    return step->activation && step->activation->is_relu &&
           p->arrays[step->x].data_of == p->arrays[step->y].data_of;
}

static bool has_flag(const plan_step *step, unsigned flag)
{
    return step->call && step->call->layer->class->flags & flag;
}

/* An activation that wrote over y would hide what relu let through. */
static bool turns_relu(const plan *p, const plan_step *step)
{
    return has_flag(step, LAYER_TURNS_RELU) && !p->arrays[p->arrays[step->y].data_of].activated;
}

/* What the layers around a relu do while they have its values at hand needs no passes of its own. */
static void join_relu(plan *p)
{
    for (size_t i = 1; i < p->step_count; i++) {
        plan_step *step = &p->steps[i], *before = step - 1, *behind = i + 1 < p->step_count ? step + 1 : NULL;
        if (!is_relu(p, step)) continue;
        if (has_flag(before, LAYER_APPLIES_RELU)) before->relu_forward = step->relu_forward = true;
        if (behind && turns_relu(p, behind)) behind->relu_backward = step->relu_backward = true;
    }
}

/* A last softmax in front of a loss that takes logits keeps its input: the loss goes on from there. */
static int add_activation(plan *p, const horn_model *m, const call *c, int x)
{
    const activation *a = c->layer->activation;
    bool last = c == m->calls[m->layer_count - 1];
    bool behind_loss = last && m->loss && m->loss->class->takes_logits && a->has_logits;
    plan_array *owner = &p->arrays[p->arrays[x].data_of];
    int y = add_array(p, c->outputs, behind_loss || owner->activated ? -1 : p->arrays[x].data_of);
    p->arrays[p->arrays[y].data_of].activated = true;
    if (behind_loss) {
        p->loss_takes_logits = true;
        p->loss_input = x;
    }
    return add_step(p, NULL, a, x, y);
}

static void lay_out(plan *p, const horn_model *m)
{
    int x = add_array(p, model_input(m), -1);
    p->loss_input = -1;
    for (size_t i = 0; i < m->layer_count; i++) {
        const call *c = m->calls[i];
        x = add_call(p, c, x);
        if (c->layer->activation) x = add_activation(p, m, c, x);
    }
    p->output = x;
    if (p->loss_input < 0) p->loss_input = x;
    join_relu(p);
}

/* What is looked at again after its slice has gone through. */
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

/* A slice's arrays and their gradients are to stay in the cache, unless a layer's weights fill it anyway. In
 * inference the room of the gradients is left to what layers prepare. */
static void choose_slice(plan *p, const horn_model *m)
{
    const double cache = 1 << 20;
    double sample = 1, weights = 0;
    for (size_t i = 0; i < p->array_count; i++)
        if ((size_t)p->arrays[i].data_of == i) sample += (double)p->arrays[i].count * sizeof(float) * 2;
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count; k++) {
            double size = (double)shape_count(&m->layers[i]->weights[k].shape) * sizeof(float);
            if (size > weights) weights = size;
        }
    double rows = (cache > weights ? cache : weights) / sample;
    p->most_slice = rows < 1 ? 1 : rows > 1e9 ? (size_t)1e9 : (size_t)rows;
}

/* ---- memory ---- */

static size_t padded(size_t floats)
{
    return (floats + 15) & ~(size_t)15;
}

/* Adds the floats of rows * count, or says that there is no memory like that. */
static horn_status add_floats(size_t *total, size_t count, size_t rows)
{
    if (!memory_multiply(&count, rows) || count > SIZE_MAX / 64 - *total)
        return fail_memory("activations", SIZE_MAX);
    *total += padded(count);
    return HORN_OK;
}

/* Data (0) or gradient (1) of an array that owns them: in the block, or in each lane's. */
static horn_status place_one(plan *p, plan_array *a, int which, size_t *block, size_t *lanes)
{
    bool stays = which ? a->gradient_stays : a->data_stays;
    size_t *total = stays ? block : lanes;
    float *base = stays ? p->block : p->lane_block;
    if (base) *(which ? &a->gradient : &a->data) = base + *total;
    return add_floats(total, a->count, stays ? p->capacity : plan_slice(p, p->capacity));
}

/* Counts where there is no memory yet, places where there is. */
static horn_status place_arrays(plan *p, size_t *block, size_t *lanes)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < p->array_count; i++) {
        if ((size_t)p->arrays[i].data_of != i) continue;
        status = place_one(p, &p->arrays[i], 0, block, lanes);
        if (!status && p->training && i > 0) status = place_one(p, &p->arrays[i], 1, block, lanes);
    }
    for (size_t i = 0; i < p->array_count; i++) {
        p->arrays[i].data = p->arrays[p->arrays[i].data_of].data;
        p->arrays[i].gradient = p->arrays[p->arrays[i].data_of].gradient;
    }
    return status;
}

static horn_status place_keep(plan *p, const horn_model *m)
{
    size_t total = 0;
    for (size_t i = 0; i < m->layer_count; i++) {
        size_t wanted = m->calls[i]->keep;
        if (!memory_multiply(&wanted, p->capacity) || wanted > SIZE_MAX / 16 - total)
            return fail_memory("layers", SIZE_MAX);
        total += (wanted + 63) & ~(size_t)63;
    }
    horn_status status = memory_new_aligned(&p->keep_block, p->training ? total : 0, 1);
    unsigned char *at = p->keep_block;
    for (size_t i = 0; !status && p->training && i < m->layer_count; i++) {
        size_t wanted = m->calls[i]->keep * p->capacity;
        p->keep[i] = wanted ? at : NULL;
        at += (wanted + 63) & ~(size_t)63;
    }
    return status;
}

/* Floats that lanes keep sums of one parameter in: none where gradients go by parts or are settled. */
static size_t lane_gradient_floats(const plan *p, const layer *l, size_t i)
{
    bool elsewhere = l->class->flags & LAYER_GRADIENT_BY_PARTS || layer_couples(l, p->training);
    bool sums = p->training && !elsewhere && l->weights[i].gradient;
    return sums ? padded(shape_count(&l->weights[i].shape)) : 0;
}

static size_t most_scratch(const horn_model *m)
{
    size_t most = 0;
    for (size_t i = 0; i < m->layer_count; i++)
        if (padded(m->calls[i]->scratch) > most) most = padded(m->calls[i]->scratch);
    return most;
}

/* Behind a lane's arrays, at `at`: scratch, then sums of gradients. Returns where the lane ends. */
static size_t place_lane(plan *p, const horn_model *m, plan_lane *q, float *base, size_t at)
{
    if (base) q->lane.scratch = base + at;
    at += most_scratch(m);
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count; k++) {
            size_t floats = lane_gradient_floats(p, m->layers[i], k);
            if (base) q->gradients[m->layers[i]->weights[k].number] = floats ? base + at : NULL;
            at += floats;
        }
    return at;
}

static horn_status make_lane(plan *p, const horn_model *m, plan_lane *q)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&q->keep, m->layer_count, sizeof *q->keep));
    TRY(memory_new(&q->gradients, m->weight_count, sizeof *q->gradients));
    TRY(memory_new(&q->shares, m->layer_count, sizeof *q->shares));
    TRY(memory_new(&q->squares, m->weight_count, sizeof *q->squares));
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

static horn_status place_floats(plan *p, const horn_model *m)
{
    horn_status status = HORN_OK;
    size_t block = 0, each = 0, lanes = PLAN_LANES;
    TRY(place_arrays(p, &block, &each));
    p->lane_floats = place_lane(p, m, NULL, NULL, each);
    if (p->lane_floats > SIZE_MAX / 64 || !memory_multiply(&lanes, p->lane_floats))
        TRY(fail_memory("activations", SIZE_MAX));
    TRY(memory_new_aligned(&p->block, block, sizeof *p->block));
    TRY(memory_new_aligned(&p->lane_block, lanes, sizeof *p->lane_block));
    block = each = 0;
    TRY(place_arrays(p, &block, &each));
    for (size_t n = 0; n < PLAN_LANES; n++)
        place_lane(p, m, &p->lanes[n], p->lane_block + n * p->lane_floats, each);
done:
    return status;
}

/* For each layer that couples: the settled sums of both ways, then each lane's share. */
static horn_status place_sums(plan *p, const horn_model *m)
{
    size_t total = 0;
    for (size_t i = 0; i < m->layer_count; i++)
        if (layer_couples(m->layers[i], p->training)) total += m->calls[i]->sums * (2 + PLAN_LANES);
    horn_status status = memory_new_aligned(&p->sums_block, total, sizeof *p->sums_block);
    double *at = p->sums_block;
    for (size_t i = 0; !status && i < m->layer_count; i++) {
        if (!layer_couples(m->layers[i], p->training)) continue;
        p->sums[i] = at;
        at += 2 * m->calls[i]->sums;
        for (size_t n = 0; n < PLAN_LANES; n++, at += m->calls[i]->sums) p->lanes[n].shares[i] = at;
    }
    return status;
}

static horn_status place_prepared(plan *p, const horn_model *m)
{
    size_t total = 0;
    for (size_t i = 0; i < m->layer_count; i++) total += padded(m->calls[i]->prepared);
    horn_status status = memory_new_aligned(&p->prepared_block, total, sizeof *p->prepared_block);
    float *at = p->prepared_block;
    for (size_t i = 0; !status && i < m->layer_count; i++) {
        p->prepared[i] = at;
        at += padded(m->calls[i]->prepared);
    }
    return status;
}

horn_status plan_new(plan **out, const horn_model *m, bool training, size_t capacity)
{
    horn_status status = HORN_OK;
    plan *p = NULL;
    TRY(memory_new(&p, 1, sizeof *p));
    p->training = training;
    p->capacity = capacity;
    TRY(memory_new(&p->steps, m->layer_count * 2, sizeof *p->steps));
    TRY(memory_new(&p->arrays, m->layer_count * 2 + 1, sizeof *p->arrays));
    TRY(memory_new(&p->keep, m->layer_count, sizeof *p->keep));
    TRY(memory_new(&p->coupled, m->layer_count, sizeof *p->coupled));
    TRY(memory_new(&p->sums, m->layer_count, sizeof *p->sums));
    TRY(memory_new(&p->prepared, m->layer_count, sizeof *p->prepared));
    TRY(memory_new(&p->norms, m->weight_count, sizeof *p->norms));
    TRY(memory_new(&p->values, m->weight_count, sizeof *p->values));
    TRY(memory_new(&p->gradients, m->weight_count, sizeof *p->gradients));
    for (size_t i = 0; i < m->weight_count; i++) {
        p->values[i] = m->weights[i]->value;
        p->gradients[i] = m->weights[i]->gradient;
    }
    for (size_t n = 0; n < PLAN_LANES; n++) TRY(make_lane(p, m, &p->lanes[n]));
    lay_out(p, m);
    mark_what_stays(p);
    choose_slice(p, m);
    TRY(place_floats(p, m));
    TRY(place_keep(p, m));
    TRY(place_sums(p, m));
    TRY(place_prepared(p, m));
    size_t outputs = p->arrays[p->output].count;
    TRY(memory_new_aligned(&p->labels, capacity * outputs, sizeof *p->labels));
    TRY(memory_new_aligned(&p->target_rows, capacity * outputs, sizeof *p->target_rows));
    *out = p;
    return HORN_OK;
done:
    plan_free(p);
    return status;
}

void plan_free(plan *p)
{
    if (!p) return;
    for (size_t n = 0; n < PLAN_LANES; n++) {
        free(p->lanes[n].keep);
        free(p->lanes[n].gradients);
        free(p->lanes[n].shares);
        free(p->lanes[n].squares);
    }
    free(p->block);
    free(p->keep_block);
    free(p->lane_block);
    free(p->sums_block);
    free(p->sums);
    free(p->prepared_block);
    free(p->prepared);
    free(p->norms);
    free(p->values);
    free(p->gradients);
    free(p->coupled);
    free(p->labels);
    free(p->target_rows);
    free(p->keep);
    free(p->arrays);
    free(p->steps);
    free(p);
}
