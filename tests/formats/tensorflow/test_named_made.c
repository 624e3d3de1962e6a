/* Checkpoints without an object graph that are made here: scopes, half an optimizer, steps. */
#include "formats/saver.h"

#include "codecs/tensorflow/tensor_bundle.h"

typedef struct made {
    bundle_writer *files;
    folder folder;
} made;

static made made_begin(void)
{
    made m = { .folder = folder_make() };
    ck_ok(bundle_writer_new(&m.files, 1));
    return m;
}

static void put(made *m, const char *scope, const char *name, size_t rows, size_t columns)
{
    static const float values[12] = { 1, 2, 3 };
    char key[256];
    horn_view view = { .data = values, .rank = columns ? 2 : rows ? 1 : 0, .shape = { rows, columns } };
    snprintf(key, sizeof key, "%s%s", scope, name);
    ck_ok(bundle_writer_add(m->files, 0, key, &view));
}

static void put_weights(made *m, const char *scope)
{
    put(m, scope, "dense/kernel", 3, 4);
    put(m, scope, "dense/bias", 4, 0);
    put(m, scope, "dense_1/kernel", 4, 2);
    put(m, scope, "dense_1/bias", 2, 0);
}

static void put_number(made *m, const char *key, float value)
{
    ck_ok(bundle_writer_add(m->files, 0, key, &(horn_view){ .data = &value }));
}

static void put_step(made *m, const char *key, int64_t value)
{
    ck_ok(bundle_writer_add(m->files, 0, key, &(horn_view){ .data = &value, .dtype = HORN_INT64 }));
}

static horn_status made_read(made *m, snapshot **out, const char *class_name, const char *arguments)
{
    char path[128], file[160];
    bytes index = { 0 };
    snapshot *target = make_target(class_name, arguments, false);
    ck_ok(bundle_writer_index(m->files, 1, &index));
    snprintf(path, sizeof path, "%s/w", m->folder.path);
    snprintf(file, sizeof file, "%s.index", path);
    put_file(file, &index);
    snprintf(file, sizeof file, "%s.data-00000-of-00001", path);
    put_file(file, &bundle_writer_shard(m->files, 0)->own);
    horn_status status = read_prefix(out, path, 0, target);
    snapshot_free(target);
    bytes_free(&index);
    bundle_writer_free(m->files);
    empty_folder(&m->folder);
    return status;
}

START_TEST(test_tf_named_made__the_scope_must_be_one)
{
    snapshot *s;
    made m = made_begin();
    put_weights(&m, "b/net/");
    put_weights(&m, "RMSprop/velocity/b/net/");
    ck_ok(made_read(&m, &s, NULL, NULL));
    ck_assert_uint_eq(s->unread, PART_OPTIMIZER);
    snapshot_free(s);

    m = made_begin(); /* half a model in another scope */
    put_weights(&m, "b/");
    put(&m, "a/", "dense/kernel", 3, 4);
    ck_fails(made_read(&m, &s, NULL, NULL), HORN_ERROR_SHAPE, "'a/dense/kernel', which the model has not");
    snapshot_free(s);

    m = made_begin();
    put_weights(&m, "b/");
    put_weights(&m, "a/");
    ck_fails(made_read(&m, &s, NULL, NULL), HORN_ERROR_UNSUPPORTED, "in more than one scope");
    snapshot_free(s);

    m = made_begin(); /* the plain ones are meant, but what are the others? */
    put_weights(&m, "");
    put_weights(&m, "copy/");
    ck_ok(made_read(&m, &s, NULL, NULL));
    snapshot_free(s);

    m = made_begin();
    put(&m, "a/", "dense/kernel", 3, 4);
    put(&m, "a/", "dense/bias", 4, 0);
    put(&m, "a/", "dense_1/kernel", 4, 2);
    ck_fails(made_read(&m, &s, NULL, NULL), HORN_ERROR_SHAPE, "holds no variable 'a/dense_1/bias'");
    snapshot_free(s);

    m = made_begin();
    for (int i = 0; i < 300; i++) {
        char scope[16];
        snprintf(scope, sizeof scope, "s%d/", i);
        put(&m, scope, "dense/kernel", 3, 4);
    }
    ck_fails(made_read(&m, &s, NULL, NULL), HORN_ERROR_UNSUPPORTED, "in more than 256 scopes");
    snapshot_free(s);
}
END_TEST

