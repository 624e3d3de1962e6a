/* CRC32C, the Castagnoli CRC (RFC 3720, B.4): polynomial 0x1EDC6F41, reflected, starting and ending inverted.
 * TensorFlow's tables and records use it, in "masked" form, and so does the trailer of Horn's .h5 files,
 * plain. The processor's own instruction where it has one, a table of four rows elsewhere: the same result.
 */
#ifndef CODECS_CRC32C_H
#define CODECS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of what `crc` is the CRC of followed by these bytes; 0 is the CRC of nothing. */
uint32_t crc32c_extend(uint32_t crc, const void *data, size_t size);
uint32_t crc32c(const void *data, size_t size);

/* LevelDB's and TensorFlow's masked form, for a CRC that is stored among bytes which are themselves under a
 * CRC. */
uint32_t crc32c_mask(uint32_t crc);

/* The portable half of crc32c_extend, for its test. */
uint32_t crc32c_extend_by_table(uint32_t crc, const void *data, size_t size);

#endif
