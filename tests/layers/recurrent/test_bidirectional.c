/* Bidirectional: each half of its output is what the layer of that direction computes alone, bit by bit; gradients against finite
 * differences of the loss; files; and what is refused. */
#include "test.h"

#include <horn/file.h>
#include <horn/horn.h>
#include <stdlib.h>
#include "conformance/make_layer.h"
#include "model/files/file_kinds.h"

enum { N = 40, T = 5, D = 3, U = 4, OUT = 2 };

static float x[N * T * D], y[N * OUT];
static const horn_view inputs = { .data = x, .dtype = HORN_FLOAT32, .rank = 3, .shape = { N, T, D } },
                       few = { .data = x, .dtype = HORN_FLOAT32, .rank = 3, .shape = { 5, T, D } },
                       targets = { .data = y, .dtype = HORN_FLOAT32, .rank = 2, .shape = { N, OUT } },
                       few_targets = { .data = y, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 5, OUT } };

/* Steps of 0 are masked by a Masking: all of the first sample. */
static void make_data(void)
{
    harness_noise(1, N * T * D, x);
    harness_noise(2, N * OUT, y);
    for (size_t i = 0; i < N * T; i++)
        if (i < T || i * 7 % 5 < 2) memset(x + i * D, 0, D * sizeof *x);
}

static void add(horn_model *m, horn_layer *l)
{
    ck_ok(horn_model_add(m, l));
}

static horn_model *begin(int threads, bool masked)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    if (masked)
        add(m, horn_masking(&(horn_masking_options){ .input_shape = { HORN_OPEN, D } }));
    else
        add(m, horn_input(&(horn_input_options){ .input_shape = { T, D } }));
    return m;
}

/* ---- layers of one direction ---- */

typedef struct way {
    size_t kind;
    bool sequences, backwards, zero;
} way;

enum { KINDS = 4 };

static horn_layer *make(way w)
{
    const horn_recurrent_options o = { .units = U,
                                       .return_sequences = w.sequences,
                                       .go_backwards = w.backwards,
                                       .zero_output_for_mask = w.zero };
    const horn_recurrent_options cell = { .units = U };
    const horn_rnn_options stack = { .return_sequences = w.sequences,
                                     .go_backwards = w.backwards,
                                     .zero_output_for_mask = w.zero };
    horn_rnn_options rnn = stack;
    switch (w.kind) {
    case 0:
        return horn_lstm(&o);
    case 1:
        return horn_gru(&o);
    case 2:
        return horn_simple_rnn(&o);
    default:
        rnn.cell = horn_stacked_rnn_cells(
            &(horn_stacked_rnn_cells_options){ .cells = { horn_lstm_cell(&cell), horn_gru_cell(&cell) } });
        return horn_rnn(&rnn);
    }
}

static horn_model *in_both(size_t kind, bool sequences, bool masked, const char *mode, bool backward)
{
    horn_model *m = begin(1, masked);
    const way other = { (kind + 1) % KINDS, sequences, true, false };
    add(m, horn_bidirectional(
               &(horn_bidirectional_options){ .layer = make((way){ kind, sequences, false, false }),
                                              .backward_layer = backward ? make(other) : NULL,
                                              .merge_mode = mode }));
    return m;
}

static size_t weights_of(horn_model *m)
{
    return horn_model_weight_count(m);
}

/* The model of one direction, with the weights of that one. */
static horn_model *in_one(horn_model *both, size_t kind, bool sequences, bool masked, bool backwards)
{
    horn_weight w;
    horn_model *m = begin(1, masked);
    add(m, make((way){ kind, sequences, backwards, sequences }));
    const size_t first = backwards ? weights_of(both) - weights_of(m) : 0;
    for (size_t i = 0; i < weights_of(m); i++) {
        ck_ok(horn_model_get_weight(&w, both, first + i));
        ck_ok(horn_model_set_weight(m, i, &w.view));
    }
    return m;
}

static float merged(const char *mode, float a, float b)
{
    return strcmp(mode, "sum") == 0 ? a + b : strcmp(mode, "mul") == 0 ? a * b : (a + b) / 2;
}

