/* Operations on any values: products, activations, normalization, shapes. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/graphs/translation.h"

static horn_status check_layout(const tf_translation *t, size_t node)
{
    protobuf_text layout = { "NHWC", 4 };
    horn_status status = tf_graph_text(t->g, node, "data_format", &layout);
    if (status || protobuf_text_is(layout, "NHWC")) return status;
    return tf_refuse(t, node, "its data_format is not NHWC, channels last");
}

/* Takes what the node takes. */
horn_status tf_translate_plain(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = (int)t->g->nodes[node].input_count };
    for (int i = 0; i < o.input_count; i++) {
        horn_status status = tf_value_of(t, tf_operand(t, node, (size_t)i), &o.inputs[i]);
        if (status) return status;
    }
    return tf_add(t, node, &o);
}

/* min(relu(x), 6), so that it is one of ReLU's forms. */
horn_status tf_translate_relu6(tf_translation *t, size_t node, operation_kind kind)
{
    const imported_origin origin = tf_origin_of(t, node);
    operation o = { .kind = kind, .input_count = 2 };
    horn_status status = tf_translate_plain(t, node, OPERATION_RELU);
    o.inputs[0] = status ? 0 : t->values[node] - 1;
    if (!status) status = imported_add_number(t->im, 6, &origin, &o.inputs[1]);
    return status ? status : tf_add(t, node, &o);
}

horn_status tf_translate_leaky_relu(tf_translation *t, size_t node, operation_kind kind)
{
    float slope = 0.2f;
    operation o = { .kind = kind, .input_count = 1 };
    horn_status status = tf_graph_number(t->g, node, "alpha", &slope);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    o.number = slope;
    return status ? status : tf_add(t, node, &o);
}

horn_status tf_translate_bias(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 2 };
    horn_status status = check_layout(t, node);
    if (!status) status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (!status) status = tf_vector_of(t, node, tf_operand(t, node, 1), &o.inputs[1]);
    return status ? status : tf_add(t, node, &o);
}

/* ---- products ---- */

static bool is_computed(const tf_translation *, size_t node);

static bool is_transposed(const tf_translation *t, size_t node, bool *first)
{
    bool second = false, adjoint[2] = { false, false };
    *first = false;
    if (tf_graph_boolean(t->g, node, "transpose_a", first)) return false;
    if (tf_graph_boolean(t->g, node, "transpose_b", &second)) return false;
    if (tf_graph_boolean(t->g, node, "adj_x", &adjoint[0])) return false;
    if (tf_graph_boolean(t->g, node, "adj_y", &adjoint[1])) return false;
    *first |= adjoint[0];
    return second || adjoint[1];
}

/* x of so many rows for each sample: what a Reshape behind it may make a product of. */
static horn_status translate_rows(tf_translation *t, size_t node, size_t none)
{
    bool first;
    size_t kernel;
    const size_t x = tf_operand(t, node, 0);
    const tf_extent *rows = &t->extents[x];
    t->values[node] = none + 1;
    if (!rows->rows || rows->each.rank != 1 || !tf_is_constant(t, tf_operand(t, node, 1))) return HORN_OK;
    const bool transposed = is_transposed(t, node, &first);
    horn_status status = tf_kernel_of(t, tf_operand(t, node, 1), 2, transposed, &kernel);
    if (!status)
        t->extents[node] =
            (tf_extent){ rows->rows, { 1, { t->im->graph->operations[kernel].shape.dim[1] } } };
    return status;
}

horn_status tf_translate_product(tf_translation *t, size_t node, operation_kind kind)
{
    bool first;
    operation o = { .kind = kind, .input_count = 2 };
    const size_t x = tf_operand(t, node, 0), none = tf_takes_none(t, node, 1);
    const bool transposed = is_transposed(t, node, &first);
    if (is_computed(t, tf_operand(t, node, 1)) && none == NO_VALUE)
        return tf_translate_dot(t, node, (const bool[2]){ first, transposed });
    if (none != NO_VALUE) return translate_rows(t, node, none);
    horn_status status = tf_value_of(t, x, &o.inputs[0]);
    if (status) return status;
    if (first || (tf_node_is(t, node, "MatMul") && t->extents[x].each.rank != 1))
        return tf_refuse(t, node, "multiplies otherwise than each sample's last axis by a kernel");
    status = tf_kernel_of(t, tf_operand(t, node, 1), 2, transposed, &o.inputs[1]);
    return status ? status : tf_add(t, node, &o);
}

