/* Embedding in training: it learns as a Dense layer on one-hot rows, rows that no index names cost nothing and stay as they are,
 * and data that are no rows of the table are refused. */
#include "test.h"

#include <math.h>
#include <horn/model.h>
#include "optimizers/optimizer.h"

enum { SAMPLES = 1100, LENGTH = 3, ROWS = 70, UNITS = 5, UNUSED = 40 };

static int32_t indices[SAMPLES * LENGTH];
static float one_hot[SAMPLES * LENGTH * ROWS], targets[SAMPLES * LENGTH * UNITS];
static const horn_view y = {
    .data = targets, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, LENGTH, UNITS }
};

/* Rows from UNUSED on occur in the first sample alone. */
static void setup(void)
{
    memset(one_hot, 0, sizeof one_hot);
    for (size_t i = 0; i < SAMPLES * LENGTH; i++) {
        indices[i] = (int32_t)(i * i * 7 % UNUSED);
        if (i < LENGTH) indices[i] = UNUSED + (int32_t)i * 4;
        one_hot[i * ROWS + (size_t)indices[i]] = 1;
    }
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) targets[i] = (float)(i * 31 % 17) / 8 - 1;
}

typedef enum optimizer_kind {
    PLAIN,
    MOMENTUM,
    LEGACY,
    ADAM,
    ADAGRAD,
    CLIPPED,
    KINDS,
    ACCUMULATING
} optimizer_kind;

static horn_optimizer *optimizer_of(optimizer_kind kind)
{
    horn_optimizer *o;
    switch (kind) {
    case ACCUMULATING:
        o = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5 });
        o->accumulation = 2;
        return o;
    case PLAIN:
        return horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5 });
    case CLIPPED:
        return horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5, .clipping = { .global_clipnorm = 0.01 } });
    case ADAM:
        return horn_adam(NULL);
    case ADAGRAD:
        return horn_adagrad(NULL);
    default:
        return horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5, .momentum = 0.9 });
    }
}

/* The table, or a Dense layer whose kernel has its values. */
static horn_model *make(bool embeds, optimizer_kind kind, int threads, double l2)
{
    horn_model *m;
    horn_weight w;
    float table[ROWS * UNITS];
    const horn_regularizer penalty = { .l2 = l2 };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(horn_model_add(
        m, embeds ? horn_embedding(&(horn_embedding_options){ .input_shape = { LENGTH },
                                                              .input_dim = ROWS,
                                                              .output_dim = UNITS,
                                                              .embeddings_regularizer = penalty })
                  : horn_dense(&(horn_dense_options){ .input_shape = { LENGTH, ROWS },
                                                      .units = UNITS,
                                                      .no_bias = true,
                                                      .kernel_regularizer = penalty })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .optimizer = optimizer_of(kind),
                                                         .loss = horn_mean_squared_error(NULL) }));
    ck_ok(horn_model_get_weight(&w, m, 0));
    for (size_t i = 0; i < ROWS * UNITS; i++) table[i] = (float)(i * 13 % 29) / 16 - 1;
    w.view.data = table;
    ck_ok(horn_model_set_weight(m, 0, &w.view));
    return m;
}

static const float *table_of(horn_model *m)
{
    horn_weight w;
    ck_ok(horn_model_get_weight(&w, m, 0));
    return w.view.data;
}

static horn_view indices_of(size_t first, size_t count)
{
    const horn_view all = { .data = indices, .dtype = HORN_INT32, .rank = 2, .shape = { SAMPLES, LENGTH } };
    return horn_view_samples(&all, first, count);
}

static void train(horn_model *m, bool embeds, size_t first, size_t count)
{
    const horn_view all = {
        .data = one_hot, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, LENGTH, ROWS }
    };
    const horn_view x = embeds ? indices_of(first, count) : horn_view_samples(&all, first, count),
                    part = horn_view_samples(&y, first, count);
    ck_ok(horn_model_train_on_batch(NULL, m, &x, &part));
}

/* In batches of one sample, of several slices, and of several leaves of Dense's gradient. */
START_TEST(test_embedding__learns_as_one_hot_rows)
{
    static const size_t sizes[] = { 1, 70, SAMPLES };
    setup();
    for (optimizer_kind kind = PLAIN; kind < KINDS; kind++)
        for (int regular = 0; kind != LEGACY && regular < 2; regular++) {
            horn_model *a = make(true, kind, 2, regular * 0.01), *b = make(false, kind, 2, regular * 0.01);
            for (size_t i = 0; i < 6; i++) {
                train(a, true, 0, sizes[i % 3]);
                train(b, false, 0, sizes[i % 3]);
            }
            for (size_t i = 0; i < ROWS * UNITS; i++)
                ck_assert_msg(fabsf(table_of(a)[i] - table_of(b)[i]) < 1e-5f,
                              "optimizer %d: weight %zu is %g, expected %g", kind, i, (double)table_of(a)[i],
                              (double)table_of(b)[i]);
            horn_model_free(a);
            horn_model_free(b);
        }
}
END_TEST

/* A step that follows the second of two batches moves rows that only the first one has. */
START_TEST(test_embedding__accumulated_gradients_reach_the_rows_of_earlier_batches)
{
    setup();
    horn_model *a = make(true, ACCUMULATING, 2, 0), *b = make(false, ACCUMULATING, 2, 0),
               *fresh = make(true, ACCUMULATING, 2, 0);
    for (size_t i = 0; i < 4; i++) {
        train(a, true, i % 2, 1 + i % 2 * 69);
        train(b, false, i % 2, 1 + i % 2 * 69);
    }
    for (size_t i = 0; i < ROWS * UNITS; i++) ck_assert_float_eq_tol(table_of(a)[i], table_of(b)[i], 1e-5f);
    ck_assert_float_ne(table_of(a)[UNUSED * UNITS], table_of(fresh)[UNUSED * UNITS]);
    horn_model_free(a), horn_model_free(b), horn_model_free(fresh);
}
END_TEST

