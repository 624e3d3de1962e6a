/* Graph operations for custom layers. An invalid value sets the graph's status; the first error stays. */
#include "base/status.h"
#include "layers/custom/custom_layer.h"

static bool has(horn_graph *g, horn_value v)
{
    if (!g) return false;
    if (!g->graph->status && v >= g->graph->count)
        g->graph->status =
            layer_fail(g->call->layer, HORN_ERROR_ARGUMENT, "operates on a value that there is not");
    return !g->graph->status;
}

/* Repeated calls for one weight return the same value. */
horn_value horn_graph_weight(horn_graph *g, int index)
{
    if (!g) return 0;
    const layer *l = g->call->layer;
    if (index < 0 || (size_t)index >= l->weight_count) {
        (void)has(g, NO_VALUE);
        return 0;
    }
    return layer_graph_weight(l, g->graph, (size_t)index);
}

horn_value horn_graph_number(horn_graph *g, double number)
{
    return g ? graph_number(g->graph, number) : 0;
}

static horn_value apply(horn_graph *g, operation_kind kind, horn_value x, horn_value y)
{
    return has(g, x) && has(g, y) ? graph_apply(g->graph, kind, x, y) : 0;
}

horn_value horn_graph_add(horn_graph *g, horn_value x, horn_value y)
{
    return apply(g, OPERATION_ADD, x, y);
}

horn_value horn_graph_subtract(horn_graph *g, horn_value x, horn_value y)
{
    return apply(g, OPERATION_SUB, x, y);
}

horn_value horn_graph_multiply(horn_graph *g, horn_value x, horn_value y)
{
    return apply(g, OPERATION_MUL, x, y);
}

horn_value horn_graph_minimum(horn_graph *g, horn_value x, horn_value y)
{
    return apply(g, OPERATION_MINIMUM, x, y);
}

horn_value horn_graph_matmul(horn_graph *g, horn_value x, horn_value kernel)
{
    if (!has(g, x) || !has(g, kernel)) return 0;
    shape s = g->graph->operations[x].shape;
    const shape *k = &g->graph->operations[kernel].shape;
    if (s.rank == 0 || k->rank != 2 || s.dim[s.rank - 1] != k->dim[0]) {
        g->graph->status =
            layer_fail(g->call->layer, HORN_ERROR_SHAPE, "multiplies matrices that do not fit");
        return 0;
    }
    s.dim[s.rank - 1] = k->dim[1];
    return graph_add(
        g->graph,
        &(operation){ .kind = OPERATION_MATMUL, .inputs = { x, kernel }, .input_count = 2, .shape = s });
}

horn_value horn_graph_activation(horn_graph *g, const char *name, horn_value x)
{
    const activation *a = NULL;
    if (!has(g, x)) return 0;
    g->graph->status = activation_by_name(&a, name ? name : "");
    /* NULL is linear. */
    if (g->graph->status || !a) return x;
    if (a->operation) return graph_apply(g->graph, a->operation, x, NO_VALUE);
    g->graph->status =
        layer_fail(g->call->layer, HORN_ERROR_UNSUPPORTED, "activation '%s' has no operation", name);
    return 0;
}

horn_value horn_graph_reshape(horn_graph *g, horn_value x)
{
    if (!has(g, x)) return 0;
    return graph_add(g->graph, &(operation){ .kind = OPERATION_RESHAPE,
                                             .inputs = { x },
                                             .input_count = 1,
                                             .shape = g->call->outputs[0] });
}
