#include "formats/files.h"
#include "formats/keras_training/training.h"

static horn_status read_settings(snapshot **out, const char *text, bool plain_is_legacy, bool is_legacy)
{
    config *settings;
    keras_training_source given = { "settings", "optimizer_config", plain_is_legacy, is_legacy };
    ck_ok(config_parse(&settings, text, strlen(text), text));
    ck_ok(snapshot_new(out));
    horn_status status = keras_training_read(*out, settings, &given);
    config_free(settings);
    return status;
}

static void check_text(const config *found, const char *expected, const char *what)
{
    config *value;
    ck_ok(config_parse(&value, expected, strlen(expected), expected));
    check_same_value(found, value, what);
    config_free(value);
}

#define SETTINGS(loss, metrics, optimizer)       \
    "{\"loss\": " loss ", \"metrics\": " metrics \
    ", \"loss_weights\": null, \"optimizer_config\": " optimizer "}"
#define SGD    "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.5}}"
#define SPARSE "\"sparse_categorical_crossentropy\""

static const struct {
    const char *loss, *expected;
} losses[] = {
    { SETTINGS("null", "[]", SGD), "null" },
    { SETTINGS(SPARSE, "[]", SGD), SPARSE },
    { SETTINGS("{\"class_name\": \"L\", \"config\": {\"reduction\": \"auto\", \"name\": \"l\", "
               "\"from_logits\": true, "
               "\"ignore_class\": null, \"fn\": \"l\"}}",
               "[]", SGD),
      "{\"class_name\": \"L\", \"config\": {\"reduction\": \"sum_over_batch_size\", \"name\": \"l\", "
      "\"from_logits\": true}}" },
    { SETTINGS("{\"module\": \"keras.losses\", \"class_name\": \"L\", \"config\": {\"reduction\": \"sum\", "
               "\"ignore_class\": 3, "
               "\"label_smoothing\": 0.1}, \"registered_name\": null}",
               "[]", SGD),
      "{\"class_name\": \"L\", \"config\": {\"reduction\": \"sum\", \"ignore_class\": 3, "
      "\"label_smoothing\": 0.1}}" },
    { SETTINGS("{\"class_name\": \"function\", \"config\": \"mine\", \"module\": \"builtins\"}", "[]", SGD),
      "\"mine\"" },
    { SETTINGS("[" SPARSE "]", "[]", SGD), SPARSE },
    { SETTINGS("[null]", "[]", SGD), "null" },
    { SETTINGS("{\"out\": " SPARSE "}", "[]", SGD), SPARSE },
    { SETTINGS("{\"out\": {\"class_name\": \"function\", \"config\": \"mine\"}}", "[]", SGD), "\"mine\"" },
    { SETTINGS("{\"class_name\": \"__tuple__\", \"items\": [" SPARSE "]}", "[]", SGD), SPARSE },
};

START_TEST(test_keras_training__losses_become_neutral)
{
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        snapshot *s;
        ck_ok(read_settings(&s, losses[i].loss, false, false));
        if (strcmp(losses[i].expected, "null") == 0)
            ck_assert_ptr_null(s->loss);
        else
            check_text(s->loss, losses[i].expected, losses[i].loss);
        ck_assert_uint_eq(s->parts, PART_COMPILE);
        snapshot_free(s);
    }
}
END_TEST

#define WRAPPED(name, fn)                                                  \
    "{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": " name \
    ", \"dtype\": \"float32\", \"fn\": " fn "}}"
#define OBJECT(class_name, name) \
    "{\"class_name\": " class_name ", \"config\": {\"name\": " name ", \"dtype\": \"float32\"}}"

