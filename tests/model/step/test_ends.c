/* Models with several inputs and outputs: gradients of the sum of their losses against finite differences, the same bits for any number
 * of threads, logs, and what evaluate and predict give. */
#include "test.h"

#include <math.h>
#include <horn/horn.h>
#include "model/model.h"

enum { MOST = 1100, A = 12, B = 5 };

static float a_data[MOST * A], b_data[MOST * B], rows_data[MOST * A];
static int32_t label_data[MOST];

static size_t put(horn_model *m, horn_layer *l, size_t value)
{
    size_t made;
    ck_ok(horn_model_call(&made, m, l, &value, 1));
    return made;
}

static size_t put_all(horn_model *m, horn_layer *l, size_t a, size_t b)
{
    size_t made;
    ck_ok(horn_model_call(&made, m, l, (const size_t[]){ a, b }, 2));
    return made;
}

static horn_layer *dense(const char *name, size_t units, const char *function)
{
    return horn_dense(&(horn_dense_options){ .name = name, .units = units, .activation = function });
}

static size_t add_input(horn_model *m, const char *name, size_t size)
{
    size_t value;
    ck_ok(horn_model_call(
        &value, m, horn_input(&(horn_input_options){ .name = name, .input_shape = { size } }), NULL, 0));
    return value;
}

static void set_outputs(horn_model *m, size_t first, size_t second)
{
    ck_ok(horn_model_set_outputs(m, (const size_t[]){ first, second }, 2));
}

/* ---- the models: from A and B numbers; what compares with the two outputs ---- */

static void apart(horn_model *m)
{
    const size_t b = add_input(m, "b", B), c = put(m, dense(NULL, 4, "tanh"), 0),
                 d = put(m, dense(NULL, 4, "tanh"), b), e = put_all(m, horn_concatenate(NULL), c, d);
    set_outputs(m, put(m, dense("first", 3, "softmax"), e), put(m, dense("second", 2, NULL), c));
}

/* The first output is used inside, too: the loss takes its logits all the same. */
static void inside(horn_model *m)
{
    const size_t b = add_input(m, "b", B), first = put(m, dense("first", 3, "softmax"), 0),
                 c = put_all(m, horn_concatenate(NULL), first, b);
    set_outputs(m, first, put(m, dense("second", 2, NULL), c));
}

/* A value of before a BatchNormalization is an output; an input is read only behind it. */
static void normalized(horn_model *m)
{
    const size_t c = put(m, dense(NULL, 4, "tanh"), 0), first = put(m, dense("first", 3, "softmax"), c),
                 d = put(m, horn_batch_normalization(NULL), c), b = add_input(m, "b", B),
                 e = put_all(m, horn_concatenate(NULL), d, put(m, dense(NULL, 3, NULL), b));
    set_outputs(m, first, put(m, dense("second", 2, NULL), e));
}

/* One output twice. */
static void twice(horn_model *m)
{
    const size_t b = add_input(m, "b", B), c = put(m, dense(NULL, 4, "tanh"), 0),
                 d = put_all(m, horn_concatenate(NULL), c, b), out = put(m, dense("out", 2, NULL), d);
    set_outputs(m, out, out);
}

/* An input is an output. */
static void through(horn_model *m)
{
    const size_t b = add_input(m, "b", B),
                 c = put_all(m, horn_concatenate(NULL), put(m, dense(NULL, 4, NULL), 0), b);
    set_outputs(m, b, put(m, dense("second", 2, NULL), c));
}

/* The output without a loss has an activity regularizer, which counts. */
static void quiet(horn_model *m)
{
    const size_t b = add_input(m, "b", B), c = put(m, dense(NULL, 4, "tanh"), 0),
                 first = put(
                     m, horn_activity_regularization(&(horn_activity_regularization_options){ .l2 = 0.5 }),
                     put(m, dense("first", 2, NULL), c));
    set_outputs(m, first, put(m, dense("second", 2, NULL), put_all(m, horn_concatenate(NULL), c, b)));
}

