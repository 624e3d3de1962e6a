/* Open axes: a model whose input has sizes that each batch sets computes as the model of that size does. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <horn/callback.h>
#include <horn/custom_layer.h>
#include <horn/file.h>
#include <horn/model.h>
#include "custom_classes.h"
#include "model/model.h"

enum { ROWS = 6, CLASSES = 4, MOST = 4096 };

static float numbers[MOST];
static uint8_t labels[ROWS * 16];

static void setup(void)
{
    for (size_t i = 0; i < MOST; i++) numbers[i] = (float)(i * 37 % 101) / 50 - 1;
    for (size_t i = 0; i < sizeof labels; i++) labels[i] = (uint8_t)(i * 7 % CLASSES);
}

static horn_view images(size_t height, size_t width)
{
    return (
        horn_view){ .data = numbers, .dtype = HORN_FLOAT32, .rank = 4, .shape = { ROWS, height, width, 3 } };
}

static horn_view texts(size_t length)
{
    return (horn_view){ .data = numbers, .dtype = HORN_FLOAT32, .rank = 3, .shape = { ROWS, length, 5 } };
}

static horn_view classes(int rank, size_t length)
{
    return (horn_view){ .data = labels, .dtype = HORN_UINT8, .rank = rank, .shape = { ROWS, length } };
}

static void compile(horn_model *m)
{
    const horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.1 }),
                                    .loss = horn_sparse_categorical_crossentropy(&logits),
                                    .metrics = { horn_metric_by_name("accuracy") } }));
}

static void add_block(horn_model *m)
{
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_relu(NULL)));
    ck_ok(horn_model_add(m, horn_zero_padding2d(NULL)));
    ck_ok(horn_model_add(m, horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){ .kernel_size = { 2 } })));
    ck_ok(horn_model_add(m, horn_max_pooling2d(NULL)));
    ck_ok(horn_model_add(m, horn_average_pooling2d(&(horn_pooling2d_options){ .padding = "same" })));
    ck_ok(horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.25 })));
    ck_ok(horn_model_add(m, horn_leaky_relu(NULL)));
}

/* Of images (height, width, 3). */
static horn_model *make_cnn(size_t height, size_t width)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 5, .threads = 2 }));
    ck_ok(horn_model_add(
        m,
        horn_conv2d(&(horn_conv2d_options){
            .input_shape = { height, width, 3 }, .filters = 6, .kernel_size = { 3 }, .padding = "same" })));
    add_block(m);
    ck_ok(horn_model_add(m, horn_global_average_pooling2d(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    compile(m);
    return m;
}

/* Of texts (length, 5): a class for each position. */
static horn_model *make_tagger(size_t length)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 5, .threads = 2 }));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .input_shape = { length, 5 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 9, .activation = "relu" })));
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    compile(m);
    return m;
}

static float *predict(horn_model *m, const horn_view *x, size_t *count)
{
    horn_view given;
    ck_ok(horn_model_predict_shape(&given, m, x, 0));
    *count = horn_view_count(&given);
    float *out = malloc((*count + 1) * sizeof *out);
    ck_ok(horn_model_predict(out, *count, m, x, &(horn_predict_options){ .batch_size = 4 }));
    return out;
}

static void check_same_predictions(horn_model *a, horn_model *b, const horn_view *x)
{
    size_t count, expected;
    float *first = predict(a, x, &count), *second = predict(b, x, &expected);
    ck_assert_uint_eq(count, expected);
    ck_assert_mem_eq(first, second, count * sizeof *first);
    free(first);
    free(second);
}

static void copy_weights(horn_model *to, horn_model *from)
{
    for (size_t i = 0; i < horn_model_weight_count(from); i++) {
        horn_weight w;
        ck_ok(horn_model_get_weight(&w, from, i));
        ck_ok(horn_model_set_weight(to, i, &w.view));
    }
}

