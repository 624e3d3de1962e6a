#include "../test.h"

#include <stdint.h>
#include <zlib.h>
#include "base/bytes.h"
#include "data/idx.h"

static bytes make(const char *start, const uint32_t *lengths, int rank, const void *data, size_t size)
{
    bytes b = { 0 };
    bytes_append(&b, start, 3);
    bytes_append(&b, (unsigned char[]){ (unsigned char)rank }, 1);
    for (int i = 0; i < rank; i++) {
        uint32_t n = lengths[i];
        unsigned char big[] = { n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255 };
        bytes_append(&b, big, 4);
    }
    bytes_append(&b, data, size);
    return b;
}

/* The same inside gzip, as gzip -n writes it. */
static bytes gzipped(const bytes *plain)
{
    bytes out = { .data = malloc(plain->size + 1000) };
    z_stream stream = { .next_in = plain->data, .avail_in = (uInt)plain->size, .next_out = out.data };
    stream.avail_out = (uInt)plain->size + 1000;
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.size = stream.total_out;
    deflateEnd(&stream);
    return out;
}

/* Reads from a block of the exact size. */
static horn_status read_bytes(npy_array *out, size_t *total, const void *data, size_t size, size_t samples)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, data, size);
    horn_status status = idx_read(out, total, copy, size, samples, "x.idx");
    free(copy);
    return status;
}

/* 6 images of 2 x 3, pixel i is 7 i modulo 256. */
static bytes make_images(void)
{
    unsigned char pixels[36];
    for (int i = 0; i < 36; i++) pixels[i] = (unsigned char)(7 * i);
    return make("\0\0\x08", (uint32_t[]){ 6, 2, 3 }, 3, pixels, sizeof pixels);
}

static void check_images(const bytes *file, size_t samples, size_t expected)
{
    npy_array a = { 0 };
    size_t total = 0;
    ck_ok(read_bytes(&a, &total, file->data, file->size, samples));
    ck_assert_uint_eq(total, 6);
    ck_assert_int_eq(a.dtype, HORN_UINT8);
    ck_assert_int_eq(a.rank, 3);
    ck_assert_uint_eq(a.shape[0], expected);
    ck_assert_uint_eq(a.shape[1], 2);
    ck_assert_uint_eq(a.shape[2], 3);
    for (size_t i = 0; i < expected * 6; i++) ck_assert_uint_eq(((unsigned char *)a.data)[i], 7 * i % 256);
    npy_array_free(&a);
}

START_TEST(test_idx__reads_all_or_the_first_samples_plain_and_packed)
{
    bytes plain = make_images(), packed = gzipped(&plain);
    const bytes *files[] = { &plain, &packed };
    for (int i = 0; i < 2; i++) {
        check_images(files[i], 0, 6);
        check_images(files[i], 1, 1);
        check_images(files[i], 4, 4);
        check_images(files[i], 6, 6);
        check_images(files[i], 7, 6);
    }
    bytes_free(&plain);
    bytes_free(&packed);
}
END_TEST

static void check_type(const char *start, horn_dtype dtype, const char *big, size_t width,
                       const void *expected)
{
    bytes file = make(start, (uint32_t[]){ 2 }, 1, big, 2 * width);
    npy_array a = { 0 };
    size_t total;
    ck_ok(read_bytes(&a, &total, file.data, file.size, 0));
    ck_assert_int_eq(a.dtype, dtype);
    ck_assert_mem_eq(a.data, expected, 2 * width);
    npy_array_free(&a);
    bytes_free(&file);
}

START_TEST(test_idx__converts_every_type)
{
    check_type("\0\0\x08", HORN_UINT8, "\1\xff", 1, (uint8_t[]){ 1, 255 });
    check_type("\0\0\x09", HORN_INT8, "\1\xff", 1, (int8_t[]){ 1, -1 });
    check_type("\0\0\x0b", HORN_INT16, "\1\2\xff\xfe", 2, (int16_t[]){ 258, -2 });
    check_type("\0\0\x0c", HORN_INT32, "\0\1\0\2\xff\xff\xff\xfe", 4, (int32_t[]){ 65538, -2 });
    check_type("\0\0\x0d", HORN_FLOAT32, "\x3f\x80\0\0\xc0\x20\0\0", 4, (float[]){ 1.0f, -2.5f });
    check_type("\0\0\x0e", HORN_FLOAT64, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", 8,
               (double[]){ 1.0, -2.5 });
}
END_TEST

static void check_refused(const bytes *file, horn_status expected, const char *words)
{
    npy_array a = { 0 };
    size_t total;
    for (size_t samples = 0; samples < 2; samples++) {
        ck_fails(read_bytes(&a, &total, file->data, file->size, samples), expected, words);
        ck_assert_ptr_null(a.data);
    }
}