static const struct {
    const char *metrics, *expected;
} metrics[] = {
    { SETTINGS(SPARSE, "null", SGD), "[]" },
    { SETTINGS(SPARSE, "[[]]", SGD), "[]" },
    { SETTINGS(SPARSE, "\"accuracy\"", SGD), "[\"accuracy\"]" },
    { SETTINGS(SPARSE, "{\"out\": []}", SGD), "[]" },
    { SETTINGS(SPARSE, "{\"out\": \"acc\"}", SGD), "[\"acc\"]" },
    { SETTINGS(SPARSE, "[{\"out\": [\"acc\", \"a\"]}]", SGD), "[\"acc\", \"a\"]" },
    { SETTINGS(SPARSE, "{\"out\": {\"class_name\": \"__tuple__\", \"config\": [\"acc\"]}}", SGD),
      "[\"acc\"]" },
    { SETTINGS(SPARSE, "[\"accuracy\", null, \"acc\"]", SGD), "[\"accuracy\", \"acc\"]" },
    { SETTINGS(SPARSE, "[[" WRAPPED("\"accuracy\"", "\"sparse_categorical_accuracy\"") "]]", SGD),
      "[\"accuracy\"]" },
    { SETTINGS(SPARSE, "[[" WRAPPED("\"acc\"", "\"binary_accuracy\"") "]]", SGD), "[\"acc\"]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"mean_squared_error\"", "\"mean_squared_error\"") "]", SGD),
      "[\"mean_squared_error\"]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"mse\"", "\"mean_squared_error\"") "]", SGD), "[\"mse\"]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"logcosh\"", "\"logcosh\"") "]", SGD), "[\"logcosh\"]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"divergence\"", "\"kullback_leibler_divergence\"") "]", SGD),
      "[{\"class_name\": \"KLDivergence\", \"config\": {\"name\": \"divergence\", \"dtype\": "
      "\"float32\"}}]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"sca\"", "\"sparse_categorical_accuracy\"") "]", SGD),
      "[" OBJECT("\"SparseCategoricalAccuracy\"", "\"sca\"") "]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"accuracy\"", "\"mean_squared_error\"") "]", SGD),
      "[" OBJECT("\"MeanSquaredError\"", "\"accuracy\"") "]" },
    { SETTINGS(SPARSE, "[" WRAPPED("\"mine\"", "\"mine\"") "]", SGD),
      "[" WRAPPED("\"mine\"", "\"mine\"") "]" },
    { SETTINGS(SPARSE,
               "[" WRAPPED("\"accuracy\"",
                           "{\"class_name\": \"function\", \"config\": \"categorical_accuracy\"}") "]",
               SGD),
      "[\"accuracy\"]" },
    { SETTINGS(SPARSE, "[" OBJECT("\"SparseCategoricalAccuracy\"", "\"accuracy\"") "]", SGD),
      "[\"accuracy\"]" },
    { SETTINGS("\"categorical_crossentropy\"",
               "[" OBJECT("\"SparseCategoricalAccuracy\"", "\"accuracy\"") "]", SGD),
      "[" OBJECT("\"SparseCategoricalAccuracy\"", "\"accuracy\"") "]" },
    { SETTINGS(SPARSE,
               "[{\"module\": \"keras.metrics\", \"class_name\": \"M\", \"config\": {\"name\": \"m\", "
               "\"dtype\": {\"class_name\": "
               "\"DTypePolicy\", \"config\": {\"name\": \"float32\"}}}, \"registered_name\": null}]",
               SGD),
      "[" OBJECT("\"M\"", "\"m\"") "]" },
};

