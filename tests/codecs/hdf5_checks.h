/* What the tests of HDF5 files share: one open file, and checks of what it holds. */
#ifndef TESTS_HDF5_CHECKS_H
#define TESTS_HDF5_CHECKS_H

#include "../test.h"

#include <stdio.h>
#include "codecs/hdf5/file.h"

static bytes content; /* of the open file, which borrows it */

static inline hdf5_file *open_bytes(void)
{
    hdf5_file *f = NULL;
    ck_ok(hdf5_file_open(&f, content.data, content.size, "model.h5"));
    return f;
}

static inline hdf5_file *open_golden(const char *path)
{
    hdf5_file *f = NULL;
    ck_ok(file_read(&content, path, 0));
    ck_ok(hdf5_file_open(&f, content.data, content.size, path));
    return f;
}

static inline void close_all(hdf5_file *f)
{
    hdf5_file_close(f);
    bytes_free(&content);
}

static inline void check_text(const hdf5_file *f, const char *path, const char *attribute,
                              const char *expected)
{
    char *text = NULL;
    ck_ok(hdf5_read_text(f, path, attribute, &text));
    ck_assert_str_eq(text, expected);
    free(text);
}

/* `expected` joined by '|'. */
static inline void check_names(const hdf5_file *f, const char *path, const char *attribute,
                               const char *expected)
{
    char **names = NULL, joined[512] = "";
    size_t count = 0;
    ck_ok(hdf5_read_names(f, path, attribute, false, &names, &count));
    for (size_t i = 0; i < count; i++) {
        if (i) strcat(joined, "|");
        strcat(joined, names[i]);
    }
    free(names);
    ck_assert_str_eq(joined, expected);
}

/* rank, shape and all elements, which count up from `first` by `step`. */
static inline void check_numbers(const hdf5_file *f, const char *path, horn_dtype stored, const char *shape,
                                 double first, double step)
{
    horn_dtype dtype;
    int rank;
    size_t sizes[HORN_MAX_RANK], count = 1;
    char found[128] = "";
    double numbers[64];
    ck_ok(hdf5_describe_dataset(f, path, &dtype, &rank, sizes));
    for (int i = 0; i < rank; i++) {
        snprintf(found + strlen(found), 32, "%s%zu", i ? "x" : "", sizes[i]);
        count *= sizes[i];
    }
    ck_assert_str_eq(found, shape);
    ck_assert_msg(dtype == stored, "%s: dtype %d, expected %d", path, dtype, stored);
    ck_ok(hdf5_read_dataset(f, path, HORN_FLOAT64, numbers, count * sizeof *numbers));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(numbers[i] == first + (double)i * step, "%s[%zu] = %g", path, i, numbers[i]);
}

#endif
