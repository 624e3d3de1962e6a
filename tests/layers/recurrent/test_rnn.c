/* RNN over cells computes what LSTM, GRU and SimpleRNN compute, bit by bit, and a stack of cells what these layers compute one
 * behind the other; on any number of threads, and from any file. */
#include "test.h"

#include <horn/file.h>
#include <horn/horn.h>
#include <stdlib.h>
#include "conformance/make_layer.h"
#include "model/files/file_kinds.h"

enum { N = 70, T = 6, D = 4, OUT = 3, STEPS = 3 };

static float x[N * T * D], reversed[N * T * D], y[N * OUT];
static const horn_view inputs = { .data = x, .dtype = HORN_FLOAT32, .rank = 3, .shape = { N, T, D } },
                       inputs_reversed = { .data = reversed,
                                           .dtype = HORN_FLOAT32,
                                           .rank = 3,
                                           .shape = { N, T, D } },
                       targets = { .data = y, .dtype = HORN_FLOAT32, .rank = 2, .shape = { N, OUT } };

/* Some steps of 0, which Masking masks: the first sample has none that counts. */
static void make_data(void)
{
    harness_noise(1, N * T * D, x);
    harness_noise(2, N * OUT, y);
    for (size_t i = 0; i < N * T; i++)
        if (i < T || i * 7 % 5 < 2) memset(x + i * D, 0, D * sizeof *x);
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < T; t++)
            memcpy(reversed + (i * T + T - 1 - t) * D, x + (i * T + t) * D, D * sizeof *x);
}

/* ---- models ---- */

static horn_model *begin(int threads, bool masked)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    if (masked)
        ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .input_shape = { HORN_OPEN, D } })));
    else
        ck_ok(horn_model_add(m, horn_input(&(horn_input_options){ .input_shape = { T, D } })));
    return m;
}

static void finish(horn_model *m, bool sequences)
{
    if (sequences) ck_ok(horn_model_add(m, horn_global_average_pooling1d(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = OUT })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(&(horn_adam_options){ .learning_rate = 0.01 }),
                                    .loss = horn_mean_squared_error(NULL) }));
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

static void check_same(horn_model *a, horn_model *b, const char *what)
{
    horn_weight u, v;
    ck_assert_uint_eq(horn_model_weight_count(a), horn_model_weight_count(b));
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        ck_ok(horn_model_get_weight(&u, a, i));
        ck_ok(horn_model_get_weight(&v, b, i));
        ck_assert_uint_eq(horn_view_count(&u.view), horn_view_count(&v.view));
        ck_assert_msg(memcmp(u.view.data, v.view.data, horn_view_count(&u.view) * sizeof(float)) == 0,
                      "%s: weight %zu differs", what, i);
    }
}

static void train(horn_model *m, const horn_view *from)
{
    horn_logs logs;
    for (size_t i = 0; i < STEPS; i++) ck_ok(horn_model_train_on_batch(&logs, m, from, &targets));
}

/* Frees both. */
static void check_train_alike(horn_model *a, const horn_view *xa, horn_model *b, const horn_view *xb,
                              const char *what)
{
    static float before[N * OUT], after[N * OUT];
    copy_weights(b, a);
    ck_ok(horn_model_predict(before, N * OUT, a, xa, NULL));
    train(a, xa), train(b, xb);
    check_same(a, b, what);
    ck_ok(horn_model_predict(after, N * OUT, a, xa, NULL));
    ck_assert(memcmp(before, after, sizeof before) != 0);
    ck_ok(horn_model_predict(before, N * OUT, b, xb, NULL));
    ck_assert_msg(memcmp(before, after, sizeof before) == 0, "%s: other predictions", what);
    horn_model_free(a), horn_model_free(b);
}

/* ---- one cell ---- */

typedef horn_layer *constructor(const horn_recurrent_options *);

static constructor *const layers[] = { horn_simple_rnn, horn_lstm, horn_gru, horn_gru }, *const cells[] = {
    horn_simple_rnn_cell, horn_lstm_cell, horn_gru_cell, horn_gru_cell
};
enum { CELLS = sizeof cells / sizeof *cells };

