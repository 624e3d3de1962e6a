/* Tensors in slices: what TensorFlow wrote, and what lies. */
#include "test.h"

#include <stdint.h>
#include <stdlib.h>
#include "codecs/crc32c.h"
#include "codecs/tensorflow/table.h"
#include "codecs/tensorflow/tensor_bundle.h"

/* ---- made ones: a tensor "w" of float32 whose elements are their own numbers ---- */

enum { WHOLE = -1, MOST = 4 };

typedef struct extent {
    int64_t start, length; /* WHOLE: not said */
} extent;

typedef struct made {
    int rank;
    int64_t shape[3];
    int count;
    extent slices[MOST][3];
    /* lies */
    int missing, other_shape,
        axes;       /* a slice that has no entry, or one of another shape, counted from 1; extents */
    unsigned dtype; /* of the slices; 0: float32 */
    bool no_data, is_text;
} made;

static void put_entry(bytes *out, unsigned dtype, const int64_t *shape, int rank, size_t offset,
                      const float *data, size_t count)
{
    bytes dimensions = { 0 }, size = { 0 };
    for (int i = 0; i < rank; i++) {
        if (shape[i]) protobuf_put_integer(&size, 1, (uint64_t)shape[i]);
        protobuf_put_message(&dimensions, 2, &size);
    }
    protobuf_put_integer(out, 1, dtype);
    protobuf_put_message(out, 2, &dimensions);
    if (!data) return;
    if (offset) protobuf_put_integer(out, 4, offset);
    if (count) protobuf_put_integer(out, 5, 4 * count);
    protobuf_put_fixed32(out, 6, crc32c_mask(crc32c(data, 4 * count)));
}

/* The numbers of a slice of one to three axes, those that are not there of length 1. */
static size_t fill(float *out, const made *m, const extent *slice, int64_t *shape)
{
    int64_t dim[3] = { 1, 1, 1 }, start[3] = { 0 }, length[3] = { 1, 1, 1 };
    size_t count = 0;
    for (int i = 0; i < m->rank; i++) {
        dim[i] = m->shape[i];
        start[i] = slice[i].length == WHOLE ? 0 : slice[i].start;
        length[i] = shape[i] = slice[i].length == WHOLE ? m->shape[i] : slice[i].length;
    }
    for (int64_t a = 0; a < length[0]; a++)
        for (int64_t b = 0; b < length[1]; b++)
            for (int64_t c = 0; c < length[2]; c++)
                out[count++] = (float)(((start[0] + a) * dim[1] + start[1] + b) * dim[2] + start[2] + c);
    return count;
}

/* The key of a slice: here all numbers are below 64, and one byte each. */
static void put_key(bytes *out, const made *m, const extent *slice)
{
    char rank[2] = { 1, (char)m->rank };
    bytes_append(out, "\0w\0\1", 4);
    bytes_append(out, rank, 2);
    for (int i = 0; i < m->rank; i++) {
        unsigned char pair[2] = { (unsigned char)(0x80 ^ slice[i].start),
                                  (unsigned char)(0x80 ^ slice[i].length) };
        if (slice[i].length == WHOLE) pair[0] = 0x80, pair[1] = 0x7f;
        bytes_append(out, pair, 2);
    }
}

static void put_slices(bytes *out, const made *m)
{
    bytes slice = { 0 }, part = { 0 };
    for (int i = 0; i < m->count; i++) {
        for (int a = 0; a < m->rank + m->axes; a++) {
            const extent *e = &m->slices[i][a % 3];
            if (e->length != WHOLE && e->start) protobuf_put_integer(&part, 1, (uint64_t)e->start);
            if (e->length != WHOLE) protobuf_put_integer(&part, 2, (uint64_t)e->length);
            protobuf_put_message(&slice, 1, &part);
        }
        protobuf_put_message(out, 7, &slice);
    }
}

typedef struct made_files {
    table_entry entries[MOST + 2];
    bytes keys[MOST], values[MOST], whole, header, data;
    size_t count;
} made_files;

static int compare(const void *a, const void *b)
{
    return table_compare(((const table_entry *)a)->key, ((const table_entry *)b)->key);
}

