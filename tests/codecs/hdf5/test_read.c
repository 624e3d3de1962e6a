/* Files that h5py and Keras wrote: tests/golden. */
#include "codecs/hdf5_checks.h"

#include <dirent.h>
#include <math.h>

START_TEST(test_hdf5_read__every_dialect_of_texts)
{
    char *text = NULL, **names = NULL;
    size_t count = 0, shape[HORN_MAX_RANK];
    horn_dtype dtype;
    int rank;
    hdf5_file *f = open_golden("tests/golden/h5py/texts.h5");
    check_text(f, "/", "utf8", "κέρας");
    check_text(f, "/", "ascii", "tensorflow");
    check_text(f, "/", "empty", "");
    check_text(f, "/", "numpy", "fixed");
    check_text(f, "/", "nullterm", "fixed");
    check_text(f, "/", "nullpad", "fixed");
    check_text(f, "/", "spacepad", "fixed");
    check_text(f, "/", "utf8fixed", "κέρας");
    ck_ok(hdf5_read_text(f, "/", "long", &text));
    ck_assert_uint_eq(strlen(text), 70000);
    free(text);
    check_names(f, "/", "list", "dense|flatten|");
    check_names(f, "/", "list_utf8", "dense|κ");
    check_names(f, "/", "list_fixed", "dense|flatten|a");
    check_names(f, "/", "list_space", "ab|abcd|");
    check_names(f, "/", "none", "");
    check_names(f, "/", "nothing", "");
    ck_fails(hdf5_read_text(f, "/", "number", &text), HORN_ERROR_FORMAT, "'number' holds no text");
    ck_fails(hdf5_read_names(f, "/", "number", true, &names, &count), HORN_ERROR_FORMAT,
             "'number' holds no text");
    ck_fails(hdf5_describe_dataset(f, "/dataset", &dtype, &rank, shape), HORN_ERROR_UNSUPPORTED,
             "holds texts");
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_read__every_type_of_numbers)
{
    static const struct {
        const char *type;
        horn_dtype nearest;
    } types[] = { { "i1", HORN_INT8 },    { "i2", HORN_INT16 },  { "i4", HORN_INT32 },
                  { "i8", HORN_INT64 },   { "u1", HORN_UINT8 },  { "u2", HORN_UINT16 },
                  { "u4", HORN_UINT32 },  { "u8", HORN_UINT64 }, { "f2", HORN_FLOAT32 },
                  { "f4", HORN_FLOAT32 }, { "f8", HORN_FLOAT64 } };
    static const double expected[6] = { 0, 1, 2, 3, 4, 100 };
    hdf5_file *f = open_golden("tests/golden/h5py/numbers.h5");
    for (size_t i = 0; i < 2 * sizeof types / sizeof *types; i++) {
        horn_dtype dtype;
        int rank;
        size_t shape[HORN_MAX_RANK];
        double numbers[6];
        float floats[6];
        char path[32];
        snprintf(path, sizeof path, "/%s_%s", i % 2 ? "big" : "little", types[i / 2].type);
        if (strcmp(path, "/big_i1") == 0 || strcmp(path, "/big_u1") == 0)
            continue; /* one byte has no order */
        ck_ok(hdf5_describe_dataset(f, path, &dtype, &rank, shape));
        ck_assert_msg(dtype == types[i / 2].nearest && rank == 2 && shape[0] == 2 && shape[1] == 3, "%s",
                      path);
        ck_ok(hdf5_read_dataset(f, path, HORN_FLOAT64, numbers, sizeof numbers));
        ck_ok(hdf5_read_dataset(f, path, HORN_FLOAT32, floats, sizeof floats));
        for (int k = 0; k < 6; k++)
            ck_assert_msg(numbers[k] == expected[k] && floats[k] == expected[k], "%s", path);
    }
    unsigned char truth[6];
    ck_ok(hdf5_read_dataset(f, "/bool", HORN_BOOL, truth, sizeof truth));
    ck_assert_int_eq(memcmp(truth, "\0\1\1\0\0\1", 6), 0);
    check_numbers(f, "/negative", HORN_INT8, "2", -1, -127);
    check_numbers(f, "/scalar", HORN_FLOAT32, "", 3.5, 0);
    check_numbers(f, "/iteration", HORN_INT64, "", 1234567890123, 0);
    check_numbers(f, "/none", HORN_FLOAT32, "0x4", 0, 0);
    ck_fails(hdf5_read_dataset(f, "/null", HORN_FLOAT32, truth, 4), HORN_ERROR_UNSUPPORTED,
             "/null: has no shape");
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_read__every_layout_of_datasets)
{
    static const char *const paths[] = { "contiguous",  "chunked",      "growing",
                                         "gzip",        "shuffle_gzip", "shuffle_gzip_fletcher",
                                         "many_chunks", "compact" };
    hdf5_file *f = open_golden("tests/golden/h5py/layouts.h5");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check_numbers(f, paths[i], HORN_FLOAT32, "6x10", 0, 1);
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_read__every_layout_of_files)
{
    static const char *const names[] = { "latest", "tracked", "old_groups", "user_block",
                                         "user_block_latest" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "tests/golden/h5py/%s.h5", names[i]);
        hdf5_file *f = open_golden(path);
        check_text(f, "/", "backend", "tensorflow");
        check_names(f, "/group/deeper", "weight_names", "x");
        check_numbers(f, "group/deeper/x", HORN_FLOAT32, "6x10", 0, 1);
        close_all(f);
    }
}
END_TEST

