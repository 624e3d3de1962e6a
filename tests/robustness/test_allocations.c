/* Every allocation fails once, in saving, loading and an epoch with checkpoints: the call fails, or does
 * without; the model stays as it was, and the next try succeeds. Leaks are seen by the sanitizers' build. A
 * failure behind cJSON's or libhdf5's back is told as theirs: a text that is no JSON, a file that cannot be
 * opened.
 *
 * The linker turns the allocations of Horn's own code to the functions below (--wrap, see the Makefile), and
 * cJSON takes them through its hooks. libhdf5 keeps its own: Horn cannot answer for what it does without memory. */
#include <horn/file.h>
#include "robustness/failing_allocations.h"

/* ---- what is tried ---- */

static void keep_model(trial *t)
{
    (void)t;
}

static horn_status save(trial *t)
{
    return horn_model_save(t->m, t->path, &(horn_save_options){ .format = t->format });
}

/* The old one is there, or where nothing was said the new one, which is the same. */
static void check_saved(trial *t, horn_status status)
{
    horn_model *back;
    (void)status;
    ck_assert_uint_eq(print_of(t->m), t->print);
    ck_assert_msg(!horn_model_load(&back, t->path, &(horn_load_options){ .threads = 1 }),
                  "%s, allocation %ld: does not load: %s", t->what, t->n, horn_last_error());
    ck_assert_msg(is_text(t->format) || print_of(back) == t->print, "%s, allocation %ld: other values",
                  t->what, t->n);
    horn_model_free(back);
}

static horn_status load(trial *t)
{
    t->m = NULL;
    return horn_model_load(&t->m, t->path, &(horn_load_options){ .threads = 1 });
}

static void check_loaded(trial *t, horn_status status)
{
    ck_assert(!status == (t->m != NULL));
    ck_assert_msg(status || !t->print || print_of(t->m) == t->print, "%s, allocation %ld: other values",
                  t->what, t->n);
    horn_model_free(t->m);
}

static void make_other(trial *t)
{
    t->m = make_model(ADAM, 77, 1);
    t->print = print_of(t->m);
}

static horn_status load_weights(trial *t)
{
    return horn_model_load_weights(t->m, t->path);
}

static horn_status restore(trial *t)
{
    return horn_model_restore(t->m, t->path);
}

static void check_untouched(trial *t, horn_status status)
{
    ck_assert((print_of(t->m) == t->print) == (status != HORN_OK));
    horn_model_free(t->m);
}

