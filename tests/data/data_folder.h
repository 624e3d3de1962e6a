/* A folder with data sets in the formats that Horn reads. */
#ifndef TESTS_DATA_FOLDER_H
#define TESTS_DATA_FOLDER_H

#include "npz.h"

#define SLICE  "datasets/fashion-mnist"
#define GOLDEN "tests/golden/numpy/"

static const char *const idx_names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" };

static char folder[] = "/tmp/horn-dataset-XXXXXX";

static inline void make_folder(void)
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

static inline void remove_folder(void)
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

static inline void put_file(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(inside(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* The golden data set's arrays as IDX files: `count` images of 2 x 2 with pixels 3 i + 1, labels i modulo 3.
 */
static inline void put_idx(int which, unsigned count, const char *suffix)
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

static inline void check_shape(const horn_view *v, horn_dtype dtype, int rank, size_t samples, size_t a,
                               size_t b, double divisor)
{
    ck_assert_ptr_nonnull(v);
    ck_assert_int_eq(v->dtype, dtype);
    ck_assert_int_eq(v->rank, rank);
    ck_assert_uint_eq(v->shape[0], samples);
    if (rank > 1) ck_assert_uint_eq(v->shape[1], a);
    if (rank > 2) ck_assert_uint_eq(v->shape[2], b);
    ck_assert_double_eq(v->divisor, divisor);
}

/* An .npz with some of the arrays, `count` samples each: pixels i, 2 i, labels i. */
static inline void put_pairs(const char *const *keys, size_t count)
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

#endif
