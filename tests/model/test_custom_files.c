/* Models of a user's own classes in files: whole in every format, refused by name where nobody registered the classes. */
#include "model/custom_run.h"
#include "optimizers/optimizer.h"

static const char *const targets[][2] = { { "a.h5", NULL },        { "b.h5", "keras3" },  { "c.keras", NULL },
                                          { "d.keras", "keras2" }, { "e.keras", "both" }, { "f", NULL },
                                          { "g/", NULL } };

static const char *const members[] = { "",
                                       ".index",
                                       ".data-00000-of-00001",
                                       "/saved_model.pb",
                                       "/keras_metadata.pb",
                                       "/variables/variables.index",
                                       "/variables/variables.data-00000-of-00001" };

static void assert_same_saves(const char *a, const char *b)
{
    char first[300], second[300];
    size_t found = 0;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        snprintf(first, sizeof first, "%.250s%s", a, members[i]);
        snprintf(second, sizeof second, "%.250s%s", b, members[i]);
        if (i == 0 && (strlen(a) == 0 || a[strlen(a) - 1] == '/')) continue;
        if (access(first, F_OK)) continue;
        assert_same_files(first, second);
        found++;
    }
    ck_assert_uint_gt(found, 0);
}

/* Written, read and written again: the same bytes; and both train on alike. */
START_TEST(test_custom_files__every_format_carries_them)
{
    setup();
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char again[32];
        horn_model *m = make(1, make_heavy()), *read = NULL;
        const horn_save_options o = { .dialect = targets[i][1],
                                      .format = strcmp(targets[i][0], "f") == 0 ? "tf-checkpoint" : NULL };
        snprintf(again, sizeof again, "again-%s", targets[i][0]);
        ck_ok(fit(m));
        ck_ok(horn_model_save(m, in_folder(targets[i][0]), &o));
        ck_ok(horn_model_load(&read, in_folder(targets[i][0]),
                              &(horn_load_options){ .seed = 3, .threads = 1 }));
        ck_assert_int_eq(horn_model_step(read), 12);
        ck_ok(horn_model_save(read, in_folder(again), &o));
        assert_same_saves(in_folder(targets[i][0]), in_folder(again));
        ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
        ck_ok(horn_model_train_on_batch(NULL, read, &x, &y));
        ck_ok(horn_model_save(m, in_folder("m.h5"), NULL));
        ck_ok(horn_model_save(read, in_folder("read.h5"), NULL));
        assert_same_files(in_folder("m.h5"), in_folder("read.h5"));
        horn_model_free(m);
        horn_model_free(read);
    }
    cleanup();
}
END_TEST

/* Two variables a weight, of which stores say the order alone; and what every optimizer has. */
static void pair_step(const void *self, const horn_step *now, size_t n, float *w, const float *g,
                      float *const *slots)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        slots[0][i] += g[i];
        slots[1][i] = 0.5f * slots[1][i] + g[i] * g[i];
        w[i] -= now->learning_rate * slots[0][i] / (1 + slots[1][i] + (float)now->iteration);
    }
}

START_TEST(test_custom_files__an_optimizer_may_have_more_variables)
{
    static const horn_optimizer_class pair = { .name = "Pair",
                                               .slots = { "total", "spread" },
                                               .step = pair_step };
    static const char *const names[] = { "a.h5", "c.keras", "f", "g/" };
    const horn_custom_optimizer_options o = { .schedule = { "ExponentialDecay", .initial_learning_rate = 0.02,
                                                            .decay_steps = 4, .decay_rate = 0.5 },
                                              .weight_decay = 0.01,
                                              .clipping = { .clipnorm = 0.5 } };
    setup();
    ck_ok(horn_register_optimizer(&pair));
    for (size_t i = 0; i < 4; i++) {
        horn_model *m = make(1, horn_custom_optimizer("Custom>Pair", &o)), *read = NULL;
        ck_ok(fit(m));
        ck_ok(horn_model_save(m, in_folder(names[i]), NULL));
        ck_ok(horn_model_load(&read, in_folder(names[i]), &(horn_load_options){ .threads = 1 }));
        ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
        ck_ok(horn_model_train_on_batch(NULL, read, &x, &y));
        ck_ok(horn_model_save(m, in_folder("m.h5"), NULL));
        ck_ok(horn_model_save(read, in_folder("read.h5"), NULL));
        assert_same_files(in_folder("m.h5"), in_folder("read.h5"));
        horn_model_free(m);
        horn_model_free(read);
    }
    cleanup();
}
END_TEST

