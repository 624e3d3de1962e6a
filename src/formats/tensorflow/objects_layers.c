/* Adds the objects of layers and of the layers inside them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "config/keras_classes.h"
#include "formats/keras/classes.h"
#include "formats/tensorflow/objects.h"

/* The attribute of a weight, which in Keras 3 may differ from its name. */
static const char *attribute_of(const tf_objects *w, const snapshot_layer *layer, size_t index)
{
    const char *name = layer->tensors[index].name;
    return w->dialect == KERAS_3 ? keras_attribute(layer->class_name, name) : name;
}

/* Lists that Keras 2's objects have beside their weights. Weights without an architecture do not tell the class, so a weight
 * stands for it. */
static const struct {
    const char *weight, *list;
} lists[] = { { "moving_mean", "axis" } };

static void add_list_beside(tf_objects *w, size_t node, const char *weight)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].weight, weight) == 0)
            graph_writer_child(w->graph, node, lists[i].list, tf_objects_add(w, "trackable_list_wrapper"));
}

static void add_own(tf_objects *w, size_t node, const snapshot_layer *layer)
{
    for (size_t i = 0; i < layer->tensor_count && w->dialect != KERAS_3; i++)
        add_list_beside(w, node, layer->tensors[i].name);
    for (size_t i = 0; i < layer->tensor_count; i++) {
        const snapshot_tensor *t = &layer->tensors[i];
        const char *name = attribute_of(w, layer, i);
        w->name.size = 0;
        snapshot_path(&w->name, &w->index.weights[w->weight_count], &path_slashes);
        size_t weight =
            tf_objects_variable(w, node, name, tf_objects_text(w, &w->name), snapshot_tensor_view(t));
        graph_writer_stays(w->graph, weight);
        if (t->trainable) graph_writer_trainable(w->graph, weight);
        w->weights[w->weight_count++] = weight;
    }
}

static void add_weights(tf_objects *w, size_t node, const snapshot_layer *layer);

/* Adds the layers of a nested model. In Keras 2 a Sequential has no object for its input. */
static void add_model(tf_objects *w, size_t node, const snapshot_layer *model)
{
    const bool is_sequential = keras_role_of(model->class_name) == KERAS_SEQUENTIAL;
    size_t weighted = 0, number = 0;
    char name[48];
    for (size_t i = 0; i < model->inner_count; i++) {
        const snapshot_layer *layer = &model->inner[i];
        if (is_sequential && keras_role_of(layer->class_name) == KERAS_INPUT) continue;
        const size_t child = tf_objects_add(w, "_tf_keras_layer");
        snprintf(name, sizeof name, "layer_with_weights-%zu", weighted);
        if (snapshot_weight_count(layer)) graph_writer_child(w->graph, node, name, child);
        weighted += snapshot_weight_count(layer) > 0;
        snprintf(name, sizeof name, "layer-%zu", number++);
        graph_writer_child(w->graph, node, name, child);
        add_weights(w, child, layer);
    }
}

/* Adds inner layers as children of `list`, numbered from `first` on: Keras 3's operations, or cells. */
static void add_numbered(tf_objects *w, size_t list, const snapshot_layer *holder, size_t first)
{
    char name[32];
    for (size_t i = 0; i < holder->inner_count; i++) {
        const size_t child = tf_objects_add(w, "_tf_keras_layer");
        snprintf(name, sizeof name, "%zu", first + i);
        graph_writer_child(w->graph, list, name, child);
        add_weights(w, child, &holder->inner[i]);
    }
}

static void add_operations_inside(tf_objects *w, size_t node, const snapshot_layer *model)
{
    const bool is_sequential = keras_role_of(model->class_name) == KERAS_SEQUENTIAL,
               says_input = keras_role_of(model->inner[0].class_name) == KERAS_INPUT;
    size_t list = graph_writer_node(w->graph), holder = node;
    if (is_sequential) holder = graph_writer_node(w->graph);
    if (is_sequential) graph_writer_child(w->graph, node, "_functional", holder);
    graph_writer_child(w->graph, holder, "_operations", list);
    if (!says_input) graph_writer_child(w->graph, list, "0", graph_writer_node(w->graph));
    add_numbered(w, list, model, !says_input);
}

