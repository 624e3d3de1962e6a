#include "codecs/hdf5_checks.h"
#include "finish.h"

#include <pthread.h>
#include <sys/resource.h>

static void write_sample(bytes *out)
{
    static const float kernel[6] = { 0, 1, 2, 3, 4, 5 };
    static const long long iteration = 1234567890123;
    static const char *const layers[] = { "dense", "flatten" }, *const weights[] = { "dense/kernel:0",
                                                                                     "dense/bias:0" };
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_text(f, "/", "model_config", "{\"name\": \"κέρας\"}"));
    ck_ok(hdf5_write_group(f, "/model_weights"));
    ck_ok(hdf5_write_names(f, "model_weights", "layer_names", layers, 2));
    ck_ok(hdf5_write_group(f, "/model_weights/dense"));
    ck_ok(hdf5_write_names(f, "/model_weights/dense", "weight_names", weights, 2));
    ck_ok(hdf5_write_dataset(f, "/model_weights/dense/dense/kernel:0",
                             &(horn_view){ .data = kernel, .rank = 2, .shape = { 2, 3 } }));
    ck_ok(hdf5_write_dataset(f, "model_weights/dense/dense/bias:0",
                             &(horn_view){ .data = kernel, .rank = 1, .shape = { 3 } }));
    ck_ok(hdf5_write_group(f, "/model_weights/flatten/"));
    ck_ok(hdf5_write_names(f, "/model_weights/flatten", "weight_names", NULL, 0));
    ck_ok(hdf5_write_dataset(f, "optimizer_weights/iteration:0",
                             &(horn_view){ .data = &iteration, .dtype = HORN_INT64 }));
    ck_ok(finish_hdf5(f, out));
}

