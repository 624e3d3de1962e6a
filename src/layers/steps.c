#include "layers/steps.h"

#include <string.h>

static const shape *shape_of(const graph *g, size_t value)
{
    return &g->operations[value].shape;
}

/* With an axis of length 1 in front. */
static shape image_of(const shape *s)
{
    shape image = { .rank = s->rank + 1, .dim = { 1 } };
    memcpy(image.dim + 1, s->dim, (size_t)s->rank * sizeof *s->dim);
    return image;
}

static size_t reshape(graph *g, operation_kind kind, size_t x, const shape *s)
{
    return graph_add(g, &(operation){ .kind = kind, .inputs = { x }, .input_count = 1, .shape = *s });
}

size_t steps_image(graph *g, size_t x)
{
    if (g->status) return 0;
    const shape image = image_of(shape_of(g, x));
    return reshape(g, OPERATION_EXPAND_DIMS, x, &image);
}

size_t steps_squeeze(graph *g, size_t image, const shape *output)
{
    return reshape(g, OPERATION_SQUEEZE, image, output);
}

size_t steps_operate(graph *g, operation *o, size_t x, size_t kernel, const shape *output)
{
    o->inputs[0] = steps_image(g, x);
    o->inputs[1] = kernel == NO_VALUE ? NO_VALUE : steps_image(g, kernel);
    o->input_count = kernel == NO_VALUE ? 1 : 2;
    o->shape = image_of(output);
    return steps_squeeze(g, graph_add(g, o), output);
}

size_t steps_pad(graph *g, size_t x, size_t before, size_t after)
{
    operation o = { .kind = OPERATION_PAD, .padding = { 0, 0, before, after } };
    if (g->status) return 0;
    shape s = *shape_of(g, x);
    if (s.dim[0] != SHAPE_OPEN) s.dim[0] += before + after;
    return steps_operate(g, &o, x, NO_VALUE, &s);
}
