/* The checksum of Horn's own HDF5 files: 20 bytes behind HDF5's end of file, where HDF5 readers do not look.
 *
 *     OFFSET  SIZE
 *     0       8     "HORNSUM\n"
 *     8       8     bytes before the trailer, little-endian
 *     16      4     CRC32C of all bytes before these four, little-endian
 *
 * The file announces it a second time, in the attribute `checksum` of the group `/horn`. Either sign makes
 * the trailer compulsory, so no single flipped bit hides both. */
#ifndef CODECS_HDF5_TRAILER_H
#define CODECS_HDF5_TRAILER_H

#include <stdbool.h>
#include "base/bytes.h"

#define HDF5_TRAILER_GROUP     "horn"
#define HDF5_TRAILER_ATTRIBUTE "checksum"
#define HDF5_TRAILER_TEXT      "crc32c trailer"

/* Adds the trailer to a finished file. A failure shows in bytes_status. */
void hdf5_trailer_append(bytes *file);

/* *found = whether the bytes end in a trailer; then it must hold, and *hdf5_size are the bytes before it. */
HORN_CHECKED horn_status hdf5_trailer_check(const void *data, size_t size, const char *name,
                                            size_t *hdf5_size, bool *found);

#endif
