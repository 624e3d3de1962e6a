#include "model/plan.h"

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
 * 8 times 32; a small batch is cut in two. */
size_t plan_slice(size_t n)
{
    size_t rows = (n + 1) / 2 < 32 ? (n + 1) / 2 : 32;
    return rows > (n + PLAN_LANES - 1) / PLAN_LANES ? rows : (n + PLAN_LANES - 1) / PLAN_LANES;
}

static tensor cut(const plan_array *a, float *data, size_t first, size_t rows)
{
    return (tensor){ .data = data + first * a->count, .rows = rows, .shape = a->shape };
}

tensor plan_tensor(const plan_array *a, size_t first, size_t rows)
{
    return cut(a, a->data, first, rows);
}

tensor plan_gradient(const plan_array *a, size_t first, size_t rows)
{
    return cut(a, a->gradient, first, rows);
}

/* ---- steps and arrays ---- */

static int add_array(plan *p, const shape *s, int data_of)
{
    int index = (int)p->array_count++;
    p->arrays[index] =
        (plan_array){ .shape = *s, .count = shape_count(s), .data_of = data_of < 0 ? index : data_of };
    return index;
}

static int add_step(plan *p, const layer *l, const activation *a, int x, int y)
{
    p->steps[p->step_count++] = (plan_step){ l, a, x, y };
    return y;
}

static int add_layer(plan *p, const layer *l, int x)
{
    unsigned flags = l->class->flags;
    bool hands_on = flags & LAYER_IS_VIEW || (flags & LAYER_IDLE_IN_INFERENCE && !p->training);
    int y = add_array(p, &l->output, hands_on ? p->arrays[x].data_of : -1);
    return hands_on ? y : add_step(p, l, NULL, x, y);
}

/* A last softmax in front of a loss that takes logits keeps its input: the loss goes on from there. */
static int add_activation(plan *p, const horn_model *m, const layer *l, int x)
{
    bool last = l == m->layers[m->layer_count - 1];
    bool behind_loss =
        last && m->loss && m->loss->class->takes_logits && strcmp(l->activation->name, "softmax") == 0;
    plan_array *owner = &p->arrays[p->arrays[x].data_of];
    int y = add_array(p, &l->output, behind_loss || owner->activated ? -1 : p->arrays[x].data_of);
    p->arrays[p->arrays[y].data_of].activated = true;
    if (behind_loss) {
        p->loss_takes_logits = true;
        p->loss_input = x;
    }
    return add_step(p, NULL, l->activation, x, y);
}

static void lay_out(plan *p, const horn_model *m)
{
    int x = add_array(p, model_input(m), -1);
    p->loss_input = -1;
    for (size_t i = 0; i < m->layer_count; i++) {
        const layer *l = m->layers[i];
        x = add_layer(p, l, x);
        if (l->activation) x = add_activation(p, m, l, x);
    }
    p->output = x;
    if (p->loss_input < 0) p->loss_input = x;
}

/* ---- memory ---- */

static size_t padded(size_t floats)
{
    return (floats + 15) & ~(size_t)15;
}

static horn_status place_arrays(plan *p)
{
    size_t total = 0;
    for (size_t i = 0; i < p->array_count; i++) {
        size_t floats = p->arrays[i].count;
        if ((size_t)p->arrays[i].data_of != i) continue;
        if (!memory_multiply(&floats, p->capacity * 2) || floats > SIZE_MAX / 16 - total)
            return fail_memory("activations", SIZE_MAX);
        total += padded(floats / 2) * (p->training ? 2 : 1);
    }
    horn_status status = memory_new_aligned(&p->block, total, sizeof *p->block);
    if (status) return status;
    float *at = p->block;
    for (size_t i = 0; i < p->array_count; i++) {
        plan_array *a = &p->arrays[i], *owner = &p->arrays[a->data_of];
        if (a == owner) {
            size_t floats = padded(a->count * p->capacity);
            a->data = at;
            at += floats;
            if (p->training && i > 0) {
                a->gradient = at;
                at += floats;
            }
        }
        a->data = owner->data;
        a->gradient = owner->gradient;
    }
    return HORN_OK;
}

static horn_status place_keep(plan *p, const horn_model *m)
{
    size_t total = 0;
    for (size_t i = 0; i < m->layer_count; i++) {
        size_t wanted = m->layers[i]->keep;
        if (!memory_multiply(&wanted, p->capacity) || wanted > SIZE_MAX / 16 - total)
            return fail_memory("layers", SIZE_MAX);
        total += (wanted + 63) & ~(size_t)63;
    }
    horn_status status = memory_new_aligned(&p->keep_block, p->training ? total : 0, 1);
    unsigned char *at = p->keep_block;
    for (size_t i = 0; !status && p->training && i < m->layer_count; i++) {
        size_t wanted = m->layers[i]->keep * p->capacity;
        p->keep[i] = wanted ? at : NULL;
        at += (wanted + 63) & ~(size_t)63;
    }
    return status;
}

/* Floats that lanes keep sums of one parameter in: none where gradients go by parts. */
static size_t lane_gradient_floats(const plan *p, const layer *l, int i)
{
    bool sums = p->training && !(l->class->flags & LAYER_GRADIENT_BY_PARTS) && l->params[i].gradient;
    return sums ? padded(shape_count(&l->params[i].shape)) : 0;
}

static horn_status place_lanes(plan *p, const horn_model *m)
{
    size_t scratch = 0, sums = 0;
    for (size_t i = 0; i < m->layer_count; i++) {
        const layer *l = m->layers[i];
        if (padded(l->scratch) > scratch) scratch = padded(l->scratch);
        for (int k = 0; k < l->param_count; k++) sums += lane_gradient_floats(p, l, k);
    }
    horn_status status =
        memory_new_aligned(&p->lane_block, (scratch + sums) * PLAN_LANES, sizeof *p->lane_block);
    float *at = p->lane_block;
    for (size_t n = 0; !status && n < PLAN_LANES; n++) {
        plan_lane *q = &p->lanes[n];
        status = memory_new(&q->keep, m->layer_count, sizeof *q->keep);
        if (!status)
            status = memory_new(&q->gradients, m->layer_count * LAYER_MAX_PARAMS, sizeof *q->gradients);
        if (status) break;
        q->lane = (lane){ .training = p->training,
                          .seed = m->seed,
                          .keep = q->keep,
                          .gradients = q->gradients,
                          .scratch = at };
        at += scratch;
        for (size_t i = 0; i < m->layer_count; i++)
            for (int k = 0; k < m->layers[i]->param_count; k++) {
                size_t floats = lane_gradient_floats(p, m->layers[i], k);
                q->gradients[i * LAYER_MAX_PARAMS + (size_t)k] = floats ? at : NULL;
                at += floats;
            }
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
    lay_out(p, m);
    TRY(place_arrays(p));
    TRY(place_keep(p, m));
    TRY(place_lanes(p, m));
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
    }
    free(p->block);
    free(p->keep_block);
    free(p->lane_block);
    free(p->labels);
    free(p->target_rows);
    free(p->keep);
    free(p->arrays);
    free(p->steps);
    free(p);
}
