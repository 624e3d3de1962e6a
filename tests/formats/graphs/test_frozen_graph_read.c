#include "formats/graphs.h"
#include "formats/tensorflow/nodes.h"

#include <math.h>
#include <horn/dataset.h>
#include <horn/file.h>

#define GOLDEN    "tests/golden/frozen_graph/operations"
#define SEQUENCES "tests/golden/frozen_graph/sequences"
enum { PARTS = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS, ROWS = 3 };

/* ---- models ---- */

static horn_model *model_of(const snapshot *s)
{
    horn_model *m;
    ck_ok(model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1 }, "m.pb"));
    return m;
}

static snapshot *snapshot_of(horn_model *m)
{
    snapshot *s;
    ck_ok(snapshot_of_model(&s, m, PARTS));
    return s;
}

/* Weights of which no two are alike; variances above 0. */
static void scatter(snapshot *s)
{
    uint32_t state = 1;
    for (size_t i = 0; i < s->layer_count; i++)
        for (size_t k = 0; k < s->layers[i].tensor_count; k++) {
            snapshot_tensor *t = &s->layers[i].tensors[k];
            float *values = t->data;
            for (size_t n = 0; n < snapshot_tensor_bytes(t) / sizeof *values; n++) {
                state = state * 1664525 + 1013904223;
                values[n] =
                    (float)(state >> 8) / (1 << 24) - (strcmp(t->name, "moving_variance") ? 0.5f : -0.5f);
            }
        }
}

static float *predict(horn_model *m, size_t *count)
{
    size_t sizes[HORN_MAX_RANK], row = 1, each = 1;
    snapshot *s = snapshot_of(m);
    horn_view x = { .dtype = HORN_FLOAT32, .rank = s->input_rank + 1, .shape = { ROWS } };
    for (int i = 0; i < s->input_rank; i++) row *= x.shape[i + 1] = s->input_shape[i];
    float *samples = calloc(ROWS * row, sizeof *samples);
    for (size_t i = 0; i < ROWS * row; i++) samples[i] = (float)(i * 7 % 23) / 23 - 0.3f;
    x.data = samples;
    for (int i = horn_model_output_shape(sizes, m, 0); i-- > 0;) each *= sizes[i];
    *count = ROWS * each;
    float *found = calloc(*count, sizeof *found);
    ck_ok(horn_model_predict(found, *count, m, &x, NULL));
    free(samples);
    snapshot_free(s);
    return found;
}

static void check_same_predictions(horn_model *a, horn_model *b, const char *what)
{
    size_t count, again;
    float *expected = predict(a, &count), *found = predict(b, &again);
    ck_assert_uint_eq(count, again);
    ck_assert_msg(memcmp(expected, found, count * sizeof *found) == 0, "%s: other predictions", what);
    free(expected), free(found);
}

/* Written, read: the same bits; written again: the same bytes, unless a layer came back as two. */
static void check_round_trip(snapshot *s, const char *what, const char *const *classes)
{
    snapshot *back, *original, *again;
    horn_model *m = model_of(s);
    original = snapshot_of(m);
    bytes first = write_bytes(original, "frozen-graph", NULL);
    ck_ok(read_bytes(&back, &first, "m.pb", 0));
    ck_assert_uint_eq(back->parts, PART_ARCHITECTURE | PART_WEIGHTS);
    for (size_t i = 0; i < back->layer_count; i++) {
        ck_assert_msg(classes[i] && strcmp(back->layers[i].class_name, classes[i]) == 0,
                      "%s: layer %zu is %s", what, i, back->layers[i].class_name);
        ck_assert_str_eq(config_get_string(back->layers[i].arguments, "name"), back->layers[i].name);
    }
    ck_assert_msg(!classes[back->layer_count], "%s: %zu layers", what, back->layer_count);
    horn_model *taken = model_of(back);
    check_same_predictions(m, taken, what);
    again = snapshot_of(taken);
    bytes second = write_bytes(again, "frozen-graph", NULL);
    if (back->layer_count <= s->layer_count) check_same_bytes(&first, &second, what);
    bytes_free(&first), bytes_free(&second);
    horn_model_free(m), horn_model_free(taken);
    snapshot_free(back), snapshot_free(original), snapshot_free(again);
}

