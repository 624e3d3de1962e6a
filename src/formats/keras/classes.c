#include "formats/keras/classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

enum { MOST_INSIDE = 4096 };

/* ---- weights ---- */

/* `only`: the argument that decides whether the weight exists: "use_bias": unless it is false; "+bias_axes": if it is not null;
 * "-mean": if it is null; "=concat": if score_mode is that. */
typedef struct known_weight {
    const char *name, *keras3, *only;
    bool is_fixed;
} known_weight;

#define KERNEL                           \
    {                                    \
        "kernel", "_kernel", NULL, false \
    }
#define PLAIN_KERNEL                \
    {                               \
        "kernel", NULL, NULL, false \
    }
#define BIAS                            \
    {                                   \
        "bias", NULL, "use_bias", false \
    }
#define GAMMA_AND_BETA                 \
    { "gamma", NULL, "scale", false }, \
    {                                  \
        "beta", NULL, "center", false  \
    }
#define DEPTHWISE                                 \
    {                                             \
        "depthwise_kernel", "kernel", NULL, false \
    }
#define SEPARABLE                              \
    { "depthwise_kernel", NULL, NULL, false }, \
    {                                          \
        "pointwise_kernel", NULL, NULL, false  \
    }
#define CELL PLAIN_KERNEL, { "recurrent_kernel", NULL, NULL, false }, BIAS

static const struct known_class {
    const char *name;
    known_weight weights[KERAS_MOST_WEIGHTS];
} classes[] = {
    { "Dense", { KERNEL, BIAS } },
    { "EinsumDense", { KERNEL, { "bias", NULL, "+bias_axes", false } } },
    { "Embedding", { { "embeddings", "_embeddings", NULL, false } } },
    { "ReversibleEmbedding", { { "embeddings", "_embeddings", NULL, false } } },
    { "STFTSpectrogram", { { "real_kernel", NULL, NULL, true }, { "imag_kernel", NULL, NULL, true } } },
    { "Conv1D", { KERNEL, BIAS } },
    { "Conv2D", { KERNEL, BIAS } },
    { "Conv3D", { KERNEL, BIAS } },
    { "Conv1DTranspose", { PLAIN_KERNEL, BIAS } },
    { "Conv2DTranspose", { PLAIN_KERNEL, BIAS } },
    { "Conv3DTranspose", { PLAIN_KERNEL, BIAS } },
    { "DepthwiseConv1D", { DEPTHWISE, BIAS } },
    { "DepthwiseConv2D", { DEPTHWISE, BIAS } },
    { "SeparableConv1D", { SEPARABLE, BIAS } },
    { "SeparableConv2D", { SEPARABLE, BIAS } },
    { "LocallyConnected1D", { PLAIN_KERNEL, BIAS } },
    { "LocallyConnected2D", { PLAIN_KERNEL, BIAS } },
    { "BatchNormalization",
      { GAMMA_AND_BETA, { "moving_mean", NULL, NULL, true }, { "moving_variance", NULL, NULL, true } } },
    { "LayerNormalization", { GAMMA_AND_BETA } },
    { "GroupNormalization", { GAMMA_AND_BETA } },
    { "RMSNormalization", { { "scale", NULL, NULL, false } } },
    { "Normalization",
      { { "mean", "adapt_mean", "-mean", true },
        { "variance", "adapt_variance", "-mean", true },
        { "count", NULL, "-mean", true } } },
    { "PReLU", { { "alpha", NULL, NULL, false } } },
    { "Attention",
      { { "scale", NULL, "use_scale", false }, { "concat_score_weight", NULL, "=concat", false } } },
    { "AdditiveAttention", { { "scale", NULL, "use_scale", false } } },
    { "LSTMCell", { CELL } },
    { "GRUCell", { CELL } },
    { "SimpleRNNCell", { CELL } },
    { "ConvLSTMCell", { CELL } },
};

