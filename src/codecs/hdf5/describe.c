/* What datasets are: types, shapes, places. */
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "codecs/hdf5/door.h"

hid_t hdf5_native_type(horn_dtype dtype)
{
    switch (dtype) {
    case HORN_FLOAT32:
        return H5T_NATIVE_FLOAT;
    case HORN_FLOAT64:
        return H5T_NATIVE_DOUBLE;
    case HORN_INT8:
        return H5T_NATIVE_INT8;
    case HORN_INT16:
        return H5T_NATIVE_INT16;
    case HORN_INT32:
        return H5T_NATIVE_INT32;
    case HORN_INT64:
        return H5T_NATIVE_INT64;
    case HORN_UINT8:
        return H5T_NATIVE_UINT8;
    case HORN_UINT16:
        return H5T_NATIVE_UINT16;
    case HORN_UINT32:
        return H5T_NATIVE_UINT32;
    case HORN_UINT64:
        return H5T_NATIVE_UINT64;
    case HORN_BOOL:
        return H5T_NATIVE_UINT8;
    }
    return H5I_INVALID_HID;
}

bool hdf5_is_one_piece(hid_t dataset)
{
    const hid_t list = H5Dget_create_plist(dataset);
    const bool found = list >= 0 && H5Pget_layout(list) == H5D_CONTIGUOUS && H5Pget_external_count(list) == 0;
    if (list >= 0) H5Pclose(list);
    return found;
}

static horn_status nearest_dtype(const hdf5_file *f, const char *path, hid_t type, horn_dtype *out)
{
    static const horn_dtype integers[2][4] = { { HORN_UINT8, HORN_UINT16, HORN_UINT32, HORN_UINT64 },
                                               { HORN_INT8, HORN_INT16, HORN_INT32, HORN_INT64 } };
    size_t size = H5Tget_size(type);
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_FLOAT)
        *out = size > 4 ? HORN_FLOAT64 : HORN_FLOAT32;
    else if (class == H5T_INTEGER)
        *out = integers[H5Tget_sign(type) != H5T_SGN_NONE][size > 4 ? 3 : size > 2 ? 2 : size > 1 ? 1 : 0];
    else if ((class == H5T_ENUM || class == H5T_BITFIELD) && size == 1)
        *out = HORN_BOOL;
    else
        return fail(HORN_ERROR_UNSUPPORTED, "%s: %s: holds %s, expected numbers", f->name, path,
                    class == H5T_STRING     ? "texts"
                    : class == H5T_COMPOUND ? "complex numbers"
                                            : "an enumeration");
    return HORN_OK;
}

static horn_status describe_as(const hdf5_file *f, const char *path, hid_t type, hid_t space, horn_view *out)
{
    hsize_t shape[H5S_MAX_RANK];
    horn_status status = HORN_OK;
    int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    status = nearest_dtype(f, path, type, &out->dtype);
    if (!status && (rank < 0 || rank > HORN_MAX_RANK || H5Sget_simple_extent_type(space) == H5S_NULL))
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: %s: has no shape of at most %d axes", f->name, path,
                      HORN_MAX_RANK);
    out->rank = rank;
    for (int i = 0; i < rank && !status; i++) out->shape[i] = shape[i];
    return status;
}

horn_status hdf5_describe(const hdf5_file *f, const char *path, hid_t dataset, horn_view *out)
{
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    horn_status status =
        type < 0 || space < 0 ? hdf5_fail(f, path, "has no type") : describe_as(f, path, type, space, out);
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    return status;
}

horn_status hdf5_describe_dataset(const hdf5_file *f, const char *path, horn_dtype *dtype, int *rank,
                                  size_t shape[HORN_MAX_RANK])
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t dataset = H5I_INVALID_HID;
    horn_view found = { 0 };
    hdf5_enter(&door);
    TRY(hdf5_open_typed(f, path, H5I_DATASET, &dataset));
    TRY(hdf5_describe(f, path, dataset, &found));
    *dtype = found.dtype;
    *rank = found.rank;
    memcpy(shape, found.shape, sizeof found.shape);
done:
    if (dataset >= 0) H5Oclose(dataset);
    hdf5_leave(&door);
    return status;
}

static void name_type(hid_t type, char out[16])
{
    size_t size = H5Tget_size(type);
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_FLOAT)
        snprintf(out, 16, "float%zu", 8 * size % 10000);
    else if (class == H5T_INTEGER)
        snprintf(out, 16, "%sint%zu", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", 8 * size % 10000);
    else
        strcpy(out, class == H5T_STRING                                         ? "string"
                    : class == H5T_BITFIELD || (class == H5T_ENUM && size == 1) ? "bool"
                                                                                : "enum");
    if (class == H5T_COMPOUND) snprintf(out, 16, "complex%zu", 8 * size % 10000);
}

horn_status hdf5_look_at(const hdf5_file *f, const char *path, hid_t type, hid_t space, hdf5_stored *out,
                         horn_dtype *as)
{
    hsize_t shape[H5S_MAX_RANK];
    horn_view view = { 0 };
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    if (count < 0 || rank < 0) return hdf5_fail(f, path, "has no shape");
    name_type(type, out->type);
    bool is_void = H5Sget_simple_extent_type(space) == H5S_NULL;
    out->rank = is_void || rank > HORN_MAX_RANK ? -1 : rank;
    for (int i = 0; i < out->rank; i++) out->shape[i] = shape[i];
    out->size = (size_t)count * H5Tget_size(type);
    out->is_readable = !describe_as(f, path, type, space, &view);
    *as = view.dtype;
    return HORN_OK;
}

static horn_status look(const hdf5_file *f, const char *path, hid_t dataset, hdf5_stored *out)
{
    horn_dtype as;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    horn_status status = type < 0 || space < 0 ? hdf5_fail(f, path, "has no type")
                                               : hdf5_look_at(f, path, type, space, out, &as);
    if (!status && H5Tis_variable_str(type) > 0) out->size = H5Dget_storage_size(dataset);
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    return status;
}

horn_status hdf5_look_at_dataset(const hdf5_file *f, const char *path, hdf5_stored *out)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t dataset = H5I_INVALID_HID;
    hdf5_stored found = { 0 };
    hdf5_enter(&door);
    TRY(hdf5_open_typed(f, path, H5I_DATASET, &dataset));
    TRY(look(f, path, dataset, &found));
    *out = found;
done:
    if (dataset >= 0) H5Oclose(dataset);
    hdf5_leave(&door);
    return status;
}
