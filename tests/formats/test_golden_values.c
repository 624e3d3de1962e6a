/* Files of other libraries hold the values that lie beside them as .npz, to the bit; and no file lies in their folders that no test
 * knows. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <horn/dataset.h>
#include <horn/file.h>
#include <horn/model.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"

#define GOLDEN "tests/golden/"

typedef struct renamed {
    const char *from, *to; /* NULL: the end */
} renamed;

typedef struct golden {
    const char *file, *values;
    const char *prefix;   /* of the names in the .npz that belong to the file; it is cut off */
    const renamed *names; /* of the rest; NULL: they are called alike, '|' stands for '/' */
    size_t compared,
        other; /* arrays that are numbers, and what Horn lists or reads otherwise (texts, float16) */
} golden;

static const renamed torch7_names[] = {
    { "c", "model.0.weight" }, { "cb", "model.0.bias" },        { "g", "model.1.weight" },
    { "b", "model.1.bias" },   { "m", "model.1.running_mean" }, { "v", "model.1.running_var" },
    { "w", "model.6.weight" }, { "wb", "model.6.bias" },        { NULL, NULL }
};

static const golden goldens[] = {
    { "torch/keras_cnn.pth", "torch/keras_cnn.npz", "torch.", NULL, 11, 0 },
    { "torch7/model.t7", "torch7/model_t7.npz", "", torch7_names, 8, 0 },
    { "safetensors/types.safetensors", "safetensors/types.npz", "", NULL, 6, 1 },
    { "deepdish/dd_flat.h5", "deepdish/dd_flat.npz", "", NULL, 3, 0 },
    { "deepdish/dd_odict.h5", "deepdish/dd_flat.npz", "", NULL, 3, 0 },
    { "deepdish/dd_full_default.h5", "deepdish/dd_full.npz", "", NULL, 21, 6 },
    { "deepdish/dd_full_none.h5", "deepdish/dd_full.npz", "", NULL, 21, 6 },
};

static void name_in_file(char out[200], const golden *g, const char *member)
{
    snprintf(out, 200, "%s", member + strlen(g->prefix));
    out[strlen(out) - strlen(".npy")] = 0;
    for (char *c = out; *c; c++)
        if (*c == '|') *c = '/';
    for (const renamed *r = g->names; r && r->from; r++)
        if (strcmp(out, r->from) == 0) {
            snprintf(out, 200, "%s", r->to);
            return;
        }
}

static size_t find(const horn_file *f, const char *name, const char *file)
{
    for (size_t i = 0; i < horn_file_tensor_count(f); i++)
        if (strcmp(horn_file_tensor_at(f, i)->name, name) == 0) return i;
    ck_abort_msg("%s: no '%s'", file, name);
    return 0;
}

/* False if the value is no number that NumPy and Horn have alike. */
static bool check_value(const horn_file *f, size_t index, const bytes *content, const char *name)
{
    npy_array expected = { 0 };
    const horn_file_tensor *t = horn_file_tensor_at(f, index);
    if (npy_read(&expected, content->data, content->size, name)) return false;
    const horn_view like = { .dtype = expected.dtype, .rank = expected.rank };
    horn_view v = like;
    memcpy(v.shape, expected.shape, sizeof v.shape);
    const size_t size = horn_view_count(&v) * horn_dtype_size(expected.dtype);
    void *data = malloc(size + 1);
    ck_assert_msg(t->is_readable && t->dtype == expected.dtype && t->rank == expected.rank &&
                      memcmp(t->shape, expected.shape, (size_t)t->rank * sizeof *t->shape) == 0,
                  "%s: another type or shape", name);
    ck_ok(horn_file_read(data, size, f, index));
    ck_assert_msg(memcmp(data, expected.data, size) == 0, "%s: other values", name);
    free(data);
    npy_array_free(&expected);
    return true;
}

static void check_file(const golden *g)
{
    char path[200], name[200];
    bytes archive = { 0 };
    zip_file *zip;
    horn_file *f;
    size_t compared = 0, other = 0;
    snprintf(path, sizeof path, GOLDEN "%s", g->values);
    ck_ok(file_read(&archive, path, 0));
    ck_ok(zip_file_open(&zip, archive.data, archive.size, path));
    snprintf(path, sizeof path, GOLDEN "%s", g->file);
    ck_ok(horn_file_open(&f, path));
    for (size_t i = 0; i < zip->count; i++) {
        bytes content = { 0 };
        if (strncmp(zip->members[i].name, g->prefix, strlen(g->prefix)) != 0) continue;
        name_in_file(name, g, zip->members[i].name);
        ck_ok(zip_file_read(&content, zip, &zip->members[i], 0));
        *(check_value(f, find(f, name, g->file), &content, name) ? &compared : &other) += 1;
        bytes_free(&content);
    }
    ck_assert_msg(compared == g->compared && other == g->other, "%s: %zu compared, %zu other", g->file,
                  compared, other);
    horn_file_close(f);
    zip_file_close(zip);
    bytes_free(&archive);
}