/* Those of Keras 2 and 3 that have none themselves. */
static const char without[] =
    " Activation ActivityRegularization Add AlphaDropout Average AveragePooling1D"
    " AveragePooling2D AveragePooling3D Bidirectional CategoryEncoding CenterCrop Concatenate"
    " ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D Dot Dropout ELU"
    " Flatten Functional GRU GaussianDropout GaussianNoise GlobalAveragePooling1D"
    " GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D"
    " GlobalMaxPooling3D Identity InputLayer LSTM LeakyReLU Masking MaxPooling1D MaxPooling2D"
    " MaxPooling3D Maximum Minimum Model MultiHeadAttention Multiply Operation Permute RNN ReLU RepeatVector "
    "Rescaling"
    " Reshape Resizing Sequential SimpleRNN Softmax SpatialDropout1D SpatialDropout2D"
    " SpatialDropout3D StackedRNNCells Subtract ThresholdedReLU TimeDistributed"
    " UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D"
    " ZeroPadding3D ";

static bool has_weight(const known_weight *w, const config *arguments)
{
    if (!w->only) return true;
    if (*w->only == '=') {
        const char *mode = config_get_string(arguments, "score_mode");
        return mode && strcmp(mode, w->only + 1) == 0;
    }
    const config *value = config_get(arguments, w->only + (*w->only == '+' || *w->only == '-'));
    if (*w->only == '+') return !config_is_null(value);
    return config_is_null(value) || (*w->only != '-' && config_is_true(value));
}

/* Each word has a space before and behind it. */
static bool is_word_of(const char *words, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = words; length && !strchr(word, ' ') && (at = strstr(at, word)); at++)
        if (at[-1] == ' ' && at[length] == ' ') return true;
    return false;
}

bool keras_class_weights(keras_weight out[KERAS_MOST_WEIGHTS], size_t *count, const char *class_name,
                         const config *arguments)
{
    *count = 0;
    if (class_name && is_word_of(without, class_name)) return true;
    for (size_t i = 0; class_name && i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(classes[i].name, class_name) != 0) continue;
        for (const known_weight *w = classes[i].weights;
             w < classes[i].weights + KERAS_MOST_WEIGHTS && w->name; w++)
            if (has_weight(w, arguments)) out[(*count)++] = (keras_weight){ w->name, !w->is_fixed };
        return true;
    }
    return false;
}

const char *keras_attribute(const char *class_name, const char *weight)
{
    for (size_t i = 0; class_name && i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(classes[i].name, class_name) != 0) continue;
        for (size_t k = 0; k < KERAS_MOST_WEIGHTS && classes[i].weights[k].name; k++)
            if (strcmp(classes[i].weights[k].name, weight) == 0 && classes[i].weights[k].keras3)
                return classes[i].weights[k].keras3;
    }
    return weight;
}

const char *keras_usual_weight(size_t index)
{
    static const char *const names[] = {
        "depthwise_kernel", "kernel", "recurrent_kernel", "gamma", "beta", "bias", "moving_mean",
        "moving_variance",  NULL
    };
    return names[index];
}

bool keras_seems_weighted(const snapshot_layer *layer)
{
    static const char end[] = "_initializer";
    const char *key;
    for (size_t i = 0; (key = config_key_at(layer->arguments, i)); i++) {
        const size_t length = strlen(key);
        if (length >= sizeof end && strcmp(key + length - (sizeof end - 1), end) == 0) return true;
    }
    return false;
}

bool keras_is_list(const char *attribute)
{
    return attribute && (strcmp(attribute, "layers") == 0 || strcmp(attribute, "cells") == 0);
}

bool keras_is_random_state(const char *name, size_t length)
{
    static const char *const names[] = { "seed_generator", "_random_generator" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) return true;
    return false;
}

/* ---- layers inside ---- */

static horn_status expand(snapshot_layer *layer, size_t depth, const char *where);

static horn_status add(snapshot_layer *layer, const char *attribute, const char *class_name, const char *name,
                       const config *arguments, size_t depth, const char *where)
{
    horn_status status = HORN_OK;
    snapshot_layer *inner;
    TRY(snapshot_add_inner(layer, attribute, class_name, name, &inner));
    inner->arguments = config_copy(arguments);
    TRY(config_status(inner->arguments));
    TRY(expand(inner, depth + 1, where));
done:
    return status;
}

