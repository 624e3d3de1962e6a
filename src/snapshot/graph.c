#include "snapshot/graph.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status graph_new(graph **out)
{
    const horn_status status = memory_new(out, 1, sizeof **out);
    if (!status) (*out)->mask = NO_VALUE;
    return status;
}

void graph_free(graph *g)
{
    if (!g) return;
    for (size_t i = 0; i < g->count; i++) free((void *)(uintptr_t)g->operations[i].values);
    for (size_t i = 0; i < g->layer_count; i++) free(g->layers[i].inputs);
    free(g->layers);
    free(g->operations);
    free(g);
}

static bool same_sizes(const size_t *a, const size_t *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

static bool is_of_volumes(operation_kind kind)
{
    return kind == OPERATION_CONV3D || kind == OPERATION_CONV3D_TRANSPOSE || kind == OPERATION_MAX_POOL3D ||
           kind == OPERATION_AVG_POOL3D;
}

/* Of a transposed convolution: those of the convolution that makes its input of its result. */
void graph_padding(const graph *g, const operation *o, size_t out[6])
{
    const bool is_transposed = o->kind == OPERATION_CONV2D_TRANSPOSE || o->kind == OPERATION_CONV3D_TRANSPOSE;
    const shape *x = is_transposed ? &o->shape : &g->operations[o->inputs[0]].shape;
    memset(out, 0, 6 * sizeof *out);
    for (int i = 0; i < 2 + is_of_volumes(o->kind) && o->same; i++) {
        const size_t n = x->dim[i] == SHAPE_OPEN ? 1 : x->dim[i], stride = o->stride[i],
                     size = o->input_count > 1 ? g->operations[o->inputs[1]].shape.dim[i] : o->size[i],
                     reach = (size - 1) * o->dilation[i] + 1, last = (n - 1) / stride * stride;
        const size_t total = last + reach > n ? last + reach - n : 0;
        out[2 * i] = total / 2;
        out[2 * i + 1] = total - total / 2;
    }
}

static bool same_padding(const graph *a, const operation *x, const graph *b, const operation *y)
{
    size_t one[6], other[6];
    if (x->same == y->same) return true;
    graph_padding(a, x, one);
    graph_padding(b, y, other);
    return same_sizes(one, other, 6);
}

/* A graph has the second half of a separable convolution as a convolution. */
static const char *role_of(const char *weight)
{
    static const char half[] = "pointwise_";
    return strncmp(weight, half, sizeof half - 1) == 0 ? weight + sizeof half - 1 : weight;
}

/* Of the same shape. */
static bool same_values(const operation *a, const operation *b)
{
    if (!a->values || !b->values) return !a->values && !b->values;
    return memcmp(a->values, b->values, shape_count(&a->shape) * sizeof *a->values) == 0;
}

/* The shape says what it does. */
static operation_kind kind_of(const operation *o)
{
    return o->kind == OPERATION_EXPAND_DIMS || o->kind == OPERATION_SQUEEZE ? OPERATION_RESHAPE : o->kind;
}

static bool same_operation(const operation *a, const operation *b)
{
    return kind_of(a) == kind_of(b) && a->input_count == b->input_count &&
           shape_equal(&a->shape, &b->shape) && !a->weight == !b->weight &&
           (!a->weight || strcmp(role_of(a->weight), role_of(b->weight)) == 0) &&
           (float)a->number == (float)b->number && same_values(a, b) && same_sizes(a->size, b->size, 3) &&
           same_sizes(a->stride, b->stride, 3) && same_sizes(a->dilation, b->dilation, 3) &&
           same_sizes(a->padding, b->padding, 6) && memcmp(a->order, b->order, sizeof a->order) == 0 &&
           a->axes == b->axes && a->axis == b->axis && a->first == b->first &&
           a->activation == b->activation && a->gate == b->gate && a->is_backwards == b->is_backwards &&
           a->resets_after == b->resets_after && a->mask_is_backwards == b->mask_is_backwards &&
           a->zeroes_masked == b->zeroes_masked;
}

/* ---- what two graphs have in common ---- */

typedef struct comparison {
    const graph *a, *b;
    /* By a's operations: 1 + b's. */
    size_t *found;
    /* Operations of a whose inputs are still to be compared. */
    size_t *open, open_count;
    graph_pair *pairs;
    size_t count, capacity;
    bool differs;
} comparison;

static bool is_constant(operation_kind kind)
{
    return kind == OPERATION_WEIGHT || kind == OPERATION_NUMBER || kind == OPERATION_NUMBERS;
}

static horn_status note_pair(comparison *c, const operation *x, const operation *y)
{
    if (x->kind != OPERATION_WEIGHT) return HORN_OK;
    horn_status status = memory_grow(&c->pairs, c->count, &c->capacity, sizeof *c->pairs);
    if (!status) c->pairs[c->count++] = (graph_pair){ x, y };
    return status;
}

/* That value y of b is value x of a. A constant may be several ones of b. */
static horn_status meet(comparison *c, size_t x, size_t y)
{
    if (x == NO_VALUE || y == NO_VALUE) {
        c->differs |= x != y;
        return HORN_OK;
    }
    const operation *one = &c->a->operations[x], *other = &c->b->operations[y];
    if (c->found[x] == y + 1) return HORN_OK;
    if ((c->found[x] && !is_constant(one->kind)) || !same_operation(one, other) ||
        !same_padding(c->a, one, c->b, other)) {
        c->differs = true;
        return HORN_OK;
    }
    if (!c->found[x]) c->open[c->open_count++] = x;
    c->found[x] = y + 1;
    return note_pair(c, one, other);
}

static horn_status compare(comparison *c)
{
    horn_status status = meet(c, c->a->output, c->b->output);
    while (c->open_count && !c->differs && !status) {
        const size_t x = c->open[--c->open_count];
        const operation *one = &c->a->operations[x], *other = &c->b->operations[c->found[x] - 1];
        for (int i = 0; i < one->input_count && !c->differs && !status; i++)
            status = meet(c, one->inputs[i], other->inputs[i]);
    }
    return status;
}

horn_status graph_compare(graph_pair **pairs, size_t *count, const graph *a, const graph *b)
{
    horn_status status = HORN_OK;
    comparison c = { .a = a, .b = b };
    *pairs = NULL;
    TRY(memory_new(&c.found, a->count, sizeof *c.found));
    TRY(memory_new(&c.open, a->count, sizeof *c.open));
    TRY(memory_grow(&c.pairs, 0, &c.capacity, sizeof *c.pairs));
    TRY(compare(&c));
    if (c.differs) goto done;
    *pairs = c.pairs;
    *count = c.count;
    c.pairs = NULL;
done:
    free(c.found);
    free(c.open);
    free(c.pairs);
    return status;
}

/* ---- making ---- */

size_t graph_add(graph *g, const operation *added)
{
    if (!g->status) g->status = memory_grow(&g->operations, g->count, &g->capacity, sizeof *g->operations);
    if (g->status) return 0;
    g->operations[g->count] = *added;
    g->operations[g->count].layer = g->layer;
    return g->count++;
}

/* Of the layer that describes itself now; NULL after a failure. */
static graph_layer *own_layer(graph *g)
{
    while (!g->status && g->layer_count <= g->layer) {
        g->status = memory_grow(&g->layers, g->layer_count, &g->layer_capacity, sizeof *g->layers);
        if (!g->status) g->layers[g->layer_count++] = (graph_layer){ 0 };
    }
    return g->status ? NULL : &g->layers[g->layer];
}

const graph_layer *graph_layer_of(const graph *g, size_t layer)
{
    return layer < g->layer_count ? &g->layers[layer] : NULL;
}

size_t graph_weight(graph *g, const char *name, const shape *s)
{
    graph_layer *l = own_layer(g);
    if (!l) return 0;
    for (size_t i = l->weight; i; i = g->operations[i - 1].before)
        if (strcmp(g->operations[i - 1].weight, name) == 0) return i - 1;
    const size_t value = graph_add(
        g, &(operation){ .kind = OPERATION_WEIGHT, .weight = name, .shape = *s, .before = l->weight });
    if (!g->status) l->weight = value + 1;
    return value;
}

void graph_note_call(graph *g, const size_t *inputs, size_t count)
{
    graph_layer *l = own_layer(g);
    if (!l || l->inputs) return;
    g->status = memory_new(&l->inputs, count, sizeof *inputs);
    if (g->status) return;
    memcpy(l->inputs, inputs, count * sizeof *inputs);
    l->input_count = count;
}

size_t graph_number(graph *g, double number)
{
    return graph_add(g, &(operation){ .kind = OPERATION_NUMBER, .number = number });
}

size_t graph_numbers(graph *g, const float *values, const shape *s)
{
    float *copy = NULL;
    if (!g->status) g->status = memory_new(&copy, shape_count(s), sizeof *copy);
    if (g->status) return 0;
    memcpy(copy, values, shape_count(s) * sizeof *copy);
    const size_t value = graph_add(g, &(operation){ .kind = OPERATION_NUMBERS, .values = copy, .shape = *s });
    if (g->status) free(copy);
    return value;
}

size_t graph_shape(graph *g, operation_kind kind, size_t x, const shape *s)
{
    return graph_add(g, &(operation){ .kind = kind, .inputs = { x }, .input_count = 1, .shape = *s });
}

size_t graph_transpose(graph *g, size_t x, const int *order)
{
    if (g->status) return 0;
    const shape *s = &g->operations[x].shape;
    operation o = {
        .kind = OPERATION_TRANSPOSE, .inputs = { x }, .input_count = 1, .shape = { .rank = s->rank }
    };
    for (int i = 0; i < s->rank; i++) {
        o.order[i] = order[i];
        o.shape.dim[i] = s->dim[order[i]];
    }
    return graph_add(g, &o);
}

size_t graph_mean(graph *g, size_t x, unsigned bits)
{
    if (g->status) return 0;
    operation o = { .kind = OPERATION_MEAN_ALONG,
                    .inputs = { x },
                    .input_count = 1,
                    .shape = g->operations[x].shape,
                    .axes = bits & ((1u << g->operations[x].shape.rank) - 1) };
    for (int i = 0; i < o.shape.rank; i++)
        if (bits >> i & 1) o.shape.dim[i] = 1;
    return graph_add(g, &o);
}

size_t graph_apply(graph *g, operation_kind kind, size_t x, size_t y)
{
    if (g->status) return 0;
    return graph_add(g, &(operation){ .kind = kind,
                                      .inputs = { x, y },
                                      .input_count = y == NO_VALUE ? 1 : 2,
                                      .shape = g->operations[x].shape });
}

size_t graph_merge(graph *g, operation_kind kind, size_t x, size_t y)
{
    if (g->status) return 0;
    shape s = g->operations[x].shape, less = g->operations[y].shape;
    if (s.rank < less.rank) {
        const shape swapped = s;
        s = less;
        less = swapped;
    }
    for (int i = 1; i <= less.rank; i++) {
        size_t *to = &s.dim[s.rank - i];
        if (*to == 1 || (*to == SHAPE_OPEN && less.dim[less.rank - i] != 1)) *to = less.dim[less.rank - i];
    }
    return graph_add(g, &(operation){ .kind = kind, .inputs = { x, y }, .input_count = 2, .shape = s });
}

size_t graph_join(graph *g, size_t x, size_t y, int axis)
{
    if (g->status) return 0;
    operation o = { .kind = OPERATION_JOIN,
                    .inputs = { x, y },
                    .input_count = 2,
                    .axis = axis,
                    .shape = g->operations[x].shape };
    const shape *other = &g->operations[y].shape;
    for (int i = 0; i < o.shape.rank; i++)
        if (i == axis)
            o.shape.dim[i] = o.shape.dim[i] == SHAPE_OPEN || other->dim[i] == SHAPE_OPEN
                                 ? SHAPE_OPEN
                                 : o.shape.dim[i] + other->dim[i];
        else if (o.shape.dim[i] == SHAPE_OPEN)
            o.shape.dim[i] = other->dim[i];
    return graph_add(g, &o);
}

size_t graph_slice(graph *g, size_t x, int axis, size_t first, size_t count)
{
    if (g->status) return 0;
    operation o = { .kind = OPERATION_SLICE,
                    .inputs = { x },
                    .input_count = 1,
                    .shape = g->operations[x].shape,
                    .axis = axis,
                    .first = first };
    o.shape.dim[axis] = count;
    return graph_add(g, &o);
}

/* Pairs of neighbours, until one value is left. */
size_t graph_join_all(graph *g, size_t *values, size_t count, int axis)
{
    for (; count > 1 && !g->status; count = (count + 1) / 2)
        for (size_t i = 0; i < count; i += 2) {
            if (i + 1 == count) {
                values[i / 2] = values[i];
                continue;
            }
            values[i / 2] = graph_join(g, values[i], values[i + 1], axis);
            if (g->status) return 0;
        }
    return values[0];
}
