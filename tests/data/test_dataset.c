#include "../test.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <horn/dataset.h>
#include "base/bytes.h"
#include "codecs/npy.h"
#include "codecs/zip/writer.h"
#include "npz.h"

#define SLICE  "datasets/fashion-mnist"
#define GOLDEN "tests/golden/numpy/"

static const char *const idx_names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };

static char folder[] = "/tmp/horn-dataset-XXXXXX";

static void make_folder(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *inside(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    for (int i = 0; i < 4; i++) {
        char gz[64];
        snprintf(gz, sizeof gz, "%s.gz", idx_names[i]);
        unlink(inside(idx_names[i]));
        unlink(inside(gz));
    }
    unlink(inside("made.npz"));
    unlink(inside("made.npy"));
    unlink(inside("made.csv"));
    ck_assert_int_eq(rmdir(folder), 0);
}

static void put_file(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(inside(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* The golden data set's arrays as IDX files: `count` images of 2 x 2 with pixels 3 i + 1, labels i modulo 3.
 */
static void put_idx(int which, unsigned count, const char *suffix)
{
    unsigned char file[128] = { 0, 0, 8, 3, 0, 0, 0, (unsigned char)count, 0, 0, 0, 2, 0, 0, 0, 2 };
    char name[64];
    size_t size = 16 + 4 * count;
    for (unsigned i = 0; i < 4 * count; i++) file[16 + i] = (unsigned char)(3 * i + 1);
    if (which % 2) {
        file[3] = 1;
        size = 8 + count;
        for (unsigned i = 0; i < count; i++) file[8 + i] = (unsigned char)(i % 3);
    }
    snprintf(name, sizeof name, "%s%s", idx_names[which], suffix);
    put_file(name, file, size);
}

static void put_all_idx(void)
{
    put_idx(0, 6, "");
    put_idx(1, 6, ".gz"); /* plain in spite of its name: content decides */
    put_idx(2, 4, "");
    put_idx(3, 4, "");
}

static void check_shape(const horn_view *v, horn_dtype dtype, int rank, size_t samples, size_t a, size_t b,
                        double divisor)
{
    ck_assert_ptr_nonnull(v);
    ck_assert_int_eq(v->dtype, dtype);
    ck_assert_int_eq(v->rank, rank);
    ck_assert_uint_eq(v->shape[0], samples);
    if (rank > 1) ck_assert_uint_eq(v->shape[1], a);
    if (rank > 2) ck_assert_uint_eq(v->shape[2], b);
    ck_assert_double_eq(v->divisor, divisor);
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

START_TEST(test_dataset__saves_and_loads_an_array)
{
    horn_array *array = NULL;
    bytes saved = { 0 }, golden = { 0 };
    make_folder();
    ck_assert(horn_array_recognizes(GOLDEN "float32.npy"));
    ck_assert(!horn_array_recognizes(GOLDEN "stored.npz") &&
              !horn_array_recognizes("/tmp/horn-no-such-thing"));
    ck_ok(horn_array_load(&array, GOLDEN "float32.npy"));
    check_shape(horn_array_view(array), HORN_FLOAT32, 2, 2, 3, 0, 0);
    ck_ok(horn_array_save(inside("made.npy"), horn_array_view(array)));
    horn_array_free(array);
    ck_ok(horn_array_load(&array, GOLDEN "uint8.npy"));
    check_shape(horn_array_view(array), HORN_UINT8, 2, 2, 3, 0, 255);
    ck_ok(horn_array_save(inside("made.npy"), horn_array_view(array))); /* over the old one */
    horn_array_free(array);
    ck_ok(file_read(&saved, inside("made.npy"), 0));
    ck_ok(file_read(&golden, GOLDEN "uint8.npy", 0));
    ck_assert_uint_eq(saved.size, golden.size);
    ck_assert_mem_eq(saved.data, golden.data, golden.size);
    bytes_free(&saved);
    bytes_free(&golden);
    array = NULL;
    ck_fails(horn_array_load(&array, GOLDEN "stored.npz"), HORN_ERROR_FORMAT, "stored.npz: does not begin");
    ck_fails(horn_array_load(&array, inside("none.npy")), HORN_ERROR_FILE, "No such file");
    ck_assert_ptr_null(array);
    remove_folder();
}
END_TEST

static void put_npz(const char *const *names, size_t count)
{
    const float values[2] = { 1, 2 };
    const horn_view view = { .data = values, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 1, 2 } };
    bytes file = { 0 };
    zip_writer *zip = NULL;
    ck_ok(zip_writer_new(&zip, &file));
    for (size_t i = 0; i < count; i++) {
        bytes array = { 0 };
        ck_ok(npy_write(&array, &view));
        ck_ok(zip_writer_add(zip, names[i], array.data, array.size, 0));
        bytes_free(&array);
    }
    ck_ok(zip_writer_finish(zip));
    zip_writer_free(zip);
    put_file("made.npz", file.data, file.size);
    bytes_free(&file);
}

START_TEST(test_dataset__says_what_an_npz_has_instead)
{
    static const char *const capitals[] = { "X_train.npy", "y_train.npy", "README" };
    static const char *const many[] = { "a.npy", "b.npy", "c.npy", "d.npy", "e.npy",
                                        "f.npy", "g.npy", "h.npy", "i.npy" };
    static const char *const no_labels[] = { "x_train.npy", ".npy" };
    horn_dataset *d = NULL;
    make_folder();
    put_npz(capitals, 3);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT,
             "made.npz: no x_train; it has X_train, y_train, README");
    put_npz(many, 9);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT,
             "made.npz: no x_train; it has a, b, c, d, e, f, g, h, ... (9 in all)");
    put_npz(no_labels, 2);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT,
             "made.npz: no y_train; it has x_train, .npy");
    put_npz(NULL, 0);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT,
             "made.npz: no x_train; it has nothing");
    ck_assert_ptr_null(d);
    remove_folder();
}
END_TEST

