/* What PyTorch wrote is read as PyTorch reads it, and written again with the same bytes. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"
#include "formats/files.h"
#include "formats/torch_files/checkpoint.h"
#include "formats/torch/models.h"
#include "formats/torch_files/torch.h"

#define GOLDEN "tests/golden/torch/"
/* That of mlp_sd.pth and the checkpoints. */
#define DENSE_MODEL                                                               \
    "null, 3, 4], \"name\": \"x\"}}" LAYER("Flatten", "\"name\": \"flat\"")       \
        LAYER("Dense", "\"name\": \"a\", \"units\": 5, \"activation\": \"relu\"") \
            LAYER("Dropout", "\"name\": \"d\", \"rate\": 0.2")                    \
                LAYER("Dense", "\"name\": \"b\", \"units\": 3")

/* ---- values ---- */

/* The value at a path of keys, "model|1.weight". */
static const pickle_value *find(const pickle_value *v, const char *path)
{
    while (v && *path) {
        char key[100];
        const size_t length = strcspn(path, "|");
        snprintf(key, sizeof key, "%.*s", (int)length, path);
        path += length + (path[length] == '|');
        const pickle_value *next = pickle_get(v, key);
        for (size_t i = 0; !next && i < pickle_count(v); i++) {
            const pickle_value *own = pickle_key_at(v, i);
            if (own ? pickle_is(own, PICKLE_INTEGER) && own->integer == atoll(key) : i == (size_t)atoll(key))
                next = pickle_at(v, i);
        }
        v = next;
    }
    return v;
}

static void check_tensor(const torch_file *f, const pickle_value *v, const npy_array *expected,
                         const char *path)
{
    const torch_array a = torch_file_array(f, v);
    horn_view view;
    ck_ok(torch_array_view(&view, f, &a, path));
    const size_t size = a.count * horn_dtype_size(view.dtype);
    void *data = malloc(size + 1);
    torch_array_read(data, &a);
    ck_assert_msg(view.dtype == expected->dtype && view.rank == expected->rank &&
                      memcmp(view.shape, expected->shape, (size_t)view.rank * sizeof *view.shape) == 0 &&
                      memcmp(data, expected->data, size) == 0,
                  "%s: %s", f->from->path, path);
    free(data);
}

static void check_number(const pickle_value *v, const npy_array *expected, const char *path)
{
    double number = v->kind == PICKLE_BOOLEAN ? v->boolean : 0, wanted;
    ck_assert_msg(v->kind == PICKLE_BOOLEAN || pickle_is_number(v, &number), "%s is no number", path);
    ck_assert_int_eq(expected->rank, 0);
    wanted = expected->dtype == HORN_FLOAT64 ? *(double *)expected->data
             : expected->dtype == HORN_INT64 ? (double)*(int64_t *)expected->data
                                             : *(uint8_t *)expected->data;
    ck_assert_msg(number == wanted, "%s: %g, expected %g", path, number, wanted);
}

/* Texts, None and large integers, which are no arrays of numbers, and float16. */
static void check_other(const torch_file *f, const pickle_value *v, const char *path)
{
    static const float halves[] = { 1.5f, -2, 65504 };
    float data[3];
    if (strcmp(path, "half") == 0) {
        const torch_array a = torch_file_array(f, v);
        ck_assert_uint_eq(a.count, 3);
        torch_array_read(data, &a);
        ck_assert_mem_eq(data, halves, sizeof data);
    } else {
        ck_assert_msg(v->kind == PICKLE_NONE || v->kind == PICKLE_TEXT || v->kind == PICKLE_LONG, "%s", path);
    }
}

static void check_member(const torch_file *f, const zip_file *zip, const zip_member *m)
{
    npy_array expected = { 0 };
    bytes content = { 0 };
    char path[200];
    snprintf(path, sizeof path, "%.*s", (int)strlen(m->name) - 4, m->name);
    const pickle_value *v = find(f->root, path);
    ck_assert_msg(v != NULL, "%s: nothing at %s", f->from->path, path);
    ck_ok(zip_file_read(&content, zip, m, 0));
    if (npy_read(&expected, content.data, content.size, path))
        check_other(f, v, path);
    else if (torch_is_tensor(v))
        check_tensor(f, v, &expected, path);
    else
        check_number(v, &expected, path);
    npy_array_free(&expected);
    bytes_free(&content);
}

