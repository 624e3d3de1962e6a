/* Layers of any values: products, activations, normalization, shapes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/graphs/graph_layers.h"

static horn_status refuse(const tf_builder *b, const char *what)
{
    return tf_graph_fail(b->c->g, tf_step_at(b, 0)->node, HORN_ERROR_UNSUPPORTED, "%s", what);
}

/* ---- Dense and what follows it ---- */

static size_t last_axis(const shape *s)
{
    return s->dim[s->rank - 1];
}

static bool is_transposed(const tf_builder *b, size_t node, bool *first)
{
    bool second = false, adjoint[2] = { false, false };
    if (tf_graph_boolean(b->c->g, node, "transpose_a", first)) return false;
    if (tf_graph_boolean(b->c->g, node, "transpose_b", &second)) return false;
    if (tf_graph_boolean(b->c->g, node, "adj_x", &adjoint[0])) return false;
    if (tf_graph_boolean(b->c->g, node, "adj_y", &adjoint[1])) return false;
    *first |= adjoint[0];
    return second || adjoint[1];
}

horn_status tf_add_dense(tf_builder *b)
{
    horn_status status = HORN_OK;
    const tf_step *s = tf_step_at(b, 0);
    tf_tensor kernel;
    config *arguments;
    bool first = false;
    const bool turned = is_transposed(b, s->node, &first);
    if (first || (strcmp(s->kind, "MatMul") == 0 && b->x.each.rank != 1))
        return refuse(b, "multiplies otherwise than each sample's last axis by a kernel");
    TRY(tf_kernel_of(b, s->operands[0], 2, &kernel));
    const shape sizes = { 2, { kernel.shape[turned], kernel.shape[!turned] } };
    if (sizes.dim[0] != last_axis(&b->x.each)) TRY(refuse(b, "its kernel is of another size than its input"));
    shape out = b->x.each;
    out.dim[out.rank - 1] = sizes.dim[1];
    TRY(tf_set_value(b, &out));
    TRY(tf_add_layer(b, "Dense", &arguments));
    config_set_integer(arguments, "units", (int64_t)sizes.dim[1]);
    config_set_string(arguments, "activation", "linear");
    config_set_boolean(arguments, "use_bias", false);
    TRY(config_status(arguments));
    TRY(tf_add_weight(b, s->operands[0], &kernel, "kernel", "io", &sizes, turned));
    b->takes_bias = b->takes_activation = true;
done:
    return status;
}

horn_status tf_add_bias(tf_builder *b)
{
    protobuf_text layout = { "NHWC", 4 };
    const tf_step *s = tf_step_at(b, 0);
    horn_status status = tf_graph_text(b->c->g, s->node, "data_format", &layout);
    if (status) return status;
    if (!protobuf_text_is(layout, "NHWC")) return refuse(b, "its data_format is not NHWC, channels last");
    if (!b->takes_bias) return refuse(b, "adds a constant where no layer has a bias");
    b->takes_bias = false;
    config *arguments = b->s->layers[b->s->layer_count - 1].arguments;
    config_set_boolean(arguments, "use_bias", true);
    status = config_status(arguments);
    return status ? status : tf_add_vector(b, s->operands[0], "bias", "o", last_axis(&b->x.each));
}

/* ---- activations ---- */

static const struct {
    const char *kind, *name;
} activations[] = {
    { "Relu", "relu" }, { "Softmax", "softmax" }, { "Sigmoid", "sigmoid" },   { "Tanh", "tanh" },
    { "Elu", "elu" },   { "Selu", "selu" },       { "Softplus", "softplus" },
};

static bool is_in_last_layer(const tf_builder *b)
{
    const protobuf_text own = tf_scope_of(b->c, &b->scopes, tf_step_at(b, 0)->node),
                        last = b->names[b->s->layer_count - 1];
    return own.size == last.size && memcmp(own.at, last.at, own.size) == 0;
}

horn_status tf_add_activation(tf_builder *b)
{
    config *arguments = NULL;
    const char *name = NULL;
    horn_status status = HORN_OK;
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (strcmp(tf_step_at(b, 0)->kind, activations[i].kind) == 0) name = activations[i].name;
    if (!name) return refuse(b, "is no part, in a form that is known, of a layer in a chain of layers");
    if (b->takes_activation && is_in_last_layer(b))
        arguments = b->s->layers[b->s->layer_count - 1].arguments;
    else
        status = tf_add_layer(b, "Activation", &arguments);
    b->takes_bias = b->takes_activation = false;
    config_set_string(arguments, "activation", name);
    return status ? status : config_status(arguments);
}

horn_status tf_add_leaky_relu(tf_builder *b)
{
    float slope = 0.2f;
    config *arguments;
    horn_status status = tf_graph_number(b->c->g, tf_step_at(b, 0)->node, "alpha", &slope);
    if (!status && !(slope >= 0 && isfinite(slope))) status = refuse(b, "its slope is no number from 0 on");
    if (!status) status = tf_add_layer(b, "LeakyReLU", &arguments);
    if (status) return status;
    config_set_number(arguments, "alpha", tf_shortest(slope));
    return config_status(arguments);
}

horn_status tf_add_relu(tf_builder *b)
{
    config *arguments;
    const tf_step *s = tf_step_at(b, 0);
    const float most = strcmp(s->kind, "Relu6") == 0 ? 6 : s->most;
    if (!(s->slope >= 0 && isfinite(s->slope) && s->threshold >= 0 && isfinite(s->threshold) && most >= 0))
        return refuse(b, "its slope, threshold or greatest value is no number from 0 on");
    horn_status status = tf_add_layer(b, "ReLU", &arguments);
    if (status) return status;
    if (isfinite(most))
        config_set_number(arguments, "max_value", tf_shortest(most));
    else
        config_set_null(arguments, "max_value");
    config_set_number(arguments, "negative_slope", tf_shortest(s->slope));
    config_set_number(arguments, "threshold", tf_shortest(s->threshold));
    return config_status(arguments);
}

