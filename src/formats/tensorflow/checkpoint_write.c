#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "codecs/tensorflow/checkpoint_state.h"
#include "formats/keras/architecture.h"
#include "formats/keras_training/training.h"
#include "formats/tensorflow/checkpoint.h"
#include "formats/tensorflow/objects.h"

/* ---- files ---- */

static horn_status put_config(bundle_writer *bundle, const char *key, const config *value)
{
    bytes text = { 0 };
    horn_status status = config_print(value, false, &text);
    if (!status) status = bundle_writer_add_text(bundle, BUNDLE_SMALLEST, key, text.data, text.size);
    bytes_free(&text);
    return status;
}

horn_status tf_put_notes(bundle_writer *bundle, const snapshot *s, unsigned parts)
{
    horn_status status = HORN_OK;
    config *input = NULL;
    if (parts & PART_ARCHITECTURE && snapshot_has_input(s)) {
        TRY(snapshot_describe_input(s, &input));
        TRY(put_config(bundle, TF_INPUT_KEY, input));
    }
    if (parts & PART_PROGRESS) TRY(put_config(bundle, TF_PROGRESS_KEY, s->progress));
done:
    config_free(input);
    return status;
}

static horn_status put_own(bundle_writer *bundle, const snapshot *s, unsigned parts, const char *where)
{
    horn_status status = HORN_OK;
    config *model = NULL, *training = NULL;
    if (parts & PART_ARCHITECTURE) {
        TRY(keras_architecture_write_own(&model, s, where));
        TRY(put_config(bundle, TF_ARCHITECTURE_KEY, model));
    }
    if (parts & PART_ARCHITECTURE && parts & PART_COMPILE) {
        TRY(keras_training_write(&training, s, KERAS_2, where));
        TRY(put_config(bundle, TF_TRAINING_KEY, training));
    }
    TRY(tf_put_notes(bundle, s, parts));
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
    if (!status && text.size) status = transaction_add_beside(t, tf_files.pointer, &text);
    bytes_free(&text);
    return status;
}

/* Sets *shards to the number of data files of the present checkpoint of this name; 0 if there is none that can be read. */
static horn_status present_shards(const transaction *t, size_t *shards)
{
    bytes index;
    bool found;
    tensor_bundle *bundle = NULL;
    horn_status status = transaction_present(t, tf_files.main, &index, &found);
    horn_status read = status || !found
                           ? HORN_OK
                           : tensor_bundle_open(&bundle, index.data, index.size, transaction_target(t));
    *shards = bundle ? tensor_bundle_shards(bundle) : 0;
    if (read == HORN_ERROR_MEMORY) status = read; /* any other: nothing that could be kept whole */
    tensor_bundle_close(bundle);
    bytes_free(&index);
    return status;
}

/* Data files of the new checkpoint beside the index of the old one would be neither. If the old index names the same data files,
 * the commit first writes a bundle whose index says one shard more, which is empty and never opened. So the index names
 * complete files at each moment. */
static horn_status put_detour(bundle_writer *bundle, transaction *t, size_t shards)
{
    horn_status status = HORN_OK;
    bytes index = { 0 };
    char suffix[32];
    TRY(bundle_writer_index(bundle, shards + 1, &index));
    for (size_t i = 0; i < shards; i++) {
        tensor_bundle_suffix(suffix, i, shards + 1);
        TRY(transaction_add_pieces(t, suffix, bundle_writer_shard(bundle, i)));
        TRY(transaction_remove(t, suffix));
    }
    TRY(transaction_add(t, tf_files.main, &index));
    transaction_stage(t);
done:
    bytes_free(&index);
    return status;
}

/* 3 of "ckpt.data-00000-of-00003". */
static size_t shards_of(const char *file)
{
    return (size_t)atol(file + strlen(file) - 5);
}

/* Removes data files of this name that the new index does not name: of another number of shards, or left by a killed save. If
 * `only` is not 0, only those of that number. Does nothing if the directory cannot be listed. */
