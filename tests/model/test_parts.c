/* Files of which one part is old, or nothing that Horn knows: what can be done with the others. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/horn.h>
#include "base/bytes.h"
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "config/config.h"
#include "model/model.h"

#define GOLDEN "tests/golden/parts/"

enum { SAMPLES = 12, CLASSES = 3 };

typedef struct fixture {
    horn_dataset *data;
    const horn_view *x, *y;
} fixture;

static fixture open_data(void)
{
    fixture f;
    ck_ok(horn_dataset_load(&f.data, GOLDEN "keras2.15/data.npz", NULL));
    f.x = horn_dataset_x_test(f.data);
    f.y = horn_dataset_y_test(f.data);
    return f;
}

static const char *golden(const char *name, const char *suffix)
{
    static char path[128];
    snprintf(path, sizeof path, GOLDEN "%s%s", name, suffix);
    return path;
}

static horn_model *load(const char *name, const horn_load_options *options)
{
    horn_model *m;
    ck_ok(horn_model_load(&m, golden(name, ""), options));
    return m;
}

/* What Keras predicts stands beside the file `name`. */
static void check_predictions(horn_model *m, const fixture *f, const char *name, const char *suffix)
{
    float found[SAMPLES * CLASSES];
    char stem[64];
    horn_array *expected;
    snprintf(stem, sizeof stem, "%s", name);
    *strrchr(stem, '.') = 0;
    ck_ok(horn_array_load(&expected, golden(stem, suffix)));
    ck_ok(horn_model_predict(found, SAMPLES * CLASSES, m, f->x, NULL));
    for (size_t i = 0; i < SAMPLES * CLASSES; i++) {
        const float wanted = ((const float *)horn_array_view(expected)->data)[i];
        ck_assert_msg(fabsf(found[i] - wanted) < 2e-6f, "%s%s: %zu: %g, expected %g", stem, suffix, i,
                      (double)found[i], (double)wanted);
    }
    horn_array_free(expected);
}

static void check_evaluation(horn_model *m, const fixture *f, const char *name)
{
    char stem[64];
    horn_array *expected;
    horn_logs logs;
    snprintf(stem, sizeof stem, "%s", name);
    *strrchr(stem, '.') = 0;
    ck_ok(horn_array_load(&expected, golden(stem, ".evaluate.npy")));
    const float *figures = horn_array_view(expected)->data;
    ck_ok(horn_model_evaluate(&logs, m, f->x, f->y, NULL));
    ck_assert_uint_eq(logs.count, 2);
    ck_assert_msg(fabs(logs.values[0] - (double)figures[0]) < 1e-5, "%s: loss %g, expected %g", name,
                  logs.values[0], (double)figures[0]);
    ck_assert_double_eq_tol(logs.values[1], (double)figures[1], 1e-6);
    horn_array_free(expected);
}

static void train(horn_model *m, const fixture *f)
{
    ck_ok(horn_model_fit(NULL, m, f->x, f->y,
                         &(horn_fit_options){ .epochs = 3, .batch_size = SAMPLES, .no_shuffle = true }));
}

/* Old layouts, settings by output, variables that do not start as zeros, Nadam's product, constraints. */
START_TEST(test_parts__training_goes_on_as_in_keras)
{
    static const char *const names[] = { "keras2.15/old_adam.h5",      "keras2.15/old_sgd.h5",
                                         "keras2.15/old_rmsprop.h5",   "keras2.15/by_output.keras",
                                         "keras2.15/by_output_h5.h5",  "keras2.15/orthogonal.keras",
                                         "keras2.15/constraint.keras", "keras2.15/activity.keras",
                                         "keras3.15/by_output.keras",  "keras2.15/adagrad.h5",
                                         "keras3.15/nadam.keras",      "keras2.15/ema.keras",
                                         "keras3.15/ema.keras",        "keras3.15/accumulation.keras" };
    fixture f = open_data();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        horn_model *m = load(names[i], NULL);
        ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_COMPILE));
        ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_OPTIMIZER));
        check_predictions(m, &f, names[i], ".pred.npy");
        check_evaluation(m, &f, names[i]);
        train(m, &f);
        check_predictions(m, &f, names[i], ".after.npy");
        horn_model_free(m);
    }
    horn_dataset_free(f.data);
}
END_TEST