static void expect_csv(const horn_view *view, const char *expected)
{
    bytes saved = { 0 };
    ck_ok(horn_array_save(inside("made.csv"), view));
    ck_ok(file_read(&saved, inside("made.csv"), 0));
    ck_assert_str_eq(bytes_text(&saved), expected);
    bytes_free(&saved);
}

#define EXPECT_CSV(name, type, expected, ...)                                                              \
    do {                                                                                                   \
        const type values[4] = { __VA_ARGS__ };                                                            \
        expect_csv(&(horn_view){ .data = values, .dtype = name, .rank = 2, .shape = { 2, 2 } }, expected); \
    } while (0)

START_TEST(test_dataset__saves_a_table)
{
    make_folder();
    EXPECT_CSV(HORN_FLOAT32, float, "0.100000001,-inf\nnan,16777216\n", 0.1f, -__builtin_inff(),
               -__builtin_nanf(""), 16777216);
    EXPECT_CSV(HORN_FLOAT64, double, "0.10000000000000001,1\n2,3\n", 0.1, 1, 2, 3);
    EXPECT_CSV(HORN_INT8, int8_t, "-128,1\n2,3\n", -128, 1, 2, 3);
    EXPECT_CSV(HORN_INT16, int16_t, "-300,1\n2,3\n", -300, 1, 2, 3);
    EXPECT_CSV(HORN_INT32, int32_t, "-70000,1\n2,3\n", -70000, 1, 2, 3);
    EXPECT_CSV(HORN_INT64, int64_t, "-5000000000,1\n2,3\n", -5000000000, 1, 2, 3);
    EXPECT_CSV(HORN_UINT8, uint8_t, "255,1\n2,3\n", 255, 1, 2, 3);
    EXPECT_CSV(HORN_UINT16, uint16_t, "65535,1\n2,3\n", 65535, 1, 2, 3);
    EXPECT_CSV(HORN_UINT32, uint32_t, "4294967295,1\n2,3\n", 4294967295, 1, 2, 3);
    EXPECT_CSV(HORN_UINT64, uint64_t, "18446744073709551615,1\n2,3\n", 18446744073709551615u, 1, 2, 3);
    EXPECT_CSV(HORN_BOOL, uint8_t, "1,0\n0,1\n", 1, 0, 0, 1);
    remove_folder();
}
END_TEST

