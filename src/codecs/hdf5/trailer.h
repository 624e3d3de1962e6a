/* The checksum of Horn's own HDF5 files: 20 bytes after the end of the HDF5 file, which HDF5 readers ignore.
 *
 *     OFFSET  SIZE
 *     0       8     "HORNSUM\n"
 *     8       8     bytes before the trailer, little-endian
 *     16      4     CRC32C of all bytes before these four, little-endian
 *
 * The attribute `checksum` of the group `/horn` announces the trailer as well. Either one makes the other necessary,
 * so that no flipped bit can hide both. */
#ifndef CODECS_HDF5_TRAILER_H
#define CODECS_HDF5_TRAILER_H

#include <stdbool.h>
#include "base/pieces.h"

#define HDF5_TRAILER_GROUP     "horn"
#define HDF5_TRAILER_ATTRIBUTE "checksum"
#define HDF5_TRAILER_TEXT      "crc32c trailer"

/* Appends the trailer to a finished file. pieces_status reports a failure. */
void hdf5_trailer_append(pieces *file);

/* *found is true if the bytes end in a trailer. Then it must match, and *hdf5_size is the number of bytes before
 * it. */
HORN_CHECKED horn_status hdf5_trailer_check(const void *data, size_t size, const char *name,
                                            size_t *hdf5_size, bool *found);

#endif