/* The last of them is a GRU without reset_after. */
static horn_recurrent_options options_of(size_t i, size_t units)
{
    return (horn_recurrent_options){ .units = units,
                                     .no_reset_after = i == 3,
                                     .kernel_regularizer = { .l2 = 0.01 },
                                     .dropout = 0.2,
                                     .recurrent_dropout = i % 2 ? 0.2 : 0 };
}

/* Bit 0 of `how`: return_sequences, 1: go_backwards, 2: zero_output_for_mask, 3: a Masking stands before it. */
static horn_rnn_options walk_of(int how)
{
    return (horn_rnn_options){ .return_sequences = how & 1,
                               .go_backwards = how & 2,
                               .zero_output_for_mask = how & 4 };
}

static horn_model *with_layer(size_t i, int how)
{
    horn_model *m = begin(2, how & 8);
    const horn_rnn_options walk = walk_of(how);
    horn_recurrent_options o = options_of(i, 5);
    o.return_sequences = walk.return_sequences;
    o.go_backwards = walk.go_backwards;
    o.zero_output_for_mask = walk.zero_output_for_mask;
    ck_ok(horn_model_add(m, layers[i](&o)));
    finish(m, how & 1);
    return m;
}

static horn_model *with_cell(size_t i, int how)
{
    horn_model *m = begin(2, how & 8);
    horn_rnn_options o = walk_of(how);
    const horn_recurrent_options own = options_of(i, 5);
    o.cell = cells[i](&own);
    ck_ok(horn_model_add(m, horn_rnn(&o)));
    finish(m, how & 1);
    return m;
}

START_TEST(test_rnn__a_cell_computes_as_its_layer)
{
    char what[40];
    make_data();
    for (size_t i = 0; i < CELLS; i++)
        for (int how = 0; how < 16; how++) {
            snprintf(what, sizeof what, "cell %zu, %d", i, how);
            check_train_alike(with_layer(i, how), &inputs, with_cell(i, how), &inputs, what);
        }
}
END_TEST

/* ---- stacks ---- */

static horn_layer *stack_of(size_t first)
{
    const horn_recurrent_options a = options_of(first, 5), b = options_of(1, 4), c = options_of(2, 3);
    return horn_stacked_rnn_cells(&(horn_stacked_rnn_cells_options){
        .cells = { cells[first](&a),
                   horn_stacked_rnn_cells(&(horn_stacked_rnn_cells_options){ .cells = { cells[1](&b) } }),
                   cells[2](&c) } });
}

static horn_model *with_stack(size_t first, int how, int threads)
{
    horn_model *m = begin(threads, how & 8);
    horn_rnn_options o = walk_of(how);
    o.cell = stack_of(first);
    ck_ok(horn_model_add(m, horn_rnn(&o)));
    finish(m, how & 1);
    return m;
}

static horn_model *with_layers(size_t first, int how)
{
    horn_model *m = begin(2, how & 8);
    horn_recurrent_options a = options_of(first, 5), b = options_of(1, 4), c = options_of(2, 3);
    a.return_sequences = b.return_sequences = true;
    c.return_sequences = how & 1;
    c.zero_output_for_mask = how & 4;
    ck_ok(horn_model_add(m, layers[first](&a)));
    ck_ok(horn_model_add(m, horn_lstm(&b)));
    ck_ok(horn_model_add(m, horn_gru(&c)));
    finish(m, how & 1);
    return m;
}

START_TEST(test_rnn__a_stack_computes_as_layers_in_a_row)
{
    make_data();
    for (size_t i = 0; i < CELLS; i++)
        for (int how = 0; how < 16; how++)
            if (!(how & 2))
                check_train_alike(with_layers(i, how), &inputs, with_stack(i, how, 2), &inputs, "a stack");
}
END_TEST

/* All of its cells skip the steps that the mask takes out of x, which the first cell alone reverses. Without sequences: masks of
 * y are not reversed, as in Keras. */