/* An entry {class_name, config}, called as its config says, behind `prefix`. */
static horn_status add_entry(snapshot_layer *layer, const char *attribute, const config *entry,
                             const char *prefix, size_t depth, const char *where)
{
    horn_status status = HORN_OK;
    char *snake = NULL;
    bytes name = { 0 };
    const char *class_name = keras_full_name(entry), *given;
    const config *arguments = config_get(entry, "config");
    if (!class_name || config_is_null(arguments))
        TRY(fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s): '%s' is no {class_name, config}", where,
                 layer->name, layer->class_name, attribute));
    given = config_get_string(arguments, "name");
    if (!given) TRY(keras_snake_name(&snake, class_name));
    if (!given) given = snake;
    bytes_print(&name, "%s%s", strncmp(given, prefix, strlen(prefix)) == 0 ? "" : prefix, given);
    TRY(bytes_status(&name));
    TRY(add(layer, attribute, class_name, bytes_text(&name), arguments, depth, where));
done:
    free(snake);
    bytes_free(&name);
    return status;
}

static horn_status add_entries(snapshot_layer *layer, const char *attribute, const config *list, size_t depth,
                               const char *where)
{
    horn_status status = HORN_OK;
    if (!config_is_list(list))
        return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s): '%s' is no list", where, layer->name,
                    layer->class_name, attribute);
    if (config_count(list) > MOST_INSIDE)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: layer '%s' (%s) holds %zu layers, more than %d are not supported", where,
                    layer->name, layer->class_name, config_count(list), MOST_INSIDE);
    for (size_t i = 0; !status && i < config_count(list); i++)
        status = add_entry(layer, attribute, config_at(list, i), "", depth, where);
    return status;
}

/* Which layers a class holds: `key` is the argument that has them, `otherwise` the one that is taken if that is null; "": a
 * config that is a list is the list of layers. */
static const struct holder {
    const char *class_name, *attribute, *key, *otherwise;
    const char *prefix; /* of the inner layer's name; NULL: the argument is a list of layers */
} holders[] = {
    { "Sequential", "layers", "layers", "", NULL },
    { "Functional", "layers", "layers", NULL, NULL },
    { "Model", "layers", "layers", NULL, NULL },
    { "StackedRNNCells", "cells", "cells", NULL, NULL },
    { "RNN", "cell", "cell", NULL, "" },
    { "TimeDistributed", "layer", "layer", NULL, "" },
    { "Bidirectional", "forward_layer", "layer", NULL, "forward_" },
    { "Bidirectional", "backward_layer", "backward_layer", "layer", "backward_" },
};

/* The cell of a layer that makes it itself has the layer's arguments. */
static const char *const recurrent[][3] = {
    { "LSTM", "LSTMCell", "lstm_cell" },
    { "GRU", "GRUCell", "gru_cell" },
    { "SimpleRNN", "SimpleRNNCell", "simple_rnn_cell" },
    { "ConvLSTM1D", "ConvLSTMCell", "conv_lstm_cell" },
    { "ConvLSTM2D", "ConvLSTMCell", "conv_lstm_cell" },
    { "ConvLSTM3D", "ConvLSTMCell", "conv_lstm_cell" },
};

/* The projections of a MultiHeadAttention, in Keras' order; {attribute, name}. */
static const char *const projections[][2] = { { "query_dense", "query" },
                                              { "key_dense", "key" },
                                              { "gate_dense", "gate" },
                                              { "value_dense", "value" },
                                              { "output_dense", "attention_output" } };
enum { PROJECTIONS = sizeof projections / sizeof *projections };

const char *keras_inner_attribute(const char *attribute, bool keras3)
{
    static const char *const keras2[PROJECTIONS] = { "_query_dense", "_key_dense", "_gate_dense",
                                                     "_value_dense", "_output_dense" };
    for (size_t i = 0; attribute && !keras3 && i < PROJECTIONS; i++)
        if (strcmp(projections[i][0], attribute) == 0) return keras2[i];
    return attribute;
}

