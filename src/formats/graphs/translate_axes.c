/* Operations that move values along axes, take parts of them, look rows up, and means over axes. */
#include <string.h>
#include "base/status.h"
#include "formats/graphs/translation.h"

static const shape *input_of(const tf_translation *t, const operation *o)
{
    return &t->im->graph->operations[o->inputs[0]].shape;
}

/* Constants, `count` of them; false if there are others. */
static bool read_integers(tf_translation *t, size_t node, size_t index, int64_t *out, size_t most,
                          size_t *count)
{
    tf_tensor found;
    const size_t operand = tf_operand(t, node, index);
    if (!tf_node_is(t, operand, "Const") || tf_constant(t, operand, &found)) return false;
    *count = found.count;
    return tf_integers(&found, out, most);
}

/* Axes behind the samples, as bits. */
static bool read_axes(tf_translation *t, size_t node, int rank, unsigned *bits)
{
    int64_t axes[HORN_MAX_RANK];
    size_t count;
    *bits = 0;
    if (!read_integers(t, node, 1, axes, HORN_MAX_RANK, &count) || !count) return false;
    for (size_t i = 0; i < count; i++) {
        if (axes[i] < 0) axes[i] += rank + 1;
        if (axes[i] < 1 || axes[i] > rank || *bits >> (axes[i] - 1) & 1) return false;
        *bits |= 1u << (axes[i] - 1);
    }
    return true;
}

horn_status tf_translate_transpose(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    int64_t order[HORN_MAX_RANK + 1];
    size_t count;
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    if (!read_integers(t, node, 1, order, HORN_MAX_RANK + 1, &count) ||
        count != (size_t)input_of(t, &o)->rank + 1 || order[0])
        return tf_add_none(t, node, NULL, "gives another order than of the axes behind the samples");
    for (size_t i = 1; i < count; i++)
        o.order[i - 1] = order[i] >= 1 && order[i] < (int64_t)count ? (int)order[i] - 1 : -1;
    return tf_add(t, node, &o);
}

horn_status tf_translate_tile(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    int64_t often[HORN_MAX_RANK + 1];
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    o.shape = *input_of(t, &o);
    status = tf_numbers_of(t, tf_operand(t, node, 1), often, (size_t)o.shape.rank + 1);
    if (status) return status;
    bool fits = often[0] == 1;
    for (int i = 0; i < o.shape.rank; i++) {
        fits = fits && often[i + 1] >= 1 && (often[i + 1] == 1 || o.shape.dim[i] == 1);
        if (fits && often[i + 1] > 1) o.shape.dim[i] = (size_t)often[i + 1];
    }
    return fits ? tf_add(t, node, &o) : tf_add_none(t, node, NULL, "repeats more than axes of length 1");
}

/* ---- parts ---- */

typedef struct slice {
    int64_t begin[HORN_MAX_RANK + 1], end[HORN_MAX_RANK + 1], begin_mask, end_mask;
    size_t count;
} slice;

/* Each axis with steps of 1, none taken away. */
static bool read_slice(tf_translation *t, size_t node, slice *s)
{
    static const char *const others[] = { "ellipsis_mask", "new_axis_mask", "shrink_axis_mask" };
    int64_t step[HORN_MAX_RANK + 1], mask;
    size_t ends, steps;
    s->begin_mask = s->end_mask = 0;
    if (tf_graph_integer(t->g, node, "begin_mask", &s->begin_mask) ||
        tf_graph_integer(t->g, node, "end_mask", &s->end_mask))
        return false;
    for (int i = 0; i < 3; i++) {
        mask = 0;
        if (tf_graph_integer(t->g, node, others[i], &mask) || mask) return false;
    }
    if (!read_integers(t, node, 1, s->begin, HORN_MAX_RANK + 1, &s->count) ||
        !read_integers(t, node, 2, s->end, HORN_MAX_RANK + 1, &ends) ||
        !read_integers(t, node, 3, step, HORN_MAX_RANK + 1, &steps) || ends != s->count || steps != s->count)
        return false;
    for (size_t i = 0; i < steps; i++)
        if (step[i] != 1 || s->begin[i] < -INT32_MAX || s->begin[i] > INT32_MAX || s->end[i] < -INT32_MAX ||
            s->end[i] > INT32_MAX)
            return false;
    return true;
}

