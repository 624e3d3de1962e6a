#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/model.h>
#include "base/bytes.h"

static char folder[] = "/tmp/horn-save-load-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void make_folder(void)
{
    strcpy(folder, "/tmp/horn-save-load-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

enum { SAMPLES = 40, INPUTS = 12, CLASSES = 3 };

static float x_data[SAMPLES * INPUTS];
static int32_t y_data[SAMPLES];
static const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, 3, 4 } };
static const horn_view y = { .data = y_data, .dtype = HORN_INT32, .rank = 1, .shape = { SAMPLES } };

static void make_data(void)
{
    for (size_t i = 0; i < SAMPLES * INPUTS; i++) x_data[i] = (float)((i * 7919) % 1000) / 1000;
    for (size_t i = 0; i < SAMPLES; i++) y_data[i] = (int32_t)(i % CLASSES);
}

static horn_model *make(horn_optimizer *optimizer)
{
    horn_model *m;
    make_data();
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 4, .threads = 1, .name = "small" }));
    ck_ok(horn_model_add(m, horn_flatten(&(horn_flatten_options){ .input_shape = { 3, 4 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 6, .activation = "tanh" })));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = CLASSES, .no_bias = true, .name = "out" })));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = optimizer,
                                                       .loss = horn_sparse_categorical_crossentropy(&(
                                                           horn_crossentropy_options){ .from_logits = true }),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static void train(horn_model *m, int steps)
{
    for (int i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
}

static void assert_same_weights(horn_model *a, horn_model *b)
{
    ck_assert_uint_eq(horn_model_weight_count(a), horn_model_weight_count(b));
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        horn_weight v, w;
        ck_ok(horn_model_get_weight(&v, a, i));
        ck_ok(horn_model_get_weight(&w, b, i));
        ck_assert_str_eq(v.name, w.name);
        ck_assert_str_eq(v.layer, w.layer);
        ck_assert_mem_eq(v.view.data, w.view.data, horn_view_count(&v.view) * sizeof(float));
    }
}

static horn_optimizer *make_optimizer(int which)
{
    switch (which) {
    case 0:
        return horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.01 });
    case 1:
        return horn_rmsprop(
            &(horn_rmsprop_options){ .learning_rate = 0.01, .momentum = 0.5, .centered = true });
    case 2:
        return horn_sgd(NULL);
    case 3:
        return horn_sgd(&(horn_sgd_options){ .momentum = 0.9, .nesterov = true });
    case 4:
        return horn_adam(NULL);
    default:
        return horn_adam(&(horn_adam_options){ .amsgrad = true });
    }
}

/* Saved and loaded, a model trains on with the same bits: in every dialect that carries the optimizer's
 * state. */
START_TEST(test_save_load__training_goes_on_with_the_same_bits)
{
    static const char *const dialects[] = { "keras2", "keras3", NULL };
    make_folder();
    for (int which = 0; which < 6; which++)
        for (size_t d = 0; d < 3; d++) {
            horn_model *m = make(make_optimizer(which)), *loaded;
            train(m, 3);
            ck_ok(horn_model_save(m, in_folder("m.h5"), &(horn_save_options){ .dialect = dialects[d] }));
            ck_ok(horn_model_load(&loaded, in_folder("m.h5"), NULL));
            assert_same_weights(m, loaded);
            ck_assert_str_eq(horn_model_name(loaded), "small");
            train(m, 3);
            train(loaded, 3);
            assert_same_weights(m, loaded);
            horn_model_free(loaded);
            horn_model_free(m);
        }
    remove_folder();
}
END_TEST

START_TEST(test_save_load__same_model_same_bytes)
{
    bytes a = { 0 }, b = { 0 }, c = { 0 };
    horn_model *loaded;
    make_folder();
    horn_model *m = make(make_optimizer(1));
    train(m, 2);
    ck_ok(horn_model_save(m, in_folder("a.h5"), NULL));
    ck_ok(horn_model_save(m, in_folder("deep/er/b.hdf5"), NULL));
    ck_ok(horn_model_load(&loaded, in_folder("a.h5"), NULL));
    ck_ok(horn_model_save(loaded, in_folder("c.h5"), NULL));
    ck_ok(file_read(&a, in_folder("a.h5"), 0));
    ck_ok(file_read(&b, in_folder("deep/er/b.hdf5"), 0));
    ck_ok(file_read(&c, in_folder("c.h5"), 0));
    ck_assert_uint_eq(a.size, b.size);
    ck_assert_mem_eq(a.data, b.data, a.size);
    ck_assert_uint_eq(a.size, c.size);
    ck_assert_mem_eq(a.data, c.data, a.size);
    bytes_free(&a);
    bytes_free(&b);
    bytes_free(&c);
    horn_model_free(m);
    horn_model_free(loaded);
    remove_folder();
}
END_TEST

