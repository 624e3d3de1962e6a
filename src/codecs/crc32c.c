#include "codecs/crc32c.h"

#include <pthread.h>
#include <string.h>

/* 0x1EDC6F41 with its bits reversed. */
#define POLYNOMIAL 0x82f63b78u

/* Row r: the CRC of a byte followed by r zero bytes. */
static uint32_t table[4][256];
static pthread_once_t table_made = PTHREAD_ONCE_INIT;

static void make_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
        table[0][byte] = crc;
    }
    for (int row = 1; row < 4; row++)
        for (int byte = 0; byte < 256; byte++)
            table[row][byte] = (table[row - 1][byte] >> 8) ^ table[0][table[row - 1][byte] & 255];
}

uint32_t crc32c_extend_by_table(uint32_t crc, const void *data, size_t size)
{
    const unsigned char *at = data;
    pthread_once(&table_made, make_table);
    crc = ~crc;
    for (; size >= 4; at += 4, size -= 4) {
        crc ^= at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        crc =
            table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^ table[0][crc >> 24];
    }
    for (; size > 0; at++, size--) crc = (crc >> 8) ^ table[0][(crc ^ *at) & 255];
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t extend_by_instruction(uint32_t crc, const void *data,
                                                                        size_t size)
{
    const unsigned char *at = data;
    unsigned long long wide = ~crc;
    for (; size >= 8; at += 8, size -= 8) {
        unsigned long long word;
        memcpy(&word, at, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; size > 0; at++, size--) crc = __builtin_ia32_crc32qi(crc, *at);
    return ~crc;
}

uint32_t crc32c_extend(uint32_t crc, const void *data, size_t size)
{
    return __builtin_cpu_supports("sse4.2") ? extend_by_instruction(crc, data, size)
                                            : crc32c_extend_by_table(crc, data, size);
}
#else
uint32_t crc32c_extend(uint32_t crc, const void *data, size_t size)
{
    return crc32c_extend_by_table(crc, data, size);
}
#endif

uint32_t crc32c(const void *data, size_t size)
{
    return crc32c_extend(0, data, size);
}

uint32_t crc32c_mask(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}
