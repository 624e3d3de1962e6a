/* Checkpoints without an object graph: what TensorFlow's Saver wrote, and what does not fit or lies. */
#include "formats/checkpoints.h"

#include "formats/tf_named.h"

#define SAVER GOLDEN "saver2.15/"

static const struct sample {
    const char *name, *class_name, *arguments;
    const char *kinds[3];
    bool norm;
    float factor; /* of what stands in the file; 0: 1 */
} samples[] = {
    { "adam", "Adam", "{}", { "momentum", "velocity" }, false, 0 },
    { "partitioned", "Adam", "{}", { "momentum", "velocity" }, false, 0 },
    { "rmsprop", "RMSprop", "{\"momentum\": 0.0}", { "velocity" }, false, 0 },
    { "rmsprop_all",
      "RMSprop",
      "{\"momentum\": 0.5, \"centered\": true}",
      { "velocity", "momentum", "average_gradient" },
      false,
      0 },
    { "momentum", "SGD", "{\"momentum\": 0.9, \"learning_rate\": 0.25}", { "momentum" }, true, -0.25f },
    { "sgd", "SGD", "{}", { NULL }, false, 0 },
    { "keras_rmsprop", "RMSprop", "{\"momentum\": 0.5, \"rho\": 0.9}", { "velocity", "momentum" }, false, 0 },
    { "keras_amsgrad", "Adam", "{\"amsgrad\": true}", { "momentum", "velocity", "velocity_hat" }, false, 0 },
    { "new_adam", "Adam", "{}", { "momentum", "velocity" }, false, 0 },
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void add_layer(snapshot *s, const char *name, size_t in, size_t out, bool norm)
{
    static const char *const norms[] = { "gamma", "beta", "moving_mean", "moving_variance" };
    snapshot_layer *layer;
    snapshot_tensor *t;
    horn_view kernel = { .rank = 2, .shape = { in, out } }, row = { .rank = 1, .shape = { out } };
    ck_ok(snapshot_add_layer(s, NULL, name, &layer));
    if (!norm) ck_ok(snapshot_layer_add(layer, "kernel", &kernel, &t));
    if (!norm) t->trainable = true;
    for (size_t i = 0; i < (norm ? 4 : 1); i++) {
        ck_ok(snapshot_layer_add(layer, norm ? norms[i] : "bias", &row, &t));
        t->trainable = !norm || i < 2;
    }
}

/* A model with an optimizer; class_name NULL: not compiled. */
static snapshot *make_target(const char *class_name, const char *arguments, bool norm)
{
    snapshot *s;
    config *given;
    ck_ok(snapshot_new(&s));
    s->parts = PART_WEIGHTS;
    add_layer(s, "dense", 3, 4, false);
    if (norm) add_layer(s, "batch_normalization", 4, 4, true);
    add_layer(s, "dense_1", 4, 2, false);
    if (!class_name) return s;
    ck_ok(config_parse(&given, arguments, strlen(arguments), "arguments"));
    s->optimizer = config_object();
    config_set_string(s->optimizer, "class_name", class_name);
    config_set(s->optimizer, "config", given);
    s->parts |= PART_TRAINING;
    return s;
}

static const unsigned char *check_tensors(const snapshot_tensor *tensors, size_t count,
                                          const unsigned char *expected, float factor, const char *what)
{
    for (size_t i = 0; i < count; expected += snapshot_tensor_bytes(&tensors[i++]))
        for (size_t k = 0; k < snapshot_tensor_bytes(&tensors[i]) / 4; k++) {
            float value;
            memcpy(&value, expected + 4 * k, 4);
            value *= factor;
            ck_assert_msg(memcmp((const float *)tensors[i].data + k, &value, 4) == 0, "%s: %s", what,
                          tensors[i].name);
        }
    return expected;
}

/* NAME.expected: step, weights, slots. */
static void check_expected(const snapshot *s, const struct sample *sample)
{
    char path[128];
    snprintf(path, sizeof path, SAVER "%s", sample->name);
    bytes expected = content_of(path, ".expected");
    if (s->parts & PART_OPTIMIZER)
        ck_assert_msg(memcmp(&s->iteration, expected.data, 8) == 0, "%s: step %lld", path,
                      (long long)s->iteration);
    const unsigned char *at = expected.data + 8;
    for (size_t i = 0; i < s->layer_count; i++)
        at = check_tensors(s->layers[i].tensors, s->layers[i].tensor_count, at, 1, path);
    for (size_t i = 0; i < s->slot_count; i++)
        at = check_tensors(s->slots[i].tensors, s->slots[i].tensor_count, at,
                           sample->factor ? sample->factor : 1, path);
    if (s->parts & PART_OPTIMIZER)
        ck_assert_msg(at == expected.data + expected.size, "%s: %zu slots", path, s->slot_count);
    bytes_free(&expected);
}

static horn_status read_saver(snapshot **out, const char *name, unsigned leave_out, const snapshot *target)
{
    char path[128];
    snprintf(path, sizeof path, SAVER "%s", name);
    return read_prefix(out, path, leave_out, target);
}

/* ---- what TensorFlow wrote ---- */

START_TEST(test_tf_named__every_optimizer_is_read)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        snapshot *target = make_target(samples[i].class_name, samples[i].arguments, samples[i].norm), *s;
        horn_status status = read_saver(&s, samples[i].name, 0, target);
        ck_assert_msg(!status, "%s: %s", samples[i].name, horn_last_error());
        ck_assert_uint_eq(s->parts, PART_WEIGHTS | PART_OPTIMIZER);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_msg((k < s->slot_count) == (samples[i].kinds[k] != NULL), "%s: slot %zu",
                          samples[i].name, k);
            if (samples[i].kinds[k]) ck_assert_str_eq(s->slots[k].name, samples[i].kinds[k]);
        }
        ck_assert_uint_eq(s->layer_count, target->layer_count);
        for (size_t k = 0; k < s->layer_count; k++)
            ck_assert_str_eq(s->layers[k].name, target->layers[k].name);
        ck_assert_ptr_null(s->optimizer);
        check_expected(s, &samples[i]);
        snapshot_free(s);
        snapshot_free(target);
    }
}
END_TEST

