/* CRC32C, the Castagnoli CRC: polynomial 0x1EDC6F41, reflected, initial value and final value inverted. Source: RFC
 * 3720, B.4.
 *
 * TensorFlow's tables and records store it masked; the trailer of Horn's .h5 files stores it unmasked. It uses the
 * CPU's instruction if there is one, else a table of four rows; both give the same result. */
#ifndef CODECS_CRC32C_H
#define CODECS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Extends `crc`, the CRC of earlier bytes (0 for none), by these bytes. */
uint32_t crc32c_extend(uint32_t crc, const void *data, size_t size);
uint32_t crc32c(const void *data, size_t size);

/* Masks a CRC as LevelDB and TensorFlow do, for storing it in data that is itself under a CRC. */
uint32_t crc32c_mask(uint32_t crc);

/* As crc32c_extend, always with the table; for its test. */
uint32_t crc32c_extend_by_table(uint32_t crc, const void *data, size_t size);

#endif
