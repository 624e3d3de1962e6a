/* Weights and the optimizer's variables alone, as save_weights("x.weights.h5") of Keras 2.12 and later writes
 * them: store.h. Suffix .weights.h5, by which Keras chooses the layout. Dialects as .keras.
 *
 * The file has neither the order of layers of different classes nor the optimizer's settings: reading needs the model that it is
 * for. Variables of another optimizer are left out, as Keras does. */
#include "formats/format.h"

#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_h5/keras_h5.h"
#include "formats/keras_h5/store.h"

static bool recognizes(const source *from)
{
    return keras_h5_kind_of(from) == KERAS_H5_KERAS3;
}

static horn_status copy_layers(snapshot *out, const snapshot *model)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < model->layer_count; i++) {
        const snapshot_layer *from = &model->layers[i];
        snapshot_layer *layer;
        TRY(snapshot_add_layer(out, from->class_name, from->name, &layer));
        layer->arguments = config_copy(from->arguments);
        TRY(config_status(layer->arguments));
    }
    out->input_rank = model->input_rank;
    memcpy(out->input_shape, model->input_shape, sizeof out->input_shape);
    if (model->optimizer) TRY(config_status(out->optimizer = config_copy(model->optimizer)));
done:
    return status;
}

/* Which weights of unknown classes train: the file does not say it, the model does. */
static void mark_as(snapshot *out, const snapshot *model)
{
    for (size_t i = 0; i < out->layer_count; i++)
        for (size_t k = 0;
             k < out->layers[i].tensor_count && out->layers[i].tensor_count == model->layers[i].tensor_count;
             k++)
            out->layers[i].tensors[k].trainable = model->layers[i].tensors[k].trainable;
}

static horn_status read_weights(snapshot *out, const source *from, const format_options *options,
                                const schema *known)
{
    horn_status status = HORN_OK;
    unsigned leave_out = options ? options->leave_out : 0;
    hdf5_file *file = NULL;
    TRY(keras_h5_open(&file, from, KERAS_H5_KERAS3));
    if (leave_out & PART_WEIGHTS) goto done;
    if (!known || !known->model)
        TRY(fail(
            HORN_ERROR_UNSUPPORTED,
            "%s: weights without the order of their layers (.weights.h5) can be loaded into a model only",
            from->path));
    TRY(copy_layers(out, known->model));
    TRY(keras_store_read_weights(out, file, known, from->path));
    mark_as(out, known->model);
    if (leave_out & PART_OPTIMIZER) goto done;
    if (out->optimizer) TRY(keras_store_read_optimizer(out, file, true, from->path));
    if (!(out->parts & PART_OPTIMIZER) && keras_store_has_optimizer(file)) out->unread |= PART_OPTIMIZER;
done:
    hdf5_file_close(file);
    return status;
}

static const char *const suffixes[] = { ".weights.h5", NULL };

static horn_status write_weights(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    unsigned parts = s->parts & ~(options ? options->leave_out : 0);
    hdf5_file *file = NULL;
    keras_store_dialect dialect;
    TRY(keras_store_dialect_read(&dialect, options ? options->dialect : NULL, "keras-weights-h5"));
    TRY(keras_check_target(t, suffixes, "keras-weights-h5"));
    if (!(parts & PART_WEIGHTS))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: keras-weights-h5 without weights", transaction_target(t)));
    TRY(hdf5_file_create(&file));
    TRY(keras_store_write(file, s, parts, dialect, transaction_target(t)));
    TRY(keras_store_write_metrics(file, s));
    status = keras_h5_commit(file, t);
    file = NULL;
done:
    hdf5_file_close(file);
    return status;
}

const format keras_weights_h5_format = {
    .name = "keras-weights-h5",
    .newer_optimizers = true,
    .suffixes = suffixes,
    .reads = PART_WEIGHTS | PART_OPTIMIZER,
    .writes = PART_WEIGHTS | PART_OPTIMIZER,
    .needs = PART_ARCHITECTURE | PART_COMPILE,
    .recognizes = recognizes,
    .read = read_weights,
    .write = write_weights,
    .list = keras_h5_list,
};