START_TEST(test_allocations__saving)
{
    setup_in_memory();
    horn_model *m = make_model(ADAM, 1, 1);
    ck_ok(fit(m, 1, false, NULL, 0));
    for (size_t i = 0; i < FILES; i++) {
        strcpy(texts[0], in_folder(files[i].name));
        snprintf(texts[1], sizeof texts[1], "saving %s", files[i].format);
        trial t = { .what = texts[1],
                    .begin = keep_model,
                    .act = save,
                    .end = check_saved,
                    .path = texts[0],
                    .format = files[i].format,
                    .m = m,
                    .print = print_of(m) };
        ck_ok(save(&t));
        fail_each(t);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_allocations__loading)
{
    setup_in_memory();
    horn_model *m = make_model(ADAM, 1, 1);
    ck_ok(fit(m, 1, false, NULL, 0));
    for (size_t i = 0; i < FILES; i++) {
        const bool text = is_text(files[i].format);
        strcpy(texts[0], in_folder(files[i].name));
        snprintf(texts[1], sizeof texts[1], "loading %s", files[i].format);
        snprintf(texts[2], sizeof texts[2], "loading weights of %s", files[i].format);
        trial t = { .what = texts[1],
                    .begin = keep_model,
                    .act = load,
                    .end = check_loaded,
                    .path = texts[0],
                    .format = files[i].format,
                    .m = m };
        ck_ok(save(&t));
        t.print = text ? 0 : print_of(m);
        fail_each(t);
        if (!text)
            fail_each((trial){ .what = texts[2],
                               .begin = make_other,
                               .act = load_weights,
                               .end = check_untouched,
                               .path = texts[0] });
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

static void fail_loading(const char *what, const char *path)
{
    trial t = { .what = what, .begin = keep_model, .act = load, .path = path };
    ck_ok(load(&t));
    t.print = print_of(t.m);
    horn_model_free(t.m);
    t.end = check_loaded;
    fail_each(t);
}

/* TensorFlow's, which take the most to understand. */
START_TEST(test_allocations__loading_a_frozen_graph)
{
    fail_loading("loading a frozen graph", "tests/golden/frozen_graph/operations.pb");
}
END_TEST

START_TEST(test_allocations__loading_onnx)
{
    fail_loading("loading an ONNX file", "tests/golden/onnx/depthwise.onnx");
}
END_TEST

START_TEST(test_allocations__loading_a_graph_and_its_checkpoint)
{
    fail_loading("loading a .meta", "tests/golden/plain_graphs/trained.meta");
    fail_loading("loading an export", "tests/golden/plain_graphs/module");
    fail_loading("loading an export without a signature", "tests/golden/plain_graphs/unsigned");
}
END_TEST

/* Of a Saver's variables, in slices, by their names. */
static void make_named(trial *t)
{
    ck_ok(horn_sequential_new(&t->m, &(horn_sequential_options){ .threads = 1, .seed = 5 }));
    ck_ok(horn_model_add(
        t->m, horn_dense(&(horn_dense_options){ .units = 4, .name = "dense", .input_shape = { 3 } })));
    ck_ok(horn_model_add(t->m, horn_dense(&(horn_dense_options){ .units = 2, .name = "dense_1" })));
    ck_ok(horn_model_compile(t->m,
                             &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                      .loss = horn_sparse_categorical_crossentropy(NULL) }));
    t->print = print_of(t->m);
}

START_TEST(test_allocations__loading_by_names)
{
    setup_in_memory();
    fail_each((trial){ .what = "loading by names",
                       .begin = make_named,
                       .act = load_weights,
                       .end = check_untouched,
                       .path = "tests/golden/saver2.15/partitioned" });
    cleanup();
}
END_TEST

/* ---- training ---- */

static uint32_t print_of_epoch;
static bool as_hdf5;

static void begin_epoch(trial *t)
{
    remove_folder("run");
    t->m = make_model(ADAM, 3, 1);
    t->callback = make((horn_model_checkpoint_options){ .keep = 1, .save_best = "val_loss" },
                       as_hdf5 ? "run/c{epoch}.h5" : "run/c{epoch}");
}

static horn_status train_epoch(trial *t)
{
    return train(t->m, t->callback, 1, NULL);
}

/* Training ends where it must, or goes on without its checkpoint: never with other values. */
static void check_epoch(trial *t, horn_status status)
{
    horn_logs logs;
    if (!status) ck_assert_uint_eq(print_of(t->m), print_of_epoch);
    ck_ok(horn_model_evaluate(&logs, t->m, &x, &y, NULL));
    horn_callback_free(t->callback);
    horn_model_free(t->m);
}

static horn_status go_on(trial *t)
{
    return train(t->m, t->callback, 2, NULL);
}

static void keep_first_epoch(trial *t)
{
    begin_epoch(t);
    ck_ok(train_epoch(t));
    horn_callback_free(t->callback);
    horn_model_free(t->m);
    t->m = make_model(ADAM, 3, 1);
    t->callback = make((horn_model_checkpoint_options){ .keep = 1, .save_best = "val_loss" },
                       as_hdf5 ? "run/c{epoch}.h5" : "run/c{epoch}");
}

static void train_with_faults(bool hdf5)
{
    setup_in_memory();
    as_hdf5 = hdf5;
    for (size_t epochs = 1; epochs <= (hdf5 && !tries_all() ? 1 : 2); epochs++) {
        horn_model *m = make_model(ADAM, 3, 1);
        ck_ok(fit(m, epochs, false, NULL, 0));
        print_of_epoch = print_of(m);
        horn_model_free(m);
        snprintf(texts[0], sizeof texts[0], "%s with checkpoints%s", epochs == 1 ? "an epoch" : "going on",
                 hdf5 ? ".h5" : "");
        if (epochs == 1)
            fail_each(
                (trial){ .what = texts[0], .begin = begin_epoch, .act = train_epoch, .end = check_epoch });
        else
            fail_each(
                (trial){ .what = texts[0], .begin = keep_first_epoch, .act = go_on, .end = check_epoch });
    }
    cleanup();
}

START_TEST(test_allocations__an_epoch_with_checkpoints)
{
    train_with_faults(false);
}
END_TEST

START_TEST(test_allocations__an_epoch_with_checkpoints_in_hdf5)
{
    train_with_faults(true);
}
END_TEST

static void check_converted(trial *t, horn_status status)
{
    horn_model *back;
    (void)status;
    ck_assert_msg(!horn_model_load(&back, texts[3], &(horn_load_options){ .threads = 1 }) &&
                      print_of(back) == t->print,
                  "%s, allocation %ld: other values, or none: %s", t->what, t->n, horn_last_error());
    horn_model_free(back);
}

static horn_status convert(trial *t)
{
    return horn_convert(NULL, t->path, texts[3], &(horn_convert_options){ .architecture = t->format });
}

START_TEST(test_allocations__converting)
{
    setup_in_memory();
    horn_model *m = make_model(ADAM, 1, 1);
    ck_ok(fit(m, 1, false, NULL, 0));
    strcpy(texts[0], in_folder("m.h5"));
    strcpy(texts[1], in_folder("w.weights.h5"));
    strcpy(texts[2], "converting");
    strcpy(texts[3], in_folder("m.keras"));
    ck_ok(horn_model_save(m, texts[0], NULL));
    ck_ok(horn_model_save_weights(m, texts[1], NULL));
    trial t = { .what = texts[2],
                .begin = keep_model,
                .act = convert,
                .end = check_converted,
                .path = texts[0],
                .m = m,
                .print = print_of(m) };
    ck_ok(convert(&t));
    fail_each(t);
    t.path = texts[1];
    t.format = texts[0]; /* the architecture */
    strcpy(texts[2], "converting weights");
    strcpy(texts[3], in_folder("w"));
    ck_ok(convert(&t));
    fail_each(t);
    t.path = texts[0];
    t.format = NULL;
    strcpy(texts[2], "converting to a SavedModel");
    strcpy(texts[3], in_folder("m/"));
    ck_ok(convert(&t));
    fail_each(t);
    horn_model_free(m);
    cleanup();
}
END_TEST

static bool looks_equal; /* or could not be compared whole */

/* Two files looked into, verified and compared. */
static horn_status look(trial *t)
{
    horn_file *a = NULL, *b = NULL;
    horn_file_comparison *c = NULL;
    char *report = NULL;
    horn_status status = horn_file_open(&a, t->path);
    if (!status) status = horn_file_open(&b, texts[1]);
    if (!status) status = horn_file_verify(&report, b);
    if (!status) status = horn_file_compare(&c, a, b);
    looks_equal = status || horn_file_about(a)->trouble || horn_file_about(b)->trouble ||
                  (c->is_equal && !c->other_architecture && !c->other_compile);
    if (c) horn_file_comparison_free(c);
    free(report);
    horn_file_close(a);
    horn_file_close(b);
    return status;
}

static void check_looked(trial *t, horn_status status)
{
    (void)status;
    ck_assert_msg(looks_equal, "%s, allocation %ld: they differ", t->what, t->n);
}

START_TEST(test_allocations__looking)
{
    setup_in_memory();
    horn_model *m = make_model(ADAM, 1, 1);
    strcpy(texts[0], in_folder("m.h5"));
    strcpy(texts[1], in_folder("m/"));
    for (int i = 0; i < 2; i++) ck_ok(horn_model_save(m, texts[i], NULL));
    fail_each((trial){ .what = "comparing an .h5 and a SavedModel",
                       .begin = keep_model,
                       .act = look,
                       .end = check_looked,
                       .path = texts[0] });
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_allocations__restoring)
{
    setup_in_memory();
    as_hdf5 = false;
    trial t = { 0 };
    begin_epoch(&t);
    ck_ok(train_epoch(&t));
    horn_callback_free(t.callback);
    horn_model_free(t.m);
    strcpy(texts[0], in_folder("run/c1"));
    fail_each((trial){
        .what = "restoring", .begin = make_other, .act = restore, .end = check_untouched, .path = texts[0] });
    cleanup();
}
END_TEST

TEST_MAIN(test_allocations__saving, test_allocations__loading, test_allocations__loading_a_frozen_graph,
          test_allocations__loading_onnx, test_allocations__loading_a_graph_and_its_checkpoint,
          test_allocations__loading_by_names, test_allocations__an_epoch_with_checkpoints,
          test_allocations__an_epoch_with_checkpoints_in_hdf5, test_allocations__converting,
          test_allocations__looking, test_allocations__restoring)