typedef struct heard {
    char line[512];
    int count;
} heard;

static void hear(const char *line, void *context)
{
    heard *h = context;
    snprintf(h->line, sizeof h->line, "%s", line);
    h->count++;
}

/* Never with a fresh one unasked, and nothing that was left out gets lost by saving. */
START_TEST(test_parts__a_state_that_is_not_known_is_missed_in_training)
{
    static const char *const names[] = { "keras2.15/frozen.keras", "keras2.15/frozen_h5.h5",
                                         "keras3.15/frozen.keras" };
    fixture f = open_data();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        heard h = { 0 };
        horn_model *m = load(names[i], &(horn_load_options){ .say = hear, .context = &h });
        ck_assert_int_eq(h.count, 1);
        ck_assert_msg(strncmp(h.line, "left out: optimizer state (tests/golden", 39) == 0, "%s", h.line);
        ck_assert_ptr_nonnull(
            strstr(horn_model_left_out(m, HORN_PART_OPTIMIZER), "expected 2 for each of 2"));
        check_evaluation(m, &f, names[i]);
        ck_fails(horn_model_train_on_batch(NULL, m, f.x, f.y), HORN_ERROR_UNSUPPORTED, "optimizer's state");
        ck_fails(horn_model_fit(NULL, m, f.x, f.y, NULL), HORN_ERROR_UNSUPPORTED, "expected 2 for each of 2");
        ck_fails(horn_model_save(m, "/tmp/never.keras", NULL), HORN_ERROR_UNSUPPORTED, "state was left out");
        ck_ok(horn_model_check_save(m, "/tmp/never.keras", &(horn_save_options){ .no_optimizer = true }));
        ck_ok(horn_model_check_save_weights(m, "/tmp/never.weights.h5", NULL));
        horn_model_free(m);
        m = load(names[i], &(horn_load_options){ .fresh_optimizer = true });
        ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_OPTIMIZER));
        train(m, &f);
        check_predictions(m, &f, names[i], ".after.npy");
        horn_model_free(m);
    }
    horn_dataset_free(f.data);
}
END_TEST

START_TEST(test_parts__an_optimizer_that_is_not_known_is_missed_in_training)
{
    static const struct {
        const char *name, *optimizer, *words;
    } cases[] = { { "keras3.15/loss_scale.keras", "LossScaleOptimizer", "LossScaleOptimizer" } };
    fixture f = open_data();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        heard h = { 0 };
        horn_model *m = load(cases[i].name, &(horn_load_options){ .say = hear, .context = &h });
        ck_assert_int_eq(h.count, 1);
        ck_assert_msg(strncmp(h.line, "left out: optimizer (", 21) == 0, "%s", h.line);
        ck_assert_str_eq(horn_model_optimizer(m), cases[i].optimizer);
        check_evaluation(m, &f, cases[i].name);
        ck_fails(horn_model_check_trainable(m), HORN_ERROR_UNSUPPORTED, cases[i].words);
        ck_fails(horn_model_train_on_batch(NULL, m, f.x, f.y), HORN_ERROR_UNSUPPORTED, cases[i].words);
        ck_fails(horn_model_set_learning_rate(m, 0.5), HORN_ERROR_UNSUPPORTED, cases[i].words);
        ck_fails(horn_model_save(m, "/tmp/never.keras", NULL), HORN_ERROR_UNSUPPORTED, "state was left out");
        ck_ok(horn_model_compile(
            m, &(horn_compile_options){ .loss = horn_loss_by_name("sparse_categorical_crossentropy") }));
        ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_COMPILE));
        train(m, &f);
        horn_model_free(m);
    }
    horn_dataset_free(f.data);
}
END_TEST

