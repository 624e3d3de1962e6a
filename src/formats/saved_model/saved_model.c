#include "formats/saved_model/saved_model.h"

#include <string.h>
#include "base/status.h"
#include "formats/keras/activations.h"
#include "formats/keras/architecture.h"
#include "formats/keras_training/training.h"
#include "formats/meta_graph/meta_graph.h"
#include "formats/tensorflow/checkpoint.h"

/* ---- files ---- */

/* False for a GraphDef of the same name: it begins with a node, a SavedModel with the number of its version. */
static bool fits(const bytes *content)
{
    return content->size && content->data[0] == 0x08;
}

static const format_files files = { .main = "/saved_model.pb", .fits = fits };

/* ---- writing ---- */

/* All that TensorFlow and Keras write into such a directory. Assets belong to a model; a model that replaces it does not have them. */
static const char *const members[] = { "assets/",
                                       "assets.extra/",
                                       "debug/",
                                       "debug/saved_model_debug_info.pb",
                                       "fingerprint.pb",
                                       "keras_metadata.pb",
                                       "saved_model.pb",
                                       "variables/",
                                       "variables/variables.index",
                                       "variables/variables.data-*-of-*",
                                       NULL };

static void add_functions(saved_model *m)
{
    graph_writer *g = m->objects.graph;
    bytes call = { 0 }, signature = { 0 };
    size_t function = graph_writer_node(g), map = graph_writer_node(g), bare = graph_writer_node(g);
    saved_model_put_call(&call);
    graph_writer_object(g, function, &call);
    graph_writer_child(g, m->objects.model, "__call__", function);
    graph_writer_user(g, map, "signature_map", 1);
    graph_writer_child(g, m->objects.model, "signatures", map);
    saved_model_put_signature(m, &signature);
    graph_writer_object(g, bare, &signature);
    graph_writer_child(g, map, "serving_default", bare);
}

static horn_status add_variables(saved_model *m, transaction *t, unsigned parts)
{
    horn_status status = HORN_OK;
    bundle_writer *bundle = NULL;
    bytes index = { 0 };
    TRY(bundle_writer_new(&bundle, 1));
    TRY(graph_writer_finish(m->objects.graph, bundle, 0));
    TRY(tf_put_notes(bundle, m->s, parts));
    TRY(bundle_writer_index(bundle, 1, &index));
    TRY(transaction_add_pieces(t, SAVED_MODEL_VARIABLES ".data-00000-of-00001",
                               bundle_writer_shard(bundle, 0)));
    TRY(transaction_add(t, SAVED_MODEL_VARIABLES ".index", &index));
done:
    bundle_writer_free(bundle);
    bytes_free(&index);
    return status;
}

static horn_status check(const snapshot *s, unsigned parts, const char *where, const format_options *options)
{
    const unsigned needed = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS;
    if (options && options->dialect)
        return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect);
    if ((parts & needed) != needed || !s->operations)
        return fail(HORN_ERROR_ARGUMENT, "%s: the model's architecture, weights or operations are missing",
                    where);
    return HORN_OK;
}

static horn_status write(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    saved_model m = { .s = s, .where = transaction_target(t) };
    config *architecture = NULL, *training = NULL;
    bytes graph_file = { 0 }, metadata = { 0 };
    TRY(check(s, parts, m.where, options));
    TRY(transaction_as_folder(t, members));
    m.where = transaction_target(t); /* without '/' at its end, links followed */
    TRY(keras_activations_check(s, KERAS_2, m.where));
    TRY(keras_architecture_write(&architecture, s, KERAS_2, m.where));
    if (parts & PART_COMPILE) TRY(keras_training_write(&training, s, KERAS_2, m.where));
    m.input = config_get_string(
        config_get(config_at(config_get(config_get(architecture, "config"), "layers"), 0), "config"), "name");
    m.output = s->layers[s->calls ? s->calls[s->call_count - 1].layer : s->layer_count - 1].name;
    TRY(snapshot_leaves_new(&m.leaves, s));
    TRY(tf_objects_new(&m.objects, s, parts, false, KERAS_2));
    add_functions(&m);
    TRY(graph_writer_settle(m.objects.graph));
    TRY(saved_model_put_metadata(&m, architecture, training, &metadata));
    TRY(saved_model_put_graph(&m, &graph_file));
    TRY(add_variables(&m, t, parts));
    TRY(transaction_add(t, "/keras_metadata.pb", &metadata));
    TRY(transaction_add(t, files.main, &graph_file));
done:
    tf_objects_free(&m.objects);
    snapshot_leaves_free(&m.leaves);
    config_free(architecture);
    config_free(training);
    bytes_free(&graph_file);
    bytes_free(&metadata);
    return status;
}