/* Losses over masked positions, and over all: their means are of different numbers of rows. */
static void masked(horn_model *m)
{
    const size_t b = add_input(m, "b", B),
                 steps = put(m, horn_reshape(&(horn_reshape_options){ .target_shape = { 4, 3 } }), 0),
                 kept = put(m, horn_masking(&(horn_masking_options){ 0 }), steps),
                 first = put(m, dense("first", 3, "softmax"), kept);
    set_outputs(m, first, put(m, dense("second", 2, NULL), b));
}

typedef struct sample {
    const char *name;
    void (*build)(horn_model *);
    const char *first_loss;
    /* Numbers of a row of the first output's targets; 0: labels. */
    size_t first_rows;
    size_t positions;
} sample;

static const sample all[] = {
    { "apart", apart, "sparse_categorical_crossentropy", 0, 1 },
    { "inside", inside, "sparse_categorical_crossentropy", 0, 1 },
    { "normalized", normalized, "sparse_categorical_crossentropy", 0, 1 },
    { "twice", twice, "mse", 2, 1 },
    { "through", through, "mse", B, 1 },
    { "quiet", quiet, NULL, 0, 1 },
    { "masked", masked, "categorical_crossentropy", 3, 4 },
};

enum { MODELS = sizeof all / sizeof *all };

static void fill_data(const sample *s)
{
    for (size_t i = 0; i < MOST * A; i++)
        a_data[i] = strcmp(s->name, "masked") == 0 && i / 3 * 7 % 5 < 2 ? 0 : sinf((float)i * 1.7f) * 1.2f;
    for (size_t i = 0; i < MOST * B; i++) b_data[i] = cosf((float)i * 0.7f);
    for (size_t i = 0; i < MOST * A; i++) rows_data[i] = (float)(i * 7 % 3 == 0);
    for (size_t i = 0; i < MOST; i++) label_data[i] = (int32_t)(i * 5 % 7 % 3);
}

static horn_model *make(size_t index, int threads, double learning_rate)
{
    const sample *s = &all[index];
    horn_model *m;
    fill_data(s);
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 7, .threads = threads }));
    ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .name = "a", .input_shape = { A } })));
    s->build(m);
    const horn_output_options outputs[] = {
        { .loss = s->first_loss ? horn_loss_by_name(s->first_loss) : NULL,
          .loss_weight = 0.3,
          .metrics = { horn_metric_by_name(s->first_loss && s->first_rows < 3 ? "accuracy" : "mae") } },
        { .loss = horn_loss_by_name("mse"), .loss_weight = 2 },
    };
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){
                                                             .learning_rate = learning_rate }),
                                                         .outputs = outputs,
                                                         .output_count = 2 }));
    return m;
}

/* Inputs and targets of n samples. */
typedef struct arrays {
    horn_view a, b, first, second;
} arrays;

static void fill_arrays(arrays *d, size_t index, size_t n)
{
    const sample *s = &all[index];
    const size_t rows = s->first_loss ? s->first_rows : 2;
    d->b = (horn_view){ .data = b_data, .rank = 2, .shape = { n, B }, .name = "b" };
    d->a = (horn_view){ .data = a_data, .rank = 2, .shape = { n, A }, .name = "a", .next = &d->b };
    d->second = (horn_view){ .data = rows_data, .rank = 2, .shape = { n, 2 } };
    d->first = (horn_view){ .data = rows_data, .rank = 2, .shape = { n, rows }, .next = &d->second };
    if (s->positions > 1) d->first.rank = 3, d->first.shape[1] = s->positions, d->first.shape[2] = rows;
    if (!rows)
        d->first = (horn_view){
            .data = label_data, .dtype = HORN_INT32, .rank = 1, .shape = { n }, .next = &d->second
        };
}

static double train(horn_model *m, size_t index, size_t n)
{
    horn_logs logs;
    arrays d;
    fill_arrays(&d, index, n);
    ck_ok(horn_model_train_on_batch(&logs, m, &d.a, &d.first));
    return logs.values[0];
}

