#include "codecs/hdf5/door.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/hdf5/trailer.h"

/* Keras' HDF5_OBJECT_HEADER_LIMIT: the number of names times the longest length. */
#define ATTRIBUTE_LIMIT 64512

/* Without times in object headers, equal saves give equal bytes. */
static hid_t without_times(hid_t class)
{
    hid_t list = H5Pcreate(class);
    if (list >= 0 && H5Pset_obj_track_times(list, 0) < 0) {
        H5Pclose(list);
        return H5I_INVALID_HID;
    }
    return list;
}

/* Opens the group at the first `length` bytes of a path; makes it and those above it if they are missing. */
static horn_status make_group(hdf5_file *f, const char *path, size_t length, hid_t *out)
{
    horn_status status = HORN_OK;
    char *copy = NULL, *rest = NULL;
    hid_t list = without_times(H5P_GROUP_CREATE), here = H5Gopen2(f->file, "/", H5P_DEFAULT);
    TRY(memory_copy_text(&copy, path, length));
    if (list < 0 || here < 0) TRY(hdf5_fail(f, "/", "cannot be opened"));
    for (char *link = strtok_r(copy, "/", &rest); link; link = strtok_r(NULL, "/", &rest)) {
        if (strcmp(link, ".") == 0) continue;
        hid_t next = H5Lexists(here, link, H5P_DEFAULT) > 0
                         ? H5Gopen2(here, link, H5P_DEFAULT)
                         : H5Gcreate2(here, link, H5P_DEFAULT, list, H5P_DEFAULT);
        H5Gclose(here);
        here = next;
        if (here < 0) TRY(hdf5_fail(f, path, "cannot be made a group"));
    }
    *out = here;
    here = H5I_INVALID_HID;
done:
    if (here >= 0) H5Gclose(here);
    if (list >= 0) H5Pclose(list);
    free(copy);
    return status;
}

void hdf5_write_bit_fields(hdf5_file *f)
{
    f->has_bit_fields = true;
}

horn_status hdf5_write_group(hdf5_file *f, const char *path)
{
    hdf5_door door;
    hid_t group = H5I_INVALID_HID;
    hdf5_enter(&door);
    horn_status status = make_group(f, path, strlen(path), &group);
    if (group >= 0) H5Gclose(group);
    hdf5_leave(&door);
    return status;
}

/* The type in the file: little-endian on every machine; booleans as in h5py, or as in PyTables. The caller closes it. */
static hid_t file_type(const hdf5_file *f, horn_dtype dtype)
{
    static const signed char off = 0, on = 1;
    if (dtype == HORN_BOOL && f->has_bit_fields) return H5Tcopy(H5T_STD_B8LE);
    if (dtype == HORN_BOOL) {
        hid_t type = H5Tenum_create(H5T_STD_I8LE);
        if (type >= 0 && (H5Tenum_insert(type, "FALSE", &off) < 0 || H5Tenum_insert(type, "TRUE", &on) < 0))
            return -1;
        return type;
    }
    hid_t type = H5Tcopy(hdf5_native_type(dtype));
    if (type >= 0) H5Tset_order(type, H5T_ORDER_LE);
    return type;
}

/* `reserve`: its values are written later, behind libhdf5. */
static hid_t create_dataset(hid_t group, const char *name, const horn_view *view, hid_t type, bool reserve)
{
    hsize_t shape[HORN_MAX_RANK];
    for (int i = 0; i < view->rank; i++) shape[i] = view->shape[i];
    hid_t list = without_times(H5P_DATASET_CREATE), dataset = H5I_INVALID_HID;
    hid_t space = view->rank ? H5Screate_simple(view->rank, shape, NULL) : H5Screate(H5S_SCALAR);
    if (reserve && list >= 0 &&
        (H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) < 0 ||
         H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) < 0)) {
        H5Sclose(space);
        space = H5I_INVALID_HID;
    }
    if (list >= 0 && space >= 0)
        dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (space >= 0) H5Sclose(space);
    if (list >= 0) H5Pclose(list);
    return dataset;
}