/* A step of both from the same weights; they end with the same bits. */
static void check_step(horn_model *open, horn_model *closed, const horn_view *x, const horn_view *y)
{
    horn_logs a, b;
    copy_weights(closed, open);
    ck_ok(horn_model_train_on_batch(&a, open, x, y));
    ck_ok(horn_model_train_on_batch(&b, closed, x, y));
    ck_assert_mem_eq(a.values, b.values, a.count * sizeof *a.values);
    check_same_predictions(open, closed, x);
    ck_ok(horn_model_evaluate(&a, open, x, y, NULL));
    ck_ok(horn_model_evaluate(&b, closed, x, y, NULL));
    ck_assert_mem_eq(a.values, b.values, a.count * sizeof *a.values);
    horn_model_free(closed);
}

START_TEST(test_open_axes__compute_as_models_of_that_size)
{
    setup();
    horn_model *cnn = make_cnn(HORN_OPEN, HORN_OPEN), *tagger = make_tagger(HORN_OPEN);
    const horn_view one = classes(1, 0);
    static const size_t sizes[][2] = { { 6, 9 }, { 11, 7 }, { 6, 9 }, { 4, 4 } };
    /* Dropout depends on the step: each closed model makes its first step, so the open one is new, too. */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const horn_view x = images(sizes[i][0], sizes[i][1]), t = texts(sizes[i][0]),
                        y = classes(2, sizes[i][0]);
        horn_model *closed = make_cnn(sizes[i][0], sizes[i][1]);
        cnn->iteration = 0;
        check_step(cnn, closed, &x, &one);
        check_step(tagger, make_tagger(sizes[i][0]), &t, &y);
    }
    horn_model_free(cnn);
    horn_model_free(tagger);
}
END_TEST

START_TEST(test_open_axes__are_none_in_the_summary_and_in_shapes)
{
    setup();
    horn_model *m = make_cnn(HORN_OPEN, 8);
    size_t sizes[HORN_MAX_RANK];
    char *text;
    ck_ok(horn_model_summary(&text, m));
    ck_assert_ptr_nonnull(strstr(text, " conv2d (Conv2D)             (None, None, 8, 6)        168"));
    ck_assert_ptr_nonnull(strstr(text, "(None, None, 10, 6)"));
    ck_assert_ptr_nonnull(strstr(text, " dense (Dense)               (None, 4)"));
    free(text);
    ck_assert_int_eq(horn_model_input_shape(sizes, m, 0), 3);
    ck_assert(sizes[0] == HORN_OPEN && sizes[1] == 8 && sizes[2] == 3);
    horn_model_free(m);
    m = make_tagger(HORN_OPEN);
    ck_assert_int_eq(horn_model_output_shape(sizes, m, 0), 2);
    ck_assert(sizes[0] == HORN_OPEN && sizes[1] == CLASSES);
    horn_model_free(m);
}
END_TEST

static void check_refused(horn_layer *first, horn_layer *second, horn_layer *third, const char *why)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, first));
    if (third) ck_ok(horn_model_add(m, second));
    ck_fails(horn_model_add(m, third ? third : second), HORN_ERROR_SHAPE, why);
    horn_model_free(m);
}

static horn_layer *input(size_t a, size_t b, size_t c)
{
    return horn_input(&(horn_input_options){ .input_shape = { a, b, c } });
}

START_TEST(test_open_axes__weights_need_sizes)
{
    setup();
    const horn_dense_options dense = { .units = 4 };
    const horn_conv2d_options conv = { .filters = 2, .kernel_size = { 3 } };
    check_refused(
        input(HORN_OPEN, 5, 0), horn_flatten(NULL), horn_dense(&dense),
        "layer 'dense' (Dense): its kernel would have shape (None, 4): it needs the size of an axis "
        "that the input leaves open");
    check_refused(input(5, HORN_OPEN, 0), horn_dense(&dense), NULL,
                  "(Dense): its kernel would have shape (None, 4)");
    check_refused(input(5, HORN_OPEN, 0), horn_batch_normalization(NULL), NULL,
                  "its gamma would have shape (None,)");
    check_refused(input(5, 5, HORN_OPEN), horn_conv2d(&conv), NULL,
                  "its kernel would have shape (3, 3, None, 2)");
    check_refused(input(5, 5, HORN_OPEN),
                  horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){ .kernel_size = { 3 } }), NULL,
                  "its depthwise_kernel would have shape (3, 3, None, 1)");
}
END_TEST

