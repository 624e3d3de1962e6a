/* Layers that hold layers compute what their layers compute one behind the other, bit by bit, on any number of threads; and what
 * means harm in their configs is refused. */
#include "model/small_run.h"

#include <math.h>
#include <horn/horn.h>
#include "base/bytes.h"
#include "layers/layer.h"

enum { STEPS = 3 };

/* ---- models ---- */

static horn_layer *dense(size_t units)
{
    return horn_dense(&(horn_dense_options){ .units = units, .activation = "relu" });
}

static horn_layer *drop(void)
{
    return horn_dropout(&(horn_dropout_options){ .rate = 0.25 });
}

static void add(horn_model *m, horn_layer *l)
{
    ck_ok(horn_model_add(m, l));
}

static horn_model *begin(int threads)
{
    horn_model *m = NULL;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 7, .threads = threads }));
    return m;
}

static void compile(horn_model *m)
{
    add(m, horn_dense(&(horn_dense_options){ .units = CLASSES }));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(&(horn_adam_options){ .learning_rate = 0.01 }),
                                    .loss = horn_sparse_categorical_crossentropy(
                                        &(horn_crossentropy_options){ .from_logits = true }) }));
}

static horn_model *make_flat(void)
{
    horn_model *m = begin(2);
    add(m, horn_input(&(horn_input_options){ .input_shape = { INPUTS } }));
    add(m, dense(16));
    add(m, horn_batch_normalization(NULL));
    add(m, drop());
    add(m, dense(9));
    add(m, drop());
    compile(m);
    return m;
}

static horn_layer *make_inner(void)
{
    return horn_sequential_layer(&(horn_sequential_layer_options){ .layers = { drop(), dense(9) } });
}

static horn_model *make_nested(int threads)
{
    horn_model *m = begin(threads);
    add(m, horn_sequential_layer(&(horn_sequential_layer_options){
               .name = "outer",
               .input_shape = { INPUTS },
               .layers = { dense(16), horn_batch_normalization(NULL), make_inner() } }));
    add(m, drop());
    compile(m);
    return m;
}

static void copy_weights(horn_model *to, horn_model *from)
{
    horn_weight w;
    ck_assert_uint_eq(horn_model_weight_count(to), horn_model_weight_count(from));
    for (size_t i = 0; i < horn_model_weight_count(from); i++) {
        ck_ok(horn_model_get_weight(&w, from, i));
        ck_ok(horn_model_set_weight(to, i, &w.view));
    }
}

static void check_same_weights(horn_model *a, horn_model *b)
{
    horn_weight u, v;
    ck_assert_uint_eq(horn_model_weight_count(a), horn_model_weight_count(b));
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        ck_ok(horn_model_get_weight(&u, a, i));
        ck_ok(horn_model_get_weight(&v, b, i));
        ck_assert_uint_eq(horn_view_count(&u.view), horn_view_count(&v.view));
        ck_assert_mem_eq(u.view.data, v.view.data, horn_view_count(&u.view) * sizeof(float));
    }
}