/* ---- normalization ---- */

/* Keras has constants of ones and zeros where a layer has no gamma or beta; its weights stand behind an Identity, and
 * Horn's graphs have no such constants. */
static horn_status find_literal(tf_builder *b, size_t index, float value, size_t size, bool *out)
{
    const tf_step *s = tf_step_at(b, 0);
    const tf_graph_node *n = &b->c->g->nodes[s->node];
    tf_tensor t;
    size_t node;
    float *values;
    *out = false;
    if (b->c->is_own || n->input_count != 5 || n->inputs[index + 1].node != s->operands[index])
        return HORN_OK;
    horn_status status = tf_vector_of(b, s->operands[index], size, &node, &t);
    if (!status && t.count > b->budget / sizeof *values) return HORN_OK; /* refused as a weight */
    if (!status) status = memory_new(&values, t.count, sizeof *values);
    if (status) return status;
    tf_tensor_copy(&t, values);
    *out = true;
    for (size_t i = 0; i < t.count; i++) *out &= values[i] == value;
    free(values);
    return HORN_OK;
}

horn_status tf_add_normalization(tf_builder *b)
{
    static const char *const names[] = { "gamma", "beta", "moving_mean", "moving_variance" };
    horn_status status = HORN_OK;
    const tf_step *s = tf_step_at(b, 0);
    const size_t C = last_axis(&b->x.each);
    protobuf_text layout = { "NHWC", 4 };
    config *arguments;
    bool has[4] = { s->operands[0] != NO_NODE, s->operands[1] != NO_NODE, true, true }, is_literal;
    for (size_t i = 0; i < 2; i++) {
        if (!has[i]) continue;
        TRY(find_literal(b, i, i == 0 ? 1 : 0, C, &is_literal));
        has[i] = !is_literal;
    }
    TRY(tf_graph_text(b->c->g, s->node, "data_format", &layout));
    if (!protobuf_text_is(layout, "NHWC")) TRY(refuse(b, "its data_format is not NHWC, channels last"));
    if (!(s->epsilon >= 0 && isfinite(s->epsilon))) TRY(refuse(b, "its epsilon is no number from 0 on"));
    TRY(tf_add_layer(b, "BatchNormalization", &arguments));
    config_set_integer(arguments, "axis", -1);
    config_set_number(arguments, "momentum", 0.99);
    config_set_number(arguments, "epsilon", tf_shortest(s->epsilon));
    config_set_boolean(arguments, "center", has[1]);
    config_set_boolean(arguments, "scale", has[0]);
    TRY(config_status(arguments));
    for (int i = 0; i < 4; i++)
        if (has[i]) TRY(tf_add_vector(b, s->operands[i], names[i], "c", C));
    keras_mark_trainable(&b->s->layers[b->s->layer_count - 1]);
done:
    return status;
}

/* ---- shapes ---- */

/* TensorFlow multiplies rows alone: a Dense over more axes makes rows of them and comes back. */
static bool is_dense_over_rows(tf_builder *b, const tf_extent *rows, tf_extent *back)
{
    const tf_step *s = tf_step_at(b, 0), *product = tf_step_at(b, 1), *end = tf_step_at(b, 2);
    tf_tensor kernel;
    bool first = false;
    if (!end || strcmp(product->kind, "MatMul") != 0 || strcmp(end->kind, "Reshape") != 0) return false;
    if (b->x.each.rank < 2 || rows->each.rank != 1 || rows->each.dim[0] != last_axis(&b->x.each))
        return false;
    const protobuf_text scope = tf_scope_of(b->c, &b->scopes, s->node),
                        inner = tf_scope_of(b->c, &b->scopes, product->node);
    const bool one_scope =
        scope.size && scope.size == inner.size && memcmp(scope.at, inner.at, scope.size) == 0;
    if ((rows->rows == 1 && !one_scope) || tf_kernel_of(b, product->operands[0], 2, &kernel)) return false;
    tf_extent y = { rows->rows, { 1, { kernel.shape[!is_transposed(b, product->node, &first)] } } };
    shape expected = b->x.each;
    expected.dim[expected.rank - 1] = y.each.dim[0];
    size_t total = y.rows;
    if (!memory_multiply(&total, y.each.dim[0]) || tf_reshape_extent(b->c, end->node, &y, back)) return false;
    return back->rows == 1 && shape_equal(&back->each, &expected);
}

horn_status tf_add_reshape(tf_builder *b)
{
    tf_extent out, back;
    config *arguments;
    horn_status status = tf_reshape_extent(b->c, tf_step_at(b, 0)->node, &b->x, &out);
    if (status) return status;
    if (is_dense_over_rows(b, &out, &back)) {
        b->at++;
        b->x = out;
        status = tf_add_dense(b);
        b->at++;
        b->x = back;
        return status;
    }
    if (out.rows != 1)
        return refuse(b, "gives several rows for each sample, expected one or a Dense layer over them");
    b->x = out;
    status = tf_add_layer(b, out.each.rank == 1 ? "Flatten" : "Reshape", &arguments);
    if (status) return status;
    if (out.each.rank == 1)
        config_set_string(arguments, "data_format", "channels_last");
    else
        config_set_sizes(arguments, "target_shape", out.each.dim, (size_t)out.each.rank);
    return config_status(arguments);
}