/* The first step, of a model without a state: Keras 3's average begins behind it, Keras 2's before it. Each batch overwrites the
 * weights with their average, so the first predictions behind it show which. */
START_TEST(test_parts__an_average_begins_as_in_the_keras_of_the_file)
{
    static const char *const names[] = { "keras2.15/ema.keras", "keras3.15/ema.keras" };
    fixture f = open_data();
    for (size_t i = 0; i < 2; i++) {
        float start[SAMPLES * CLASSES], plain[SAMPLES * CLASSES], found[SAMPLES * CLASSES];
        horn_model *m = load(names[i], &(horn_load_options){ .fresh_optimizer = true });
        ck_assert_int_eq(m->optimizer->ema_starts_before, i == 0);
        m->optimizer->ema_overwrite_frequency = 1;
        ck_ok(horn_model_predict(start, SAMPLES * CLASSES, m, f.x, NULL));
        ck_ok(horn_model_train_on_batch(NULL, m, f.x, f.y));
        ck_ok(horn_model_predict(found, SAMPLES * CLASSES, m, f.x, NULL));
        horn_model_free(m);
        m = load(names[i], &(horn_load_options){ .fresh_optimizer = true });
        ck_ok(horn_model_train_on_batch(NULL, m, f.x, f.y));
        ck_ok(horn_model_predict(plain, SAMPLES * CLASSES, m, f.x, NULL));
        double near = 0,
               far =
                   0; /* to the average of the predictions, as good as linear, and to those of a plain step */
        for (size_t k = 0; k < SAMPLES * CLASSES; k++) {
            near += fabs((double)(found[k] - (start[k] + plain[k]) / 2));
            far += fabs((double)(found[k] - plain[k]));
        }
        ck_assert_msg(i == 0 ? near < far / 20 : far == 0, "%s: %g, %g", names[i], near, far);
        horn_model_free(m);
    }
    horn_dataset_free(f.data);
}
END_TEST

/* Two batches make a step; the file has the sum of the third batch, which goes on. */
START_TEST(test_parts__gradients_accumulate_as_in_keras)
{
    static const char name[] = "keras3.15/accumulation.keras";
    char path[] = "/tmp/horn-parts-XXXXXX.keras";
    fixture f = open_data();
    horn_model *m = load(name, NULL), *again;
    close(mkstemps(path, 6));
    ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_OPTIMIZER));
    ck_ok(horn_model_save(m, path, &(horn_save_options){ .dialect = "keras3" }));
    ck_ok(horn_model_load(&again, path, NULL));
    for (int i = 0; i < 3; i++) {
        float one[SAMPLES * CLASSES], other[SAMPLES * CLASSES], before[SAMPLES * CLASSES];
        ck_ok(horn_model_predict(before, SAMPLES * CLASSES, m, f.x, NULL));
        ck_ok(horn_model_train_on_batch(NULL, m, f.x, f.y));
        ck_ok(horn_model_train_on_batch(NULL, again, f.x, f.y));
        ck_ok(horn_model_predict(one, SAMPLES * CLASSES, m, f.x, NULL));
        ck_ok(horn_model_predict(other, SAMPLES * CLASSES, again, f.x, NULL));
        ck_assert_mem_eq(one, other, sizeof one);
        ck_assert_int_eq(memcmp(one, before, sizeof one) == 0,
                         i == 1); /* the file was saved after 3 batches */
    }
    horn_model_free(m), horn_model_free(again);
    horn_dataset_free(f.data);
    unlink(path);
}
END_TEST