static horn_status remove_others(transaction *t, size_t shards, size_t only)
{
    char *directory = NULL, **names = NULL;
    size_t count = 0, length = strlen(folder_name_of(transaction_target(t)));
    horn_status status = folder_of(&directory, transaction_target(t));
    if (!status) status = folder_list(directory, &names, &count);
    if (status && status != HORN_ERROR_MEMORY) status = HORN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        bool own = strncmp(names[i], folder_name_of(transaction_target(t)), length) == 0;
        size_t of = own && tf_files.name_in(names[i]) == length ? shards_of(names[i]) : 0;
        if (of && of != shards && (!only || of == only)) status = transaction_remove(t, names[i] + length);
    }
    folder_list_free(names, count);
    free(directory);
    return status;
}

static horn_status put_files(bundle_writer *bundle, transaction *t, size_t shards, const char *const *kept)
{
    horn_status status = HORN_OK;
    bytes index = { 0 };
    size_t present;
    char suffix[32], detour[32];
    TRY(bundle_writer_index(bundle, shards, &index));
    TRY(present_shards(t, &present));
    if (present == shards) TRY(put_detour(bundle, t, shards));
    for (size_t i = 0; i < shards; i++) {
        tensor_bundle_suffix(suffix, i, shards);
        if (present == shards) tensor_bundle_suffix(detour, i, shards + 1);
        TRY(present == shards ? transaction_add_twin(t, suffix, detour)
                              : transaction_add_pieces(t, suffix, bundle_writer_shard(bundle, i)));
    }
    TRY(transaction_add(t, tf_files.main, &index));
    TRY(put_state(t, kept));
    if (!kept || present)
        TRY(remove_others(t, shards, kept ? present : 0)); /* of a run's own checkpoint alone */
done:
    bytes_free(&index);
    return status;
}

/* Adds the children that only checkpoints have. */
static void add_rest(tf_objects *w, const int64_t *save_counter)
{
    if (w->dialect != KERAS_3) graph_writer_child(w->graph, w->model, "root", w->model);
    if (w->again != NO_NODE) graph_writer_child(w->graph, w->model, "model", w->again);
    if (save_counter)
        tf_objects_variable(w, w->model, "save_counter", "save_counter",
                            (horn_view){ .data = save_counter, .dtype = HORN_INT64 });
}

static horn_status choose_dialect(keras_dialect *out, const snapshot *s, const char *name, const char *where)
{
    *out = name && strcmp(name, "keras3") == 0 ? KERAS_3 : KERAS_2;
    if (name && *out == KERAS_2 && strcmp(name, "keras2") != 0)
        return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected keras2 or keras3", where, name);
    if (*out == KERAS_2 || s->parts & PART_ARCHITECTURE) return HORN_OK;
    return fail(
        HORN_ERROR_UNSUPPORTED,
        "%s: dialect keras3 counts layers without weights too, which the source does not tell, expected "
        "the option architecture",
        where);
}

static horn_status check(const snapshot *s, unsigned parts, const char *where)
{
    if (!*folder_name_of(where))
        return fail(HORN_ERROR_ARGUMENT, "%s: is the name of a directory, expected a prefix", where);
    if (!(parts & PART_WEIGHTS)) return fail(HORN_ERROR_ARGUMENT, "%s: a checkpoint without weights", where);
    if (parts & PART_OPTIMIZER && !config_get_string(s->optimizer, "class_name"))
        return fail(HORN_ERROR_ARGUMENT, "%s: the optimizer of these variables has no class name", where);
    return HORN_OK;
}

horn_status tf_write(const snapshot *s, transaction *t, const format_options *options, bool is_checkpoint)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    size_t shards = format_options_number(options, TF_SHARDS, 1);
    int64_t number = number_of(where);
    keras_dialect dialect;
    bundle_writer *bundle = NULL;
    tf_objects w = { 0 };
    TRY(choose_dialect(&dialect, s, options ? options->dialect : NULL, where));
    TRY(check(s, parts, where));
    TRY(bundle_writer_new(&bundle, shards));
    TRY(tf_objects_new(&w, s, parts, parts & PART_OPTIMIZER || is_checkpoint, dialect));
    add_rest(&w, is_checkpoint ? &number : NULL);
    TRY(graph_writer_finish(w.graph, bundle, BUNDLE_SMALLEST));
    TRY(put_own(bundle, s, parts, where));
    TRY(put_files(bundle, t, shards, format_options_names(options, TF_KEPT)));
done:
    bundle_writer_free(bundle);
    tf_objects_free(&w);
    return status;
}
