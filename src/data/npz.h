/* .npz: a zip archive of .npy files; the array `x_train` is the member x_train.npy. numpy.savez stores the members,
 * savez_compressed packs them. */
#ifndef DATA_NPZ_H
#define DATA_NPZ_H

#include <horn/status.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"

/* Reads the whole array `key` and checks its CRC. Free *out with npy_array_free. */
HORN_CHECKED horn_status npz_read(npy_array *out, const zip_file *zip, const char *key);

#endif