START_TEST(test_keras_training__metrics_become_one_flat_list)
{
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        snapshot *s;
        ck_ok(read_settings(&s, metrics[i].metrics, false, false));
        check_text(s->metrics, metrics[i].expected, metrics[i].metrics);
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_keras_training__weighted_metrics_are_a_list_of_their_own)
{
    static const char *const spellings[] = { "[\"b\"]", "[[\"b\"]]", "{\"out\": \"b\"}" };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char text[256];
        snapshot *s;
        config *settings;
        snprintf(text, sizeof text,
                 "{\"metrics\": [\"a\"], \"loss_weights\": [1], \"weighted_metrics\": %s, "
                 "\"optimizer_config\": " SGD "}",
                 spellings[i]);
        ck_ok(read_settings(&s, text, false, false));
        check_text(s->metrics, "[\"a\"]", text);
        check_text(s->weighted_metrics, "[\"b\"]", text);
        ck_ok(keras_training_write(&settings, s, KERAS_2, "m.h5"));
        check_text(config_get(settings, "metrics"), "[\"a\"]", text);
        check_text(config_get(settings, "weighted_metrics"), "[\"b\"]", text);
        config_free(settings);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    const char *settings, *expected, *written;
} weights[] = {
    { "0.5", "[0.5]", "0.5" }, { "[2]", "[2]", "2" },    { "{\"out\": 3}", "[3]", "3" },
    { "[1.0]", NULL, "null" }, { "null", NULL, "null" },
};

START_TEST(test_keras_training__loss_weights_of_one_output)
{
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        char text[256];
        snapshot *s;
        config *settings;
        snprintf(text, sizeof text, "{\"loss_weights\": %s, \"optimizer_config\": " SGD "}",
                 weights[i].settings);
        ck_ok(read_settings(&s, text, false, false));
        if (weights[i].expected)
            check_text(s->loss_weights, weights[i].expected, text);
        else
            ck_assert_ptr_null(s->loss_weights);
        ck_ok(keras_training_write(&settings, s, KERAS_2, "m.h5"));
        check_text(config_get(settings, "loss_weights"), weights[i].written, text);
        config_free(settings);
        snapshot_free(s);
    }
}
END_TEST

/* Of a model with the outputs "a" and "b". */
static const struct {
    const char *settings;
    bool is_keras3;
    const char *loss, *weights, *metrics, *weighted;
} by_output[] = {
    { "\"loss\": \"mse\", \"metrics\": [\"mae\", \"mape\"]", false, "[\"mse\", \"mse\"]", NULL,
      "[[\"mae\", \"mape\"], [\"mae\", \"mape\"]]", NULL },
    { "\"loss\": \"mse\", \"metrics\": [\"mae\", \"mape\"]", true, "[\"mse\", \"mse\"]", NULL,
      "[[\"mae\"], [\"mape\"]]", NULL },
    { "\"loss\": [\"mse\", null], \"loss_weights\": [0.5, 2], \"metrics\": [[\"mae\"], []]", false,
      "[\"mse\", null]", "[0.5, 2]", "[[\"mae\"], []]", NULL },
    { "\"loss\": {\"b\": \"mse\"}, \"loss_weights\": {\"b\": 3}, \"metrics\": {\"b\": \"mae\"}, "
      "\"weighted_metrics\": {\"a\": [\"mae\"]}",
      false, "[null, \"mse\"]", "[1, 3]", "[[], [\"mae\"]]", "[[\"mae\"], []]" },
    { "\"loss\": \"mse\", \"metrics\": [[{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": "
      "\"a_mae\", "
      "\"dtype\": \"float32\", \"fn\": \"mean_absolute_error\"}}], []]",
      false, "[\"mse\", \"mse\"]", NULL, "[[\"mae\"], []]", NULL },
};

static void add_outputs(snapshot *s)
{
    static char a[] = "a", b[] = "b";
    ck_ok(snapshot_set_outputs(s, (const snapshot_end[]){ { 1, a }, { 2, b } }, 2));
}