/* ---- reading ---- */

static bool recognizes(const source *from)
{
    return from->files == &files;
}

/* The JSON of Keras' metadata, which the caller owns; NULL if there is none. *where is the file. */
static horn_status find_metadata(config **out, const source *from, bytes *where)
{
    horn_status status = HORN_OK;
    bytes content = { 0 };
    bool found;
    TRY(source_has(&found, from, "/keras_metadata.pb"));
    bytes_print(where, "%s/%s", from->path, found ? "keras_metadata.pb" : "saved_model.pb");
    TRY(bytes_status(where));
    if (found) TRY(source_read(from, "/keras_metadata.pb", &content));
    if (found)
        TRY(saved_model_read_metadata(out, &content, bytes_text(where)));
    else
        TRY(saved_model_read_old_metadata(out, (protobuf_text){ (const char *)from->data, from->size },
                                          bytes_text(where)));
done:
    bytes_free(&content);
    return status;
}

/* Reads architecture and compile settings from the metadata. */
static horn_status take_metadata(snapshot *out, const config *root, const char *where, unsigned leave_out)
{
    const config *training = config_get(root, "training_config");
    const keras_training_source given = { .where = where,
                                          .optimizer_key = "optimizer_config",
                                          .plain_is_legacy = true };
    horn_status status = keras_architecture_read(out, root, where);
    if (!status && !config_is_null(training) && !(leave_out & PART_COMPILE))
        status = snapshot_leave_out(out, PART_COMPILE, keras_training_read(out, training, &given));
    return status;
}

/* A model that Keras did not save: the layers are those of its first graph. */
static horn_status read_graph(snapshot *out, const source *from, const source *variables, unsigned leave_out)
{
    bytes where = { 0 };
    const protobuf_text file = { (const char *)from->data, from->size }, first = saved_model_field(file, 2);
    bytes_print(&where, "%s/saved_model.pb", from->path);
    horn_status status = bytes_status(&where);
    if (!status && !first.at) status = fail(HORN_ERROR_FORMAT, "%s: has no graph", bytes_text(&where));
    if (!status)
        status = meta_graph_read(out, first, variables, bytes_text(&where), leave_out & PART_WEIGHTS);
    bytes_free(&where);
    return status;
}

static horn_status read(snapshot *out, const source *from, const format_options *options, const schema *known)
{
    horn_status status = HORN_OK;
    const unsigned leave_out = options ? options->leave_out : 0;
    source variables = { 0 };
    config *root = NULL;
    bytes where = { 0 };
    bool has_variables;
    TRY(find_metadata(&root, from, &where));
    TRY(source_has(&has_variables, from, SAVED_MODEL_VARIABLES ".index"));
    if (root || has_variables) TRY(source_open_inside(&variables, from, SAVED_MODEL_VARIABLES, &tf_files));
    if (root && (!known || !known->model)) TRY(take_metadata(out, root, bytes_text(&where), leave_out));
    if (root)
        TRY(tf_read(out, &variables, options, known));
    else
        TRY(read_graph(out, from, variables.data ? &variables : NULL, leave_out));
done:
    source_close(&variables);
    config_free(root);
    bytes_free(&where);
    return status;
}

static const char *const suffixes[] = { "/", NULL };

const format saved_model_format = {
    .name = "saved-model",
    .newer_optimizers = true,
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .writes =
        PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS | PART_OPERATIONS,
    .files = &files,
    .recognizes = recognizes,
    .read = read,
    .write = write,
    .list = saved_model_list,
};
