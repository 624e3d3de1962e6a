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
/* The instruction gives its result three cycles later, and a new one can begin in each: three streams take the time of one. Each
 * runs over a block of its own; then the CRC of a block is moved over the blocks behind it. */
enum { STREAM = 4096, STREAMS = 3 };

/* Row r, byte b: what byte r of a CRC, if it is b, becomes by STREAM zero bytes; [0] of one block, [1] of two. */
static uint32_t moved[STREAMS - 1][4][256];
static pthread_once_t moved_made = PTHREAD_ONCE_INIT;

static uint32_t move(int blocks, uint32_t crc)
{
    uint32_t(*rows)[256] = moved[blocks - 1];
    return rows[0][crc & 255] ^ rows[1][crc >> 8 & 255] ^ rows[2][crc >> 16 & 255] ^ rows[3][crc >> 24];
}

/* A CRC is linear: the results of single bits are enough. */
static void fill_row(uint32_t row[256], const uint32_t of_bit[8])
{
    for (unsigned byte = 0; byte < 256; byte++) {
        row[byte] = 0;
        for (int bit = 0; bit < 8; bit++)
            if (byte >> bit & 1) row[byte] ^= of_bit[bit];
    }
}

__attribute__((target("sse4.2"))) static void make_moved(void)
{
    uint32_t of_bit[32];
    for (int bit = 0; bit < 32; bit++) {
        unsigned long long crc = UINT32_C(1) << bit;
        for (int i = 0; i < STREAM; i += 8) crc = __builtin_ia32_crc32di(crc, 0);
        of_bit[bit] = (uint32_t)crc;
    }
    for (int row = 0; row < 4; row++) fill_row(moved[0][row], of_bit + 8 * row);
    for (int bit = 0; bit < 32; bit++) of_bit[bit] = move(1, of_bit[bit]);
    for (int row = 0; row < 4; row++) fill_row(moved[1][row], of_bit + 8 * row);
}

static unsigned long long word_at(const unsigned char *at)
{
    unsigned long long word;
    memcpy(&word, at, sizeof word);
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t three_streams(uint32_t crc, const unsigned char *at)
{
    unsigned long long first = crc, second = 0, third = 0;
    for (const unsigned char *end = at + STREAM; at < end; at += 8) {
        first = __builtin_ia32_crc32di(first, word_at(at));
        second = __builtin_ia32_crc32di(second, word_at(at + STREAM));
        third = __builtin_ia32_crc32di(third, word_at(at + 2 * STREAM));
    }
    return move(2, (uint32_t)first) ^ move(1, (uint32_t)second) ^ (uint32_t)third;
}

__attribute__((target("sse4.2"))) static uint32_t extend_by_instruction(uint32_t crc, const void *data,
                                                                        size_t size)
{
    const unsigned char *at = data;
    crc = ~crc;
    if (size >= STREAMS * STREAM) pthread_once(&moved_made, make_moved);
    for (; size >= STREAMS * STREAM; at += STREAMS * STREAM, size -= STREAMS * STREAM)
        crc = three_streams(crc, at);
    unsigned long long wide = crc;
    for (; size >= 8; at += 8, size -= 8) wide = __builtin_ia32_crc32di(wide, word_at(at));
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
