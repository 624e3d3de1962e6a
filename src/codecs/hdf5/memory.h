/* A driver for libhdf5's virtual file layer: files in memory, which libhdf5 reads from borrowed bytes, or writes to
 * owned ones; and a file that Horn itself has opened, for what is too large for memory.
 *
 * The driver never opens a file on a disk. Its writes never fail, because libhdf5 crashes after a failed write: if
 * memory or the disk runs out, the image drops the rest, and hdf5_image_status reports it at the end. */
#ifndef CODECS_HDF5_MEMORY_H
#define CODECS_HDF5_MEMORY_H

#include <hdf5.h>
#include "base/pieces.h"

typedef struct hdf5_image {
    /* Borrowed, for reading. */
    const unsigned char *data;
    size_t size;
    /* Owned: the file so far, if `writing`. */
    pieces written;
    bool writing;
    /* While a dataset is written whose bytes are not copied: where they stand. */
    const unsigned char *lent;
    size_t lent_size;
    /* It is in an open file, of `size` bytes, borrowed; `data` and `written` are not used. */
    bool in_file;
    int descriptor;
    /* errno of the first write that failed; 0: none has. */
    int failure;
} hdf5_image;

/* Fails if a write was dropped. `name` begins the error line. */
HORN_CHECKED horn_status hdf5_image_status(const hdf5_image *image, const char *name);

/* Registers the driver and returns its id, which the caller passes to H5FDunregister; < 0 on failure. */
hid_t hdf5_memory_register(void);

/* Returns a file access list that makes libhdf5 use this image; < 0 on failure. The caller closes it with H5Pclose.
 * The image must outlive the file. */
hid_t hdf5_memory_access(hid_t driver, hdf5_image *image);

#endif