START_TEST(test_hdf5_file__what_was_written_is_read)
{
    write_sample(&content);
    hdf5_file *f = open_bytes();
    check_text(f, "/", "model_config", "{\"name\": \"κέρας\"}");
    check_names(f, "/model_weights", "layer_names", "dense|flatten");
    check_names(f, "/model_weights/dense", "weight_names", "dense/kernel:0|dense/bias:0");
    check_names(f, "/model_weights/flatten", "weight_names", "");
    check_numbers(f, "model_weights/dense/dense/kernel:0", HORN_FLOAT32, "2x3", 0, 1);
    check_numbers(f, "/model_weights/dense/dense/bias:0", HORN_FLOAT32, "3", 0, 1);
    check_numbers(f, "/optimizer_weights/iteration:0", HORN_INT64, "", 1234567890123, 0);
    ck_assert(hdf5_has_group(f, "/") && hdf5_has_group(f, "/model_weights/flatten"));
    ck_assert(!hdf5_has_group(f, "/model_weights/dense/dense/kernel:0") &&
              !hdf5_has_group(f, "/missing/deeper"));
    ck_assert(hdf5_has_dataset(f, "/model_weights/dense/dense/kernel:0") &&
              !hdf5_has_dataset(f, "/model_weights"));
    ck_assert(!hdf5_has_group(f, "/model_weights/dense/dense/kernel:0/below"));
    ck_assert(hdf5_has_attribute(f, "/", "model_config") && !hdf5_has_attribute(f, "/", "training_config"));
    ck_assert(!hdf5_has_attribute(f, "/missing", "x"));
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_file__groups_are_listed_sorted)
{
    write_sample(&content);
    hdf5_file *f = open_bytes();
    char **names = NULL;
    size_t count = 0;
    ck_ok(hdf5_list(f, "/", &names, &count));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(names[0], "horn");
    ck_assert_str_eq(names[1], "model_weights");
    ck_assert_str_eq(names[2], "optimizer_weights");
    free(names);
    ck_ok(hdf5_list(f, "/model_weights/flatten", &names, &count));
    ck_assert_uint_eq(count, 0);
    free(names);
    ck_fails(hdf5_list(f, "/optimizer_weights/iteration:0", &names, &count), HORN_ERROR_FORMAT,
             "is no group");
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_file__every_dtype_survives)
{
    static const unsigned char data[16] = { 0, 1, 1, 0, 0x7f, 0x40, 0x80, 0xbf, 1, 2, 3, 4, 5, 6, 7, 8 };
    static const char *const paths[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" };
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    for (int t = HORN_FLOAT32; t <= HORN_BOOL; t++) {
        horn_view v = { .data = data, .dtype = (horn_dtype)t, .rank = 1 };
        v.shape[0] = t == HORN_BOOL ? 4 : 16 / horn_dtype_size(v.dtype);
        ck_ok(hdf5_write_dataset(f, paths[t], &v));
    }
    ck_ok(finish_hdf5(f, &content));
    f = open_bytes();
    for (int t = HORN_FLOAT32; t <= HORN_BOOL; t++) {
        horn_dtype dtype;
        int rank;
        size_t shape[HORN_MAX_RANK];
        unsigned char read[16] = { 0 };
        ck_ok(hdf5_describe_dataset(f, paths[t], &dtype, &rank, shape));
        ck_assert_int_eq(dtype, t);
        size_t size = shape[0] * horn_dtype_size(dtype);
        ck_ok(hdf5_read_dataset(f, paths[t], dtype, read, size));
        ck_assert_msg(memcmp(read, data, size) == 0, "dtype %d", t);
    }
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_file__shapes_from_scalar_to_eight_axes)
{
    static const float numbers[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_dataset(f, "scalar", &(horn_view){ .data = numbers + 7 }));
    ck_ok(hdf5_write_dataset(f, "none", &(horn_view){ .rank = 2, .shape = { 0, 5 } }));
    ck_ok(hdf5_write_dataset(
        f, "deep", &(horn_view){ .data = numbers, .rank = 8, .shape = { 2, 1, 2, 1, 2, 1, 2, 1 } }));
    ck_ok(finish_hdf5(f, &content));
    f = open_bytes();
    check_numbers(f, "scalar", HORN_FLOAT32, "", 7, 0);
    check_numbers(f, "none", HORN_FLOAT32, "0x5", 0, 0);
    check_numbers(f, "deep", HORN_FLOAT32, "2x1x2x1x2x1x2x1", 0, 1);
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_file__same_calls_same_bytes)
{
    bytes other = { 0 };
    write_sample(&content);
    usleep(1100000); /* HDF5's times count seconds */
    write_sample(&other);
    ck_assert_uint_eq(content.size, other.size);
    ck_assert_int_eq(memcmp(content.data, other.data, content.size), 0);
    bytes_free(&other);
    bytes_free(&content);
}
END_TEST

START_TEST(test_hdf5_file__long_lists_are_split_as_keras_does)
{
    static char text[1001][80];
    static const char *names[1001];
    for (int i = 0; i < 1001; i++) {
        snprintf(text[i], sizeof text[i], "layer_%04d_%.*s", i, i % 60,
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        names[i] = text[i];
    }
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_names(f, "/", "layer_names", names, 1001));
    ck_ok(hdf5_write_names(f, "/", "short", names, 900)); /* 900 x 70 = 63,000 bytes fit */
    ck_ok(finish_hdf5(f, &content));
    f = open_bytes();
    for (int golden = 0; golden < 2; golden++) { /* ours; then Keras' own */
        char **read = NULL;
        size_t count = 0;
        ck_assert(!hdf5_has_attribute(f, "/", "layer_names") && hdf5_has_attribute(f, "/", "layer_names1"));
        ck_assert(!hdf5_has_attribute(f, "/", "layer_names2"));
        ck_ok(hdf5_read_names(f, "/", "layer_names", false, &read, &count));
        ck_assert_uint_eq(count, 1001);
        for (size_t i = 0; i < count; i++) ck_assert_str_eq(read[i], names[i]);
        free(read);
        ck_ok(hdf5_read_names(f, "/", "layer_names0", false, &read, &count));
        ck_assert_uint_eq(count, 501);
        free(read);
        if (golden == 0) ck_assert(hdf5_has_attribute(f, "/", "short"));
        close_all(f);
        if (golden == 0) f = open_golden("tests/golden/h5py/split.h5");
    }
    char *huge = malloc(64514);
    memset(huge, 'n', 64513);
    huge[64513] = 0;
    ck_ok(hdf5_file_create(&f));
    ck_fails(hdf5_write_names(f, "/", "x", (const char *const *)&huge, 1), HORN_ERROR_UNSUPPORTED,
             "64513 bytes");
    hdf5_file_close(f);
    free(huge);
}
END_TEST

START_TEST(test_hdf5_file__long_text_survives)
{
    char *text = malloc(300001);
    for (int i = 0; i < 300000; i++) text[i] = (char)('a' + i % 26);
    text[300000] = 0;
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_text(f, "/", "model_config", text));
    ck_ok(hdf5_write_text(f, "/", "empty", ""));
    ck_ok(finish_hdf5(f, &content));
    f = open_bytes();
    check_text(f, "/", "model_config", text);
    check_text(f, "/", "empty", "");
    close_all(f);
    free(text);
}
END_TEST

