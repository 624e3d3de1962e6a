/* What files of PyTables have beside datasets: numbers in attributes, and soft links. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/hdf5/door.h"

typedef struct listing {
    bytes pool;
    size_t count;
} listing;

static herr_t take_name(hid_t object, const char *name, const H5A_info_t *facts, void *data)
{
    (void)object, (void)facts;
    listing *l = data;
    bytes_append(&l->pool, name, strlen(name) + 1);
    l->count++;
    return l->pool.failed ? -1 : 0;
}

horn_status hdf5_list_attributes(const hdf5_file *f, const char *path, char ***out, size_t *count)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t object = H5I_INVALID_HID;
    listing found = { 0 };
    hdf5_enter(&door);
    TRY(hdf5_open_object(f, path, &object));
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, take_name, &found) < 0 && !found.pool.failed)
        TRY(hdf5_fail(f, path, "has attributes that cannot be listed"));
    TRY(bytes_status(&found.pool));
    TRY(hdf5_make_list(out, &found.pool, found.count));
    *count = found.count;
done:
    bytes_free(&found.pool);
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

/* The group that the last part of a path is a link in, and that part. */
static horn_status open_parent(const hdf5_file *f, const char *path, hid_t *group, const char **link)
{
    char *parent = NULL;
    const char *slash = strrchr(path, '/');
    *link = slash ? slash + 1 : path;
    horn_status status = memory_copy_text(&parent, path, slash ? (size_t)(slash - path) : 0);
    if (!status) status = hdf5_open_typed(f, *parent ? parent : "/", H5I_GROUP, group);
    free(parent);
    return status;
}

horn_status hdf5_read_link(const hdf5_file *f, const char *path, char **out)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t group = H5I_INVALID_HID;
    H5L_info_t facts;
    char *found = NULL;
    const char *link;
    *out = NULL;
    hdf5_enter(&door);
    TRY(open_parent(f, path, &group, &link));
    if (H5Lget_info(group, link, &facts, H5P_DEFAULT) < 0) TRY(hdf5_fail(f, path, "its link cannot be read"));
    if (facts.type != H5L_TYPE_SOFT) goto done;
    TRY(memory_new(&found, 1, facts.u.val_size + 1));
    if (H5Lget_val(group, link, found, facts.u.val_size, H5P_DEFAULT) < 0)
        TRY(hdf5_fail(f, path, "its link cannot be read"));
    *out = found;
    found = NULL;
done:
    free(found);
    if (group >= 0) H5Oclose(group);
    hdf5_leave(&door);
    return status;
}

/* ---- numbers ---- */

static hid_t open_attribute(const hdf5_file *f, const char *path, const char *attribute, horn_status *status)
{
    hid_t object = H5I_INVALID_HID, found = H5I_INVALID_HID;
    *status = hdf5_open_object(f, path, &object);
    if (*status) return found;
    found = H5Aopen(object, attribute, H5P_DEFAULT);
    if (found < 0) *status = hdf5_fail(f, path, attribute);
    H5Oclose(object);
    return found;
}

horn_status hdf5_look_at_attribute(const hdf5_file *f, const char *path, const char *attribute,
                                   hdf5_stored *out, horn_dtype *as)
{
    hdf5_door door;
    horn_status status;
    hdf5_enter(&door);
    const hid_t found = open_attribute(f, path, attribute, &status);
    if (!status) {
        const hid_t type = H5Aget_type(found), space = H5Aget_space(found);
        if (type < 0 || space < 0)
            status = hdf5_fail(f, path, attribute);
        else
            status = hdf5_look_at(f, path, type, space, out, as);
        if (!status && H5Tis_variable_str(type) > 0) out->size = H5Aget_storage_size(found);
        if (type >= 0) H5Tclose(type);
        if (space >= 0) H5Sclose(space);
        H5Aclose(found);
    }
    hdf5_leave(&door);
    return status;
}

horn_status hdf5_read_attribute(const hdf5_file *f, const char *path, const char *attribute, horn_dtype as,
                                void *out, size_t size)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t found = H5I_INVALID_HID, space = H5I_INVALID_HID, type = H5I_INVALID_HID;
    hdf5_enter(&door);
    found = open_attribute(f, path, attribute, &status);
    if (status) goto done;
    space = H5Aget_space(found);
    type = H5Aget_type(found);
    const hssize_t count = space < 0 || type < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    if (count < 0 || (size_t)count * horn_dtype_size(as) != size)
        TRY(fail(HORN_ERROR_SHAPE, "%s: %s: attribute '%s' holds %lld numbers, expected %zu", f->name, path,
                 attribute, (long long)count, size / horn_dtype_size(as)));
    const hid_t memory = H5Tget_class(type) == H5T_BITFIELD ? H5T_NATIVE_B8 : hdf5_native_type(as);
    if (count && H5Aread(found, memory, out) < 0) TRY(hdf5_fail(f, path, attribute));
done:
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    if (found >= 0) H5Aclose(found);
    hdf5_leave(&door);
    return status;
}
