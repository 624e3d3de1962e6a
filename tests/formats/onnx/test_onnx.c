#include "formats/graphs.h"

enum { PARTS = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };

static snapshot *two_layers(void)
{
    return snapshot_of_layers(
        (horn_layer *[]){ horn_dense(&(horn_dense_options){
                              .name = "first", .input_shape = { 3 }, .units = 2, .activation = "relu" }),
                          horn_dense(&(horn_dense_options){ .name = "last", .units = 1, .no_bias = true }) },
        2, PARTS);
}

static snapshot *images(void)
{
    return snapshot_of_layers(
        (horn_layer *[]){
            horn_conv2d(&(horn_conv2d_options){ .input_shape = { 7, 5, 2 },
                                                .name = "conv",
                                                .filters = 3,
                                                .kernel_size = { 3, 2 },
                                                .strides = { 2, 1 },
                                                .padding = "same" }),
            horn_batch_normalization(&(horn_batch_normalization_options){ .name = "norm", .no_scale = true }),
            horn_max_pooling2d(&(horn_pooling2d_options){ .name = "pool", .pool_size = { 2, 2 } }),
            horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
                .name = "deep", .kernel_size = { 1, 2 }, .depth_multiplier = 2, .no_bias = true }),
            horn_flatten(&(horn_flatten_options){ .name = "flat" }),
            horn_dense(&(horn_dense_options){ .name = "last", .units = 2, .activation = "softmax" }) },
        6, PARTS);
}

/* ---- a file taken apart ---- */

typedef struct text_list {
    char text[40][160];
    size_t count;
} text_list;

static void add_names(char *to, protobuf_text message, uint32_t number)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f))
        if (f.number == number) sprintf(to + strlen(to), " %.*s", (int)f.text.size, f.text.at);
    ck_assert(!r.failed);
}

/* "Op input... -> output" of each node, "name" of each initializer. */
static text_list texts_in(const bytes *content)
{
    text_list out = { .count = 0 };
    const protobuf_text whole = field_in((protobuf_text){ (char *)content->data, content->size }, 7);
    protobuf_reader r = protobuf_read(whole.at, whole.size);
    protobuf_field f;
    uint32_t last = 0;
    while (protobuf_next(&r, &f)) {
        ck_assert_uint_ge(f.number, last); /* in ascending order */
        last = f.number;
        if (f.number != 1 && f.number != 5) continue;
        char *to = out.text[out.count++];
        add_names(to, f.text, f.number == 1 ? 4 : 8);
        if (f.number == 1) add_names(to, f.text, 1);
        if (f.number == 1) strcat(to, " ->");
        if (f.number == 1) add_names(to, f.text, 2);
    }
    ck_assert(!r.failed);
    return out;
}

static void check_texts(snapshot *s, const char *const *expected)
{
    bytes content = write_bytes(s, "onnx", NULL);
    const text_list found = texts_in(&content);
    for (size_t i = 0; expected[i] || i < found.count; i++)
        ck_assert_msg(expected[i] && i < found.count && !strcmp(found.text[i] + 1, expected[i]),
                      "%zu is '%s', expected '%s'", i, i < found.count ? found.text[i] + 1 : "",
                      expected[i] ? expected[i] : "");
    bytes_free(&content);
}

START_TEST(test_onnx__is_the_model_in_nodes)
{
    snapshot *s = two_layers();
    check_texts(s, (const char *[]){ "Gemm input first/kernel first/bias -> first/Gemm",
                                     "Relu first/Gemm -> first/Relu", "Gemm first/Relu last/kernel -> output",
                                     "first/kernel", "first/bias", "last/kernel", NULL });
    snapshot_free(s);
}
END_TEST

/* One Transpose in front of all layers of images, one behind. */
START_TEST(test_onnx__images_have_their_channels_in_front)
{
    snapshot *s = images();
    check_texts(s, (const char *[]){
                       "Transpose input -> conv/Transpose",
                       "Conv conv/Transpose conv/kernel conv/bias -> conv/Conv",
                       "BatchNormalization conv/Conv norm/ones norm/beta norm/moving_mean "
                       "norm/moving_variance -> norm/BatchNormalization",
                       "MaxPool norm/BatchNormalization -> pool/MaxPool",
                       "Conv pool/MaxPool deep/depthwise_kernel -> deep/Conv",
                       "Transpose deep/Conv -> flat/Transpose", "Flatten flat/Transpose -> flat/Flatten",
                       "Gemm flat/Flatten last/kernel last/bias -> last/Gemm", "Softmax last/Gemm -> output",
                       "conv/kernel", "conv/bias", "norm/ones", "norm/beta", "norm/moving_mean",
                       "norm/moving_variance", "deep/depthwise_kernel", "last/kernel", "last/bias", NULL });
    snapshot_free(s);
}
END_TEST

