/* Models whose layers are no chain, a small residual network: the same bits from every file, for any number of threads, stopped and
 * resumed; its summary; formats that cannot hold it. */
#include "test.h"

#include <horn/horn.h>
#include <stdio.h>
#include "conformance/sample.h"
#include "model/model.h"

enum { SAMPLES = 40, SIDE = 6, CHANNELS = 4, VALUES = SIDE * SIDE * CHANNELS, CLASSES = 3 };

static char folder[32];
static float pixels[SAMPLES * VALUES];
static uint8_t labels[SAMPLES];
static const horn_view x = {
    .data = pixels, .dtype = HORN_FLOAT32, .rank = 4, .shape = { SAMPLES, SIDE, SIDE, CHANNELS }
};
static const horn_view y = { .data = labels, .dtype = HORN_UINT8, .rank = 1, .shape = { SAMPLES } };

static void setup(void)
{
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < SAMPLES * VALUES; i++)
        pixels[i] = (float)((i * 2654435761u >> 8) % 1000) / 500 - 1;
    for (size_t i = 0; i < SAMPLES; i++) labels[i] = (uint8_t)(i * 7 % CLASSES);
}

static void cleanup(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *in_folder(const char *name)
{
    static char paths[4][96];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* ---- the model ---- */

static size_t put(horn_model *m, horn_layer *l, size_t value)
{
    ck_ok(model_add_layer(m, l, &value, 1));
    return m->node_count;
}

static size_t merge(horn_model *m, horn_layer *l, size_t a, size_t b)
{
    ck_ok(model_add_layer(m, l, (size_t[]){ a, b }, 2));
    return m->node_count;
}

static horn_layer *conv(void)
{
    return horn_conv2d(
        &(horn_conv2d_options){ .filters = CHANNELS, .kernel_size = { 3, 3 }, .padding = "same" });
}

static horn_layer *relu(void)
{
    return horn_activation(&(horn_activation_options){ .activation = "relu" });
}

/* Two residual blocks; the second has a layer that is called twice. */
static horn_model *make(int threads)
{
    horn_model *m;
    ck_ok(
        horn_sequential_new(&m, &(horn_sequential_options){ .name = "net", .seed = 3, .threads = threads }));
    ck_ok(horn_model_add(
        m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { SIDE, SIDE, CHANNELS } })));
    m->is_functional = true;
    size_t a = put(m, relu(), put(m, horn_batch_normalization(NULL), put(m, conv(), 0)));
    a = put(m, relu(),
            merge(m, horn_add(NULL), put(m, horn_batch_normalization(NULL), put(m, conv(), a)), a));
    const size_t b = put(m, conv(), a);
    ck_ok(model_call_layer(m, m->nodes[b - 1].layer, &b, 1));
    a = merge(m, horn_concatenate(NULL), m->node_count, a);
    a = put(m, horn_dropout(&(horn_dropout_options){ .rate = 0.25 }),
            put(m, horn_global_average_pooling2d(NULL), a));
    put(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .activation = "softmax" }), a);
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                         .loss = horn_sparse_categorical_crossentropy(NULL),
                                                         .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static void train(horn_model *m, int steps)
{
    horn_logs logs;
    for (int i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
}

static void check_same(const horn_model *a, const horn_model *b)
{
    ck_assert_uint_eq(a->trainable_floats, b->trainable_floats);
    ck_assert_mem_eq(a->values, b->values, a->trainable_floats * sizeof *a->values);
    ck_assert_mem_eq(a->frozen, b->frozen, a->frozen_floats * sizeof *a->frozen);
    for (size_t k = 0; k < a->slot_count; k++)
        ck_assert_mem_eq(a->slots[k], b->slots[k], a->trainable_floats * sizeof *a->values);
}

/* ---- tests ---- */

START_TEST(test_graph_files__every_file_gives_the_same_bits)
{
    static const char *const names[] = { "m.keras", "m.h5", "s/" };
    setup();
    horn_model *m = make(2), *again;
    train(m, 3);
    for (size_t i = 0; i < 3; i++) ck_ok(horn_model_save(m, in_folder(names[i]), NULL));
    ck_ok(
        horn_model_save(m, in_folder("w.weights.h5"), &(horn_save_options){ .format = "keras-weights-h5" }));
    ck_ok(horn_model_save(m, in_folder("ckpt"), &(horn_save_options){ .format = "tf-weights" }));
    for (size_t i = 0; i < 3; i++) {
        ck_ok(horn_model_load(&again, in_folder(names[i]), &(horn_load_options){ .seed = 3, .threads = 1 }));
        ck_assert(again->is_functional);
        ck_assert_uint_eq(again->node_count, m->node_count);
        check_same(again, m);
        horn_model *other = make(1);
        ck_ok(horn_model_load_weights(other, in_folder(i ? "w.weights.h5" : "ckpt")));
        ck_assert_mem_eq(other->values, m->values, m->trainable_floats * sizeof *m->values);
        ck_assert_mem_eq(other->frozen, m->frozen, m->frozen_floats * sizeof *m->frozen);
        horn_model_free(other);
        horn_model_free(again);
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

static horn_layer *dense(const char *name)
{
    return horn_dense(&(horn_dense_options){ .name = name, .units = CHANNELS });
}

/* The short branch is made first; Keras, and so the files, have the long one first. */
static horn_model *make_short_and_long(void)
{
    horn_model *m;
    size_t in = 0, a, b, value;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .name = "net", .seed = 3 }));
    ck_ok(horn_model_add(
        m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { SIDE, SIDE, CHANNELS } })));
    ck_ok(horn_model_call(&a, m, dense("short"), &in, 1));
    ck_ok(horn_model_call(&b, m, dense("long"), &in, 1));
    ck_ok(horn_model_call(&b, m, dense("longer"), &b, 1));
    ck_ok(horn_model_call(&value, m, horn_add(NULL), (size_t[]){ b, a }, 2));
    ck_ok(horn_model_call(&value, m, horn_global_average_pooling2d(NULL), &value, 1));
    ck_ok(horn_model_call(&value, m, horn_softmax(NULL), &value, 1));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(NULL) }));
    return m;
}

