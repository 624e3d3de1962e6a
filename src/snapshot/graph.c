#include "snapshot/graph.h"

#include <stdlib.h>
#include "base/memory.h"

horn_status graph_new(graph **out)
{
    return memory_new(out, 1, sizeof **out);
}

void graph_free(graph *g)
{
    if (!g) return;
    free(g->operations);
    free(g);
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
    return graph_add(g, &(operation){ .kind = "Weight", .weight = name, .shape = *s });
}

size_t graph_number(graph *g, double number)
{
    return graph_add(g, &(operation){ .kind = "Number", .number = number });
}

size_t graph_apply(graph *g, const char *kind, size_t x, size_t y)
{
    if (g->status) return 0;
    return graph_add(g, &(operation){ .kind = kind,
                                      .inputs = { x, y },
                                      .input_count = y == NO_VALUE ? 1 : 2,
                                      .shape = g->operations[x].shape });
}
