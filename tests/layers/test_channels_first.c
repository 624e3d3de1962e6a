/* A layer with data_format channels_first computes what it computes with the channels last, on turned data: predictions, weights
 * after steps, and gradients of its input, which train a layer in front of it. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <horn/horn.h>

enum { ROWS = 3, STEPS = 3, MOST = 4096 };

/* The layer in front of it keeps the shape, whose last axis are the channels. */
typedef struct layer_case {
    const char *class_name, *arguments;
    int rank;
    size_t shape[4];
} layer_case;

static const layer_case cases[] = {
    { "Conv1D",
      "\"filters\": 4, \"kernel_size\": 3, \"padding\": \"same\", \"activation\": \"relu\"",
      2,
      { 7, 2 } },
    { "Conv1D", "\"filters\": 4, \"kernel_size\": 3, \"padding\": \"causal\", \"groups\": 2", 2, { 7, 2 } },
    { "Conv2D",
      "\"filters\": 3, \"kernel_size\": [3, 2], \"activation\": \"tanh\", \"activity_regularizer\": \"l2\"",
      3,
      { 5, 6, 2 } },
    { "Conv3D", "\"filters\": 3, \"kernel_size\": 2, \"strides\": [1, 2, 1]", 4, { 3, 4, 5, 2 } },
    { "Conv1DTranspose", "\"filters\": 3, \"kernel_size\": 3, \"strides\": 2", 2, { 5, 2 } },
    { "Conv2DTranspose",
      "\"filters\": 3, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"",
      3,
      { 4, 3, 2 } },
    { "Conv3DTranspose", "\"filters\": 3, \"kernel_size\": 2, \"strides\": 2", 4, { 2, 3, 2, 2 } },
    { "DepthwiseConv1D", "\"kernel_size\": 3, \"depth_multiplier\": 2", 2, { 7, 3 } },
    { "DepthwiseConv2D",
      "\"kernel_size\": 3, \"depth_multiplier\": 2, \"padding\": \"same\"",
      3,
      { 5, 4, 3 } },
    { "SeparableConv1D", "\"filters\": 4, \"kernel_size\": 3", 2, { 7, 3 } },
    { "SeparableConv2D", "\"filters\": 4, \"kernel_size\": 3", 3, { 5, 4, 3 } },
    { "MaxPooling1D", "\"pool_size\": 2", 2, { 7, 3 } },
    { "MaxPooling2D", "\"pool_size\": [2, 3], \"padding\": \"same\"", 3, { 5, 4, 3 } },
    { "MaxPooling3D", "\"pool_size\": 2", 4, { 4, 3, 5, 3 } },
    { "AveragePooling1D", "\"pool_size\": 3, \"strides\": 1", 2, { 7, 3 } },
    { "AveragePooling2D", "\"pool_size\": 2", 3, { 5, 4, 3 } },
    { "AveragePooling3D", "\"pool_size\": 2", 4, { 4, 3, 5, 3 } },
    { "GlobalMaxPooling1D", "\"keepdims\": false", 2, { 7, 3 } },
    { "GlobalMaxPooling2D", "\"keepdims\": true", 3, { 5, 4, 3 } },
    { "GlobalMaxPooling3D", "\"keepdims\": false", 4, { 2, 3, 2, 3 } },
    { "GlobalAveragePooling1D", "\"keepdims\": true", 2, { 7, 3 } },
    { "GlobalAveragePooling2D", "\"keepdims\": false", 3, { 5, 4, 3 } },
    { "GlobalAveragePooling3D", "\"keepdims\": true", 4, { 2, 3, 2, 3 } },
    { "UpSampling2D", "\"size\": [2, 3], \"interpolation\": \"bilinear\"", 3, { 4, 3, 2 } },
    { "Resizing", "\"height\": 3, \"width\": 5, \"crop_to_aspect_ratio\": true", 3, { 4, 5, 2 } },
    { "CenterCrop", "\"height\": 3, \"width\": 2", 3, { 4, 5, 2 } },
    { "Cropping2D", "\"cropping\": [[1, 0], [2, 1]]", 3, { 4, 5, 2 } },
    { "ZeroPadding1D", "\"padding\": [1, 2]", 2, { 4, 2 } },
    { "ZeroPadding2D", "\"padding\": [[1, 0], [2, 1]]", 3, { 4, 5, 2 } },
    { "Flatten", "\"trainable\": true", 3, { 4, 5, 2 } },
};

