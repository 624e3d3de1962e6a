/* Arrays and tables in files: .npy, .npz and .csv, and data sets without a test set. */
#include "../test.h"

#include <horn/dataset.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "data/data_folder.h"
#include "npz.h"

START_TEST(test_dataset_files__saves_and_loads_an_array)
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
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    for (size_t i = 0; i < count; i++) {
        bytes array = { 0 };
        ck_ok(npy_write(&array, &view));
        ck_ok(zip_writer_add(zip, names[i], array.data, array.size, 0));
        bytes_free(&array);
    }
    ck_ok(zip_writer_finish(zip));
    file = into.own;
    zip_writer_free(zip);
    put_file("made.npz", file.data, file.size);
    bytes_free(&file);
}

START_TEST(test_dataset_files__says_what_an_npz_has_instead)
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

START_TEST(test_dataset_files__saves_a_table)
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

START_TEST(test_dataset_files__does_without_a_test_set)
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

static long peak_memory(void)
{
    struct rusage used;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &used), 0);
    return used.ru_maxrss << 10;
}

/* 24 MB of numbers in a stored .npz: the file's bytes are the array. */
START_TEST(test_dataset_files__a_stored_npz_takes_its_size_once)
{
    enum { ROWS = 6000, COLUMNS = 1000, BYTES = ROWS * COLUMNS * 4 };
    float *values = malloc(BYTES);
    static uint8_t labels[ROWS];
    horn_dataset *d;
    make_folder();
    for (size_t i = 0; i < ROWS * COLUMNS; i++) values[i] = (float)(i % 8191);
    npz_save(inside("large.npz"),
             (npz_member[]){
                 { "x", { .data = values, .dtype = HORN_FLOAT32, .rank = 2, .shape = { ROWS, COLUMNS } } },
                 { "y", { .data = labels, .dtype = HORN_UINT8, .rank = 1, .shape = { ROWS } } } },
             2);
    free(values);
    fflush(NULL);
    pid_t child = fork(); /* its peak begins with what is in use now */
    if (child == 0) {
        const long before = peak_memory();
        if (horn_dataset_load(&d, inside("large.npz"), NULL)) _exit(2);
        const float *x = horn_dataset_x_train(d)->data;
        for (size_t i = 0; i < ROWS * COLUMNS; i++)
            if (x[i] != (float)(i % 8191)) _exit(3);
        _exit(peak_memory() - before < BYTES * 5L / 4 ? 0 : 4);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
    ck_assert_int_eq(unlink(inside("large.npz")), 0);
    remove_folder();
}
END_TEST

TEST_MAIN(test_dataset_files__saves_and_loads_an_array, test_dataset_files__says_what_an_npz_has_instead,
          test_dataset_files__saves_a_table, test_dataset_files__does_without_a_test_set,
          test_dataset_files__a_stored_npz_takes_its_size_once)
