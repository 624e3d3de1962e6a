#include <stdlib.h>
#include <string.h>
#include "base/status.h"
#include "config/keras_classes.h"
#include "formats/saved_model/saved_model.h"
#include "snapshot/graph.h"

/* ---- writing ---- */

/* {"class_name": "TensorShape", "items": [null, sizes...]} */
static config *tensor_shape(const size_t *sizes, int rank)
{
    config *object = config_object();
    config_set_string(object, "class_name", "TensorShape");
    config_set(object, "items", config_batch_shape(sizes, rank));
    return object;
}

static config *tuple_of(config *first, config *second)
{
    config *object = config_object(), *items = config_list();
    config_append(items, first);
    config_append(items, second);
    config_set_string(object, "class_name", "__tuple__");
    config_set(object, "items", items);
    return object;
}

static config *input_spec(const saved_model *m)
{
    config *object = config_object(), *serialized = config_list();
    config_append(serialized, tensor_shape(m->s->input_shape, m->s->input_rank));
    config_append_string(serialized, "float32");
    config_append_string(serialized, m->input);
    config_set_string(object, "class_name", "TypeSpec");
    config_set_string(object, "type_spec", "tf.TensorSpec");
    config_set(object, "serialized", serialized);
    return object;
}

/* Describes what Keras says of each layer. The model is one, too. */
static config *describe(const char *name, bool trainable, bool autocast)
{
    config *object = config_object();
    config_set_string(object, "name", name);
    config_set_boolean(object, "trainable", trainable);
    config_set_string(object, "dtype", "float32");
    config_set_null(object, "batch_input_shape");
    config_set_boolean(object, "stateful", false);
    config_set_boolean(object, "must_restore_from_config", false);
    config_set_boolean(object, "preserve_input_structure_in_config", false);
    config_set_boolean(object, "autocast", autocast);
    return object;
}

static config *describe_model(const saved_model *m, const config *architecture, const config *training)
{
    config *object = describe(m->s->name ? m->s->name : "sequential", true, false), *inputs = config_list();
    config_append(inputs, input_spec(m));
    config_set_string(object, "class_name", config_get_string(architecture, "class_name"));
    config_set(object, "config", config_copy(config_get(architecture, "config")));
    config_set(object, "build_input_shape", tensor_shape(m->s->input_shape, m->s->input_rank));
    config_set_boolean(object, "is_graph_network", true);
    config_set(object, "full_save_spec", tuple_of(inputs, config_object()));
    config_set(object, "save_spec", input_spec(m));
    config_set_string(object, "keras_version", keras_dialect_version(KERAS_2));
    config_set_string(object, "backend", "tensorflow");
    config_set(object, "model_config", config_copy(architecture));
    if (training) config_set(object, "training_config", config_copy(training));
    return object;
}

/* The shape of an input of a leaf (snapshot/leaves.h) in its first call; NULL past the last. */
static const shape *input_of(const saved_model *m, size_t leaf, size_t index)
{
    const graph_layer *l = graph_layer_of(m->s->operations, leaf);
    return l && index < l->input_count ? &m->s->operations->operations[l->inputs[index]].shape : NULL;
}

static bool is_sequential(const snapshot_layer *layer)
{
    return layer->inner_count && keras_role_of(layer->class_name) == KERAS_SEQUENTIAL;
}

static bool is_functional(const snapshot_layer *layer)
{
    return layer->inner_count && keras_role_of(layer->class_name) == KERAS_FUNCTIONAL;
}

/* TimeDistributed. */
static bool is_wrapping(const snapshot_layer *layer)
{
    return layer->inner_count == 1 && layer->inner->attribute &&
           strcmp(layer->inner->attribute, "layer") == 0;
}

static bool is_input(const snapshot_layer *layer)
{
    return keras_role_of(layer->class_name) == KERAS_INPUT;
}

