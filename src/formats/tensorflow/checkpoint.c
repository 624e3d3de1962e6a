#include "formats/tensorflow/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/tensorflow/table.h"
#include "formats/keras/architecture.h"
#include "formats/keras_training/training.h"

static bool recognizes(const source *from)
{
    return from->files == &tf_files;
}

/* *out is NULL if the key is missing. */
static horn_status find_text(const tf_reader *r, const char *key, protobuf_text **out)
{
    *out = NULL;
    const bundle_entry *entry = tensor_bundle_find(r->bundle, (protobuf_text){ key, strlen(key) });
    if (!entry) return HORN_OK;
    if (entry->count != 1) return fail(HORN_ERROR_FORMAT, "%s: '%s' is not one text", r->where, key);
    return bundle_entry_texts(r->bundle, entry, out);
}

/* *out stays NULL if the key is missing. */
static horn_status find_config(const tf_reader *r, const char *key, config **out, bytes *place)
{
    protobuf_text *text;
    place->size = 0;
    bytes_print(place, "%s: %s", r->where, key);
    horn_status status = bytes_status(place);
    if (!status) status = find_text(r, key, &text);
    if (status || !text) return status;
    status = config_parse(out, text->at, text->size, bytes_text(place));
    free(text);
    return status;
}

/* Reads Horn's own texts, which are outside the graph. */
static horn_status read_own(tf_reader *r, unsigned leave_out)
{
    horn_status status = HORN_OK;
    config *model = NULL, *settings = NULL, *input = NULL;
    bytes place = { 0 };
    if (!r->target && !(r->out->parts & PART_ARCHITECTURE) && !(leave_out & PART_ARCHITECTURE))
        TRY(find_config(r, TF_ARCHITECTURE_KEY, &model, &place));
    if (model) TRY(keras_architecture_read(r->out, model, bytes_text(&place)));
    if (model && !(leave_out & PART_COMPILE)) TRY(find_config(r, TF_TRAINING_KEY, &settings, &place));
    const keras_training_source given = { .where = bytes_text(&place),
                                          .optimizer_key = "optimizer_config",
                                          .plain_is_legacy = true };
    if (settings)
        TRY(snapshot_leave_out(r->out, PART_COMPILE, keras_training_read(r->out, settings, &given)));
    if (!(leave_out & PART_ARCHITECTURE)) TRY(find_config(r, TF_INPUT_KEY, &input, &place));
    if (input) TRY(snapshot_read_input(r->out, input, bytes_text(&place)));
    if (!(leave_out & PART_PROGRESS)) TRY(find_config(r, TF_PROGRESS_KEY, &r->out->progress, &place));
    if (r->out->progress) r->out->parts |= PART_PROGRESS;
done:
    bytes_free(&place);
    config_free(model);
    config_free(settings);
    config_free(input);
    return status;
}

static bool is_model(const object_graph *g, size_t node)
{
    static const char *const signs[] = { "layer_with_weights-0", "layer-0", "_functional", "_operations" };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (object_graph_child(g, node, signs[i]) != NO_NODE) return true;
    return false;
}

/* Finds the model: the root, its child `model`, or its only child that is a model. */
static horn_status find_model(tf_reader *r)
{
    const object_graph *g = &r->graph;
    size_t named = object_graph_child(g, 0, "model"), found = NO_NODE;
    r->model = is_model(g, 0) ? 0 : named;
    if (r->model == 0 || (named != NO_NODE && is_model(g, named))) return HORN_OK;
    for (size_t i = 0; i < g->nodes[0].child_count; i++) {
        size_t node = g->children[g->nodes[0].first_child + i].node;
        if (r->seen[node] & TF_ASKED) continue;
        r->seen[node] |= TF_ASKED;
        if (!is_model(g, node)) continue;
        if (found != NO_NODE)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: holds more than one model, none of them called 'model'",
                        r->where);
        found = node;
    }
    if (found == NO_NODE)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: its object graph has no layers of a Keras model", r->where);
    r->model = found;
    return HORN_OK;
}

