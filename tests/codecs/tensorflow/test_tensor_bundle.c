#include "test.h"

#include <zlib.h>
#include "codecs/tensorflow/open_bundle.h"
#include "codecs/tensorflow/table.h"
#include "tensor/view.h"

static protobuf_text text_of(const char *text)
{
    return (protobuf_text){ text, strlen(text) };
}

static tensor_bundle *open_golden(const char *name, size_t shards)
{
    bytes index = load(name, ".index");
    tensor_bundle *b;
    ck_ok(tensor_bundle_open(&b, index.data, index.size, name));
    ck_assert_uint_eq(tensor_bundle_shards(b), shards);
    for (size_t i = 0; i < shards; i++) {
        char suffix[32];
        tensor_bundle_suffix(suffix, i, shards);
        bytes content = load(name, suffix);
        ck_assert(tensor_bundle_needs(b, i));
        ck_ok(tensor_bundle_give(b, i, &content));
        ck_assert_ptr_null(content.data);
    }
    bytes_free(&index);
    return b;
}

static const bundle_entry *entry_of(const tensor_bundle *b, const char *key)
{
    const bundle_entry *e = tensor_bundle_find(b, text_of(key));
    ck_assert_msg(e != NULL, "no %s", key);
    return e;
}

/* ---- what TensorFlow wrote ---- */

START_TEST(test_tensor_bundle__every_dtype_is_read)
{
    static const char *const names[] = { "float32", "float64", "int8",   "int16",  "int32",
                                         "int64",   "uint8",   "uint16", "uint32", "uint64" };
    static const double expected[] = { 1, 2, 3, 4, 5, 100 };
    tensor_bundle *b = open_golden("tf2.15/zoo", 1);
    ck_ok(tensor_bundle_verify(b));
    for (size_t i = 0; i < 10; i++) {
        union {
            double align;
            unsigned char data[48];
        } room;
        horn_view like;
        const bundle_entry *e = entry_of(b, names[i]);
        ck_ok(bundle_entry_describe(b, e, &like));
        ck_assert_str_eq(horn_dtype_name(like.dtype), names[i]);
        ck_assert(like.rank == 2 && like.shape[0] == 2 && like.shape[1] == 3);
        ck_assert_uint_eq(e->size, 6 * horn_dtype_size(like.dtype));
        ck_ok(bundle_entry_read(b, e, room.data, e->size));
        like.data = room.data;
        for (size_t k = 0; k < 6; k++) ck_assert_double_eq(view_number(&like, k), expected[k]);
        ck_fails(bundle_entry_read(b, e, room.data, e->size - 1), HORN_ERROR_FORMAT, "bytes, expected");
    }
    tensor_bundle_close(b);
}
END_TEST

START_TEST(test_tensor_bundle__texts_are_read)
{
    tensor_bundle *b = open_golden("tf2.15/zoo", 1);
    protobuf_text *texts;
    ck_ok(bundle_entry_texts(b, entry_of(b, "text"), &texts));
    ck_assert(protobuf_text_is(texts[0], "one"));
    free(texts);
    ck_assert_uint_eq(entry_of(b, "texts")->count, 3);
    ck_ok(bundle_entry_texts(b, entry_of(b, "texts"), &texts));
    ck_assert(texts[0].size == 0 && protobuf_text_is(texts[1], "two") && texts[2].size == 200);
    free(texts);
    ck_assert_uint_eq(entry_of(b, "no texts")->count, 0);
    ck_ok(bundle_entry_texts(b, entry_of(b, "no texts"), &texts));
    free(texts);
    ck_fails(bundle_entry_texts(b, entry_of(b, "int8"), &texts), HORN_ERROR_FORMAT, "holds no text");
    tensor_bundle_close(b);
}
END_TEST

START_TEST(test_tensor_bundle__empty_half_and_sliced_tensors)
{
    tensor_bundle *b = open_golden("tf2.15/zoo", 1);
    horn_view like;
    char room[64];
    const void *stored;
    ck_ok(bundle_entry_describe(b, entry_of(b, "nothing"), &like));
    ck_assert(like.rank == 2 && like.shape[0] == 2 && like.shape[1] == 0);
    ck_ok(bundle_entry_read(b, entry_of(b, "nothing"), room, 0));
    ck_ok(bundle_entry_describe(b, entry_of(b, "bool"), &like));
    ck_assert_int_eq(like.dtype, HORN_BOOL);
    ck_fails(bundle_entry_describe(b, entry_of(b, "float16"), &like), HORN_ERROR_UNSUPPORTED,
             "'float16' has TensorFlow's dtype 19");
    ck_fails(bundle_entry_describe(b, entry_of(b, "bfloat16"), &like), HORN_ERROR_UNSUPPORTED, "dtype 14");
    ck_fails(bundle_entry_describe(b, entry_of(b, "text"), &like), HORN_ERROR_UNSUPPORTED, "dtype 7");
    ck_assert(entry_of(b, "sliced")->sliced && entry_of(b, "sliced")->size == 48);
    ck_ok(bundle_entry_describe(b, entry_of(b, "sliced"), &like));
    ck_assert(like.dtype == HORN_FLOAT32 && like.rank == 2 && like.shape[0] == 4 && like.shape[1] == 3);
    ck_ok(bundle_entry_read(b, entry_of(b, "sliced"), room, 48));
    ck_fails(bundle_entry_read(b, entry_of(b, "sliced"), room, 47), HORN_ERROR_UNSUPPORTED, "in slices");
    ck_fails(bundle_entry_bytes(b, entry_of(b, "sliced"), &stored), HORN_ERROR_UNSUPPORTED, "in slices");
    tensor_bundle_close(b);
}
END_TEST

