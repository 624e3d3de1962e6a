/* Stateful layers go on from batch to batch: long sequences in pieces give what they give as a whole. */
#include "test.h"

#include <horn/file.h>
#include <horn/horn.h>
#include <stdlib.h>
#include "base/bytes.h"
#include "conformance/make_layer.h"

enum { B = 70, T = 4, D = 3, U = 5, PIECES = 3 };

/* The sequences as a whole, and cut into pieces: batch k has piece k of each. */
static float whole[B * T * PIECES * D], pieces[PIECES * B * T * D], y[PIECES * B * 2];
static const horn_view
    wholes = { .data = whole, .dtype = HORN_FLOAT32, .rank = 3, .shape = { B, T *PIECES, D } },
    batches = { .data = pieces, .dtype = HORN_FLOAT32, .rank = 3, .shape = { B * PIECES, T, D } },
    targets = { .data = y, .dtype = HORN_FLOAT32, .rank = 2, .shape = { B * PIECES, 2 } };

/* Steps of 0 are masked by a Masking. */
static void make_data(void)
{
    harness_noise(1, B * T * PIECES * D, whole);
    harness_noise(2, PIECES * B * 2, y);
    for (size_t i = 0; i < B * T * PIECES; i++)
        if (i * 7 % 5 < 2) memset(whole + i * D, 0, D * sizeof *whole);
    for (size_t i = 0; i < B; i++)
        for (size_t k = 0; k < PIECES; k++)
            memcpy(pieces + (k * B + i) * T * D, whole + (i * PIECES + k) * T * D, T * D * sizeof *whole);
}

static void add(horn_model *m, horn_layer *l)
{
    ck_ok(horn_model_add(m, l));
}

enum { KINDS = 5 };

static horn_layer *make(size_t kind, bool stateful)
{
    const horn_recurrent_options o = { .units = U,
                                       .return_sequences = true,
                                       .stateful = stateful,
                                       .no_reset_after = kind == 4 },
                                 cell = { .units = U };
    if (kind == 0) return horn_lstm(&o);
    if (kind == 1) return horn_simple_rnn(&o);
    if (kind != 3) return horn_gru(&o);
    return horn_rnn(&(horn_rnn_options){ .return_sequences = true,
                                         .stateful = stateful,
                                         .cell = horn_stacked_rnn_cells(&(horn_stacked_rnn_cells_options){
                                             .cells = { horn_lstm_cell(&cell), horn_gru_cell(&cell) } }) });
}

static horn_model *begin(size_t batch, int threads)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    add(m, horn_input(&(horn_input_options){ .input_shape = { HORN_OPEN, D }, .batch_size = batch }));
    return m;
}

static horn_model *make_model(size_t kind, bool stateful, bool masked, int threads)
{
    horn_model *m = begin(stateful ? B : 0, threads);
    if (masked) add(m, horn_masking(NULL));
    add(m, make(kind, stateful));
    return m;
}

/* Steps of a piece in front of the first one that counts. */
static size_t leading(const float *piece)
{
    size_t n = 0;
    while (n < T * D && piece[n] == 0) n++;
    return n / D;
}

/* y of leading steps is 0, as in Keras, although the state is not. */
static void check_piece(const float *found, const float *expected, size_t skipped, size_t kind)
{
    for (size_t n = 0; n < T * U; n++) {
        const float value = n < skipped * U ? 0 : expected[n];
        ck_assert_msg(fabsf(found[n] - value) < 1e-6f, "kind %zu: %g, expected %g", kind, (double)found[n],
                      (double)value);
    }
}