/* ---- normalization ---- */

/* Keras has constants of ones and zeros if a layer has no gamma or beta; its weights stand behind an Identity, and
 * Horn's graphs have no such constants. */
static horn_status is_literal(tf_translation *t, size_t node, size_t input, float value, size_t constant,
                              bool *out)
{
    const imported_constant *c = imported_constant_of(t->im, constant);
    const shape *x = &t->extents[tf_operand(t, node, 0)].each;
    float *values = NULL;
    *out = false;
    if (t->is_own || t->g->nodes[node].inputs[input].node != tf_operand(t, node, input)) return HORN_OK;
    if (!c->is_float || c->is_unknown || !x->rank || c->count != x->dim[x->rank - 1] ||
        c->count > t->literals)
        return HORN_OK;
    t->literals -= c->count;
    horn_status status = memory_new(&values, c->count, sizeof *values);
    if (!status) status = imported_read(t->im, constant, values);
    *out = !status;
    for (size_t i = 0; !status && i < c->count; i++) *out &= values[i] == value;
    free(values);
    return status;
}

horn_status tf_translate_normalization(tf_translation *t, size_t node, operation_kind kind)
{
    enum { GAMMA = 1, BETA, MEAN, VARIANCE };
    static const size_t order[] = { MEAN, VARIANCE, GAMMA, BETA };
    operation o = { .kind = kind, .input_count = 5 };
    bool is_training = true, no_gamma, no_beta;
    float epsilon = 1e-4f;
    horn_status status = HORN_OK;
    if (tf_graph_number(t->g, node, "epsilon", &epsilon) ||
        tf_graph_boolean(t->g, node, "is_training", &is_training) || is_training)
        return tf_add_none(t, node, NULL, NULL);
    o.number = epsilon;
    TRY(tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]));
    for (int i = 0; i < 4; i++) TRY(tf_vector_of(t, node, tf_operand(t, node, order[i]), &o.inputs[1 + i]));
    TRY(is_literal(t, node, GAMMA, 1, o.inputs[3], &no_gamma));
    TRY(is_literal(t, node, BETA, 0, o.inputs[4], &no_beta));
    if (no_gamma) o.inputs[3] = NO_VALUE;
    if (no_beta) o.inputs[4] = NO_VALUE;
    TRY(check_layout(t, node));
    TRY(tf_add(t, node, &o));
done:
    return status;
}

/* ---- Dropout: x scaled, of which a mask of random numbers keeps a share ---- */

/* Whether the node is made of random numbers, as a mask is: Floor(Add(RandomUniform, keep)), Cast(GreaterEqual(RandomUniform, rate)). */
static bool is_random(const tf_translation *t, size_t node, int depth)
{
    static const char *const ways[] = { "Floor", "Cast", "GreaterEqual", "Add", "AddV2", "Mul", "Sub" };
    static const char *const random[] = { "RandomUniform", "StatelessRandomUniform",
                                          "StatelessRandomUniformV2" };
    bool goes_on = false;
    for (size_t i = 0; i < sizeof random / sizeof *random; i++)
        if (tf_node_is(t, node, random[i])) return true;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) goes_on |= tf_node_is(t, node, ways[i]);
    if (!goes_on || depth == 6) return false;
    return is_random(t, tf_operand(t, node, 0), depth + 1) || is_random(t, tf_operand(t, node, 1), depth + 1);
}

static bool is_computed(const tf_translation *t, size_t node)
{
    return node == t->input ||
           (node != NO_NODE && t->values[node] && t->im->origins[t->values[node] - 1].is_computed &&
            t->im->graph->operations[t->values[node] - 1].kind != OPERATION_NONE);
}

/* x of Mul(x, scale) and RealDiv(x, keep). */
static size_t find_scaled(const tf_translation *t, size_t node)
{
    if (!tf_node_is(t, node, "Mul") && !tf_node_is(t, node, "RealDiv")) return NO_NODE;
    const size_t x = tf_operand(t, node, 0), scale = tf_operand(t, node, 1);
    return is_computed(t, x) && !is_computed(t, scale) ? x : NO_NODE;
}

