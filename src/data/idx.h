/* IDX, the format of MNIST and similar data sets: one array, plain or in gzip (the first bytes tell). Source:
 * yann.lecun.com/exdb/mnist.
 *
 *     OFFSET  SIZE      WHAT
 *     0       2         0 0
 *     2       1         type: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64
 *     3       1         rank
 *     4       4 rank    the lengths, big-endian
 *     then              the elements, big-endian, row-major, nothing after them */
#ifndef DATA_IDX_H
#define DATA_IDX_H

#include <stddef.h>
#include <horn/status.h>
#include "codecs/npy.h"

/* Reads the first `samples` samples (0: all; fewer if the file has fewer). *total is the number of samples in the
 * header. Unpacks only what is needed, but always checks the size of the whole. Free *out with npy_array_free. */
HORN_CHECKED horn_status idx_read(npy_array *out, size_t *total, const void *data, size_t size,
                                  size_t samples, const char *name);

#endif
