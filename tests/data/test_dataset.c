#include "../test.h"

#include <horn/dataset.h>
#include "data/data_folder.h"

static void put_all_idx(void)
{
    put_idx(0, 6, "");
    put_idx(1, 6, ".gz"); /* plain in spite of its name: content decides */
    put_idx(2, 4, "");
    put_idx(3, 4, "");
}

START_TEST(test_dataset__loads_the_tutorials_slice)
{
    horn_dataset *d = NULL;
    ck_ok(horn_dataset_load(&d, SLICE, NULL));
    check_shape(horn_dataset_x_train(d), HORN_UINT8, 3, 1024, 28, 28, 255);
    check_shape(horn_dataset_y_train(d), HORN_UINT8, 1, 1024, 0, 0, 0);
    check_shape(horn_dataset_x_test(d), HORN_UINT8, 3, 512, 28, 28, 255);
    check_shape(horn_dataset_y_test(d), HORN_UINT8, 1, 512, 0, 0, 0);
    ck_assert_mem_eq(horn_dataset_y_train(d)->data, "\x09\0\0\x03\0\x02\x07\x02\x05\x05", 10);
    ck_assert_mem_eq(horn_dataset_y_test(d)->data, "\x09\x02\x01\x01\x06\x01\x04\x06\x05\x07", 10);
    unsigned long sum = 0;
    const unsigned char *pixels = horn_dataset_x_train(d)->data;
    for (size_t i = 0; i < 1024 * 784; i++) sum += pixels[i];
    ck_assert_uint_eq(sum, 58014828);
    ck_assert_uint_eq(horn_dataset_checksum(d), 0x78286aa5);
    horn_dataset_free(d);
}
END_TEST

START_TEST(test_dataset__takes_the_first_samples)
{
    horn_dataset *all = NULL, *some = NULL;
    ck_ok(horn_dataset_load(&all, SLICE, NULL));
    ck_ok(
        horn_dataset_load(&some, SLICE, &(horn_dataset_options){ .train_samples = 100, .test_samples = 7 }));
    check_shape(horn_dataset_x_train(some), HORN_UINT8, 3, 100, 28, 28, 255);
    check_shape(horn_dataset_y_train(some), HORN_UINT8, 1, 100, 0, 0, 0);
    check_shape(horn_dataset_x_test(some), HORN_UINT8, 3, 7, 28, 28, 255);
    ck_assert_mem_eq(horn_dataset_x_train(some)->data, horn_dataset_x_train(all)->data, 100 * 784);
    ck_assert_mem_eq(horn_dataset_y_train(some)->data, horn_dataset_y_train(all)->data, 100);
    ck_assert_uint_ne(horn_dataset_checksum(some), horn_dataset_checksum(all));
    horn_dataset_free(some);
    ck_fails(horn_dataset_load(&some, SLICE, &(horn_dataset_options){ .train_samples = 1025 }),
             HORN_ERROR_ARGUMENT, "x_train has 1024 samples, 1025 are wanted");
    ck_fails(horn_dataset_load(&some, SLICE, &(horn_dataset_options){ .test_samples = 513 }),
             HORN_ERROR_ARGUMENT, "x_test has 512 samples");
    horn_dataset_free(all);
}
END_TEST

START_TEST(test_dataset__leaves_out_what_is_not_wanted)
{
    horn_dataset *d = NULL;
    make_folder();
    put_idx(2, 4, "");
    put_idx(3, 4, "");
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_FILE, "train-images-idx3-ubyte: No such file");
    ck_ok(horn_dataset_load(&d, folder, &(horn_dataset_options){ .no_train = true }));
    ck_assert_ptr_null(horn_dataset_x_train(d));
    ck_assert_ptr_null(horn_dataset_y_train(d));
    check_shape(horn_dataset_x_test(d), HORN_UINT8, 3, 4, 2, 2, 255);
    ck_assert_uint_ne(horn_dataset_checksum(d), 0);
    horn_dataset_free(d);
    ck_fails(horn_dataset_load(&d, folder, &(horn_dataset_options){ .no_train = true, .no_test = true }),
             HORN_ERROR_ARGUMENT, "neither");
    remove_folder();
}
END_TEST

