#include "formats/keras_h5/keras_h5.h"

#include <string.h>
#include "base/status.h"
#include "formats/keras_h5/store.h"

static bool is_hdf5(const source *from)
{
    return hdf5_recognizes(from->data, from->size);
}

static keras_h5_kind kind_of_file(const hdf5_file *file)
{
    if (hdf5_has_attribute(file, "/", "model_config")) return KERAS_H5_MODEL;
    if (hdf5_has_attribute(file, "/", "layer_names") || hdf5_has_attribute(file, "/", "layer_names0"))
        return KERAS_H5_WEIGHTS;
    if (keras_store_has_layers(file)) return KERAS_H5_KERAS3;
    return KERAS_H5_OTHER;
}

keras_h5_kind keras_h5_kind_of(const source *from)
{
    hdf5_file *file = NULL;
    if (!is_hdf5(from)) return KERAS_H5_NONE;
    if (hdf5_file_open(&file, from->data, from->size, from->path)) return KERAS_H5_BROKEN;
    keras_h5_kind kind = kind_of_file(file);
    hdf5_file_close(file);
    return kind;
}

static horn_status check_kind(keras_h5_kind found, keras_h5_kind expected, const char *where)
{
    if (found == expected) return HORN_OK;
    switch (found) {
    case KERAS_H5_MODEL:
        return fail(HORN_ERROR_FORMAT, "%s: holds a whole Keras model, expected weights alone", where);
    case KERAS_H5_WEIGHTS:
        return fail(HORN_ERROR_FORMAT, "%s: holds Keras weights alone, expected a whole model", where);
    case KERAS_H5_KERAS3:
        return fail(HORN_ERROR_FORMAT, "%s: holds the Keras 3 weights layout (.weights.h5), expected %s",
                    where, expected == KERAS_H5_MODEL ? "a whole model" : "Keras 2's");
    default:
        return fail(HORN_ERROR_FORMAT,
                    "%s: HDF5 without model_config and layer_names, expected a file of Keras", where);
    }
}

horn_status keras_h5_open(hdf5_file **out, const source *from, keras_h5_kind kind)
{
    horn_status status = HORN_OK;
    hdf5_file *file = NULL;
    if (!is_hdf5(from))
        return fail(HORN_ERROR_FORMAT, "%s: is no HDF5 file, expected one of Keras", from->path);
    TRY(hdf5_file_open(&file, from->data, from->size, from->path));
    TRY(check_kind(kind_of_file(file), kind, from->path));
    if (from->is_kept) hdf5_file_stays(file);
    *out = file;
    file = NULL;
done:
    hdf5_file_close(file);
    return status;
}

static bool ends_with(const char *path, const char *suffix)
{
    size_t length = strlen(path), own = strlen(suffix);
    return length >= own && strcmp(path + length - own, suffix) == 0;
}

horn_status keras_check_target(const transaction *t, const char *const *suffixes, const char *name)
{
    static const char *const known[] = { ".weights.h5", ".h5", ".hdf5", ".keras" }; /* the longest first */
    const char *path = transaction_target(t), *found = NULL;
    for (size_t i = 0; !found && i < sizeof known / sizeof *known; i++)
        if (ends_with(path, known[i])) found = known[i];
    for (; found && *suffixes; suffixes++)
        if (strcmp(*suffixes, found) == 0) return HORN_OK;
    if (!found) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%s: Keras would not look for %s behind the suffix %s", path, name,
                found);
}

horn_status keras_h5_commit(hdf5_file *file, transaction *t)
{
    pieces content = { 0 };
    horn_status status = hdf5_file_finish(file, &content);
    if (!status) status = transaction_add_pieces(t, "", &content);
    pieces_free(&content);
    return status;
}