/* An .npz with some of the arrays, `count` samples each: pixels i, 2 i, labels i. */
static void put_pairs(const char *const *keys, size_t count)
{
    unsigned char pixels[64], labels[32];
    npz_member members[5];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        labels[i] = pixels[2 * i] = (unsigned char)i;
        pixels[2 * i + 1] = (unsigned char)(2 * i);
    }
    for (; keys[n]; n++) {
        bool is_x = keys[n][0] == 'x';
        horn_view view = {
            .data = is_x ? pixels : labels, .dtype = HORN_UINT8, .rank = is_x ? 2 : 1, .shape = { count, 2 }
        };
        members[n] = (npz_member){ keys[n], view };
    }
    npz_save(inside("made.npz"), members, n);
}

START_TEST(test_dataset__does_without_a_test_set)
{
    static const char *const names[][5] = { { "x_train", "y_train" }, { "x", "y" } };
    static const char *const lone[][5] = { { "x_train", "y_train", "x_test" }, { "x", "y", "y_test" } };
    static const char *const mixed[] = { "x_train", "y", "x", NULL };
    horn_dataset *d = NULL;
    make_folder();
    for (size_t i = 0; i < 2; i++) {
        put_pairs(names[i], 6);
        ck_ok(horn_dataset_load(&d, inside("made.npz"), &(horn_dataset_options){ .train_samples = 5 }));
        check_shape(horn_dataset_x_train(d), HORN_UINT8, 2, 5, 2, 0, 255);
        check_shape(horn_dataset_y_train(d), HORN_UINT8, 1, 5, 0, 0, 0);
        ck_assert_ptr_null(horn_dataset_x_test(d));
        ck_assert_ptr_null(horn_dataset_y_test(d));
        horn_dataset_free(d);
        d = NULL;
        ck_fails(horn_dataset_load(&d, inside("made.npz"), &(horn_dataset_options){ .no_train = true }),
                 HORN_ERROR_FORMAT, "x_test");
        ck_ok(horn_dataset_load(&d, inside("made.npz"),
                                &(horn_dataset_options){ .no_train = true, .fall_back = true }));
        ck_assert_ptr_nonnull(horn_dataset_x_train(d));
        horn_dataset_free(d);
        d = NULL;
        put_pairs(lone[i], 6); /* half a test set is a mistake */
        ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT, i ? "x_test" : "y_test");
    }
    put_pairs(mixed, 6);
    ck_fails(horn_dataset_load(&d, inside("made.npz"), NULL), HORN_ERROR_FORMAT, "y_train");
    put_idx(0, 6, "");
    put_idx(1, 6, "");
    ck_ok(horn_dataset_load(&d, folder, NULL));
    ck_assert_uint_eq(horn_dataset_x_train(d)->shape[0], 6);
    ck_assert_ptr_null(horn_dataset_x_test(d));
    horn_dataset_free(d);
    d = NULL;
    put_idx(3, 4, ".gz");
    ck_fails(horn_dataset_load(&d, folder, NULL), HORN_ERROR_FILE, "t10k-images-idx3-ubyte: No such file");
    put_idx(2, 4, "");
    ck_ok(horn_dataset_load(&d, folder, &(horn_dataset_options){ .no_train = true, .fall_back = true }));
    ck_assert_ptr_null(horn_dataset_x_train(d)); /* nothing to fall back from */
    horn_dataset_free(d);
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
          test_dataset__reads_no_flipped_npz_wrong, test_dataset__saves_and_loads_an_array,
          test_dataset__says_what_an_npz_has_instead, test_dataset__saves_a_table,
          test_dataset__does_without_a_test_set, test_dataset__shuffles_images_with_their_labels)