/* A group that such a name turned into one of the newer kind, named by an older one, by the superblock and by one of its
 * own kind. */
START_TEST(test_hdf5_read__names_beyond_ascii)
{
    static const char *const groups[] = { "group/deeper", "group/κέρας", "κ/deeper" };
    hdf5_file *f = open_golden("tests/golden/h5py/utf8_names.h5");
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/ascii", groups[i]);
        check_numbers(f, path, HORN_FLOAT32, "6x10", 0, 1);
        snprintf(path, sizeof path, "%s/слой", groups[i]);
        check_numbers(f, path, HORN_FLOAT32, "6x10", 1, 1);
    }
    close_all(f);
}
END_TEST

START_TEST(test_hdf5_read__groups_of_many)
{
    hdf5_file *f = open_golden("tests/golden/h5py/many.h5");
    char **names = NULL, expected[32];
    size_t count = 0;
    ck_ok(hdf5_list(f, "/", &names, &count));
    ck_assert_uint_eq(count, 300);
    for (size_t i = 0; i < count; i++) {
        snprintf(expected, sizeof expected, "group_%03zu", i);
        ck_assert_str_eq(names[i], expected);
        check_numbers(f, names[i], HORN_INT32, "", (double)i, 0);
    }
    free(names);
    close_all(f);
}
END_TEST

/* Every layer of a Keras file, and every weight that it names, is there and finite. */
static size_t count_weights(const hdf5_file *f)
{
    char **layers = NULL, **weights = NULL, group[256], path[512];
    size_t count = 0, weight_count = 0, total = 0, shape[HORN_MAX_RANK];
    ck_ok(hdf5_read_names(f, "/model_weights", "layer_names", false, &layers, &count));
    for (size_t i = 0; i < count; i++) {
        snprintf(group, sizeof group, "/model_weights/%s", layers[i]);
        ck_ok(hdf5_read_names(f, group, "weight_names", false, &weights, &weight_count));
        for (size_t k = 0; k < weight_count; k++) {
            horn_dtype dtype;
            int rank;
            size_t size = sizeof(float);
            snprintf(path, sizeof path, "%s/%s", group, weights[k]);
            ck_ok(hdf5_describe_dataset(f, path, &dtype, &rank, shape));
            ck_assert_int_eq(dtype, HORN_FLOAT32);
            for (int r = 0; r < rank; r++) size *= shape[r];
            float *numbers = malloc(size);
            ck_ok(hdf5_read_dataset(f, path, HORN_FLOAT32, numbers, size));
            for (size_t n = 0; n < size / sizeof(float); n++) ck_assert(isfinite(numbers[n]));
            free(numbers);
            total++;
        }
        free(weights);
    }
    free(layers);
    return total;
}

START_TEST(test_hdf5_read__models_of_keras)
{
    static const char *const folders[] = { "tests/golden/keras2.15", "tests/golden/tf_keras2.21",
                                           "tests/golden/keras3.15" };
    int files = 0, models = 0;
    for (int i = 0; i < 3; i++) {
        DIR *listing = opendir(folders[i]);
        ck_assert_ptr_nonnull(listing);
        for (struct dirent *e; (e = readdir(listing));) {
            char path[512];
            const char *dot = strrchr(e->d_name, '.');
            if (!dot || strcmp(dot, ".h5") != 0) continue;
            snprintf(path, sizeof path, "%s/%s", folders[i], e->d_name);
            hdf5_file *f = open_golden(path);
            files++;
            if (hdf5_has_attribute(f, "/", "model_config")) {
                char *config = NULL;
                ck_ok(hdf5_read_text(f, "/", "model_config", &config));
                ck_assert_int_eq(config[0], '{');
                ck_assert_int_eq(config[strlen(config) - 1], '}');
                free(config);
                ck_assert_msg(count_weights(f) >= 2, "%s", path);
                models++;
            }
            close_all(f);
        }
        closedir(listing);
    }
    ck_assert_int_ge(files, 30);
    ck_assert_int_ge(models, 12);
    hdf5_file *f = open_golden("tests/golden/keras2.15/A4.h5");
    check_names(f, "/model_weights", "layer_names", "flatten|dense|dropout|dense_1");
    check_names(f, "/model_weights/flatten", "weight_names", "");
    check_names(f, "/model_weights/dense_1", "weight_names", "dense_1/kernel:0|dense_1/bias:0");
    check_text(f, "/", "backend", "tensorflow");
    check_text(f, "/model_weights", "backend", "tensorflow");
    check_numbers(f, "/optimizer_weights/iteration:0", HORN_INT64, "", 2, 0);
    close_all(f);
}
END_TEST

TEST_MAIN(test_hdf5_read__every_dialect_of_texts, test_hdf5_read__every_type_of_numbers,
          test_hdf5_read__every_layout_of_datasets, test_hdf5_read__every_layout_of_files,
          test_hdf5_read__names_beyond_ascii, test_hdf5_read__groups_of_many, test_hdf5_read__models_of_keras)
