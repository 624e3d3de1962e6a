#include "test.h"

#include "codecs/hdf5/file.h"
#include "codecs/hdf5/trailer.h"
#include "finish.h"

/* A file written by Horn, and where its HDF5 part ends. */
static size_t write_file(bytes *out)
{
    static const float numbers[3] = { 1, 2, 3 };
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_dataset(f, "x", &(horn_view){ .data = numbers, .rank = 1, .shape = { 3 } }));
    ck_ok(finish_hdf5(f, out));
    return out->size - 20;
}

static horn_status open_and_close(const void *data, size_t size)
{
    hdf5_file *f = NULL;
    horn_status status = hdf5_file_open(&f, data, size, "model.h5");
    hdf5_file_close(f);
    return status;
}

START_TEST(test_hdf5_trailer__layout)
{
    pieces whole = { 0 };
    pieces_append(&whole, "123456789", 9);
    hdf5_trailer_append(&whole);
    ck_ok(pieces_status(&whole));
    bytes b = whole.own;
    ck_assert_uint_eq(b.size, 29);
    ck_assert_int_eq(memcmp(b.data, "123456789HORNSUM\n\x09\0\0\0\0\0\0\0", 25), 0);
    size_t size = 0;
    bool found = false;
    ck_ok(hdf5_trailer_check(b.data, b.size, "x", &size, &found));
    ck_assert(found && size == 9);
    ck_ok(hdf5_trailer_check(b.data, 28, "x", &size, &found));
    ck_assert(!found && size == 28);
    ck_ok(hdf5_trailer_check("", 0, "x", &size, &found));
    ck_assert(!found && size == 0);
    b.data[3] ^= 1;
    ck_fails(hdf5_trailer_check(b.data, b.size, "x", &size, &found), HORN_ERROR_FORMAT,
             "x: its bytes have the checksum");
    bytes_free(&b);
}
END_TEST

START_TEST(test_hdf5_trailer__of_other_bytes_is_refused)
{
    bytes b = { 0 };
    bytes_append(&b, "front", 5); /* a whole file with its trailer, behind bytes that it does not know of */
    pieces inner = { 0 };
    pieces_append(&inner, "content", 7);
    hdf5_trailer_append(&inner);
    pieces_copy(&inner, &b);
    size_t size;
    bool found;
    ck_fails(hdf5_trailer_check(b.data, b.size, "x", &size, &found), HORN_ERROR_FORMAT, "x: ");
    bytes_free(&b);
    pieces_free(&inner);
}
END_TEST

START_TEST(test_hdf5_trailer__either_sign_makes_it_compulsory)
{
    bytes b = { 0 };
    size_t end = write_file(&b);
    ck_ok(open_and_close(b.data, b.size));
    ck_fails(open_and_close(b.data, end), HORN_ERROR_FORMAT,
             "announces a checksum trailer and does not end in one");
    b.data[end] ^= 1; /* the trailer's name */
    ck_fails(open_and_close(b.data, b.size), HORN_ERROR_FORMAT, "announces a checksum trailer");
    b.data[end] ^= 1;
    size_t group = end; /* the name of the announcing group */
    while (memcmp(b.data + --group, "horn\0", 6) != 0) ck_assert_uint_gt(group, 0);
    b.data[group] ^= 1;
    ck_fails(open_and_close(b.data, b.size), HORN_ERROR_FORMAT, "its bytes have the checksum");
    bytes_append(&b, "", 1);
    b.data[group] ^= 1;
    ck_fails(open_and_close(b.data, b.size), HORN_ERROR_FORMAT, "announces a checksum trailer");
    bytes_free(&b);
}
END_TEST

TEST_MAIN(test_hdf5_trailer__layout, test_hdf5_trailer__of_other_bytes_is_refused,
          test_hdf5_trailer__either_sign_makes_it_compulsory)