static void check_value(horn_model *m, size_t index, const weight *w, size_t at, size_t n)
{
    const float before = w->value[at], step = 0.001f;
    train(m, index, n);
    const double gradient = (double)w->gradient[at];
    w->value[at] = before + step;
    double difference = train(m, index, n);
    w->value[at] = before - step;
    difference = (difference - train(m, index, n)) / (2 * (double)step);
    w->value[at] = before;
    ck_assert_msg(fabs(gradient - difference) < 1e-3 + 0.01 * fabs(difference),
                  "%s, %zu samples: %s/%s[%zu] has gradient %g, the loss changes by %g", all[index].name, n,
                  w->layer->name, w->name, at, gradient, difference);
}

START_TEST(test_ends__gradients_are_those_of_the_sum_of_losses)
{
    static const size_t sizes[] = { 6, 600, MOST };
    for (size_t index = 0; index < MODELS; index++) {
        horn_model *m = make(index, 2, HORN_ZERO);
        for (size_t k = 0; k < 3; k++)
            for (size_t i = 0; i < m->trained_count; i++) {
                const size_t count = shape_count(&m->trained[i]->shape), stride = count > 4 ? count / 4 : 1;
                for (size_t at = 0; at < count; at += stride)
                    check_value(m, index, m->trained[i], at, sizes[k]);
            }
        horn_model_free(m);
    }
}
END_TEST

static void check_threads(size_t index, size_t n)
{
    horn_model *one = make(index, 1, 0.05);
    for (int k = 0; k < 3; k++) train(one, index, n);
    for (int threads = 2; threads <= 3; threads++) {
        horn_model *many = make(index, threads, 0.05);
        for (int k = 0; k < 3; k++) train(many, index, n);
        ck_assert_mem_eq(many->values, one->values, one->trainable_floats * sizeof *one->values);
        ck_assert_mem_eq(many->frozen, one->frozen, one->frozen_floats * sizeof *one->frozen);
        horn_model_free(many);
    }
    horn_model_free(one);
}

START_TEST(test_ends__threads_never_change_a_bit)
{
    for (size_t i = 0; i < MODELS; i++) {
        check_threads(i, 40);
        check_threads(i, MOST);
    }
}
END_TEST

/* ---- logs ---- */

static void check_name(const horn_model *m, size_t index, const char *name)
{
    ck_assert_str_eq(m->log_names[index], name);
}

START_TEST(test_ends__logs_are_named_as_keras_names_them)
{
    horn_model *m = make(0, 1, 0.05);
    ck_assert_uint_eq(m->figure_count, 4);
    check_name(m, 0, "loss");
    check_name(m, 1, "first_loss");
    check_name(m, 2, "second_loss");
    check_name(m, 3, "first_accuracy");
    check_name(m, 4, "val_loss");
    check_name(m, 7, "val_first_accuracy");
    horn_model_free(m);
    m = make(3, 1, 0.05);
    check_name(m, 1, "out_loss");
    check_name(m, 2, "out_1_loss");
    horn_model_free(m);
    m = make(5, 1, 0.05);
    ck_assert_uint_eq(m->figure_count, 3);
    check_name(m, 1, "second_loss");
    check_name(m, 2, "activity_regularization_mae");
    horn_model_free(m);
}
END_TEST

/* A further input has the row that Keras prints for it. */
START_TEST(test_ends__each_input_has_a_row)
{
    horn_model *m = make(0, 1, 0.05);
    char *text;
    ck_ok(horn_model_summary(&text, m));
    const char *first = strstr(text, " a (InputLayer)"), *second = strstr(text, " b (InputLayer)");
    ck_assert(first && second);
    ck_assert(strstr(first, "[(None, 12)]") && strstr(first, "[]"));
    ck_assert_ptr_eq(strstr(second, "[(None, 5)]"), second + 29);
    ck_assert(strstr(second, "[]") && strstr(second, "[]") < strchr(second, '\n'));
    free(text);
    horn_model_free(m);
}
END_TEST