START_TEST(test_keras_training__settings_by_output)
{
    for (size_t i = 0; i < sizeof by_output / sizeof *by_output; i++) {
        char text[512];
        snapshot *s;
        config *settings;
        snprintf(text, sizeof text, "{%s, \"optimizer_config\": " SGD "}", by_output[i].settings);
        ck_ok(snapshot_new(&s));
        add_outputs(s);
        s->is_keras3 = by_output[i].is_keras3;
        ck_ok(config_parse(&settings, text, strlen(text), "m.h5"));
        ck_ok(keras_training_read(
            s, settings, &(keras_training_source){ .where = "m.h5", .optimizer_key = "optimizer_config" }));
        check_text(s->loss, by_output[i].loss, text);
        if (by_output[i].weights) check_text(s->loss_weights, by_output[i].weights, text);
        check_text(s->metrics, by_output[i].metrics, text);
        ck_assert(!s->weighted_metrics == !by_output[i].weighted);
        if (by_output[i].weighted) check_text(s->weighted_metrics, by_output[i].weighted, text);
        config_free(settings);
        ck_ok(keras_training_write(&settings, s, KERAS_3, "m.h5"));
        ck_assert(config_is_object(config_get(settings, "loss")));
        if (!config_is_null(config_at(s->loss, 1)))
            check_same_value(config_get(config_get(settings, "loss"), "b"), config_at(s->loss, 1), text);
        check_same_value(config_get(config_get(settings, "metrics"), "a"), config_at(s->metrics, 0), text);
        config_free(settings);
        snapshot_free(s);
    }
}
END_TEST

