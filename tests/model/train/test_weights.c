/* Sample weights, class weights, reductions and the ignored class: what they make of the loss and of a step. */
#include <math.h>
#include <horn/horn.h>
#include "test.h"

enum { ROWS = 12, COLUMNS = 4, CLASSES = 3 };

static float inputs[ROWS * COLUMNS], weights[ROWS];
static int32_t labels[ROWS];
static const horn_view x = { .data = inputs, .dtype = HORN_FLOAT32, .rank = 2, .shape = { ROWS, COLUMNS } };
static const horn_view y = { .data = labels, .dtype = HORN_INT32, .rank = 1, .shape = { ROWS } };
static const horn_view w = { .data = weights, .dtype = HORN_FLOAT32, .rank = 1, .shape = { ROWS } };

static void setup(void)
{
    for (size_t i = 0; i < ROWS * COLUMNS; i++) inputs[i] = (float)((i * 7919 + 13) % 101) / 101 - 0.4f;
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (int32_t)(i * i % CLASSES);
        weights[i] = (float)(i % 4) * 0.75f;
    }
}

static horn_model *make(horn_loss *loss)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 2 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = CLASSES, .activation = "softmax", .input_shape = { COLUMNS } })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5 }),
                                    .loss = loss }));
    return m;
}

static horn_loss *sparse(const char *reduction)
{
    return horn_sparse_categorical_crossentropy(&(horn_crossentropy_options){ .reduction = reduction });
}

static double evaluate(horn_model *m, const horn_view *at_x, const horn_view *at_y, const horn_view *at_w)
{
    horn_logs logs;
    ck_ok(horn_model_evaluate(&logs, m, at_x, at_y,
                              &(horn_evaluate_options){ .batch_size = 5, .sample_weight = at_w }));
    return horn_logs_get(&logs, "loss");
}

/* The loss of one sample. */
static double loss_of(horn_model *m, size_t i)
{
    const horn_view one_x = horn_view_samples(&x, i, 1), one_y = horn_view_samples(&y, i, 1);
    return evaluate(m, &one_x, &one_y, NULL);
}

/* Kernel and bias after one step on the whole batch. */
static void step(float *out, horn_loss *loss, const horn_fit_options *given, const horn_view *at_x,
                 const horn_view *at_y)
{
    horn_model *m = make(loss);
    horn_fit_options options = *given;
    horn_weight kernel, bias;
    options.batch_size = ROWS;
    options.no_shuffle = true;
    ck_ok(horn_model_fit(NULL, m, at_x, at_y, &options));
    ck_ok(horn_model_get_weight(&kernel, m, 0));
    ck_ok(horn_model_get_weight(&bias, m, 1));
    memcpy(out, kernel.view.data, COLUMNS * CLASSES * sizeof(float));
    memcpy(out + COLUMNS * CLASSES, bias.view.data, CLASSES * sizeof(float));
    horn_model_free(m);
}

enum { WEIGHTS = COLUMNS * CLASSES + CLASSES };

static void same_weights(const float *a, const float *b, const char *what)
{
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert_msg(fabsf(a[i] - b[i]) <= 1e-6f, "%s: weight %zu is %g, expected %g", what, i, (double)a[i],
                      (double)b[i]);
}

START_TEST(test_weights__the_loss_is_the_weighted_sum_over_the_rows)
{
    setup();
    horn_model *m = make(sparse(NULL));
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++) sum += (double)weights[i] * loss_of(m, i);
    ck_assert_double_eq_tol(evaluate(m, &x, &y, &w), sum / ROWS, 1e-6);
    horn_model_free(m);
}
END_TEST

/* Batches of 5, 5 and 2, weighted by their rows. */
START_TEST(test_weights__reductions_are_keras)
{
    static const char *const names[] = { "sum", "none", "mean_with_sample_weight", "sum_over_batch_size" };
    setup();
    for (size_t r = 0; r < 4; r++) {
        horn_model *m = make(sparse(names[r]));
        double expected = 0;
        for (size_t first = 0; first < ROWS; first += 5) {
            double sum = 0, weight = 0;
            const size_t end = first + 5 < ROWS ? first + 5 : ROWS;
            for (size_t i = first; i < end; i++) {
                const horn_view one_x = horn_view_samples(&x, i, 1), one_y = horn_view_samples(&y, i, 1);
                sum += (double)weights[i] * evaluate(m, &one_x, &one_y, NULL);
                weight += (double)weights[i];
            }
            const double rows = (double)(end - first);
            expected += (r == 0 ? sum : r == 2 ? sum / weight : sum / rows) * rows / ROWS;
        }
        ck_assert_double_eq_tol(evaluate(m, &x, &y, &w), expected, 1e-6);
        if (r == 1) ck_fails(horn_model_fit(NULL, m, &x, &y, NULL), HORN_ERROR_UNSUPPORTED, "'none'");
        horn_model_free(m);
    }
}
END_TEST

