/* TensorFlow's record files, without compression: what event files and TFRecord files are. Source: tensorflow.org, "TFRecord".
 *
 *     file   = record...
 *     record = length of data, 8 bytes little-endian; masked CRC32C of those 8; data; masked CRC32C of data */
#ifndef CODECS_TENSORFLOW_RECORDS_H
#define CODECS_TENSORFLOW_RECORDS_H

#include "base/bytes.h"

void records_append(bytes *out, const void *data, size_t size);
/* The record at *at, which moves behind it. False at the end, and in front of a record that is not whole or whose CRCs are wrong:
 * then *at stays. */
bool records_next(const void *file, size_t size, size_t *at, const void **data, size_t *data_size);

#endif
