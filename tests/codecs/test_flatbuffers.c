#include "test.h"

#include "codecs/flatbuffers.h"

/* A root with a byte, a number, a text and a vector of two tables. */
static bytes sample(void)
{
    bytes out = { 0 };
    static const flatbuffers_field fields[] = { { 0, 4, 7 }, { 2, 1, 3 }, { 3, 4, 0 }, { 5, 4, 0 } };
    flatbuffers_begin(&out, "TEST");
    const size_t root = flatbuffers_table(&out, fields, 4);
    flatbuffers_point(&out, root, 3, flatbuffers_text(&out, "text"));
    const size_t list = flatbuffers_places(&out, 2);
    flatbuffers_point(&out, root, 5, list);
    for (uint32_t i = 0; i < 2; i++)
        flatbuffers_point_element(&out, list, i,
                                  flatbuffers_table(&out, (flatbuffers_field[]){ { 1, 4, 40 + i } }, 1));
    ck_ok(bytes_status(&out));
    return out;
}

START_TEST(test_flatbuffers__reads_what_it_writes)
{
    bytes out = sample();
    size_t root, size;
    flatbuffers_reader r = flatbuffers_read(out.data, out.size, "TEST", &root);
    ck_assert_uint_eq(flatbuffers_number(&r, root, 0, 4, 1), 7);
    ck_assert_uint_eq(flatbuffers_number(&r, root, 1, 4, 9), 9); /* absent */
    ck_assert_uint_eq(flatbuffers_number(&r, root, 2, 1, 1), 3);
    ck_assert_uint_eq(flatbuffers_number(&r, root, 6, 1, 8), 8); /* behind the last */
    const char *text = flatbuffers_bytes(&r, flatbuffers_object(&r, root, 3), &size);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(text, "text", 5);
    ck_assert_uint_eq(flatbuffers_object(&r, root, 4), 0);
    const size_t list = flatbuffers_object(&r, root, 5);
    ck_assert_uint_eq(flatbuffers_count(&r, list, 4), 2);
    for (size_t i = 0; i < 2; i++)
        ck_assert_uint_eq(flatbuffers_number(&r, flatbuffers_object_at(&r, list, i), 1, 4, 0), 40 + i);
    ck_assert(!r.failed);
    bytes_free(&out);
}
END_TEST

START_TEST(test_flatbuffers__vectors_are_aligned)
{
    bytes out = { 0 };
    for (size_t alignment = 4; alignment <= 16; alignment *= 2) {
        bytes_append(&out, "odd", 3);
        ck_assert_uint_eq((flatbuffers_vector(&out, "12345678", 8, 1, alignment) + 4) % alignment, 0);
        bytes_append(&out, "odd", 1);
        ck_assert_uint_eq(flatbuffers_table(&out, (flatbuffers_field[]){ { 0, 1, 1 } }, 1) % 4, 0);
    }
    bytes_free(&out);
}
END_TEST

/* Whatever the bytes are, nothing is read beyond them, and what is read after a failure is 0. */
START_TEST(test_flatbuffers__broken_files_fail)
{
    bytes out = sample();
    size_t failures = 0;
    for (size_t at = 0; at < out.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            size_t root, size;
            out.data[at] ^= (unsigned char)(1 << bit);
            flatbuffers_reader r = flatbuffers_read(out.data, out.size, "TEST", &root);
            (void)flatbuffers_bytes(&r, flatbuffers_object(&r, root, 3), &size);
            const size_t list = flatbuffers_object(&r, root, 5), count = flatbuffers_count(&r, list, 4);
            for (size_t i = 0; i < count; i++)
                (void)flatbuffers_number(&r, flatbuffers_object_at(&r, list, i), 1, 4, 0);
            failures += r.failed;
            ck_assert(!r.failed || flatbuffers_number(&r, root, 0, 4, 5) == 0);
            out.data[at] ^= (unsigned char)(1 << bit);
        }
    ck_assert_uint_gt(failures, 100);
    for (size_t size = 0; size < out.size; size++) {
        size_t root;
        unsigned char *cut = malloc(size + 1);
        memcpy(cut, out.data, size);
        flatbuffers_reader r = flatbuffers_read(cut, size, "TEST", &root);
        (void)flatbuffers_count(&r, flatbuffers_object(&r, root, 5), 4);
        free(cut);
    }
    bytes_free(&out);
}
END_TEST

TEST_MAIN(test_flatbuffers__reads_what_it_writes, test_flatbuffers__vectors_are_aligned,
          test_flatbuffers__broken_files_fail)
