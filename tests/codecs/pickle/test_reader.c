/* Pickles: what is read, and what is refused. */
#include "test.h"

#include <stdio.h>
#include "base/bytes.h"
#include "codecs/pickle/hostile_pickles.h"
#include "codecs/pickle/reader.h"

static const pickle_global known[] = {
    { "collections", "OrderedDict", PICKLE_DICTS, 1, NULL },
    { "torch", "FloatStorage", PICKLE_TOKEN, 2, NULL },
    { "torch._utils", "rebuild", PICKLE_CALLED, 3, NULL },
    { "torch", "ComplexStorage", PICKLE_REFUSED, 4, "complex numbers" },
    { "torch.nn", NULL, PICKLE_REFUSED, 5, "a whole module" },
    { NULL, NULL, 0, 0, NULL },
};

/* Reads from a block of the exact size, so that a sanitizer sees each byte too much. */
static horn_status read_in(pickle *p, pickle_value **out, const void *data, size_t size, size_t *left)
{
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    byte_reader in = byte_reader_of(copy, size);
    horn_status status = pickle_read(out, p, &in, known, "m.pkl");
    *left = byte_reader_left(&in);
    free(copy);
    return status;
}

static horn_status read_only(const void *data, size_t size)
{
    pickle *p;
    pickle_value *v = NULL;
    size_t left;
    ck_ok(pickle_new(&p));
    horn_status status = read_in(p, &v, data, size, &left);
    pickle_free(p);
    return status;
}

#define READ(text) read_only(text, sizeof text - 1)

START_TEST(test_reader__reads_values)
{
    static const char text[] =
        "\x80\2(K\5M\1\2J\xff\xff\xff\xff\x8a\0\x8a\1\x80\x8a\x08\0\0\0\0\0\0\0\x80\x8a\x09"
        "\0\0\0\0\0\0\0\0\1G?\xf0\0\0\0\0\0\0N\x88\x89X\2\0\0\0\xc3\xa9U\2abT\1\0\0\0c)]}tq\0.after";
    pickle *p;
    pickle_value *v = NULL;
    size_t left;
    static const int64_t integers[] = { 5, 513, -1, 0, -128, INT64_MIN };
    ck_ok(pickle_new(&p));
    ck_ok(read_in(p, &v, text, sizeof text - 1, &left));
    ck_assert_uint_eq(left, 5);
    ck_assert_int_eq(v->kind, PICKLE_TUPLE);
    ck_assert_uint_eq(pickle_count(v), 17);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(pickle_at(v, i)->kind, PICKLE_INTEGER);
        ck_assert_int_eq(pickle_at(v, i)->integer, integers[i]);
    }
    ck_assert_int_eq(pickle_at(v, 6)->kind, PICKLE_LONG);
    ck_assert_uint_eq(pickle_at(v, 6)->text.size, 9);
    ck_assert_int_eq(pickle_at(v, 7)->kind, PICKLE_NUMBER);
    ck_assert(pickle_at(v, 7)->number == 1);
    ck_assert_int_eq(pickle_at(v, 8)->kind, PICKLE_NONE);
    ck_assert(pickle_at(v, 9)->boolean && !pickle_at(v, 10)->boolean);
    ck_assert_str_eq(pickle_string(pickle_at(v, 11)), "\xc3\xa9");
    ck_assert_str_eq(pickle_string(pickle_at(v, 12)), "ab");
    ck_assert_str_eq(pickle_string(pickle_at(v, 13)), "c");
    ck_assert_int_eq(pickle_at(v, 14)->kind, PICKLE_TUPLE);
    ck_assert_int_eq(pickle_at(v, 15)->kind, PICKLE_LIST);
    ck_assert_int_eq(pickle_at(v, 16)->kind, PICKLE_DICT);
    ck_assert_ptr_null(pickle_at(v, 17));
    pickle_free(p);
}
END_TEST

START_TEST(test_reader__calls_nothing_and_keeps_what_was_said)
{
    static const char text[] = "\x80\2ccollections\nOrderedDict\n)R(U\1aK\1K\7ctorch._utils\nrebuild\n"
                               "(U\1sctorch\nFloatStorage\ntQ\x85Ru}U\1mK\3sb.";
    pickle *p;
    pickle_value *v = NULL;
    size_t left;
    ck_ok(pickle_new(&p));
    ck_ok(read_in(p, &v, text, sizeof text - 1, &left));
    ck_assert_int_eq(v->kind, PICKLE_DICT);
    ck_assert_int_eq(v->global->number, 1);
    ck_assert_uint_eq(pickle_count(v), 2);
    ck_assert_int_eq(pickle_get(v, "a")->integer, 1);
    ck_assert_int_eq(pickle_key_at(v, 1)->integer, 7);
    ck_assert_int_eq(pickle_get(v->state, "m")->integer, 3);
    const pickle_value *call = pickle_at(v, 1), *outside = pickle_at(call, 0);
    ck_assert_int_eq(call->kind, PICKLE_CALL);
    ck_assert_int_eq(call->global->number, 3);
    ck_assert_int_eq(outside->kind, PICKLE_PERSISTENT);
    ck_assert_int_eq(pickle_at(pickle_at(outside, 0), 1)->global->number, 2);
    pickle_free(p);
    ck_ok(READ("\x80\2ccollections\nOrderedDict\n](](U\1aK\1e](U\1bK\2ee\x85R."));
}
END_TEST

