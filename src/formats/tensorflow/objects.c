#include "formats/tensorflow/objects.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_optimizers.h"
#include "formats/keras/classes.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/training.h"

/* ---- the optimizer ---- */

/* Keras' name for the list of a kind of slots: "velocity" -> "_velocities". */
static const char *name_list(tf_objects *w, const char *class_name, const char *kind)
{
    const char *known = keras_slot_list_name(class_name, kind);
    const size_t length = strlen(kind);
    const bool is_y = length && kind[length - 1] == 'y';
    if (known) return known;
    w->name.size = 0;
    bytes_print(&w->name, "_%.*s%s", (int)(length - is_y), kind, is_y ? "ies" : "s");
    return tf_objects_text(w, &w->name);
}

/* The optimizer's variables in Keras' order: iteration, Keras 3's learning rate, and from `first` on slots, whose places `order`
 * has. */
typedef struct variables {
    const keras_variables *list;
    size_t *nodes;
    size_t first;
    keras_slot_order order;
} variables;

/* Adds the list of one kind of slots. Its children "0", "1", ... are variables that exist already. */
static void add_list(tf_objects *w, size_t optimizer, const variables *v, size_t kind, const char *name)
{
    size_t node = tf_objects_add(w, "trackable_list_wrapper"), weights = w->index.trained_count;
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    graph_writer_child(w->graph, optimizer, name_list(w, class_name, name), node);
    for (size_t i = 0; i < weights; i++) {
        const size_t place = keras_slot_place(v->order, kind, i, weights);
        if (v->first + place >= v->list->count) break;
        w->name.size = 0;
        bytes_print(&w->name, "%zu", i);
        graph_writer_child(w->graph, node, tf_objects_text(w, &w->name), v->nodes[v->first + place]);
    }
}

static void add_slots(tf_objects *w, size_t all, const variables *v)
{
    char number[32];
    for (size_t i = v->first; i < v->list->count; i++) {
        const char *name = v->list->items[i].name;
        w->name.size = 0;
        bytes_print(&w->name, "%.*s", (int)strcspn(name, ":"), name);
        snprintf(number, sizeof number, "%zu", i);
        v->nodes[i] =
            tf_objects_variable(w, all, number, tf_objects_text(w, &w->name), v->list->items[i].view);
        if (v->list->items[i].stays) graph_writer_stays(w->graph, v->nodes[i]);
    }
}

/* Adds the learning rate, or the current one that Keras 2 saves beside a schedule. Returns its node. */
static size_t add_rate(tf_objects *w, size_t optimizer)
{
    const horn_view view = { .data = &w->rate, .dtype = HORN_FLOAT32 };
    if (keras_learning_rate(w->s, &w->rate))
        return tf_objects_variable(w, optimizer, "_learning_rate", "learning_rate", view);
    if (w->dialect != KERAS_3 && keras_current_learning_rate(w->s, &w->rate))
        return tf_objects_variable(w, optimizer, "_current_learning_rate", "current_learning_rate", view);
    return NO_NODE;
}

/* Adds Keras 3's list of the weights that train. */
static void add_trainable(tf_objects *w, size_t optimizer)
{
    size_t node = graph_writer_node(w->graph), count = 0;
    char number[32];
    graph_writer_child(w->graph, optimizer, "_trainable_variables", node);
    for (size_t i = 0; i < w->weight_count; i++) {
        if (!w->index.weights[i].trains) continue;
        snprintf(number, sizeof number, "%zu", count++);
        graph_writer_child(w->graph, node, number, w->weights[i]);
    }
}

/* Adds the variables before the slots, and returns their number. */
static size_t add_scalars(tf_objects *w, size_t optimizer, size_t all, const variables *v)
{
    v->nodes[0] = tf_objects_variable(w, optimizer, "_iterations", "iteration", v->list->items[0].view);
    graph_writer_child(w->graph, all, "0", v->nodes[0]);
    size_t rate = add_rate(w, optimizer);
    if (w->dialect != KERAS_3 || rate == NO_NODE) return 1;
    graph_writer_child(w->graph, all, "1", rate);
    return 2;
}