typedef struct sample {
    const char *what, *classes[6];
    horn_layer *layers[5];
} sample;

static void check_sample(const sample *s)
{
    size_t count = 0;
    while (count < 5 && s->layers[count]) count++;
    snapshot *made = snapshot_of_layers(s->layers, count, PARTS);
    check_round_trip(made, s->what, s->classes); /* ones and zeros where layers begin so */
    scatter(made);
    check_round_trip(made, s->what, s->classes);
    snapshot_free(made);
}

#define IMAGE .input_shape = { 7, 6, 4 }

START_TEST(test_frozen_graph_read__gives_back_plain_layers)
{
    const sample samples[] = {
        { "dense",
          { "Dense", "Dense" },
          { horn_dense(&(horn_dense_options){ .input_shape = { 3 }, .units = 2, .activation = "softmax" }),
            horn_dense(
                &(horn_dense_options){ .units = 2, .no_bias = true, .activation = "elu", .name = "a/b" }) } },
        { "dense over axes",
          { "Dense", "Dense" },
          { horn_dense(&(horn_dense_options){ .input_shape = { 2, 5, 3 }, .units = 4, .activation = "tanh" }),
            horn_dense(&(horn_dense_options){ .units = 2, .no_bias = true, .activation = "sigmoid" }) } },
        { "dense over an axis of one",
          { "Dense" },
          { horn_dense(&(horn_dense_options){ .input_shape = { 1, 3 }, .units = 4 }) } },
        { "shapes",
          { "Flatten", "Reshape", "Reshape", "Flatten" },
          { horn_flatten(&(horn_flatten_options){ .input_shape = { 2, 6 } }),
            horn_reshape(&(horn_reshape_options){ .target_shape = { 3, HORN_REST } }),
            horn_reshape(&(horn_reshape_options){ .target_shape = { 1, 3, 4, 1 } }), horn_flatten(NULL) } },
        { "activations",
          { "Dense", "Activation", "Activation", "Activation", "Activation" },
          { horn_dense(&(horn_dense_options){ .input_shape = { 3 }, .units = 4 }),
            horn_activation(&(horn_activation_options){ .activation = "softplus" }),
            horn_activation(&(horn_activation_options){ .activation = "selu" }), horn_relu(NULL),
            horn_softmax(NULL) } },
        { "relu",
          { "ReLU", "ReLU", "LeakyReLU", "ReLU", "LeakyReLU" },
          { horn_relu(&(horn_relu_options){
                .input_shape = { 9 }, .max_value = 0.5, .negative_slope = 0.1, .threshold = 0.3 }),
            horn_relu(&(horn_relu_options){ .max_value = 6 }),
            horn_leaky_relu(&(horn_leaky_relu_options){ .alpha = 0.1 }),
            horn_relu(&(horn_relu_options){ .threshold = 0.01 }),
            horn_relu(&(horn_relu_options){ .negative_slope = 0.25 }) } },
        { "normalization",
          { "BatchNormalization", "BatchNormalization", "BatchNormalization", "BatchNormalization" },
          { horn_batch_normalization(&(horn_batch_normalization_options){ .input_shape = { 5 } }),
            horn_batch_normalization(&(horn_batch_normalization_options){ .no_scale = true, .epsilon = 0.1 }),
            horn_batch_normalization(&(horn_batch_normalization_options){ .no_center = true }),
            horn_batch_normalization(
                &(horn_batch_normalization_options){ .no_center = true, .no_scale = true }) } },
        { "layers that idle",
          { "Dense" },
          { horn_dense(&(horn_dense_options){ .input_shape = { 3 }, .units = 2 }),
            horn_dropout(&(horn_dropout_options){ .rate = 0.5 }),
            horn_activation(&(horn_activation_options){ .activation = "linear" }) } },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) check_sample(&samples[i]);
}
END_TEST