START_TEST(test_golden_values__are_those_beside_the_files)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) check_file(&goldens[i]);
}
END_TEST

/* ---- predictions of the CNN of Keras ---- */

static void read_array(npy_array *out, const char *key)
{
    bytes archive = { 0 }, content = { 0 };
    zip_file *zip;
    ck_ok(file_read(&archive, GOLDEN "torch/keras_cnn.npz", 0));
    ck_ok(zip_file_open(&zip, archive.data, archive.size, "keras_cnn.npz"));
    ck_ok(zip_file_read(&content, zip, zip_file_find(zip, key), 0));
    ck_ok(npy_read(out, content.data, content.size, key));
    bytes_free(&content);
    bytes_free(&archive);
    zip_file_close(zip);
}

static void check_predictions(const char *path)
{
    npy_array x, y;
    horn_model *m;
    float found[16];
    read_array(&x, "x.npy");
    read_array(&y, "y.npy");
    ck_assert(y.rank == 2 && y.shape[0] * y.shape[1] == 16);
    horn_view view = { .data = x.data, .dtype = x.dtype, .rank = x.rank };
    memcpy(view.shape, x.shape, sizeof view.shape);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }));
    ck_ok(horn_model_predict(found, 16, m, &view, NULL));
    for (int i = 0; i < 16; i++)
        ck_assert_msg(found[i] - ((float *)y.data)[i] < 1e-5f && ((float *)y.data)[i] - found[i] < 1e-5f,
                      "%s: %d is %g, expected %g", path, i, (double)found[i], (double)((float *)y.data)[i]);
    horn_model_free(m);
    npy_array_free(&x);
    npy_array_free(&y);
}

START_TEST(test_golden_values__keras_predicts_the_same)
{
    char folder[] = "/tmp/horn-test-XXXXXX", path[60];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/cnn.h5", folder);
    check_predictions(GOLDEN "onnx/keras_back.onnx");
    check_predictions(GOLDEN "onnx/keras_perm.onnx");
    check_predictions(GOLDEN "onnx/keras_matmul.onnx");
    ck_ok(horn_convert(NULL, GOLDEN "torch/keras_cnn.pth", path,
                       &(horn_convert_options){ .architecture = GOLDEN "onnx/keras_back.onnx" }));
    check_predictions(path);
    ck_assert(unlink(path) == 0 && rmdir(folder) == 0);
}
END_TEST

/* ---- all files ---- */

static const struct {
    const char *folder, *suffix;
} folders[] = {
    { "torch7", ".t7" }, { "safetensors", ".safetensors" }, { "deepdish", ".h5" }, { "onnx", ".onnx" }
};

/* Those that other tests read, or refuse by name: of torch7, torch/test_safetensors, deepdish and onnx. */
static const char *const elsewhere[] = {
    "torch7/flat.t7",        "safetensors/plain.safetensors", "safetensors/small.safetensors",
    "deepdish/dd_shared.h5", "deepdish/dd_full_blosc.h5",     "deepdish/shuffled.h5",
    "onnx/cnn.onnx",         "onnx/depthwise.onnx",           "onnx/tf2onnx.onnx",
    "onnx/keras_back.onnx",  "onnx/keras_perm.onnx",          "onnx/keras_matmul.onnx"
};

static bool is_known(const char *file)
{
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++)
        if (strcmp(goldens[i].file, file) == 0) return true;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(elsewhere[i], file) == 0) return true;
    return false;
}

START_TEST(test_golden_values__every_file_is_known)
{
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[400];
        size_t count = 0;
        snprintf(path, sizeof path, GOLDEN "%s", folders[i].folder);
        DIR *directory = opendir(path);
        ck_assert_ptr_nonnull(directory);
        for (struct dirent *entry; (entry = readdir(directory));) {
            const char *end = strrchr(entry->d_name, '.');
            if (strcmp(end ? end : "", folders[i].suffix) != 0) continue;
            snprintf(path, sizeof path, "%s/%s", folders[i].folder, entry->d_name);
            ck_assert_msg(is_known(path), "%s is in no test", path);
            count++;
        }
        ck_assert_uint_ge(count, 2);
        closedir(directory);
    }
}
END_TEST

TEST_MAIN(test_golden_values__are_those_beside_the_files, test_golden_values__keras_predicts_the_same,
          test_golden_values__every_file_is_known)