static horn_status add_variables(tf_objects *w, size_t optimizer)
{
    horn_status status = HORN_OK;
    size_t all = tf_objects_add(w, "trackable_list_wrapper");
    const snapshot_slot **slots = NULL;
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    variables v = { .list = &w->list };
    TRY(memory_new(&v.nodes, w->list.count, sizeof *v.nodes));
    TRY(memory_new(&slots, w->s->slot_count, sizeof *slots));
    graph_writer_child(w->graph, optimizer, "_variables", all);
    v.first = add_scalars(w, optimizer, all, &v);
    if (w->dialect == KERAS_3)
        add_trainable(w, optimizer);
    else if (keras_momentum_product(w->s, &w->product))
        (void)tf_objects_variable(w, optimizer, "_u_product", "Variable",
                                  (horn_view){ .data = &w->product, .dtype = HORN_FLOAT32 });
    if (w->list.count <= v.first) goto done;
    if (w->dialect != KERAS_3)
        graph_writer_child(w->graph, optimizer, "_index_dict", tf_objects_add(w, "trackable_dict_wrapper"));
    add_slots(w, all, &v);
    v.order = keras_slots_in_order(slots, w->s, class_name, w->dialect);
    for (size_t i = 0; i < w->s->slot_count; i++) add_list(w, optimizer, &v, i, slots[i]->name);
    if (w->list.count - v.first > w->s->slot_count * w->index.trained_count) /* SGD's unused ones */
        add_list(w, optimizer, &v, w->s->slot_count, "momentum");
done:
    free(v.nodes);
    free(slots);
    return status;
}

/* Whether Keras 2 makes variables, from the start, of a kind that the optimizer switches off: momentum in plain SGD. */
static bool keeps_unused(const config *optimizer)
{
    const keras_optimizer *known = keras_optimizer_by_name(config_get_string(optimizer, "class_name"));
    const config *arguments = config_get(optimizer, "config");
    double switched_on = 0;
    if (!known || !known->keeps_unused || config_is_true(config_get(arguments, "use_ema"))) return false;
    return !config_number(config_get(arguments, known->slots[0].argument), &switched_on) || switched_on == 0;
}

/* Lists the variables of the optimizer, in its class of today. One that made no step has no slots that it would use yet, as in
 * Keras. */
static horn_status list_variables(keras_variables *out, const snapshot *s, keras_dialect dialect)
{
    snapshot today = *s;
    config *arguments, *optimizer = config_copy(s->optimizer);
    if (config_get(optimizer, "config")) {
        arguments = config_copy(config_get(optimizer, "config"));
        config_remove(arguments, "is_legacy_optimizer");
        config_set(optimizer, "config", arguments);
    }
    today.optimizer = optimizer;
    if (dialect == KERAS_2 && !s->iteration && !s->slot_count && keeps_unused(optimizer)) today.iteration = 1;
    horn_status status = config_status(optimizer);
    if (!status) status = keras_optimizer_variables_list(out, &today, dialect);
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
    tf_objects_add_to_model(w, "optimizer", optimizer);
    return add_variables(w, optimizer);
}

horn_status tf_objects_new(tf_objects *out, const snapshot *s, unsigned parts, bool again,
                           keras_dialect dialect)
{
    horn_status status = HORN_OK;
    *out = (tf_objects){ .s = s, .again = NO_NODE, .input = NO_NODE, .dialect = dialect };
    TRY(tf_objects_check_layers(s, dialect));
    TRY(memory_new(&out->layers, s->layer_count, sizeof *out->layers));
    TRY(snapshot_index_new(&out->index, s));
    TRY(memory_new(&out->weights, out->index.count, sizeof *out->weights));
    TRY(graph_writer_new(&out->graph));
    graph_writer_user(out->graph, out->model, s->is_functional ? "_tf_keras_network" : "_tf_keras_sequential",
                      1);
    if (again || dialect == KERAS_3) out->again = graph_writer_node(out->graph);
    if (parts & PART_OPTIMIZER) TRY(list_variables(&out->list, s, dialect));
    if (dialect == KERAS_3)
        tf_objects_add_operations(out);
    else
        tf_objects_add_layers(out);
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
    snapshot_index_free(&w->index);
    bytes_free(&w->name);
    *w = (tf_objects){ 0 };
}