START_TEST(test_tf_named_made__half_an_optimizer_is_refused)
{
    static const struct {
        const char *class_name, *arguments, *left_out, *words;
    } cases[] = {
        { "RMSprop", "{}", "dense_1/bias/RMSProp", "holds no variable 'dense_1/bias/RMSProp'" },
        { "Adam", "{}", "dense/bias/Adam_1", "holds no variable 'dense/bias/Adam_1'" },
        { "Adam", "{}", "beta1_power", "holds no variable 'beta1_power'" },
        { "Adam", "{}", "beta2_power", "holds no variable 'beta2_power'" },
        { "SGD", "{\"momentum\": 0.9, \"learning_rate\": {\"class_name\": \"X\"}}", "", "has a schedule" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char *const weights[] = { "dense/kernel", "dense/bias", "dense_1/kernel",
                                               "dense_1/bias" };
        static const size_t rows[] = { 3, 4, 4, 2 }, columns[] = { 4, 0, 2, 0 };
        const char *own = strcmp(cases[i].class_name, "SGD") == 0       ? "/Momentum"
                          : strcmp(cases[i].class_name, "RMSprop") == 0 ? "/RMSProp"
                                                                        : "/Adam";
        made m = made_begin();
        snapshot *s;
        put_weights(&m, "");
        for (size_t k = 0; k < 8; k++) {
            char key[64];
            snprintf(key, sizeof key, "%s%s%s", weights[k % 4], own, k < 4 ? "" : "_1");
            if (strcmp(key, cases[i].left_out) != 0) put(&m, "", key, rows[k % 4], columns[k % 4]);
        }
        if (strcmp("beta1_power", cases[i].left_out) != 0) put_number(&m, "beta1_power", 0.9f);
        if (strcmp("beta2_power", cases[i].left_out) != 0) put_number(&m, "beta2_power", 0.999f);
        ck_fails(made_read(&m, &s, cases[i].class_name, cases[i].arguments),
                 i < 4 ? HORN_ERROR_SHAPE : HORN_ERROR_UNSUPPORTED, cases[i].words);
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_tf_named_made__a_step_must_be_there)
{
    static const struct {
        const char *before, *after, *words;
    } cases[] = {
        { "RMSprop/velocity/", "", "holds no variable 'iteration'" },
        { "training/RMSprop_1/", "/rms", "holds no variable 'training/RMSprop_1/iter'" },
        { "my/own/", "/rms", "holds no variable 'my/own/iter'" },
    };
    for (size_t i = 0; i < 6; i++) {
        static const char *const weights[] = { "dense/kernel", "dense/bias", "dense_1/kernel",
                                               "dense_1/bias" };
        static const size_t rows[] = { 3, 4, 4, 2 }, columns[] = { 4, 0, 2, 0 };
        made m = made_begin();
        snapshot *s;
        char key[128];
        put_weights(&m, "");
        for (size_t k = 0; k < 4; k++) {
            snprintf(key, sizeof key, "%s%s%s", cases[i / 2].before, weights[k], cases[i / 2].after);
            put(&m, "", key, rows[k], columns[k]);
        }
        snprintf(key, sizeof key, "%siter", cases[i / 2].before);
        if (i % 2) put_step(&m, i / 2 ? key : "iteration", 7);
        horn_status status = made_read(&m, &s, "RMSprop", "{}");
        ck_assert_msg(status == (i % 2 ? HORN_OK : HORN_ERROR_SHAPE) &&
                          (i % 2 || strstr(horn_last_error(), cases[i / 2].words)),
                      "%zu: %d, %s", i, status, horn_last_error());
        if (i % 2) ck_assert_int_eq(s->iteration, 7);
        snapshot_free(s);
    }
}
END_TEST

/* AdamOptimizer's step is that of its powers, multiplied up in float32. */
START_TEST(test_tf_named_made__powers_tell_the_step)
{
    static const int64_t steps[] = { 0, 1, 2, 100, 1234, 20000, 79999 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        float one = 0.9f, two = 0.999f;
        made m = made_begin();
        snapshot *s;
        for (int64_t k = 0; k < steps[i]; k++) one *= 0.9f, two *= 0.999f;
        put_weights(&m, "");
        for (int k = 0; k < 2; k++) {
            put(&m, "", k ? "dense/kernel/Adam" : "dense/kernel/Adam_1", 3, 4);
            put(&m, "", k ? "dense/bias/Adam" : "dense/bias/Adam_1", 4, 0);
            put(&m, "", k ? "dense_1/kernel/Adam" : "dense_1/kernel/Adam_1", 4, 2);
            put(&m, "", k ? "dense_1/bias/Adam" : "dense_1/bias/Adam_1", 2, 0);
        }
        put_number(&m, "opt/beta1_power", one);
        put_number(&m, "opt/beta2_power", two);
        put_step(&m, "global_step", 90000); /* counts where the powers are too small to tell */
        ck_ok(made_read(&m, &s, "Adam", "{}"));
        ck_assert_int_eq(s->iteration, steps[i]);
        snapshot_free(s);
    }
}
END_TEST

TEST_MAIN(test_tf_named_made__the_scope_must_be_one, test_tf_named_made__half_an_optimizer_is_refused,
          test_tf_named_made__a_step_must_be_there, test_tf_named_made__powers_tell_the_step)