static void check_values(size_t kind, bool sequences, bool masked, const char *mode, bool other)
{
    static float found[N * T * 2 * U], forward[N * T * U], backward[N * T * U];
    const bool concat = strcmp(mode, "concat") == 0;
    const size_t steps = sequences ? T : 1, width = concat ? 2 * U : U;
    horn_model *both = in_both(kind, sequences, masked, mode, other);
    horn_model *first = in_one(both, kind, sequences, masked, false);
    horn_model *second = in_one(both, other ? (kind + 1) % KINDS : kind, sequences, masked, true);
    ck_ok(horn_model_predict(found, N * steps * width, both, &inputs, NULL));
    ck_ok(horn_model_predict(forward, N * steps * U, first, &inputs, NULL));
    ck_ok(horn_model_predict(backward, N * steps * U, second, &inputs, NULL));
    for (size_t i = 0; i < N * steps; i++)
        for (size_t u = 0; u < U; u++) {
            const size_t t = i % steps, back = (i - t + steps - 1 - t) * U + u;
            const float *at = found + i * width + u;
            if (concat)
                ck_assert(at[0] == forward[i * U + u] && at[U] == backward[back]);
            else
                ck_assert_float_eq(*at, merged(mode, forward[i * U + u], backward[back]));
        }
    horn_model_free(both), horn_model_free(first), horn_model_free(second);
}

START_TEST(test_bidirectional__each_half_is_that_of_its_direction)
{
    static const char *const modes[] = { "concat", "sum", "mul", "ave" };
    make_data();
    for (size_t kind = 0; kind < KINDS; kind++)
        for (int how = 0; how < 8; how++)
            check_values(kind, how & 1, how & 2, modes[(kind + (size_t)how) % 4], how & 4);
}
END_TEST

/* ---- gradients ---- */

/* Two of them one behind the other, behind a mask, for few samples. */
static horn_model *make_deep(const char *mode, int threads, uint64_t seed)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = threads }));
    add(m, horn_masking(&(horn_masking_options){ .input_shape = { HORN_OPEN, D } }));
    add(m, horn_bidirectional(&(horn_bidirectional_options){
               .layer = make((way){ .kind = 0, .sequences = true }), .merge_mode = mode }));
    add(m, horn_bidirectional(&(horn_bidirectional_options){
               .layer = make((way){ .kind = 1 }),
               .backward_layer = make((way){ .kind = 3, .backwards = true }),
               .merge_mode = strcmp(mode, "concat") == 0 ? "mul" : "concat" }));
    add(m, horn_dense(&(horn_dense_options){ .units = OUT }));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0x1p-4 }),
                                    .loss = horn_mean_squared_error(NULL) }));
    return m;
}

static double loss_with(horn_model *m, size_t index, float *values, size_t at, float value)
{
    horn_weight w;
    horn_logs logs;
    const float old = values[at];
    ck_ok(horn_model_get_weight(&w, m, index));
    values[at] = value;
    w.view.data = values;
    ck_ok(horn_model_set_weight(m, index, &w.view));
    ck_ok(horn_model_evaluate(&logs, m, &few, &few_targets, NULL));
    values[at] = old;
    return logs.values[0];
}

static void check_gradients(const char *mode)
{
    horn_model *m = make_deep(mode, 1, 5), *after = make_deep(mode, 1, 5);
    horn_weight w, moved;
    horn_logs logs;
    float values[2000];
    ck_ok(horn_model_train_on_batch(&logs, after, &few, &few_targets));
    for (size_t i = 0; i < weights_of(m); i++) {
        ck_ok(horn_model_get_weight(&w, m, i));
        ck_ok(horn_model_get_weight(&moved, after, i));
        const size_t count = horn_view_count(&w.view);
        memcpy(values, w.view.data, count * sizeof *values);
        for (size_t k = 0; k < count; k += 1 + count / 12) {
            const double gradient =
                ((double)values[k] - (double)((const float *)moved.view.data)[k]) / 0x1p-4;
            const double up = loss_with(m, i, values, k, values[k] + 0x1p-6f),
                         down = loss_with(m, i, values, k, values[k] - 0x1p-6f);
            ck_assert_msg(fabs((up - down) / 0x1p-5 - gradient) < 2e-4 + 2e-2 * fabs(gradient),
                          "%s: weight %zu[%zu]: gradient %g, differences say %g", mode, i, k, gradient,
                          (up - down) / 0x1p-5);
        }
        (void)loss_with(m, i, values, 0, values[0]);
    }
    horn_model_free(m), horn_model_free(after);
}

START_TEST(test_bidirectional__gradients_agree_with_differences)
{
    make_data();
    check_gradients("concat"), check_gradients("sum"), check_gradients("mul"), check_gradients("ave");
}
END_TEST

/* ---- threads and files ---- */

