#include "formats/tf_objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_optimizer_slots.h"
#include "formats/keras_training.h"

static const char *text_of(tf_objects *w, bytes *text)
{
    const char *found = bytes_text(text);
    w->failed |= !found;
    return found ? found : "";
}

/* A child of the model, wherever the graph has it. */
static void add_to_model(tf_objects *w, const char *name, size_t node)
{
    graph_writer_child(w->graph, w->model, name, node);
    if (w->again != NO_NODE) graph_writer_child(w->graph, w->again, name, node);
}

size_t tf_objects_variable(tf_objects *w, size_t parent, const char *name, const char *full_name,
                           const char *key, horn_view view)
{
    size_t node = graph_writer_node(w->graph);
    graph_writer_child(w->graph, parent, name, node);
    graph_writer_variable(w->graph, node, full_name, key, view);
    return node;
}

static size_t add_object(tf_objects *w, const char *kind)
{
    size_t node = graph_writer_node(w->graph);
    graph_writer_user(w->graph, node, kind, 1);
    return node;
}

/* ---- layers ---- */

/* TensorFlow's escapes for a name in a key. */
static void put_escaped(bytes *out, const char *name)
{
    for (; *name; name++) bytes_print(out, *name == '/' ? ".S" : *name == '.' ? ".." : "%c", *name);
}

static void add_weights(tf_objects *w, size_t node, const snapshot_layer *layer, size_t number)
{
    for (size_t i = 0; i < layer->tensor_count; i++) /* a list of its own that BatchNormalization has */
        if (strcmp(layer->tensors[i].name, "moving_mean") == 0)
            graph_writer_child(w->graph, node, "axis", add_object(w, "trackable_list_wrapper"));
    for (size_t i = 0; i < layer->tensor_count; i++) {
        const snapshot_tensor *t = &layer->tensors[i];
        w->name.size = w->key.size = 0;
        bytes_print(&w->name, "%s/%s", layer->name, t->name);
        bytes_print(&w->key, "layer_with_weights-%zu/", number);
        put_escaped(&w->key, t->name);
        bytes_print(&w->key, TF_VALUE);
        size_t weight = tf_objects_variable(w, node, t->name, text_of(w, &w->name), text_of(w, &w->key),
                                            snapshot_tensor_view(t));
        if (t->trainable) graph_writer_trainable(w->graph, weight);
        w->weights[w->weight_count++] = weight;
    }
}

static horn_status add_layers(tf_objects *w)
{
    size_t weighted = 0;
    for (size_t i = 0; i < w->s->layer_count; i++) {
        const snapshot_layer *layer = &w->s->layers[i];
        size_t node = w->layers[i] = add_object(w, "_tf_keras_layer");
        if (!layer->name) return fail(HORN_ERROR_ARGUMENT, "layer %zu has no name", i);
        for (size_t k = 0; k < layer->tensor_count; k++)
            if (!layer->tensors[k].name)
                return fail(HORN_ERROR_ARGUMENT, "weight %zu of '%s' has no name", k, layer->name);
        if (layer->tensor_count) {
            w->name.size = 0;
            bytes_print(&w->name, "layer_with_weights-%zu", weighted);
            add_to_model(w, text_of(w, &w->name), node);
            add_weights(w, node, layer, weighted++);
        }
        w->name.size = 0;
        bytes_print(&w->name, "layer-%zu", i);
        add_to_model(w, text_of(w, &w->name), node);
    }
    return HORN_OK;
}

/* ---- the optimizer ---- */

/* "velocity" -> "_velocities", as Keras calls the list of a kind; SGD's has no underscore. */
static const char *name_list(tf_objects *w, const char *kind, bool plain)
{
    size_t length = strlen(kind);
    bool is_y = length && kind[length - 1] == 'y';
    w->name.size = 0;
    bytes_print(&w->name, "%s%.*s%s", plain ? "" : "_", (int)(length - is_y), kind, is_y ? "ies" : "s");
    return text_of(w, &w->name);
}

/* Whether a variable "RMSprop/velocity/dense/kernel:0" is of that kind, in the file's words. */
static bool is_of_kind(const char *variable, const char *kind)
{
    const char *at = strchr(variable, '/');
    return at && strncmp(at + 1, kind, strlen(kind)) == 0 && at[1 + strlen(kind)] == '/';
}

/* The list of one kind of slots: children "0", "1", ... that are variables already. */
static void add_list(tf_objects *w, size_t optimizer, const keras_variables *list, const size_t *nodes,
                     const char *class_name, const char *kind)
{
    size_t node = add_object(w, "trackable_list_wrapper"), count = 0;
    const char *word = keras_slot_file_name(class_name, kind, KERAS_2);
    graph_writer_child(w->graph, optimizer, name_list(w, kind, strcmp(class_name, "SGD") == 0), node);
    for (size_t i = 1; i < list->count; i++) {
        if (!is_of_kind(list->items[i].name, word)) continue;
        w->name.size = 0;
        bytes_print(&w->name, "%zu", count++);
        graph_writer_child(w->graph, node, text_of(w, &w->name), nodes[i]);
    }
}

