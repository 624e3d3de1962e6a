/* HDF5 files in an open file. libhdf5 reads and writes what describes the datasets; their values, in one piece each, the caller
 * reads and writes itself, at the places that are given here. */
#include "base/status.h"
#include "codecs/hdf5/door.h"

horn_status hdf5_large_create(hdf5_file **out, int descriptor, const char *name)
{
    return hdf5_open_image(out, name,
                           (hdf5_image){ .writing = true, .in_file = true, .descriptor = descriptor });
}

horn_status hdf5_large_open(hdf5_file **out, const large_file *file)
{
    const hdf5_image image = { .in_file = true, .descriptor = file->descriptor, .size = file->size };
    return hdf5_open_image(out, file->path, image);
}

horn_status hdf5_large_find(const hdf5_file *f, const char *path, horn_view *like, size_t *place)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t dataset = H5I_INVALID_HID;
    haddr_t address = 0;
    *like = (horn_view){ 0 };
    hdf5_enter(&door);
    TRY(hdf5_describe_dataset(f, path, &like->dtype, &like->rank, like->shape));
    TRY(hdf5_open_typed(f, path, H5I_DATASET, &dataset));
    if (horn_view_count(like)) address = H5Dget_offset(dataset);
    if (!hdf5_is_one_piece(dataset) || address == HADDR_UNDEF)
        TRY(fail(HORN_ERROR_FORMAT, "%s: %s: is not in one piece", f->name, path));
    *place = address;
done:
    if (dataset >= 0) H5Oclose(dataset);
    hdf5_leave(&door);
    return status;
}