START_TEST(test_graph_files__layers_are_in_the_order_of_keras)
{
    static const char *const names[] = { "long", "longer", "short" };
    setup();
    horn_model *m = make_short_and_long(), *again;
    for (size_t i = 0; i < 6; i++) {
        horn_weight w;
        ck_ok(horn_model_get_weight(&w, m, i));
        ck_assert_str_eq(w.layer, names[i / 2]);
        ck_assert_str_eq(w.name, i % 2 ? "bias" : "kernel");
    }
    train(m, 2);
    ck_ok(horn_model_save(m, in_folder("m.h5"), NULL));
    ck_ok(horn_model_load(&again, in_folder("m.h5"), &(horn_load_options){ .seed = 3 }));
    check_same(m, again);
    train(m, 2);
    train(again, 2);
    check_same(m, again);
    horn_model_free(again);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_graph_files__threads_and_a_stop_change_no_bit)
{
    horn_model *whole = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        horn_model *m = make(threads), *again;
        setup();
        train(m, 2);
        ck_ok(horn_model_save(m, in_folder("m.keras"), NULL));
        ck_ok(horn_model_load(&again, in_folder("m.keras"),
                              &(horn_load_options){ .seed = 3, .threads = threads }));
        train(again, 2);
        if (!whole) {
            whole = make(1);
            train(whole, 4);
        }
        check_same(again, whole);
        horn_model_free(m);
        horn_model_free(again);
        cleanup();
    }
    horn_model_free(whole);
}
END_TEST

static void check_predicts(horn_model *a, horn_model *b)
{
    float one[SAMPLES * CLASSES], other[SAMPLES * CLASSES];
    ck_ok(horn_model_predict(one, sizeof one / sizeof *one, a, &x, NULL));
    ck_ok(horn_model_predict(other, sizeof other / sizeof *other, b, &x, NULL));
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        ck_assert_double_eq_tol((double)one[i], (double)other[i], 1e-6);
}

