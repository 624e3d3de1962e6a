/* Checkpoints without an object graph: what TensorFlow's Saver wrote, and what does not fit or lies. */
#include "formats/saver.h"

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

static const struct {
    const char *name, *class_name, *arguments, *words;
    horn_status status;
} cases[] = {
    { "adam", "RMSprop", "{}", "holds 'dense/bias/Adam', expected the variables of optimizer RMSprop",
      HORN_ERROR_ARGUMENT },
    { "adam", "SGD", "{}", "expected the variables of optimizer SGD", HORN_ERROR_ARGUMENT },
    { "adam", "Adam", "{\"amsgrad\": true}", "holds no variable 'dense/kernel/Adam_2'", HORN_ERROR_SHAPE },
    { "adam", "Adam", "{\"beta_1\": 0.8}", "of no step with beta_1 0.8", HORN_ERROR_ARGUMENT },
    { "adam", "Adam", "{\"beta_2\": 0.99}", "and beta_2 0.99", HORN_ERROR_ARGUMENT },
    { "rmsprop", "Adam", "{}", "expected the variables of optimizer Adam", HORN_ERROR_ARGUMENT },
    { "rmsprop", "RMSprop", "{\"centered\": true}", "is not centered, the model's is", HORN_ERROR_ARGUMENT },
    { "rmsprop_all", "RMSprop", "{}", "is centered, the model's is not", HORN_ERROR_ARGUMENT },
    { "keras_rmsprop", "RMSprop", "{\"rho\": 0.8}", "rho is 0.9, expected 0.8", HORN_ERROR_ARGUMENT },
    { "keras_rmsprop", "SGD", "{\"momentum\": 0.5}", "expected the variables of optimizer SGD",
      HORN_ERROR_ARGUMENT },
    { "keras_rmsprop", "RMSprop", "{\"centered\": true}", "no variable 'training/RMSprop/dense/kernel/mg'",
      HORN_ERROR_SHAPE },
    { "new_adam", "Adam", "{\"amsgrad\": true}", "no variable 'Adam/vhat/dense/kernel'", HORN_ERROR_SHAPE },
    { "new_adam", "RMSprop", "{}", "holds 'Adam/m/dense/bias'", HORN_ERROR_ARGUMENT },
    { "sgd", "Adam", "{}", "", HORN_OK }, /* weights alone */
    { "sgd", "Adagrad", "{}", "", HORN_OK },
    { "momentum", NULL, NULL, "'net/batch_normalization/beta', which the model has not", HORN_ERROR_SHAPE },
};

START_TEST(test_tf_named__what_does_not_fit_is_refused)
{
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

TEST_MAIN(test_tf_named__every_optimizer_is_read, test_tf_named__a_model_without_optimizer_takes_weights,
          test_tf_named__without_a_model_all_tensors_are_there, test_tf_named__what_does_not_fit_is_refused)
