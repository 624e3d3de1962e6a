#include "../test.h"

#include "codecs/crc32c.h"

/* RFC 3720, B.4, and the check value of the catalogues of CRCs. */
START_TEST(test_crc32c__published_values)
{
    unsigned char b[32] = { 0 };
    ck_assert_uint_eq(crc32c("", 0), 0);
    ck_assert_uint_eq(crc32c("123456789", 9), 0xe3069283);
    ck_assert_uint_eq(crc32c(b, 32), 0x8a9136aa);
    memset(b, 0xff, 32);
    ck_assert_uint_eq(crc32c(b, 32), 0x62a8ab43);
    for (unsigned char i = 0; i < 32; i++) b[i] = i;
    ck_assert_uint_eq(crc32c(b, 32), 0x46dd794e);
    for (unsigned char i = 0; i < 32; i++) b[i] = 31 - i;
    ck_assert_uint_eq(crc32c(b, 32), 0x113fdb5c);
}
END_TEST

START_TEST(test_crc32c__both_ways_and_every_cut_agree)
{
    unsigned char b[300];
    for (int i = 0; i < 300; i++) b[i] = (unsigned char)(i * 37 + i / 7);
    for (size_t start = 0; start < 9; start++)
        for (size_t size = 0; size <= 280; size++) {
            uint32_t whole = crc32c(b + start, size);
            ck_assert_uint_eq(whole, crc32c_extend_by_table(0, b + start, size));
            ck_assert_uint_eq(
                whole, crc32c_extend(crc32c(b + start, size / 3), b + start + size / 3, size - size / 3));
        }
}
END_TEST

/* Sizes around the blocks that three streams share. */
START_TEST(test_crc32c__long_ones_agree)
{
    enum { BLOCKS = 3 * 4096 };
    static unsigned char b[3 * BLOCKS + 64];
    for (size_t i = 0; i < sizeof b; i++) b[i] = (unsigned char)(i * 41 + i / 255 + i / 4093);
    for (size_t blocks = 1; blocks <= 3; blocks++)
        for (size_t start = 0; start < 17; start += 8)
            for (size_t size = blocks * BLOCKS - 9; size <= blocks * BLOCKS + 9; size += 3) {
                ck_assert_uint_eq(crc32c(b + start, size), crc32c_extend_by_table(0, b + start, size));
                ck_assert_uint_eq(crc32c_extend(7, b + start, size),
                                  crc32c_extend_by_table(7, b + start, size));
            }
}
END_TEST

/* LevelDB's masked form: a turn by 15 bits and a constant added. */
START_TEST(test_crc32c__mask)
{
    uint32_t crc = crc32c("foo", 3);
    ck_assert_uint_ne(crc, crc32c_mask(crc));
    uint32_t turned = crc32c_mask(crc) - 0xa282ead8u;
    ck_assert_uint_eq(turned >> 17 | turned << 15, crc);
    ck_assert_uint_eq(crc32c_mask(0), 0xa282ead8u);
}
END_TEST

TEST_MAIN(test_crc32c__published_values, test_crc32c__both_ways_and_every_cut_agree,
          test_crc32c__long_ones_agree, test_crc32c__mask)