size_t tf_dropped(const tf_translation *t, size_t node)
{
    const bool selects = tf_node_is(t, node, "SelectV2");
    if (!selects && !tf_node_is(t, node, "Mul")) return NO_NODE;
    const size_t mask = tf_operand(t, node, selects ? 0 : 1);
    return is_random(t, mask, 0) ? find_scaled(t, tf_operand(t, node, selects ? 1 : 0)) : NO_NODE;
}

/* ---- shapes ---- */

static protobuf_text folder_of(protobuf_text name)
{
    const char *slash = memrchr(name.at, '/', name.size);
    return (protobuf_text){ name.at, slash ? (size_t)(slash - name.at) : 0 };
}

static bool in_one_folder(const tf_translation *t, size_t a, size_t b)
{
    const protobuf_text x = folder_of(t->g->nodes[a].name), y = folder_of(t->g->nodes[b].name);
    return x.size && x.size == y.size && memcmp(x.at, y.at, x.size) == 0;
}

/* TensorFlow multiplies rows alone: a product over more axes makes rows of them and comes back. Finds the node of the
 * product and of what it is of; rows that are samples, too, tell by their names. */
static bool comes_back(const tf_translation *t, size_t node, const tf_extent *back, size_t *product,
                       size_t *x)
{
    *product = tf_operand(t, node, 0);
    if (!tf_node_is(t, *product, "MatMul")) return false;
    const size_t rows = tf_operand(t, *product, 0);
    if (!tf_node_is(t, rows, "Reshape")) return false;
    *x = tf_operand(t, rows, 0);
    if (*x == NO_NODE) return false;
    const tf_extent *from = &t->extents[*x], *in = &t->extents[rows], *out = &t->extents[*product];
    shape expected = from->each;
    if (from->rows != 1 || expected.rank < 2 || in->each.rank != 1 || out->each.rank != 1) return false;
    if (in->each.dim[0] != expected.dim[expected.rank - 1]) return false;
    if (in->rows == 1 && !in_one_folder(t, rows, *product)) return false;
    expected.dim[expected.rank - 1] = out->each.dim[0];
    return back->rows == 1 && shape_equal(&back->each, &expected);
}

static horn_status fold_product(tf_translation *t, size_t node, size_t product, size_t x)
{
    bool first;
    operation o = { .kind = OPERATION_MATMUL, .input_count = 2 };
    const bool transposed = is_transposed(t, product, &first);
    if (first) return tf_refuse(t, product, "multiplies otherwise than each sample's last axis by a kernel");
    horn_status status = tf_value_of(t, x, &o.inputs[0]);
    if (!status) status = tf_kernel_of(t, tf_operand(t, product, 1), 2, transposed, &o.inputs[1]);
    if (!status) status = tf_add(t, product, &o);
    t->values[node] = t->values[product];
    t->extents[node] = t->extents[product];
    return status;
}

/* Plain sizes of as many elements as the constant has. */
static bool is_whole_shape(tf_translation *t, size_t node, const imported_constant *c, shape *out)
{
    int64_t sizes[HORN_MAX_RANK];
    tf_tensor found;
    if (!c || !tf_node_is(t, node, "Const") || tf_constant(t, node, &found) ||
        !tf_integers(&found, sizes, HORN_MAX_RANK))
        return false;
    *out = (shape){ .rank = (int)found.count };
    for (size_t i = 0; i < found.count; i++) {
        if (sizes[i] < 1 || sizes[i] > INT32_MAX) return false;
        out->dim[i] = (size_t)sizes[i];
    }
    return shape_count(out) == c->count;
}

/* Of its shape only the last axis counts if it is not plain: a vector with as many elements goes along that axis. */
static horn_status reshape_constant(tf_translation *t, size_t node, operation *o)
{
    if (is_whole_shape(t, tf_operand(t, node, 1),
                       imported_constant_of(t->im, imported_behind_shapes(t->im, o->inputs[0])), &o->shape))
        return tf_add(t, node, o);
    const int64_t last = tf_last_size(t, tf_operand(t, node, 1));
    const imported_constant *c = imported_constant_of(t->im, o->inputs[0]);
    o->shape = (shape){ 1, { last > 0 ? (size_t)last : last < 0 && c ? c->count : 0 } };
    return tf_add(t, node, o);
}