START_TEST(test_parts__unknown_arguments_of_training_leave_predictions)
{
    static const struct {
        const char *name, *words;
        bool has_loss;
    } cases[] = { { "keras2.15/noise.keras", "layer 'dropout' (Dropout): argument 'noise_shape'", true } };
    fixture f = open_data();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        horn_model *m = load(cases[i].name, NULL);
        check_predictions(m, &f, cases[i].name, ".pred.npy");
        if (cases[i].has_loss)
            check_evaluation(m, &f, cases[i].name);
        else
            ck_fails(horn_model_evaluate(NULL, m, f.x, f.y, NULL), HORN_ERROR_UNSUPPORTED, cases[i].words);
        ck_fails(horn_model_train_on_batch(NULL, m, f.x, f.y), HORN_ERROR_UNSUPPORTED, cases[i].words);
        ck_ok(horn_model_check_save(m, "/tmp/never.keras", NULL));
        horn_model_free(m);
    }
    horn_dataset_free(f.data);
}
END_TEST

/* A regularizer that nobody knows: the loss is not known, either. */
START_TEST(test_parts__a_loss_with_an_unknown_part_is_not_evaluated)
{
    static const char json[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"Dense\", \"config\": "
        "{\"name\": "
        "\"d\", \"batch_input_shape\": [null, 4], \"units\": 3, \"activity_regularizer\": \"mine\"}}]}}";
    char path[] = "/tmp/horn-parts-XXXXXX.json";
    const int file = mkstemps(path, 5);
    fixture f = open_data();
    horn_model *m;
    ck_assert_int_eq((int)write(file, json, sizeof json - 1), (int)sizeof json - 1);
    close(file);
    ck_ok(horn_model_load(&m, path, NULL));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_loss_by_name("mse") }));
    ck_fails(horn_model_evaluate(NULL, m, f.x, f.y, NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'd' (Dense): argument 'activity_regularizer': regularizer 'mine' is not known");
    ck_fails(horn_model_train_on_batch(NULL, m, f.x, f.y), HORN_ERROR_UNSUPPORTED, "activity_regularizer");
    horn_model_free(m);
    horn_dataset_free(f.data);
    unlink(path);
}
END_TEST

/* Gives the initializer in the file a name of the same length that nobody knows. */
static void rename_initializer(const char *path)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, path, 0));
    char *at = strstr(bytes_text(&content), "Orthogonal");
    ck_assert_ptr_nonnull(at);
    memcpy(at, "Mysterious", 10);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    fclose(file);
    bytes_free(&content);
}

/* An architecture alone whose weights nobody can draw waits for them. */
START_TEST(test_parts__weights_that_cannot_be_drawn_come_from_a_file)
{
    char path[] = "/tmp/horn-parts-XXXXXX.json";
    fixture f = open_data();
    horn_model *m = load("keras2.15/orthogonal.keras", NULL), *bare;
    float out[SAMPLES * CLASSES];
    close(mkstemps(path, 5));
    ck_ok(horn_model_save(m, path, NULL));
    rename_initializer(path);
    ck_ok(horn_model_load(&bare, path, NULL));
    ck_fails(horn_model_predict(out, SAMPLES * CLASSES, bare, f.x, NULL), HORN_ERROR_UNSUPPORTED,
             "weight 'kernel' of layer 'dense' has no value");
    ck_fails(horn_model_save_weights(bare, "/tmp/never.weights.h5", NULL), HORN_ERROR_UNSUPPORTED,
             "'Mysterious'");
    ck_ok(horn_model_load_weights(bare, GOLDEN "keras2.15/orthogonal.keras"));
    check_predictions(bare, &f, "keras2.15/orthogonal.keras", ".pred.npy");
    horn_model_free(m), horn_model_free(bare);
    horn_dataset_free(f.data);
    unlink(path);
}
END_TEST

START_TEST(test_parts__an_architecture_alone_has_untrained_weights)
{
    static const char weights[] = "/tmp/horn-test-untrained.weights.h5";
    horn_model *m;
    ck_ok(horn_model_load(&m, "models/mlp.json", NULL));
    ck_assert_str_eq(horn_model_left_out(m, HORN_PART_WEIGHTS),
                     "models/mlp.json: untrained weights, it is an architecture alone");
    ck_ok(horn_model_save_weights(m, weights, NULL));
    ck_ok(horn_model_load_weights(m, weights));
    ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_WEIGHTS));
    unlink(weights);
    horn_model_free(m);
    m = load("keras2.15/adagrad.h5", NULL);
    ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_WEIGHTS));
    horn_model_free(m);
}
END_TEST