horn_status hdf5_write_dataset(hdf5_file *f, const char *path, const horn_view *view)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t group = H5I_INVALID_HID, type = H5I_INVALID_HID, dataset = H5I_INVALID_HID;
    const char *slash = strrchr(path, '/');
    hdf5_enter(&door);
    TRY(make_group(f, path, slash ? (size_t)(slash - path) : 0, &group));
    type = file_type(f, view->dtype);
    if (type >= 0) dataset = create_dataset(group, slash ? slash + 1 : path, view, type, false);
    if (dataset < 0) TRY(hdf5_fail(f, path, "cannot be made a dataset"));
    /* A boolean is one byte in memory and in the file. */
    hid_t memory = view->dtype == HORN_BOOL ? type : hdf5_native_type(view->dtype);
    if (horn_view_count(view) && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, view->data) < 0)
        TRY(hdf5_fail(f, path, "cannot be written"));
done:
    if (dataset >= 0) H5Dclose(dataset);
    if (type >= 0) H5Tclose(type);
    if (group >= 0) H5Gclose(group);
    hdf5_leave(&door);
    return status;
}

/* libhdf5 hands the bytes of a dataset in one piece to its driver where the caller has them, unless it has to turn them. */
horn_status hdf5_lend_dataset(hdf5_file *f, const char *path, const horn_view *view)
{
    f->image.lent = view->data;
    f->image.lent_size = horn_view_count(view) * horn_dtype_size(view->dtype);
    const horn_status status = hdf5_write_dataset(f, path, view);
    f->image.lent = NULL;
    return status;
}

horn_status hdf5_large_add(hdf5_file *f, const char *path, const horn_view *like, size_t *place)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t group = H5I_INVALID_HID, type = H5I_INVALID_HID, dataset = H5I_INVALID_HID;
    const char *slash = strrchr(path, '/');
    hdf5_enter(&door);
    TRY(make_group(f, path, slash ? (size_t)(slash - path) : 0, &group));
    type = file_type(f, like->dtype);
    if (type >= 0) dataset = create_dataset(group, slash ? slash + 1 : path, like, type, true);
    if (dataset < 0) TRY(hdf5_fail(f, path, "cannot be made a dataset"));
    const haddr_t address = horn_view_count(like) ? H5Dget_offset(dataset) : 0;
    if (address == HADDR_UNDEF) TRY(hdf5_fail(f, path, "has no place in the file"));
    *place = address;
done:
    if (dataset >= 0) H5Dclose(dataset);
    if (type >= 0) H5Tclose(type);
    if (group >= 0) H5Gclose(group);
    hdf5_leave(&door);
    return status;
}

/* count < 0: a scalar. */
static horn_status write_attribute(const hdf5_file *f, const char *path, hid_t object, const char *name,
                                   hid_t type, long count, const void *data)
{
    hsize_t shape = count < 0 ? 1 : (hsize_t)count;
    hid_t space = count < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &shape, NULL),
          attribute = H5I_INVALID_HID;
    if (space >= 0) attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t result = attribute < 0 ? -1 : count == 0 ? 0 : H5Awrite(attribute, type, data);
    horn_status status = result < 0 ? hdf5_fail(f, path, name) : HORN_OK;
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    return status;
}

horn_status hdf5_write_text(hdf5_file *f, const char *path, const char *attribute, const char *text)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t object = H5I_INVALID_HID, type = H5I_INVALID_HID;
    hdf5_enter(&door);
    TRY(hdf5_open_object(f, path, &object));
    type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        TRY(hdf5_fail(f, path, attribute));
    TRY(write_attribute(f, path, object, attribute, type, -1, &text));
done:
    if (type >= 0) H5Tclose(type);
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

/* Writes `count` names, each padded with zeros to `width` bytes. */
static horn_status write_piece(const hdf5_file *f, const char *path, hid_t object, const char *attribute,
                               const char *const *names, size_t count, size_t width)
{
    horn_status status = HORN_OK;
    char *block = NULL;
    hid_t type = H5Tcopy(H5T_C_S1);
    TRY(memory_new(&block, count, width));
    for (size_t i = 0; i < count; i++) memcpy(block + i * width, names[i], strlen(names[i]));
    if (type < 0 || H5Tset_size(type, width) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)
        TRY(hdf5_fail(f, path, attribute));
    TRY(write_attribute(f, path, object, attribute, type, (long)count, block));
done:
    if (type >= 0) H5Tclose(type);
    free(block);
    return status;
}