static void train(horn_model *m, size_t steps)
{
    horn_logs logs;
    for (size_t i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
}

/* ---- what they compute ---- */

START_TEST(test_nested__trains_as_the_same_layers_in_a_row)
{
    setup();
    horn_model *flat = make_flat(), *nested = make_nested(2);
    copy_weights(nested, flat);
    train(flat, STEPS);
    train(nested, STEPS);
    check_same_weights(flat, nested);
    horn_model_free(flat);
    horn_model_free(nested);
    cleanup();
}
END_TEST

START_TEST(test_nested__threads_and_a_stop_change_no_bit)
{
    static const int threads[] = { 3, 8 };
    static const char *const files[] = { "m.h5", "m.keras", "ckpt" };
    setup();
    horn_model *one = make_nested(1);
    train(one, STEPS + 1);
    for (size_t i = 0; i < 2; i++) {
        horn_model *many = make_nested(threads[i]);
        train(many, STEPS + 1);
        check_same_weights(one, many);
        horn_model_free(many);
    }
    for (size_t i = 0; i < 3; i++) {
        horn_model *first = make_nested(3), *second = NULL;
        train(first, STEPS);
        ck_ok(horn_model_save(first, in_folder(files[i]), NULL));
        ck_ok(horn_model_load(&second, in_folder(files[i]), &(horn_load_options){ .seed = 7, .threads = 8 }));
        train(second, 1);
        check_same_weights(one, second);
        horn_model_free(first);
        horn_model_free(second);
    }
    horn_model_free(one);
    cleanup();
}
END_TEST

START_TEST(test_nested__weights_alone_come_back)
{
    static const char *const files[] = { "m.weights.h5", "m_weights.h5", "ckpt", "ckpt3" };
    static const char *const formats[] = { NULL, "keras-h5-weights", "tf-weights", "tf-weights" };
    static const char *const dialects[] = { NULL, NULL, NULL, "keras3" };
    setup();
    horn_model *m = make_nested(1);
    train(m, 1);
    for (size_t i = 0; i < 4; i++) {
        horn_model *other = make_nested(1);
        const horn_save_options o = { .format = formats[i], .dialect = dialects[i] };
        ck_ok(horn_model_save_weights(m, in_folder(files[i]), &o));
        ck_ok(horn_model_load_weights(other, in_folder(files[i])));
        check_same_weights(m, other);
        horn_model_free(other);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_nested__a_frozen_layer_freezes_those_inside)
{
    setup();
    horn_model *m = NULL;
    char *summary = NULL;
    static const char json[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": [{\"class_name\": "
        "\"Sequential\", \"config\": {\"name\": \"s\", \"trainable\": false, \"layers\": [{\"class_name\": "
        "\"InputLayer\", \"config\": {\"batch_input_shape\": [null, 20]}}, {\"class_name\": \"Dense\", "
        "\"config\": {\"units\": 3}}]}}, {\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", "
        "\"units\": "
        "5}}], \"build_input_shape\": [null, 20]}}";
    bytes text = { 0 };
    bytes_append(&text, json, strlen(json));
    FILE *file = fopen(in_folder("m.json"), "w");
    ck_assert_ptr_nonnull(file);
    fputs(json, file);
    fclose(file);
    ck_ok(horn_model_load(&m, in_folder("m.json"), NULL));
    ck_ok(horn_model_summary(&summary, m));
    ck_assert_ptr_nonnull(strstr(summary, " s (Sequential)              (None, 3)                 63 "));
    ck_assert_ptr_nonnull(strstr(summary, "\nTrainable params: 20 "));
    ck_assert_ptr_nonnull(strstr(summary, "\nNon-trainable params: 63 "));
    free(summary);
    bytes_free(&text);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* ---- in time ---- */

static horn_layer *in_time(horn_layer *l)
{
    return horn_time_distributed(&(horn_time_distributed_options){ .layer = l });
}

/* The 20 numbers of a sample as 5 steps of 4. */
static horn_model *begin_in_time(int threads)
{
    horn_model *m = begin(threads);
    add(m, horn_reshape(&(horn_reshape_options){ .input_shape = { INPUTS }, .target_shape = { 5, 4 } }));
    return m;
}

START_TEST(test_nested__a_dense_in_time_is_a_dense)
{
    setup();
    horn_model *flat = begin_in_time(2), *nested = begin_in_time(2);
    for (int i = 0; i < 2; i++) {
        add(flat, dense(6));
        add(nested, in_time(dense(6)));
    }
    add(flat, horn_batch_normalization(NULL));
    add(nested, in_time(horn_batch_normalization(NULL)));
    add(flat, horn_flatten(NULL));
    add(nested, horn_flatten(NULL));
    compile(flat);
    compile(nested);
    copy_weights(nested, flat);
    train(flat, STEPS);
    train(nested, STEPS);
    check_same_weights(flat, nested);
    horn_model_free(flat);
    horn_model_free(nested);
    cleanup();
}
END_TEST

static horn_model *train_in_time(int threads)
{
    horn_model *m = begin_in_time(threads);
    add(m, in_time(horn_sequential_layer(&(horn_sequential_layer_options){
               .layers = { dense(6), horn_batch_normalization(NULL), drop(), dense(3) } })));
    add(m, in_time(drop()));
    add(m, horn_flatten(NULL));
    compile(m);
    train(m, STEPS);
    return m;
}

START_TEST(test_nested__threads_change_no_bit_in_time)
{
    setup();
    horn_model *one = train_in_time(1), *three = train_in_time(3), *eight = train_in_time(8);
    check_same_weights(one, three);
    check_same_weights(one, eight);
    horn_model_free(one);
    horn_model_free(three);
    horn_model_free(eight);
    cleanup();
}
END_TEST

/* Each sample and step draws its own numbers. */
START_TEST(test_nested__dropout_in_time_drops_by_step)
{
    static float ones[40 * 6 * 5];
    setup();
    horn_model *m = begin(3);
    horn_logs logs;
    horn_weight before, after;
    float bias[5];
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++) ones[i] = 1;
    const horn_view in = { .data = ones, .dtype = HORN_FLOAT32, .rank = 3, .shape = { 40, 6, 5 } };
    add(m, horn_dense(
               &(horn_dense_options){ .units = 5, .input_shape = { 6, 5 }, .kernel_initializer = "zeros" }));
    add(m, in_time(horn_dropout(&(horn_dropout_options){ .rate = 0.5 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }),
                                    .loss = horn_mean_squared_error(NULL) }));
    ck_ok(horn_model_get_weight(&before, m, 1));
    memcpy(bias, before.view.data, sizeof bias);
    ck_ok(horn_model_train_on_batch(&logs, m, &in, &in));
    ck_ok(horn_model_get_weight(&after, m, 1));
    /* The bias moves by 2 / (240 5) for each of the 240 rows that is kept, times 2. */
    for (size_t i = 0; i < 5; i++) {
        const double kept = (((const float *)after.view.data)[i] - bias[i]) * 1200 / 4;
        ck_assert_double_eq_tol(kept, rint(kept), 0.01);
        ck_assert(kept > 85 && kept < 155);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

static void check_not_in_time(const char *json, horn_status expected, const char *words)
{
    config *arguments = NULL;
    layer *l = NULL;
    ck_ok(config_parse(&arguments, json, strlen(json), "test"));
    ck_fails(layer_new(&l, "TimeDistributed", arguments), expected, words);
    config_free(arguments);
}

START_TEST(test_nested__what_is_no_layer_in_time_is_refused)
{
    horn_model *m = begin(1);
    check_not_in_time("{\"name\": \"t\"}", HORN_ERROR_FORMAT,
                      "layer 't' (TimeDistributed): argument 'layer' is missing");
    check_not_in_time("{\"layer\": []}", HORN_ERROR_FORMAT, "'layer' is no {class_name, config}");
    check_not_in_time("{\"layer\": \"Dense\"}", HORN_ERROR_FORMAT, "'layer' is no {class_name, config}");
    check_not_in_time("{\"layer\": {\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": "
                      "[null, 2]}}}",
                      HORN_ERROR_FORMAT, "'layer' is an InputLayer");
    ck_carries(layer, horn_time_distributed(NULL), HORN_ERROR_ARGUMENT, "the layer inside is NULL");
    ck_carries(layer, in_time(dense(0)), HORN_ERROR_FORMAT, "'units'");
    add(m, horn_dense(&(horn_dense_options){ .input_shape = { 4 }, .units = 3 }));
    ck_fails(horn_model_add(m, in_time(dense(2))), HORN_ERROR_SHAPE,
             "layer 'time_distributed' (TimeDistributed): its input has shape (3,), expected a time axis");
    horn_model_free(m);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(test_nested__sixty_four_levels_and_no_more)
{
    setup();
    horn_model *m = begin(1), *again = NULL;
    horn_layer *l = dense(4);
    for (int i = 0; i < LAYER_MAX_DEPTH; i++)
        l = horn_sequential_layer(
            &(horn_sequential_layer_options){ .input_shape = { INPUTS }, .layers = { l } });
    ck_ok(horn_layer_status(l));
    add(m, l);
    compile(m);
    train(m, 1);
    static const char *const files[] = { "m.h5", "m.keras", "ckpt" };
    for (size_t i = 0; i < 3; i++) {
        ck_ok(horn_model_save(m, in_folder(files[i]), NULL));
        ck_ok(horn_model_load(&again, in_folder(files[i]), NULL));
        check_same_weights(m, again);
        horn_model_free(again);
    }
    horn_model_free(m);
    l = dense(4);
    for (int i = 0; i <= LAYER_MAX_DEPTH; i++)
        l = horn_sequential_layer(&(horn_sequential_layer_options){ .layers = { l } });
    ck_fails(horn_layer_status(l), HORN_ERROR_UNSUPPORTED, "more than 64 layers within each other");
    horn_layer_free(l);
    cleanup();
}
END_TEST

static void check_refused(const char *json, horn_status expected, const char *words)
{
    config *arguments = NULL;
    layer *l = NULL;
    ck_ok(config_parse(&arguments, json, strlen(json), "test"));
    ck_fails(layer_new(&l, "Sequential", arguments), expected, words);
    config_free(arguments);
}

START_TEST(test_nested__hostile_configs_are_refused)
{
    check_refused("{\"name\": \"s\"}", HORN_ERROR_FORMAT,
                  "layer 's' (Sequential): argument 'layers' is missing");
    check_refused("{\"layers\": null}", HORN_ERROR_FORMAT, "'layers' is missing");
    check_refused("{\"layers\": 3}", HORN_ERROR_FORMAT, "'layers' is no list");
    check_refused("{\"layers\": {}}", HORN_ERROR_FORMAT, "'layers' is no list");
    check_refused("{\"layers\": []}", HORN_ERROR_UNSUPPORTED, "'layers' holds no layer");
    check_refused("{\"layers\": [null]}", HORN_ERROR_FORMAT, "'layers' is no {class_name, config}");
    check_refused("{\"layers\": [{\"class_name\": \"Dense\"}]}", HORN_ERROR_FORMAT,
                  "is no {class_name, config}");
    check_refused("{\"layers\": [{\"class_name\": \"Dense\", \"config\": []}]}", HORN_ERROR_FORMAT,
                  "is no {class_name, config}");
    check_refused("{\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\"}}]}",
                  HORN_ERROR_FORMAT, "layer 'd' (Dense): argument 'units' is missing");
    check_refused("{\"layers\": [{\"class_name\": \"ConvLSTM1D\", \"config\": {}}]}", HORN_ERROR_UNSUPPORTED,
                  "ConvLSTM1D");
    check_refused("{\"layers\": [{\"class_name\": \"ReLU\", \"config\": {\"name\": \"r\"}}, {\"class_name\": "
                  "\"ReLU\", \"config\": {\"name\": \"r\"}}]}",
                  HORN_ERROR_FORMAT, "two of its layers are named 'r'");
    check_refused(
        "{\"layers\": [{\"class_name\": \"ReLU\", \"config\": {}}, {\"class_name\": \"InputLayer\", "
        "\"config\": {\"batch_input_shape\": [null, 2]}}]}",
        HORN_ERROR_FORMAT, "an InputLayer behind other layers");
    check_refused("{\"layers\": [{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, "
                  "2]}}]}",
                  HORN_ERROR_UNSUPPORTED, "holds no layer");
}
END_TEST

/* JSON that is as deep as it may be, and deeper. */
START_TEST(test_nested__deep_texts_are_refused)
{
    static const size_t depths[] = { 70, 106, 100000 };
    static const char *const words[] = { "more than 64 layers within each other", "nested deeper than 320",
                                         "nested deeper than 320" };
    setup();
    for (size_t i = 0; i < 3; i++) {
        horn_model *m = NULL;
        FILE *file = fopen(in_folder("m.json"), "w");
        ck_assert_ptr_nonnull(file);
        for (size_t k = 0; k < depths[i]; k++)
            fputs("{\"class_name\": \"Sequential\", \"config\": {\"layers\": [", file);
        fputs("{\"class_name\": \"Dense\", \"config\": {\"units\": 2, \"batch_input_shape\": [null, 2]}}",
              file);
        for (size_t k = 0; k < depths[i]; k++) fputs("], \"build_input_shape\": [null, 2]}}", file);
        fclose(file);
        ck_fails(horn_model_load(&m, in_folder("m.json"), NULL),
                 i ? HORN_ERROR_FORMAT : HORN_ERROR_UNSUPPORTED, words[i]);
    }
    cleanup();
}
END_TEST

START_TEST(test_nested__a_constructor_says_what_failed_inside)
{
    horn_layer *l = horn_sequential_layer(&(horn_sequential_layer_options){ .layers = { drop(), dense(0) } });
    ck_fails(horn_layer_status(l), HORN_ERROR_FORMAT, "'units'");
    horn_layer_free(l);
    ck_carries(layer, horn_sequential_layer(NULL), HORN_ERROR_UNSUPPORTED, "holds no layer");
}
END_TEST

START_TEST(test_nested__a_wrong_input_is_named)
{
    horn_model *m = begin(1);
    add(m, horn_dense(&(horn_dense_options){ .input_shape = { 4 }, .units = 3 }));
    ck_fails(horn_model_add(m, horn_sequential_layer(&(horn_sequential_layer_options){
                                   .name = "s", .input_shape = { 5 }, .layers = { dense(2) } })),
             HORN_ERROR_SHAPE,
             "layer 's' (Sequential): has input_shape (5,), the layer before it gives (3,)");
    add(m, horn_sequential_layer(&(horn_sequential_layer_options){ .name = "s", .layers = { dense(2) } }));
    ck_assert_uint_eq(horn_model_weight_count(m), 4);
    horn_model_free(m);
}
END_TEST

/* Of the steps of a TimeDistributed whose layer gives no mask, one counts if any of its positions does. */
START_TEST(test_nested__a_time_step_counts_if_any_of_its_positions_does)
{
    enum { TIMES = 3, WIDTH = 4 };
    float data[TIMES * WIDTH] = { 1, 2, 3, 4, 0, 0, 5, 6 }, targets[TIMES * WIDTH] = { 0 };
    const horn_view in = { .data = data, .dtype = HORN_FLOAT32, .rank = 4, .shape = { 1, TIMES, 2, 2 } },
                    out = { .data = targets, .dtype = HORN_FLOAT32, .rank = 3, .shape = { 1, TIMES, WIDTH } };
    horn_model *m;
    horn_logs logs;
    double loss[TIMES + 1];
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .input_shape = { TIMES, 2, 2 } })));
    ck_ok(horn_model_add(
        m, horn_time_distributed(&(horn_time_distributed_options){ .layer = horn_flatten(NULL) })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_mean_squared_error(NULL) }));
    for (size_t t = 0; t <= TIMES; t++) {
        if (t) targets[(t - 1) * WIDTH] = 7;
        ck_ok(horn_model_evaluate(&logs, m, &in, &out, NULL));
        loss[t] = logs.values[0];
    }
    ck_assert_double_ne(loss[1], loss[0]);
    ck_assert_double_ne(loss[2], loss[1]);
    ck_assert_double_eq(loss[3], loss[2]);
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_nested__a_time_step_counts_if_any_of_its_positions_does,
          test_nested__trains_as_the_same_layers_in_a_row, test_nested__threads_and_a_stop_change_no_bit,
          test_nested__a_dense_in_time_is_a_dense, test_nested__threads_change_no_bit_in_time,
          test_nested__dropout_in_time_drops_by_step, test_nested__what_is_no_layer_in_time_is_refused,
          test_nested__weights_alone_come_back, test_nested__a_frozen_layer_freezes_those_inside,
          test_nested__sixty_four_levels_and_no_more, test_nested__hostile_configs_are_refused,
          test_nested__deep_texts_are_refused, test_nested__a_constructor_says_what_failed_inside,
          test_nested__a_wrong_input_is_named)
