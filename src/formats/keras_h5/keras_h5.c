/* Keras' whole models in HDF5, suffix .h5 or .hdf5. Dialects: keras2 (default), keras3, legacy
 * (keras/dialect.h).
 *
 *     /                    @keras_version  @backend  @model_config JSON  @training_config JSON, if compiled
 *     /model_weights       weights.h
 *     /optimizer_weights   @weight_names, and a dataset for each (keras/optimizer_variables.h)
 *     /horn                own.h
 *
 * The optimizer's variables are read only if architecture, weights and compile settings are, too. What is valid and
 * not known of weights, training settings and variables is left out part by part. */
#include "formats/keras_h5/keras_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/activations.h"
#include "formats/keras/architecture.h"
#include "formats/keras_training/optimizer_variables.h"
#include "formats/keras_training/training.h"
#include "formats/keras_h5/own.h"
#include "formats/keras_h5/weights.h"

#define WEIGHTS   "/model_weights"
#define OPTIMIZER "/optimizer_weights"

static bool recognizes(const source *from)
{
    keras_h5_kind kind = keras_h5_kind_of(from);
    return kind == KERAS_H5_MODEL || kind == KERAS_H5_BROKEN || kind == KERAS_H5_OTHER;
}

/* ---- reading ---- */

typedef struct reader {
    const hdf5_file *file;
    const char *where;
    snapshot *out;
    char **variables; /* names of the optimizer's, one block */
    size_t variable_count;
} reader;

static horn_status read_architecture(const reader *r)
{
    horn_status status = HORN_OK;
    char place[512];
    config *model = NULL;
    TRY(keras_attribute_read(&model, r->file, "/", "model_config", r->where, place));
    TRY(keras_architecture_read(r->out, model, place));
done:
    config_free(model);
    return status;
}

/* Keras 2 reads an optimizer that says nothing else as one of TensorFlow up to 2.10. */
static horn_status is_keras2(bool *out, const reader *r)
{
    char *version = NULL;
    const char *place = hdf5_has_attribute(r->file, "/", "keras_version") ? "/" : WEIGHTS;
    horn_status status = hdf5_read_text(r->file, place, "keras_version", &version);
    *out = version && strncmp(version, "2.", 2) == 0;
    free(version);
    return status;
}

static horn_status read_training(const reader *r)
{
    horn_status status = HORN_OK;
    char place[512];
    config *settings = NULL;
    keras_training_source given = { .where = place, .optimizer_key = "optimizer_config" };
    TRY(keras_attribute_read(&settings, r->file, "/", "training_config", r->where, place));
    TRY(is_keras2(&given.plain_is_legacy, r));
    given.is_legacy = keras_variables_are_legacy(r->variables, r->variable_count);
    TRY(keras_training_read(r->out, settings, &given));
done:
    config_free(settings);
    return status;
}

static horn_status describe_variable(const void *owner, size_t index, horn_view *like)
{
    const reader *r = owner;
    char *path = NULL;
    horn_status status = keras_path(&path, OPTIMIZER, r->variables[index], r->where);
    if (!status) status = hdf5_describe_dataset(r->file, path, &like->dtype, &like->rank, like->shape);
    free(path);
    return status;
}

static horn_status read_variable(const void *owner, size_t index, horn_dtype dtype, void *data, size_t size)
{
    const reader *r = owner;
    char *path = NULL;
    horn_status status = keras_path(&path, OPTIMIZER, r->variables[index], r->where);
    if (!status) status = hdf5_read_dataset(r->file, path, dtype, data, size);
    free(path);
    return status;
}

static horn_status read_optimizer(const reader *r)
{
    char place[512];
    snprintf(place, sizeof place, "%.480s: optimizer_weights", r->where);
    keras_variable_source given = { .where = place,
                                    .names = r->variables,
                                    .count = r->variable_count,
                                    .settings_tell = true,
                                    .owner = r,
                                    .describe = describe_variable,
                                    .read = read_variable };
    return keras_optimizer_variables_read(r->out, &given);
}

