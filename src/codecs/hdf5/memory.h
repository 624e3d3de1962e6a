/* A driver for libhdf5's virtual file layer: files in memory, which libhdf5 reads from borrowed bytes, or writes to
 * owned ones.
 *
 * The driver never opens a file on a disk. Its writes never fail, because libhdf5 crashes after a failed write: if
 * memory runs out, the image drops the rest, and bytes_status reports it at the end. */
#ifndef CODECS_HDF5_MEMORY_H
#define CODECS_HDF5_MEMORY_H

#include <hdf5.h>
#include "base/bytes.h"

typedef struct hdf5_image {
    /* Borrowed, for reading. */
    const unsigned char *data;
    size_t size;
    /* Owned: the file so far, if `writing`. */
    bytes written;
    bool writing;
} hdf5_image;

/* Registers the driver and returns its id, which the caller passes to H5FDunregister; < 0 on failure. */
hid_t hdf5_memory_register(void);

/* Returns a file access list that makes libhdf5 use this image; < 0 on failure. The caller closes it with H5Pclose.
 * The image must outlive the file. */
hid_t hdf5_memory_access(hid_t driver, hdf5_image *image);

#endif
