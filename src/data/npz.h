/* .npz: a zip whose members are arrays, `x_train` in the member x_train.npy; numpy.savez stores them,
 * savez_compressed packs them. */
#ifndef DATA_NPZ_H
#define DATA_NPZ_H

#include <horn/status.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"

/* Reads the array `key` whole; its CRC is checked. */
HORN_CHECKED horn_status npz_read(npy_array *out, const zip_file *zip, const char *key);

#endif
