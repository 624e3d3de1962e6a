/* .npz: a zip archive of .npy files; the array `x_train` is the member x_train.npy. numpy.savez stores the members,
 * savez_compressed packs them. */
#ifndef DATA_NPZ_H
#define DATA_NPZ_H

#include <horn/status.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"

/* Reads the whole array `key` and checks its CRC. Free *out with npy_array_free. `own`: the archive's bytes, if they stay and may be
 * changed: a stored array borrows its elements from them (npy_borrow), and may be read once. NULL: they are copied. */
HORN_CHECKED horn_status npz_read(npy_array *out, const zip_file *zip, const char *key, unsigned char *own);

#endif