START_TEST(test_frozen_graph_read__gives_back_layers_of_images)
{
    const sample samples[] = {
        { "convolutions",
          { "ZeroPadding2D", "Conv2D", "Conv2D" },
          { horn_zero_padding2d(&(horn_zero_padding2d_options){ IMAGE, .padding = { 1, 0, 2, 3 } }),
            horn_conv2d(&(horn_conv2d_options){ .filters = 6,
                                                .kernel_size = { 3, 2 },
                                                .strides = { 2, 1 },
                                                .padding = "same",
                                                .groups = 2,
                                                .activation = "relu" }),
            horn_conv2d(&(horn_conv2d_options){
                .filters = 2, .kernel_size = { 2 }, .dilation_rate = { 2, 3 }, .no_bias = true }) } },
        { "convolutions by depth",
          { "DepthwiseConv2D", "DepthwiseConv2D", "DepthwiseConv2D" },
          { horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
                IMAGE, .kernel_size = { 2, 3 }, .depth_multiplier = 2, .activation = "relu" }),
            horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
                .kernel_size = { 2 }, .dilation_rate = { 1, 2 }, .no_bias = true }),
            horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
                .kernel_size = { 2 }, .strides = { 2, 1 }, .padding = "same" }) } },
        { "pools",
          { "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D" },
          { horn_max_pooling2d(&(horn_pooling2d_options){ IMAGE, .pool_size = { 3, 2 }, .strides = { 1, 2 },
                                                          .padding = "same" }),
            horn_average_pooling2d(&(horn_pooling2d_options){ .pool_size = { 2 } }),
            horn_global_average_pooling2d(NULL) } },
        { "global pools",
          { "GlobalAveragePooling2D", "GlobalMaxPooling2D" },
          { horn_global_average_pooling2d(&(horn_global_pooling_options){ IMAGE, .keepdims = true }),
            horn_global_max_pooling2d(NULL) } },
        { "normalization",
          { "BatchNormalization", "Activation", "BatchNormalization", "BatchNormalization" },
          { horn_batch_normalization(&(horn_batch_normalization_options){ IMAGE }), horn_relu(NULL),
            horn_batch_normalization(&(horn_batch_normalization_options){ .no_scale = true }),
            horn_batch_normalization(&(horn_batch_normalization_options){ .no_center = true }) } },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) check_sample(&samples[i]);
}
END_TEST

START_TEST(test_frozen_graph_read__gives_back_transposed_convolutions)
{
    const sample samples[] = {
        { "of images",
          { "Conv2DTranspose", "Conv2DTranspose", "Conv2DTranspose" },
          { horn_conv2d_transpose(&(horn_conv2d_transpose_options){
                IMAGE, .filters = 3, .kernel_size = { 3, 2 }, .strides = { 2, 1 }, .padding = "same",
                .activation = "relu" }),
            horn_conv2d_transpose(&(horn_conv2d_transpose_options){
                .filters = 2, .kernel_size = { 2, 3 }, .strides = { 3, 2 }, .no_bias = true }),
            horn_conv2d_transpose(&(horn_conv2d_transpose_options){ .filters = 2,
                                                                    .kernel_size = { 3 },
                                                                    .strides = { 2 },
                                                                    .has_output_padding = true,
                                                                    .output_padding = { 1, 0 } }) } },
        { "of sequences",
          { "Conv1DTranspose", "Conv1DTranspose" },
          { horn_conv1d_transpose(&(horn_conv1d_transpose_options){ .input_shape = { 5, 3 },
                                                                    .filters = 4,
                                                                    .kernel_size = 3,
                                                                    .strides = 2,
                                                                    .activation = "tanh" }),
            horn_conv1d_transpose(&(horn_conv1d_transpose_options){ .filters = 2,
                                                                    .kernel_size = 3,
                                                                    .strides = 2,
                                                                    .padding = "same",
                                                                    .has_output_padding = true,
                                                                    .output_padding = 1 }) } },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) check_sample(&samples[i]);
}
END_TEST

