#include "codecs/tensorflow/records.h"

#include "codecs/crc32c.h"

enum { LENGTH = 8, CRC = 4 };

static void put_number(bytes *out, uint64_t value, int size)
{
    unsigned char text[8];
    for (int i = 0; i < size; i++) text[i] = (unsigned char)(value >> 8 * i);
    bytes_append(out, text, (size_t)size);
}

static uint64_t number_at(const unsigned char *at, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static uint32_t masked(const void *data, size_t size)
{
    return crc32c_mask(crc32c(data, size));
}

void records_append(bytes *out, const void *data, size_t size)
{
    unsigned char length[LENGTH];
    for (int i = 0; i < LENGTH; i++) length[i] = (unsigned char)((uint64_t)size >> 8 * i);
    bytes_append(out, length, LENGTH);
    put_number(out, masked(length, LENGTH), CRC);
    bytes_append(out, data, size);
    put_number(out, masked(data, size), CRC);
}

bool records_next(const void *file, size_t size, size_t *at, const void **data, size_t *data_size)
{
    const unsigned char *from = (const unsigned char *)file + *at;
    const size_t left = size - *at;
    if (left < LENGTH + 2 * CRC || number_at(from + LENGTH, CRC) != masked(from, LENGTH)) return false;
    const uint64_t length = number_at(from, LENGTH);
    if (length > left - LENGTH - 2 * CRC) return false;
    *data = from + LENGTH + CRC;
    *data_size = (size_t)length;
    if (number_at(from + LENGTH + CRC + length, CRC) != masked(*data, *data_size)) return false;
    *at += LENGTH + 2 * CRC + (size_t)length;
    return true;
}