/* Cells of an axis of n that are taken off in front and behind; n is 0: open. */
static bool take_off(const slice *s, size_t axis, size_t n, int64_t off[2])
{
    const int64_t size = n > INT32_MAX ? 0 : (int64_t)n;
    off[0] = s->begin_mask >> axis & 1 ? 0 : s->begin[axis];
    off[1] = s->end_mask >> axis & 1 ? 0 : -s->end[axis];
    if (!(s->end_mask >> axis & 1) && s->end[axis] >= 0) {
        off[1] = size - s->end[axis];
        if (!size) return false;
        if (off[1] < 0) off[1] = 0;
    }
    return off[0] >= 0 && off[1] >= 0 && off[0] <= INT32_MAX && off[1] <= INT32_MAX;
}

horn_status tf_translate_crop(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    slice s;
    int64_t off[2];
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    const shape *x = input_of(t, &o);
    bool fits = read_slice(t, node, &s) && s.count <= (size_t)x->rank + 1 && x->rank >= 2 && x->rank <= 4;
    for (size_t i = 0; fits && i < s.count; i++) {
        const bool is_cropped = i > 0 && i < (size_t)x->rank;
        fits = take_off(&s, i, i ? x->dim[i - 1] : 0, off) && (is_cropped || (!off[0] && !off[1]));
        if (!fits || !is_cropped) continue;
        o.padding[2 * (i - 1)] = (size_t)off[0];
        o.padding[2 * (i - 1) + 1] = (size_t)off[1];
    }
    return fits ? tf_add(t, node, &o)
                : tf_add_none(t, node, NULL, "takes other parts than the middle of images");
}

horn_status tf_translate_resize(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    bool corners = false, areas = false;
    int64_t size[2];
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (!status) status = tf_graph_boolean(t->g, node, "align_corners", &corners);
    if (!status) status = tf_graph_boolean(t->g, node, "half_pixel_centers", &areas);
    if (!status) status = tf_numbers_of(t, tf_operand(t, node, 1), size, 2);
    if (status) return status;
    const shape *x = input_of(t, &o);
    bool fits = !corners && (areas || kind == OPERATION_RESIZE_NEAREST) && x->rank == 3;
    for (int i = 0; i < 2 && fits; i++) {
        fits = x->dim[i] && size[i] >= 1 && size[i] % (int64_t)x->dim[i] == 0;
        o.size[i] = fits ? (size_t)size[i] / x->dim[i] : 0;
    }
    return fits ? tf_add(t, node, &o)
                : tf_add_none(t, node, NULL,
                              "does not make an image a whole number of times as large, with "
                              "pixels as areas");
}

/* ---- rows of a table ---- */

static bool is_first_axis(tf_translation *t, size_t node)
{
    int64_t axis = 0, batch = 0;
    if (tf_graph_integer(t->g, node, "batch_dims", &batch) || batch) return false;
    if (t->g->nodes[node].input_count < 3) return true;
    return !tf_numbers_of(t, tf_operand(t, node, 2), &axis, 1) && axis == 0;
}

/* Numbers of float32, which a Cast makes integers, or those of the input. */
static size_t find_numbers(const tf_translation *t, size_t node)
{
    const size_t operand = tf_operand(t, node, 1);
    const size_t from = tf_node_is(t, operand, "Cast") ? tf_operand(t, operand, 0) : operand;
    const bool is_computed = from != NO_NODE && t->values[from] &&
                             t->im->origins[t->values[from] - 1].is_computed &&
                             t->im->graph->operations[t->values[from] - 1].kind != OPERATION_NONE;
    if (!is_computed || (from == operand && from != t->input)) return NO_NODE;
    return from;
}

horn_status tf_translate_gather(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    const size_t table = tf_operand(t, node, 0), numbers = find_numbers(t, node);
    if (numbers == NO_NODE || !tf_is_constant(t, table) || !is_first_axis(t, node))
        return tf_add_none(t, node, NULL, NULL);
    horn_status status = tf_kernel_of(t, table, 2, false, &o.inputs[0]);
    if (!status) status = tf_value_of(t, numbers, &o.inputs[1]);
    return status ? status : tf_add(t, node, &o);
}

/* ---- means ---- */

static horn_status add_inner(tf_translation *t, size_t node, const operation *o, size_t *out)
{
    const imported_origin origin = tf_origin_of(t, node);
    return imported_add(t->im, o, &origin, out);
}

horn_status tf_translate_mean(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = OPERATION_MEAN_ALONG, .input_count = 1 };
    bool keepdims = false;
    horn_status status = tf_graph_boolean(t->g, node, "keep_dims", &keepdims);
    if (!status && !keepdims) return tf_translate_global_pool(t, node, kind);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    if (!read_axes(t, node, input_of(t, &o)->rank, &o.axes))
        return tf_add_none(t, node, NULL, "is not over axes behind the samples");
    return tf_add(t, node, &o);
}

