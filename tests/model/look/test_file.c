/* <horn/file.h> over files of Keras and TensorFlow, of h5py, of Horn, and broken ones. */
#include "model/small_run.h"

#include <sys/stat.h>
#include <horn/file.h>

static const char keras2[] = "tests/golden/keras2.15/", tf[] = "tests/golden/tf2.15/";

static horn_file *open_file(const char *directory, const char *name)
{
    char path[300];
    horn_file *f;
    snprintf(path, sizeof path, "%s%s", directory, name);
    ck_ok(horn_file_open(&f, path));
    return f;
}

static const horn_file_tensor *find(const horn_file *f, const char *name, size_t *index)
{
    for (*index = 0; *index < horn_file_tensor_count(f); ++*index)
        if (strcmp(horn_file_tensor_at(f, *index)->name, name) == 0) return horn_file_tensor_at(f, *index);
    ck_abort_msg("no tensor is called '%s'", name);
}

static void put(const char *name, const void *content, size_t size)
{
    FILE *file = fopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void save_run(const char *name, size_t epochs, bool progress)
{
    horn_model *m = make_model(RMSPROP, 1, 1);
    ck_ok(fit(m, epochs, false, NULL, 0));
    ck_ok(horn_model_save(
        m, in_folder(name),
        &(horn_save_options){ .progress = progress, .format = strchr(name, '.') ? NULL : "tf-weights" }));
    horn_model_free(m);
}

/* ---- facts ---- */

START_TEST(test_file__a_whole_model_of_keras_is_known)
{
    horn_file *f = open_file(keras2, "Csgdm.h5");
    const horn_file_facts *facts = horn_file_about(f);
    ck_assert_str_eq(facts->format, "keras-h5");
    ck_assert_str_eq(facts->producer, "Keras 2.15.0 (tensorflow)");
    ck_assert_uint_eq(facts->parts,
                      HORN_PART_ARCHITECTURE | HORN_PART_WEIGHTS | HORN_PART_COMPILE | HORN_PART_OPTIMIZER);
    ck_assert_ptr_null(facts->trouble);
    ck_assert_ptr_nonnull(strstr(facts->summary, "Total params: 3562 (13.91 KB)"));
    ck_assert_str_eq(facts->loss, "'categorical_crossentropy'");
    ck_assert_str_eq(facts->metrics, "'accuracy'");
    ck_assert_ptr_nonnull(strstr(facts->optimizer, "SGD(learning_rate=0.05, momentum=0.9, nesterov=True"));
    ck_assert(facts->has_step && facts->has_learning_rate);
    ck_assert_int_eq(facts->step, 2);
    ck_assert_float_eq((float)facts->learning_rate, 0.05f);
    ck_assert_uint_eq(facts->optimizer_variables, 4);
    horn_file_close(f);
}
END_TEST

/* Every golden file opens, and its tensors read. */
static const struct {
    const char *path, *format;
    unsigned parts;
    size_t tensors;
    bool has_trouble;
} goldens[] = {
    { "tests/golden/keras2.15/A4.h5", "keras-h5", 15, 9, false },
    { "tests/golden/keras2.15/Cfresh.h5", "keras-h5", 15, 5, false },
    { "tests/golden/keras2.15/B.legacyw.h5", "keras-h5-weights", 2, 10, false },
    { "tests/golden/keras2.15/D.json", "json", 1, 0, false },
    { "tests/golden/keras3.15/Csgdm.h5", "keras-h5", 15, 10, false },
    { "tests/golden/keras3.15/Csgd.weights.h5", "keras-weights-h5", 0, 6, true },
    { "tests/golden/keras3.15/Csgd.keras", "keras", 15, 6, false },
    { "tests/golden/keras2.15/Csgd.keras", "keras", 15, 13, false },
    { "tests/golden/tf2.15/adam", "tf-weights", 2, 15, false },
    { "tests/golden/tf2.15/adam.index", "tf-weights", 2, 15, false },
    { "tests/golden/tf2.15/adam_shards", "tf-weights", 2, 15, false },
    { "tests/golden/tf2.15/adam_saved-1", "tf-checkpoint", 2, 16, false },
    { "tests/golden/tf2.15/legacy_adam", "tf-weights", 2, 18, false },
    { "tests/golden/tf2.15/zoo", "tensor-bundle", 0, 18, false },
    { "tests/golden/tf2.21/adam", "tf-weights", 2, 15, false },
    { "tests/golden/h5py/texts.h5", "hdf5", 0, 1, false },
    { "tests/golden/h5py/many.h5", "hdf5", 0, 0, false },
    { "tests/golden/h5py/numbers.h5", "hdf5", 0, 0, false },
};
enum { GOLDENS = sizeof goldens / sizeof goldens[0] };

START_TEST(test_file__goldens_open_and_their_tensors_read)
{
    for (size_t i = 0; i < GOLDENS; i++) {
        horn_file *f;
        char *report = NULL;
        ck_ok(horn_file_open(&f, goldens[i].path));
        const horn_file_facts *facts = horn_file_about(f);
        ck_assert_str_eq(facts->format, goldens[i].format);
        ck_assert_msg(facts->parts == goldens[i].parts, "%s: parts %u", goldens[i].path, facts->parts);
        ck_assert_msg((facts->trouble != NULL) == goldens[i].has_trouble, "%s: %s", goldens[i].path,
                      facts->trouble ? facts->trouble : "no trouble");
        size_t count = horn_file_tensor_count(f);
        ck_assert_msg(goldens[i].tensors == 0 || count == goldens[i].tensors, "%s: %zu tensors",
                      goldens[i].path, count);
        for (size_t k = 0; k < count; k++) {
            const horn_file_tensor *t = horn_file_tensor_at(f, k);
            horn_view v = { .dtype = t->dtype, .rank = t->rank > 0 ? t->rank : 0 };
            memcpy(v.shape, t->shape, sizeof v.shape);
            size_t size = horn_view_count(&v) * horn_dtype_size(t->dtype);
            void *data = malloc(size + 1);
            if (t->is_readable) ck_ok(horn_file_read(data, size, f, k));
            if (!t->is_readable) ck_fails(horn_file_read(data, size, f, k), HORN_ERROR_UNSUPPORTED, t->name);
            free(data);
        }
        ck_assert_ptr_null(horn_file_tensor_at(f, count));
        ck_ok(horn_file_verify(&report, f));
        free(report);
        horn_file_close(f);
    }
}
END_TEST

START_TEST(test_file__tensors_have_the_values_of_the_file)
{
    size_t i;
    float step_rate;
    int64_t step;
    int32_t numbers[6];
    horn_file *f = open_file(tf, "adam_shards");
    find(f, "optimizer/_learning_rate/.ATTRIBUTES/VARIABLE_VALUE", &i);
    ck_ok(horn_file_read(&step_rate, 4, f, i));
    ck_assert_float_eq(step_rate, 0.01f);
    ck_assert_int_ne(horn_file_read(&step_rate, 3, f, i), HORN_OK);
    horn_file_close(f);
    f = open_file(keras2, "Csgdm.h5");
    find(f, "optimizer_weights/iteration:0", &i);
    ck_ok(horn_file_read(&step, 8, f, i));
    ck_assert_int_eq(step, 2);
    horn_file_close(f);
    f = open_file(tf, "zoo");
    const horn_file_tensor *t = find(f, "int32", &i);
    ck_assert_int_eq(t->rank, 2);
    ck_assert_uint_eq(t->shape[1], 3);
    ck_assert_uint_eq(t->bytes, 24);
    ck_ok(horn_file_read(numbers, sizeof numbers, f, i));
    ck_assert_int_eq(numbers[5], 100);
    ck_assert_str_eq(find(f, "bfloat16", &i)->dtype_name, "bfloat16");
    ck_fails(horn_file_read(numbers, 12, f, i), HORN_ERROR_UNSUPPORTED, "holds bfloat16");
    ck_assert_str_eq(find(f, "texts", &i)->dtype_name, "string");
    ck_fails(horn_file_read(numbers, 12, f, 99), HORN_ERROR_ARGUMENT, "tensor 99");
    horn_file_close(f);
}
END_TEST

START_TEST(test_file__a_run_of_horn_tells_its_progress)
{
    static const char *const names[] = { "run.h5", "run" };
    setup();
    for (size_t i = 0; i < 2; i++) {
        char *text = NULL;
        save_run(names[i], 2, true);
        horn_file *f = open_file("", in_folder(names[i]));
        const horn_file_facts *facts = horn_file_about(f);
        ck_assert_ptr_eq(strstr(facts->producer, "Horn"), facts->producer);
        ck_assert_uint_eq(facts->parts, 31);
        ck_assert_uint_eq(facts->epoch, 2);
        ck_assert_uint_eq(facts->history, 2);
        ck_assert_int_eq(facts->step, 2 * BATCHES);
        ck_ok(horn_file_json(&text, f, HORN_PART_ARCHITECTURE));
        ck_assert_ptr_nonnull(strstr(text, "\"units\": 33"));
        free(text);
        ck_ok(horn_file_json(&text, f, HORN_PART_COMPILE));
        ck_assert_ptr_nonnull(strstr(text, "RMSprop"));
        free(text);
        ck_fails(horn_file_json(&text, f, HORN_PART_WEIGHTS), HORN_ERROR_ARGUMENT, "no JSON");
        ck_ok(horn_file_verify(&text, f));
        ck_assert_ptr_nonnull(strstr(text, "CRC32C"));
        free(text);
        horn_file_close(f);
    }
    cleanup();
}
END_TEST

START_TEST(test_file__unknown_layers_are_shown_by_name)
{
    static const char text[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"odd\", \"layers\": [{\"class_name\": "
        "\"Dense\", "
        "\"config\": {\"name\": \"d\", \"units\": 3, \"batch_input_shape\": [null, 4]}}, {\"class_name\": "
        "\"Mine>Strange\", \"config\": {\"name\": \"s\"}}, {\"class_name\": \"Dense\", \"config\": "
        "{\"name\": \"e\", "
        "\"units\": 2}}]}}";
    setup();
    put("odd.json", text, sizeof text - 1);
    horn_file *f = open_file("", in_folder("odd.json"));
    const horn_file_facts *facts = horn_file_about(f);
    ck_assert_ptr_nonnull(
        strstr(facts->summary, " d (Dense)                   (None, 3)                 15 "));
    ck_assert_ptr_nonnull(
        strstr(facts->summary, " s (Mine>Strange)            ?                         ? "));
    ck_assert_ptr_nonnull(
        strstr(facts->summary, " e (Dense)                   ?                         ? "));
    ck_assert_ptr_nonnull(strstr(facts->summary, "Total params: at least 15 "));
    ck_assert_ptr_nonnull(strstr(facts->trouble, "odd.json: layer class 'Mine>Strange' is not known"));
    ck_assert(!facts->is_broken);
    horn_file_close(f);
    cleanup();
}
END_TEST

/* ---- broken ones ---- */

START_TEST(test_file__what_is_broken_is_refused)
{
    horn_file *f = NULL;
    setup();
    put("text.h5", "no model", 8);
    ck_fails(horn_file_open(&f, in_folder("text.h5")), HORN_ERROR_FORMAT, "text.h5");
    ck_fails(horn_file_open(&f, in_folder("none")), HORN_ERROR_FILE, "none");
    ck_fails(horn_file_open(&f, "tests/golden/torch/evil_REJECT.pth"), HORN_ERROR_UNSUPPORTED,
             "refers to posix.getcwd");
    ck_fails(horn_file_open(&f, "tests/robustness/hostile_h5/cyclic_groups.h5"), HORN_ERROR_FORMAT, "cyclic");
    ck_fails(horn_file_open(&f, folder), HORN_ERROR_FORMAT, "none of its 1 checkpoints");
    ck_assert_ptr_null(f);
    cleanup();
}
END_TEST

static bytes content(const char *name)
{
    bytes b = { 0 };
    ck_ok(file_read(&b, in_folder(name), 0));
    return b;
}

START_TEST(test_file__verifying_finds_a_flipped_bit)
{
    horn_file *f = NULL;
    char *report = NULL;
    setup();
    save_run("run.h5", 1, false);
    save_run("run", 1, false);
    bytes whole = content("run.h5"), data = content("run.data-00000-of-00001"), index = content("run.index");
    whole.data[whole.size / 2] ^= 1;
    put("run.h5", whole.data, whole.size);
    ck_fails(horn_file_open(&f, in_folder("run.h5")), HORN_ERROR_FORMAT, "checksum");
    data.data[data.size / 2] ^= 1;
    put("run.data-00000-of-00001", data.data, data.size);
    f = open_file("", in_folder("run"));
    ck_assert(horn_file_about(f)->is_broken);
    ck_assert_uint_gt(horn_file_tensor_count(f), 8);
    ck_fails(horn_file_verify(&report, f), HORN_ERROR_FORMAT, "does not match its checksum");
    horn_file_close(f);
    put("run.data-00000-of-00001", data.data, data.size - 1);
    f = open_file("", in_folder("run"));
    ck_fails(horn_file_verify(&report, f), HORN_ERROR_FORMAT, "bytes");
    horn_file_close(f);
    ck_assert_int_eq(unlink(in_folder("run.data-00000-of-00001")), 0);
    f = open_file("", in_folder("run"));
    ck_fails(horn_file_verify(&report, f), HORN_ERROR_FILE, "run.data-00000-of-00001");
    horn_file_close(f);
    index.data[index.size / 2] ^= 1;
    put("run.index", index.data, index.size);
    ck_fails(horn_file_open(&f, in_folder("run")), HORN_ERROR_FORMAT, "run.index");
    bytes_free(&whole);
    bytes_free(&data);
    bytes_free(&index);
    cleanup();
}
END_TEST

START_TEST(test_file__verifying_needs_no_model_and_misses_none)
{
    horn_file *f = NULL;
    char *report = NULL;
    bytes index = { 0 }, data = { 0 };
    setup();
    ck_ok(file_read(&index, "tests/golden/tf2.15/zoo.index", 0));
    ck_ok(file_read(&data, "tests/golden/tf2.15/zoo.data-00000-of-00001", 0));
    data.data[100] ^= 1;
    put("zoo.index", index.data, index.size);
    put("zoo.data-00000-of-00001", data.data, data.size);
    f = open_file("", in_folder("zoo"));
    ck_assert(!horn_file_about(f)->is_broken); /* there is no model that could be */
    ck_fails(horn_file_verify(&report, f), HORN_ERROR_FORMAT, "does not match its checksum");
    horn_file_close(f);
    put("no_model.json", "{\"class_name\": 5}", 17);
    f = open_file("", in_folder("no_model.json"));
    ck_assert(horn_file_about(f)->is_broken);
    ck_fails(horn_file_verify(&report, f), HORN_ERROR_FORMAT, "no model: its class_name is missing");
    horn_file_close(f);
    bytes_free(&index);
    bytes_free(&data);
    cleanup();
}
END_TEST

/* ---- directories ---- */

START_TEST(test_file__a_directory_is_its_newest_sound_checkpoint)
{
    horn_model *m;
    setup();
    ck_assert_int_eq(mkdir(in_folder("h5"), 0700), 0);
    save_run("h5/late.h5", 1, true);
    save_run("h5/early.h5", 3, true); /* the step counts, neither name nor date */
    horn_file *f = open_file("", in_folder("h5"));
    ck_assert_str_eq(horn_file_about(f)->path, in_folder("h5/early.h5"));
    horn_file_close(f);
    put("h5/early.h5", "broken", 6);
    f = open_file("", in_folder("h5"));
    ck_assert_str_eq(horn_file_about(f)->path, in_folder("h5/late.h5"));
    horn_file_close(f);
    ck_ok(horn_model_load(&m, in_folder("h5"), NULL));
    ck_assert_int_eq(horn_model_step(m), BATCHES);
    horn_model_free(m);

    ck_assert_int_eq(mkdir(in_folder("tf"), 0700), 0);
    save_run("tf/one", 3, false);
    save_run("tf/two", 1, false);
    static const char state[] = "model_checkpoint_path: \"two\"\nall_model_checkpoint_paths: \"one\"\n"
                                "all_model_checkpoint_paths: \"two\"\n";
    put("tf/checkpoint", state, sizeof state - 1);
    f = open_file("", in_folder("tf"));
    ck_assert_str_eq(horn_file_about(f)->path, in_folder("tf/two"));
    horn_file_close(f);
    put("tf/two.data-00000-of-00001", "", 0);
    f = open_file("", in_folder("tf"));
    ck_assert_str_eq(horn_file_about(f)->path, in_folder("tf/one"));
    horn_file_close(f);
    put("tf/one.index", "", 0);
    ck_fails(horn_file_open(&f, in_folder("tf")), HORN_ERROR_FORMAT, "none of its 2 checkpoints can be read");
    cleanup();
}
END_TEST

TEST_MAIN(test_file__a_whole_model_of_keras_is_known, test_file__goldens_open_and_their_tensors_read,
          test_file__tensors_have_the_values_of_the_file, test_file__a_run_of_horn_tells_its_progress,
          test_file__unknown_layers_are_shown_by_name, test_file__what_is_broken_is_refused,
          test_file__verifying_finds_a_flipped_bit, test_file__verifying_needs_no_model_and_misses_none,
          test_file__a_directory_is_its_newest_sound_checkpoint)
