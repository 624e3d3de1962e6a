/* A stack of SimpleRNN, LSTM and GRU in each format: trained for some steps, saved, loaded, and trained on with the same bits. */
#include <horn/file.h>
#include <horn/horn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "model/files/file_kinds.h"
#include "test.h"

enum { N = 12, LENGTH = 5, WIDTH = 3 };

static float x[N * LENGTH * WIDTH], y[N * 2];
static const horn_view inputs = { .data = x,
                                  .dtype = HORN_FLOAT32,
                                  .rank = 3,
                                  .shape = { N, LENGTH, WIDTH } },
                       targets = { .data = y, .dtype = HORN_FLOAT32, .rank = 2, .shape = { N, 2 } };

static horn_model *make_model(uint64_t seed)
{
    horn_model *m;
    for (size_t i = 0; i < N * LENGTH * WIDTH; i++) x[i] = (float)(i * 37 % 23) / 23 - 0.5f;
    for (size_t i = 0; i < N * 2; i++) y[i] = (float)(i * 17 % 11) / 11;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_simple_rnn(&(horn_recurrent_options){
                                .input_shape = { LENGTH, WIDTH }, .units = 4, .return_sequences = true })));
    ck_ok(horn_model_add(m, horn_lstm(&(horn_recurrent_options){ .units = 5, .return_sequences = true })));
    ck_ok(horn_model_add(m, horn_gru(&(horn_recurrent_options){
                                .units = 3, .return_sequences = true, .no_reset_after = true })));
    ck_ok(horn_model_add(m, horn_gru(&(horn_recurrent_options){ .units = 4, .no_bias = true })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(NULL), .loss = horn_mean_squared_error(NULL) }));
    return m;
}

static void remove_all(const char *folder)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void step(horn_model *m)
{
    horn_logs logs;
    ck_ok(horn_model_train_on_batch(&logs, m, &inputs, &targets));
}

static void check_same(horn_model *a, horn_model *b, const char *what)
{
    float first[N * 2], second[N * 2];
    ck_ok(horn_model_predict(first, N * 2, a, &inputs, NULL));
    ck_ok(horn_model_predict(second, N * 2, b, &inputs, NULL));
    ck_assert_msg(memcmp(first, second, sizeof first) == 0, "%s: other predictions", what);
}

START_TEST(test_recurrent_files__each_format_holds_them)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", path[100];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    horn_model *m = make_model(1);
    step(m), step(m);
    for (size_t i = 0; i < FILE_KINDS; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, file_kinds[i].file);
        horn_model *again = file_kind_again(&file_kinds[i], m, path, make_model(2));
        check_same(m, again, file_kinds[i].file);
        horn_model_free(again);
    }
    /* the optimizer's variables, too */
    horn_model *again;
    snprintf(path, sizeof path, "%s/a.h5", folder);
    ck_ok(horn_model_load(&again, path, &(horn_load_options){ .threads = 1 }));
    step(m), step(again);
    check_same(m, again, "a step behind a.h5");
    horn_model_free(again);
    horn_model_free(m);
    remove_all(folder);
}
END_TEST

/* Of a TensorFlow checkpoint of weights alone the names say which layer is inside another. */
START_TEST(test_recurrent_files__weights_alone_are_converted)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", paths[4][100];
    static const char *const files[] = { "w", "m.json", "m.h5", "w.weights.h5" };
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++) snprintf(paths[i], sizeof paths[i], "%s/%s", folder, files[i]);
    horn_model *m = make_model(1), *again;
    const horn_convert_options architecture = { .architecture = paths[1] };
    ck_ok(horn_model_save_weights(m, paths[0], NULL));
    ck_ok(horn_model_save(m, paths[1], NULL));
    ck_ok(horn_convert(NULL, paths[0], paths[2], &architecture));
    ck_ok(horn_model_load(&again, paths[2], NULL));
    check_same(m, again, "m.h5");
    horn_model_free(again);
    ck_ok(horn_convert(NULL, paths[0], paths[3], &architecture));
    again = make_model(2);
    ck_ok(horn_model_load_weights(again, paths[3]));
    check_same(m, again, "w.weights.h5");
    horn_model_free(again);
    horn_model_free(m);
    remove_all(folder);
}
END_TEST