static horn_status read_parts(tf_reader *r, protobuf_text graph, unsigned leave_out)
{
    horn_status status = HORN_OK;
    TRY(object_graph_read(&r->graph, graph, r->where));
    TRY(memory_new(&r->seen, r->graph.node_count, sizeof *r->seen));
    TRY(find_model(r));
    TRY(read_own(r, leave_out));
    if (leave_out & PART_WEIGHTS) goto done;
    horn_status found = tf_read_layers(r);
    if (r->out->parts & PART_ARCHITECTURE) found = snapshot_leave_out(r->out, PART_WEIGHTS, found);
    TRY(found);
    if (snapshot_reason(r->out, PART_WEIGHTS)) goto done;
    r->out->parts |= PART_WEIGHTS;
    size_t optimizer = object_graph_child(&r->graph, 0, "optimizer");
    if (optimizer == NO_NODE) optimizer = object_graph_child(&r->graph, r->model, "optimizer");
    if (optimizer == NO_NODE || leave_out & PART_OPTIMIZER) goto done;
    found = tf_read_optimizer(r, optimizer);
    if (found == HORN_ERROR_ARGUMENT && !r->target) found = HORN_ERROR_UNSUPPORTED; /* nobody gave one */
    TRY(snapshot_leave_out(r->out, PART_OPTIMIZER, found));
done:
    return status;
}

/* Tensors borrow from them. */
static horn_status keep_shards(tf_reader *r)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < tensor_bundle_shards(r->bundle); i++) {
        bytes content;
        tensor_bundle_take(r->bundle, i, &content);
        if (content.size) status = snapshot_keep(r->out, &content);
    }
    return status;
}

horn_status tf_read(snapshot *out, const source *from, const format_options *options, const schema *known)
{
    horn_status status = HORN_OK;
    bytes where = { 0 };
    protobuf_text *graph = NULL;
    size_t size, files;
    tf_reader r = {
        .out = out, .schema = known, .target = known ? known->model : NULL, .borrows = from->is_kept
    };
    bytes_print(&where, "%s%s", from->path, tf_files.main);
    TRY(bytes_status(&where));
    r.where = bytes_text(&where);
    TRY(tensor_bundle_open(&r.bundle, from->data, from->size, r.where));
    TRY(tf_give_shards(r.bundle, from, &size, &files));
    TRY(tensor_bundle_verify(r.bundle));
    TRY(find_text(&r, OBJECT_GRAPH_KEY, &graph));
    TRY(memory_new(&r.taken, tensor_bundle_count(r.bundle), sizeof *r.taken));
    if (graph)
        TRY(read_parts(&r, *graph, options ? options->leave_out : 0));
    else
        TRY(tf_read_named(&r, options ? options->leave_out : 0));
    if (r.borrows) TRY(keep_shards(&r));
done:
    free(graph);
    free(r.seen);
    free(r.taken);
    free(r.weights);
    object_graph_free(&r.graph);
    tensor_bundle_close(r.bundle);
    bytes_free(&where);
    return status;
}

static horn_status write_weights(const snapshot *s, transaction *t, const format_options *options)
{
    return tf_write(s, t, options, false);
}

static horn_status write_checkpoint(const snapshot *s, transaction *t, const format_options *options)
{
    return tf_write(s, t, options, true);
}

/* Refuses a data file without its index, and checkpoints in TensorFlow 1's format V1, which are one table. */
static horn_status refuse(const source *from)
{
    if (tf_files.name_in(from->path))
        return fail(HORN_ERROR_FORMAT,
                    "%s: is a data file of a TensorFlow checkpoint, whose PREFIX.index is not beside it",
                    from->path);
    if (!table_ends(from->data, from->size)) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: is a lone table of TensorFlow, as checkpoints in the old format V1 are, which is not "
                "supported, expected format V2 (PREFIX.index and its data files)",
                from->path);
}

static const char *const suffixes[] = { ".ckpt", NULL };
static const char *const no_suffixes[] = { NULL };
static const format_option options[] = { { TF_SHARDS, FORMAT_NUMBER, 1, BUNDLE_MOST_SHARDS },
                                         { TF_KEPT, FORMAT_NAMES, 0, 0 },
                                         { 0 } };

const format tf_weights_format = {
    .name = "tf-weights",
    .newer_optimizers = true,
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .weights_alone = true,
    .files = &tf_files,
    .bare_names = true,
    .options = options,
    .recognizes = recognizes,
    .read = tf_read,
    .write = write_weights,
    .list = tf_list,
    .refuse = refuse,
};

const format tf_checkpoint_format = {
    .name = "tf-checkpoint",
    .newer_optimizers = true,
    .suffixes = no_suffixes,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .weights_alone = true,
    .files = &tf_files,
    .options = options,
    .recognizes = recognizes,
    .read = tf_read,
    .write = write_checkpoint,
    .list = tf_list,
};
