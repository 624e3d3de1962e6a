#include "formats/tf_objects.h"

#include <ctype.h>
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

/* What a layer calls its weight. */
static const char *attribute_of(const tf_objects *w, const snapshot_tensor *t)
{
    if (w->dialect != KERAS_3) return t->name;
    return strcmp(t->name, "kernel") == 0             ? "_kernel"
           : strcmp(t->name, "depthwise_kernel") == 0 ? "kernel"
                                                      : t->name;
}

/* `place` is the layer's, for keys. */
static void add_weights(tf_objects *w, size_t node, const snapshot_layer *layer, const char *place,
                        size_t number)
{
    for (size_t i = 0; i < layer->tensor_count; i++) /* a list of its own that BatchNormalization has */
        if (w->dialect != KERAS_3 && strcmp(layer->tensors[i].name, "moving_mean") == 0)
            graph_writer_child(w->graph, node, "axis", add_object(w, "trackable_list_wrapper"));
    for (size_t i = 0; i < layer->tensor_count; i++) {
        const snapshot_tensor *t = &layer->tensors[i];
        const char *name = attribute_of(w, t);
        w->name.size = w->key.size = 0;
        bytes_print(&w->name, "%s/%s", layer->name, t->name);
        bytes_print(&w->key, "%s%zu/", place, number);
        put_escaped(&w->key, name);
        bytes_print(&w->key, TF_VALUE);
        size_t weight = tf_objects_variable(w, node, name, text_of(w, &w->name), text_of(w, &w->key),
                                            snapshot_tensor_view(t));
        if (t->trainable) graph_writer_trainable(w->graph, weight);
        w->weights[w->weight_count++] = weight;
    }
}

static horn_status check_names(const snapshot *s)
{
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer *layer = &s->layers[i];
        if (!layer->name) return fail(HORN_ERROR_ARGUMENT, "layer %zu has no name", i);
        for (size_t k = 0; k < layer->tensor_count; k++)
            if (!layer->tensors[k].name)
                return fail(HORN_ERROR_ARGUMENT, "weight %zu of '%s' has no name", k, layer->name);
            else if (isdigit(
                         (unsigned char)*layer->tensors[k].name)) /* of a .keras: no attribute is called so */
                return fail(
                    HORN_ERROR_UNSUPPORTED,
                    "layer '%s' (%s): what it calls its weight %zu is not known, and TensorFlow goes by it",
                    layer->name, layer->class_name ? layer->class_name : "", k);
    }
    return HORN_OK;
}

static void add_layers(tf_objects *w)
{
    size_t weighted = 0;
    for (size_t i = 0; i < w->s->layer_count; i++) {
        const snapshot_layer *layer = &w->s->layers[i];
        size_t node = w->layers[i] = add_object(w, "_tf_keras_layer");
        if (layer->tensor_count) {
            w->name.size = 0;
            bytes_print(&w->name, "layer_with_weights-%zu", weighted);
            add_to_model(w, text_of(w, &w->name), node);
            add_weights(w, node, layer, "layer_with_weights-", weighted++);
        }
        w->name.size = 0;
        bytes_print(&w->name, "layer-%zu", i);
        add_to_model(w, text_of(w, &w->name), node);
    }
}

/* Keras 3's: the input is the first. */
static void add_operations(tf_objects *w)
{
    size_t functional = graph_writer_node(w->graph), list = graph_writer_node(w->graph);
    char number[32];
    add_to_model(w, "_functional", functional);
    graph_writer_child(w->graph, functional, "_operations", list);
    graph_writer_child(w->graph, list, "0", graph_writer_node(w->graph));
    for (size_t i = 0; i < w->s->layer_count; i++) {
        size_t node = w->layers[i] = graph_writer_node(w->graph);
        snprintf(number, sizeof number, "%zu", i + 1);
        graph_writer_child(w->graph, list, number, node);
        add_weights(w, node, &w->s->layers[i], "model/_functional/_operations/", i + 1);
    }
}

/* ---- the optimizer ---- */

/* "velocity" -> "_velocities", as Keras calls the list of a kind. */
static const char *name_list(tf_objects *w, const char *class_name, const char *kind)
{
    const char *known = keras_slot_list_name(class_name, kind);
    const size_t length = strlen(kind);
    const bool is_y = length && kind[length - 1] == 'y';
    if (known) return known;
    w->name.size = 0;
    bytes_print(&w->name, "_%.*s%s", (int)(length - is_y), kind, is_y ? "ies" : "s");
    return text_of(w, &w->name);
}

/* The optimizer's variables in Keras' order: iteration, Keras 3's learning rate, and from `first` on slots, of which
 * `alternating` kinds stand side by side for each weight. */
typedef struct variables {
    const keras_variables *list;
    size_t *nodes;
    size_t first, alternating;
} variables;

/* The list of one kind of slots: children "0", "1", ... that are variables already. */
static void add_list(tf_objects *w, size_t optimizer, const variables *v, size_t kind, const char *name)
{
    size_t node = add_object(w, "trackable_list_wrapper"), weights = snapshot_trainable_count(w->s);
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    graph_writer_child(w->graph, optimizer, name_list(w, class_name, name), node);
    for (size_t i = 0; i < weights; i++) {
        size_t place = kind < v->alternating ? i * v->alternating + kind : kind * weights + i;
        if (v->first + place >= v->list->count) break;
        w->name.size = 0;
        bytes_print(&w->name, "%zu", i);
        graph_writer_child(w->graph, node, text_of(w, &w->name), v->nodes[v->first + place]);
    }
}