START_TEST(test_tf_named__a_model_without_optimizer_takes_weights)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        snapshot *target = make_target(NULL, NULL, samples[i].norm), *s;
        ck_ok(read_saver(&s, samples[i].name, 0, target));
        ck_assert_uint_eq(s->parts, PART_WEIGHTS);
        ck_assert_uint_eq(s->unread, samples[i].kinds[0] ? PART_OPTIMIZER : 0);
        check_expected(s, &samples[i]);
        snapshot_free(s);
        ck_ok(read_saver(&s, samples[i].name, PART_WEIGHTS, target));
        ck_assert_uint_eq(s->parts, 0);
        snapshot_free(s);
        snapshot_free(target);
    }
}
END_TEST

/* Tensor by tensor, and told to be that. */
START_TEST(test_tf_named__without_a_model_all_tensors_are_there)
{
    static const char *const layers[] = { "",
                                          "net/dense",
                                          "net/dense/bias",
                                          "net/dense",
                                          "net/dense/kernel",
                                          "net/dense_1",
                                          "net/dense_1/bias",
                                          "net/dense_1",
                                          "net/dense_1/kernel" };
    snapshot *s;
    size_t tensors = 0;
    ck_ok(read_saver(&s, "partitioned", 0, NULL));
    ck_assert(s->by_name && s->parts == PART_WEIGHTS);
    ck_assert_uint_eq(s->layer_count, 9);
    for (size_t i = 0; i < 9; i++) {
        ck_assert_str_eq(s->layers[i].name, layers[i]);
        tensors += s->layers[i].tensor_count;
    }
    ck_assert_uint_eq(tensors, 15);
    ck_assert_str_eq(s->layers[0].tensors[2].name, "global_step");
    ck_assert_str_eq(s->layers[4].tensors[1].name, "Adam_1");
    snapshot_free(s);
    ck_ok(read_saver(&s, "slices", 0, NULL)); /* slices of 70, 8430 and 500 columns */
    const unsigned char *data = s->layers[0].tensors[0].data;
    for (size_t i = 0; i < 18000; i++) ck_assert_uint_eq(data[i], i % 127);
    snapshot_free(s);
    ck_ok(read_prefix(&s, GOLDEN "tf2.15/zoo", 0, NULL)); /* what Horn has no dtype for stays away */
    snapshot_free(s);
}
END_TEST

