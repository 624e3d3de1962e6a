#include "test.h"

#include <snappy-c.h>
#include <stdio.h>
#include "codecs/tensorflow/made_table.h"

static const char *const goldens[] = { "tf2.15/adam",        "tf2.15/adam_saved-1", "tf2.15/adam_shards",
                                       "tf2.15/alone",       "tf2.15/sgd",          "tf2.15/legacy_rmsprop",
                                       "tf2.15/rmsprop_all", "tf2.15/zoo",          "tf2.21/adam",
                                       "tf2.15/alone_norm" };
enum { GOLDENS = sizeof goldens / sizeof *goldens };

static bytes load(const char *name)
{
    char path[256];
    bytes file = { 0 };
    snprintf(path, sizeof path, "tests/golden/%s.index", name);
    ck_ok(file_read(&file, path, 1 << 20));
    return file;
}

/* ---- cases ---- */

START_TEST(test_table__what_tensorflow_wrote_is_written_again)
{
    for (size_t i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]), again = { 0 };
        table t;
        ck_ok(read_exactly(&t, file.data, file.size));
        ck_assert_uint_gt(t.count, 4);
        ck_assert_uint_eq(t.entries[0].key.size, 0);
        ck_ok(table_write(&again, t.entries, t.count));
        ck_assert_msg(again.size == file.size && memcmp(again.data, file.data, file.size) == 0, "%s",
                      goldens[i]);
        table_free(&t);
        bytes_free(&file);
        bytes_free(&again);
    }
}
END_TEST

START_TEST(test_table__finds_every_key_and_no_other)
{
    bytes file = load(goldens[0]);
    table t;
    ck_ok(read_exactly(&t, file.data, file.size));
    for (size_t i = 0; i < t.count; i++) {
        protobuf_text key = t.entries[i].key;
        ck_assert_ptr_eq(table_find(&t, key), &t.entries[i]);
        ck_assert_uint_eq(strlen(key.at), key.size);
        if (key.size) key.size--;
        if (key.size) ck_assert_ptr_null(table_find(&t, key));
    }
    ck_assert_ptr_null(table_find(&t, (protobuf_text){ "zzz", 3 }));
    table_free(&t);
    bytes_free(&file);
}
END_TEST

START_TEST(test_table__more_than_one_block_comes_back)
{
    enum { MANY = 1000 };
    static char keys[MANY][16], value[700];
    table_entry *entries = calloc(MANY, sizeof *entries);
    bytes file = { 0 };
    table t;
    memset(value, 'v', sizeof value);
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "%05d", i);
        entries[i] = (table_entry){ { keys[i], 5 }, { value, (size_t)i % 700 } };
    }
    ck_ok(table_write(&file, entries, MANY));
    ck_ok(read_exactly(&t, file.data, file.size));
    ck_assert_uint_gt(file.size, 262144);
    ck_assert_uint_eq(t.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(table_compare(t.entries[i].key, entries[i].key), 0);
        ck_assert_int_eq(table_compare(t.entries[i].value, entries[i].value), 0);
    }
    table_free(&t);
    bytes_free(&file);
    free(entries);
}
END_TEST

START_TEST(test_table__keys_out_of_order_are_not_written)
{
    table_entry entries[] = { { { "b", 1 }, { "", 0 } }, { { "a", 1 }, { "", 0 } } };
    bytes file = { 0 };
    ck_fails(table_write(&file, entries, 2), HORN_ERROR_ARGUMENT, "'a' does not come after 'b'");
    bytes_free(&file);
}
END_TEST

/* A table's entries packed by snappy, in blocks of `each`. */
static void pack(maker *m, const table *t, size_t each)
{
    for (size_t i = 0; i < t->count; i += each) {
        bytes block = { 0 };
        size_t last = i + each < t->count ? i + each - 1 : t->count - 1;
        for (size_t k = i; k <= last; k++) {
            varint_append(&block, 0);
            varint_append(&block, t->entries[k].key.size);
            varint_append(&block, t->entries[k].value.size);
            bytes_append(&block, t->entries[k].key.at, t->entries[k].key.size);
            bytes_append(&block, t->entries[k].value.at, t->entries[k].value.size);
        }
        put_restart(&block);
        size_t size = snappy_max_compressed_length(block.size);
        char *packed = malloc(size);
        ck_assert_int_eq(snappy_compress((char *)block.data, block.size, packed, &size), SNAPPY_OK);
        put_index(m, t->entries[last].key.at, put_block(m, packed, size, 1), size);
        free(packed);
        bytes_free(&block);
    }
}

START_TEST(test_table__packed_blocks_of_any_size_are_read)
{
    bytes file = load("tf2.15/adam");
    table t;
    ck_ok(read_exactly(&t, file.data, file.size));
    for (size_t each = 1; each <= t.count; each++) {
        maker m = { 0 };
        table again;
        pack(&m, &t, each);
        bytes packed = close_table(&m, NULL, 0);
        ck_ok(read_exactly(&again, packed.data, packed.size));
        ck_assert_uint_eq(again.count, t.count);
        for (size_t i = 0; i < t.count; i++) {
            ck_assert_int_eq(table_compare(again.entries[i].key, t.entries[i].key), 0);
            ck_assert_int_eq(table_compare(again.entries[i].value, t.entries[i].value), 0);
        }
        table_free(&again);
        bytes_free(&packed);
    }
    table_free(&t);
    bytes_free(&file);
}
END_TEST

START_TEST(test_table__every_truncation_is_refused)
{
    for (size_t i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]);
        for (size_t size = 0; size < file.size; size++) {
            table t;
            ck_assert_int_eq(read_exactly(&t, file.data, size), HORN_ERROR_FORMAT);
            table_free(&t);
        }
        bytes_free(&file);
    }
}
END_TEST