START_TEST(test_embedding__has_the_same_bits_for_all_threads)
{
    setup();
    for (optimizer_kind kind = PLAIN; kind < KINDS; kind++) {
        horn_model *one = make(true, kind, 1, 0);
        for (int i = 0; i < 3; i++) train(one, true, 0, i ? SAMPLES : 70);
        for (int threads = 2; threads < 9; threads += 3) {
            horn_model *m = make(true, kind, threads, 0);
            for (int i = 0; i < 3; i++) train(m, true, 0, i ? SAMPLES : 70);
            ck_assert_mem_eq(table_of(one), table_of(m), sizeof(float) * ROWS * UNITS);
            horn_model_free(m);
        }
        horn_model_free(one);
    }
}
END_TEST

static float row_change(horn_model *m, const float *before, size_t row)
{
    float most = 0;
    for (size_t i = row * UNITS; i < (row + 1) * UNITS; i++)
        most = fmaxf(most, fabsf(table_of(m)[i] - before[i]));
    return most;
}

/* A row that is not among the indices of a batch moves by its momentum alone; in Keras' legacy SGD it does not move. */
START_TEST(test_embedding__moves_rows_as_keras_does)
{
    static const char legacy[] = "/tmp/horn-test-embedding.h5";
    setup();
    for (optimizer_kind kind = PLAIN; kind < KINDS; kind++) {
        float before[ROWS * UNITS];
        horn_model *m = make(true, kind, 2, 0);
        if (kind == LEGACY) { /* only files say that they are of a legacy class */
            ck_ok(horn_model_save(m, legacy, &(horn_save_options){ .dialect = "legacy" }));
            horn_model_free(m);
            ck_ok(horn_model_load(&m, legacy, NULL));
            ck_assert_int_eq(unlink(legacy), 0);
        }
        train(m, true, 0, 70);
        memcpy(before, table_of(m), sizeof before);
        train(m, true, 100, 70);
        ck_assert_float_gt(row_change(m, before, 0), 0);
        ck_assert_float_eq(row_change(m, before, UNUSED + 1), 0);
        if (kind == MOMENTUM || kind == ADAM)
            ck_assert_float_gt(row_change(m, before, UNUSED), 0);
        else
            ck_assert_float_eq(row_change(m, before, UNUSED), 0);
        horn_model_free(m);
    }
}
END_TEST

static horn_status predict(horn_model *m, horn_dtype dtype, const void *data, double divisor, float *out)
{
    const horn_view x = {
        .data = data, .dtype = dtype, .rank = 2, .shape = { 1, LENGTH }, .divisor = divisor
    };
    return horn_model_predict(out, LENGTH * UNITS, m, &x, NULL);
}

START_TEST(test_embedding__refuses_what_is_no_row)
{
    static const char words[] = "of sample 0, layer 'embedding' (Embedding) has the rows 0 to 69";
    horn_model *m = make(true, PLAIN, 1, 0);
    float out[LENGTH * UNITS];
    ck_fails(predict(m, HORN_INT64, (int64_t[]){ 0, 70, 1 }, 0, out), HORN_ERROR_ARGUMENT, "x: index 70 of");
    ck_fails(predict(m, HORN_INT64, (int64_t[]){ 0, 1, -1 }, 0, out), HORN_ERROR_ARGUMENT, words);
    ck_fails(predict(m, HORN_INT64, (int64_t[]){ 16777217, 1, 1 }, 0, out), HORN_ERROR_ARGUMENT,
             "index 16777217");
    ck_fails(predict(m, HORN_UINT64, (uint64_t[]){ UINT64_MAX, 1, 1 }, 0, out), HORN_ERROR_ARGUMENT, words);
    ck_fails(predict(m, HORN_FLOAT64, (double[]){ 0, NAN, 1 }, 0, out), HORN_ERROR_ARGUMENT, words);
    ck_fails(predict(m, HORN_FLOAT32, (float[]){ 0, INFINITY, 1 }, 0, out), HORN_ERROR_ARGUMENT, words);
    ck_fails(predict(m, HORN_INT8, (int8_t[]){ 0, -1, 1 }, 0, out), HORN_ERROR_ARGUMENT, words);
    /* Fractions are cut off, as in Keras. */
    ck_ok(predict(m, HORN_FLOAT64, (double[]){ 69.9, -0.5, 2.5 }, 0, out));
    for (size_t i = 0; i < UNITS; i++) {
        ck_assert_float_eq(out[i], table_of(m)[69 * UNITS + i]);
        ck_assert_float_eq(out[UNITS + i], table_of(m)[i]);
        ck_assert_float_eq(out[2 * UNITS + i], table_of(m)[2 * UNITS + i]);
    }
    ck_ok(predict(m, HORN_INT32, (int32_t[]){ 138, 0, 4 }, 2, out));
    for (size_t i = 0; i < UNITS; i++) ck_assert_float_eq(out[i], table_of(m)[69 * UNITS + i]);
    horn_model_free(m);
    ck_carries(layer,
               horn_embedding(&(horn_embedding_options){ .input_dim = (1 << 24) + 1, .output_dim = 1 }),
               HORN_ERROR_UNSUPPORTED, "argument 'input_dim' is 16777217, expected at most 16777216");
}
END_TEST

TEST_MAIN(test_embedding__learns_as_one_hot_rows,
          test_embedding__accumulated_gradients_reach_the_rows_of_earlier_batches,
          test_embedding__has_the_same_bits_for_all_threads, test_embedding__moves_rows_as_keras_does,
          test_embedding__refuses_what_is_no_row)