START_TEST(test_reader__refuses_what_is_wrong)
{
    ck_assert_int_ge(HOSTILE_PICKLES, 80);
    for (size_t i = 0; i < HOSTILE_PICKLES; i++)
        ck_fails(read_only(hostile_pickles[i].text, hostile_pickles[i].size), hostile_pickles[i].status,
                 hostile_pickles[i].words);
}
END_TEST

static bytes repeat(const char *start, const char *part, size_t part_size, size_t times, const char *end)
{
    bytes b = { 0 };
    bytes_append(&b, start, strlen(start));
    for (size_t i = 0; i < times; i++) bytes_append(&b, part, part_size);
    bytes_append(&b, end, strlen(end));
    ck_ok(bytes_status(&b));
    return b;
}

static void check_repeated(const char *start, const char *part, size_t times, const char *end,
                           horn_status expected, const char *words)
{
    bytes b = repeat(start, part, strlen(part), times, end);
    horn_status status = read_only(b.data, b.size);
    ck_assert_msg(status == expected && (!status || strstr(horn_last_error(), words)), "%zu times %s: %d: %s",
                  times, part, status, horn_last_error());
    bytes_free(&b);
}

START_TEST(test_reader__refuses_what_is_too_much)
{
    check_repeated("\x80\2N", "\x85", 64, ".", HORN_OK, "");
    check_repeated("\x80\2N", "\x85", 65, ".", HORN_ERROR_UNSUPPORTED,
                   "more than 64 values within each other");
    check_repeated("\x80\2N", "\x85", 3000000, ".", HORN_ERROR_UNSUPPORTED, "within each other");
    check_repeated("\x80\2", "(", 128, ".", HORN_ERROR_FORMAT, "128 values are left");
    check_repeated("\x80\2", "(", 129, ".", HORN_ERROR_UNSUPPORTED, "more than 128 marks");
    check_repeated("\x80\2(", "]", 4194400, "t.", HORN_ERROR_UNSUPPORTED, "more than 4194304 values");
    check_repeated("\x80\2(", "N", 1000000, "t.", HORN_OK, "");
    check_repeated("\x80\2c", "o", 300, "\nsystem\n.", HORN_ERROR_FORMAT, "too long");
    /* Of two equal lists each, 30 times within each other. */
    bytes b = { 0 };
    bytes_append(&b, "\x80\2]", 3);
    for (int i = 0; i < 30; i++) {
        unsigned char step[] = { 'q', (unsigned char)i, 'h', (unsigned char)i, 0x86 };
        bytes_append(&b, step, sizeof step);
    }
    bytes_append(&b, ".", 1);
    ck_fails(read_only(b.data, b.size), HORN_ERROR_UNSUPPORTED, "each counted where it is");
    bytes_free(&b);
}
END_TEST

START_TEST(test_reader__depth_counts_through_the_memo)
{
    bytes b = { 0 };
    bytes_append(&b, "\x80\2(N", 4);
    for (int i = 0; i < 40; i++) bytes_append(&b, "\x85", 1);
    bytes_append(&b, "q\0h\0", 4); /* seen first where it is not deep */
    for (int i = 0; i < 40; i++) bytes_append(&b, "\x85", 1);
    bytes_append(&b, "t.", 2);
    ck_fails(read_only(b.data, b.size), HORN_ERROR_UNSUPPORTED, "within each other");
    bytes_free(&b);
}
END_TEST

START_TEST(test_reader__refuses_every_truncation_and_survives_flips)
{
    bytes file = { 0 };
    size_t refused = 0;
    ck_ok(file_read(&file, "tests/golden/torch/mlp_sd_legacy.pkl", 0));
    const size_t start = 15 + 6, size = 100;
    for (size_t i = 0; i < 82; i++) ck_assert_int_eq(read_only(file.data + start, i), HORN_ERROR_FORMAT);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        file.data[start + bit / 8] ^= (unsigned char)(1 << bit % 8);
        refused += read_only(file.data + start, size) != HORN_OK;
        file.data[start + bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    ck_assert_uint_ge(refused, size);
    bytes_free(&file);
}
END_TEST

TEST_MAIN(test_reader__reads_values, test_reader__calls_nothing_and_keeps_what_was_said,
          test_reader__refuses_what_is_wrong, test_reader__refuses_what_is_too_much,
          test_reader__depth_counts_through_the_memo,
          test_reader__refuses_every_truncation_and_survives_flips)