static void check_file(const char *name, const char *values, size_t tensors)
{
    source from;
    torch_file *f;
    zip_file *zip;
    bytes expected = { 0 };
    contents found = { 0 };
    char path[100];
    snprintf(path, sizeof path, GOLDEN "%s", name);
    ck_ok(source_open(&from, path));
    ck_assert(torch_file_recognizes(&from));
    ck_ok(torch_file_open(&f, &from));
    snprintf(path, sizeof path, GOLDEN "%s.npz", values);
    ck_ok(file_read(&expected, path, 0));
    ck_ok(zip_file_open(&zip, expected.data, expected.size, path));
    for (size_t i = 0; i < zip->count; i++) check_member(f, zip, &zip->members[i]);
    ck_ok(torch_list(&found, &from));
    ck_assert_uint_eq(found.count, tensors);
    contents_free(&found);
    zip_file_close(zip);
    torch_file_close(f);
    bytes_free(&expected);
    source_close(&from);
}

static const struct {
    const char *name, *values;
    size_t tensors;
} read_files[] = {
    { "mlp_sd.pth", "mlp_sd", 4 },
    { "mlp_sd_legacy.pkl", "mlp_sd", 4 },
    { "cnn_sd.pth", "cnn_sd", 9 },
    { "ckpt_sgd.pth", "ckpt_sgd", 4 },
    { "ckpt_sgdm.pth", "ckpt_sgdm", 8 },
    { "ckpt_rmsprop.pth", "ckpt_rmsprop", 20 },
    { "ckpt_rmsprop0.pth", "ckpt_rmsprop0", 12 },
    { "ckpt_adam.pth", "ckpt_adam", 16 },
    { "ckpt_adam_legacy.pth", "ckpt_adam", 16 },
    { "ckpt_amsgrad.pth", "ckpt_amsgrad", 20 },
    { "ckpt_misc.pth", "ckpt_misc", 5 },
    { "t113_rmsprop.pth", "t113_rmsprop", 8 },
    { "t113_adam.pth", "t113_adam", 16 },
    { "weird.pth", "weird", 19 },
    { "weird_legacy.pth", "weird", 19 },
    { "py2_style_legacy.pth", "py2_style_legacy", 2 },
};
enum { READ_FILES = sizeof read_files / sizeof *read_files };

START_TEST(test_golden__files_are_read_as_pytorch_reads_them)
{
    for (size_t i = 0; i < READ_FILES; i++)
        check_file(read_files[i].name, read_files[i].values, read_files[i].tensors);
}
END_TEST

static const struct {
    const char *name, *words;
} refused_files[] = {
    { "evil_REJECT.pth", "the pickle refers to posix.getcwd, which is never called or read" },
    { "whole_module_REJECT.pth",
      "holds a whole module, expected its state_dict (torch.nn.modules.container.Sequential)" },
    { "newdt.pth", "holds a tensor of a type that newer versions of PyTorch have" },
};
enum { REFUSED_FILES = sizeof refused_files / sizeof *refused_files };

START_TEST(test_golden__what_must_be_refused_is_named)
{
    for (size_t i = 0; i < REFUSED_FILES; i++) {
        char path[100];
        snapshot *s = NULL;
        bytes content = { 0 };
        snprintf(path, sizeof path, GOLDEN "%s", refused_files[i].name);
        ck_ok(file_read(&content, path, 0));
        ck_fails(read_bytes(&s, &content, path, 0), HORN_ERROR_UNSUPPORTED, refused_files[i].words);
        snapshot_free(s);
        bytes_free(&content);
    }
}
END_TEST

static bool is_known(const char *name)
{
    for (size_t i = 0; i < READ_FILES; i++)
        if (strcmp(read_files[i].name, name) == 0) return true;
    for (size_t i = 0; i < REFUSED_FILES; i++)
        if (strcmp(refused_files[i].name, name) == 0) return true;
    return strcmp(name, "keras_cnn.pth") == 0; /* in test_golden_values */
}

