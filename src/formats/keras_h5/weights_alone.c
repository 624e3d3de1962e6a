/* Weights alone, as Keras 2's save_weights("x.h5") writes them: the layout of weights.h at the root.
 * Keras 3 reads it. Suffix .h5 or .hdf5 if weights alone are saved; dialects as keras-h5. */
#include "formats/keras_h5/keras_h5.h"

#include "base/status.h"
#include "formats/keras_h5/weights.h"

static bool recognizes(const source *from)
{
    return keras_h5_kind_of(from) == KERAS_H5_WEIGHTS;
}

static horn_status read_weights(snapshot *out, const source *from, const format_options *options,
                                const schema *known)
{
    (void)options;
    horn_status status = HORN_OK;
    hdf5_file *file = NULL;
    TRY(keras_h5_open(&file, from, KERAS_H5_WEIGHTS));
    TRY(keras_weights_check_origin(file, "/", from->path));
    TRY(keras_weights_read(out, file, "/", known, from->path));
done:
    hdf5_file_close(file);
    return status;
}

static const char *const suffixes[] = { ".h5", ".hdf5", NULL };

static horn_status write_weights(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    hdf5_file *file = NULL;
    keras_dialect dialect;
    TRY(keras_dialect_read(&dialect, options ? options->dialect : NULL, "keras-h5-weights"));
    TRY(keras_check_target(t, suffixes, "keras-h5-weights"));
    if (!(s->parts & PART_WEIGHTS))
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: keras-h5-weights without weights", transaction_target(t)));
    TRY(hdf5_file_create(&file));
    TRY(keras_weights_write(file, "/", s, dialect));
    status = keras_h5_commit(file, t);
    file = NULL;
done:
    hdf5_file_close(file);
    return status;
}

const format keras_h5_weights_format = {
    .name = "keras-h5-weights",
    .suffixes = suffixes,
    .reads = PART_WEIGHTS,
    .writes = PART_WEIGHTS,
    .recognizes = recognizes,
    .read = read_weights,
    .write = write_weights,
    .list = keras_h5_list,
};