/* Of a .keras, with compile settings that are none. */
static void break_settings(const char *from, const char *to)
{
    bytes content = { 0 }, archive = { 0 };
    zip_file *zip;
    zip_writer *out;
    config *model;
    ck_ok(file_read(&content, from, 0));
    ck_ok(zip_file_open(&zip, content.data, content.size, from));
    pieces into = { 0 };
    ck_ok(zip_writer_new(&out, &into));
    for (size_t i = 0; i < zip->count; i++) {
        bytes member = { 0 };
        const char *name = zip->members[i].name;
        ck_ok(zip_file_read(&member, zip, &zip->members[i], 0));
        if (strcmp(name, "config.json") == 0) {
            ck_ok(config_parse(&model, bytes_text(&member), member.size, name));
            config *settings = config_object();
            config_set_integer(settings, "loss", 5);
            config_set(model, "compile_config", settings);
            bytes_free(&member);
            ck_ok(config_print(model, false, &member));
            config_free(model);
        }
        ck_ok(zip_writer_add(out, name, member.data, member.size, 0));
        bytes_free(&member);
    }
    ck_ok(zip_writer_finish(out));
    archive = into.own;
    FILE *file = fopen(to, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(archive.data, 1, archive.size, file), archive.size);
    fclose(file);
    zip_writer_free(out);
    zip_file_close(zip);
    bytes_free(&archive);
    bytes_free(&content);
}

START_TEST(test_parts__settings_that_are_not_wanted_may_be_broken)
{
    static const char path[] = "/tmp/horn-test-settings.keras";
    fixture f = open_data();
    horn_model *m;
    break_settings(GOLDEN "keras2.15/orthogonal.keras", path);
    ck_fails(horn_model_load(&m, path, NULL), HORN_ERROR_FORMAT, "loss");
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .no_compile = true }));
    ck_assert_ptr_null(horn_model_loss(m));
    check_predictions(m, &f, "keras2.15/orthogonal.keras", ".pred.npy");
    unlink(path);
    horn_model_free(m);
    horn_dataset_free(f.data);
}
END_TEST

/* programs/test_predict.c: also one that Horn does not know. */
START_TEST(test_parts__the_loss_is_said)
{
    const horn_crossentropy_options logits = { .from_logits = true };
    horn_model *m = load("keras2.15/adagrad.h5", NULL);
    ck_assert_str_eq(horn_model_loss(m), "'sparse_categorical_crossentropy'");
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .loss = horn_sparse_categorical_crossentropy(&logits) }));
    ck_assert_ptr_nonnull(strstr(horn_model_loss(m), "SparseCategoricalCrossentropy("));
    ck_assert_ptr_nonnull(strstr(horn_model_loss(m), "from_logits=True"));
    horn_model_free(m);
    m = load("keras2.15/adagrad.h5", &(horn_load_options){ .no_compile = true });
    ck_assert(!horn_model_is_compiled(m));
    ck_assert_str_eq(horn_model_loss(m), "'sparse_categorical_crossentropy'");
    ck_assert_ptr_null(horn_model_left_out(m, HORN_PART_COMPILE));
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_parts__gradients_accumulate_as_in_keras,
          test_parts__an_average_begins_as_in_the_keras_of_the_file,
          test_parts__a_loss_with_an_unknown_part_is_not_evaluated,
          test_parts__settings_that_are_not_wanted_may_be_broken,
          test_parts__an_architecture_alone_has_untrained_weights, test_parts__the_loss_is_said,
          test_parts__training_goes_on_as_in_keras,
          test_parts__a_state_that_is_not_known_is_missed_in_training,
          test_parts__an_optimizer_that_is_not_known_is_missed_in_training,
          test_parts__unknown_arguments_of_training_leave_predictions,
          test_parts__weights_that_cannot_be_drawn_come_from_a_file)