/* A Sequential inside another one, which Keras builds of its config's first layer, has an input there. */
static void add_input(config *arguments, const shape *input)
{
    const config *layers = config_get(arguments, "layers");
    if (strcmp(config_get_string(config_at(layers, 0), "class_name"), keras_class_of(KERAS_INPUT)) == 0)
        return;
    config *list = config_copy(layers);
    config_set((config *)config_get(config_at(list, 0), "config"), "batch_input_shape",
               config_batch_shape(input->dim, input->rank));
    config_set(arguments, "layers", list);
}

/* Without so many of the first axes. */
static shape without_axes(const shape *s, int count)
{
    shape rest = { .rank = s->rank - count };
    if (rest.rank <= 0) return *s;
    memcpy(rest.dim, s->dim + count, (size_t)rest.rank * sizeof *rest.dim);
    return rest;
}

/* One shape, or of a layer that merges several a list. */
static config *input_shapes(const saved_model *m, size_t leaf, int folds)
{
    const shape *next = input_of(m, leaf, 0);
    const shape first = next ? without_axes(next, folds) : (shape){ 0 };
    if (!input_of(m, leaf, 1)) return tensor_shape(first.dim, first.rank);
    config *list = config_list();
    for (size_t i = 0; (next = input_of(m, leaf, i)); i++) {
        const shape s = without_axes(next, folds);
        config_append(list, tensor_shape(s.dim, s.rank));
    }
    return list;
}

/* `first` is the leaf that the layer is, or the first one inside it. */
static config *describe_layer(const saved_model *m, const snapshot_layer *layer, size_t first, int folds,
                              const config *entry)
{
    const config *trainable = config_get(layer->arguments, "trainable");
    const shape *given = input_of(m, first, 0);
    config *object = describe(layer->name, config_is_null(trainable) || config_is_true(trainable), true),
           *arguments = config_copy(config_get(entry, "config"));
    if (is_sequential(layer) && given) {
        const shape input = without_axes(given, folds);
        add_input(arguments, &input);
    }
    if (is_sequential(layer) || is_functional(layer)) config_set_boolean(object, "is_graph_network", true);
    config_set_string(object, "class_name", config_get_string(entry, "class_name"));
    config_set(object, "config", arguments);
    if (config_get(entry, "inbound_nodes"))
        config_set(object, "inbound_nodes", config_copy(config_get(entry, "inbound_nodes")));
    config_set(object, "build_input_shape", input_shapes(m, first, folds));
    return object;
}

static config *describe_input(const config *entry)
{
    const config *arguments = config_get(entry, "config");
    config *object = config_copy(arguments);
    config_set_string(object, "class_name", config_get_string(entry, "class_name"));
    config_set(object, "config", config_copy(arguments));
    return object;
}

/* Appends a node. Takes the JSON. */
static horn_status put_node(bytes *out, size_t number, const char *path, const char *identifier, config *json)
{
    bytes node = { 0 }, text = { 0 }, version = { 0 };
    horn_status status = config_status(json);
    if (!status) status = config_print(json, false, &text);
    config_free(json);
    if (number) protobuf_put_integer(&node, 2, number);
    protobuf_put_text(&node, 3, path);
    protobuf_put_text(&node, 4, identifier);
    protobuf_put_message(&node, 5, &text);
    protobuf_put_integer(&version, 1, 2);
    protobuf_put_integer(&version, 2, 1);
    protobuf_put_message(&node, 6, &version);
    protobuf_put_message(out, 1, &node);
    return status ? status : bytes_status(out);
}

/* The layers of a model, or of one inside it: `entries` describes them in the same order, behind `skipped` others. The first one
 * is layer number `number`. */
typedef struct level {
    const snapshot_layer *layers;
    size_t count;
    const config *entries;
    size_t skipped, number, node;
    const char *path;
    /* How many of the first axes are no axes of these layers' inputs, but rows: one for each TimeDistributed around them. */
    int folds;
    /* An InputLayer among them has an object. */
    bool has_inputs;
} level;

static horn_status put_layers(const saved_model *m, const level *of, size_t *next, bytes *out);

