/* Shapes that a graph computes for itself, as Keras writes them for a batch of any size:
 *
 *     Reshape    Pack(StridedSlice(Shape(x), 0, 1), 7, 7, 8)
 *     Tensordot  Pack(Prod(GatherV2(Shape(x), 0 1)), ...), ConcatV2(GatherV2(Shape(x), 0 1), 10) */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/graphs/translation.h"

enum { MAX_DEPTH = 16, MAX_SIZES = HORN_MAX_RANK + 2 };

/* A number, or so many times the number of samples. */
typedef struct size_of_shape {
    int64_t number;
    bool of_batch;
} size_of_shape;

typedef struct sizes {
    size_t count;
    size_of_shape at[MAX_SIZES];
} sizes;

static horn_status sizes_of(tf_translation *t, size_t node, int depth, sizes *out);

static horn_status misfit(const tf_translation *t, size_t node)
{
    return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "computes no shape in a form that is known");
}

static horn_status check_size(const tf_translation *t, size_t node, size_of_shape size)
{
    if (size.number >= INT32_MIN && size.number <= INT32_MAX) return HORN_OK;
    return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "gives the size %lld, expected less than 2^31",
                         (long long)size.number);
}

static horn_status add_size(const tf_translation *t, size_t node, sizes *out, size_of_shape size)
{
    if (out->count == MAX_SIZES) return misfit(t, node);
    out->at[out->count++] = size;
    return check_size(t, node, size);
}

static horn_status read_constant(tf_translation *t, size_t node, sizes *out)
{
    tf_tensor found;
    int64_t numbers[MAX_SIZES];
    horn_status status = tf_constant(t, node, &found);
    if (status) return status;
    if (!tf_integers(&found, numbers, MAX_SIZES))
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED,
                             "holds %zu elements of %s, expected up to %d integers", found.count,
                             tf_type_name(found.type), MAX_SIZES);
    for (size_t i = 0; !status && i < found.count; i++)
        status = add_size(t, node, out, (size_of_shape){ numbers[i], false });
    return status;
}

/* Of a value whose shape is known. */
static horn_status read_shape(tf_translation *t, size_t node, sizes *out)
{
    const size_t x = tf_operand(t, node, 0);
    const tf_extent *e = x == NO_NODE ? NULL : &t->extents[x];
    if (!e || !e->rows) return misfit(t, node);
    if (shape_is_open(&e->each)) return tf_refuse(t, node, "gives the size of an open axis");
    horn_status status = add_size(t, node, out, (size_of_shape){ (int64_t)(e->rows & INT64_MAX), true });
    for (int i = 0; !status && i < e->each.rank; i++)
        status = add_size(t, node, out, (size_of_shape){ (int64_t)(e->each.dim[i] & INT64_MAX), false });
    return status;
}

/* Plain numbers, exactly one. */
static horn_status one_number(tf_translation *t, size_t node, size_t index, int depth, int64_t *out)
{
    sizes found = { 0 };
    const size_t from = tf_operand(t, node, index);
    if (from == NO_NODE) return misfit(t, node);
    horn_status status = sizes_of(t, from, depth, &found);
    if (status) return status;
    if (found.count != 1 || found.at[0].of_batch) return misfit(t, node);
    *out = found.at[0].number;
    return HORN_OK;
}

/* x[begin:end] or x[begin]. */
static horn_status read_slice(tf_translation *t, size_t node, int depth, const sizes *x, sizes *out)
{
    static const char *const masks[] = { "begin_mask", "end_mask", "shrink_axis_mask", "ellipsis_mask",
                                         "new_axis_mask" };
    int64_t mask[5] = { 0 }, begin, end, stride;
    horn_status status = HORN_OK;
    for (int i = 0; i < 5; i++) TRY(tf_graph_integer(t->g, node, masks[i], &mask[i]));
    TRY(one_number(t, node, 1, depth, &begin));
    TRY(one_number(t, node, 2, depth, &end));
    TRY(one_number(t, node, 3, depth, &stride));
    const int64_t count = (int64_t)x->count;
    if (begin < 0) begin += count;
    if (end < 0) end += count;
    if (mask[0]) begin = 0;
    if (mask[1] || end > count) end = count;
    if (mask[2]) end = begin + 1;
    if (stride != 1 || mask[3] || mask[4] || begin < 0 || end > count) return misfit(t, node);
    for (int64_t i = begin; i < end; i++) TRY(add_size(t, node, out, x->at[i]));
done:
    return status;
}