START_TEST(test_open_axes__data_must_fit)
{
    setup();
    horn_model *m = make_cnn(HORN_OPEN, HORN_OPEN);
    horn_view x = images(6, 7), given, y = classes(1, 0);
    x.shape[3] = 2;
    ck_fails(horn_model_predict_shape(&given, m, &x, 0), HORN_ERROR_SHAPE,
             "x has samples of shape (6, 7, 2), model 'sequential' takes (None, None, 3)");
    x.rank = 3;
    x.shape[2] = 3;
    ck_fails(horn_model_predict_shape(&given, m, &x, 0), HORN_ERROR_SHAPE,
             "x has samples of shape (6, 3), model");
    x = images(0, 7);
    ck_fails(horn_model_train_on_batch(NULL, m, &x, &y), HORN_ERROR_SHAPE, "takes (None, None, 3)");
    /* Windows must fit into what is there. */
    x = images(1, 1);
    ck_ok(horn_model_predict_shape(&given, m, &x, 0));
    horn_model_free(m);
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, input(HORN_OPEN, HORN_OPEN, 1)));
    ck_ok(horn_model_add(m, horn_conv2d(&(horn_conv2d_options){ .filters = 2, .kernel_size = { 3 } })));
    x = (horn_view){ .data = numbers, .rank = 3, .shape = { ROWS, 4, 2 } };
    ck_fails(horn_model_predict_shape(&given, m, &x, 0), HORN_ERROR_SHAPE,
             "layer 'conv2d' (Conv2D): a window that is 3 wide does not fit into (4, 2, 1)");
    /* The last axis, of size 1, may be left out. */
    x.shape[2] = 5;
    ck_ok(horn_model_predict_shape(&given, m, &x, 0));
    ck_assert(given.rank == 4 && given.shape[1] == 2 && given.shape[2] == 3 && given.shape[3] == 2);
    horn_model_free(m);
}
END_TEST

START_TEST(test_open_axes__reshape_and_flatten_follow_the_data)
{
    setup();
    horn_model *m;
    size_t sizes[HORN_MAX_RANK];
    horn_view given, x = texts(8);
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, input(HORN_OPEN, 5, 0)));
    ck_ok(horn_model_add(m, horn_reshape(&(horn_reshape_options){ .target_shape = { HORN_REST, 10 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 3 })));
    ck_ok(horn_model_add(m, horn_flatten(NULL)));
    ck_assert_int_eq(horn_model_output_shape(sizes, m, 0), 1);
    ck_assert(sizes[0] == HORN_OPEN);
    ck_ok(horn_model_predict_shape(&given, m, &x, 0));
    ck_assert(given.rank == 2 && given.shape[1] == 12);
    ck_fails(horn_model_compile(m, &(horn_compile_options){ .loss = horn_categorical_crossentropy(NULL) }),
             HORN_ERROR_UNSUPPORTED, "gives outputs of shape (None,): a loss needs the last size");
    x = texts(7);
    ck_fails(horn_model_predict_shape(&given, m, &x, 0), HORN_ERROR_SHAPE,
             "its input (7, 5) has 35 values, the target takes multiples of 10");
    horn_model_free(m);
}
END_TEST

/* ---- custom layers ---- */

/* y[N, C] = the last of x[N, T, C]: placed again for each T. */
static horn_status last_place(const void *self, horn_call *c)
{
    (void)self;
    if (c->inputs->rank != 2) return horn_fail(HORN_ERROR_SHAPE, "its input has %d axes", c->inputs->rank);
    *c->outputs = (horn_shape){ 1, { c->inputs->dim[1] } };
    c->keep = c->inputs->dim[0] * sizeof(float);
    c->scratch = c->inputs->dim[0];
    return HORN_OK;
}