static horn_status put_layer(const saved_model *m, const level *of, const snapshot_layer *layer,
                             const config *entry, size_t node, const char *path, size_t *next, bytes *out);

/* The one layer inside a wrapper. */
static horn_status put_wrapped(const saved_model *m, const level *inside, size_t *next, bytes *out)
{
    bytes path = { 0 };
    const char *attribute = inside->layers[0].attribute;
    const size_t node = graph_writer_find(m->objects.graph, inside->node, attribute);
    bytes_print(&path, "%s.%s", inside->path, attribute);
    horn_status status = bytes_status(&path);
    if (!status && node != NO_NODE)
        status = put_layer(m, inside, inside->layers, inside->entries, node, bytes_text(&path), next, out);
    else if (!status)
        *next += snapshot_leaf_count(inside->layers);
    bytes_free(&path);
    return status;
}

static horn_status put_layer(const saved_model *m, const level *of, const snapshot_layer *layer,
                             const config *entry, size_t node, const char *path, size_t *next, bytes *out)
{
    const bool is_model = is_sequential(layer) || is_functional(layer), is_wrapper = is_wrapping(layer);
    const level inside = { .layers = layer->inner,
                           .count = layer->inner_count,
                           .entries =
                               config_get(config_get(entry, "config"), is_wrapper ? "layer" : "layers"),
                           .node = node,
                           .path = path,
                           .folds = of->folds + is_wrapper,
                           .has_inputs = is_functional(layer) };
    const size_t number = graph_writer_number(m->objects.graph, node);
    if (is_input(layer)) return put_node(out, number, path, "_tf_keras_input_layer", describe_input(entry));
    horn_status status = put_node(out, number, path,
                                  is_sequential(layer)   ? "_tf_keras_sequential"
                                  : is_functional(layer) ? "_tf_keras_network"
                                                         : "_tf_keras_layer",
                                  describe_layer(m, layer, *next, of->folds, entry));
    if (status || is_model) return status ? status : put_layers(m, &inside, next, out);
    if (is_wrapper) return put_wrapped(m, &inside, next, out);
    *next += snapshot_leaf_count(layer);
    return HORN_OK;
}

/* *next is the first leaf. */
static horn_status put_layers(const saved_model *m, const level *of, size_t *next, bytes *out)
{
    horn_status status = HORN_OK;
    bytes path = { 0 };
    size_t weighted = 0, number = of->number;
    for (size_t i = 0; i < of->count; i++) {
        const snapshot_layer *layer = &of->layers[i];
        if (is_input(layer) && !of->has_inputs) continue;
        path.size = 0;
        if (snapshot_weight_count(layer))
            bytes_print(&path, "%s.layer_with_weights-%zu", of->path, weighted++);
        else
            bytes_print(&path, "%s.layer-%zu", of->path, number);
        number++;
        TRY(bytes_status(&path));
        const size_t node =
            graph_writer_find(m->objects.graph, of->node, strrchr(bytes_text(&path), '.') + 1);
        if (node == NO_NODE)
            TRY(fail(HORN_ERROR_ARGUMENT, "%s: layer '%s' has no object", m->where, layer->name));
        TRY(put_layer(m, of, layer, config_at(of->entries, i + of->skipped), node, bytes_text(&path), next,
                      out));
    }
done:
    bytes_free(&path);
    return status;
}

horn_status saved_model_put_metadata(const saved_model *m, const config *architecture, const config *training,
                                     bytes *out)
{
    horn_status status = HORN_OK;
    size_t first = 0;
    const config *entries = config_get(config_get(architecture, "config"), "layers");
    /* The architecture's first entry is the InputLayer. */
    const level all = { .layers = m->s->layers,
                        .count = m->s->layer_count,
                        .entries = entries,
                        .skipped = 1,
                        .number = m->s->is_functional,
                        .node = m->objects.model,
                        .path = "root" };
    TRY(put_node(out, 0, "root", m->s->is_functional ? "_tf_keras_network" : "_tf_keras_sequential",
                 describe_model(m, architecture, training)));
    if (m->s->is_functional)
        TRY(put_node(out, graph_writer_number(m->objects.graph, m->objects.input), "root.layer-0",
                     "_tf_keras_input_layer", describe_input(config_at(entries, 0))));
    TRY(put_layers(m, &all, &first, out));
done:
    return status;
}