/* What Horn does not compute with is converted all the same; graph formats refuse the layers by name. */
START_TEST(test_recurrent_files__what_cannot_be_is_refused_by_name)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", path[100], out[100];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m.json", folder), snprintf(out, sizeof out, "%s/o.json", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [{\"class_name\": "
          "\"LSTM\", "
          "\"config\": {\"name\": \"l\", \"batch_input_shape\": [7, 4, 3], \"units\": 2, \"time_major\": "
          "true}}]}, "
          "\"keras_version\": \"2.15.0\", \"backend\": \"tensorflow\"}",
          file);
    fclose(file);
    horn_model *m;
    ck_fails(horn_model_load(&m, path, NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'l' (LSTM): argument 'time_major'");
    ck_ok(horn_convert(NULL, path, out, NULL));
    ck_fails(horn_model_load(&m, out, NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'l' (LSTM): argument 'time_major'");
    bytes text = { 0 };
    ck_ok(file_read(&text, out, 0));
    ck_assert_msg(strstr(bytes_text(&text), "_shape\": [7, 4, 3]"), "%s",
                  bytes_text(&text)); /* the batch, too */
    bytes_free(&text);
    remove_all(folder);
}
END_TEST

/* ONNX has the layers, in either direction, with any activation that it knows. */
START_TEST(test_recurrent_files__onnx_gives_them_back)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", path[100];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m.onnx", folder);
    horn_model *m = make_model(1), *again;
    ck_ok(horn_model_save(m, path, NULL));
    ck_ok(horn_model_load(&again, path, NULL));
    check_same(m, again, path);
    horn_model_free(m), horn_model_free(again);
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 1, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_lstm(&(horn_recurrent_options){ .input_shape = { LENGTH, WIDTH },
                                                                 .units = 4,
                                                                 .go_backwards = true,
                                                                 .return_sequences = true,
                                                                 .activation = "relu" })));
    ck_ok(horn_model_add(
        m,
        horn_gru(&(horn_recurrent_options){
            .units = 2, .go_backwards = true, .activation = "softplus", .recurrent_activation = "relu" })));
    ck_ok(horn_model_save(m, path, NULL));
    ck_ok(horn_model_load(&again, path, NULL));
    check_same(m, again, path);
    horn_model_free(m), horn_model_free(again);
    remove_all(folder);
}
END_TEST

static void refuses_to_save(const size_t steps, bool masks, const char *activation, const char *path,
                            const char *words)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    if (masks) ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .input_shape = { steps, 3 } })));
    ck_ok(horn_model_add(
        m,
        horn_lstm(&(horn_recurrent_options){
            .name = "l", .input_shape = { masks ? 0 : steps, 3 }, .units = 2, .activation = activation })));
    ck_fails(horn_model_save(m, path, NULL), HORN_ERROR_UNSUPPORTED, words);
    horn_model_free(m);
}

/* Other formats of graphs have each step for itself, and do not give layers back. */
START_TEST(test_recurrent_files__graphs_have_their_steps)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", paths[4][100], *report;
    static const char *const files[] = { "m.h5", "m.pb", "m.tflite", "m.onnx" };
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++) snprintf(paths[i], sizeof paths[i], "%s/%s", folder, files[i]);
    horn_model *m = make_model(1), *again;
    ck_ok(horn_model_save(m, paths[0], NULL));
    for (size_t i = 1; i < 3; i++) {
        ck_ok(horn_convert(&report, paths[0], paths[i], NULL));
        ck_assert_msg(strstr(report, "its tensors read back and compared"), "%s", report);
        free(report);
        ck_assert_int_ne(horn_model_load(&again, paths[i], NULL), HORN_OK);
        refuses_to_save(HORN_OPEN, false, "tanh", paths[i], "layer 'l': its axis of steps is open");
        refuses_to_save(513, false, "tanh", paths[i], "has 513 steps, expected at most 512");
        refuses_to_save(4, false, "gelu", paths[i], "layer 'l' (LSTM): activation 'gelu' has no operation");
    }
    ck_ok(horn_sequential_new(&again, NULL));
    ck_ok(horn_model_add(again, horn_lstm(&(horn_recurrent_options){ .input_shape = { 1, 3 }, .units = 2 })));
    ck_ok(horn_model_save(again, paths[0], NULL));
    horn_model_free(again);
    for (size_t i = 1; i < 4; i++)
        ck_ok(horn_convert(NULL, paths[0], paths[i], NULL)); /* one step takes no recurrent kernel */
    refuses_to_save(4, true, "tanh", paths[3], "operation 'LSTM' behind a mask, which ONNX does not have");
    refuses_to_save(4, false, "linear", paths[3],
                    "operation 'LSTM' with an activation that ONNX has not for it");
    refuses_to_save(4, false, "selu", paths[3],
                    "operation 'LSTM' with an activation that ONNX has not for it");
    horn_model_free(m);
    remove_all(folder);
}
END_TEST