START_TEST(test_golden__every_file_is_read_or_refused)
{
    size_t count = 0;
    DIR *directory = opendir(GOLDEN);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *end = strrchr(entry->d_name, '.');
        if (!end || (strcmp(end, ".pth") != 0 && strcmp(end, ".pkl") != 0)) continue;
        ck_assert_msg(is_known(entry->d_name), "%s is neither read nor refused", entry->d_name);
        count++;
    }
    closedir(directory);
    ck_assert_uint_eq(count, READ_FILES + REFUSED_FILES + 1);
}
END_TEST

/* ---- written again ---- */

static bytes load(const char *path)
{
    bytes b = { 0 };
    ck_ok(file_read(&b, path, 0));
    return b;
}

/* The id, 40 digits, is PyTorch's own; its CRC stands behind it and in the central directory. */
static void hide_id(bytes *b, const char *root)
{
    zip_file *zip;
    char name[100];
    snprintf(name, sizeof name, "%s/.data/serialization_id", root);
    ck_ok(zip_file_open(&zip, b->data, b->size, root));
    const zip_member *m = zip_file_find(zip, name);
    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->size, 40);
    unsigned char *central = memmem(b->data + m->end, b->size - m->end, name, strlen(name));
    memset(b->data + m->data, '0', 40);
    memset(b->data + m->data + 44, 0, 4);
    memset(central - 46 + 16, 0, 4);
    zip_file_close(zip);
}

/* Loads a golden file into a model, and saves its weights under the same name. */
static bytes write_again(const char *layers, const char *name)
{
    char golden[100], path[100];
    folder f = folder_make();
    horn_model *m = model_of(layers);
    snprintf(golden, sizeof golden, GOLDEN "%s", name);
    snprintf(path, sizeof path, "%s/%s", f.path, name);
    ck_ok(horn_model_load_weights(m, golden));
    ck_ok(horn_model_save_weights(m, path, NULL));
    bytes made = load(path);
    ck_assert_int_eq(unlink(path), 0);
    folder_remove(&f);
    horn_model_free(m);
    return made;
}

START_TEST(test_golden__a_state_dict_is_written_with_the_same_bytes)
{
    bytes made = write_again(DENSE_MODEL, "mlp_sd.pth"), golden = load(GOLDEN "mlp_sd.pth");
    hide_id(&made, "mlp_sd");
    hide_id(&golden, "mlp_sd");
    check_same_bytes(&made, &golden, "mlp_sd.pth");
    bytes_free(&made);
    bytes_free(&golden);
}
END_TEST

/* But for the number of batches seen, which Keras does not count. */
START_TEST(test_golden__a_state_dict_of_a_cnn_has_the_same_members)
{
    bytes made = write_again(
              "null, 4, 6, 2], \"name\": \"x\"}}" LAYER(
                  "Conv2D", "\"name\": \"c\", \"filters\": 3, \"kernel_size\": 3, \"padding\": \"same\"")
                  LAYER("BatchNormalization", "\"name\": \"n\", \"momentum\": 0.99")
                      LAYER("Activation", "\"name\": \"r\", \"activation\": \"relu\"")
                          LAYER("MaxPooling2D", "\"name\": \"p\"") LAYER("Flatten", "\"name\": \"f\"")
                              LAYER("Dropout", "\"name\": \"d\", \"rate\": 0.3")
                                  LAYER("Dense", "\"name\": \"l\", \"units\": 4"),
              "cnn_sd.pth"),
          golden = load(GOLDEN "cnn_sd.pth");
    zip_file *a, *b;
    ck_ok(zip_file_open(&a, made.data, made.size, "made"));
    ck_ok(zip_file_open(&b, golden.data, golden.size, "golden"));
    ck_assert_uint_eq(made.size, golden.size);
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const zip_member *x = &a->members[i], *y = &b->members[i];
        ck_assert_str_eq(x->name, y->name);
        ck_assert_uint_eq(x->data, y->data);
        ck_assert_uint_eq(x->size, y->size);
        ck_assert_msg(strstr(x->name, "serialization_id") || strcmp(x->name, "cnn_sd/data/6") == 0 ||
                          memcmp(made.data + x->data, golden.data + y->data, x->size) == 0,
                      "%s", x->name);
    }
    zip_file_close(a);
    zip_file_close(b);
    bytes_free(&made);
    bytes_free(&golden);
}
END_TEST

/* ---- checkpoints ---- */