/* The same pixels from IDX files, a stored and a packed .npz, of which only the labels' type differs. */
START_TEST(test_dataset__loads_the_same_from_idx_and_npz)
{
    horn_dataset *idx = NULL, *stored = NULL, *packed = NULL;
    make_folder();
    put_all_idx();
    ck_ok(horn_dataset_load(&idx, folder, NULL));
    ck_ok(horn_dataset_load(&stored, GOLDEN "stored.npz", NULL));
    ck_ok(horn_dataset_load(&packed, GOLDEN "packed.npz", NULL));
    check_shape(horn_dataset_x_train(stored), HORN_UINT8, 3, 6, 2, 2, 255);
    check_shape(horn_dataset_y_train(stored), HORN_INT64, 1, 6, 0, 0, 0);
    check_shape(horn_dataset_x_test(packed), HORN_UINT8, 3, 4, 2, 2, 255);
    ck_assert_mem_eq(horn_dataset_x_train(idx)->data, horn_dataset_x_train(stored)->data, 24);
    ck_assert_mem_eq(horn_dataset_x_test(idx)->data, horn_dataset_x_test(packed)->data, 16);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(((const int64_t *)horn_dataset_y_train(packed)->data)[i], i % 3);
    ck_assert_uint_eq(horn_dataset_checksum(stored), horn_dataset_checksum(packed));
    ck_assert_uint_ne(horn_dataset_checksum(stored), horn_dataset_checksum(idx));
    horn_dataset_free(idx);
    horn_dataset_free(stored);
    horn_dataset_free(packed);

    ck_ok(horn_dataset_load(&stored, GOLDEN "one_hot.npz", &(horn_dataset_options){ .train_samples = 5 }));
    check_shape(horn_dataset_x_train(stored), HORN_FLOAT32, 2, 5, 4, 0, 0);
    check_shape(horn_dataset_y_train(stored), HORN_FLOAT32, 2, 5, 3, 0, 0);
    ck_assert_float_eq(((const float *)horn_dataset_x_train(stored)->data)[3], 0.5f);
    horn_dataset_free(stored);
    remove_folder();
}
END_TEST

START_TEST(test_dataset__refuses_what_is_no_data_set)
{
    horn_dataset *d = NULL;
    make_folder();
    ck_fails(horn_dataset_load(&d, "/tmp/horn-no-such-thing", NULL), HORN_ERROR_FILE, "No such file");
    put_file("made.npz", "hello", 5);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT, "is no .npz");
    put_file("made.npz", "", 0);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT, "is no .npz");
    ck_fails(horn_dataset_load(&d, "tests/golden/zip/stored.zip", NULL), HORN_ERROR_FORMAT,
             "stored.zip: no x_train; it has ");
    ck_fails(horn_dataset_load(&d, "/dev/null", NULL), HORN_ERROR_FILE, "not a regular file");
    put_all_idx();
    put_idx(1, 5, ".gz");
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_SHAPE, "x_train has 6 samples, y_train has 5");
    ck_fails(horn_dataset_load(&d, folder, &(horn_dataset_options){ .train_samples = 2 }), HORN_ERROR_SHAPE,
             "x_train has 6 samples, y_train has 5");
    put_idx(0, 0, "");
    put_idx(1, 0, ".gz");
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_SHAPE, "no samples");
    put_all_idx();
    put_file(idx_names[3], "\0\0\x08\1\0\0\0\4\0\1\2", 11);
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_FORMAT,
             "t10k-labels-idx1-ubyte: 3 bytes of elements");
    put_file(idx_names[3], "\0\0\x08\3\0\0\0\4\0\0\0\1\0\0\0\1\0\1\2\1", 20);
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_SHAPE, "3 axes");
    put_idx(3, 4, "");
    put_file(idx_names[2], "\0\0\x08\1\0\0\0\4\0\1\2\1", 12);
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_SHAPE, "at least one more");
    put_file(idx_names[2], "\0\0\x08\3\0\0\0\4\0\0\0\1\0\0\0\2\0\1\2\1\0\1\2\1", 24);
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_SHAPE, "differ in shape");
    ck_assert_ptr_null(d);
    remove_folder();
}
END_TEST

