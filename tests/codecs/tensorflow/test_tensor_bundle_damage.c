/* Damaged tensor bundles: cut, with a flipped bit, or with false entries behind valid checksums. */
#include "test.h"

#include "codecs/crc32c.h"
#include "codecs/tensorflow/open_bundle.h"
#include "codecs/tensorflow/table.h"

/* Opens index and data of one shard, from blocks of their exact size, and verifies all. */
static horn_status open_all(tensor_bundle **out, const bytes *index, const bytes *data)
{
    bytes copy = { 0 }, shard = { 0 };
    tensor_bundle *b = NULL;
    *out = NULL;
    unsigned char *exact = malloc(index->size ? index->size : 1);
    if (index->size) memcpy(exact, index->data, index->size);
    horn_status status = tensor_bundle_open(&b, exact, index->size, "made.index");
    free(exact);
    if (status) return status;
    bytes_append(&shard, data->data, data->size);
    status = tensor_bundle_give(b, 0, &shard);
    if (!status) status = tensor_bundle_verify(b);
    bytes_free(&copy);
    if (!status) *out = b;
    if (status) tensor_bundle_close(b);
    return status;
}

/* ---- damage ---- */

static const char *const goldens[] = { "tf2.15/adam", "tf2.15/zoo", "tf2.15/alone_norm" };

START_TEST(test_tensor_bundle_damage__every_truncation_is_refused)
{
    for (size_t g = 0; g < 3; g++) {
        bytes index = load(goldens[g], ".index"), data = load(goldens[g], ".data-00000-of-00001"), cut;
        tensor_bundle *b;
        ck_ok(open_all(&b, &index, &data));
        tensor_bundle_close(b);
        for (cut = index, cut.size = 0; cut.size < index.size; cut.size++)
            ck_assert_int_eq(open_all(&b, &cut, &data), HORN_ERROR_FORMAT);
        for (cut = data, cut.size = 0; cut.size < data.size; cut.size++)
            ck_assert_int_eq(open_all(&b, &index, &cut), HORN_ERROR_FORMAT);
        bytes_free(&index);
        bytes_free(&data);
    }
}
END_TEST

START_TEST(test_tensor_bundle_damage__every_flipped_bit_is_refused)
{
    for (size_t g = 0; g < 3; g++) {
        bytes files[2] = { load(goldens[g], ".index"), load(goldens[g], ".data-00000-of-00001") };
        for (size_t f = 0; f < 2; f++)
            for (size_t bit = 0; bit < 8 * files[f].size; bit++) {
                tensor_bundle *b;
                files[f].data[bit / 8] ^= (unsigned char)(1 << bit % 8);
                ck_assert_msg(open_all(&b, &files[0], &files[1]) != HORN_OK, "%s: file %zu, bit %zu",
                              goldens[g], f, bit);
                files[f].data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            }
        bytes_free(&files[0]);
        bytes_free(&files[1]);
    }
}
END_TEST

/* ---- entries that lie, behind checksums that are right ---- */

typedef struct lie {
    int64_t shards, order, least; /* of the header */
    int64_t dtype, rank, dims[9], shard, offset,
        size; /* of the entry "a", which follows "0": four bytes at 0 */
    bool no_crc_field;
} lie;

static horn_status open_lie(const lie *l)
{
    float zero = 0;
    bytes header = { 0 }, version = { 0 }, first = { 0 }, entry = { 0 }, shape = { 0 }, size = { 0 },
          index = { 0 }, data = { 0 };
    tensor_bundle *b;
    uint32_t crc = crc32c_mask(crc32c(&zero, 4));
    protobuf_put_integer(&header, 1, (uint64_t)l->shards);
    if (l->order) protobuf_put_integer(&header, 2, (uint64_t)l->order);
    protobuf_put_integer(&version, 2, (uint64_t)l->least);
    protobuf_put_message(&header, 3, &version);
    protobuf_put_integer(&first, 1, 1);
    protobuf_put_message(&first, 2, &shape);
    protobuf_put_integer(&first, 5, 4);
    protobuf_put_fixed32(&first, 6, crc);
    protobuf_put_integer(&entry, 1, (uint64_t)l->dtype);
    for (int i = 0; i < l->rank; i++) {
        protobuf_put_integer(&size, 1, (uint64_t)l->dims[i]);
        protobuf_put_message(&shape, 2, &size);
    }
    protobuf_put_message(&entry, 2, &shape);
    protobuf_put_integer(&entry, 3, (uint64_t)l->shard);
    protobuf_put_integer(&entry, 4, (uint64_t)l->offset);
    protobuf_put_integer(&entry, 5, (uint64_t)l->size);
    protobuf_put_fixed32(&entry, 6, crc);
    table_entry entries[] = { { { "", 0 }, { (char *)header.data, header.size } },
                              { { "0", 1 }, { (char *)first.data, first.size } },
                              { { "a", 1 }, { (char *)entry.data, entry.size } } };
    ck_ok(table_write(&index, entries, 3));
    bytes_append(&data, "\0\0\0\0\0\0\0\0", 8);
    horn_status status = open_all(&b, &index, &data);
    tensor_bundle_close(b);
    bytes_free(&header);
    bytes_free(&first);
    bytes_free(&entry);
    bytes_free(&index);
    bytes_free(&data);
    return status;
}