START_TEST(test_rnn__a_stack_that_goes_backwards_reads_reversed_x)
{
    make_data();
    for (size_t i = 0; i < CELLS; i++) {
        check_train_alike(with_stack(i, 8, 2), &inputs_reversed, with_stack(i, 8 + 2, 2), &inputs, "masked");
        check_train_alike(with_stack(i, 1, 2), &inputs_reversed, with_stack(i, 1 + 2, 2), &inputs, "all");
    }
}
END_TEST

START_TEST(test_rnn__threads_change_no_bit)
{
    make_data();
    for (int threads = 3; threads <= 8; threads += 5)
        check_train_alike(with_stack(1, 9, 1), &inputs, with_stack(1, 9, threads), &inputs, "threads");
}
END_TEST

/* ---- files ---- */

/* Stacks in stacks, and two cells of one class in a stack. */
static horn_model *for_files(uint64_t seed)
{
    horn_model *m;
    const horn_recurrent_options five = { .units = 5 }, four = { .units = 4, .no_bias = true };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_rnn(&(horn_rnn_options){
                                .input_shape = { T, D }, .cell = stack_of(0), .return_sequences = true })));
    ck_ok(horn_model_add(
        m, horn_rnn(&(horn_rnn_options){
               .return_sequences = true,
               .go_backwards = true,
               .cell = horn_stacked_rnn_cells(&(horn_stacked_rnn_cells_options){
                   .cells = { horn_lstm_cell(&five), horn_lstm_cell(&four), horn_lstm_cell(&five) } }) })));
    ck_ok(horn_model_add(m, horn_rnn(&(horn_rnn_options){ .cell = horn_gru_cell(&four) })));
    finish(m, false);
    return m;
}

static void check_file(horn_model *m, size_t kind, const char *path)
{
    horn_model *again = file_kind_again(&file_kinds[kind], m, path, for_files(2));
    check_same(m, again, file_kinds[kind].file);
    if (file_kinds[kind].is_whole &&
        !(file_kinds[kind].dialect && strcmp(file_kinds[kind].file, "b.h5") == 0)) {
        train(again, &inputs); /* the optimizer's variables are there, too */
        horn_model *other;
        ck_ok(horn_model_load(&other, path, &(horn_load_options){ .threads = 1 }));
        train(other, &inputs);
        check_same(other, again, file_kinds[kind].file);
        horn_model_free(other);
    }
    horn_model_free(again);
}

/* Of a TensorFlow checkpoint of weights alone, which cell is in which stack is read from its object graph. */
static void check_conversion(horn_model *m, const char *folder)
{
    char paths[3][100];
    static const char *const files[] = { "g", "m.json", "m.h5" };
    horn_model *again;
    for (size_t i = 0; i < 3; i++) snprintf(paths[i], sizeof paths[i], "%s/%s", folder, files[i]);
    ck_ok(horn_model_save(m, paths[1], NULL));
    ck_ok(horn_convert(NULL, paths[0], paths[2], &(horn_convert_options){ .architecture = paths[1] }));
    ck_ok(horn_model_load(&again, paths[2], NULL));
    check_same(m, again, "converted");
    horn_model_free(again);
}

START_TEST(test_rnn__each_format_holds_cells)
{
    char folder[] = "/tmp/horn-rnn-XXXXXX", path[100], command[100];
    make_data();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    horn_model *m = for_files(1);
    train(m, &inputs);
    for (size_t i = 0; i < FILE_KINDS; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, file_kinds[i].file);
        check_file(m, i, path);
    }
    check_conversion(m, folder);
    horn_model_free(m);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- what is refused ---- */

#define CELL "{\"class_name\": \"LSTMCell\", \"config\": {\"units\": 2}}"