/* A layer that is called twice stays one, and has its weights once in the file. */
START_TEST(test_graph_files__graphs_give_branches_back)
{
    static const char *const names[] = { "m.pb", "m.onnx", "m.tflite" };
    char h5[128], *report;
    setup();
    horn_model *m = make(1), *again;
    train(m, 3);
    snprintf(h5, sizeof h5, "%s", in_folder("m.h5"));
    ck_ok(horn_model_save(m, h5, NULL));
    for (size_t i = 0; i < 3; i++) {
        ck_ok(horn_convert(&report, h5, in_folder(names[i]), NULL));
        ck_assert_ptr_nonnull(strstr(report, "read back and compared"));
        free(report);
        ck_ok(horn_model_load(&again, in_folder(names[i]), NULL));
        ck_assert(again->is_functional);
        ck_assert_uint_eq(again->weight_count, m->weight_count);
        ck_assert_uint_eq(again->node_count, m->node_count - 1); /* Dropout is lost */
        ck_assert_uint_eq(again->layer_count, m->layer_count - 1);
        check_predicts(m, again);
        horn_model_free(again);
        ck_ok(horn_convert(NULL, in_folder(names[i]), h5, NULL)); /* and from there into files of Keras */
        ck_ok(horn_model_load(&again, h5, NULL));
        ck_assert(again->is_functional);
        check_predicts(m, again);
        horn_model_free(again);
        ck_ok(horn_model_save(m, h5, NULL));
    }
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_graph_files__formats_of_chains_refuse_by_name)
{
    static const char *const formats[][2] = {
        { "torch", "m.pth" }, { "safetensors", "m.safetensors" }, { "deepdish", "m.h5" }, { "torch7", "m.t7" }
    };
    setup();
    horn_model *m = make(1);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        ck_fails(
            horn_model_save(m, in_folder(formats[i][1]), &(horn_save_options){ .format = formats[i][0] }),
            HORN_ERROR_UNSUPPORTED, "model 'net' is no chain of layers");
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_graph_files__the_summary_says_what_layers_are_called_on)
{
    char *text;
    horn_model *m = make(1);
    ck_ok(horn_model_summary(&text, m));
    ck_assert_ptr_nonnull(strstr(text, " Layer (type)                Output Shape                 Param #   "
                                       "Connected to                  \n"));
    ck_assert_ptr_nonnull(strstr(text, " in (InputLayer)             [(None, 6, 6, 4)]            0         "
                                       "[]                            \n"));
    ck_assert_ptr_nonnull(strstr(
        text,
        " conv2d_2 (Conv2D)           (None, 6, 6, 4)              148       ['activation_1[0][0]',        \n"
        "                                                                     'conv2d_2[0][0]']            "
        "\n"));
    ck_assert_ptr_nonnull(strstr(
        text,
        " concatenate (Concatenate)   (None, 6, 6, 8)              0         ['conv2d_2[1][0]',            \n"
        "                                                                     'activation_1[0][0]']        "
        "\n"));
    free(text);
    horn_model_free(m);
}
END_TEST

/* Reading, computing and writing take time by the number of calls. */
START_TEST(test_graph_files__a_layer_may_be_called_20000_times)
{
    enum { CALLS = 20000 };
    horn_model *m, *again;
    float found[2], expected[2], data[2] = { 0.5f, -0.25f };
    const horn_view one = { .data = data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 1, 2 } };
    setup();
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { 2 } })));
    m->is_functional = true;
    put(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "tanh" }), 0);
    for (size_t i = 1; i < CALLS; i++) ck_ok(model_call_layer(m, m->layers[0], &i, 1));
    ck_ok(horn_model_predict(expected, 2, m, &one, NULL));
    ck_ok(horn_model_save(m, in_folder("m.h5"), NULL));
    ck_ok(horn_model_load(&again, in_folder("m.h5"), &(horn_load_options){ .threads = 1 }));
    ck_assert_uint_eq(again->node_count, CALLS);
    ck_ok(horn_model_predict(found, 2, again, &one, NULL));
    ck_assert_mem_eq(found, expected, sizeof found);
    horn_model_free(m);
    horn_model_free(again);
    cleanup();
}
END_TEST