/* Splits as numpy's array_split, into the fewest pieces that fit: the first count % pieces are longer by one. */
static horn_status write_pieces(const hdf5_file *f, const char *path, hid_t object, const char *attribute,
                                const char *const *names, size_t count, size_t width)
{
    horn_status status = HORN_OK;
    size_t parts = 1, at = 0;
    while ((count + parts - 1) / parts * width > ATTRIBUTE_LIMIT) parts++;
    for (size_t i = 0; i < parts && !status; i++) {
        bytes name = { 0 };
        size_t part = count / parts + (i < count % parts);
        if (parts > 1)
            bytes_print(&name, "%s%zu", attribute, i);
        else
            bytes_print(&name, "%s", attribute);
        status = bytes_status(&name);
        if (!status) status = write_piece(f, path, object, (const char *)name.data, names + at, part, width);
        bytes_free(&name);
        at += part;
    }
    return status;
}

horn_status hdf5_write_names(hdf5_file *f, const char *path, const char *attribute, const char *const *names,
                             size_t count)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t object = H5I_INVALID_HID;
    size_t width = 1;
    hdf5_enter(&door);
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) > width) width = strlen(names[i]);
    if (width > ATTRIBUTE_LIMIT)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: %s: a name of %zu bytes, HDF5 attributes hold %d", path,
                 attribute, width, ATTRIBUTE_LIMIT));
    TRY(hdf5_open_object(f, path, &object));
    if (count == 0) TRY(write_attribute(f, path, object, attribute, H5T_IEEE_F64LE, 0, NULL));
    if (count > 0) TRY(write_pieces(f, path, object, attribute, names, count, width));
done:
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

horn_status hdf5_write_fixed_text(hdf5_file *f, const char *path, const char *attribute, const char *text)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t object = H5I_INVALID_HID, type = H5I_INVALID_HID;
    hdf5_enter(&door);
    TRY(hdf5_open_object(f, path, &object));
    type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, strlen(text) + 1) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        TRY(hdf5_fail(f, path, attribute));
    TRY(write_attribute(f, path, object, attribute, type, -1, text));
done:
    if (type >= 0) H5Tclose(type);
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

horn_status hdf5_write_integer(hdf5_file *f, const char *path, const char *attribute, int64_t value)
{
    hdf5_door door;
    hid_t object = H5I_INVALID_HID;
    hdf5_enter(&door);
    horn_status status = hdf5_open_object(f, path, &object);
    if (!status) status = write_attribute(f, path, object, attribute, H5T_STD_I64LE, -1, &value);
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

/* ---- the end ---- */

static horn_status close_new(hdf5_file *f)
{
    const herr_t closed = H5Fclose(f->file);
    f->file = H5I_INVALID_HID;
    return closed < 0 ? hdf5_fail(f, "/", "cannot be closed") : hdf5_image_status(&f->image, f->name);
}

static horn_status finish(hdf5_file *f, pieces *out, bool has_trailer)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hdf5_enter(&door);
    if (has_trailer) TRY(hdf5_write_group(f, HDF5_TRAILER_GROUP));
    if (has_trailer) TRY(hdf5_write_text(f, HDF5_TRAILER_GROUP, HDF5_TRAILER_ATTRIBUTE, HDF5_TRAILER_TEXT));
    TRY(close_new(f));
    if (has_trailer) hdf5_trailer_append(&f->image.written);
    TRY(pieces_status(&f->image.written));
    *out = f->image.written;
    f->image.written = (pieces){ 0 };
done:
    hdf5_leave(&door);
    hdf5_file_close(f);
    return status;
}

horn_status hdf5_file_finish(hdf5_file *f, pieces *out)
{
    return finish(f, out, true);
}

horn_status hdf5_file_finish_plain(hdf5_file *f, pieces *out)
{
    return finish(f, out, false);
}

horn_status hdf5_large_finish(hdf5_file *f)
{
    hdf5_door door;
    hdf5_enter(&door);
    const horn_status status = close_new(f);
    hdf5_leave(&door);
    hdf5_file_close(f);
    return status;
}