horn_status tf_translate_reshape(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    size_t product, x = tf_operand(t, node, 0);
    tf_extent back;
    horn_status status = tf_value_of(t, x, &o.inputs[0]);
    if (status) return status;
    const size_t none = tf_takes_none(t, node, 1);
    if (none == NO_VALUE && !t->im->origins[o.inputs[0]].is_computed) return reshape_constant(t, node, &o);
    if (none != NO_VALUE && !t->extents[x].rows) {
        t->values[node] = none + 1;
        return HORN_OK;
    }
    status = tf_reshape_extent(t, node, &t->extents[x], &back);
    if (status) return status;
    if (comes_back(t, node, &back, &product, &x)) return fold_product(t, node, product, x);
    if (none != NO_VALUE) { /* of rows that do not come back */
        t->values[node] = none + 1;
        return HORN_OK;
    }
    o.shape = back.each;
    status = back.rows == 1
                 ? tf_add(t, node, &o)
                 : tf_add_none(t, node, NULL,
                               "gives several rows for each sample, expected one or a Dense layer over them");
    t->extents[node] = back;
    return status;
}

static size_t axes_in_front(const tf_translation *t, size_t value)
{
    return t->im->origins[value].is_computed;
}

/* Of constants, too: Keras gives kernels of sequences an axis. Samples stay in front. */
horn_status tf_translate_expand_dims(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    int64_t axis;
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (!status) status = tf_numbers_of(t, tf_operand(t, node, 1), &axis, 1);
    if (status) return status;
    const shape *x = &t->im->graph->operations[o.inputs[0]].shape;
    const int64_t batch = (int64_t)axes_in_front(t, o.inputs[0]), rank = x->rank + batch;
    if (axis < 0) axis += rank + 1;
    if (axis < batch || axis > rank || x->rank == HORN_MAX_RANK)
        return tf_refuse(t, node, "gives no axis behind that of the samples");
    axis -= batch;
    o.shape = (shape){ .rank = x->rank + 1 };
    for (int i = 0; i < o.shape.rank; i++) o.shape.dim[i] = i == axis ? 1 : x->dim[i - (i > axis)];
    return tf_add(t, node, &o);
}

/* Keras 3 gives a bias in another shape and takes that away again. */
static horn_status squeeze_constant(tf_translation *t, size_t node, operation *o)
{
    o->kind = OPERATION_RESHAPE;
    o->shape = t->im->graph->operations[o->inputs[0]].shape;
    return tf_add(t, node, o);
}

/* Keras 2 adds the bias of a DepthwiseConv1D to the image; the sequence gets it here. */
static horn_status add_squeeze(tf_translation *t, size_t node, operation *squeeze)
{
    const imported_origin origin = tf_origin_of(t, node);
    operation bias = t->im->graph->operations[squeeze->inputs[0]];
    const bool keeps_last = squeeze->shape.rank && bias.shape.dim[bias.shape.rank - 1] ==
                                                       squeeze->shape.dim[squeeze->shape.rank - 1];
    if (bias.kind != OPERATION_BIAS_ADD || !keeps_last) return tf_add(t, node, squeeze);
    squeeze->inputs[0] = bias.inputs[0];
    horn_status status = imported_add(t->im, squeeze, &origin, &bias.inputs[0]);
    return status ? status : tf_add(t, node, &bias);
}

/* One axis, which is said. */
horn_status tf_translate_squeeze(tf_translation *t, size_t node, operation_kind kind)
{
    operation o = { .kind = kind, .input_count = 1 };
    int64_t axis = 0;
    horn_status status = tf_value_of(t, tf_operand(t, node, 0), &o.inputs[0]);
    if (status) return status;
    if (!axes_in_front(t, o.inputs[0])) return squeeze_constant(t, node, &o);
    if (tf_graph_integers(t->g, node, "squeeze_dims", &axis, 1)) return tf_add_none(t, node, NULL, NULL);
    const shape *x = &t->im->graph->operations[o.inputs[0]].shape;
    if (axis < 0) axis += x->rank + 1;
    if (axis < 1 || axis > x->rank || x->dim[axis - 1] != 1)
        return tf_add_none(t, node, NULL, "takes no axis of length 1 away");
    o.shape = (shape){ .rank = x->rank - 1 };
    for (int i = 0; i < o.shape.rank; i++) o.shape.dim[i] = x->dim[i + (i >= axis - 1)];
    return add_squeeze(t, node, &o);
}