static size_t count_of(int rank, const size_t *shape)
{
    size_t n = 1;
    for (int i = 0; i < rank; i++) n *= shape[i];
    return n;
}

/* y, with the channels first, from x, with the channels last. */
static void turn(int rank, const size_t *shape, const float *x, float *y)
{
    const size_t C = shape[rank - 1], places = count_of(rank - 1, shape);
    for (size_t n = 0; n < ROWS; n++)
        for (size_t i = 0; i < places; i++)
            for (size_t c = 0; c < C; c++) y[(n * C + c) * places + i] = x[(n * places + i) * C + c];
}

static horn_view view_of(bool first, int rank, const size_t *shape, float *data)
{
    horn_view v = { .data = data, .dtype = HORN_FLOAT32, .rank = rank + 1, .shape = { ROWS } };
    for (int i = 0; i < rank; i++) v.shape[i + 1] = shape[first ? (i + rank - 1) % rank : i];
    return v;
}

static horn_model *load(const layer_case *k, bool first, const char *path)
{
    static const char *const formats[] = { "channels_last", "channels_first" };
    horn_model *m;
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": "
                  "[{\"class_name\": \"InputLayer\", "
                  "\"config\": {\"batch_input_shape\": [null");
    for (int i = 0; i < k->rank; i++)
        fprintf(file, ", %zu", k->shape[first ? (i + k->rank - 1) % k->rank : i]);
    fprintf(file,
            "]}}, {\"class_name\": \"Conv%dD\", \"config\": {\"name\": \"a\", \"filters\": %zu, "
            "\"kernel_size\": 1, "
            "\"data_format\": \"%s\"}}, {\"class_name\": \"%s\", \"config\": {\"name\": \"b\", %s, "
            "\"data_format\": \"%s\"}}]}}",
            k->rank - 1, k->shape[k->rank - 1], formats[first], k->class_name, k->arguments, formats[first]);
    fclose(file);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .seed = 5 }));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){
                                                             .learning_rate = 0.5, .momentum = 0.9 }),
                                                         .loss = horn_mean_squared_error(NULL) }));
    return m;
}

static void check_equal(const layer_case *k, const char *what, size_t n, const float *found,
                        const float *expected)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabsf(found[i] - expected[i]) < 2e-6f, "%s, %s: %zu: %g, expected %g", k->class_name,
                      what, i, (double)found[i], (double)expected[i]);
}

static void check_weights(const layer_case *k, horn_model *last, horn_model *first)
{
    horn_weight a, b;
    for (size_t i = 0; i < horn_model_weight_count(last); i++) {
        ck_ok(horn_model_get_weight(&a, last, i));
        ck_ok(horn_model_get_weight(&b, first, i));
        ck_assert_int_eq(a.view.rank, b.view.rank);
        ck_assert_mem_eq(a.view.shape, b.view.shape, sizeof a.view.shape[0] * (size_t)a.view.rank);
        check_equal(k, a.name, horn_view_count(&a.view), b.view.data, a.view.data);
    }
}