#define STEPS .input_shape = { 11, 4 }

START_TEST(test_frozen_graph_read__gives_back_layers_of_sequences)
{
    const sample samples[] = {
        { "convolutions",
          { "ZeroPadding1D", "Conv1D", "Conv1D" },
          { horn_zero_padding1d(&(horn_zero_padding1d_options){ STEPS, .padding = { 1, 2 } }),
            horn_conv1d(&(horn_conv1d_options){ .filters = 6,
                                                .kernel_size = 3,
                                                .strides = 2,
                                                .padding = "same",
                                                .groups = 2,
                                                .activation = "relu" }),
            horn_conv1d(&(horn_conv1d_options){
                .filters = 2, .kernel_size = 2, .dilation_rate = 3, .no_bias = true }) } },
        { "convolutions by depth",
          { "DepthwiseConv1D", "DepthwiseConv1D" },
          { horn_depthwise_conv1d(&(horn_depthwise_conv1d_options){
                STEPS, .kernel_size = 3, .depth_multiplier = 2, .activation = "relu" }),
            horn_depthwise_conv1d(
                &(horn_depthwise_conv1d_options){ .kernel_size = 2, .strides = 2, .padding = "same" }) } },
        { "layers that come back as two",
          { "ZeroPadding1D", "Conv1D", "DepthwiseConv1D", "Conv1D" },
          { horn_conv1d(&(horn_conv1d_options){ STEPS, .filters = 4, .kernel_size = 2, .padding = "causal",
                                                .dilation_rate = 2 }),
            horn_separable_conv1d(&(horn_separable_conv1d_options){
                .filters = 3, .kernel_size = 2, .dilation_rate = 2, .activation = "tanh" }) } },
        { "pools",
          { "MaxPooling1D", "AveragePooling1D", "GlobalAveragePooling1D", "GlobalMaxPooling1D" },
          { horn_max_pooling1d(
                &(horn_pooling1d_options){ STEPS, .pool_size = 3, .strides = 2, .padding = "same" }),
            horn_average_pooling1d(&(horn_pooling1d_options){ .pool_size = 2 }),
            horn_global_average_pooling1d(&(horn_global_pooling_options){ .keepdims = true }),
            horn_global_max_pooling1d(NULL) } },
        { "shapes that look like those of sequences",
          { "Reshape", "Conv2D", "Reshape", "GlobalAveragePooling1D" },
          { horn_reshape(&(horn_reshape_options){ STEPS, .target_shape = { 1, 11, 4 } }),
            horn_conv2d(&(horn_conv2d_options){ .filters = 2, .kernel_size = { 1, 3 } }),
            horn_reshape(&(horn_reshape_options){ .target_shape = { 9, 2 } }),
            horn_global_average_pooling1d(NULL) } },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) check_sample(&samples[i]);
}
END_TEST

/* ---- TensorFlow's ---- */

static horn_array *array_at(const char *path)
{
    horn_array *a;
    ck_ok(horn_array_load(&a, path));
    return a;
}