static void make_files(made_files *f, const made *m)
{
    bytes version = { 0 };
    *f = (made_files){ 0 };
    protobuf_put_integer(&version, 1, 1);
    protobuf_put_integer(&f->header, 1, 1);
    protobuf_put_message(&f->header, 3, &version);
    put_entry(&f->whole, m->is_text ? 7 : 1, m->shape, m->rank, 0, NULL, 0);
    put_slices(&f->whole, m);
    f->entries[f->count++] = (table_entry){ { "", 0 }, { (char *)f->header.data, f->header.size } };
    f->entries[f->count++] = (table_entry){ { "w", 1 }, { (char *)f->whole.data, f->whole.size } };
    for (int i = 0; i < m->count; i++) {
        float values[200];
        int64_t shape[3];
        if (m->missing == i + 1) continue;
        size_t count = fill(values, m, m->slices[i], shape);
        if (m->other_shape == i + 1) shape[0] = (int64_t)count, shape[1] = shape[2] = 1;
        put_key(&f->keys[i], m, m->slices[i]);
        put_entry(&f->values[i], m->dtype ? m->dtype : 1, shape, m->rank, f->data.size, values, count);
        bytes_append(&f->data, values, 4 * count);
        f->entries[f->count++] = (table_entry){ { (char *)f->keys[i].data, f->keys[i].size },
                                                { (char *)f->values[i].data, f->values[i].size } };
    }
    qsort(f->entries, f->count, sizeof *f->entries, compare);
}

static horn_status open_made(const made *m, tensor_bundle **out)
{
    made_files f;
    bytes index = { 0 };
    *out = NULL;
    make_files(&f, m);
    horn_status status = table_write(&index, f.entries, f.count);
    if (!status) status = tensor_bundle_open(out, index.data, index.size, "made");
    if (!status && !m->no_data) status = tensor_bundle_give(*out, 0, &f.data);
    if (!status && !m->no_data) status = tensor_bundle_verify(*out);
    for (int i = 0; i < MOST; i++) {
        bytes_free(&f.keys[i]);
        bytes_free(&f.values[i]);
    }
    bytes_free(&f.whole);
    bytes_free(&f.header);
    bytes_free(&f.data);
    bytes_free(&index);
    return status;
}

static void check_made(const made *m)
{
    tensor_bundle *b;
    float values[200];
    horn_view like;
    ck_ok(open_made(m, &b));
    const bundle_entry *e = tensor_bundle_find(b, (protobuf_text){ "w", 1 });
    ck_ok(bundle_entry_describe(b, e, &like));
    ck_assert_int_eq(like.rank, m->rank);
    ck_assert_uint_eq(e->size, 4 * horn_view_count(&like));
    ck_ok(bundle_entry_read(b, e, values, e->size));
    for (size_t i = 0; i < e->size / 4; i++)
        ck_assert_msg(values[i] == (float)i, "element %zu is %g", i, (double)values[i]);
    for (size_t i = 0; i < tensor_bundle_count(b); i++)
        ck_assert(tensor_bundle_at(b, i)->slice == (tensor_bundle_at(b, i) != e));
    tensor_bundle_close(b);
}

