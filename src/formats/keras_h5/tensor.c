#include "formats/keras_h5/keras_h5.h"

horn_status keras_h5_read_tensor(const hdf5_file *file, const char *path, snapshot_layer *layer,
                                 const char *name, const horn_view *like)
{
    snapshot_tensor *t;
    horn_view found = *like;
    const size_t size = horn_view_count(like) * horn_dtype_size(like->dtype);
    horn_status status = hdf5_borrow_dataset(file, path, like->dtype, size, &found.data);
    if (!status && found.data) return snapshot_layer_borrow(layer, name, &found, &t);
    if (!status) status = snapshot_layer_add(layer, name, like, &t);
    return status ? status : hdf5_read_dataset(file, path, t->dtype, t->data, snapshot_tensor_bytes(t));
}
