#include "snapshot/graph.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

horn_status graph_new(graph **out)
{
    return memory_new(out, 1, sizeof **out);
}

void graph_free(graph *g)
{
    if (!g) return;
    for (size_t i = 0; i < g->count; i++) free((void *)(uintptr_t)g->operations[i].values);
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

static bool same_padding(const graph *a, const graph *b, size_t index)
{
    size_t x[6], y[6];
    if (a->operations[index].same == b->operations[index].same) return true;
    graph_padding(a, &a->operations[index], x);
    graph_padding(b, &b->operations[index], y);
    return same_sizes(x, y, 6);
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

static bool same_operation(const operation *a, const operation *b)
{
    return a->kind == b->kind && a->input_count == b->input_count &&
           same_sizes(a->inputs, b->inputs, (size_t)a->input_count) && shape_equal(&a->shape, &b->shape) &&
           !a->weight == !b->weight && (!a->weight || strcmp(role_of(a->weight), role_of(b->weight)) == 0) &&
           (float)a->number == (float)b->number && same_values(a, b) && same_sizes(a->size, b->size, 3) &&
           same_sizes(a->stride, b->stride, 3) && same_sizes(a->dilation, b->dilation, 3) &&
           same_sizes(a->padding, b->padding, 6) && memcmp(a->order, b->order, sizeof a->order) == 0 &&
           a->axes == b->axes && a->axis == b->axis && a->first == b->first &&
           a->activation == b->activation && a->gate == b->gate && a->is_backwards == b->is_backwards &&
           a->resets_after == b->resets_after;
}

bool graph_equal(const graph *a, const graph *b)
{
    if (a->count != b->count || a->output != b->output) return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_operation(&a->operations[i], &b->operations[i]) || !same_padding(a, b, i)) return false;
    return true;
}

size_t graph_add(graph *g, const operation *added)
{
    if (!g->status) g->status = memory_grow(&g->operations, g->count, &g->capacity, sizeof *g->operations);
    if (g->status) return 0;
    g->operations[g->count] = *added;
    g->operations[g->count].layer = g->layer;
    return g->count++;
}

size_t graph_weight(graph *g, const char *name, const shape *s)
{
    return graph_add(g, &(operation){ .kind = OPERATION_WEIGHT, .weight = name, .shape = *s });
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