/* Keras 2 would take "accuracy" for the one-hot kind. */
START_TEST(test_keras_training__accuracy_of_labels_is_spelt_out_for_keras_2)
{
    static const struct {
        const char *settings;
        keras_dialect dialect;
        const char *expected;
    } cases[] = {
        { SETTINGS(SPARSE, "[\"acc\"]", SGD), KERAS_2,
          "[" OBJECT("\"SparseCategoricalAccuracy\"", "\"acc\"") "]" },
        { SETTINGS(SPARSE, "[\"acc\"]", SGD), KERAS_LEGACY,
          "[" OBJECT("\"SparseCategoricalAccuracy\"", "\"acc\"") "]" },
        { SETTINGS(SPARSE, "[\"acc\"]", SGD), KERAS_3, "[\"acc\"]" },
        { SETTINGS("\"categorical_crossentropy\"", "[\"acc\"]", SGD), KERAS_2, "[\"acc\"]" },
        { SETTINGS(SPARSE, "[\"mean_squared_error\"]", SGD), KERAS_2, "[\"mean_squared_error\"]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s;
        config *settings;
        ck_ok(read_settings(&s, cases[i].settings, false, false));
        ck_ok(keras_training_write(&settings, s, cases[i].dialect, "m.h5"));
        check_text(config_get(settings, "metrics"), cases[i].expected, cases[i].settings);
        config_free(settings);
        snapshot_free(s);
    }
}
END_TEST

#define OPTIMIZER(class_name, arguments) \
    SETTINGS("null", "[]", "{\"class_name\": \"" class_name "\", \"config\": {" arguments "}}")
#define NEUTRAL(class_name, arguments) "{\"class_name\": \"" class_name "\", \"config\": {" arguments "}}"

static const struct {
    const char *settings;
    bool plain_is_legacy, is_legacy;
    const char *expected;
} optimizers[] = {
    { OPTIMIZER("Custom>RMSprop", "\"name\": \"RMSprop\", \"weight_decay\": null, \"clipnorm\": null, "
                                  "\"global_clipnorm\": null, \"clipvalue\": null, "
                                  "\"use_ema\": false, \"ema_momentum\": 0.99, \"ema_overwrite_frequency\": "
                                  "100, \"jit_compile\": true, "
                                  "\"is_legacy_optimizer\": false, \"learning_rate\": 0.5, \"rho\": 0.9"),
      true, false, NEUTRAL("RMSprop", "\"learning_rate\": 0.5, \"rho\": 0.9") },
    { OPTIMIZER("rmsprop",
                "\"name\": \"x\", \"learning_rate\": 1, \"momentum\": 0, \"loss_scale_factor\": null"),
      false, false, NEUTRAL("RMSprop", "\"learning_rate\": 1.0, \"momentum\": 0.0") },
    { OPTIMIZER("RMSprop", "\"learning_rate\": 0.5"), true, false,
      NEUTRAL("RMSprop", "\"learning_rate\": 0.5, \"is_legacy_optimizer\": true") },
    { OPTIMIZER("RMSprop", "\"learning_rate\": 0.5, \"decay\": 0.0"), false, true,
      NEUTRAL("RMSprop", "\"learning_rate\": 0.5, \"is_legacy_optimizer\": true") },
    { OPTIMIZER("RMSprop", "\"learning_rate\": 0.5, \"is_legacy_optimizer\": false"), true, false,
      NEUTRAL("RMSprop", "\"learning_rate\": 0.5") },
    { OPTIMIZER("SGD", "\"lr\": 0.5, \"decay\": 0.1"), true, false,
      NEUTRAL("SGD", "\"learning_rate\": {\"module\": \"keras.optimizers.schedules\", \"class_name\": "
                     "\"InverseTimeDecay\", \"config\": {\"initial_learning_rate\": 0.5, \"decay_steps\": 1, "
                     "\"decay_rate\": 0.1, \"staircase\": false, \"name\": \"InverseTimeDecay\"}, "
                     "\"registered_name\": null}, \"is_legacy_optimizer\": true") },
    { OPTIMIZER("Nadam", "\"learning_rate\": 0.5, \"decay\": 0.004"), true, false, /* of its momentum */
      NEUTRAL("Nadam", "\"learning_rate\": 0.5, \"decay\": 0.004, \"is_legacy_optimizer\": true") },
    { OPTIMIZER("SGD", "\"learning_rate\": 0.5, \"decay\": 0.1"), false, false,
      NEUTRAL("SGD", "\"learning_rate\": 0.5, \"decay\": 0.1") },
    { OPTIMIZER("SGD", "\"lr\": 0.1, \"learning_rate\": 0.5"), false, false,
      NEUTRAL("SGD", "\"learning_rate\": 0.5") },
    { OPTIMIZER("Adam",
                "\"weight_decay\": 0.004, \"clipnorm\": 1.0, \"use_ema\": true, \"ema_momentum\": 0.9"),
      false, false,
      NEUTRAL("Adam",
              "\"weight_decay\": 0.004, \"clipnorm\": 1.0, \"use_ema\": true, \"ema_momentum\": 0.9") },
    { OPTIMIZER("Adam", "\"use_ema\": false, \"ema_momentum\": 0.9, \"ema_overwrite_frequency\": 7"), false,
      false, NEUTRAL("Adam", "\"ema_momentum\": 0.9, \"ema_overwrite_frequency\": 7") },
    { OPTIMIZER("Adam", "\"use_ema\": false, \"ema_momentum\": 0.99, \"ema_overwrite_frequency\": 100"),
      false, false, NEUTRAL("Adam", "\"ema_overwrite_frequency\": 100") },
    { OPTIMIZER("RMSprop", "\"use_ema\": true, \"ema_momentum\": 0.99, \"ema_overwrite_frequency\": 100"),
      false, false,
      NEUTRAL("RMSprop", "\"use_ema\": true, \"ema_momentum\": 0.99, \"ema_overwrite_frequency\": 100") },
    { OPTIMIZER("Adam",
                "\"clipvalue\": 1, \"learning_rate\": {\"class_name\": \"ExponentialDecay\", \"config\": "
                "{\"initial_learning_rate\": 1, \"decay_steps\": 5, \"decay_rate\": 0.5, \"name\": null}}"),
      false, false,
      NEUTRAL("Adam", "\"clipvalue\": 1.0, \"learning_rate\": {\"module\": \"keras.optimizers.schedules\", "
                      "\"class_name\": \"ExponentialDecay\", \"config\": {\"initial_learning_rate\": 1.0, "
                      "\"decay_steps\": 5, \"decay_rate\": 0.5, \"staircase\": false, \"name\": "
                      "\"ExponentialDecay\"}, \"registered_name\": null}") },
    { OPTIMIZER("Adam", "\"learning_rate\": {\"class_name\": \"Mine\", \"config\": {\"k\": 1}}"), false,
      false, NEUTRAL("Adam", "\"learning_rate\": {\"class_name\": \"Mine\", \"config\": {\"k\": 1}}") },
    { OPTIMIZER("Mine>Odd", "\"k\": 1"), true, false, NEUTRAL("Mine>Odd", "\"k\": 1") },
};

START_TEST(test_keras_training__optimizers_become_neutral)
{
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        snapshot *s;
        bytes text = { 0 };
        ck_ok(read_settings(&s, optimizers[i].settings, optimizers[i].plain_is_legacy,
                            optimizers[i].is_legacy));
        check_text(s->optimizer, optimizers[i].expected, optimizers[i].settings);
        ck_ok(config_print(s->optimizer, false, &text));
        ck_assert_ptr_null(strstr(bytes_text(&text), "rate\": 1,")); /* a number, as Keras 3 wants it */
        bytes_free(&text);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    keras_dialect dialect;
    bool is_legacy;
    const char *expected;
} written[] = {
    { KERAS_2, false,
      NEUTRAL(
          "Custom>RMSprop",
          "\"name\": \"RMSprop\", \"is_legacy_optimizer\": false, \"learning_rate\": 0.5, \"rho\": 0.9") },
    { KERAS_2, true, NEUTRAL("RMSprop", "\"name\": \"RMSprop\", \"learning_rate\": 0.5, \"rho\": 0.9") },
    { KERAS_LEGACY, false,
      NEUTRAL("RMSprop", "\"name\": \"RMSprop\", \"learning_rate\": 0.5, \"rho\": 0.9") },
    { KERAS_3, false,
      NEUTRAL("RMSprop",
              "\"name\": \"rm_sprop\", \"learning_rate\": 0.5, \"weight_decay\": null, \"clipnorm\": null, "
              "\"global_clipnorm\": null, \"clipvalue\": null, \"use_ema\": false, \"ema_momentum\": 0.99, "
              "\"ema_overwrite_frequency\": null, \"loss_scale_factor\": null, "
              "\"gradient_accumulation_steps\": null, "
              "\"rho\": 0.9") },
};

START_TEST(test_keras_training__optimizers_as_each_dialect_writes_them)
{
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        snapshot *s;
        config *settings;
        ck_ok(read_settings(&s, OPTIMIZER("RMSprop", "\"learning_rate\": 0.5, \"rho\": 0.9"), false,
                            written[i].is_legacy));
        ck_ok(keras_training_write(&settings, s, written[i].dialect, "m.h5"));
        check_text(config_get(settings, "optimizer_config"), written[i].expected, written[i].expected);
        ck_assert_ptr_nonnull(config_get(settings, "loss_weights"));
        config_free(settings);
        snapshot_free(s);
    }
}
END_TEST