/* A run that was stopped after an epoch, and one that was not. */
START_TEST(test_custom_files__a_run_goes_on)
{
    static const char *const names[] = { "run.h5", "run.keras", "run" };
    setup();
    for (size_t i = 0; i < 3; i++) {
        horn_fit_options o = { .batch_size = 16, .epochs = 1 };
        horn_model *whole = make(1, make_heavy()), *first = make(1, make_heavy()),
                   *second = make(1, make_heavy());
        ck_ok(fit(whole));
        ck_ok(horn_model_fit(NULL, first, &x, &y, &o));
        ck_ok(horn_model_save(first, in_folder(names[i]), &(horn_save_options){ .progress = true }));
        ck_ok(horn_model_restore(second, in_folder(names[i])));
        o.epochs = 3, o.resume = true;
        ck_ok(horn_model_fit(NULL, second, &x, &y, &o));
        ck_ok(horn_model_save(whole, in_folder("whole.h5"), NULL));
        ck_ok(horn_model_save(second, in_folder("second.h5"), NULL));
        assert_same_files(in_folder("whole.h5"), in_folder("second.h5"));
        horn_model_free(whole);
        horn_model_free(first);
        horn_model_free(second);
    }
    cleanup();
}
END_TEST

START_TEST(test_custom_files__weights_alone_go_into_the_same_model)
{
    static const char *const names[] = { "w.weights.h5", "w", "w.h5" };
    setup();
    for (size_t i = 0; i < 3; i++) {
        horn_model *m = make(1, make_heavy()), *other = make(1, make_heavy());
        ck_ok(fit(m));
        ck_ok(horn_model_save_weights(m, in_folder(names[i]),
                                      i == 2 ? &(horn_save_options){ .format = "keras-h5-weights" } : NULL));
        ck_ok(horn_model_load_weights(other, in_folder(names[i])));
        ck_assert_int_eq(horn_model_step(other), i == 2 ? 0 : 12);
        ck_ok(horn_model_save(m, in_folder("m.h5"), &(horn_save_options){ .no_optimizer = i == 2 }));
        ck_ok(horn_model_save(other, in_folder("other.h5"), &(horn_save_options){ .no_optimizer = i == 2 }));
        assert_same_files(in_folder("m.h5"), in_folder("other.h5"));
        horn_model_free(m);
        horn_model_free(other);
    }
    cleanup();
}
END_TEST

/* A .keras counts weights; TensorFlow's checkpoints name them. */
START_TEST(test_custom_files__names_of_weights_come_from_the_class)
{
    setup();
    horn_model *m;
    ck_ok(register_custom_classes());
    ck_ok(horn_sequential_new(&m, NULL));
    add_layers(m);
    ck_ok(horn_model_save(m, in_folder("m.keras"), NULL));
    ck_ok(horn_model_save(m, in_folder("m"), NULL));
    ck_ok(horn_convert(NULL, in_folder("m.keras"), in_folder("again"), NULL));
    assert_same_saves(in_folder("m"), in_folder("again"));
    ck_ok(horn_convert(NULL, in_folder("m.keras"), in_folder("again.h5"), NULL));
    ck_ok(horn_model_save(m, in_folder("m.h5"), NULL));
    assert_same_files(in_folder("m.h5"), in_folder("again.h5"));
    ck_ok(horn_convert(NULL, in_folder("m"), in_folder("back.keras"), NULL)); /* where order alone counts */
    assert_same_files(in_folder("m.keras"), in_folder("back.keras"));
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_custom_files__graphs_need_operations)
{
    static horn_layer_class mute, wrong;
    horn_model *m;
    mute = swish_class, mute.name = "Mute", mute.operate = NULL;
    wrong = mix_class, wrong.name = "Wrong",
    wrong.operate = swish_operate; /* multiplies by a weight: fine; the shape too */
    setup();
    ck_ok(register_custom_classes());
    ck_ok(horn_register_layer(&mute));
    ck_ok(horn_register_layer(&wrong));
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(
        m, horn_custom_layer("Mute", &(horn_custom_layer_options){ .name = "s", .input_shape = { 4 } })));
    ck_fails(horn_model_save(m, in_folder("g/"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 's' (Custom>Mute): does not say its operations");
    ck_ok(horn_model_save(m, in_folder("m.keras"), NULL));
    horn_model_free(m);
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(
        horn_model_add(m, horn_custom_layer("Wrong", &(horn_custom_layer_options){ .input_shape = { 4 } })));
    ck_ok(horn_model_save(m, in_folder("m.pb"), NULL));
    horn_model_free(m);
    cleanup();
}
END_TEST

/* ---- classes that nobody registered ---- */

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "wb");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

#define MODEL(layer)                                                                                  \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"odd\", \"layers\": [{\"class_name\": " \
    "\"Dense\", "                                                                                     \
    "\"config\": {\"name\": \"d\", \"units\": 3, \"batch_input_shape\": [null, 4]}}, " layer "]}}"

START_TEST(test_custom_files__an_unknown_class_is_refused_with_its_config)
{
    horn_model *m = NULL;
    char text[2048], many[1024];
    setup();
    put("a.json", MODEL("{\"class_name\": \"Strange\", \"module\": \"odd\", \"registered_name\": "
                        "\"mine>Strange\", \"config\": "
                        "{\"name\": \"s\", \"depth\": 7}}"));
    ck_fails(horn_model_load(&m, in_folder("a.json"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer class 'mine>Strange' is not known");
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "\"name\": \"s\""));
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "\"depth\": 7"));
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "horn_register_layer"));
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = 0;
    snprintf(text, sizeof text,
             MODEL("{\"class_name\": \"mine>Strange\", \"config\": {\"name\": \"s\", \"text\": \"%s\"}}"),
             many);
    put("b.json", text);
    ck_fails(horn_model_load(&m, in_folder("b.json"), NULL), HORN_ERROR_UNSUPPORTED, "xxx...)");
    ck_assert_uint_lt(strlen(horn_last_error()), 500);
    cleanup();
}
END_TEST