START_TEST(test_weights__a_step_on_weights_is_one_on_repeated_samples)
{
    static float twice[2 * ROWS * COLUMNS];
    static int32_t twice_labels[2 * ROWS];
    float weighted[WEIGHTS], repeated[WEIGHTS];
    size_t n = 0;
    setup();
    for (size_t i = 0; i < ROWS; i++) {
        weights[i] = (float)(i % 3);
        for (size_t k = 0; k < i % 3; k++, n++) {
            memcpy(twice + n * COLUMNS, inputs + i * COLUMNS, COLUMNS * sizeof *inputs);
            twice_labels[n] = labels[i];
        }
    }
    const horn_view more_x = { .data = twice, .dtype = HORN_FLOAT32, .rank = 2, .shape = { n, COLUMNS } };
    const horn_view more_y = { .data = twice_labels, .dtype = HORN_INT32, .rank = 1, .shape = { n } };
    step(weighted, sparse("sum"), &(horn_fit_options){ .sample_weight = &w }, &x, &y);
    step(repeated, sparse("sum"), &(horn_fit_options){ 0 }, &more_x, &more_y);
    same_weights(weighted, repeated, "sum");
    step(weighted, sparse("mean_with_sample_weight"), &(horn_fit_options){ .sample_weight = &w }, &x, &y);
    step(repeated, sparse(NULL), &(horn_fit_options){ 0 }, &more_x, &more_y);
    same_weights(weighted, repeated, "mean_with_sample_weight");
}
END_TEST

START_TEST(test_weights__class_weights_are_sample_weights)
{
    const horn_class_weight classes[] = { { 0, 0.5 }, { 2, 3 } };
    const horn_fit_options by_class = { .class_weight = classes, .class_weight_count = 2 },
                           by_sample = { .sample_weight = &w },
                           by_both = { .class_weight = classes,
                                       .class_weight_count = 2,
                                       .sample_weight = &w };
    static float one_hot[ROWS * CLASSES];
    const horn_view rows = { .data = one_hot, .dtype = HORN_FLOAT32, .rank = 2, .shape = { ROWS, CLASSES } };
    float found[WEIGHTS], expected[WEIGHTS];
    setup();
    for (size_t i = 0; i < ROWS; i++) {
        weights[i] = labels[i] == 0 ? 0.5f : labels[i] == 2 ? 3.0f : 1.0f;
        one_hot[i * CLASSES + (size_t)labels[i]] = 1;
    }
    step(expected, sparse(NULL), &by_sample, &x, &y);
    step(found, sparse(NULL), &by_class, &x, &y);
    same_weights(found, expected, "labels");
    step(found, horn_categorical_crossentropy(NULL), &by_class, &x, &rows);
    same_weights(found, expected, "rows");
    for (size_t i = 0; i < ROWS; i++) weights[i] = 1 + (float)i;
    step(found, sparse(NULL), &by_both, &x, &y);
    for (size_t i = 0; i < ROWS; i++) weights[i] *= labels[i] == 0 ? 0.5f : labels[i] == 2 ? 3.0f : 1.0f;
    step(expected, sparse(NULL), &by_sample, &x, &y);
    same_weights(found, expected, "both");
}
END_TEST

/* As without the samples of the class: their loss is 0, and the others are the whole of the mean. */
START_TEST(test_weights__rows_of_the_ignored_class_do_not_count)
{
    static float kept_inputs[ROWS * COLUMNS];
    static int32_t kept_labels[ROWS];
    float found[WEIGHTS], expected[WEIGHTS];
    size_t n = 0;
    setup();
    for (size_t i = 0; i < ROWS; i++) {
        if (i % 5 == 2) {
            labels[i] = -1;
            continue;
        }
        memcpy(kept_inputs + n * COLUMNS, inputs + i * COLUMNS, COLUMNS * sizeof *inputs);
        kept_labels[n++] = labels[i];
    }
    const horn_view kept_x = {
        .data = kept_inputs, .dtype = HORN_FLOAT32, .rank = 2, .shape = { n, COLUMNS }
    };
    const horn_view kept_y = { .data = kept_labels, .dtype = HORN_INT32, .rank = 1, .shape = { n } };
    const horn_crossentropy_options ignoring = { .ignores = true, .ignore_class = -1 };
    step(found, horn_sparse_categorical_crossentropy(&ignoring), &(horn_fit_options){ 0 }, &x, &y);
    step(expected, sparse(NULL), &(horn_fit_options){ 0 }, &kept_x, &kept_y);
    same_weights(found, expected, "ignored");
    horn_model *m = make(horn_sparse_categorical_crossentropy(&ignoring));
    horn_logs whole, kept;
    const horn_evaluate_options at_once = { .batch_size = ROWS };
    ck_ok(horn_model_evaluate(&whole, m, &x, &y, &at_once));
    ck_ok(horn_model_evaluate(&kept, m, &kept_x, &kept_y, &at_once));
    ck_assert_double_eq_tol(horn_logs_get(&whole, "loss"), horn_logs_get(&kept, "loss"), 1e-6);
    horn_model_free(m);
}
END_TEST

