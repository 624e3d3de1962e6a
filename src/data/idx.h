/* IDX, the format of MNIST and its successors: one array, plain or inside gzip (the bytes tell which).
 *
 *     OFFSET  SIZE      WHAT
 *     0       2         0 0
 *     2       1         type: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64
 *     3       1         rank
 *     4       4 rank    the lengths, big-endian
 *     then              the elements, big-endian, row-major, nothing behind them
 */
#ifndef DATA_IDX_H
#define DATA_IDX_H

#include <stddef.h>
#include <horn/status.h>
#include "codecs/npy.h"

/* Reads the first `samples` samples (0 = all; fewer where there are fewer); *total = the samples that the
 * header says. Only what is wanted is unpacked, but the size of the whole is checked always. */
HORN_CHECKED horn_status idx_read(npy_array *out, size_t *total, const void *data, size_t size,
                                  size_t samples, const char *name);

#endif
