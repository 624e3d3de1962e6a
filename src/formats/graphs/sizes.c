/* Shapes that a graph computes for itself, as Keras writes them for a batch of any size:
 *
 *     Reshape    Pack(StridedSlice(Shape(x), 0, 1), 7, 7, 8)
 *     Tensordot  Pack(Prod(GatherV2(Shape(x), 0 1)), ...), ConcatV2(GatherV2(Shape(x), 0 1), 10) */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/graphs/chain.h"

enum { MAX_DEPTH = 16 };

static horn_status sizes_of(tf_chain *c, size_t node, int depth, tf_sizes *out);

static horn_status misfit(const tf_chain *c, size_t node)
{
    return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "computes no shape in a form that is known");
}

static horn_status check_size(const tf_chain *c, size_t node, tf_size size)
{
    if (size.number >= INT32_MIN && size.number <= INT32_MAX) return HORN_OK;
    return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "gives the size %lld, expected less than 2^31",
                         (long long)size.number);
}

static horn_status add_size(const tf_chain *c, size_t node, tf_sizes *out, tf_size size)
{
    if (out->count == TF_MAX_SIZES) return misfit(c, node);
    out->at[out->count++] = size;
    return check_size(c, node, size);
}

static horn_status read_constant(tf_chain *c, size_t node, tf_sizes *out)
{
    tf_tensor t;
    int32_t narrow[TF_MAX_SIZES];
    int64_t wide[TF_MAX_SIZES];
    horn_status status = tf_chain_constant(c, node, &t);
    if (status) return status;
    const bool is_wide = t.is_readable && t.dtype == HORN_INT64;
    if (!t.is_readable || (!is_wide && t.dtype != HORN_INT32) || t.count > TF_MAX_SIZES)
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED,
                             "holds %zu elements of %s, expected up to %d integers", t.count,
                             tf_type_name(t.type), TF_MAX_SIZES);
    tf_tensor_copy(&t, is_wide ? (void *)wide : narrow);
    for (size_t i = 0; !status && i < t.count; i++)
        status = add_size(c, node, out, (tf_size){ is_wide ? wide[i] : narrow[i], false });
    return status;
}

/* The value must be on the path, and before. */
static horn_status read_shape(tf_chain *c, size_t node, tf_sizes *out)
{
    const size_t x = tf_chain_operand(c, node, 0);
    const tf_extent *e = x == NO_NODE        ? NULL
                         : x == c->input     ? &c->extent
                         : c->step_of[x] > 0 ? &c->steps[c->step_of[x] - 1].extent
                                             : NULL;
    if (!e || !e->rows) return misfit(c, node);
    horn_status status = add_size(c, node, out, (tf_size){ (int64_t)(e->rows & INT64_MAX), true });
    for (int i = 0; !status && i < e->each.rank; i++)
        status = add_size(c, node, out, (tf_size){ (int64_t)(e->each.dim[i] & INT64_MAX), false });
    return status;
}

/* Plain numbers, exactly one. */
static horn_status one_number(tf_chain *c, size_t node, size_t index, int depth, int64_t *out)
{
    tf_sizes found = { 0 };
    const size_t from = tf_chain_operand(c, node, index);
    if (from == NO_NODE) return misfit(c, node);
    horn_status status = sizes_of(c, from, depth, &found);
    if (status) return status;
    if (found.count != 1 || found.at[0].of_batch) return misfit(c, node);
    *out = found.at[0].number;
    return HORN_OK;
}

/* x[begin:end] or x[begin]. */
static horn_status read_slice(tf_chain *c, size_t node, int depth, const tf_sizes *x, tf_sizes *out)
{
    static const char *const masks[] = { "begin_mask", "end_mask", "shrink_axis_mask", "ellipsis_mask",
                                         "new_axis_mask" };
    int64_t mask[5] = { 0 }, begin, end, stride;
    horn_status status = HORN_OK;
    for (int i = 0; i < 5; i++) TRY(tf_graph_integer(c->g, node, masks[i], &mask[i]));
    TRY(one_number(c, node, 1, depth, &begin));
    TRY(one_number(c, node, 2, depth, &end));
    TRY(one_number(c, node, 3, depth, &stride));
    const int64_t count = (int64_t)x->count;
    if (begin < 0) begin += count;
    if (end < 0) end += count;
    if (mask[0]) begin = 0;
    if (mask[1] || end > count) end = count;
    if (mask[2]) end = begin + 1;
    if (stride != 1 || mask[3] || mask[4] || begin < 0 || end > count) return misfit(c, node);
    for (int64_t i = begin; i < end; i++) TRY(add_size(c, node, out, x->at[i]));
done:
    return status;
}

static horn_status read_gather(tf_chain *c, size_t node, int depth, const tf_sizes *x, tf_sizes *out)
{
    tf_sizes indices = { 0 };
    const size_t from = tf_chain_operand(c, node, 1);
    if (from == NO_NODE) return misfit(c, node);
    horn_status status = sizes_of(c, from, depth, &indices);
    for (size_t i = 0; !status && i < indices.count; i++) {
        const int64_t at = indices.at[i].number;
        if (indices.at[i].of_batch || at < 0 || at >= (int64_t)x->count) return misfit(c, node);
        status = add_size(c, node, out, x->at[at]);
    }
    return status;
}