static void check_pieces(size_t kind, bool masked)
{
    static float expected[B * T * PIECES * U], found[B * T * PIECES * U];
    horn_model *all = make_model(kind, false, masked, 2), *m = make_model(kind, true, masked, 2);
    ck_ok(horn_model_predict(expected, B * T * PIECES * U, all, &wholes, NULL));
    for (int again = 0; again < 2; again++) {
        ck_ok(horn_model_predict(found, B * T * PIECES * U, m, &batches, NULL));
        for (size_t i = 0; i < B * PIECES; i++)
            check_piece(found + i * T * U, expected + (i % B * PIECES + i / B) * T * U,
                        masked ? leading(pieces + i * T * D) : 0, kind);
        ck_ok(horn_model_reset_states(m));
    }
    memcpy(expected, found, sizeof found);
    ck_ok(horn_model_predict(found, B * T * PIECES * U, m, &batches, NULL));
    ck_ok(horn_model_predict(found, B * T * PIECES * U, m, &batches, NULL));
    ck_assert(memcmp(found, expected, sizeof found) != 0); /* without a reset it goes on */
    horn_model_free(all), horn_model_free(m);
}

START_TEST(test_stateful__pieces_give_what_the_whole_gives)
{
    make_data();
    for (size_t kind = 0; kind < KINDS; kind++) check_pieces(kind, false), check_pieces(kind, true);
}
END_TEST

/* ---- training ---- */

static horn_model *make_trainable(int threads)
{
    horn_model *m = begin(B, threads);
    add(m, horn_masking(NULL));
    add(m, make(3, true));
    add(m,
        horn_bidirectional(&(horn_bidirectional_options){
            .layer = horn_gru(&(horn_recurrent_options){ .units = U, .stateful = true, .dropout = 0.2 }) }));
    add(m, horn_dense(&(horn_dense_options){ .units = 2 }));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.1 }),
                                    .loss = horn_mean_squared_error(NULL) }));
    return m;
}

static void fit(horn_model *m)
{
    ck_ok(
        horn_model_fit(NULL, m, &batches, &targets, &(horn_fit_options){ .epochs = 2, .no_shuffle = true }));
}

static void check_same(horn_model *a, horn_model *b, bool same)
{
    horn_weight u, v;
    bool equal = true;
    ck_assert_uint_eq(horn_model_weight_count(a), horn_model_weight_count(b));
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        ck_ok(horn_model_get_weight(&u, a, i));
        ck_ok(horn_model_get_weight(&v, b, i));
        equal &= memcmp(u.view.data, v.view.data, horn_view_count(&u.view) * sizeof(float)) == 0;
    }
    ck_assert(equal == same);
}

/* The model's batch is the default of fit. States of before change what is trained. */
START_TEST(test_stateful__trains_with_the_same_bits_on_any_threads)
{
    make_data();
    horn_model *one = make_trainable(1), *later = make_trainable(1);
    fit(one);
    for (int threads = 3; threads <= 8; threads += 5) {
        horn_model *many = make_trainable(threads);
        fit(many);
        check_same(one, many, true);
        horn_model_free(many);
    }
    float out[PIECES * B * 2];
    ck_ok(horn_model_predict(out, PIECES * B * 2, later, &batches, NULL));
    fit(later);
    check_same(one, later, false);
    horn_model_free(later);
    later = make_trainable(1);
    ck_ok(horn_model_predict(out, PIECES * B * 2, later, &batches, NULL));
    ck_ok(horn_model_reset_states(later));
    fit(later);
    check_same(one, later, true);
    horn_model_free(one), horn_model_free(later);
}
END_TEST

/* ---- files ---- */