/* loss = 0.3 first_loss + 2 second_loss, also over batches of different sizes. */
START_TEST(test_ends__loss_is_the_weighted_sum)
{
    for (size_t index = 0; index < MODELS; index++) {
        horn_model *m = make(index, 2, 0.05);
        horn_logs logs;
        arrays d;
        fill_arrays(&d, index, 70);
        ck_ok(horn_model_evaluate(&logs, m, &d.a, &d.first, NULL));
        if (all[index].first_loss)
            ck_assert_double_eq_tol(logs.values[0], 0.3 * logs.values[1] + 2 * logs.values[2], 1e-6);
        else
            ck_assert_double_gt(logs.values[0], 2 * logs.values[1] + 1e-3);
        horn_model_free(m);
    }
}
END_TEST

/* The outputs' blocks are what each gives for all samples; names and places say the same. */
START_TEST(test_ends__predict_gives_the_outputs_one_behind_the_other)
{
    enum { N = 70 };
    float together[N * 5], single[5];
    horn_model *m = make(0, 2, 0.05);
    horn_view given, a, b;
    arrays d;
    fill_arrays(&d, 0, N);
    ck_ok(horn_model_predict(together, N * 5, m, &d.a, NULL));
    ck_ok(horn_model_predict_shape(&given, m, &d.a, 1));
    ck_assert_int_eq(given.rank, 2);
    ck_assert_uint_eq(given.shape[1], 2);
    ck_assert_str_eq(given.name, "second");
    for (size_t i = 0; i < N; i += 23) {
        b = horn_view_samples(&d.b, i, 1);
        a = horn_view_samples(&d.a, i, 1);
        a.name = b.name = NULL;
        a.next = &b;
        b.next = NULL;
        ck_ok(horn_model_predict(single, 5, m, &a, NULL));
        for (size_t k = 0; k < 3; k++) ck_assert_float_eq_tol(single[k], together[i * 3 + k], 1e-6f);
        for (size_t k = 0; k < 2; k++)
            ck_assert_float_eq_tol(single[3 + k], together[N * 3 + i * 2 + k], 1e-6f);
    }
    horn_model_free(m);
}
END_TEST

/* ---- errors ---- */

static void refused(horn_status status, const char *line)
{
    ck_assert_int_ne(status, HORN_OK);
    ck_assert_str_eq(horn_last_error(), line);
}

START_TEST(test_ends__wrong_arrays_are_named)
{
    horn_model *m = make(0, 1, 0.05);
    horn_logs logs;
    arrays d;
    fill_arrays(&d, 0, 8);
    d.b.name = "c";
    refused(horn_model_evaluate(&logs, m, &d.a, &d.first, NULL),
            "x has an array 'c', model 'sequential' takes 'a', 'b'");
    refused(horn_model_evaluate(&logs, m, &d.b, &d.first, NULL),
            "x has an array 'c', model 'sequential' takes 'a', 'b'");
    d.b.name = "a";
    refused(horn_model_evaluate(&logs, m, &d.a, &d.first, NULL),
            "x has two arrays 'a', model 'sequential' takes 'a', 'b'");
    refused(horn_model_evaluate(&logs, m, &d.b, &d.first, NULL),
            "x has no array 'b', model 'sequential' takes 'a', 'b'");
    d.b.name = NULL;
    refused(horn_model_evaluate(&logs, m, &d.a, &d.first, NULL),
            "some arrays of x have names, one has none, model 'sequential' takes 'a', 'b'");
    refused(horn_model_evaluate(&logs, m, &d.b, &d.first, NULL),
            "x has 1 array, model 'sequential' takes 'a', 'b'");
    d.b.name = "b";
    d.b.shape[0] = 7;
    refused(horn_model_evaluate(&logs, m, &d.a, &d.first, NULL), "x 'b' has 7 samples, x 'a' has 8");
    d.b.shape[0] = 8;
    refused(horn_model_evaluate(&logs, m, &d.a, &d.second, NULL),
            "y has 1 array, model 'sequential' takes 'first', 'second'");
    d.second.shape[1] = 3;
    refused(
        horn_model_evaluate(&logs, m, &d.a, &d.first, NULL),
        "y 'second' has samples of shape (3,), loss 'mean_squared_error' takes rows as the outputs, (2,)");
    d.second.shape[1] = 2;
    refused(horn_model_fit(NULL, m, &d.a, &d.first,
                           &(horn_fit_options){ .class_weight = (const horn_class_weight[]){ { 0, 2 } },
                                                .class_weight_count = 1 }),
            "class_weight: the model has 2 outputs, expected one");
    horn_model_free(m);
}
END_TEST