static void add_slots(tf_objects *w, size_t all, const keras_variables *list, size_t *nodes)
{
    char number[32];
    for (size_t i = 1; i < list->count; i++) {
        const char *name = list->items[i].name;
        w->name.size = w->key.size = 0;
        bytes_print(&w->name, "%.*s", (int)strcspn(name, ":"), name);
        snprintf(number, sizeof number, "%zu", i);
        bytes_print(&w->key, "optimizer/_variables/%zu" TF_VALUE, i);
        nodes[i] = tf_objects_variable(w, all, number, text_of(w, &w->name), text_of(w, &w->key),
                                       list->items[i].view);
    }
}

/* The learning rate, or what stands beside a schedule. */
static void add_rate(tf_objects *w, size_t optimizer, const float *rate)
{
    const horn_view view = { .data = rate, .dtype = HORN_FLOAT32 };
    float constant;
    if (!rate) return;
    if (keras_learning_rate(w->s, &constant))
        tf_objects_variable(w, optimizer, "_learning_rate", "learning_rate",
                            "optimizer/_learning_rate" TF_VALUE, view);
    else
        tf_objects_variable(w, optimizer, "_current_learning_rate", "current_learning_rate",
                            "optimizer/_current_learning_rate" TF_VALUE, view);
}

static horn_status add_variables(tf_objects *w, size_t optimizer, const keras_variables *list,
                                 const float *rate)
{
    horn_status status = HORN_OK;
    size_t *nodes = NULL, alternating, all = add_object(w, "trackable_list_wrapper");
    const snapshot_slot **slots = NULL;
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    TRY(memory_new(&nodes, list->count, sizeof *nodes));
    TRY(memory_new(&slots, w->s->slot_count, sizeof *slots));
    graph_writer_child(w->graph, optimizer, "_variables", all);
    nodes[0] = tf_objects_variable(w, optimizer, "_iterations", "iteration", "optimizer/_iterations" TF_VALUE,
                                   list->items[0].view);
    graph_writer_child(w->graph, all, "0", nodes[0]);
    add_rate(w, optimizer, rate);
    if (list->count == 1) goto done;
    graph_writer_child(w->graph, optimizer, "_index_dict", add_object(w, "trackable_dict_wrapper"));
    add_slots(w, all, list, nodes);
    keras_slots_in_order(slots, w->s, class_name, &alternating);
    for (size_t i = 0; i < w->s->slot_count; i++)
        add_list(w, optimizer, list, nodes, class_name, slots[i]->name);
    if (w->s->slot_count == 0)
        add_list(w, optimizer, list, nodes, class_name, "momentum"); /* SGD's unused ones */
done:
    free(nodes);
    free(slots);
    return status;
}

/* As the optimizers of Keras 2.11 to 2.15 have them: SGD keeps momentum it does not use, from the start. */
static horn_status list_variables(keras_variables *out, const snapshot *s)
{
    snapshot trained = *s;
    config *arguments, *optimizer = config_copy(s->optimizer);
    if (config_get(optimizer, "config")) {
        arguments = config_copy(config_get(optimizer, "config"));
        config_remove(arguments, "is_legacy_optimizer");
        config_set(optimizer, "config", arguments);
    }
    trained.optimizer = optimizer;
    if (trained.iteration == 0) trained.iteration = 1;
    horn_status status = config_status(optimizer);
    if (!status) status = keras_optimizer_variables_list(out, &trained, KERAS_2);
    if (!status) out->iteration = s->iteration;
    config_free(optimizer);
    return status;
}

/* ---- all ---- */

static horn_status add_optimizer(tf_objects *w)
{
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    if (!class_name) return fail(HORN_ERROR_ARGUMENT, "the optimizer of these variables has no class name");
    size_t optimizer = graph_writer_node(w->graph);
    bool has_rate = keras_learning_rate(w->s, &w->rate) || keras_current_learning_rate(w->s, &w->rate);
    graph_writer_user(w->graph, optimizer, "experimentalOptimizer", 2);
    add_to_model(w, "optimizer", optimizer);
    return add_variables(w, optimizer, &w->list, has_rate ? &w->rate : NULL);
}

horn_status tf_objects_new(tf_objects *out, const snapshot *s, unsigned parts, bool again)
{
    horn_status status = HORN_OK;
    size_t weights = 0;
    for (size_t i = 0; i < s->layer_count; i++) weights += s->layers[i].tensor_count;
    *out = (tf_objects){ .s = s, .again = NO_NODE };
    TRY(memory_new(&out->layers, s->layer_count, sizeof *out->layers));
    TRY(memory_new(&out->weights, weights, sizeof *out->weights));
    TRY(graph_writer_new(&out->graph));
    graph_writer_user(out->graph, out->model, "_tf_keras_sequential", 1);
    if (again) out->again = graph_writer_node(out->graph);
    if (parts & PART_OPTIMIZER) TRY(list_variables(&out->list, s));
    TRY(add_layers(out));
    if (parts & PART_OPTIMIZER) TRY(add_optimizer(out));
    if (out->failed) status = fail_memory("object graph", 0);
done:
    return status;
}

void tf_objects_free(tf_objects *w)
{
    graph_writer_free(w->graph);
    keras_variables_free(&w->list);
    free(w->layers);
    free(w->weights);
    bytes_free(&w->name);
    bytes_free(&w->key);
    *w = (tf_objects){ 0 };
}