static horn_status read_gather(tf_translation *t, size_t node, int depth, const sizes *x, sizes *out)
{
    sizes indices = { 0 };
    const size_t from = tf_operand(t, node, 1);
    if (from == NO_NODE) return misfit(t, node);
    horn_status status = sizes_of(t, from, depth, &indices);
    for (size_t i = 0; !status && i < indices.count; i++) {
        const int64_t at = indices.at[i].number;
        if (indices.at[i].of_batch || at < 0 || at >= (int64_t)x->count) return misfit(t, node);
        status = add_size(t, node, out, x->at[at]);
    }
    return status;
}

static horn_status multiply(const tf_translation *t, size_t node, const sizes *x, sizes *out)
{
    size_of_shape product = { 1, false };
    for (size_t i = 0; i < x->count; i++) {
        if (product.of_batch && x->at[i].of_batch) return misfit(t, node);
        product.number *= x->at[i].number; /* of two below 2^31 */
        product.of_batch |= x->at[i].of_batch;
        horn_status status = check_size(t, node, product);
        if (status) return status;
    }
    return add_size(t, node, out, product);
}

/* Of two numbers, as Keras computes the size of a transposed convolution. */
static horn_status compute(tf_translation *t, size_t node, int depth, sizes *out)
{
    int64_t a, b, result;
    horn_status status = one_number(t, node, 0, depth, &a);
    if (!status) status = one_number(t, node, 1, depth, &b);
    if (status) return status;
    const bool is_product = tf_node_is(t, node, "Mul");
    if (is_product ? __builtin_mul_overflow(a, b, &result) : __builtin_add_overflow(a, b, &result))
        return misfit(t, node);
    return add_size(t, node, out, (size_of_shape){ result, false });
}

/* All inputs but the last `left_out`, one behind the other. */
static horn_status join(tf_translation *t, size_t node, int depth, size_t left_out, sizes *out)
{
    const size_t inputs = t->g->nodes[node].input_count;
    horn_status status = HORN_OK;
    if (inputs < left_out + 1) return misfit(t, node);
    for (size_t i = 0; !status && i < inputs - left_out; i++) {
        const size_t from = tf_operand(t, node, i);
        if (from == NO_NODE) return misfit(t, node);
        status = sizes_of(t, from, depth, out);
    }
    return status;
}

/* Appends to *out. */
static horn_status sizes_of(tf_translation *t, size_t node, int depth, sizes *out)
{
    sizes x = { 0 };
    if (t->work++ > t->most_work || depth == MAX_DEPTH) return misfit(t, node);
    if (tf_node_is(t, node, "Const")) return read_constant(t, node, out);
    if (tf_node_is(t, node, "Shape")) return read_shape(t, node, out);
    if (tf_node_is(t, node, "Pack")) return join(t, node, depth + 1, 0, out);
    if (tf_node_is(t, node, "ConcatV2")) return join(t, node, depth + 1, 1, out);
    if (tf_node_is(t, node, "Mul") || tf_node_is(t, node, "AddV2")) return compute(t, node, depth + 1, out);
    const size_t from = tf_operand(t, node, 0);
    if (from == NO_NODE) return misfit(t, node);
    if (tf_node_is(t, node, "Cast")) return sizes_of(t, from, depth + 1, out);
    const bool is_slice = tf_node_is(t, node, "StridedSlice"), is_product = tf_node_is(t, node, "Prod"),
               is_gather = tf_node_is(t, node, "GatherV2") || tf_node_is(t, node, "Gather");
    if (!is_slice && !is_product && !is_gather) return misfit(t, node);
    horn_status status = sizes_of(t, from, depth + 1, &x);
    if (status) return status;
    return is_slice    ? read_slice(t, node, depth + 1, &x, out)
           : is_gather ? read_gather(t, node, depth + 1, &x, out)
                       : multiply(t, node, &x, out);
}