/* The mean times so many. */
horn_status tf_translate_sum(tf_translation *t, size_t node, operation_kind kind)
{
    operation mean = { .kind = kind, .input_count = 1 }, o = { .kind = OPERATION_MUL, .input_count = 2 };
    const imported_origin origin = tf_origin_of(t, node);
    bool keepdims = false;
    double count = 1;
    horn_status status = tf_graph_boolean(t->g, node, "keep_dims", &keepdims);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 0), &mean.inputs[0]);
    if (status) return status;
    const shape x = *input_of(t, &mean);
    if (!keepdims || !read_axes(t, node, x.rank, &mean.axes)) return tf_add_none(t, node, NULL, NULL);
    for (int i = 0; i < x.rank; i++)
        if (mean.axes >> i & 1) count *= (double)x.dim[i];
    if (count == 0) return tf_add_none(t, node, NULL, "is over an open axis");
    status = add_inner(t, node, &mean, &o.inputs[0]);
    if (!status) status = imported_add_number(t->im, count, &origin, &o.inputs[1]);
    return status ? status : tf_add(t, node, &o);
}

horn_status tf_translate_square(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    o.inputs[1] = o.inputs[0];
    return status ? status : tf_add(t, node, &o);
}

/* ---- what merges several values ---- */

/* Puts two and two together; the last operation is the node's. */
static horn_status merge(tf_translation *t, size_t node, const operation *like, size_t count)
{
    horn_status status = HORN_OK;
    operation o = *like;
    const imported_origin origin = tf_origin_of(t, node);
    TRY(tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]));
    if (count == 1) {
        t->values[node] = o.inputs[0] + 1;
        t->extents[node] = t->extents[tf_operand(t, node, 0)];
        return HORN_OK;
    }
    for (size_t i = 1; i < count; i++) {
        TRY(tf_value_of(t, tf_operand(t, node, i), &o.inputs[1]));
        if (i + 1 < count)
            TRY(imported_add(t->im, &o, &origin, &o.inputs[0]));
        else
            TRY(tf_add(t, node, &o));
    }
done:
    return status;
}

static bool all_computed(const tf_translation *t, size_t node, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t operand = tf_operand(t, node, i);
        if (!t->values[operand] || !t->im->origins[t->values[operand] - 1].is_computed) return false;
    }
    return count > 0;
}

/* Sums, and values one behind the other, whose axis comes last. */
horn_status tf_translate_join(tf_translation *t, size_t node, operation_kind kind)
{
    const size_t count = t->g->nodes[node].input_count - (kind == OPERATION_JOIN);
    operation o = { .kind = kind, .input_count = 2 };
    int64_t axis = 1;
    if (!all_computed(t, node, count)) return tf_add_none(t, node, NULL, NULL);
    const int rank = t->extents[tf_operand(t, node, 0)].each.rank;
    horn_status status =
        kind == OPERATION_JOIN ? tf_numbers_of(t, tf_operand(t, node, count), &axis, 1) : HORN_OK;
    if (status) return status;
    if (axis < 0) axis += rank + 1;
    if (axis < 1 || axis > rank) return tf_add_none(t, node, NULL, "joins along no axis of the samples");
    o.axis = (int)axis - 1;
    return merge(t, node, &o, count);
}

/* By a number. */
horn_status tf_translate_division(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    const imported_origin origin = tf_origin_of(t, node);
    size_t divisor;
    float number;
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 1), &divisor);
    if (status) return status;
    if (!imported_number(t->im, divisor, &number) || number == 0) return tf_add_none(t, node, NULL, NULL);
    status = imported_add_number(t->im, 1 / (double)number, &origin, &o.inputs[1]);
    return status ? status : tf_add(t, node, &o);
}

/* Rows of x with rows of y: a product takes x as it is and y turned. */
horn_status tf_translate_dot(tf_translation *t, size_t node, const bool transposed[2])
{
    horn_status status = HORN_OK;
    const imported_origin origin = tf_origin_of(t, node);
    operation o = { .kind = OPERATION_DOT, .input_count = 2 };
    const size_t none = tf_takes_none(t, node, 2);
    if (none != NO_VALUE || tf_node_is(t, node, "MatMul")) return tf_add_none(t, node, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        operation turn = { .kind = OPERATION_TRANSPOSE, .input_count = 1, .order = { 1, 0 } };
        TRY(tf_value_of(t, tf_operand(t, node, (size_t)i), &turn.inputs[0]));
        o.inputs[i] = turn.inputs[0];
        if (t->im->graph->operations[turn.inputs[0]].shape.rank != 2) return tf_add_none(t, node, NULL, NULL);
        if (transposed[i] == (i == 0)) TRY(imported_add(t->im, &turn, &origin, &o.inputs[i]));
    }
    TRY(tf_add(t, node, &o));
done:
    return status;
}