START_TEST(test_tf_named__what_does_not_fit_is_refused)
{
    static const struct {
        const char *name, *class_name, *arguments, *words;
        horn_status status;
    } cases[] = {
        { "adam", "RMSprop", "{}", "holds 'dense/bias/Adam', expected the variables of optimizer RMSprop",
          HORN_ERROR_ARGUMENT },
        { "adam", "SGD", "{}", "expected the variables of optimizer SGD", HORN_ERROR_ARGUMENT },
        { "adam", "Adam", "{\"amsgrad\": true}", "holds no variable 'dense/kernel/Adam_2'",
          HORN_ERROR_SHAPE },
        { "adam", "Adam", "{\"beta_1\": 0.8}", "of no step with beta_1 0.8", HORN_ERROR_ARGUMENT },
        { "adam", "Adam", "{\"beta_2\": 0.99}", "and beta_2 0.99", HORN_ERROR_ARGUMENT },
        { "rmsprop", "Adam", "{}", "expected the variables of optimizer Adam", HORN_ERROR_ARGUMENT },
        { "rmsprop", "RMSprop", "{\"centered\": true}", "is not centered, the model's is",
          HORN_ERROR_ARGUMENT },
        { "rmsprop_all", "RMSprop", "{}", "is centered, the model's is not", HORN_ERROR_ARGUMENT },
        { "keras_rmsprop", "RMSprop", "{\"rho\": 0.8}", "rho is 0.9, expected 0.8", HORN_ERROR_ARGUMENT },
        { "keras_rmsprop", "SGD", "{\"momentum\": 0.5}", "expected the variables of optimizer SGD",
          HORN_ERROR_ARGUMENT },
        { "keras_rmsprop", "RMSprop", "{\"centered\": true}",
          "no variable 'training/RMSprop/dense/kernel/mg'", HORN_ERROR_SHAPE },
        { "new_adam", "Adam", "{\"amsgrad\": true}", "no variable 'Adam/vhat/dense/kernel'",
          HORN_ERROR_SHAPE },
        { "new_adam", "RMSprop", "{}", "holds 'Adam/m/dense/bias'", HORN_ERROR_ARGUMENT },
        { "sgd", "Adam", "{}", "", HORN_OK }, /* weights alone */
        { "sgd", "Adagrad", "{}", "", HORN_OK },
        { "momentum", NULL, NULL, "'net/batch_normalization/beta', which the model has not",
          HORN_ERROR_SHAPE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *target = make_target(cases[i].class_name, cases[i].arguments, false), *s;
        horn_status status = read_saver(&s, cases[i].name, 0, target);
        ck_assert_msg(status == cases[i].status && (!status || strstr(horn_last_error(), cases[i].words)),
                      "%s, %s: %d, %s", cases[i].name, cases[i].class_name, status, horn_last_error());
        if (!status) ck_assert_uint_eq(s->parts, PART_WEIGHTS);
        snapshot_free(s);
        snapshot_free(target);
    }
    snapshot *target = make_target(NULL, NULL, true), *s;
    ck_fails(read_saver(&s, "adam", 0, target), HORN_ERROR_SHAPE,
             "adam.index: holds no variable 'batch_normalization/gamma'");
    snapshot_free(s);
    ck_fails(read_prefix(&s, GOLDEN "tf2.15/zoo", 0, target), HORN_ERROR_SHAPE,
             "holds no variable 'dense/kernel'");
    snapshot_free(s);
    snapshot_free(target);
    source from;
    const format *f;
    ck_ok(source_open(&from, SAVER "old_format"));
    ck_fails(format_by_content(&f, &from), HORN_ERROR_UNSUPPORTED, "old format V1");
    source_close(&from);
}
END_TEST

/* ---- made ones ---- */

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
    put_file(file, bundle_writer_shard(m->files, 0));
    horn_status status = read_prefix(out, path, 0, target);
    snapshot_free(target);
    bytes_free(&index);
    bundle_writer_free(m->files);
    empty_folder(&m->folder);
    return status;
}

START_TEST(test_tf_named__the_scope_must_be_one)
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

START_TEST(test_tf_named__half_an_optimizer_is_refused)
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

START_TEST(test_tf_named__a_step_must_be_there)
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
START_TEST(test_tf_named__powers_tell_the_step)
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

TEST_MAIN(test_tf_named__every_optimizer_is_read, test_tf_named__a_model_without_optimizer_takes_weights,
          test_tf_named__without_a_model_all_tensors_are_there, test_tf_named__what_does_not_fit_is_refused,
          test_tf_named__the_scope_must_be_one, test_tf_named__half_an_optimizer_is_refused,
          test_tf_named__a_step_must_be_there, test_tf_named__powers_tell_the_step)