START_TEST(test_table__every_flipped_bit_is_refused)
{
    for (size_t i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]);
        for (size_t bit = 0; bit < 8 * file.size; bit++) {
            table t;
            file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            ck_assert_msg(read_exactly(&t, file.data, file.size) != HORN_OK, "%s: bit %zu", goldens[i], bit);
            table_free(&t);
            file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        bytes_free(&file);
    }
}
END_TEST

START_TEST(test_table__broken_entries_are_refused)
{
    bytes b = block_of("a", "b");
    ck_ok(read_block(&b, 0));
    b = block_of("b", "a");
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "has the key 'a' after 'b'");
    b = block_of("a", "a");
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "has the key 'a' after 'a'");
    b = block_of(NULL, NULL);
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "is empty");
    put_entry(&b, 1, "a", "1"); /* shares a byte with no key */
    put_restart(&b);
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "leaves it");
    bytes_append(&b,
                 "\x00\x7f\x01"
                 "a",
                 4); /* more bytes than there are */
    put_restart(&b);
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "leaves it");
    bytes_append(&b,
                 "\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                 "a",
                 13);
    put_restart(&b);
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "leaves it");
    put_entry(&b, 0, "a", "1");
    put_u32(&b, 1000000);
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "more restarts than bytes");
    bytes_append(&b, "abc", 3);
    ck_fails(read_block(&b, 0), HORN_ERROR_FORMAT, "more restarts than bytes");
}
END_TEST

START_TEST(test_table__broken_frames_are_refused)
{
    maker m = { 0 };
    bytes a = block_of("a", NULL), c = block_of("c", NULL);
    size_t size = a.size;
    put_index(&m, "b", put_block(&m, a.data, size, 0), size);
    put_index(&m, "d", put_block(&m, c.data, size, 0), size);
    ck_ok(finish(&m, NULL, 0));

    put_index(&m, "b", put_block(&m, a.data, size, 0), size);
    ck_fails(finish(&m, NULL, 1), HORN_ERROR_FORMAT, "footer");

    m.gap = true;
    put_index(&m, "b", put_block(&m, a.data, size, 0), size);
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_FORMAT, "its index begins at byte");

    put_index(&m, "b", put_block(&m, a.data, size, 0), size);
    ck_fails(finish(&m, "filter.x", 0), HORN_ERROR_UNSUPPORTED, "metaindex");

    put_index(&m, "Z", put_block(&m, a.data, size, 0), size); /* before the block's last key */
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_FORMAT, "ends after its place");

    put_index(&m, "c", put_block(&m, a.data, size, 0), size); /* not before the next one's first */
    put_index(&m, "d", put_block(&m, c.data, size, 0), size);
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_FORMAT, "begins before its place");

    put_index(&m, "b", put_block(&m, a.data, size, 0), size); /* one block twice */
    put_index(&m, "d", 0, size);
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_FORMAT, "begins at byte 0");

    put_block(&m, a.data, size, 0); /* a block that nobody names */
    put_index(&m, "d", put_block(&m, c.data, size, 0), size);
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_FORMAT, "expected 0");

    put_index(&m, "b", put_block(&m, a.data, size, 0), (size_t)1 << 60);
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_FORMAT, "are left");

    put_index(&m, "b", put_block(&m, a.data, size, 2), size);
    ck_fails(finish(&m, NULL, 0), HORN_ERROR_UNSUPPORTED, "packed in way 2");
    bytes_free(&a);
    bytes_free(&c);
}
END_TEST

START_TEST(test_table__packed_blocks_that_lie_are_refused)
{
    bytes b = { 0 };
    bytes_append(&b, "\xff\xff\xff\xff\x0f\x00x", 7); /* four GiB in seven bytes */
    ck_fails(read_block(&b, 1), HORN_ERROR_FORMAT, "says 4294967295 bytes");
    bytes_append(&b,
                 "\x05\x10"
                 "abc",
                 5);
    ck_fails(read_block(&b, 1), HORN_ERROR_FORMAT, "packed wrong");
    ck_fails(read_block(&b, 1), HORN_ERROR_FORMAT, "packed wrong");
}
END_TEST

START_TEST(test_table__keys_cannot_grow_without_end)
{
    enum { LONG = 8000 };
    char *key = malloc(LONG + 1);
    bytes b = { 0 };
    memset(key, 'k', LONG);
    key[LONG] = 0;
    for (int i = 0; i < 300; i++) { /* each key a byte longer than the one before: 2.4 MB of 9 KB */
        varint_append(&b, i ? (size_t)LONG + (size_t)i - 1 : 0);
        varint_append(&b, i ? 1 : LONG);
        varint_append(&b, 0);
        bytes_append(&b, key, i ? 1 : LONG);
    }
    put_restart(&b);
    ck_fails(read_block(&b, 0), HORN_ERROR_UNSUPPORTED, "more than is taken");
    free(key);
}
END_TEST

TEST_MAIN(test_table__what_tensorflow_wrote_is_written_again, test_table__finds_every_key_and_no_other,
          test_table__more_than_one_block_comes_back, test_table__keys_out_of_order_are_not_written,
          test_table__packed_blocks_of_any_size_are_read, test_table__every_truncation_is_refused,
          test_table__every_flipped_bit_is_refused, test_table__broken_entries_are_refused,
          test_table__broken_frames_are_refused, test_table__packed_blocks_that_lie_are_refused,
          test_table__keys_cannot_grow_without_end)