static horn_status add_projections(snapshot_layer *layer, size_t depth, const char *where)
{
    horn_status status = HORN_OK;
    const bool use_bias = !config_is_false(config_get(layer->arguments, "use_bias")),
               use_gate = config_is_true(config_get(layer->arguments, "use_gate"));
    for (size_t i = 0; i < PROJECTIONS && !status; i++) {
        config *arguments = config_object();
        config_set_string(arguments, "name", projections[i][1]);
        config_set_string(arguments, "bias_axes", use_bias ? "de" : NULL);
        if (use_gate || strcmp(projections[i][1], "gate") != 0)
            status = add(layer, projections[i][0], "EinsumDense", projections[i][1], arguments, depth, where);
        config_free(arguments);
    }
    return status;
}

static horn_status add_held(snapshot_layer *layer, const struct holder *h, size_t depth, const char *where)
{
    const config *a = layer->arguments, *value = config_get(a, h->key);
    if (h->otherwise && !*h->otherwise && config_is_list(a)) value = a;
    if (h->otherwise && *h->otherwise && config_is_null(value)) value = config_get(a, h->otherwise);
    return h->prefix ? add_entry(layer, h->attribute, value, h->prefix, depth, where)
                     : add_entries(layer, h->attribute, value, depth, where);
}

static horn_status expand(snapshot_layer *layer, size_t depth, const char *where)
{
    horn_status status = HORN_OK;
    if (depth >= SNAPSHOT_MAX_DEPTH)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: more than %d layers within each other are not supported",
                    where, SNAPSHOT_MAX_DEPTH);
    for (size_t i = 0; i < sizeof recurrent / sizeof *recurrent; i++)
        if (strcmp(recurrent[i][0], layer->class_name) == 0)
            TRY(add(layer, "cell", recurrent[i][1], recurrent[i][2], layer->arguments, depth, where));
    if (strcmp(layer->class_name, "MultiHeadAttention") == 0) TRY(add_projections(layer, depth, where));
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
        if (strcmp(holders[i].class_name, layer->class_name) == 0)
            TRY(add_held(layer, &holders[i], depth, where));
done:
    return status;
}

horn_status keras_expand(snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < s->layer_count; i++)
        if (s->layers[i].class_name && !s->layers[i].inner_count) status = expand(&s->layers[i], 0, where);
    return status;
}

/* ---- what may be written ---- */

static horn_status check(const snapshot_layer *layer, bool by_path, const char *where)
{
    horn_status status = HORN_OK;
    if (layer->is_flat)
        return fail(
            HORN_ERROR_UNSUPPORTED,
            "%s: layer '%s' (%s) holds others, and which of them has which of its %zu weights is not known",
            where, layer->name, layer->class_name ? layer->class_name : "?", layer->tensor_count);
    if (layer->is_unordered && !by_path)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' (%s) holds others, and their order is not known",
                    where, layer->name, layer->class_name ? layer->class_name : "?");
    for (size_t i = 0; !status && i < layer->inner_count; i++)
        status = check(&layer->inner[i], by_path, where);
    return status;
}

horn_status keras_check_layout(const snapshot *s, bool by_path, const char *where)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < s->layer_count; i++) status = check(&s->layers[i], by_path, where);
    return status;
}

/* The weights that do not train are a class's last. */
static size_t count_fixed(const char *class_name)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        for (size_t k = 0; k < KERAS_MOST_WEIGHTS && strcmp(classes[i].name, class_name) == 0; k++)
            count += classes[i].weights[k].is_fixed;
    return count;
}

void keras_mark_trainable(snapshot_layer *layer)
{
    static const char *const statistics[] = { "moving_mean", "moving_variance" };
    const size_t fixed = layer->class_name ? count_fixed(keras_bare_name(layer->class_name)) : 0;
    for (size_t i = 0; i < layer->tensor_count; i++) {
        snapshot_tensor *t = &layer->tensors[i];
        if (fixed) t->trainable = i + fixed < layer->tensor_count;
        for (size_t k = 0; k < 2 && !fixed && t->name; k++)
            if (strcmp(t->name, statistics[k]) == 0) t->trainable = false;
    }
}