/* A split cuts the weights as it cuts the samples. */
START_TEST(test_weights__validation_has_weights_of_its_own)
{
    setup();
    horn_model *m = make(sparse(NULL));
    horn_history *history;
    ck_ok(horn_model_fit(&history, m, &x, &y,
                         &(horn_fit_options){ .validation_split = 0.5, .sample_weight = &w }));
    const horn_view last_x = horn_view_samples(&x, 6, 6), last_y = horn_view_samples(&y, 6, 6),
                    last_w = horn_view_samples(&w, 6, 6);
    ck_assert_double_eq_tol(horn_logs_get(horn_history_logs(history, 0), "val_loss"),
                            evaluate(m, &last_x, &last_y, &last_w), 1e-6);
    horn_history_free(history);
    ck_ok(horn_model_fit(
        &history, m, &x, &y,
        &(horn_fit_options){ .x_validation = &x, .y_validation = &y, .sample_weight_validation = &w }));
    ck_assert_double_eq_tol(horn_logs_get(horn_history_logs(history, 0), "val_loss"), evaluate(m, &x, &y, &w),
                            1e-6);
    horn_history_free(history);
    horn_model_free(m);
}
END_TEST

/* Outputs [samples, 2, 3]: a weight for each position, or one for both. */
START_TEST(test_weights__a_sample_of_many_rows_may_have_many_weights)
{
    static const float each[ROWS] = { 1, 2, 0, 3, 0.5f, 1, 2, 2, 0, 0, 1, 4 },
                       one[6] = { 1, 0, 2, 3, 0.5f, 1 },
                       same[ROWS] = { 1, 1, 0, 0, 2, 2, 3, 3, 0.5f, 0.5f, 1, 1 };
    horn_model *m;
    setup();
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = CLASSES, .activation = "softmax", .input_shape = { 2, COLUMNS } })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = sparse(NULL) }));
    const horn_view in = { .data = inputs, .dtype = HORN_FLOAT32, .rank = 3, .shape = { 6, 2, COLUMNS } };
    const horn_view at = { .data = labels, .dtype = HORN_INT32, .rank = 2, .shape = { 6, 2 } };
    horn_view by_row = { .data = each, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 6, 2 } };
    const horn_view by_sample = { .data = one, .dtype = HORN_FLOAT32, .rank = 1, .shape = { 6 } };
    horn_view alone = by_row;
    static float only[ROWS];
    double sum = 0;
    alone.data = only;
    for (size_t i = 0; i < ROWS; i++) {
        memset(only, 0, sizeof only);
        only[i] = 1;
        sum += (double)each[i] * evaluate(m, &in, &at, &alone);
    }
    ck_assert_double_eq_tol(evaluate(m, &in, &at, &by_row), sum, 1e-6);
    by_row.data = same;
    ck_assert_double_eq(evaluate(m, &in, &at, &by_sample), evaluate(m, &in, &at, &by_row));
    ck_fails(horn_model_fit(NULL, m, &in, &at,
                            &(horn_fit_options){ .class_weight = &(horn_class_weight){ 0, 2 },
                                                 .class_weight_count = 1 }),
             HORN_ERROR_SHAPE, "class_weight: outputs of shape (2, 3)");
    horn_model_free(m);
}
END_TEST

START_TEST(test_weights__weights_that_do_not_fit_are_refused)
{
    setup();
    horn_model *m = make(sparse(NULL));
    horn_view bad = w;
    bad.shape[0] = ROWS - 1;
    const horn_fit_options short_one = { .sample_weight = &bad }, nothing = { .class_weight_count = 2 };
    ck_fails(horn_model_fit(NULL, m, &x, &y, &short_one), HORN_ERROR_SHAPE, "sample_weight has 11");
    ck_fails(horn_model_evaluate(NULL, m, &x, &y, &(horn_evaluate_options){ .sample_weight = &bad }),
             HORN_ERROR_SHAPE, "sample_weight has 11");
    bad = (horn_view){ .data = inputs, .dtype = HORN_FLOAT32, .rank = 2, .shape = { ROWS, 3 } };
    ck_fails(horn_model_fit(NULL, m, &x, &y, &short_one), HORN_ERROR_SHAPE, "samples of shape (3,)");
    bad.data = NULL;
    ck_fails(horn_model_fit(NULL, m, &x, &y, &short_one), HORN_ERROR_ARGUMENT, "sample_weight is missing");
    ck_fails(horn_model_fit(NULL, m, &x, &y, &nothing), HORN_ERROR_ARGUMENT, "class_weight is NULL, of 2");
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_weights__the_loss_is_the_weighted_sum_over_the_rows, test_weights__reductions_are_keras,
          test_weights__a_step_on_weights_is_one_on_repeated_samples,
          test_weights__class_weights_are_sample_weights,
          test_weights__rows_of_the_ignored_class_do_not_count,
          test_weights__validation_has_weights_of_its_own,
          test_weights__a_sample_of_many_rows_may_have_many_weights,
          test_weights__weights_that_do_not_fit_are_refused)
