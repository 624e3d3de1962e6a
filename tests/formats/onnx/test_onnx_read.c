/* ONNX files of others: what they become. */
#include "formats/graphs.h"

#include <math.h>
#include <horn/dataset.h>
#include <horn/file.h>
#include "formats/onnx/crafted.h"

#define GOLDEN "tests/golden/onnx/"

static void check_predictions(const char *name)
{
    char path[100];
    horn_array *x, *y;
    horn_model *m;
    snprintf(path, sizeof path, GOLDEN "%s.x.npy", name);
    ck_ok(horn_array_load(&x, path));
    snprintf(path, sizeof path, GOLDEN "%s.y.npy", name);
    ck_ok(horn_array_load(&y, path));
    snprintf(path, sizeof path, GOLDEN "%s.onnx", name);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }));
    const size_t count = horn_view_count(horn_array_view(y));
    float *found = calloc(count, sizeof *found);
    ck_ok(horn_model_predict(found, count, m, horn_array_view(x), NULL));
    for (size_t i = 0; i < count; i++)
        ck_assert_float_le(fabsf(found[i] - ((const float *)horn_array_view(y)->data)[i]), 1e-5f);
    free(found);
    horn_model_free(m);
    horn_array_free(x);
    horn_array_free(y);
}

START_TEST(test_onnx_read__predicts_as_the_one_who_wrote_it)
{
    check_predictions("cnn");
    check_predictions("depthwise");
    check_predictions("tf2onnx");
}
END_TEST

static void check_classes(snapshot *s, const char *const *expected)
{
    for (size_t i = 0; expected[i] || i < s->layer_count; i++)
        ck_assert_msg(expected[i] && i < s->layer_count && !strcmp(s->layers[i].class_name, expected[i]),
                      "layer %zu is %s, expected %s", i,
                      i < s->layer_count ? s->layers[i].class_name : "none",
                      expected[i] ? expected[i] : "none");
    snapshot_free(s);
}

START_TEST(test_onnx_read__becomes_layers_of_keras)
{
    check_classes(read_file(GOLDEN "cnn.onnx"),
                  (const char *[]){ "Conv2D", "MaxPooling2D", "Flatten", "Dense", "BatchNormalization",
                                    "Dense", NULL });
    check_classes(read_file(GOLDEN "depthwise.onnx"),
                  (const char *[]){ "ZeroPadding2D", "DepthwiseConv2D", "ReLU", "Conv2D", "LeakyReLU",
                                    "ZeroPadding2D", "AveragePooling2D", "Conv2D", "GlobalAveragePooling2D",
                                    "Dense", NULL });
    check_classes(read_file(GOLDEN "tf2onnx.onnx"),
                  (const char *[]){ "Conv2D", "MaxPooling2D", "Flatten", "Dense", NULL });
}
END_TEST

/* Rows of a Dense layer behind an image whose channels are in front: row (h, w, c) was (c, h, w). */
START_TEST(test_onnx_read__rows_behind_a_flattened_image)
{
    enum { H = 2, W = 3, C = 2, ROWS = H * W * C };
    crafted c = { .operators = 13 };
    float kernel[ROWS];
    bytes t = { 0 };
    snapshot *s;
    for (int i = 0; i < ROWS; i++) kernel[i] = (float)i;
    put_end(&c, 11, "x", FLOATS, SIZES(0, C, H, W));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 1));
    protobuf_put_integer(&t, 1, ROWS);
    protobuf_put_integer(&t, 1, 1);
    protobuf_put_integer(&t, 2, FLOATS);
    protobuf_put_text(&t, 8, "w");
    protobuf_put_bytes(&t, 9, kernel, sizeof kernel);
    protobuf_put_message(&c.graph, 5, &t);
    PUT_WITH(&c, "MaxPool", "p", integers("kernel_shape", SIZES(1, 1)), "x");
    PUT(&c, "Flatten", "f", "p");
    PUT(&c, "Gemm", "y", "f", "w");
    ck_ok(read_crafted(&c, &s));
    ck_assert_uint_eq(s->input_shape[0], H);
    ck_assert_uint_eq(s->input_shape[2], C);
    const float *found = s->layers[s->layer_count - 1].tensors[0].data;
    for (int h = 0; h < H; h++)
        for (int w = 0; w < W; w++)
            for (int k = 0; k < C; k++) ck_assert(found[(h * W + w) * C + k] == (float)((k * H + h) * W + w));
    snapshot_free(s);
}
END_TEST

START_TEST(test_onnx_read__is_listed_with_its_operators)
{
    horn_file *f;
    ck_ok(horn_file_open(&f, GOLDEN "cnn.onnx"));
    ck_assert_str_eq(horn_file_about(f)->operators,
                     "1 Conv, 1 Relu, 1 MaxPool, 1 Flatten, 2 Gemm, 1 BatchNormalization, 1 Softmax");
    ck_assert_str_eq(horn_file_about(f)->producer, "pytorch 1.13.0");
    ck_assert_uint_gt(horn_file_tensor_count(f), 5);
    horn_file_close(f);
}
END_TEST

TEST_MAIN(test_onnx_read__predicts_as_the_one_who_wrote_it, test_onnx_read__becomes_layers_of_keras,
          test_onnx_read__rows_behind_a_flattened_image, test_onnx_read__is_listed_with_its_operators)
