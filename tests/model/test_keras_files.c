#include "test.h"

#include <stdio.h>
#include <horn/horn.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/horn-keras-files-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *in_folder(const char *name)
{
    static char path[2][128];
    static unsigned turn;
    char *out = path[turn++ % 2];
    snprintf(out, 128, "%s/%s", folder, name);
    return out;
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

enum { SAMPLES = 24, INPUTS = 5, CLASSES = 3 };
static float x_data[SAMPLES * INPUTS];
static int32_t y_data[SAMPLES];
static const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, INPUTS } };
static const horn_view y = { .data = y_data, .dtype = HORN_INT32, .rank = 1, .shape = { SAMPLES } };

static horn_optimizer *optimizers(int which)
{
    if (which == 0) return horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.01 });
    if (which == 1) return horn_sgd(NULL);
    if (which == 2) return horn_sgd(&(horn_sgd_options){ .momentum = 0.9 });
    return horn_adam(NULL);
}

static horn_model *make(int which, uint64_t seed)
{
    horn_model *m;
    for (size_t i = 0; i < SAMPLES * INPUTS; i++) x_data[i] = (float)(i * 7919 % 1000) / 1000;
    for (size_t i = 0; i < SAMPLES; i++) y_data[i] = (int32_t)(i % CLASSES);
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 4, .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .name = "out" })));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = optimizers(which),
                                                       .loss = horn_sparse_categorical_crossentropy(&(
                                                           horn_crossentropy_options){ .from_logits = true }),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static void train(horn_model *m, int steps)
{
    for (int i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
}

static void check_same_weights(horn_model *a, horn_model *b)
{
    ck_assert_uint_eq(horn_model_weight_count(a), horn_model_weight_count(b));
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        horn_weight v, w;
        ck_ok(horn_model_get_weight(&v, a, i));
        ck_ok(horn_model_get_weight(&w, b, i));
        ck_assert_mem_eq(v.view.data, w.view.data, horn_view_count(&v.view) * sizeof(float));
    }
}

static const char *const dialects[] = { NULL, "keras2", "both" };

START_TEST(test_keras_files__training_goes_on_from_a_keras_file_with_the_same_bits)
{
    make_folder();
    for (int which = 0; which < 4; which++)
        for (int d = 0; d < 3; d++) {
            horn_model *a = make(which, 1), *b;
            train(a, 3);
            ck_ok(horn_model_save(a, in_folder("m.keras"), &(horn_save_options){ .dialect = dialects[d] }));
            ck_ok(horn_model_load(&b, in_folder("m.keras"), NULL));
            check_same_weights(a, b);
            train(a, 3), train(b, 3);
            check_same_weights(a, b);
            horn_model_free(a), horn_model_free(b);
        }
    remove_folder();
}
END_TEST

START_TEST(test_keras_files__training_goes_on_from_loaded_weights_with_the_same_bits)
{
    make_folder();
    for (int which = 0; which < 4; which++)
        for (int d = 0; d < 3; d++) {
            horn_model *a = make(which, 1), *b = make(which, 2);
            train(a, 3);
            ck_ok(horn_model_save_weights(a, in_folder("m.weights.h5"),
                                          &(horn_save_options){ .dialect = dialects[d] }));
            ck_ok(horn_model_load_weights(b, in_folder("m.weights.h5")));
            check_same_weights(a, b);
            ck_assert_int_eq(horn_model_step(b), 3);
            train(a, 3), train(b, 3);
            check_same_weights(a, b);
            horn_model_free(a), horn_model_free(b);
        }
    remove_folder();
}
END_TEST

/* A model with another optimizer keeps its own as it is; one without any takes the weights. */
START_TEST(test_keras_files__weights_load_beside_another_optimizer)
{
    make_folder();
    horn_model *a = make(3, 1), *b = make(2, 2);
    train(a, 3);
    ck_ok(horn_model_save_weights(a, in_folder("m.weights.h5"), NULL));
    ck_ok(horn_model_load_weights(b, in_folder("m.weights.h5")));
    check_same_weights(a, b);
    ck_assert_int_eq(horn_model_step(b), 0);
    ck_ok(
        horn_model_save_weights(a, in_folder("n.weights.h5"), &(horn_save_options){ .no_optimizer = true }));
    horn_model *c = make(3, 4);
    ck_ok(horn_model_load_weights(c, in_folder("n.weights.h5")));
    check_same_weights(a, c);
    ck_assert_int_eq(horn_model_step(c), 0);
    horn_model_free(a), horn_model_free(b), horn_model_free(c);
    remove_folder();
}
END_TEST

START_TEST(test_keras_files__weights_load_from_a_keras_file_and_do_not_make_a_model)
{
    horn_model *a = make(0, 1), *b = make(0, 2), *none = NULL;
    make_folder();
    train(a, 2);
    ck_ok(horn_model_save(a, in_folder("m.keras"), NULL));
    ck_ok(horn_model_load_weights(b, in_folder("m.keras")));
    check_same_weights(a, b);
    ck_ok(horn_model_save_weights(a, in_folder("m.weights.h5"), NULL));
    ck_fails(horn_model_load(&none, in_folder("m.weights.h5"), NULL), HORN_ERROR_UNSUPPORTED,
             "into a model only");
    horn_model_free(a), horn_model_free(b);
    remove_folder();
}
END_TEST

TEST_MAIN(test_keras_files__training_goes_on_from_a_keras_file_with_the_same_bits,
          test_keras_files__training_goes_on_from_loaded_weights_with_the_same_bits,
          test_keras_files__weights_load_beside_another_optimizer,
          test_keras_files__weights_load_from_a_keras_file_and_do_not_make_a_model)