START_TEST(test_hdf5_file__what_is_missing_is_named)
{
    char *text = NULL, **names = NULL;
    size_t count = 9, shape[HORN_MAX_RANK];
    horn_dtype dtype;
    int rank;
    float numbers[8];
    write_sample(&content);
    hdf5_file *f = open_bytes();
    ck_fails(hdf5_read_text(f, "/", "training_config", &text), HORN_ERROR_FORMAT,
             "model.h5: /: attribute 'training_config' is missing");
    ck_fails(hdf5_read_text(f, "/model_weights", "layer_names", &text), HORN_ERROR_FORMAT,
             "holds 2 texts, expected 1");
    ck_fails(hdf5_read_names(f, "/a/b", "x", true, &names, &count), HORN_ERROR_FORMAT,
             "model.h5: /a/b: is missing");
    ck_fails(hdf5_read_names(f, "/", "x", false, &names, &count), HORN_ERROR_FORMAT,
             "attribute 'x' is missing");
    ck_ok(hdf5_read_names(f, "/", "x", true, &names, &count));
    ck_assert_uint_eq(count, 0);
    free(names);
    ck_fails(hdf5_describe_dataset(f, "/model_weights", &dtype, &rank, shape), HORN_ERROR_FORMAT,
             "is no dataset");
    ck_fails(hdf5_read_dataset(f, "/model_weights/dense/dense/bias:0", HORN_FLOAT32, numbers, sizeof numbers),
             HORN_ERROR_SHAPE, "holds 3 elements, expected 8");
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_file__writing_twice_is_refused)
{
    static const float number = 1;
    horn_view v = { .data = &number };
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_create(&f));
    ck_ok(hdf5_write_dataset(f, "a/x", &v));
    ck_fails(hdf5_write_dataset(f, "a/x", &v), HORN_ERROR_FORMAT, "a/x: cannot be made a dataset");
    ck_fails(hdf5_write_group(f, "a/x/b"), HORN_ERROR_FORMAT, "cannot be made a group");
    ck_ok(hdf5_write_text(f, "a", "t", "one"));
    ck_fails(hdf5_write_text(f, "a", "t", "two"), HORN_ERROR_FORMAT, "a: t");
    ck_fails(hdf5_write_text(f, "b", "t", "two"), HORN_ERROR_FORMAT, "b: is missing");
    ck_ok(finish_hdf5(f, &content));
    f = open_bytes();
    check_text(f, "a", "t", "one");
    close_all(f);
}
END_TEST

/* --- several threads --- */

static void *read_and_write(void *problem)
{
    for (int round = 0; round < 20 && !*(bool *)problem; round++) {
        static const float number = 3;
        hdf5_file *f = NULL;
        bytes b = { 0 };
        char *text = NULL;
        bool good = !hdf5_file_create(&f) &&
                    !hdf5_write_dataset(f, "a/b/x", &(horn_view){ .data = &number }) &&
                    !hdf5_write_text(f, "a", "t", "text") && !finish_hdf5(f, &b) &&
                    !hdf5_file_open(&f, b.data, b.size, "x") && !hdf5_read_text(f, "a", "t", &text) &&
                    strcmp(text, "text") == 0;
        if (!good) *(bool *)problem = true;
        free(text);
        if (good) hdf5_file_close(f);
        bytes_free(&b);
    }
    return NULL;
}

START_TEST(test_hdf5_file__several_files_by_several_threads)
{
    pthread_t threads[4];
    bool problems[4] = { false };
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_and_write, &problems[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(!problems[i]);
    }
}
END_TEST

/* libhdf5 itself crashes if it cannot allocate the cache of a file. */
START_TEST(test_hdf5_file__too_little_memory_is_an_error)
{
    size_t pages = 0;
    int opened = 0, refused = 0;
    if (SANITIZED) return;
    write_sample(&content);
    for (rlim_t room = 0; room < (rlim_t)16 << 20; room += 1 << 16) {
        hdf5_file *f = NULL;
        FILE *sizes = fopen("/proc/self/statm", "r");
        ck_assert(sizes && fscanf(sizes, "%zu", &pages) == 1);
        fclose(sizes);
        setrlimit(RLIMIT_AS, &(struct rlimit){ pages * 4096 + room, RLIM_INFINITY });
        horn_status status = hdf5_file_open(&f, content.data, content.size, "model.h5");
        hdf5_file_close(f);
        setrlimit(RLIMIT_AS, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
        ck_assert(status == HORN_OK || status == HORN_ERROR_MEMORY);
        *(status ? &refused : &opened) += 1;
    }
    ck_assert(opened > 0 && refused > 0);
    bytes_free(&content);
}
END_TEST

TEST_MAIN(test_hdf5_file__what_was_written_is_read, test_hdf5_file__groups_are_listed_sorted,
          test_hdf5_file__every_dtype_survives, test_hdf5_file__shapes_from_scalar_to_eight_axes,
          test_hdf5_file__same_calls_same_bytes, test_hdf5_file__long_lists_are_split_as_keras_does,
          test_hdf5_file__long_text_survives, test_hdf5_file__what_is_missing_is_named,
          test_hdf5_file__writing_twice_is_refused, test_hdf5_file__several_files_by_several_threads,
          test_hdf5_file__too_little_memory_is_an_error)