START_TEST(test_idx__refuses_bad_heads_and_sizes)
{
    static const struct {
        const char *start;
        int rank;
        uint32_t lengths[9];
        size_t size;
        horn_status status;
        const char *words;
    } cases[] = {
        { "\1\0\x08", 1, { 4 }, 4, HORN_ERROR_FORMAT, "begins with 01 00 08" },
        { "\0\1\x08", 1, { 4 }, 4, HORN_ERROR_FORMAT, "begins with 00 01 08" },
        { "\0\0\x07", 1, { 4 }, 4, HORN_ERROR_FORMAT, "begins with 00 00 07" },
        { "\0\0\x0a", 1, { 4 }, 4, HORN_ERROR_FORMAT, "begins with 00 00 0a" },
        { "\0\0\x0f", 1, { 4 }, 4, HORN_ERROR_FORMAT, "begins with 00 00 0f" },
        { "\0\0\x08", 0, { 0 }, 1, HORN_ERROR_FORMAT, "0 axes" },
        { "\0\0\x08", 9, { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 1, HORN_ERROR_UNSUPPORTED, "9 axes" },
        { "\0\0\x08", 2, { 4, 2 }, 7, HORN_ERROR_FORMAT, "7 bytes of elements, expected 8" },
        { "\0\0\x08", 2, { 4, 2 }, 9, HORN_ERROR_FORMAT, "9 bytes of elements, expected 8" },
        { "\0\0\x0e", 2, { 4, 2 }, 8, HORN_ERROR_FORMAT, "8 bytes of elements, expected 64" },
        { "\0\0\x0e", 3, { -1u, -1u, -1u }, 8, HORN_ERROR_FORMAT, "overflows" },
        { "\0\0\x0e", 4, { 0, -1u, -1u, -1u }, 8, HORN_ERROR_FORMAT, "overflows" },
        { "\0\0\x08", 1, { -1u }, 8, HORN_ERROR_FORMAT, "expected 4294967295" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char zeros[16] = { 0 };
        bytes file = make(cases[i].start, cases[i].lengths, cases[i].rank, zeros, cases[i].size);
        check_refused(&file, cases[i].status, cases[i].words);
        bytes_free(&file);
    }
}
END_TEST

/* Also where only the first sample is wanted, which is there. */
START_TEST(test_idx__refuses_gzip_that_holds_another_size)
{
    unsigned char zeros[64] = { 0 };
    bytes plain = make("\0\0\x08", (uint32_t[]){ 8 }, 1, zeros, 7), packed = gzipped(&plain);
    check_refused(&packed, HORN_ERROR_FORMAT, "gzip's end says 15 bytes, expected 16");
    packed.data[packed.size - 4] = 16; /* and it lies */
    npy_array a = { 0 };
    size_t total;
    ck_fails(read_bytes(&a, &total, packed.data, packed.size, 0), HORN_ERROR_FORMAT, "x.idx: ");
    bytes_free(&plain);
    bytes_free(&packed);

    plain = make("\0\0\x08", (uint32_t[]){ 8 }, 1, zeros, 9), packed = gzipped(&plain);
    check_refused(&packed, HORN_ERROR_FORMAT, "gzip's end says 17 bytes, expected 16");
    packed.data[packed.size - 4] = 16;
    ck_fails(read_bytes(&a, &total, packed.data, packed.size, 0), HORN_ERROR_FORMAT,
             "incorrect length check");
    bytes_free(&plain);
    bytes_free(&packed);

    plain = make("\0\0\x08", (uint32_t[]){ 1u << 30 }, 1, zeros, 64), packed = gzipped(&plain);
    check_refused(&packed, HORN_ERROR_FORMAT, "claim to hold 1073741824");
    bytes_free(&plain);
    bytes_free(&packed);

    plain = make_images(), packed = gzipped(&plain);
    unsigned char end[4]; /* once more */
    memcpy(end, packed.data + packed.size - 4, 4);
    bytes_append(&packed, end, 4);
    ck_fails(read_bytes(&a, &total, packed.data, packed.size, 0), HORN_ERROR_FORMAT, "4 bytes behind");
    bytes_free(&plain);
    bytes_free(&packed);
}
END_TEST

START_TEST(test_idx__refuses_every_truncation)
{
    bytes plain = make_images(), packed = gzipped(&plain);
    const bytes *files[] = { &plain, &packed };
    for (int i = 0; i < 2; i++) {
        npy_array a = { 0 };
        size_t total;
        for (size_t size = 0; size < files[i]->size; size++)
            ck_assert_int_eq(read_bytes(&a, &total, files[i]->data, size, 0), HORN_ERROR_FORMAT);
        for (size_t size = 0; i == 0 && size < files[i]->size; size++)
            ck_assert_int_eq(read_bytes(&a, &total, files[i]->data, size, 1), HORN_ERROR_FORMAT);
    }
    bytes_free(&plain);
    bytes_free(&packed);
}
END_TEST

/* Plain IDX has no checksum: a flip in the head is refused or names as many bytes, one behind it changes one
 * pixel. Inside gzip nothing is read wrong. */
START_TEST(test_idx__survives_every_flipped_bit)
{
    bytes plain = make_images(), packed = gzipped(&plain);
    for (size_t bit = 0; bit < plain.size * 8; bit++) {
        npy_array a = { 0 };
        size_t total, size = 0;
        plain.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        horn_status status = read_bytes(&a, &total, plain.data, plain.size, 0);
        plain.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (bit / 8 >= 16) ck_assert_int_eq(status, HORN_OK);
        if (!status) ck_assert(npy_array_size(&size, a.dtype, a.rank, a.shape) && size == 36);
        npy_array_free(&a);
    }
    size_t refused = 0;
    for (size_t bit = 0; bit < packed.size * 8; bit++) {
        npy_array a = { 0 };
        size_t total;
        packed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (read_bytes(&a, &total, packed.data, packed.size, 0))
            refused++;
        else
            check_images(&packed, 0, 6);
        npy_array_free(&a);
        if (!read_bytes(&a, &total, packed.data, packed.size, 2)) npy_array_free(&a);
        packed.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    ck_assert_msg(refused > packed.size * 6, "only %zu refused of %zu", refused, packed.size * 8);
    bytes_free(&plain);
    bytes_free(&packed);
}
END_TEST

TEST_MAIN(test_idx__reads_all_or_the_first_samples_plain_and_packed, test_idx__converts_every_type,
          test_idx__refuses_bad_heads_and_sizes, test_idx__refuses_gzip_that_holds_another_size,
          test_idx__refuses_every_truncation, test_idx__survives_every_flipped_bit)