static void last_forward(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    const size_t T = in->shape.dim[0], C = in->shape.dim[1];
    (void)self;
    for (size_t row = 0; row < in->rows; row++) {
        for (size_t t = 0; t < T; t++) s->scratch[t] = (float)t;
        if (s->keep) memcpy((float *)s->keep + row * T, s->scratch, T * sizeof(float));
        memcpy(out->data + row * C, in->data + (row * T + T - 1) * C, C * sizeof(float));
    }
}

static void last_backward(const void *self, const horn_slice *s, const horn_tensor *in, const horn_tensor *dy,
                          horn_tensor *dx)
{
    const size_t T = in->shape.dim[0], C = in->shape.dim[1];
    (void)self;
    for (size_t i = 0; i < in->rows * T; i++) ck_assert(((const float *)s->keep)[i] == (float)(i % T));
    for (size_t i = 0; dx && i < in->rows * T * C; i++)
        dx->data[i] = i / C % T == T - 1 ? dy->data[i / C / T * C + i % C] : 0;
}

static const horn_layer_class last_class = {
    .name = "Last", .place = last_place, .forward = last_forward, .backward = last_backward
};

static horn_model *make_custom(size_t length)
{
    horn_model *m;
    ck_ok(register_custom_classes());
    ck_ok(horn_register_layer(&last_class));
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 5, .threads = 2 }));
    ck_ok(horn_model_add(m, input(length, 5, 0)));
    ck_ok(horn_model_add(m, horn_custom_layer("demo>Mix", NULL)));
    ck_ok(horn_model_add(m, horn_custom_layer("Swish1", NULL)));
    ck_ok(horn_model_add(m, horn_custom_layer("Last", NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    compile(m);
    return m;
}

START_TEST(test_open_axes__custom_layers_are_placed_again)
{
    setup();
    horn_model *m = make_custom(HORN_OPEN);
    size_t sizes[HORN_MAX_RANK];
    const horn_view one = classes(1, 0);
    ck_assert_int_eq(horn_model_output_shape(sizes, m, 0), 1);
    for (size_t length = 3; length < 12; length += 4) {
        const horn_view t = texts(length);
        check_step(m, make_custom(length), &t, &one);
    }
    horn_model_free(m);
    check_refused(input(5, HORN_OPEN, 0), horn_custom_layer("demo>Mix", NULL), NULL,
                  "its scale would have shape (None,)");
    check_refused(input(5, HORN_OPEN, HORN_OPEN), horn_custom_layer("Last", NULL), NULL,
                  "layer 'last' (Custom>Last): its input has 3 axes");
}
END_TEST

/* ---- files ---- */

START_TEST(test_open_axes__are_in_every_format_with_an_architecture)
{
    setup();
    static const struct {
        const char *name, *dialect;
    } formats[] = { { "a.h5", "keras2" },    { "b.h5", "keras3" },    { "c.h5", "legacy" },
                    { "d.keras", "keras3" }, { "e.keras", "keras2" }, { "f.keras", "both" },
                    { "g", NULL },           { "h/", NULL } };
    char folder[] = "/tmp/horn-open-XXXXXX", path[64], command[64];
    horn_model *m = make_cnn(HORN_OPEN, HORN_OPEN), *again;
    const horn_view small = images(5, 8), large = images(9, 9);
    size_t sizes[HORN_MAX_RANK];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, formats[i].name);
        ck_ok(horn_model_save(m, path, &(horn_save_options){ .dialect = formats[i].dialect }));
        ck_ok(horn_model_load(&again, path, NULL));
        ck_assert_int_eq(horn_model_input_shape(sizes, again, 0), 3);
        ck_assert(sizes[0] == HORN_OPEN && sizes[1] == HORN_OPEN && sizes[2] == 3);
        check_same_predictions(m, again, &small);
        check_same_predictions(m, again, &large);
        horn_model_free(again);
    }
    horn_model_free(m);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- memory and callbacks ---- */

START_TEST(test_open_axes__memory_grows_at_a_new_longest_length_only)
{
    setup();
    horn_model *m = make_tagger(HORN_OPEN);
    size_t count;
    horn_view x = texts(40);
    free(predict(m, &x, &count));
    const unsigned char *arena = m->arena;
    const size_t before = m->arena_bytes;
    for (size_t length = 39; length > 0; length -= 13) {
        x = texts(length);
        free(predict(m, &x, &count));
        ck_assert_uint_eq(count, ROWS * length * CLASSES);
        ck_assert_ptr_eq(m->arena, arena);
    }
    x = texts(80);
    free(predict(m, &x, &count));
    ck_assert_uint_gt(m->arena_bytes, before);
    horn_model_free(m);
}
END_TEST

/* Predicts, evaluates and trains data of other lengths in the midst of an epoch. */
static horn_status use_model(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    const horn_view x = texts(60), y = classes(2, 16), more = texts(16);
    size_t count;
    (void)c, (void)logs;
    free(predict(p->model, &x, &count));
    ck_assert_uint_eq(count, ROWS * 60 * CLASSES);
    ck_ok(horn_model_evaluate(NULL, p->model, &more, &y, NULL));
    return horn_model_train_on_batch(NULL, p->model, &more, &y);
}

START_TEST(test_open_axes__callbacks_may_use_other_lengths)
{
    setup();
    const horn_view x = texts(7), y = classes(2, 7), long_x = texts(10), long_y = classes(2, 10);
    horn_callback callback = { .on_batch_end = use_model }, *const list[] = { &callback };
    horn_model *a = make_tagger(HORN_OPEN), *b = make_tagger(HORN_OPEN);
    horn_fit_options options = { .batch_size = 4,
                                 .epochs = 2,
                                 .no_shuffle = true,
                                 .x_validation = &long_x,
                                 .y_validation = &long_y,
                                 .callbacks = list,
                                 .callback_count = 1 };
    ck_ok(horn_model_fit(NULL, a, &x, &y, &options));
    /* The same steps one by one. */
    const horn_view more = texts(16), more_y = classes(2, 16);
    for (size_t i = 0; i < 4; i++) {
        const horn_view part = horn_view_samples(&x, i % 2 * 4, i % 2 ? 2 : 4),
                        target = horn_view_samples(&y, i % 2 * 4, i % 2 ? 2 : 4);
        ck_ok(horn_model_train_on_batch(NULL, b, &part, &target));
        ck_ok(horn_model_train_on_batch(NULL, b, &more, &more_y));
    }
    check_same_predictions(a, b, &x);
    horn_logs logs;
    ck_ok(horn_model_evaluate(&logs, b, &long_x, &long_y, &(horn_evaluate_options){ .batch_size = 4 }));
    const horn_logs *last = horn_history_logs(horn_model_history(a), 1);
    ck_assert_double_eq(horn_logs_get(last, "val_accuracy"), horn_logs_get(&logs, "accuracy"));
    ck_assert_double_eq(horn_logs_get(last, "val_loss"), horn_logs_get(&logs, "loss"));
    horn_model_free(a);
    horn_model_free(b);
}
END_TEST

TEST_MAIN(test_open_axes__compute_as_models_of_that_size,
          test_open_axes__are_none_in_the_summary_and_in_shapes, test_open_axes__weights_need_sizes,
          test_open_axes__data_must_fit, test_open_axes__reshape_and_flatten_follow_the_data,
          test_open_axes__custom_layers_are_placed_again,
          test_open_axes__are_in_every_format_with_an_architecture,
          test_open_axes__memory_grows_at_a_new_longest_length_only,
          test_open_axes__callbacks_may_use_other_lengths)