/* The dialect of a schedule is in its arguments: TensorFlow up to 2.10 knows no warmup. */
START_TEST(test_keras_training__schedules_as_each_dialect_writes_them)
{
    static const struct {
        keras_dialect dialect;
        const char *expected;
    } cases[] = {
        { KERAS_2, ", \"warmup_target\": null, \"warmup_steps\": 0" },
        { KERAS_3, ", \"warmup_target\": null, \"warmup_steps\": 0" },
        { KERAS_LEGACY, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s;
        config *settings;
        char expected[512];
        float rate;
        ck_ok(
            read_settings(&s,
                          OPTIMIZER("SGD", "\"learning_rate\": {\"class_name\": \"CosineDecay\", \"config\": "
                                           "{\"initial_learning_rate\": 0.5, \"decay_steps\": 4}}"),
                          false, false));
        ck_ok(keras_training_write(&settings, s, cases[i].dialect, "m.h5"));
        snprintf(expected, sizeof expected,
                 "{\"module\": \"keras.optimizers.schedules\", \"class_name\": \"CosineDecay\", \"config\": "
                 "{\"initial_learning_rate\": 0.5, \"decay_steps\": 4, \"alpha\": 0.0, \"name\": "
                 "\"CosineDecay\"%s}, \"registered_name\": null}",
                 cases[i].expected);
        check_text(
            config_get(config_get(config_get(settings, "optimizer_config"), "config"), "learning_rate"),
            expected, expected);
        ck_assert(!keras_learning_rate(s, &rate));
        s->iteration = 3; /* the last step was number 2: half of the way */
        ck_assert(keras_current_learning_rate(s, &rate));
        ck_assert_double_eq_tol((double)rate, 0.25, 1e-7);
        config_free(settings);
        snapshot_free(s);
    }
}
END_TEST

/* Writes the settings in each dialect: `words` are those of the error line, NULL if the dialect has it all. */
static void check_dialects(const char *text, const char *const words[3])
{
    static const keras_dialect dialects[] = { KERAS_LEGACY, KERAS_2, KERAS_3 };
    snapshot *s;
    ck_ok(read_settings(&s, text, false, false));
    for (size_t i = 0; i < 3; i++) {
        config *settings;
        if (words[i]) {
            ck_fails(keras_training_write(&settings, s, dialects[i], "m.h5"), HORN_ERROR_UNSUPPORTED,
                     words[i]);
            continue;
        }
        ck_ok(keras_training_write(&settings, s, dialects[i], "m.h5"));
        config_free(settings);
    }
    snapshot_free(s);
}

START_TEST(test_keras_training__arguments_that_a_dialect_lacks_are_refused)
{
    check_dialects(OPTIMIZER("SGD", "\"weight_decay\": 0.5"),
                   (const char *[]){ "weight_decay is unknown to legacy optimizers", NULL, NULL });
    check_dialects(OPTIMIZER("SGD", "\"use_ema\": true"),
                   (const char *[]){ "use_ema is unknown to legacy optimizers", NULL, NULL });
    check_dialects(OPTIMIZER("SGD", "\"ema_momentum\": 0.5"),
                   (const char *[]){ "ema_momentum is unknown to legacy optimizers", NULL, NULL });
    check_dialects(OPTIMIZER("SGD", "\"ema_overwrite_frequency\": 5"),
                   (const char *[]){ "ema_overwrite_frequency is unknown to legacy optimizers", NULL, NULL });
    check_dialects(
        OPTIMIZER("SGD", "\"gradient_accumulation_steps\": 2"),
        (const char *[]){ "gradient_accumulation_steps is unknown to legacy optimizers",
                          "gradient_accumulation_steps is unknown to Keras 2's optimizers, expected "
                          "dialect keras3",
                          NULL });
}
END_TEST

START_TEST(test_keras_training__metrics_that_a_dialect_lacks_are_refused)
{
    const char *const of_3 = "metric PearsonCorrelation is unknown to Keras 2, expected dialect keras3";
    const char *const integers = "metric MeanIoU has a dtype of integers";
    check_dialects(SETTINGS("null", "[" OBJECT("\"PearsonCorrelation\"", "\"p\"") "]", SGD),
                   (const char *[]){ of_3, of_3, NULL });
    check_dialects(
        SETTINGS("null", "[" OBJECT("\"MeanRelativeError\"", "\"m\"") "]", SGD),
        (const char *[]){ NULL, NULL,
                          "metric MeanRelativeError is unknown to Keras 3, expected dialect keras2" });
    check_dialects(
        SETTINGS("null",
                 "[{\"class_name\": \"MeanIoU\", \"config\": {\"name\": \"m\", \"dtype\": \"int64\", "
                 "\"num_classes\": 2}}]",
                 SGD),
        (const char *[]){ integers, integers, NULL });
}
END_TEST

/* Keras 2's RMSprop would overwrite the weights every 100 steps. */
START_TEST(test_keras_training__an_average_that_overwrites_nothing_says_so_in_keras_2)
{
    snapshot *s;
    config *settings;
    ck_ok(read_settings(&s,
                        OPTIMIZER("RMSprop", "\"use_ema\": true, \"ema_momentum\": 0.9, "
                                             "\"ema_overwrite_frequency\": null"),
                        false, false));
    ck_ok(keras_training_write(&settings, s, KERAS_2, "m.h5"));
    const config *arguments = config_get(config_get(settings, "optimizer_config"), "config");
    ck_assert_ptr_nonnull(config_get(arguments, "ema_overwrite_frequency"));
    ck_assert(config_is_null(config_get(arguments, "ema_overwrite_frequency")));
    config_free(settings);
    snapshot_free(s);
}
END_TEST

static const struct {
    const char *settings;
    horn_status status;
    const char *words;
} refused[] = {
    { "[]", HORN_ERROR_FORMAT, "no JSON object" },
    { "{\"loss\": null, \"metrics\": []}", HORN_ERROR_FORMAT, "optimizer_config: is missing" },
    { SETTINGS("[\"a\", \"b\"]", "[]", SGD), HORN_ERROR_UNSUPPORTED, "loss for each output" },
    { SETTINGS("{\"out\": \"a\", \"other\": \"b\"}", "[]", SGD), HORN_ERROR_UNSUPPORTED,
      "loss for each output" },
    { SETTINGS("3", "[]", SGD), HORN_ERROR_FORMAT, "loss" },
    { SETTINGS("null", "{\"out\": [], \"other\": []}", SGD), HORN_ERROR_UNSUPPORTED,
      "metrics for each output" },
    { SETTINGS("null", "[{\"out\": \"a\", \"other\": \"b\"}]", SGD), HORN_ERROR_UNSUPPORTED,
      "metrics for each output" },
    { SETTINGS("null", "[[[\"a\"]]]", SGD), HORN_ERROR_UNSUPPORTED, "metrics for each output" },
    { SETTINGS("null", "3", SGD), HORN_ERROR_FORMAT, "metrics" },
    { SETTINGS("null", "[3]", SGD), HORN_ERROR_FORMAT, "metrics" },
    { SETTINGS("null", "[]", "7"), HORN_ERROR_FORMAT, "optimizer_config" },
    { "{\"loss_weights\": [1.0, 1.0], \"optimizer_config\": " SGD "}", HORN_ERROR_UNSUPPORTED,
      "loss_weights for each output" },
    { "{\"weighted_metrics\": 3, \"optimizer_config\": " SGD "}", HORN_ERROR_FORMAT, "weighted_metrics" },
};

START_TEST(test_keras_training__refuses_what_it_cannot_keep)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        snapshot *s;
        ck_fails(read_settings(&s, refused[i].settings, false, false), refused[i].status, refused[i].words);
        snapshot_free(s);
    }
}
END_TEST

TEST_MAIN(test_keras_training__losses_become_neutral, test_keras_training__metrics_become_one_flat_list,
          test_keras_training__weighted_metrics_are_a_list_of_their_own,
          test_keras_training__loss_weights_of_one_output, test_keras_training__settings_by_output,
          test_keras_training__accuracy_of_labels_is_spelt_out_for_keras_2,
          test_keras_training__optimizers_become_neutral,
          test_keras_training__optimizers_as_each_dialect_writes_them,
          test_keras_training__schedules_as_each_dialect_writes_them,
          test_keras_training__arguments_that_a_dialect_lacks_are_refused,
          test_keras_training__metrics_that_a_dialect_lacks_are_refused,
          test_keras_training__an_average_that_overwrites_nothing_says_so_in_keras_2,
          test_keras_training__refuses_what_it_cannot_keep)