START_TEST(test_rnn__what_is_no_cell_is_refused)
{
    check_refused("RNN", "{\"name\": \"r\"}", HORN_ERROR_FORMAT,
                  "layer 'r' (RNN): argument 'cell' is missing");
    check_refused("RNN", "{\"cell\": {\"class_name\": \"Dense\", \"config\": {\"units\": 2}}}",
                  HORN_ERROR_UNSUPPORTED, "argument 'cell' is a Dense, which is no cell");
    check_refused("RNN", "{\"cell\": {\"class_name\": \"LSTM\", \"config\": {\"units\": 2}}}",
                  HORN_ERROR_UNSUPPORTED, "argument 'cell' is a LSTM, which is no cell");
    check_refused("RNN", "{\"cell\": []}", HORN_ERROR_FORMAT, "'cell' is no {class_name, config}");
    check_refused("RNN", "{\"cell\": " CELL ", \"units\": 3}", HORN_ERROR_UNSUPPORTED, "'units'");
    check_refused("RNN", "{\"cell\": " CELL ", \"return_state\": true}", HORN_ERROR_UNSUPPORTED,
                  "'return_state' is true: layers of several outputs are not supported");
    check_refused("StackedRNNCells", "{\"cells\": []}", HORN_ERROR_UNSUPPORTED, "'cells' holds no cell");
    check_refused("StackedRNNCells", "{\"cells\": " CELL "}", HORN_ERROR_FORMAT, "'cells' is no list");
    check_refused("StackedRNNCells", "{\"cells\": [" CELL ", {\"class_name\": \"ReLU\", \"config\": {}}]}",
                  HORN_ERROR_UNSUPPORTED, "'cells' holds a ReLU, which is no cell");
    check_refused("GRUCell", "{\"units\": 2, \"stateful\": true}", HORN_ERROR_UNSUPPORTED, "stateful");
}
END_TEST

/* A cell has no call of its own. */
START_TEST(test_rnn__a_cell_is_no_layer_of_a_model)
{
    horn_model *m = begin(1, true);
    const horn_recurrent_options o = { .units = 2 };
    ck_fails(horn_model_add(m, horn_lstm_cell(&o)), HORN_ERROR_UNSUPPORTED,
             "layer 'lstm_cell' (LSTMCell): is a cell, which computes in an RNN alone");
    ck_fails(horn_model_add(m, stack_of(0)), HORN_ERROR_UNSUPPORTED,
             "is a cell, which computes in an RNN alone");
    ck_fails(horn_model_add(
                 m, horn_time_distributed(&(horn_time_distributed_options){ .layer = horn_gru_cell(&o) })),
             HORN_ERROR_SHAPE, "(GRUCell): its input has shape (4,)");
    ck_ok(horn_model_add(m, horn_rnn(&(horn_rnn_options){ .cell = horn_gru_cell(&o) })));
    ck_fails(horn_model_add(m, horn_rnn(&(horn_rnn_options){ .cell = horn_gru_cell(&o) })), HORN_ERROR_SHAPE,
             "layer 'gru_cell' (GRUCell): its input has shape (2,), expected (time steps, features)");
    horn_model_free(m);
}
END_TEST

/* Formats of graphs have what cells compute, PyTorch's have no cells. */
START_TEST(test_rnn__formats_without_cells_refuse_them_by_name)
{
    static const char *const files[] = { "m.pb", "m.onnx", "m.tflite" };
    horn_model *m = for_files(1);
    char path[100];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/tmp/horn-rnn-%s", files[i]);
        ck_ok(horn_model_save(m, path, NULL));
        ck_assert_int_eq(remove(path), 0);
    }
    ck_fails(horn_model_save(m, "/tmp/horn-rnn-m.pt", NULL), HORN_ERROR_UNSUPPORTED, "layer 'rnn' (RNN)");
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_rnn__a_cell_computes_as_its_layer, test_rnn__a_stack_computes_as_layers_in_a_row,
          test_rnn__a_stack_that_goes_backwards_reads_reversed_x, test_rnn__threads_change_no_bit,
          test_rnn__each_format_holds_cells, test_rnn__what_is_no_cell_is_refused,
          test_rnn__a_cell_is_no_layer_of_a_model, test_rnn__formats_without_cells_refuse_them_by_name)