/* Models inside models: the same bits from each file; 64 within each other, not more. */
static config *nest(size_t depth)
{
    config *inside = sample_parse("{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 3, "
                                  "\"activation\": \"tanh\"}, \"name\": \"d\"}");
    for (size_t i = 0; i < depth; i++) {
        const char *inner = i ? "f" : "d";
        config *outer = sample_parse("{\"class_name\": \"Functional\", \"config\": {\"name\": \"f\", "
                                     "\"layers\": [{\"class_name\": \"InputLayer\", "
                                     "\"config\": {\"name\": \"i\", \"batch_input_shape\": [null, 3]}, "
                                     "\"name\": \"i\", \"inbound_nodes\": []}]}, \"name\": \"f\"}");
        config *arguments = (config *)config_get(outer, "config"),
               *layers = config_copy(config_get(arguments, "layers"));
        config *add =
            sample_parse("{\"class_name\": \"Add\", \"config\": {\"name\": \"a\"}, \"name\": \"a\"}");
        char nodes[200];
        snprintf(nodes, sizeof nodes, "[[[\"%s\", %d, 0, {}], [\"i\", 0, 0, {}]]]", inner, i ? 1 : 0);
        config_set(add, "inbound_nodes", sample_parse(nodes));
        config_set(inside, "inbound_nodes", sample_parse("[[[\"i\", 0, 0, {}]]]"));
        config_append(layers, inside);
        config_append(layers, add);
        config_set(arguments, "layers", layers);
        config_set(arguments, "input_layers", sample_parse("[[\"i\", 0, 0]]"));
        config_set(arguments, "output_layers", sample_parse("[[\"a\", 0, 0]]"));
        inside = outer;
    }
    return inside;
}

static horn_model *model_of(const config *inside)
{
    horn_model *m;
    horn_layer *l;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 2 }));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { 3 } })));
    m->is_functional = true;
    ck_ok(layer_new(&l, "Functional", config_get(inside, "config")));
    const size_t first = put(m, l, 0);
    ck_ok(model_call_layer(m, m->layers[0], &first, 1));
    put(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .activation = "softmax" }), m->node_count);
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .loss = horn_sparse_categorical_crossentropy(NULL) }));
    return m;
}

START_TEST(test_graph_files__models_inside_models_keep_every_bit)
{
    static const char *const names[] = { "m.keras", "m.h5", "keras2.keras" };
    static const horn_view few = {
        .data = pixels, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, 3 }
    };
    horn_logs logs;
    config *inside = nest(3);
    setup();
    horn_model *m = model_of(inside), *again;
    for (int i = 0; i < 3; i++) ck_ok(horn_model_train_on_batch(&logs, m, &few, &y));
    for (size_t i = 0; i < 3; i++) {
        const horn_save_options options = { .dialect = i ? "keras2" : "keras3" };
        ck_ok(horn_model_save(m, in_folder(names[i]), &options));
        ck_ok(horn_model_load(&again, in_folder(names[i]), &(horn_load_options){ .seed = 3, .threads = 1 }));
        ck_assert_uint_eq(again->calls->count, m->calls->count);
        check_same(again, m);
        horn_model_free(again);
    }
    ck_fails(horn_model_save(m, in_folder("m.safetensors"), NULL), HORN_ERROR_UNSUPPORTED,
             "is no chain of layers");
    ck_ok(horn_model_save(m, in_folder("s/"), NULL));
    ck_ok(horn_model_load(&again, in_folder("s/"), NULL));
    check_same(again, m);
    horn_model_free(again);
    ck_fails(horn_model_save(m, in_folder("m.keras"), &(horn_save_options){ .dialect = "both" }),
             HORN_ERROR_UNSUPPORTED, "the calls of layer 'f' (Functional) are counted from 1 in Keras 2");
    horn_model_free(m);
    config_free(inside);
    cleanup();
}
END_TEST

START_TEST(test_graph_files__more_than_64_models_within_each_other_are_refused)
{
    config *most = nest(64), *more = nest(65);
    horn_layer *l;
    ck_ok(layer_new(&l, "Functional", config_get(most, "config")));
    layer_free(l);
    ck_fails(layer_new(&l, "Functional", config_get(more, "config")), HORN_ERROR_UNSUPPORTED,
             "more than 64 layers within each other");
    config_free(most);
    config_free(more);
}
END_TEST

/* ---- the public functions ---- */

static size_t call_on(horn_model *m, horn_layer *l, size_t a, size_t b)
{
    size_t value;
    ck_ok(horn_model_call(&value, m, l, (size_t[]){ a, b }, b ? 2 : 1));
    return value;
}

