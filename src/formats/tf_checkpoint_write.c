#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "formats/checkpoint_state.h"
#include "formats/keras_architecture.h"
#include "formats/keras_optimizer_slots.h"
#include "formats/keras_optimizer_variables.h"
#include "formats/keras_training.h"
#include "formats/tf_checkpoint.h"

#define VALUE "/.ATTRIBUTES/VARIABLE_VALUE"

typedef struct writer {
    graph_writer *graph;
    const snapshot *s;
    size_t model, again; /* the root, and its child `model` or NO_NODE */
    bytes name, key;     /* room for texts */
    bool failed;
} writer;

static const char *text_of(writer *w, bytes *text)
{
    const char *found = bytes_text(text);
    w->failed |= !found;
    return found ? found : "";
}

/* A child of the model, wherever the graph has it. */
static void add_to_model(writer *w, const char *name, size_t node)
{
    graph_writer_child(w->graph, w->model, name, node);
    if (w->again != NO_NODE) graph_writer_child(w->graph, w->again, name, node);
}

static size_t add_variable(writer *w, size_t parent, const char *name, const char *full_name, const char *key,
                           horn_view view)
{
    size_t node = graph_writer_node(w->graph);
    graph_writer_child(w->graph, parent, name, node);
    graph_writer_variable(w->graph, node, full_name, key, view);
    return node;
}

/* ---- layers ---- */

/* TensorFlow's escapes for a name in a key. */
static void put_escaped(bytes *out, const char *name)
{
    for (; *name; name++) bytes_print(out, *name == '/' ? ".S" : *name == '.' ? ".." : "%c", *name);
}

static void add_weights(writer *w, size_t node, const snapshot_layer *layer, size_t number)
{
    for (size_t i = 0; i < layer->tensor_count; i++) /* a list of its own that BatchNormalization has */
        if (strcmp(layer->tensors[i].name, "moving_mean") == 0)
            graph_writer_child(w->graph, node, "axis", graph_writer_node(w->graph));
    for (size_t i = 0; i < layer->tensor_count; i++) {
        const snapshot_tensor *t = &layer->tensors[i];
        w->name.size = w->key.size = 0;
        bytes_print(&w->name, "%s/%s", layer->name, t->name);
        bytes_print(&w->key, "layer_with_weights-%zu/", number);
        put_escaped(&w->key, t->name);
        bytes_print(&w->key, VALUE);
        add_variable(w, node, t->name, text_of(w, &w->name), text_of(w, &w->key), snapshot_tensor_view(t));
    }
}