static horn_status sizes_at(tf_translation *t, size_t node, sizes *out)
{
    *out = (sizes){ 0 };
    return sizes_of(t, node, 0, out);
}

horn_status tf_numbers_of(tf_translation *t, size_t node, int64_t *out, size_t count)
{
    sizes found;
    horn_status status = sizes_at(t, node, &found);
    if (status) return status;
    bool fits = found.count == count;
    for (size_t i = 0; i < found.count && fits; i++) {
        fits = !found.at[i].of_batch;
        out[i] = found.at[i].number;
    }
    if (fits) return HORN_OK;
    return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "gives %zu sizes, expected %zu numbers",
                         found.count, count);
}

int64_t tf_last_size(tf_translation *t, size_t node)
{
    sizes found;
    if (sizes_at(t, node, &found) || !found.count) return 0;
    const size_of_shape last = found.at[found.count - 1];
    return last.of_batch ? 0 : last.number;
}

bool tf_is_plain_order(tf_translation *t, size_t node)
{
    sizes order;
    bool is_plain = !sizes_at(t, node, &order);
    for (size_t i = 0; is_plain && i < order.count; i++)
        is_plain = !order.at[i].of_batch && order.at[i].number == (int64_t)i;
    return is_plain;
}

/* ---- what Reshape makes ---- */

/* The sizes behind the samples; *open is the one that is left open, or -1. */
static bool take_sizes(const sizes *target, tf_extent *out, int *open)
{
    *open = -1;
    out->each = (shape){ .rank = (int)target->count - 1 };
    for (size_t i = 1; i < target->count; i++) {
        const size_of_shape size = target->at[i];
        if (size.of_batch || size.number == 0 || size.number < -1) return false;
        if (size.number < 0 && *open >= 0) return false;
        if (size.number < 0) *open = (int)i - 1;
        out->each.dim[i - 1] = size.number < 0 ? 1 : (size_t)size.number;
    }
    return true;
}

horn_status tf_reshape_extent(tf_translation *t, size_t node, const tf_extent *x, tf_extent *out)
{
    sizes target;
    int open;
    const size_t operand = tf_operand(t, node, 1);
    if (operand == NO_NODE) return misfit(t, node);
    if (shape_is_open(&x->each)) return tf_refuse(t, node, "reshapes an open axis");
    horn_status status = sizes_at(t, operand, &target);
    if (status) return status;
    if (target.count < 2 || target.count > HORN_MAX_RANK + 1 || !take_sizes(&target, out, &open))
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "makes no shape of samples");
    const size_t total = x->rows * shape_count(&x->each), known = shape_count(&out->each); /* both fit */
    const size_of_shape first = target.at[0];
    out->rows = first.number < 1 ? 0 : (size_t)first.number;
    if (!first.of_batch && first.number != -1)
        out->rows = t->batch > 0 && first.number % t->batch == 0 ? (size_t)(first.number / t->batch) : 0;
    else if (!first.of_batch)
        out->rows = open < 0 && known ? total / known : 0;
    size_t product = out->rows;
    if (!memory_multiply(&product, known)) product = 0;
    if (open >= 0 && product) product *= out->each.dim[open] = total / product;
    if (out->rows && product == total) return HORN_OK;
    return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED,
                         "makes no shape of samples out of %zu values for each of them", total);
}

horn_status tf_shape_of_samples(tf_translation *t, size_t node, shape *out)
{
    sizes found;
    tf_extent extent;
    int open;
    horn_status status = sizes_at(t, node, &found);
    if (status) return status;
    if (found.count < 2 || found.count > HORN_MAX_RANK + 1 || !take_sizes(&found, &extent, &open) ||
        open >= 0)
        return tf_graph_fail(t->g, node, HORN_ERROR_UNSUPPORTED, "makes no shape of samples");
    *out = extent.each;
    return HORN_OK;
}