static horn_status multiply(const tf_chain *c, size_t node, const tf_sizes *x, tf_sizes *out)
{
    tf_size product = { 1, false };
    for (size_t i = 0; i < x->count; i++) {
        if (product.of_batch && x->at[i].of_batch) return misfit(c, node);
        product.number *= x->at[i].number; /* of two below 2^31 */
        product.of_batch |= x->at[i].of_batch;
        horn_status status = check_size(c, node, product);
        if (status) return status;
    }
    return add_size(c, node, out, product);
}

/* All inputs but the last `left_out`, one behind the other. */
static horn_status join(tf_chain *c, size_t node, int depth, size_t left_out, tf_sizes *out)
{
    const size_t inputs = c->g->nodes[node].input_count;
    horn_status status = HORN_OK;
    if (inputs < left_out + 1) return misfit(c, node);
    for (size_t i = 0; !status && i < inputs - left_out; i++) {
        const size_t from = tf_chain_operand(c, node, i);
        if (from == NO_NODE) return misfit(c, node);
        status = sizes_of(c, from, depth, out);
    }
    return status;
}

/* Appends to *out. */
static horn_status sizes_of(tf_chain *c, size_t node, int depth, tf_sizes *out)
{
    tf_sizes x = { 0 };
    if (c->work++ > c->most_work || depth == MAX_DEPTH) return misfit(c, node);
    if (tf_chain_is(c, node, "Const")) return read_constant(c, node, out);
    if (tf_chain_is(c, node, "Shape")) return read_shape(c, node, out);
    if (tf_chain_is(c, node, "Pack")) return join(c, node, depth + 1, 0, out);
    if (tf_chain_is(c, node, "ConcatV2")) return join(c, node, depth + 1, 1, out);
    const size_t from = tf_chain_operand(c, node, 0);
    if (from == NO_NODE) return misfit(c, node);
    if (tf_chain_is(c, node, "Cast")) return sizes_of(c, from, depth + 1, out);
    const bool is_slice = tf_chain_is(c, node, "StridedSlice"), is_product = tf_chain_is(c, node, "Prod"),
               is_gather = tf_chain_is(c, node, "GatherV2") || tf_chain_is(c, node, "Gather");
    if (!is_slice && !is_product && !is_gather) return misfit(c, node);
    horn_status status = sizes_of(c, from, depth + 1, &x);
    if (status) return status;
    return is_slice    ? read_slice(c, node, depth + 1, &x, out)
           : is_gather ? read_gather(c, node, depth + 1, &x, out)
                       : multiply(c, node, &x, out);
}

horn_status tf_sizes_of(tf_chain *c, size_t node, tf_sizes *out)
{
    *out = (tf_sizes){ 0 };
    return sizes_of(c, node, 0, out);
}

horn_status tf_numbers_of(tf_chain *c, size_t node, int64_t *out, size_t count)
{
    tf_sizes found;
    horn_status status = tf_sizes_of(c, node, &found);
    if (status) return status;
    bool fits = found.count == count;
    for (size_t i = 0; i < found.count && fits; i++) {
        fits = !found.at[i].of_batch;
        out[i] = found.at[i].number;
    }
    if (fits) return HORN_OK;
    return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "gives %zu sizes, expected %zu numbers",
                         found.count, count);
}

/* ---- what Reshape makes ---- */

/* The sizes behind the samples; *open is the one that is left open, or -1. */
static bool take_sizes(const tf_sizes *target, tf_extent *out, int *open)
{
    *open = -1;
    out->each = (shape){ .rank = (int)target->count - 1 };
    for (size_t i = 1; i < target->count; i++) {
        const tf_size size = target->at[i];
        if (size.of_batch || size.number == 0 || size.number < -1) return false;
        if (size.number < 0 && *open >= 0) return false;
        if (size.number < 0) *open = (int)i - 1;
        out->each.dim[i - 1] = size.number < 0 ? 1 : (size_t)size.number;
    }
    return true;
}

horn_status tf_reshape_extent(tf_chain *c, size_t node, const tf_extent *x, tf_extent *out)
{
    tf_sizes target;
    int open;
    const size_t operand = tf_chain_operand(c, node, 1);
    if (operand == NO_NODE) return misfit(c, node);
    horn_status status = tf_sizes_of(c, operand, &target);
    if (status) return status;
    if (target.count < 2 || target.count > HORN_MAX_RANK + 1 || !take_sizes(&target, out, &open))
        return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED, "makes no shape of samples");
    const size_t total = x->rows * shape_count(&x->each), known = shape_count(&out->each); /* both fit */
    const tf_size first = target.at[0];
    out->rows = first.number < 1 ? 0 : (size_t)first.number;
    if (!first.of_batch && first.number != -1)
        out->rows = c->batch > 0 && first.number % c->batch == 0 ? (size_t)(first.number / c->batch) : 0;
    else if (!first.of_batch)
        out->rows = open < 0 && known ? total / known : 0;
    size_t product = out->rows;
    if (!memory_multiply(&product, known)) product = 0;
    if (open >= 0 && product) product *= out->each.dim[open] = total / product;
    if (out->rows && product == total) return HORN_OK;
    return tf_graph_fail(c->g, node, HORN_ERROR_UNSUPPORTED,
                         "makes no shape of samples out of %zu values for each of them", total);
}