static horn_status add_layers(writer *w)
{
    size_t weighted = 0;
    for (size_t i = 0; i < w->s->layer_count; i++) {
        const snapshot_layer *layer = &w->s->layers[i];
        size_t node = graph_writer_node(w->graph);
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
static const char *name_list(writer *w, const char *kind, bool plain)
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
static void add_list(writer *w, size_t optimizer, const keras_variables *list, const size_t *nodes,
                     const char *class_name, const char *kind)
{
    size_t node = graph_writer_node(w->graph), count = 0;
    const char *word = keras_slot_file_name(class_name, kind, KERAS_2);
    graph_writer_child(w->graph, optimizer, name_list(w, kind, strcmp(class_name, "SGD") == 0), node);
    for (size_t i = 1; i < list->count; i++) {
        if (!is_of_kind(list->items[i].name, word)) continue;
        w->name.size = 0;
        bytes_print(&w->name, "%zu", count++);
        graph_writer_child(w->graph, node, text_of(w, &w->name), nodes[i]);
    }
}

static void add_slots(writer *w, size_t all, const keras_variables *list, size_t *nodes)
{
    char number[32];
    for (size_t i = 1; i < list->count; i++) {
        const char *name = list->items[i].name;
        w->name.size = w->key.size = 0;
        bytes_print(&w->name, "%.*s", (int)strcspn(name, ":"), name);
        snprintf(number, sizeof number, "%zu", i);
        bytes_print(&w->key, "optimizer/_variables/%zu" VALUE, i);
        nodes[i] =
            add_variable(w, all, number, text_of(w, &w->name), text_of(w, &w->key), list->items[i].view);
    }
}

/* The learning rate, or what stands beside a schedule. */
static void add_rate(writer *w, size_t optimizer, const float *rate)
{
    const horn_view view = { .data = rate, .dtype = HORN_FLOAT32 };
    float constant;
    if (!rate) return;
    if (keras_learning_rate(w->s, &constant))
        add_variable(w, optimizer, "_learning_rate", "learning_rate", "optimizer/_learning_rate" VALUE, view);
    else
        add_variable(w, optimizer, "_current_learning_rate", "current_learning_rate",
                     "optimizer/_current_learning_rate" VALUE, view);
}

static horn_status add_variables(writer *w, size_t optimizer, const keras_variables *list, const float *rate)
{
    horn_status status = HORN_OK;
    size_t *nodes = NULL, alternating, all = graph_writer_node(w->graph);
    const snapshot_slot **slots = NULL;
    const char *class_name = config_get_string(w->s->optimizer, "class_name");
    TRY(memory_new(&nodes, list->count, sizeof *nodes));
    TRY(memory_new(&slots, w->s->slot_count, sizeof *slots));
    graph_writer_child(w->graph, optimizer, "_variables", all);
    nodes[0] = add_variable(w, optimizer, "_iterations", "iteration", "optimizer/_iterations" VALUE,
                            list->items[0].view);
    graph_writer_child(w->graph, all, "0", nodes[0]);
    add_rate(w, optimizer, rate);
    if (list->count == 1) goto done;
    graph_writer_child(w->graph, optimizer, "_index_dict", graph_writer_node(w->graph));
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

/* ---- files ---- */

static horn_status put_config(bundle_writer *bundle, const char *key, const config *value)
{
    bytes text = { 0 };
    horn_status status = config_print(value, false, &text);
    if (!status) status = bundle_writer_add_text(bundle, 0, key, text.data, text.size);
    bytes_free(&text);
    return status;
}

static horn_status put_own(bundle_writer *bundle, const snapshot *s, unsigned parts, const char *where)
{
    horn_status status = HORN_OK;
    config *model = NULL, *training = NULL;
    if (parts & PART_ARCHITECTURE) {
        TRY(keras_architecture_write(&model, s, KERAS_2, where));
        TRY(put_config(bundle, TF_ARCHITECTURE_KEY, model));
    }
    if (parts & PART_ARCHITECTURE && parts & PART_TRAINING) {
        TRY(keras_training_write(&training, s, KERAS_2, where));
        TRY(put_config(bundle, TF_TRAINING_KEY, training));
    }
    if (parts & PART_PROGRESS) TRY(put_config(bundle, TF_PROGRESS_KEY, s->progress));
done:
    config_free(model);
    config_free(training);
    return status;
}

/* The number at the end of the name: 12 of "ckpt-12". */
static int64_t number_of(const char *path)
{
    size_t end = strlen(path), start = end;
    while (start && isdigit((unsigned char)path[start - 1])) start--;
    return start < end && end - start < 18 && atoll(path + start) > 0 ? atoll(path + start) : 1;
}

static horn_status put_state(transaction *t, const char *const *kept)
{
    bytes text = { 0 };
    const char *own[] = { folder_name_of(transaction_target(t)), NULL };
    horn_status status = checkpoint_state_write_names(kept ? kept : own, &text);
    if (!status && text.size) status = transaction_add_beside(t, "checkpoint", &text);
    bytes_free(&text);
    return status;
}

/* Shards of the checkpoint that stands under this name; 0 where none does, or none that can be read. */
static horn_status present_shards(const transaction *t, size_t *shards)
{
    bytes index;
    bool found;
    tensor_bundle *bundle = NULL;
    horn_status status = transaction_present(t, ".index", &index, &found);
    horn_status read = status || !found
                           ? HORN_OK
                           : tensor_bundle_open(&bundle, index.data, index.size, transaction_target(t));
    *shards = bundle ? tensor_bundle_shards(bundle) : 0;
    if (read == HORN_ERROR_MEMORY) status = read; /* any other: nothing that could be kept whole */
    tensor_bundle_close(bundle);
    bytes_free(&index);
    return status;
}

/* New data beside an old index would be neither checkpoint: where the old index names the same data file,
 * everything goes by way of a bundle of two shards, the second empty and never opened. At each moment an index
 * names what is whole. */
static horn_status put_detour(bundle_writer *bundle, transaction *t)
{
    horn_status status = HORN_OK;
    const bytes *data = bundle_writer_shard(bundle, 0);
    bytes index = { 0 }, copy = { 0 };
    char suffix[32];
    tensor_bundle_suffix(suffix, 0, 2);
    bytes_append(&copy, data->data, data->size);
    TRY(bundle_writer_index(bundle, 2, &index));
    TRY(transaction_add(t, suffix, &copy));
    TRY(transaction_add(t, ".index", &index));
    TRY(transaction_remove(t, suffix));
    transaction_stage(t);
done:
    bytes_free(&index);
    bytes_free(&copy);
    return status;
}

static horn_status put_files(bundle_writer *bundle, transaction *t, const char *const *kept)
{
    horn_status status = HORN_OK;
    bytes index = { 0 };
    size_t shards;
    char suffix[32];
    TRY(bundle_writer_index(bundle, 1, &index));
    TRY(present_shards(t, &shards));
    if (shards == 1) TRY(put_detour(bundle, t));
    tensor_bundle_suffix(suffix, 0, 1);
    TRY(transaction_add(t, suffix, bundle_writer_shard(bundle, 0)));
    TRY(transaction_add(t, ".index", &index));
    TRY(put_state(t, kept));
    for (size_t i = 0; shards > 1 && i < shards; i++) {
        tensor_bundle_suffix(suffix, i, shards);
        TRY(transaction_remove(t, suffix));
    }
done:
    bytes_free(&index);
    return status;
}

/* The objects of the graph, in the order that TensorFlow gives them. */
static horn_status add_objects(writer *w, unsigned parts, const keras_variables *list, const float *rate,
                               const int64_t *save_counter)
{
    horn_status status = HORN_OK;
    if (parts & PART_OPTIMIZER || save_counter) w->again = graph_writer_node(w->graph);
    TRY(add_layers(w));
    if (parts & PART_OPTIMIZER) {
        size_t optimizer = graph_writer_node(w->graph);
        add_to_model(w, "optimizer", optimizer);
        TRY(add_variables(w, optimizer, list, rate));
    }
    graph_writer_child(w->graph, w->model, "root", w->model);
    if (w->again != NO_NODE) graph_writer_child(w->graph, w->model, "model", w->again);
    if (save_counter)
        add_variable(w, w->model, "save_counter", "save_counter", "save_counter" VALUE,
                     (horn_view){ .data = save_counter, .dtype = HORN_INT64 });
    if (w->failed) TRY(fail_memory("object graph", 0));
done:
    return status;
}

horn_status tf_write(const snapshot *s, transaction *t, const format_options *options, bool is_checkpoint)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    int64_t number = number_of(where);
    float rate;
    bundle_writer *bundle = NULL;
    keras_variables list = { 0 };
    writer w = { .s = s, .again = NO_NODE };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    if (!*folder_name_of(where))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: is the name of a directory, expected a prefix", where));
    if (!(parts & PART_WEIGHTS)) TRY(fail(HORN_ERROR_ARGUMENT, "%s: a checkpoint without weights", where));
    if (parts & PART_OPTIMIZER && !config_get_string(s->optimizer, "class_name"))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: the optimizer of these variables has no class name", where));
    if (parts & PART_OPTIMIZER) TRY(list_variables(&list, s));
    bool has_rate =
        parts & PART_OPTIMIZER && (keras_learning_rate(s, &rate) || keras_current_learning_rate(s, &rate));
    TRY(graph_writer_new(&w.graph));
    TRY(bundle_writer_new(&bundle, 1));
    TRY(add_objects(&w, parts, &list, has_rate ? &rate : NULL, is_checkpoint ? &number : NULL));
    TRY(graph_writer_finish(w.graph, bundle, 0));
    TRY(put_own(bundle, s, parts, where));
    TRY(put_files(bundle, t, options ? options->kept : NULL));
done:
    bytes_free(&w.name);
    bytes_free(&w.key);
    graph_writer_free(w.graph);
    bundle_writer_free(bundle);
    keras_variables_free(&list);
    return status;
}