static void check_case(const layer_case *k, const char *path)
{
    static float x[2][MOST], y[2][MOST], t[2][MOST], turned[MOST];
    horn_model *m[2];
    horn_view in[2], out[2], to[2];
    const size_t n = ROWS * count_of(k->rank, k->shape);
    for (size_t i = 0; i < n; i++) x[0][i] = (float)(i * 7919 % 101) / 50 - 1;
    for (size_t i = 0; i < MOST; i++) t[0][i] = (float)(i * 6131 % 97) / 48 - 1;
    turn(k->rank, k->shape, x[0], x[1]);
    for (int f = 0; f < 2; f++) {
        m[f] = load(k, f, path);
        in[f] = view_of(f, k->rank, k->shape, x[f]);
        ck_ok(horn_model_predict_shape(&out[f], m[f], &in[f], 0));
        ck_ok(horn_model_predict(y[f], horn_view_count(&out[f]), m[f], &in[f], NULL));
    }
    const int rank = out[0].rank - 1;
    const size_t *shape = out[0].shape + 1, all = ROWS * count_of(rank, shape);
    to[0] = view_of(false, rank, shape, t[0]), to[1] = view_of(true, rank, shape, t[1]);
    ck_assert_int_eq(out[1].rank, out[0].rank);
    ck_assert_mem_eq(out[1].shape, to[1].shape, sizeof out[1].shape[0] * (size_t)out[1].rank);
    turn(rank, shape, t[0], t[1]);
    turn(rank, shape, y[0], turned);
    check_equal(k, "predictions", all, y[1], turned);
    for (int f = 0; f < 2; f++)
        for (int i = 0; i < STEPS; i++) ck_ok(horn_model_train_on_batch(NULL, m[f], &in[f], &to[f]));
    check_weights(k, m[0], m[1]);
    horn_model_free(m[0]), horn_model_free(m[1]);
}

START_TEST(test_channels_first__computes_as_channels_last)
{
    char path[] = "/tmp/horn-turned-XXXXXX.json";
    const int file = mkstemps(path, 5);
    ck_assert_int_ge(file, 0);
    close(file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_case(&cases[i], path);
    unlink(path);
}
END_TEST

/* Their files have the argument; formats of graphs name it. */
START_TEST(test_channels_first__stays_in_files)
{
    char path[] = "/tmp/horn-turned-XXXXXX.json", h5[] = "/tmp/horn-turned-XXXXXX.h5", *json, *again;
    close(mkstemps(path, 5)), close(mkstemps(h5, 3));
    horn_model *m = load(&cases[2], true, path), *loaded;
    horn_file *file;
    ck_ok(horn_model_save(m, h5, NULL));
    ck_ok(horn_model_load(&loaded, h5, NULL));
    check_weights(&cases[2], m, loaded);
    ck_ok(horn_file_open(&file, h5));
    ck_ok(horn_file_json(&json, file, HORN_PART_ARCHITECTURE));
    again = strstr(json, "\"channels_first\"");
    ck_assert_ptr_nonnull(again);
    ck_assert_ptr_nonnull(strstr(again + 1, "\"channels_first\""));
    ck_assert_ptr_null(strstr(json, "channels_last"));
    ck_fails(horn_model_save(m, "/tmp/never.pb", NULL), HORN_ERROR_UNSUPPORTED,
             "layer 'a' (Conv2D): has data_format channels_first");
    free(json);
    horn_file_close(file);
    horn_model_free(m), horn_model_free(loaded);
    unlink(path), unlink(h5);
}
END_TEST

/* Keras takes softmax along the last axis, which is then no axis of channels. */
START_TEST(test_channels_first__an_activation_of_rows_is_refused)
{
    static const char json[] = "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": "
                               "\"Conv1D\", \"config\": {\"name\": "
                               "\"c\", \"batch_input_shape\": [null, 2, 5], \"filters\": 3, \"kernel_size\": "
                               "1, \"activation\": \"%s\", "
                               "\"data_format\": \"%s\"}}]}}";
    char path[] = "/tmp/horn-turned-XXXXXX.json";
    static const char *const words[][3] = { { "softmax", "channels_first", "activation softmax" },
                                            { "log_softmax", "channels_first", "activation log_softmax" },
                                            { "relu", "channels", "'channels_last' or 'channels_first'" } };
    close(mkstemps(path, 5));
    for (size_t i = 0; i < 3; i++) {
        horn_model *m;
        FILE *file = fopen(path, "wb");
        fprintf(file, json, words[i][0], words[i][1]);
        fclose(file);
        ck_fails(horn_model_load(&m, path, NULL), i < 2 ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_ARGUMENT,
                 words[i][2]);
    }
    unlink(path);
}
END_TEST

TEST_MAIN(test_channels_first__computes_as_channels_last, test_channels_first__stays_in_files,
          test_channels_first__an_activation_of_rows_is_refused)