/* A kernel (height, width, inputs, outputs) as (outputs, inputs, height, width). */
START_TEST(test_onnx__kernels_lie_as_onnx_has_them)
{
    snapshot *s = images();
    bytes content = write_bytes(s, "onnx", NULL);
    const protobuf_text whole = field_in((protobuf_text){ (char *)content.data, content.size }, 7);
    protobuf_reader r = protobuf_read(whole.at, whole.size);
    protobuf_field f;
    size_t checked = 0;
    while (protobuf_next(&r, &f)) {
        float found[36];
        if (f.number != 5 || !protobuf_text_is(field_in(f.text, 8), "conv/kernel")) continue;
        const protobuf_text raw = field_in(f.text, 9);
        const float *kernel = s->layers[0].tensors[0].data;
        ck_assert_uint_eq(raw.size, sizeof found);
        memcpy(found, raw.at, sizeof found);
        for (int h = 0; h < 3; h++)
            for (int w = 0; w < 2; w++)
                for (int i = 0; i < 2; i++)
                    for (int o = 0; o < 3; o++, checked++)
                        ck_assert(found[((o * 2 + i) * 3 + h) * 2 + w] ==
                                  kernel[((h * 2 + w) * 2 + i) * 3 + o]);
    }
    ck_assert_uint_eq(checked, 36);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

START_TEST(test_onnx__the_same_model_gives_the_same_bytes_and_comes_back)
{
    snapshot *(*const makers[])(void) = { two_layers, images };
    for (size_t i = 0; i < 2; i++) {
        snapshot *a = makers[i](), *b = makers[i](), *again = NULL;
        bytes first = write_bytes(a, "onnx", NULL), second = write_bytes(b, "onnx", NULL);
        check_same_bytes(&first, &second, "onnx");
        ck_ok(read_bytes(&again, &first, "m.onnx", 0));
        ck_assert_uint_eq(again->layer_count, a->layer_count);
        for (size_t k = 0; k < a->layer_count; k++) {
            const snapshot_layer *x = &a->layers[k], *y = &again->layers[k];
            ck_assert_str_eq(x->name, y->name);
            ck_assert_str_eq(x->class_name, y->class_name);
            ck_assert_uint_eq(x->tensor_count, y->tensor_count);
            for (size_t j = 0; j < x->tensor_count; j++)
                ck_assert_mem_eq(x->tensors[j].data, y->tensors[j].data,
                                 snapshot_tensor_bytes(&x->tensors[j]));
        }
        bytes_free(&first), bytes_free(&second);
        snapshot_free(a), snapshot_free(b), snapshot_free(again);
    }
}
END_TEST

START_TEST(test_onnx__what_cannot_be_written_is_named)
{
    bytes content = { 0 };
    snapshot *s = two_layers();
    s->operations->operations[2].kind = OPERATION_NONE;
    ck_fails(write_named(&content, s, "onnx", NULL, "m.onnx", 0), HORN_ERROR_UNSUPPORTED,
             "layer 'first': operation 'none'");
    s->operations->operations[2].kind = OPERATION_MATMUL;
    s->operations->operations[1].weight = "seed";
    ck_fails(write_named(&content, s, "onnx", NULL, "m.onnx", 0), HORN_ERROR_ARGUMENT,
             "has no weight 'seed'");
    ck_fails(write_named(&content, s, "onnx", "keras3", "m.onnx", 0), HORN_ERROR_ARGUMENT,
             "dialect is 'keras3'");
    graph_free(s->operations);
    s->operations = NULL;
    ck_fails(write_named(&content, s, "onnx", NULL, "m.onnx", 0), HORN_ERROR_ARGUMENT,
             "operations are missing");
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_onnx__is_the_model_in_nodes, test_onnx__images_have_their_channels_in_front,
          test_onnx__kernels_lie_as_onnx_has_them,
          test_onnx__the_same_model_gives_the_same_bytes_and_comes_back,
          test_onnx__what_cannot_be_written_is_named)