START_TEST(test_frozen_graph_read__reads_what_tensorflow_writes)
{
    static const char *const names[] = {
        "zero_padding2d",
        "Conv_A",
        "batch_normalization",
        "re_lu",
        "conv2d",
        "average_pooling2d",
        "re_lu_1",
        "conv2d_1",
        "re_lu_2",
        "conv2d_2",
        "depthwise_conv2d",
        "max_pooling2d",
        "leaky_re_lu",
        "reshape",
        "dense",
        "batch_normalization_1",
        "dense_1",
        "reshape_1",
        "softmax",
        "global_average_pooling2d",
        "activation",
        "global_max_pooling2d",
        "batch_normalization_2",
        "flatten",
        "dense_2",
    };
    enum { LAYERS = sizeof names / sizeof *names };
    snapshot *s = read_file(GOLDEN ".pb");
    horn_array *x = array_at(GOLDEN ".x.npy"), *y = array_at(GOLDEN ".y.npy");
    const horn_view *expected = horn_array_view(y);
    const float *values = expected->data;
    float found[64];
    const size_t count = horn_view_count(expected);
    ck_assert_uint_eq(s->layer_count, LAYERS);
    ck_assert_str_eq(s->name, "sequential");
    for (size_t i = 0; i < LAYERS; i++) ck_assert_str_eq(s->layers[i].name, names[i]);
    ck_assert(!config_is_true(config_get(s->layers[2].arguments, "scale"))); /* ones, and no variable */
    ck_assert(config_is_true(config_get(s->layers[15].arguments, "scale")));
    double epsilon;
    ck_assert(config_number(config_get(s->layers[2].arguments, "epsilon"), &epsilon) && epsilon == 0.001);
    horn_model *m = model_of(s);
    ck_ok(horn_model_predict(found, count, m, horn_array_view(x), NULL));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabsf(found[i] - values[i]) <= 1e-6f * fmaxf(1, fabsf(values[i])),
                      "%zu: %.9g, expected %.9g", i, (double)found[i], (double)values[i]);
    horn_array_free(x), horn_array_free(y);
    horn_model_free(m);
    snapshot_free(s);
}
END_TEST

/* TensorFlow convolves and pools sequences as images that are one high, or one wide. */
START_TEST(test_frozen_graph_read__reads_what_tensorflow_makes_of_sequences)
{
    static const char *const classes[] = {
        "ZeroPadding1D",          "Conv1D",        "MaxPooling1D",    "DepthwiseConv1D", "AveragePooling1D",
        "Conv1DTranspose",        "ZeroPadding1D", "Conv1D",          "Conv1DTranspose", "GlobalMaxPooling1D",
        "GlobalAveragePooling1D", "Reshape",       "Conv2DTranspose", "Conv2DTranspose", "Flatten"
    };
    snapshot *s = read_file(SEQUENCES ".pb");
    horn_array *x = array_at(SEQUENCES ".x.npy"), *y = array_at(SEQUENCES ".y.npy");
    const float *values = horn_array_view(y)->data;
    const size_t count = horn_view_count(horn_array_view(y));
    float found[256];
    ck_assert_uint_eq(s->layer_count, sizeof classes / sizeof *classes);
    for (size_t i = 0; i < s->layer_count; i++) ck_assert_str_eq(s->layers[i].class_name, classes[i]);
    ck_assert_str_eq(s->layers[1].name, "Conv_B");
    horn_model *m = model_of(s);
    ck_assert_uint_le(count, 256);
    ck_ok(horn_model_predict(found, count, m, horn_array_view(x), NULL));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabsf(found[i] - values[i]) <= 1e-6f * fmaxf(1, fabsf(values[i])),
                      "%zu: %.9g, expected %.9g", i, (double)found[i], (double)values[i]);
    horn_array_free(x), horn_array_free(y);
    horn_model_free(m);
    snapshot_free(s);
}
END_TEST