START_TEST(test_tensor_bundle__three_shards_hold_what_one_holds)
{
    tensor_bundle *one = open_golden("tf2.15/adam", 1), *three = open_golden("tf2.15/adam_shards", 3);
    ck_ok(tensor_bundle_verify(three));
    ck_assert_uint_eq(tensor_bundle_count(one), tensor_bundle_count(three));
    for (size_t i = 0; i < tensor_bundle_count(one); i++) {
        const bundle_entry *a = tensor_bundle_at(one, i), *b = tensor_bundle_at(three, i);
        unsigned char x[256], y[256];
        ck_assert_str_eq(a->key.at, b->key.at);
        if (a->dtype == 7) continue;
        ck_ok(bundle_entry_read(one, a, x, a->size));
        ck_ok(bundle_entry_read(three, b, y, a->size));
        ck_assert_mem_eq(x, y, a->size);
    }
    ck_assert_ptr_null(tensor_bundle_at(one, tensor_bundle_count(one)));
    tensor_bundle_close(one);
    tensor_bundle_close(three);
}
END_TEST

/* ---- writing ---- */

START_TEST(test_tensor_bundle__the_zoo_is_written_as_tensorflow_does)
{
    tensor_bundle *b = open_golden("tf2.15/zoo", 1);
    bundle_writer *w;
    bytes index = { 0 }, theirs = load("tf2.15/zoo", ".index");
    table ours_table, their_table;
    ck_ok(bundle_writer_new(&w, 1));
    pieces_append(bundle_writer_shard(w, 0), "", 1); /* all offsets differ: they are not compared */
    for (size_t i = 0; i < tensor_bundle_count(b); i++) {
        const bundle_entry *e = tensor_bundle_at(b, i);
        unsigned char room[256];
        horn_view like;
        if (e->sliced || e->key.at[0] == 0 || strchr(e->key.at, ' ') || strcmp(e->key.at, "texts") == 0)
            continue;
        if (e->dtype == 7) ck_ok(bundle_writer_add_text(w, 0, e->key.at, "one", 3));
        if (e->dtype == 7 || e->dtype == 14 || e->dtype == 19) continue;
        ck_ok(bundle_entry_describe(b, e, &like));
        ck_ok(bundle_entry_read(b, e, room, e->size));
        like.data = room;
        ck_ok(bundle_writer_add(w, 0, e->key.at, &like));
    }
    ck_ok(bundle_writer_index(w, 1, &index));
    ck_ok(table_read(&ours_table, index.data, index.size, "ours"));
    ck_ok(table_read(&their_table, theirs.data, theirs.size, "theirs"));
    ck_assert_uint_eq(ours_table.count, 14);
    for (size_t i = 0; i < ours_table.count; i++) {
        const table_entry *own = &ours_table.entries[i], *their = table_find(&their_table, own->key);
        ck_assert_ptr_nonnull(their);
        if (i == 0) ck_assert_int_eq(table_compare(own->value, their->value), 0);
        /* the last five bytes are the checksum's field: of the stored bytes, whole */
        if (i)
            ck_assert_mem_eq(own->value.at + own->value.size - 5, their->value.at + their->value.size - 5, 5);
        if (i) ck_assert_mem_eq(own->value.at, their->value.at, 4);
    }
    table_free(&ours_table);
    table_free(&their_table);
    bytes_free(&index);
    bytes_free(&theirs);
    bundle_writer_free(w);
    tensor_bundle_close(b);
}
END_TEST

/* 1500 scalars under long keys: two blocks. many.index.crc has the size and checksum of TensorFlow's own
 * index. */