static void add_slots(tf_objects *w, size_t all, const variables *v)
{
    char number[32];
    for (size_t i = v->first; i < v->list->count; i++) {
        const char *name = v->list->items[i].name;
        w->name.size = w->key.size = 0;
        bytes_print(&w->name, "%.*s", (int)strcspn(name, ":"), name);
        snprintf(number, sizeof number, "%zu", i);
        bytes_print(&w->key, "optimizer/_variables/%zu" TF_VALUE, i);
        v->nodes[i] = tf_objects_variable(w, all, number, text_of(w, &w->name), text_of(w, &w->key),
                                          v->list->items[i].view);
    }
}

/* The learning rate, or what stands beside a schedule in Keras 2. Returns its node. */
static size_t add_rate(tf_objects *w, size_t optimizer)
{
    const horn_view view = { .data = &w->rate, .dtype = HORN_FLOAT32 };
    if (keras_learning_rate(w->s, &w->rate))
        return tf_objects_variable(w, optimizer, "_learning_rate", "learning_rate",
                                   "optimizer/_learning_rate" TF_VALUE, view);
    if (w->dialect != KERAS_3 && keras_current_learning_rate(w->s, &w->rate))
        return tf_objects_variable(w, optimizer, "_current_learning_rate", "current_learning_rate",
                                   "optimizer/_current_learning_rate" TF_VALUE, view);
    return NO_NODE;
}

/* The weights that train, which Keras 3's optimizers know. */
static void add_trainable(tf_objects *w, size_t optimizer)
{
    size_t node = graph_writer_node(w->graph), count = 0, at = 0;
    char number[32];
    graph_writer_child(w->graph, optimizer, "_trainable_variables", node);
    for (size_t i = 0; i < w->s->layer_count; i++)
        for (size_t k = 0; k < w->s->layers[i].tensor_count; k++, at++) {
            if (&w->s->layers[i].tensors[k] != snapshot_trainable(w->s, count, NULL)) continue;
            snprintf(number, sizeof number, "%zu", count++);
            graph_writer_child(w->graph, node, number, w->weights[at]);
        }
}

/* What stands before the slots. */
static size_t add_scalars(tf_objects *w, size_t optimizer, size_t all, const variables *v)
{
    v->nodes[0] = tf_objects_variable(w, optimizer, "_iterations", "iteration",
                                      "optimizer/_iterations" TF_VALUE, v->list->items[0].view);
    graph_writer_child(w->graph, all, "0", v->nodes[0]);
    size_t rate = add_rate(w, optimizer);
    if (w->dialect != KERAS_3 || rate == NO_NODE) return 1;
    graph_writer_child(w->graph, all, "1", rate);
    return 2;
}

static horn_status add_variables(tf_objects *w, size_t optimizer)
{
    horn_status status = HORN_OK;
    size_t all = add_object(w, "trackable_list_wrapper");
    const snapshot_slot **slots = NULL;
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    variables v = { .list = &w->list };
    TRY(memory_new(&v.nodes, w->list.count, sizeof *v.nodes));
    TRY(memory_new(&slots, w->s->slot_count, sizeof *slots));
    graph_writer_child(w->graph, optimizer, "_variables", all);
    v.first = add_scalars(w, optimizer, all, &v);
    if (w->dialect == KERAS_3) add_trainable(w, optimizer);
    if (w->list.count <= v.first) goto done;
    if (w->dialect != KERAS_3)
        graph_writer_child(w->graph, optimizer, "_index_dict", add_object(w, "trackable_dict_wrapper"));
    add_slots(w, all, &v);
    keras_slots_in_order(slots, w->s, class_name, w->dialect, &v.alternating);
    for (size_t i = 0; i < w->s->slot_count; i++) add_list(w, optimizer, &v, i, slots[i]->name);
    if (w->s->slot_count == 0) add_list(w, optimizer, &v, 0, "momentum"); /* SGD's unused ones */
done:
    free(v.nodes);
    free(slots);
    return status;
}

/* As new optimizers have them: Keras 2's SGD keeps momentum it does not use, from the start. */
static horn_status list_variables(keras_variables *out, const snapshot *s, keras_dialect dialect)
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
    if (!status) status = keras_optimizer_variables_list(out, &trained, dialect);
    if (!status) out->iteration = s->iteration;
    config_free(optimizer);
    return status;
}

/* ---- all ---- */

static horn_status add_optimizer(tf_objects *w)
{
    if (!config_get_string(w->s->optimizer, "class_name"))
        return fail(HORN_ERROR_ARGUMENT, "the optimizer of these variables has no class name");
    size_t optimizer = graph_writer_node(w->graph);
    graph_writer_user(w->graph, optimizer, "experimentalOptimizer", 2);
    add_to_model(w, "optimizer", optimizer);
    return add_variables(w, optimizer);
}

horn_status tf_objects_new(tf_objects *out, const snapshot *s, unsigned parts, bool again,
                           keras_dialect dialect)
{
    horn_status status = HORN_OK;
    size_t weights = 0;
    for (size_t i = 0; i < s->layer_count; i++) weights += s->layers[i].tensor_count;
    *out = (tf_objects){ .s = s, .again = NO_NODE, .dialect = dialect };
    TRY(check_names(s));
    TRY(memory_new(&out->layers, s->layer_count, sizeof *out->layers));
    TRY(memory_new(&out->weights, weights, sizeof *out->weights));
    TRY(graph_writer_new(&out->graph));
    graph_writer_user(out->graph, out->model, "_tf_keras_sequential", 1);
    if (again) out->again = graph_writer_node(out->graph);
    if (parts & PART_OPTIMIZER) TRY(list_variables(&out->list, s, dialect));
    if (dialect == KERAS_3)
        add_operations(out);
    else
        add_layers(out);
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