static horn_model *make_masked(uint64_t seed)
{
    horn_model *m;
    for (size_t i = 0; i < N * LENGTH; i++) x[i] = (float)(i * 37 % 4);
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = 1 }));
    ck_ok(horn_model_add(
        m, horn_embedding(&(horn_embedding_options){
               .input_shape = { LENGTH }, .input_dim = 4, .output_dim = 3, .mask_zero = true })));
    ck_ok(horn_model_add(
        m, horn_bidirectional(&(horn_bidirectional_options){
               .merge_mode = "sum",
               .layer = horn_lstm(&(horn_recurrent_options){ .units = 4, .return_sequences = true }) })));
    ck_ok(horn_model_add(
        m, horn_rnn(&(horn_rnn_options){ .go_backwards = true,
                                         .cell = horn_gru_cell(&(horn_recurrent_options){ .units = 3 }) })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(NULL), .loss = horn_mean_squared_error(NULL) }));
    return m;
}

/* Masks, both directions and cells are in graphs, too: the graph is compared with the layers as it is saved. */
START_TEST(test_recurrent_files__graphs_hold_masks_directions_and_cells)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", path[100];
    static const char *const files[] = { "m.h5", "m/", "m.pb", "m.tflite" };
    const horn_view words = { .data = x, .dtype = HORN_FLOAT32, .rank = 2, .shape = { N, LENGTH } };
    float first[N * 2], second[N * 2];
    horn_logs logs;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    horn_model *m = make_masked(1), *again;
    ck_ok(horn_model_train_on_batch(&logs, m, &words, &targets));
    ck_ok(horn_model_predict(first, N * 2, m, &words, NULL));
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        ck_ok(horn_model_save(m, path, NULL));
        if (i >= 2) continue; /* steps are no layers */
        ck_ok(horn_model_load(&again, path, &(horn_load_options){ .threads = 1 }));
        ck_ok(horn_model_predict(second, N * 2, again, &words, NULL));
        ck_assert_msg(memcmp(first, second, sizeof first) == 0, "%s: other predictions", path);
        horn_model_free(again);
    }
    horn_model_free(m);
    remove_all(folder);
}
END_TEST

static horn_model *make_steps(bool no_reset_after)
{
    horn_model *m;
    for (size_t i = 0; i < N * LENGTH * WIDTH; i++) x[i] = (float)(i * 37 % 23) / 23 - 0.5f;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 1, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_conv1d(&(horn_conv1d_options){ .input_shape = { LENGTH, WIDTH },
                                                                .filters = 4,
                                                                .kernel_size = 2,
                                                                .padding = "causal",
                                                                .activation = "relu" })));
    ck_ok(horn_model_add(m, horn_max_pooling1d(&(horn_pooling1d_options){ .pool_size = 2, .strides = 1 })));
    ck_ok(horn_model_add(m, horn_gru(&(horn_recurrent_options){
                                .units = 3, .return_sequences = true, .no_reset_after = no_reset_after })));
    ck_ok(horn_model_add(m, horn_gru(&(horn_recurrent_options){ .units = 2 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(NULL), .loss = horn_mean_squared_error(NULL) }));
    return m;
}

/* PyTorch has a GRU's biases as two tensors, gates in another order, and channels in front of steps. */
START_TEST(test_recurrent_files__pytorch_gives_gates_and_windows_back)
{
    char folder[] = "/tmp/horn-recurrent-XXXXXX", path[100];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m.pth", folder);
    horn_model *m = make_steps(false), *again;
    step(m), step(m);
    ck_ok(horn_model_save(m, path, NULL));
    ck_ok(horn_model_load(&again, path, &(horn_load_options){ .threads = 1 }));
    check_same(m, again, path);
    step(m), step(again);
    check_same(m, again, "a step behind m.pth");
    horn_model_free(m), horn_model_free(again);
    m = make_steps(true);
    ck_fails(horn_model_save(m, path, NULL), HORN_ERROR_UNSUPPORTED,
             "(GRU) resets the state before the product");
    horn_model_free(m);
    remove_all(folder);
}
END_TEST

TEST_MAIN(test_recurrent_files__pytorch_gives_gates_and_windows_back,
          test_recurrent_files__graphs_hold_masks_directions_and_cells,
          test_recurrent_files__onnx_gives_them_back, test_recurrent_files__graphs_have_their_steps,
          test_recurrent_files__each_format_holds_them, test_recurrent_files__weights_alone_are_converted,
          test_recurrent_files__what_cannot_be_is_refused_by_name)