static horn_model *make_branches(int threads)
{
    horn_model *m;
    horn_layer *shared = horn_dense(&(horn_dense_options){ .units = 8, .activation = "relu" });
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 1, .threads = threads }));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { VALUES } })));
    const size_t a = call_on(m, horn_dense(&(horn_dense_options){ .units = 8 }), 0, 0),
                 b = call_on(m, shared, a, 0);
    const size_t c =
        call_on(m, horn_dropout(&(horn_dropout_options){ .rate = 0.25 }), call_on(m, shared, b, 0), 0);
    call_on(m, horn_add(NULL), c, b);
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .activation = "softmax" })));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(NULL) }));
    return m;
}

static const char *stopped;

static horn_status stop(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    (void)c, (void)logs;
    if (horn_model_step(p->model) != 4) return HORN_OK;
    ck_ok(horn_model_save(p->model, stopped, &(horn_save_options){ .progress = true }));
    return HORN_INTERRUPTED;
}

static horn_status fit(horn_model *m, bool resume, bool stops)
{
    static horn_callback stopper = { .on_batch_end = stop };
    horn_callback *callbacks[] = { &stopper };
    const horn_view few = { .data = pixels, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, VALUES } };
    return horn_model_fit(NULL, m, &few, &y,
                          &(horn_fit_options){ .batch_size = 16,
                                               .epochs = 3,
                                               .callbacks = callbacks,
                                               .callback_count = stops,
                                               .resume = resume });
}

START_TEST(test_graph_files__a_run_is_resumed_from_each_checkpoint)
{
    static const char *const names[] = { "run.h5", "run.keras", "run" };
    setup();
    horn_model *whole = make_branches(1);
    ck_assert(whole->is_functional);
    ck_ok(fit(whole, false, false));
    for (size_t i = 0; i < 3; i++) {
        horn_model *first = make_branches(2), *second = make_branches(3);
        stopped = in_folder(names[i]);
        ck_assert_int_eq(fit(first, false, true), HORN_INTERRUPTED);
        ck_ok(horn_model_restore(second, in_folder(names[i])));
        ck_ok(fit(second, true, false));
        check_same(second, whole);
        horn_model_free(first);
        horn_model_free(second);
    }
    horn_model_free(whole);
    cleanup();
}
END_TEST

START_TEST(test_graph_files__calls_that_cannot_be_are_refused)
{
    horn_model *m;
    size_t value = 0;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .name = "in", .input_shape = { 3 } })));
    horn_layer *l = horn_dense(&(horn_dense_options){ .name = "d", .units = 2 });
    ck_ok(horn_model_call(&value, m, l, &value, 1));
    ck_fails(horn_model_call(NULL, m, l, &value, 1), HORN_ERROR_SHAPE, "layer 'd' (Dense): is called again");
    ck_fails(horn_model_call(NULL, m, horn_flatten(NULL), (size_t[]){ 2 }, 1), HORN_ERROR_ARGUMENT,
             "is called on value 2 of 2");
    ck_fails(horn_model_call(NULL, m, l, &value, 0), HORN_ERROR_UNSUPPORTED, "is called on 0 values");
    ck_fails(horn_model_call(NULL, m, horn_dense(NULL), &value, 1), HORN_ERROR_FORMAT, "units");
    ck_ok(horn_model_call(NULL, m, horn_dense(&(horn_dense_options){ .units = 2 }), (size_t[]){ 0 }, 1));
    ck_fails(horn_model_compile(m, &(horn_compile_options){ .loss = horn_mean_squared_error(NULL) }),
             HORN_ERROR_ARGUMENT, "layer 'd' (Dense): gives value 1, which no layer takes");
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_graph_files__layers_are_in_the_order_of_keras,
          test_graph_files__every_file_gives_the_same_bits,
          test_graph_files__threads_and_a_stop_change_no_bit, test_graph_files__graphs_give_branches_back,
          test_graph_files__formats_of_chains_refuse_by_name,
          test_graph_files__the_summary_says_what_layers_are_called_on,
          test_graph_files__a_layer_may_be_called_20000_times,
          test_graph_files__models_inside_models_keep_every_bit,
          test_graph_files__more_than_64_models_within_each_other_are_refused,
          test_graph_files__a_run_is_resumed_from_each_checkpoint,
          test_graph_files__calls_that_cannot_be_are_refused)
