/* The optimizer's variables in .pth: what PyTorch's dict holds bit for bit is there alone, the rest is beside it. */
#include "formats/torch/pth.h"

#include "codecs/zip/file.h"
#include "formats/files.h"
#include "formats/torch/models.h"
#include "model/files/convert.h"

static folder place;

static const char *in_place(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", place.path, name);
    return path;
}

static horn_model *trained(horn_optimizer *o)
{
    horn_model *m = model_of(MLP);
    float x[48];
    int32_t y[6];
    for (int i = 0; i < 48; i++) x[i] = (float)(i * 7 % 11) / 11 - 0.5f;
    for (int i = 0; i < 6; i++) y[i] = i % 3;
    const horn_view samples = { .data = x, .dtype = HORN_FLOAT32, .rank = 3, .shape = { 6, 4, 2 } },
                    labels = { .data = y, .dtype = HORN_INT32, .rank = 1, .shape = { 6 } };
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = o, .loss = horn_sparse_categorical_crossentropy(NULL) }));
    ck_ok(horn_model_fit(NULL, m, &samples, &labels, &(horn_fit_options){ .batch_size = 2, .epochs = 2 }));
    return m;
}

/* Members of Horn's own for variables. */
static size_t count_own(const bytes *file)
{
    zip_file *zip;
    size_t count = 0;
    ck_ok(zip_file_open(&zip, file->data, file->size, "m.pth"));
    for (size_t i = 0; i < zip->count; i++)
        count += strncmp(zip->members[i].name, "m/.horn/optimizer/", 18) == 0;
    zip_file_close(zip);
    return count;
}

static void check(horn_optimizer *o, size_t own, const char *what)
{
    horn_model *m = trained(o), *back = NULL;
    snapshot *first, *second;
    bytes file = { 0 };
    char path[128];
    strcpy(path, in_place("m.pth"));
    ck_ok(horn_model_save(m, path, NULL));
    ck_ok(file_read(&file, path, 0));
    ck_assert_msg(count_own(&file) == own, "%s: %zu members, expected %zu", what, count_own(&file), own);
    ck_ok(horn_model_load(&back, path, &(horn_load_options){ .threads = 1 }));
    const unsigned parts = PART_ARCHITECTURE | PART_WEIGHTS | PART_COMPILE | PART_OPTIMIZER;
    first = snapshot_with(m, parts);
    second = snapshot_with(back, parts);
    ck_ok(convert_check(first, second, parts, what));
    ck_assert_int_eq(unlink(path), 0);
    snapshot_free(first);
    snapshot_free(second);
    horn_model_free(m);
    horn_model_free(back);
    bytes_free(&file);
}

START_TEST(test_variables__stand_once_where_that_is_exact)
{
    place = folder_make();
    check(horn_adam(NULL), 0, "Adam");
    check(horn_adam(&(horn_adam_options){ .amsgrad = true }), 0, "AMSGrad");
    check(horn_rmsprop(NULL), 0, "RMSprop");
    check(horn_rmsprop(&(horn_rmsprop_options){ .momentum = 0.5, .centered = true }), 4, "RMSprop, all");
    check(horn_sgd(&(horn_sgd_options){ .momentum = 0.9 }), 4, "SGD with momentum");
    check(horn_sgd(NULL), 0, "SGD");
    folder_remove(&place);
}
END_TEST

/* At step 0 PyTorch's dict has none. */
START_TEST(test_variables__of_step_0_are_carried)
{
    place = folder_make();
    char from[128], to[128];
    horn_model *m = model_of(MLP);
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(NULL) }));
    strcpy(from, in_place("m.h5"));
    strcpy(to, in_place("m.pth"));
    ck_ok(horn_model_save(m, from, NULL));
    ck_ok(horn_convert(NULL, from, to, NULL));
    ck_assert_int_eq(unlink(from), 0);
    ck_assert_int_eq(unlink(to), 0);
    horn_model_free(m);
    folder_remove(&place);
}
END_TEST

/* The same archive, in which the text has another one of the same length. */
static horn_status read_changed(const bytes *file, const char *text, const char *other)
{
    zip_file *zip;
    zip_writer *writer;
    bytes made = { 0 };
    bool found = false;
    ck_ok(zip_file_open(&zip, file->data, file->size, "m.pth"));
    pieces into = { 0 };
    ck_ok(zip_writer_new(&writer, &into));
    for (size_t i = 0; i < zip->count; i++) {
        bytes content = { 0 };
        ck_ok(zip_file_read(&content, zip, &zip->members[i], 0));
        char *at = memmem(content.data, content.size, text, strlen(text));
        if (at) memcpy(at, other, strlen(other));
        found = found || at;
        ck_ok(zip_writer_add(writer, zip->members[i].name, content.data, content.size, 0));
        bytes_free(&content);
    }
    ck_assert_uint_eq(strlen(text), strlen(other));
    ck_assert_msg(found, "%s", text);
    ck_ok(zip_writer_finish(writer));
    made = into.own;
    horn_status status = read_all_of(made.data, made.size);
    zip_writer_free(writer);
    zip_file_close(zip);
    bytes_free(&made);
    return status;
}

START_TEST(test_variables__that_differ_from_the_dict_are_refused)
{
    bytes file = { 0 };
    char path[128];
    place = folder_make();
    strcpy(path, in_place("m.pth"));
    horn_model *m = trained(horn_rmsprop(&(horn_rmsprop_options){ .momentum = 0.5 }));
    ck_ok(horn_model_save(m, path, NULL));
    ck_ok(file_read(&file, path, 0));
    ck_assert_int_eq(unlink(path), 0);
    ck_fails(read_changed(&file, "\"shape\": [8, 5]", "\"shape\": [5, 8]"), HORN_ERROR_FORMAT,
             "has another shape in PyTorch's dict");
    ck_fails(read_changed(&file, "\"shape\": [8, 5]", "\"shape\": [8, 6]"), HORN_ERROR_FORMAT,
             "no valid m/.horn/optimizer/1/0");
    ck_fails(read_changed(&file, "\"tensors\": [", "\"tensorx\": ["), HORN_ERROR_FORMAT,
             "has no name or tensors");
    ck_fails(read_changed(&file, "\"iteration\": 6", "\"iteration\": x"), HORN_ERROR_FORMAT, "not JSON");
    ck_fails(read_changed(&file, "\"iteration\": 6", "\"iteratiox\": 6"), HORN_ERROR_FORMAT,
             "no valid 'iteration'");
    horn_model_free(m);
    bytes_free(&file);
    folder_remove(&place);
}
END_TEST

TEST_MAIN(test_variables__stand_once_where_that_is_exact, test_variables__of_step_0_are_carried,
          test_variables__that_differ_from_the_dict_are_refused)