START_TEST(test_frozen_graph_read__constants_are_tensors_of_the_file)
{
    horn_file *f;
    char *report;
    float bias[3];
    size_t seen = 0;
    ck_ok(horn_file_open(&f, GOLDEN ".pb"));
    ck_assert_str_eq(horn_file_about(f)->format, "frozen-graph");
    for (size_t i = 0; i < horn_file_tensor_count(f); i++) {
        const horn_file_tensor *t = horn_file_tensor_at(f, i);
        ck_assert(t->is_readable);
        if (strcmp(t->name, "sequential/dense_2/BiasAdd/ReadVariableOp/resource") != 0) continue;
        ck_ok(horn_file_read(bias, sizeof bias, f, i));
        ck_assert_int_eq(t->rank, 1);
        seen++;
    }
    ck_assert_uint_eq(seen, 1);
    snapshot *s = read_file(GOLDEN ".pb");
    ck_assert_mem_eq(s->layers[24].tensors[1].data, bias, sizeof bias);
    ck_ok(horn_file_verify(&report, f));
    ck_assert_ptr_nonnull(strstr(report, "no checksum"));
    free(report);
    snapshot_free(s);
    horn_file_close(f);
}
END_TEST

START_TEST(test_frozen_graph_read__weights_load_into_a_model_that_is_there)
{
    snapshot *s = read_file(GOLDEN ".pb");
    horn_model *m = model_of(s), *other;
    scatter(s);
    other = model_of(s);
    ck_ok(horn_model_load_weights(other, GOLDEN ".pb"));
    check_same_predictions(m, other, "weights");
    horn_model_free(m), horn_model_free(other);
    snapshot_free(s);
}
END_TEST

/* ---- content ---- */

/* A node of 123 bytes in front: "\n{". */
START_TEST(test_frozen_graph_read__is_known_by_its_content)
{
    const format *f;
    const char json[] =
        "\n{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Dense\", \"config\": "
        "{\"batch_input_shape\": [null, 3], \"units\": 2, \"name\": \"a_name_of_some_length\"}}]}";
    char name[80] = "n";
    tf_nodes n = { .field = TF_IN_GRAPH };
    for (size_t length = 1; length < 79; length++) {
        memset(name, 'n', length);
        n.out.size = 0;
        tf_node_begin(&n, name, "Placeholder");
        tf_node_type(&n, "dtype", TF_FLOAT);
        tf_node_shape(&n, "shape", (size_t[]){ 3 }, 1, true);
        tf_node_end(&n);
        ck_ok(format_by_content(&f, &(source){ .path = "m", .data = n.out.data, .size = n.out.size }));
        ck_assert_str_eq(f->name, "frozen-graph");
        if (n.out.data[1] == '{') break;
    }
    ck_assert_mem_eq(n.out.data, "\n{", 2);
    ck_ok(format_by_content(
        &f, &(source){ .path = "m", .data = (const unsigned char *)json, .size = sizeof json - 1 }));
    ck_assert_str_eq(f->name, "json");
    static const char *const others[] = { "saved_model.pb", "keras_metadata.pb", "fingerprint.pb" };
    for (int i = 0; i < 3; i++) {
        bytes content = { 0 };
        char path[128];
        snprintf(path, sizeof path, "tests/golden/saved_model/keras2.15/%s", others[i]);
        ck_ok(file_read(&content, path, 0));
        ck_fails(format_by_content(&f, &(source){ .path = path, .data = content.data, .size = content.size }),
                 HORN_ERROR_FORMAT, i == 0 ? "saved_model.pb of a SavedModel" : "no model in a known format");
        bytes_free(&content);
    }
    tf_nodes_free(&n);
}
END_TEST

TEST_MAIN(test_frozen_graph_read__gives_back_plain_layers,
          test_frozen_graph_read__gives_back_layers_of_images,
          test_frozen_graph_read__gives_back_layers_of_sequences,
          test_frozen_graph_read__gives_back_transposed_convolutions,
          test_frozen_graph_read__reads_what_tensorflow_writes,
          test_frozen_graph_read__reads_what_tensorflow_makes_of_sequences,
          test_frozen_graph_read__constants_are_tensors_of_the_file,
          test_frozen_graph_read__weights_load_into_a_model_that_is_there,
          test_frozen_graph_read__is_known_by_its_content)
