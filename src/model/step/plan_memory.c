/* Memory layout of a plan in the arena. One walk computes the size (without a block) or sets the pointers (with one). */
#include "base/status.h"
#include "base/memory.h"
#include "model/step/update.h"

enum { LINE = 64 };

typedef struct walk {
    plan *plan;
    const horn_model *model;
    /* NULL: compute the size only. */
    unsigned char *block;
    size_t at;
    /* The size exceeds size_t. */
    bool overflows;
} walk;

/* Takes count * times elements of `size` bytes, aligned to a cache line; NULL without a block, or if there are none. */
static void *take(walk *w, size_t count, size_t times, size_t size)
{
    const size_t at = w->at;
    if (!memory_multiply(&count, times) || !memory_multiply(&count, size) || count > SIZE_MAX / 4 - at) {
        w->overflows = true;
        return NULL;
    }
    w->at = at + (count + LINE - 1) / LINE * LINE;
    return w->block && count ? w->block + at : NULL;
}

static float *take_floats(walk *w, size_t count, size_t times)
{
    return take(w, count, times, sizeof(float));
}

static float *place_of(unsigned char *block, size_t at)
{
    return block ? (float *)(void *)(block + at) : NULL;
}

static void place_arrays(walk *w)
{
    plan *p = w->plan;
    unsigned char *stay = take(w, p->stay_bytes, 1, 1);
    const size_t first = w->at;
    unsigned char *workspace = take(w, p->workspace_bytes, 1, 1);
    p->addends = take_floats(w, p->addend_floats, 1);
    const size_t size = w->at - first;
    p->workspace_floats = size / sizeof(float);
    (void)take(w, size, p->workspaces - 1, 1);
    for (size_t i = 0; i < p->array_count; i++) {
        plan_array *a = &p->arrays[i];
        const plan_array *of = &p->arrays[a->data_of];
        a->data = a->has_data ? place_of(of->data_stays ? stay : workspace, of->data_at) : NULL;
        a->gradient =
            a->has_gradient ? place_of(of->gradient_stays ? stay : workspace, of->gradient_at) : NULL;
    }
}

static void place_masks(walk *w)
{
    for (size_t i = 0; i < w->plan->mask_count; i++)
        w->plan->masks[i].data = take(w, w->plan->masks[i].positions, w->plan->capacity, 1);
}

static size_t most_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

static bool is_called_again(const plan *p, const call *c)
{
    return c->layer->weight_count && p->uses[c->layer->weights[0].number].calls > 1;
}

/* Scratch for the layers and for the update of the weights. */
static void place_scratch(walk *w)
{
    plan *p = w->plan;
    size_t most = 0, further = 0, room = p->training && p->capacity >= CUT_WIDE ? UPDATE_ROOM : 0;
    for (size_t i = 0; i < p->call_count; i++) {
        const call *c = p->calls[i];
        most = most_of(most, c->scratch);
        const bool leaves = c->gradient_parts && !(c->layer->class->flags & LAYER_GRADIENT_OF_ROWS);
        if (p->training && leaves) room = most_of(room, cut_call_room(c, p->capacity));
        if (p->training && c->gradient_parts && is_called_again(p, c))
            further = most_of(further, cut_call_part(c));
    }
    p->room_at = (most + LINE - 1) / LINE * LINE;
    p->further_at = p->room_at + (room + LINE - 1) / LINE * LINE;
    p->scratch_floats = p->further_at + (further + LINE - 1) / LINE * LINE;
    p->scratch = take_floats(w, p->scratch_floats, p->threads);
}

static void place_calls(walk *w)
{
    plan *p = w->plan;
    for (size_t i = 0; i < p->call_count; i++) {
        const call *c = p->calls[i];
        const bool couples = layer_couples(c->layer, p->training);
        if (p->training) p->keep[i] = take(w, c->keep * c->rows, p->capacity, 1);
        p->prepared[i] = take_floats(w, c->prepared, 1);
        if (!couples) continue;
        p->sums[i] = take(w, c->sums, 2, sizeof(double));
        for (size_t n = 0; n < p->lane_count; n++)
            p->lanes[n].shares[i] = take(w, c->sums, 1, sizeof(double));
    }
}

/* Sums of a weight's gradient: lanes have none for weights whose gradient is computed by parts or by settle_back. */
static void place_gradient(walk *w, const call *c, const weight *q)
{
    plan *p = w->plan;
    const bool parts = c->layer->class->flags & LAYER_GRADIENT_BY_PARTS;
    const size_t count = shape_count(&q->shape), leaves = cut_leaves(p->capacity);
    if (!p->training || !q->gradient || layer_couples(c->layer, true)) return;
    if (c->layer->class->flags & LAYER_GRADIENT_OF_ROWS && q == c->layer->weights) {
        if (!is_called_again(p, c)) p->touched[q->number] = take(w, c->gradient_parts, 1, 1);
    } else if (parts && leaves > 1)
        p->leaves[q->number] = take_floats(w, count, cut_call_groups(c, p->capacity));
    const size_t lanes = cut_most_tasks(p->capacity, p->uses[q->number].slice);
    for (size_t n = 0; n < lanes && !parts; n++) p->lanes[n].gradients[q->number] = take_floats(w, count, 1);
}

static void place_gradients(walk *w)
{
    for (size_t i = 0; i < w->plan->call_count; i++) {
        const call *c = w->plan->calls[i];
        for (size_t k = 0; plan_is_first(w->plan, c) && k < c->layer->weight_count; k++)
            place_gradient(w, c, &c->layer->weights[k]);
    }
}

/* The metrics of an output without a loss may take either kind of targets. */
static void place_targets(walk *w, plan_head *h, const model_head *from)
{
    const plan *p = w->plan;
    const plan_array *output = &p->arrays[h->output];
    const loss *l = from->loss;
    if (!l && !from->metric_count) return;
    const size_t columns = output->shape.rank ? output->shape.dim[output->shape.rank - 1] : 1;
    if (!l || l->class->targets == TARGET_LABELS)
        h->labels = take(w, output->count / columns, p->capacity, sizeof *h->labels);
    if (!l || l->class->targets != TARGET_LABELS) h->target_rows = take_floats(w, output->count, p->capacity);
    h->weights = take_floats(w, output->count / columns, p->capacity);
    if (l && l->ignores) h->loss_weights = take_floats(w, output->count / columns, p->capacity);
}

horn_status plan_place(plan *p, const horn_model *m, unsigned char *block)
{
    walk w = { .plan = p, .model = m, .block = block };
    place_arrays(&w);
    place_masks(&w);
    place_scratch(&w);
    place_calls(&w);
    place_gradients(&w);
    for (size_t i = 0; m->heads && i < p->head_count; i++) place_targets(&w, &p->heads[i], &m->heads[i]);
    if (w.overflows) return fail_memory("activations", SIZE_MAX);
    p->bytes = w.at;
    p->block = block;
    p->prepared_rows = 0;
    return HORN_OK;
}