/* ---- reading ---- */

static bool is_wrapper(const config *value)
{
    const char *class_name = config_get_string(value, "class_name");
    return class_name && config_is_list(config_get(value, "items")) &&
           (strcmp(class_name, "__tuple__") == 0 || strcmp(class_name, "TensorShape") == 0);
}

/* Copies a value with tuples and shapes as plain lists. Its depth is limited by config_parse. */
static config *unwrap(const config *value)
{
    const char *key;
    if (is_wrapper(value)) return unwrap(config_get(value, "items"));
    if (config_is_list(value)) {
        config *list = config_list();
        for (const config *item = config_at(value, 0); item; item = config_next(item))
            config_append(list, unwrap(item));
        return list;
    }
    if (!config_is_object(value)) return config_copy(value);
    config *object = config_object();
    for (size_t i = 0; (key = config_key_at(value, i)); i++)
        config_set(object, key, unwrap(config_at(value, i)));
    return object;
}

/* Finds the root's JSON, the last one if there are several; `at` is NULL if there is none. */
static protobuf_text find_root(protobuf_reader *r, size_t *count)
{
    protobuf_field field;
    protobuf_text found = { NULL, 0 };
    *count = 0;
    while (protobuf_next(r, &field)) {
        if (field.number != 1) continue;
        protobuf_reader node = protobuf_enter(r, &field);
        protobuf_field part;
        protobuf_text path = { "", 0 }, json = { NULL, 0 };
        while (protobuf_next(&node, &part)) {
            if (part.number == 3) path = protobuf_bytes(&node, &part);
            if (part.number == 5) json = protobuf_bytes(&node, &part);
        }
        protobuf_leave(r, &node);
        if (!protobuf_text_is(path, "root")) continue;
        found = json;
        ++*count;
    }
    return found;
}

static horn_status parse(config **out, protobuf_text json, const char *where)
{
    config *parsed = NULL;
    horn_status status = config_parse(&parsed, json.at, json.size, where);
    if (status) return status;
    *out = unwrap(parsed);
    config_free(parsed);
    return config_status(*out);
}

protobuf_text saved_model_field(protobuf_text message, uint32_t number)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field field;
    while (message.at && protobuf_next(&r, &field))
        if (field.number == number && field.type == PROTOBUF_BYTES) return field.text;
    return (protobuf_text){ NULL, 0 };
}

/* SavedModel.meta_graphs 2, MetaGraphDef.object_graph_def 7, SavedObjectGraph.nodes 1, of which the first is the root,
 * SavedObject.user_object 4, SavedUserObject.metadata 3. */
horn_status saved_model_read_old_metadata(config **out, protobuf_text file, const char *where)
{
    static const uint32_t way[] = { 2, 7, 1, 4, 3 };
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) file = saved_model_field(file, way[i]);
    *out = NULL;
    return file.at && file.size ? parse(out, file, where) : HORN_OK;
}

horn_status saved_model_read_metadata(config **out, const bytes *content, const char *where)
{
    protobuf_reader r = protobuf_read(content->data, content->size);
    size_t roots;
    protobuf_text json = find_root(&r, &roots);
    if (r.failed) return fail(HORN_ERROR_FORMAT, "%s: is no message of Keras' metadata", where);
    if (!json.at) return fail(HORN_ERROR_FORMAT, "%s: says nothing of the model itself ('root')", where);
    if (roots > 1) return fail(HORN_ERROR_FORMAT, "%s: has %zu nodes 'root', expected one", where, roots);
    return parse(out, json, where);
}