START_TEST(test_tensor_bundle__an_index_of_two_blocks_is_tensorflow_s)
{
    bundle_writer *w;
    bytes index = { 0 }, note = load("tf2.15/many.index.crc", "");
    float one = 1;
    horn_view view = { .data = &one, .dtype = HORN_FLOAT32 };
    char tail[201], key[300];
    memset(tail, 'x', 200);
    tail[200] = 0;
    ck_ok(bundle_writer_new(&w, 1));
    for (int i = 0; i < 1500; i++) {
        snprintf(key, sizeof key, "%05da/rather/long/name/of/a/variable/number/%05d/%s", i * 7919 % 100000, i,
                 tail);
        ck_ok(bundle_writer_add(w, 0, key, &view));
    }
    ck_ok(bundle_writer_index(w, 1, &index));
    snprintf(key, sizeof key, "%zu %08lx\n", index.size, crc32(0, index.data, (unsigned)index.size));
    ck_assert_str_eq(key, bytes_text(&note));
    bundle_writer_free(w);
    bytes_free(&index);
    bytes_free(&note);
}
END_TEST

START_TEST(test_tensor_bundle__what_is_written_is_read)
{
    for (size_t shards = 1; shards <= 3; shards++) {
        bundle_writer *w;
        tensor_bundle *b;
        bytes index = { 0 };
        float values[6] = { 1, 2, 3, 4, 5, 6 }, found[6];
        int64_t scalar = 7, found_scalar;
        protobuf_text *texts;
        horn_view matrix = { .data = values, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2, 3 } };
        horn_view number = { .data = &scalar, .dtype = HORN_INT64 };
        ck_ok(bundle_writer_new(&w, shards));
        ck_ok(bundle_writer_add(w, shards - 1, "z/matrix", &matrix));
        ck_ok(bundle_writer_add(w, 0, "number", &number));
        ck_ok(bundle_writer_add_text(w, shards / 2, "text", "a\0b", 3));
        ck_ok(bundle_writer_index(w, shards, &index));
        ck_ok(tensor_bundle_open(&b, index.data, index.size, "made"));
        for (size_t i = 0; i < shards; i++) ck_ok(tensor_bundle_give(b, i, &bundle_writer_shard(w, i)->own));
        ck_ok(tensor_bundle_verify(b));
        ck_ok(bundle_entry_read(b, entry_of(b, "z/matrix"), found, sizeof found));
        ck_assert_mem_eq(found, values, sizeof found);
        ck_ok(bundle_entry_read(b, entry_of(b, "number"), &found_scalar, sizeof found_scalar));
        ck_assert_int_eq(found_scalar, 7);
        ck_ok(bundle_entry_texts(b, entry_of(b, "text"), &texts));
        ck_assert(texts[0].size == 3 && memcmp(texts[0].at, "a\0b", 3) == 0);
        free(texts);
        tensor_bundle_close(b);
        bundle_writer_free(w);
        bytes_free(&index);
    }
}
END_TEST

START_TEST(test_tensor_bundle__a_shard_that_nothing_is_in_is_not_needed)
{
    bundle_writer *w;
    tensor_bundle *b;
    bytes index = { 0 };
    int64_t scalar = 7;
    horn_view number = { .data = &scalar, .dtype = HORN_INT64 };
    ck_ok(bundle_writer_new(&w, 2));
    ck_ok(bundle_writer_add(w, 0, "number", &number));
    ck_fails(bundle_writer_add(w, 0, "number", &number) || bundle_writer_index(w, 1, &index), 1, "");
    bundle_writer_free(w);
    bytes_free(&index);
    ck_ok(bundle_writer_new(&w, 2));
    ck_ok(bundle_writer_add(w, 0, "number", &number));
    ck_ok(bundle_writer_index(w, 1, &index));
    ck_ok(tensor_bundle_open(&b, index.data, index.size, "made"));
    ck_assert(tensor_bundle_needs(b, 0) && !tensor_bundle_needs(b, 1));
    ck_fails(tensor_bundle_verify(b), HORN_ERROR_ARGUMENT, "was not given");
    ck_fails(tensor_bundle_give(b, 2, &bundle_writer_shard(w, 0)->own), HORN_ERROR_ARGUMENT, "no shard 2");
    tensor_bundle_close(b);
    bundle_writer_free(w);
    bytes_free(&index);
}
END_TEST

TEST_MAIN(test_tensor_bundle__every_dtype_is_read, test_tensor_bundle__texts_are_read,
          test_tensor_bundle__empty_half_and_sliced_tensors,
          test_tensor_bundle__three_shards_hold_what_one_holds,
          test_tensor_bundle__the_zoo_is_written_as_tensorflow_does,
          test_tensor_bundle__an_index_of_two_blocks_is_tensorflow_s,
          test_tensor_bundle__what_is_written_is_read,
          test_tensor_bundle__a_shard_that_nothing_is_in_is_not_needed)
