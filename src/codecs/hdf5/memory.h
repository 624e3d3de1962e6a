/* libhdf5's files, in memory: a driver of its virtual file layer that reads borrowed bytes, or writes owned
 * ones.
 *
 * Nothing on a disk is ever opened by it, and a failed write cannot happen inside libhdf5, which survives
 * none: where memory runs out the image drops what follows, and bytes_status says so in the end. */
#ifndef CODECS_HDF5_MEMORY_H
#define CODECS_HDF5_MEMORY_H

#include <hdf5.h>
#include "base/bytes.h"

typedef struct hdf5_image {
    const unsigned char *data; /* read from; borrowed */
    size_t size;
    bytes written; /* where `writing`: the file so far */
    bool writing;
} hdf5_image;

/* Registers the driver. The caller passes `id` to H5FDunregister. < 0: libhdf5 cannot. */
hid_t hdf5_memory_register(void);

/* A file access list (H5Pclose) that sends libhdf5 to this image, which must outlive the file. < 0: libhdf5
 * cannot. */
hid_t hdf5_memory_access(hid_t driver, hdf5_image *image);

#endif