START_TEST(test_tensor_bundle_damage__entries_that_lie_are_refused)
{
    const lie honest = { .shards = 1, .dtype = 1, .offset = 4, .size = 4 };
    lie l;
    ck_ok(open_lie(&honest));
#define LIE(change, status, words) \
    l = honest, change;            \
    ck_fails(open_lie(&l), status, words);
    LIE(l.shards = 0, HORN_ERROR_FORMAT, "has 0 shards")
    LIE(l.shards = -1, HORN_ERROR_FORMAT, "has -1 shards")
    LIE(l.shards = 1000000, HORN_ERROR_FORMAT, "1000000 shards")
    LIE(l.order = 1, HORN_ERROR_UNSUPPORTED, "big-endian")
    LIE(l.least = 5, HORN_ERROR_UNSUPPORTED, "reader of version 5")
    LIE(l.dtype = 77, HORN_ERROR_FORMAT, "no known dtype")
    LIE(l.dtype = 0, HORN_ERROR_FORMAT, "no known dtype")
    LIE(l.dtype = -1, HORN_ERROR_FORMAT, "no known dtype")
    LIE(l.dtype = 2, HORN_ERROR_FORMAT, "another size")
    LIE((l.rank = 1, l.dims[0] = -3), HORN_ERROR_FORMAT, "cannot be")
    LIE((l.rank = 1, l.dims[0] = 2), HORN_ERROR_FORMAT, "another size")
    LIE((l.rank = 2, l.dims[0] = l.dims[1] = INT64_MAX), HORN_ERROR_FORMAT, "cannot be")
    LIE((l.rank = 1, l.dims[0] = (int64_t)1 << 62), HORN_ERROR_FORMAT, "another size")
    LIE((l.rank = 1, l.dims[0] = (int64_t)1 << 40, l.size = (int64_t)1 << 42), HORN_ERROR_FORMAT,
        "lies at byte")
    LIE(l.shard = 1, HORN_ERROR_FORMAT, "names a shard")
    LIE(l.shard = -1, HORN_ERROR_FORMAT, "cannot be")
    LIE(l.offset = -8, HORN_ERROR_FORMAT, "cannot be")
    LIE(l.offset = 5, HORN_ERROR_FORMAT, "lies at byte 5 to 9")
    LIE(l.offset = INT64_MAX, HORN_ERROR_FORMAT, "cannot be")
    LIE(l.offset = 0, HORN_ERROR_FORMAT, "overlap")
    LIE(l.offset = 3, HORN_ERROR_FORMAT, "'0' and 'a' overlap")
    LIE(l.size = -4, HORN_ERROR_FORMAT, "cannot be")
    LIE(l.dtype = 7, HORN_ERROR_FORMAT, "another size") /* a text of four bytes has no room for a length */
    LIE((l.dtype = 7, l.rank = 1, l.dims[0] = (int64_t)1 << 60), HORN_ERROR_FORMAT, "another size")
}
END_TEST

START_TEST(test_tensor_bundle_damage__an_index_without_header_is_refused)
{
    table_entry entry = { { "a", 1 }, { "", 0 } }, broken = { { "", 0 }, { "\x08", 1 } };
    bytes index = { 0 };
    tensor_bundle *b;
    ck_ok(table_write(&index, &entry, 1));
    ck_fails(tensor_bundle_open(&b, index.data, index.size, "made"), HORN_ERROR_FORMAT, "no header");
    index.size = 0;
    ck_ok(table_write(&index, NULL, 0));
    ck_fails(tensor_bundle_open(&b, index.data, index.size, "made"), HORN_ERROR_FORMAT, "no header");
    index.size = 0;
    ck_ok(table_write(&index, &broken, 1));
    ck_fails(tensor_bundle_open(&b, index.data, index.size, "made"), HORN_ERROR_FORMAT, "header is broken");
    bytes_free(&index);
}
END_TEST

TEST_MAIN(test_tensor_bundle_damage__every_truncation_is_refused,
          test_tensor_bundle_damage__every_flipped_bit_is_refused,
          test_tensor_bundle_damage__entries_that_lie_are_refused,
          test_tensor_bundle_damage__an_index_without_header_is_refused)
