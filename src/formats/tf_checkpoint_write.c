#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "formats/checkpoint_state.h"
#include "formats/keras_architecture.h"
#include "formats/keras_training.h"
#include "formats/tf_checkpoint.h"
#include "formats/tf_objects.h"

/* ---- files ---- */

static horn_status put_config(bundle_writer *bundle, const char *key, const config *value)
{
    bytes text = { 0 };
    horn_status status = config_print(value, false, &text);
    if (!status) status = bundle_writer_add_text(bundle, 0, key, text.data, text.size);
    bytes_free(&text);
    return status;
}

horn_status tf_put_progress(bundle_writer *bundle, const snapshot *s, unsigned parts)
{
    return parts & PART_PROGRESS ? put_config(bundle, TF_PROGRESS_KEY, s->progress) : HORN_OK;
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
    TRY(tf_put_progress(bundle, s, parts));
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

/* What a checkpoint has beside the objects. */
static void add_rest(tf_objects *w, const int64_t *save_counter)
{
    graph_writer_child(w->graph, w->model, "root", w->model);
    if (w->again != NO_NODE) graph_writer_child(w->graph, w->model, "model", w->again);
    if (save_counter)
        tf_objects_variable(w, w->model, "save_counter", "save_counter", "save_counter" TF_VALUE,
                            (horn_view){ .data = save_counter, .dtype = HORN_INT64 });
}

horn_status tf_write(const snapshot *s, transaction *t, const format_options *options, bool is_checkpoint)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    int64_t number = number_of(where);
    bundle_writer *bundle = NULL;
    tf_objects w = { 0 };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    if (!*folder_name_of(where))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: is the name of a directory, expected a prefix", where));
    if (!(parts & PART_WEIGHTS)) TRY(fail(HORN_ERROR_ARGUMENT, "%s: a checkpoint without weights", where));
    if (parts & PART_OPTIMIZER && !config_get_string(s->optimizer, "class_name"))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: the optimizer of these variables has no class name", where));
    TRY(bundle_writer_new(&bundle, 1));
    TRY(tf_objects_new(&w, s, parts, parts & PART_OPTIMIZER || is_checkpoint));
    add_rest(&w, is_checkpoint ? &number : NULL);
    TRY(graph_writer_finish(w.graph, bundle, 0));
    TRY(put_own(bundle, s, parts, where));
    TRY(put_files(bundle, t, options ? options->kept : NULL));
done:
    bundle_writer_free(bundle);
    tf_objects_free(&w);
    return status;
}