/* Only a loss knows whether they are classes. */
START_TEST(test_dataset__targets_may_be_below_0)
{
    horn_dataset *d = NULL;
    make_folder();
    put_all_idx();
    put_file(idx_names[3], "\0\0\x09\1\0\0\0\4\0\1\2\xff", 12);
    ck_ok(horn_dataset_load(&d, folder, NULL));
    check_shape(horn_dataset_y_test(d), HORN_INT8, 1, 4, 0, 0, 0);
    ck_assert_int_eq(((const int8_t *)horn_dataset_y_test(d)->data)[3], -1);
    horn_dataset_free(d);
    put_file(idx_names[3], "\0\0\x0b\1\0\0\0\4\0\xff\0\1\x80\0\0\2", 16);
    ck_ok(horn_dataset_load(&d, folder, NULL));
    check_shape(horn_dataset_y_test(d), HORN_INT16, 1, 4, 0, 0, 0);
    ck_assert_int_eq(((const int16_t *)horn_dataset_y_test(d)->data)[2], -32768);
    horn_dataset_free(d);
    remove_folder();
}
END_TEST

/* .npz has the zip's CRC: a flip is refused or leaves the data as they were. */
START_TEST(test_dataset__reads_no_flipped_npz_wrong)
{
    bytes file = { 0 };
    horn_dataset *d = NULL;
    make_folder();
    ck_ok(horn_dataset_load(&d, GOLDEN "packed.npz", NULL));
    unsigned right = horn_dataset_checksum(d);
    horn_dataset_free(d);
    ck_ok(file_read(&file, GOLDEN "packed.npz", 0));
    for (size_t bit = 0; bit < file.size * 8; bit++) {
        file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        put_file("made.npz", file.data, file.size);
        file.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (horn_dataset_load(&d, inside("made.npz"), NULL)) continue;
        ck_assert_uint_eq(horn_dataset_checksum(d), right);
        horn_dataset_free(d);
    }
    for (size_t size = 0; size < file.size; size++) {
        put_file("made.npz", file.data, size);
        ck_assert_int_eq(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT);
    }
    bytes_free(&file);
    remove_folder();
}
END_TEST

START_TEST(test_dataset__shuffles_images_with_their_labels)
{
    static const char *const names[] = { "x", "y", NULL };
    unsigned char orders[3][20];
    make_folder();
    put_pairs(names, 24);
    for (int k = 0; k < 3; k++) { /* seeds 1, 2, 1 */
        horn_dataset *d = NULL;
        ck_ok(horn_dataset_load(&d, inside("made.npz"), &(horn_dataset_options){ .train_samples = 20 }));
        ck_ok(horn_dataset_shuffle(d, k == 1 ? 2 : 1));
        const unsigned char *x = horn_dataset_x_train(d)->data, *y = horn_dataset_y_train(d)->data;
        unsigned seen = 0;
        for (size_t i = 0; i < 20; i++) {
            ck_assert_uint_eq(x[2 * i], y[i]);
            ck_assert_uint_eq(x[2 * i + 1], 2 * y[i]);
            seen |= 1u << y[i];
        }
        ck_assert_uint_eq(seen, (1u << 20) - 1); /* the first 20, each of them once */
        memcpy(orders[k], y, 20);
        horn_dataset_free(d);
    }
    ck_assert_mem_ne(orders[0], orders[1], 20);
    ck_assert_mem_eq(orders[0], orders[2], 20);
    bool moved = false;
    for (unsigned i = 0; i < 20; i++) moved |= orders[0][i] != i;
    ck_assert(moved);
    remove_folder();
}
END_TEST

TEST_MAIN(test_dataset__loads_the_tutorials_slice, test_dataset__takes_the_first_samples,
          test_dataset__leaves_out_what_is_not_wanted, test_dataset__loads_the_same_from_idx_and_npz,
          test_dataset__refuses_what_is_no_data_set, test_dataset__targets_may_be_below_0,
          test_dataset__reads_no_flipped_npz_wrong, test_dataset__shuffles_images_with_their_labels)