static horn_status read_parts(reader *r, const format_options *options, const schema *known)
{
    const unsigned leave_out = options ? options->leave_out : 0;
    const unsigned model = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE;
    horn_status status = HORN_OK;
    TRY(keras_weights_check_origin(r->file, WEIGHTS, r->where));
    if (hdf5_has_group(r->file, OPTIMIZER))
        TRY(hdf5_read_names(r->file, OPTIMIZER, "weight_names", true, &r->variables, &r->variable_count));
    if (!(leave_out & PART_ARCHITECTURE)) TRY(read_architecture(r));
    if (!(leave_out & PART_WEIGHTS))
        TRY(snapshot_leave_out(r->out, PART_WEIGHTS,
                               keras_weights_read(r->out, r->file, WEIGHTS, known, r->where)));
    if (!(leave_out & PART_COMPILE) && hdf5_has_attribute(r->file, "/", "training_config"))
        TRY(snapshot_leave_out(r->out, PART_COMPILE, read_training(r)));
    if (!(leave_out & PART_OPTIMIZER) && (r->out->parts & model) == model)
        TRY(snapshot_leave_out(r->out, PART_OPTIMIZER, read_optimizer(r)));
    else if (!(leave_out & PART_OPTIMIZER) && r->variable_count)
        r->out->unread |= PART_OPTIMIZER;
    TRY(keras_own_read(r->out, r->file, leave_out, r->where));
done:
    return status;
}

static horn_status read_model(snapshot *out, const source *from, const format_options *options,
                              const schema *known)
{
    horn_status status = HORN_OK;
    hdf5_file *file = NULL;
    reader r = { .where = from->path, .out = out };
    TRY(keras_h5_open(&file, from, KERAS_H5_MODEL));
    r.file = file;
    TRY(read_parts(&r, options, known));
done:
    free(r.variables);
    hdf5_file_close(file);
    return status;
}

/* ---- writing ---- */

static horn_status write_attributes(hdf5_file *file, const snapshot *s, unsigned parts, keras_dialect dialect,
                                    const char *where)
{
    horn_status status = HORN_OK;
    config *model = NULL, *training = NULL;
    TRY(keras_activations_check(s, dialect, where));
    TRY(keras_architecture_write(&model, s, dialect, where));
    if (parts & PART_COMPILE) TRY(keras_training_write(&training, s, dialect, where));
    TRY(hdf5_write_text(file, "/", "keras_version", keras_dialect_version(dialect)));
    TRY(hdf5_write_text(file, "/", "backend", "tensorflow"));
    TRY(keras_attribute_write(file, "/", "model_config", model));
    if (training) TRY(keras_attribute_write(file, "/", "training_config", training));
done:
    config_free(model);
    config_free(training);
    return status;
}

static horn_status write_optimizer(hdf5_file *file, const snapshot *s, keras_dialect dialect,
                                   const char *where)
{
    horn_status status = HORN_OK;
    const char **names = NULL;
    char *path = NULL;
    keras_variables list = { 0 };
    TRY(keras_optimizer_variables_list(&list, s, dialect));
    TRY(memory_new(&names, list.count, sizeof *names));
    for (size_t i = 0; i < list.count; i++) names[i] = list.items[i].name;
    TRY(hdf5_write_group(file, OPTIMIZER));
    TRY(hdf5_write_names(file, OPTIMIZER, "weight_names", names, list.count));
    for (size_t i = 0; i < list.count; i++) {
        free(path);
        path = NULL;
        TRY(keras_path(&path, OPTIMIZER, names[i], where));
        TRY((list.items[i].stays ? hdf5_lend_dataset : hdf5_write_dataset)(file, path, &list.items[i].view));
    }
done:
    free(path);
    free(names);
    keras_variables_free(&list);
    return status;
}

static const char *const suffixes[] = { ".h5", ".hdf5", NULL };

static horn_status write_model(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    hdf5_file *file = NULL;
    keras_dialect dialect;

    TRY(keras_dialect_read(&dialect, options ? options->dialect : NULL, "keras-h5"));
    TRY(keras_check_target(t, suffixes, "keras-h5"));
    if (!(parts & PART_ARCHITECTURE))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: keras-h5 without an architecture", where));
    if (!(parts & PART_WEIGHTS)) TRY(fail(HORN_ERROR_ARGUMENT, "%s: keras-h5 without weights", where));
    TRY(hdf5_file_create(&file));
    TRY(write_attributes(file, s, parts, dialect, where));
    TRY(keras_weights_write(file, WEIGHTS, s, dialect));
    if (parts & PART_COMPILE && parts & PART_OPTIMIZER) TRY(write_optimizer(file, s, dialect, where));
    TRY(keras_own_write(file, s, parts));
    status = keras_h5_commit(file, t);
    file = NULL;
done:
    hdf5_file_close(file);
    return status;
}

const format keras_h5_format = {
    .name = "keras-h5",
    .suffixes = suffixes,
    .reads = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .writes = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER | PART_PROGRESS,
    .recognizes = recognizes,
    .read = read_model,
    .write = write_model,
    .list = keras_h5_list,
};
