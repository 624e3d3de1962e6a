#include "model/plan/cut.h"

enum { LEAST = 8, SLICE = 32, PART_ROWS = 96, LEAF = 512 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t power_of_two(size_t up_to)
{
    size_t power = 1;
    while (power < CUT_MOST && power * 2 <= up_to) power *= 2;
    return power;
}

size_t cut_lanes(size_t n)
{
    return n < CUT_WIDE ? LEAST : power_of_two(n / SLICE);
}

size_t cut_slice(size_t n, size_t most)
{
    const size_t lanes = cut_lanes(n);
    size_t rows = least((n + 1) / 2, SLICE);
    if (rows < (n + lanes - 1) / lanes) rows = (n + lanes - 1) / lanes;
    return least(rows, most);
}

size_t cut_tasks(size_t n, size_t most)
{
    const size_t rows = cut_slice(n, most);
    return rows ? least(cut_lanes(n), (n + rows - 1) / rows) : 0;
}

/* With n, slices grow until the number of lanes doubles. */
size_t cut_most_slice(size_t n, size_t most)
{
    const size_t rows = cut_slice(n, most);
    return n < CUT_WIDE || rows > 2 * SLICE ? rows : least(2 * SLICE, most);
}

size_t cut_most_tasks(size_t n, size_t most)
{
    const size_t slices = n < 2 * SLICE && most >= SLICE ? 2 : n;
    return least(cut_lanes(n), slices < n ? slices : n);
}

size_t cut_parts(size_t n)
{
    return n < CUT_WIDE ? LEAST : CUT_MOST;
}

size_t cut_gradient_parts(size_t n, size_t rows)
{
    const size_t parts = rows / PART_ROWS;
    return n < CUT_WIDE || parts < LEAST ? LEAST : least(parts, CUT_MOST);
}

size_t cut_leaves(size_t n)
{
    return power_of_two(n / LEAF);
}

size_t cut_groups(size_t leaves, size_t parts)
{
    size_t groups = 1;
    while (groups < leaves && groups * parts < CUT_MOST) groups *= 2;
    return groups;
}

range cut_range(size_t total, size_t grain, size_t index, size_t count)
{
    size_t grains = (total + grain - 1) / grain;
    size_t first = grains * index / count * grain, end = grains * (index + 1) / count * grain;
    return (range){ first < total ? first : total, end < total ? end : total };
}

size_t cut_branch(size_t count)
{
    size_t power = 1;
    while (power * 2 < count) power *= 2;
    return power;
}

static double sum_tree(const double *values, size_t stride, size_t count)
{
    if (count == 1) return *values;
    const size_t left = cut_branch(count);
    return sum_tree(values, stride, left) + sum_tree(values + left * stride, stride, count - left);
}

double cut_sum(size_t n, const double *values, size_t stride, size_t count)
{
    if (n >= CUT_WIDE && count) return sum_tree(values, stride, count);
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i * stride];
    return sum;
}

size_t cut_call_row(const call *c)
{
    return shape_count(&c->layer->weights[0].shape) / c->gradient_parts;
}

size_t cut_call_groups(const call *c, size_t n)
{
    return cut_groups(cut_leaves(n), cut_gradient_parts(n, c->gradient_parts));
}

size_t cut_call_part(const call *c)
{
    size_t floats = layer_part_most(c->gradient_parts) * cut_call_row(c);
    for (size_t k = 1; k < c->layer->weight_count; k++) floats += shape_count(&c->layer->weights[k].shape);
    return floats;
}

size_t cut_call_room(const call *c, size_t n)
{
    size_t depth = 0;
    for (size_t leaves = cut_leaves(n) / cut_call_groups(c, n); leaves > 1; leaves /= 2) depth++;
    return depth * cut_call_part(c);
}
