#include "formats/graphs/graph_layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/dialect.h"

enum { MAX_LAYERS = 4096 };

/* ---- for all layers ---- */

tf_step *tf_step_at(const tf_builder *b, size_t ahead)
{
    return b->at + ahead < b->c->count ? &b->c->steps[b->at + ahead] : NULL;
}

static horn_status refuse(const tf_builder *b, const char *what)
{
    return tf_graph_fail(b->c->g, tf_step_at(b, 0)->node, HORN_ERROR_UNSUPPORTED, "%s", what);
}

horn_status tf_set_value(tf_builder *b, const shape *each)
{
    size_t total = 16;
    if (shape_count(each) == SIZE_MAX || !memory_multiply(&total, b->x.rows) ||
        !memory_multiply(&total, shape_count(each)))
        return refuse(b, "gives more values than memory has addresses");
    b->x.each = *each;
    return HORN_OK;
}

double tf_shortest(float number)
{
    char text[32];
    int digits = 1;
    do snprintf(text, sizeof text, "%.*g", digits, (double)number);
    while (strtof(text, NULL) != number && ++digits <= 9);
    return strtod(text, NULL);
}

horn_status tf_add_layer(tf_builder *b, const char *class_name, config **arguments)
{
    snapshot_layer *layer;
    const size_t index = b->s->layer_count;
    if (index == MAX_LAYERS)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph has more than %d layers", b->c->g->where,
                    MAX_LAYERS);
    horn_status status = memory_grow(&b->names, index, &b->name_capacity, sizeof *b->names);
    if (!status) status = snapshot_add_layer(b->s, class_name, NULL, &layer);
    if (status) return status;
    b->names[index] = tf_scope_of(b->c, &b->scopes, tf_step_at(b, 0)->node);
    b->takes_bias = b->takes_activation = false;
    *arguments = layer->arguments = config_object();
    config_set_string(*arguments, "name", ""); /* once all are known */
    config_set_boolean(*arguments, "trainable", true);
    config_set_string(*arguments, "dtype", "float32");
    return config_status(*arguments);
}

/* ---- weights ---- */

horn_status tf_kernel_of(tf_builder *b, size_t node, int rank, tf_tensor *out)
{
    horn_status status = tf_chain_constant(b->c, node, out);
    if (status) return status;
    if (!out->is_readable || out->dtype != HORN_FLOAT32 || out->rank != rank || !out->count)
        return tf_graph_fail(b->c->g, node, HORN_ERROR_UNSUPPORTED,
                             "is %s of rank %d with %zu elements, expected weights: float32 of rank %d",
                             tf_type_name(out->type), out->rank, out->count, rank);
    return HORN_OK;
}

static horn_status copy_transposed(const tf_tensor *from, float *to, size_t rows, size_t columns)
{
    float *whole;
    horn_status status = memory_new(&whole, from->count, sizeof *whole);
    if (status) return status;
    tf_tensor_copy(from, whole);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) to[i * columns + j] = whole[j * rows + i];
    free(whole);
    return HORN_OK;
}

horn_status tf_add_weight(tf_builder *b, size_t node, const tf_tensor *t, const char *name, const char *axes,
                          const shape *s, bool transposed)
{
    snapshot_layer *layer = &b->s->layers[b->s->layer_count - 1];
    snapshot_tensor *weight;
    horn_view like = { .dtype = HORN_FLOAT32, .rank = s->rank };
    memcpy(like.shape, s->dim, sizeof like.shape);
    if (t->count > b->budget / sizeof(float))
        return tf_graph_fail(b->c->g, node, HORN_ERROR_FORMAT,
                             "stands for %zu values; with it the weights are far larger than the file",
                             t->count);
    b->budget -= t->count * sizeof(float);
    if (!b->with_weights) return HORN_OK;
    horn_status status = snapshot_layer_add(layer, name, &like, &weight);
    if (status) return status;
    strcpy(weight->axes, axes);
    if (transposed) return copy_transposed(t, weight->data, s->dim[0], s->dim[1]);
    tf_tensor_copy(t, weight->data);
    return HORN_OK;
}

/* Keras 3 gives a bias in another shape and takes that away again. */
static size_t behind_shapes(tf_builder *b, size_t node)
{
    while (node != NO_NODE && (tf_chain_is(b->c, node, "Reshape") || tf_chain_is(b->c, node, "Squeeze")))
        node = tf_chain_operand(b->c, node, 0);
    return node;
}

horn_status tf_vector_of(tf_builder *b, size_t operand, size_t size, size_t *node, tf_tensor *out)
{
    *node = behind_shapes(b, operand);
    if (*node == NO_NODE) return refuse(b, "takes what is no constant");
    horn_status status = tf_chain_constant(b->c, *node, out);
    if (status) return status;
    if (out->is_readable && out->dtype == HORN_FLOAT32 && out->count == size && out->rank > 0 &&
        out->shape[out->rank - 1] == size)
        return HORN_OK;
    return tf_graph_fail(b->c->g, *node, HORN_ERROR_UNSUPPORTED,
                         "is %zu elements of %s, expected %zu of float32", out->count,
                         tf_type_name(out->type), size);
}