START_TEST(test_ends__wrong_settings_are_named)
{
    horn_model *m = make(0, 1, 0.05);
    const horn_output_options twice_named[] = { { .name = "first", .loss = horn_loss_by_name("mse") },
                                                { .name = "first" } };
    refused(horn_model_compile(m, &(horn_compile_options){ .outputs = twice_named, .output_count = 2 }),
            "output 'first' has compile settings twice");
    const horn_output_options unknown[] = { { .name = "third", .loss = horn_loss_by_name("mse") } };
    refused(horn_model_compile(m, &(horn_compile_options){ .outputs = unknown, .output_count = 1 }),
            "model 'sequential' has no output 'third'");
    const horn_output_options both[] = { { .name = "first", .loss = horn_loss_by_name("mse") } };
    refused(horn_model_compile(m, &(horn_compile_options){ .loss = horn_loss_by_name("mse"),
                                                           .outputs = both,
                                                           .output_count = 1 }),
            "output 'first' has a loss or metrics, and so has each output: expected one");
    const horn_output_options none[] = { { .name = "first", .metrics = { horn_metric_by_name("mae") } } };
    refused(horn_model_compile(m, &(horn_compile_options){ .outputs = none, .output_count = 1 }),
            "model 'sequential' is compiled without a loss");
    refused(horn_model_set_outputs(m, (const size_t[]){ 1 }, 1),
            "model 'sequential' is built already: outputs are set before compile and load");
    horn_model_free(m);
}
END_TEST

/* A loss and metrics of all outputs, weights by name; sample weights of all and by output. */
START_TEST(test_ends__settings_of_all_outputs_are_those_of_each)
{
    horn_model *m = make(3, 1, 0.05);
    horn_logs plain, weighted;
    arrays d;
    float halves[8];
    for (size_t i = 0; i < 8; i++) halves[i] = 0.5f;
    const horn_output_options weights[] = { { .name = "out_1", .loss_weight = 3 } };
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_loss_by_name("mse"),
                                                         .metrics = { horn_metric_by_name("mae") },
                                                         .weighted_metrics = { horn_metric_by_name("mae") },
                                                         .outputs = weights,
                                                         .output_count = 1 }));
    fill_arrays(&d, 3, 8);
    ck_assert_uint_eq(m->figure_count, 7);
    check_name(m, 3, "out_mae");
    check_name(m, 4, "out_weighted_mae");
    check_name(m, 6, "out_1_weighted_mae");
    ck_ok(horn_model_evaluate(&plain, m, &d.a, &d.first, NULL));
    ck_assert_double_eq_tol(plain.values[0], 4 * plain.values[1], 1e-6);
    horn_view w = { .data = halves, .rank = 1, .shape = { 8 } };
    ck_ok(horn_model_evaluate(&weighted, m, &d.a, &d.first, &(horn_evaluate_options){ .sample_weight = &w }));
    ck_assert_double_eq_tol(weighted.values[0], plain.values[0] / 2, 1e-6);
    w.name = "out_1";
    ck_ok(horn_model_evaluate(&weighted, m, &d.a, &d.first, &(horn_evaluate_options){ .sample_weight = &w }));
    ck_assert_double_eq_tol(weighted.values[1], plain.values[1], 1e-6);
    ck_assert_double_eq_tol(weighted.values[2], plain.values[2] / 2, 1e-6);
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_ends__gradients_are_those_of_the_sum_of_losses, test_ends__threads_never_change_a_bit,
          test_ends__logs_are_named_as_keras_names_them, test_ends__each_input_has_a_row,
          test_ends__loss_is_the_weighted_sum, test_ends__predict_gives_the_outputs_one_behind_the_other,
          test_ends__wrong_arrays_are_named, test_ends__wrong_settings_are_named,
          test_ends__settings_of_all_outputs_are_those_of_each)