START_TEST(test_tensor_bundle_slices__are_put_together)
{
    static const made cases[] = {
        { 2, { 4, 3 }, 1, { { { 0, 4 }, { 0, 3 } } }, .axes = 0 },
        { 2, { 4, 3 }, 1, { { { 0, WHOLE }, { 0, WHOLE } } }, .axes = 0 },
        { 2, { 4, 3 }, 2, { { { 0, 1 }, { 0, WHOLE } }, { { 1, 3 }, { 0, WHOLE } } }, .axes = 0 },
        { 2, { 4, 3 }, 2, { { { 0, WHOLE }, { 2, 1 } }, { { 0, WHOLE }, { 0, 2 } } }, .axes = 0 },
        { 2,
          { 4, 3 },
          4,
          { { { 0, 2 }, { 0, 1 } }, { { 0, 2 }, { 1, 2 } }, { { 2, 2 }, { 0, 1 } }, { { 2, 2 }, { 1, 2 } } },
          .axes = 0 },
        { 3,
          { 5, 6, 4 },
          3,
          { { { 0, 5 }, { 0, 2 }, { 0, 4 } },
            { { 0, 5 }, { 2, 2 }, { 0, 4 } },
            { { 0, 5 }, { 4, 2 }, { 0, 4 } } },
          .axes = 0 },
        { 1, { 60 }, 2, { { { 0, 33 } }, { { 33, 27 } } }, .axes = 0 },
        { 2, { 0, 3 }, 1, { { { 0, WHOLE }, { 0, 3 } } }, .axes = 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_made(&cases[i]);
}
END_TEST

START_TEST(test_tensor_bundle_slices__that_lie_are_refused)
{
    static const made honest = {
        2, { 4, 3 }, 2, { { { 0, 1 }, { 0, WHOLE } }, { { 1, 3 }, { 0, WHOLE } } }, .axes = 0
    };
    tensor_bundle *b;
    made m;
    check_made(&honest);
#define LIE(change, words) \
    m = honest, change;    \
    ck_fails(open_made(&m, &b), HORN_ERROR_FORMAT, "the entry 'w' has slices that " words);
    LIE(m.missing = 1, "are not there")
    LIE(m.missing = 2, "are not there")
    LIE(m.other_shape = 2, "have another dtype or shape")
    LIE(m.dtype = 3, "have another dtype or shape") /* int32 is as long */
    LIE(m.count = 1, "do not fill it")
    LIE(m.slices[1][0].length = 2, "do not fill it")
    LIE(m.slices[1][0].start = 2, "reach out of its shape")
    LIE(m.slices[1][0].length = 4, "reach out of its shape")
    LIE((m.slices[0][0].length = 2), "overlap")
    LIE((m.slices[1][0].start = 0), "overlap")
    LIE((m.slices[1][0] = m.slices[0][0], m.no_data = true, m.missing = 2), "overlap") /* the same twice */
    LIE((m.slices[0][0].start = -1, m.missing = 1), "reach out of its shape")
    LIE((m.slices[0][0].length = -2, m.missing = 1), "reach out of its shape")
    LIE((m.slices[0][0].start = INT64_MAX, m.missing = 1), "reach out of its shape")
    LIE((m.slices[0][0].length = INT64_MAX, m.missing = 1), "reach out of its shape")
    LIE(m.axes = -1, "reach out of its shape")
    LIE(m.axes = 1, "reach out of its shape")
    LIE((m.shape[0] = (int64_t)1 << 50, m.no_data = true), "do not fill it")
    LIE((m.shape[1] = INT64_MAX / 4, m.missing = 1, m.count = 1), "reach out of its shape")
#undef LIE
    m = honest; /* texts are told by their own entries, and not put together */
    m.is_text = m.no_data = true;
    ck_fails(open_made(&m, &b), HORN_ERROR_FORMAT, "another dtype");
}
END_TEST

/* Each of 1025 slices would be compared with each other. */
START_TEST(test_tensor_bundle_slices__too_many_are_refused)
{
    bytes header = { 0 }, entry = { 0 }, slice = { 0 }, part = { 0 }, index = { 0 };
    int64_t shape[] = { 2000 };
    tensor_bundle *b;
    protobuf_put_integer(&header, 1, 1);
    put_entry(&entry, 1, shape, 1, 0, NULL, 0);
    for (uint64_t i = 0; i < 1025; i++) {
        if (i) protobuf_put_integer(&part, 1, i);
        protobuf_put_integer(&part, 2, 1);
        protobuf_put_message(&slice, 1, &part);
        protobuf_put_message(&entry, 7, &slice);
    }
    table_entry entries[] = { { { "", 0 }, { (char *)header.data, header.size } },
                              { { "w", 1 }, { (char *)entry.data, entry.size } } };
    ck_ok(table_write(&index, entries, 2));
    ck_fails(tensor_bundle_open(&b, index.data, index.size, "made"), HORN_ERROR_UNSUPPORTED,
             "more than 1024 slices");
    bytes_free(&header);
    bytes_free(&entry);
    bytes_free(&index);
}
END_TEST

TEST_MAIN(test_tensor_bundle_slices__are_put_together, test_tensor_bundle_slices__that_lie_are_refused,
          test_tensor_bundle_slices__too_many_are_refused)