START_TEST(test_stateful__files_have_the_batch)
{
    static const char *const files[] = { "a.h5", "b.keras", "c", "d.json" };
    static const char *const dialects[] = { NULL, "keras3", "keras2" };
    char folder[] = "/tmp/horn-stateful-XXXXXX", path[100], command[100];
    float first[B * 2], second[B * 2];
    const horn_view some = horn_view_samples(&batches, 0, B), few = horn_view_samples(&batches, 0, B - 1);
    make_data();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    horn_model *m = make_trainable(1), *again;
    ck_ok(horn_model_predict(first, B * 2, m, &some, NULL));
    for (size_t i = 0; i < 12; i++) {
        snprintf(path, sizeof path, "%s/%zu%s", folder, i, files[i % 4]);
        if (i % 4 == 2 && i / 4 == 1) continue; /* Keras 3 has no checkpoints of cells */
        ck_ok(
            horn_model_save(m, path, &(horn_save_options){ .dialect = i % 4 == 3 ? NULL : dialects[i / 4] }));
        ck_ok(horn_model_load(&again, path, &(horn_load_options){ .threads = 1 }));
        ck_fails(horn_model_predict(second, (B - 1) * 2, again, &few, NULL), HORN_ERROR_SHAPE,
                 "is stateful: it takes batches of 70 samples, not 69 samples by 70");
        ck_ok(horn_model_predict(second, B * 2, again, &some, NULL));
        if (i % 4 != 3) ck_assert_mem_eq(first, second, sizeof first);
        horn_model_free(again);
    }
    horn_model_free(m);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(test_stateful__other_batches_are_refused)
{
    static const char words[] = "model 'sequential' is stateful: it takes batches of 70 samples";
    static float out[B * PIECES * 2];
    horn_logs logs;
    make_data();
    horn_model *m = make_trainable(1);
    const horn_view x = horn_view_samples(&batches, 0, B + 1), t = horn_view_samples(&targets, 0, B + 1);
    ck_fails(horn_model_fit(NULL, m, &x, &t, NULL), HORN_ERROR_SHAPE, words);
    ck_fails(horn_model_fit(NULL, m, &batches, &targets, &(horn_fit_options){ .batch_size = 35 }),
             HORN_ERROR_SHAPE, words);
    ck_fails(horn_model_fit(NULL, m, &batches, &targets,
                            &(horn_fit_options){ .x_validation = &x, .y_validation = &t }),
             HORN_ERROR_SHAPE, words);
    ck_fails(horn_model_train_on_batch(&logs, m, &x, &t), HORN_ERROR_SHAPE, words);
    ck_fails(horn_model_evaluate(&logs, m, &x, &t, NULL), HORN_ERROR_SHAPE, words);
    ck_fails(horn_model_predict(out, (B + 1) * 2, m, &x, NULL), HORN_ERROR_SHAPE, words);
    ck_fails(
        horn_model_predict(out, B * PIECES * 2, m, &batches, &(horn_predict_options){ .batch_size = 10 }),
        HORN_ERROR_SHAPE, words);
    horn_model_free(m);
}
END_TEST

START_TEST(test_stateful__needs_a_batch)
{
    char *text;
    horn_model *m = begin(0, 1);
    add(m, make(0, true));
    ck_fails(horn_model_summary(&text, m), HORN_ERROR_SHAPE,
             "layer 'lstm' (LSTM): is stateful: the model's input needs the number of samples of a batch");
    horn_model_free(m);
    ck_ok(horn_sequential_new(&m, NULL));
    add(m, horn_input(&(horn_input_options){ .input_shape = { 2, T, D }, .batch_size = B }));
    add(m, horn_time_distributed(&(horn_time_distributed_options){ .layer = make(0, true) }));
    ck_fails(horn_model_summary(&text, m), HORN_ERROR_UNSUPPORTED, "is stateful in a TimeDistributed");
    horn_model_free(m);
    check_refused(
        "Bidirectional",
        "{\"layer\": {\"class_name\": \"GRU\", \"config\": {\"units\": 2, \"stateful\": true}}, "
        "\"backward_layer\": {\"class_name\": \"GRU\", \"config\": {\"units\": 2, \"go_backwards\": "
        "true}}}",
        HORN_ERROR_FORMAT, "has another stateful than the forward layer");
}
END_TEST

TEST_MAIN(test_stateful__pieces_give_what_the_whole_gives,
          test_stateful__trains_with_the_same_bits_on_any_threads, test_stateful__files_have_the_batch,
          test_stateful__other_batches_are_refused, test_stateful__needs_a_batch)