/* A compiled model for the checkpoints, whose optimizer they bring along. */
static void save_architecture(const char *path)
{
    horn_model *m = model_of(DENSE_MODEL);
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(NULL) }));
    ck_ok(horn_model_save(m, path, NULL));
    horn_model_free(m);
}

/* The object, with the epoch and the best loss that stand beside the model, and all storages. */
static void check_checkpoint(const char *name, const bytes *made, const bytes *golden)
{
    zip_file *a, *b;
    ck_ok(zip_file_open(&a, made->data, made->size, name));
    ck_ok(zip_file_open(&b, golden->data, golden->size, name));
    for (size_t i = 0; i < b->count; i++) {
        const zip_member *y = &b->members[i], *x = zip_file_find(a, y->name);
        ck_assert_msg(x && x->size == y->size, "%s", y->name);
        const unsigned char *p = made->data + x->data, *q = golden->data + y->data;
        ck_assert_msg(strstr(y->name, "serialization_id") || memcmp(p, q, y->size) == 0, "%s", y->name);
    }
    zip_file_close(a);
    zip_file_close(b);
}

START_TEST(test_golden__checkpoints_are_written_with_the_same_bytes)
{
    static const char *const names[] = { "ckpt_adam", "ckpt_amsgrad", "ckpt_rmsprop0", "ckpt_sgd" };
    folder f = folder_make();
    char from[100], to[100], whole[100];
    snprintf(whole, sizeof whole, "%s/whole.h5", f.path);
    save_architecture(whole);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(from, sizeof from, GOLDEN "%s.pth", names[i]);
        snprintf(to, sizeof to, "%s/%s.pth", f.path, names[i]);
        ck_ok(horn_convert(NULL, from, to, &(horn_convert_options){ .architecture = whole }));
        bytes made = load(to), golden = load(from);
        check_checkpoint(names[i], &made, &golden);
        ck_assert_int_eq(unlink(to), 0);
        bytes_free(&made);
        bytes_free(&golden);
    }
    ck_assert_int_eq(unlink(whole), 0);
    folder_remove(&f);
}
END_TEST

static void check_says(char *report, const char *line)
{
    ck_assert_msg(strstr(report, line) != NULL, "no '%s' in:\n%s", line, report);
    free(report);
}

/* A list and a tensor cannot be carried; other formats carry nothing of it. */
START_TEST(test_golden__what_stands_beside_the_model_is_carried_or_named)
{
    folder f = folder_make();
    char whole[100], to[100], plain[100], *report = NULL;
    snprintf(whole, sizeof whole, "%s/whole.h5", f.path);
    snprintf(to, sizeof to, "%s/to.pth", f.path);
    snprintf(plain, sizeof plain, "%s/to.keras", f.path);
    save_architecture(whole);
    const horn_convert_options o = { .architecture = whole };
    ck_ok(horn_convert(&report, GOLDEN "ckpt_misc.pth", to, &o));
    ck_assert_ptr_nonnull(strstr(report, "carried:     'epoch' (300), 's', 'b' (true), 'neg' (-5), 'big' "
                                         "(1099511627776), 'set' (1), which stand beside"));
    check_says(report, "not carried: 'lr', 't', 'n', 'huge', which stand beside the model in the file\n");
    ck_ok(horn_convert(&report, to, plain, NULL));
    check_says(
        report,
        "not carried: 'epoch' (300), 's', 'b' (true), 'neg' (-5), 'big' (1099511627776), 'set' (1), which");
    ck_ok(horn_convert(&report, GOLDEN "ckpt_adam.pth", plain, &o));
    check_says(report, "not carried: 'best_loss' (0.123456789), 'epoch' (7), which");
    ck_assert_int_eq(unlink(whole) | unlink(to) | unlink(plain), 0);
    folder_remove(&f);
}
END_TEST

TEST_MAIN(test_golden__what_stands_beside_the_model_is_carried_or_named,
          test_golden__checkpoints_are_written_with_the_same_bytes,
          test_golden__files_are_read_as_pytorch_reads_them, test_golden__what_must_be_refused_is_named,
          test_golden__every_file_is_read_or_refused,
          test_golden__a_state_dict_is_written_with_the_same_bytes,
          test_golden__a_state_dict_of_a_cnn_has_the_same_members)