static void check_same(horn_model *a, horn_model *b, const char *what)
{
    horn_weight u, v;
    ck_assert_uint_eq(weights_of(a), weights_of(b));
    for (size_t i = 0; i < weights_of(a); i++) {
        ck_ok(horn_model_get_weight(&u, a, i));
        ck_ok(horn_model_get_weight(&v, b, i));
        ck_assert_uint_eq(horn_view_count(&u.view), horn_view_count(&v.view));
        ck_assert_msg(memcmp(u.view.data, v.view.data, horn_view_count(&u.view) * sizeof(float)) == 0,
                      "%s: weight %zu differs", what, i);
    }
}

static void train(horn_model *m, size_t steps)
{
    horn_logs logs;
    for (size_t i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(&logs, m, &inputs, &targets));
}

START_TEST(test_bidirectional__threads_change_no_bit)
{
    make_data();
    horn_model *one = make_deep("concat", 1, 5);
    train(one, 3);
    for (int threads = 3; threads <= 8; threads += 5) {
        horn_model *many = make_deep("concat", threads, 5);
        train(many, 3);
        check_same(one, many, "threads");
        horn_model_free(many);
    }
    horn_model_free(one);
}
END_TEST

START_TEST(test_bidirectional__each_format_holds_it)
{
    char folder[] = "/tmp/horn-both-XXXXXX", path[100], command[100];
    make_data();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    horn_model *m = make_deep("sum", 1, 1), *again;
    train(m, 2);
    for (size_t i = 0; i < FILE_KINDS; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, file_kinds[i].file);
        again = file_kind_again(&file_kinds[i], m, path, make_deep("sum", 1, 2));
        check_same(m, again, file_kinds[i].file);
        horn_model_free(again);
    }
    horn_model_free(m);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- what is refused ---- */

#define GRU(more) "{\"class_name\": \"GRU\", \"config\": {\"name\": \"g\", \"units\": 2" more "}}"

START_TEST(test_bidirectional__what_cannot_be_is_refused)
{
    check_refused("Bidirectional", "{\"name\": \"b\"}", HORN_ERROR_FORMAT,
                  "layer 'b' (Bidirectional): argument 'layer' is missing");
    check_refused("Bidirectional", "{\"layer\": " GRU("") ", \"merge_mode\": null}", HORN_ERROR_UNSUPPORTED,
                  "argument 'merge_mode' is null: layers of several outputs are not supported");
    check_refused("Bidirectional", "{\"layer\": " GRU("") ", \"merge_mode\": \"max\"}", HORN_ERROR_FORMAT,
                  "argument 'merge_mode' is 'max', expected 'concat', 'sum', 'mul' or 'ave'");
    check_refused("Bidirectional", "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 2}}}",
                  HORN_ERROR_UNSUPPORTED, "Dense");
    check_refused("Bidirectional", "{\"layer\": 3}", HORN_ERROR_FORMAT, "'layer' is no {class_name, config}");
    check_refused("Bidirectional", "{\"layer\": " GRU("") ", \"backward_layer\": " GRU("") "}",
                  HORN_ERROR_FORMAT, "argument 'backward_layer' goes in the direction of the forward layer");
    check_refused("Bidirectional",
                  "{\"layer\": " GRU("") ", \"backward_layer\": " GRU(
                      ", \"go_backwards\": true, \"return_sequences\": true") "}",
                  HORN_ERROR_FORMAT, "has another return_sequences than the forward layer");
    check_refused("Bidirectional", "{\"layer\": " GRU(", \"return_state\": true") "}", HORN_ERROR_UNSUPPORTED,
                  "layer 'forward_g' (GRU): argument 'return_state'");
    check_refused("Bidirectional", "{\"layer\": " GRU("") ", \"num_constants\": 1}", HORN_ERROR_UNSUPPORTED,
                  "num_constants");
}
END_TEST

START_TEST(test_bidirectional__outputs_that_do_not_fit_are_refused)
{
    horn_model *m = begin(1, false);
    const horn_recurrent_options wide = { .units = 5, .go_backwards = true };
    ck_fails(horn_model_add(
                 m, horn_bidirectional(&(horn_bidirectional_options){
                        .layer = make((way){ 0 }), .backward_layer = horn_gru(&wide), .merge_mode = "sum" })),
             HORN_ERROR_SHAPE, "layer 'bidirectional'");
    add(m, horn_bidirectional(&(horn_bidirectional_options){ .layer = make((way){ 0 }),
                                                             .backward_layer = horn_gru(&wide) }));
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_bidirectional__each_half_is_that_of_its_direction,
          test_bidirectional__gradients_agree_with_differences, test_bidirectional__threads_change_no_bit,
          test_bidirectional__each_format_holds_it, test_bidirectional__what_cannot_be_is_refused,
          test_bidirectional__outputs_that_do_not_fit_are_refused)
