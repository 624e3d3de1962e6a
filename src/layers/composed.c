#include "layers/composed.h"

#include <math.h>
#include <string.h>

size_t composed_scale(graph *g, size_t x, double factor, double offset)
{
    const size_t scaled = graph_apply(g, OPERATION_MUL, x, graph_number(g, factor));
    return graph_apply(g, OPERATION_ADD, scaled, graph_number(g, offset));
}

size_t composed_select(graph *g, size_t condition, size_t above, size_t below)
{
    if (g->status) return 0;
    return graph_add(g, &(operation){ .kind = OPERATION_SELECT,
                                      .inputs = { condition, above, below },
                                      .input_count = 3,
                                      .shape = g->operations[above].shape });
}

size_t composed_relu(graph *g, size_t x, double threshold, double slope, double greatest)
{
    if (greatest == 6 && slope == 0 && threshold == 0) return graph_apply(g, OPERATION_RELU6, x, NO_VALUE);
    if (!isfinite(greatest) && threshold == 0) return composed_leaky_relu(g, x, slope);
    const size_t at = graph_number(g, threshold), times = graph_number(g, slope);
    const size_t above =
        isfinite(greatest) ? graph_apply(g, OPERATION_MINIMUM, x, graph_number(g, greatest)) : x;
    const size_t below = graph_apply(g, OPERATION_MUL, graph_apply(g, OPERATION_SUB, x, at), times);
    return composed_select(g, graph_apply(g, OPERATION_GREATER, x, at), above, below);
}

size_t composed_elu(graph *g, size_t x, double alpha)
{
    const size_t y = graph_apply(g, OPERATION_ELU, x, NO_VALUE);
    if (alpha == 1) return y;
    const size_t above = graph_apply(g, OPERATION_GREATER, x, graph_number(g, 0)),
                 below = graph_apply(g, OPERATION_MUL, y, graph_number(g, alpha));
    return composed_select(g, above, y, below);
}

size_t composed_clip(graph *g, size_t x, double least, double greatest)
{
    if (least == 0 && greatest > 0) return composed_relu(g, x, 0, 0, greatest);
    return graph_apply(g, OPERATION_MAXIMUM, graph_apply(g, OPERATION_MINIMUM, x, graph_number(g, greatest)),
                       graph_number(g, least));
}

/* 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
size_t composed_gelu(graph *g, size_t x)
{
    const double factor = sqrt(2 / acos(-1));
    const size_t square = graph_apply(g, OPERATION_MUL, x, x),
                 bent = composed_scale(g, square, 0.044715 * factor, factor),
                 t = graph_apply(g, OPERATION_TANH, graph_apply(g, OPERATION_MUL, x, bent), NO_VALUE);
    return graph_apply(g, OPERATION_MUL, x, composed_scale(g, t, 0.5, 0.5));
}

size_t composed_leaky_relu(graph *g, size_t x, double slope)
{
    if (g->status) return 0;
    return graph_add(g, &(operation){ .kind = OPERATION_LEAKY_RELU,
                                      .inputs = { x },
                                      .input_count = 1,
                                      .shape = g->operations[x].shape,
                                      .number = slope });
}

/* ---- activations ---- */

static size_t silu(graph *g, size_t x)
{
    return graph_apply(g, OPERATION_MUL, x, graph_apply(g, OPERATION_SIGMOID, x, NO_VALUE));
}

/* Keras 2's. */
static size_t hard_sigmoid(graph *g, size_t x)
{
    return composed_clip(g, composed_scale(g, x, 0.2, 0.5), 0, 1);
}

static size_t keras3_hard_sigmoid(graph *g, size_t x)
{
    return composed_scale(g, composed_clip(g, composed_scale(g, x, 1, 3), 0, 6), 1.0 / 6, 0);
}

static size_t hard_silu(graph *g, size_t x)
{
    return graph_apply(g, OPERATION_MUL, x, keras3_hard_sigmoid(g, x));
}

static size_t hard_tanh(graph *g, size_t x)
{
    return composed_clip(g, x, -1, 1);
}

static size_t leaky_relu(graph *g, size_t x)
{
    return composed_leaky_relu(g, x, 0.2);
}

static const struct row {
    const char *name;
    size_t (*operate)(graph *, size_t x);
} rows[] = {
    { "silu", silu },
    { "hard_sigmoid", hard_sigmoid },
    { "keras3_hard_sigmoid", keras3_hard_sigmoid },
    { "hard_silu", hard_silu },
    { "hard_tanh", hard_tanh },
    { "leaky_relu", leaky_relu },
};

bool composed_activation(const activation *a, graph *g, size_t x, size_t *y)
{
    if (a->operation) {
        *y = graph_apply(g, a->operation, x, NO_VALUE);
        return true;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, a->name) == 0) {
            *y = rows[i].operate(g, x);
            return true;
        }
    return false;
}