static void add_weights(tf_objects *w, size_t node, const snapshot_layer *layer)
{
    add_own(w, node, layer);
    if (!layer->inner_count) return;
    const char *attribute = layer->inner[0].attribute;
    if (strcmp(attribute, "layers") == 0 && w->dialect == KERAS_3) {
        add_operations_inside(w, node, layer);
    } else if (strcmp(attribute, "layers") == 0) {
        add_model(w, node, layer);
    } else if (keras_is_list(attribute)) {
        const size_t list = tf_objects_add(w, "trackable_list_wrapper");
        graph_writer_child(w->graph, node, attribute, list);
        add_numbered(w, list, layer, 0);
    } else {
        for (size_t i = 0; i < layer->inner_count; i++) {
            const size_t child = tf_objects_add(w, "_tf_keras_layer");
            graph_writer_child(w->graph, node,
                               keras_inner_attribute(layer->inner[i].attribute, w->dialect == KERAS_3),
                               child);
            add_weights(w, child, &layer->inner[i]);
        }
    }
}

/* Fails for a weight whose name is a number, as an unknown class has it in a .keras: it is no attribute. And in Keras 3 for a
 * list of cells, which no object graph has. */
static horn_status check_layer(const snapshot_layer *layer, keras_dialect dialect)
{
    horn_status status = HORN_OK;
    const char *class_name = layer->class_name ? layer->class_name : "";
    for (size_t k = 0; k < layer->tensor_count; k++)
        if (!layer->tensors[k].name)
            return fail(HORN_ERROR_ARGUMENT, "weight %zu of '%s' has no name", k, layer->name);
        else if (isdigit((unsigned char)*layer->tensors[k].name))
            return fail(
                HORN_ERROR_UNSUPPORTED,
                "layer '%s' (%s): what it calls its weight %zu is not known, and TensorFlow goes by it",
                layer->name, class_name, k);
    if (dialect == KERAS_3 && layer->inner_count && strcmp(layer->inner[0].attribute, "cells") == 0)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "layer '%s' (%s): Keras 3 keeps its cells in no checkpoint of TensorFlow", layer->name,
                    class_name);
    for (size_t i = 0; !status && i < layer->inner_count; i++)
        status = check_layer(&layer->inner[i], dialect);
    return status;
}

horn_status tf_objects_check_layers(const snapshot *s, keras_dialect dialect)
{
    horn_status status = keras_check_layout(s, false, "a checkpoint of TensorFlow");
    for (size_t i = 0; !status && i < s->layer_count; i++) {
        if (!s->layers[i].name) return fail(HORN_ERROR_ARGUMENT, "layer %zu has no name", i);
        status = check_layer(&s->layers[i], dialect);
    }
    return status;
}

void tf_objects_add_layers(tf_objects *w)
{
    size_t weighted = 0, number = 0;
    if (w->s->is_functional) {
        w->input = tf_objects_add(w, "_tf_keras_input_layer");
        tf_objects_add_to_model(w, "layer-0", w->input);
        number++;
    }
    for (size_t i = 0; i < w->s->layer_count; i++) {
        const snapshot_layer *layer = &w->s->layers[i];
        size_t node = w->layers[i] = tf_objects_add(w, "_tf_keras_layer");
        if (snapshot_weight_count(layer)) {
            w->name.size = 0;
            bytes_print(&w->name, "layer_with_weights-%zu", weighted++);
            tf_objects_add_to_model(w, tf_objects_text(w, &w->name), node);
        }
        add_weights(w, node, layer);
        w->name.size = 0;
        bytes_print(&w->name, "layer-%zu", number++);
        tf_objects_add_to_model(w, tf_objects_text(w, &w->name), node);
    }
}

void tf_objects_add_operations(tf_objects *w)
{
    size_t list = graph_writer_node(w->graph);
    char number[32];
    if (w->s->is_functional) {
        tf_objects_add_to_model(w, "_operations", list);
    } else {
        size_t functional = graph_writer_node(w->graph);
        tf_objects_add_to_model(w, "_functional", functional);
        graph_writer_child(w->graph, functional, "_operations", list);
    }
    graph_writer_child(w->graph, list, "0", graph_writer_node(w->graph)); /* the input */
    for (size_t i = 0; i < w->s->layer_count; i++) {
        const snapshot_layer *layer = &w->s->layers[i];
        size_t node = w->layers[i] = graph_writer_node(w->graph);
        snprintf(number, sizeof number, "%zu", i + 1);
        graph_writer_child(w->graph, list, number, node);
        add_weights(w, node, layer);
    }
}