horn_status tf_add_vector(tf_builder *b, size_t operand, const char *name, const char *axes, size_t size)
{
    tf_tensor t;
    size_t node;
    horn_status status = tf_vector_of(b, operand, size, &node, &t);
    return status ? status : tf_add_weight(b, node, &t, name, axes, &(shape){ 1, { size } }, false);
}

/* ---- all of it ---- */

static const struct {
    const char *kind;
    horn_status (*add)(tf_builder *);
} known[] = {
    { "Reshape", tf_add_reshape },
    { "MatMul", tf_add_dense },
    { "BatchMatMul", tf_add_dense },
    { "BatchMatMulV2", tf_add_dense },
    { "BatchMatMulV3", tf_add_dense },
    { "BiasAdd", tf_add_bias },
    { "BatchNormalization", tf_add_normalization },
    { "Relu6", tf_add_relu },
    { "ReLU", tf_add_relu },
    { "LeakyRelu", tf_add_leaky_relu },
    { "Conv2D", tf_add_convolution },
    { "DepthwiseConv2dNative", tf_add_convolution },
    { "SpaceToBatchND", tf_add_spread_convolution },
    { "MaxPool", tf_add_pool },
    { "AvgPool", tf_add_pool },
    { "Mean", tf_add_global_pool },
    { "Max", tf_add_global_pool },
    { "Pad", tf_add_padding },
};

static horn_status add_step(tf_builder *b)
{
    const tf_step *s = tf_step_at(b, 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].kind, s->kind) == 0) return known[i].add(b);
    return tf_add_activation(b);
}

static horn_status add_steps(tf_builder *b)
{
    horn_status status = HORN_OK;
    b->x = b->c->extent;
    for (; !status && b->at < b->c->count; b->at++) {
        status = add_step(b);
        if (!status) b->c->steps[b->at].extent = b->x;
    }
    if (!status && !b->s->layer_count)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the graph computes nothing that is a layer", b->c->g->where);
    return status;
}

static bool is_taken(const snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->layer_count; i++)
        if (s->layers[i].name && strcmp(s->layers[i].name, name) == 0) return true;
    return false;
}

/* The first layer of a scope has its name. */
static horn_status take_name(tf_builder *b, size_t index)
{
    char *name = NULL;
    const protobuf_text scope = b->names[index];
    if (!scope.size) return HORN_OK;
    horn_status status = memory_copy_text(&name, scope.at, scope.size);
    if (status) return status;
    if (is_taken(b->s, name)) {
        free(name);
        b->names[index].size = 0;
    } else {
        b->s->layers[index].name = name;
    }
    return HORN_OK;
}

/* Keras' own: "dense", then "dense_1", from number `next` on. */
static horn_status make_name(tf_builder *b, size_t index, size_t next)
{
    horn_status status = HORN_OK;
    char *base = NULL, *name = NULL;
    TRY(keras_snake_name(&base, b->s->layers[index].class_name));
    TRY(memory_new(&name, strlen(base) + 24, 1));
    strcpy(name, base);
    if (next) sprintf(name, "%s_%zu", base, next);
    for (size_t i = next + 1; is_taken(b->s, name); i++) sprintf(name, "%s_%zu", base, i);
    b->s->layers[index].name = name;
    name = NULL;
done:
    free(base);
    free(name);
    return status;
}

static horn_status name_layers(tf_builder *b)
{
    horn_status status = HORN_OK;
    const snapshot *s = b->s;
    for (size_t i = 0; !status && i < s->layer_count; i++) status = take_name(b, i);
    for (size_t i = 0; !status && i < s->layer_count; i++) {
        size_t same = 0; /* layers of the class in front that got such a name */
        for (size_t k = 0; k < i; k++)
            same += !b->names[k].size && strcmp(s->layers[k].class_name, s->layers[i].class_name) == 0;
        if (!s->layers[i].name) status = make_name(b, i, same);
        if (status) break;
        config_set_string(s->layers[i].arguments, "name", s->layers[i].name);
        status = config_status(s->layers[i].arguments);
    }
    return status;
}

horn_status tf_graph_layers(snapshot *out, tf_chain *c, size_t budget, bool with_weights)
{
    horn_status status = HORN_OK;
    tf_builder b = {
        .c = c, .s = out, .scopes = tf_scopes_find(c), .with_weights = with_weights, .budget = budget
    };
    const protobuf_text model = b.scopes.model;
    TRY(model.size ? memory_copy_text(&out->name, model.at, model.size)
                   : memory_copy_string(&out->name, "sequential"));
    out->input_rank = c->extent.each.rank;
    memcpy(out->input_shape, c->extent.each.dim, sizeof out->input_shape);
    TRY(add_steps(&b));
    TRY(name_layers(&b));
    out->parts |= PART_ARCHITECTURE | (with_weights ? PART_WEIGHTS : 0);
done:
    free(b.names);
    return status;
}