/* A process that knows the classes writes, this one does not: Check forks for each test. */
START_TEST(test_custom_files__files_of_unknown_classes_are_shown)
{
    static const char *const names[] = { "a.h5", "c.keras", "f", "g" };
    setup();
    pid_t child = fork();
    if (child == 0) {
        horn_model *own = make(1, make_heavy());
        ck_ok(fit(own));
        for (size_t i = 0; i < 4; i++)
            ck_ok(horn_model_save(own, in_folder(i == 3 ? "g/" : names[i]),
                                  &(horn_save_options){ .progress = i == 2 }));
        horn_model_free(own);
        _exit(0);
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
    for (size_t i = 0; i < 4; i++) {
        horn_model *m = NULL;
        horn_file *f = NULL;
        ck_fails(horn_model_load(&m, in_folder(names[i]), NULL), HORN_ERROR_UNSUPPORTED,
                 "layer class 'demo>Mix' is not known");
        ck_assert_ptr_nonnull(strstr(horn_last_error(), "\"gain\": 0.5"));
        ck_ok(horn_file_open(&f, in_folder(names[i])));
        const horn_file_facts *facts = horn_file_about(f);
        ck_assert_msg(facts->summary && strstr(facts->summary, " mix (demo>Mix) ") &&
                          strstr(facts->summary, " swish1 (Custom>Swish1) "),
                      "%s: %s", names[i], facts->summary);
        ck_assert(!facts->is_broken);
        ck_assert(!(facts->parts & HORN_PART_OPTIMIZER)); /* whose variables are of the weights that train */
        if (i < 3) ck_assert_uint_ge(horn_file_tensor_count(f), 8); /* of a SavedModel none are listed */
        horn_file_close(f);
    }
    ck_ok(horn_convert(NULL, in_folder("c.keras"), in_folder("again.keras"),
                       NULL)); /* without the optimizer's state */
    ck_fails(horn_convert(NULL, in_folder("c.keras"), in_folder("again"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'mix' (demo>Mix): what it calls its weight 0 is not known");
    cleanup();
}
END_TEST

START_TEST(test_custom_files__a_class_without_a_package_in_a_file_is_found)
{
    horn_model *m = NULL;
    char *text = NULL;
    setup();
    ck_ok(register_custom_classes());
    put("a.json", MODEL("{\"class_name\": \"Mix\", \"module\": \"mine\", \"registered_name\": \"Mix\", "
                        "\"config\": {\"name\": \"s\"}}"));
    ck_ok(horn_model_load(&m, in_folder("a.json"), NULL));
    ck_ok(horn_model_summary(&text, m));
    ck_assert_ptr_nonnull(strstr(text, " s (Mix) "));
    free(text);
    horn_model_free(m);
    put("b.json", MODEL("{\"class_name\": \"other>Mix\", \"config\": {\"name\": \"s\"}}"));
    ck_fails(horn_model_load(&m, in_folder("b.json"), NULL), HORN_ERROR_UNSUPPORTED,
             "layer class 'other>Mix' is not known");
    ck_carries(optimizer, horn_optimizer_by_name("other>Adam"), HORN_ERROR_UNSUPPORTED,
               "'other>Adam' is not known"); /* no package's Adam is Keras' */
    cleanup();
}
END_TEST

TEST_MAIN(test_custom_files__an_optimizer_may_have_more_variables, test_custom_files__a_run_goes_on,
          test_custom_files__names_of_weights_come_from_the_class,
          test_custom_files__every_format_carries_them,
          test_custom_files__weights_alone_go_into_the_same_model, test_custom_files__graphs_need_operations,
          test_custom_files__an_unknown_class_is_refused_with_its_config,
          test_custom_files__files_of_unknown_classes_are_shown,
          test_custom_files__a_class_without_a_package_in_a_file_is_found)