START_TEST(test_save_load__weights_alone)
{
    make_folder();
    horn_model *a = make(make_optimizer(0)), *b = make(make_optimizer(0)), *none;
    train(a, 4);
    ck_ok(horn_model_save_weights(a, in_folder("w.h5"), NULL));
    ck_ok(horn_model_load_weights(b, in_folder("w.h5")));
    assert_same_weights(a, b);
    ck_fails(horn_model_load(&none, in_folder("w.h5"), NULL), HORN_ERROR_UNSUPPORTED,
             "without an architecture");
    train(a, 1);
    ck_ok(horn_model_save(a, in_folder("whole.h5"), NULL));
    ck_ok(horn_model_load_weights(b, in_folder("whole.h5")));
    assert_same_weights(a, b);
    horn_model_free(a);
    horn_model_free(b);
    remove_folder();
}
END_TEST

START_TEST(test_save_load__weights_that_do_not_fit_change_nothing)
{
    make_folder();
    horn_model *a = make(make_optimizer(0)), *other, *same = make(make_optimizer(0));
    ck_ok(horn_sequential_new(&other, NULL));
    ck_ok(horn_model_add(other, horn_dense(&(horn_dense_options){ .units = 6, .input_shape = { 12 } })));
    ck_ok(horn_model_add(other, horn_dense(&(horn_dense_options){ .units = 4, .no_bias = true })));
    ck_ok(horn_model_save_weights(other, in_folder("w.h5"), NULL));
    ck_fails(horn_model_load_weights(a, in_folder("w.h5")), HORN_ERROR_SHAPE,
             "weight 'kernel' of layer 'out' has shape (6, 4) (float32), expected (6, 3) (float32)");
    assert_same_weights(a, same);
    horn_model_free(a);
    horn_model_free(other);
    horn_model_free(same);
    remove_folder();
}
END_TEST

START_TEST(test_save_load__architecture_as_json)
{
    make_folder();
    horn_model *a = make(make_optimizer(0)), *b;
    char *ta, *tb;
    ck_ok(horn_model_save(a, in_folder("m.json"), NULL));
    ck_ok(horn_model_load(&b, in_folder("m.json"), &(horn_load_options){ .seed = 4 }));
    ck_assert(!horn_model_is_compiled(b));
    ck_ok(horn_model_summary(&ta, a));
    ck_ok(horn_model_summary(&tb, b));
    ck_assert_str_eq(ta, tb);
    assert_same_weights(a, b); /* the same seed: the same starting weights */
    free(ta);
    free(tb);
    horn_model_free(a);
    horn_model_free(b);
    remove_folder();
}
END_TEST

START_TEST(test_save_load__refuses_what_it_cannot_write)
{
    make_folder();
    horn_model *m = make(make_optimizer(0));
    ck_fails(horn_model_save(m, in_folder("m.pickle"), NULL), HORN_ERROR_UNSUPPORTED, "m.pickle");
    ck_fails(horn_model_save(m, in_folder("m.weights.h5"), NULL), HORN_ERROR_ARGUMENT, "m.weights.h5");
    ck_fails(horn_model_save_weights(m, in_folder("m.keras"), NULL), HORN_ERROR_ARGUMENT, "m.keras");
    ck_fails(horn_model_save(m, in_folder("m.h5"), &(horn_save_options){ .dialect = "klingon" }),
             HORN_ERROR_ARGUMENT, "klingon");
    ck_fails(horn_model_save(m, in_folder("m.h5"), &(horn_save_options){ .format = "tiff" }),
             HORN_ERROR_ARGUMENT, "tiff");
    ck_fails(horn_model_save(m, "/proc/none/m.h5", NULL), HORN_ERROR_FILE, "/proc/none");
    ck_assert_int_ne(access(in_folder("m.h5"), F_OK), 0);
    horn_model_free(m);
    remove_folder();
}
END_TEST

TEST_MAIN(test_save_load__training_goes_on_with_the_same_bits, test_save_load__same_model_same_bytes,
          test_save_load__weights_alone, test_save_load__weights_that_do_not_fit_change_nothing,
          test_save_load__architecture_as_json, test_save_load__refuses_what_it_cannot_write)
