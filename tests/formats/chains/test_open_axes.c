/* Models with open axes through formats of graphs: what comes back has the same open axes and predicts the same, to the bit, for
 * samples of any size. */
#include "formats/torch/models.h"

#include <horn/file.h>
#include "formats/onnx/crafted.h"

#define IMAGES                                                                                         \
    "null, null, null, 3], \"name\": \"x\"}}" LAYER(                                                   \
        "Conv2D", "\"name\": \"c\", \"filters\": 4, \"kernel_size\": [3, 2], \"padding\": \"same\"")   \
        LAYER("BatchNormalization", "\"name\": \"b\"") LAYER("ReLU", "\"name\": \"r\"")                \
            LAYER("ZeroPadding2D", "\"name\": \"z\", \"padding\": [[1, 0], [2, 1]]")                   \
                LAYER("DepthwiseConv2D", "\"name\": \"d\", \"kernel_size\": 2, \"strides\": 2")        \
                    LAYER("MaxPooling2D", "\"name\": \"m\", \"pool_size\": 3, \"strides\": 2, "        \
                                          "\"padding\": \"same\"")                                     \
                        LAYER("AveragePooling2D", "\"name\": \"a\", \"pool_size\": 2, \"strides\": 1") \
                            LAYER("Dense", "\"name\": \"p\", \"units\": 5, \"activation\": \"tanh\"")  \
                                LAYER("GlobalAveragePooling2D", "\"name\": \"g\"") LAYER(              \
                                    "Dense", "\"name\": \"l\", \"units\": 2, \"activation\": \"softmax\"")
#define ROWS                                                                                            \
    "null, null, 6], \"name\": \"x\"}}" LAYER("Dense", "\"name\": \"c\", \"units\": 4, "                \
                                                       "\"activation\": \"relu\"")                      \
        LAYER("BatchNormalization", "\"name\": \"b\"") LAYER("Dense", "\"name\": \"d\", \"units\": 3, " \
                                                                      "\"activation\": \"softmax\"")
#define HEIGHT                                                                           \
    "null, null, 8, 2], \"name\": \"x\"}}" LAYER(                                        \
        "Conv2D", "\"name\": \"c\", \"filters\": 4, \"kernel_size\": 3, \"strides\": 2") \
        LAYER("GlobalMaxPooling2D", "\"name\": \"g\"") LAYER("Dense", "\"name\": \"l\", \"units\": 2")

static const struct {
    const char *layers;
    size_t sizes[2][4], rank;
} cases[] = { { IMAGES, { { 2, 9, 8, 3 }, { 1, 14, 11, 3 } }, 4 },
              { ROWS, { { 2, 5, 6 }, { 3, 1, 6 } }, 3 },
              { HEIGHT, { { 2, 7, 8, 2 }, { 1, 16, 8, 2 } }, 4 } };

/* The first 200 numbers of the predictions. */
static size_t predict(float out[200], const char *path, const size_t *sizes, size_t rank)
{
    static float samples[2000];
    horn_model *m;
    horn_view x = { .data = samples, .rank = (int)rank };
    for (size_t i = 0; i < 2000; i++) samples[i] = (float)(i * 37 % 101) / 50 - 1;
    memcpy(x.shape, sizes, rank * sizeof *sizes);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }));
    const size_t count = rank == 3 ? sizes[0] * sizes[1] * 3 : sizes[0] * 2;
    ck_ok(horn_model_predict(out, count, m, &x, NULL));
    horn_model_free(m);
    return count;
}

static void check_way(const char *from, const char *to, const char *back, size_t index)
{
    float expected[200], found[200];
    horn_status status = horn_convert(NULL, from, to, NULL);
    if (!status) status = horn_convert(NULL, to, back, NULL);
    ck_assert_msg(!status, "%s: %s", to, horn_last_error());
    for (int i = 0; i < 2; i++) {
        const size_t count = predict(expected, from, cases[index].sizes[i], cases[index].rank);
        predict(found, to, cases[index].sizes[i], cases[index].rank);
        ck_assert_msg(!memcmp(expected, found, count * sizeof *found), "%s: other predictions", to);
        predict(found, back, cases[index].sizes[i], cases[index].rank);
        ck_assert_msg(!memcmp(expected, found, count * sizeof *found), "%s: other predictions", back);
    }
}

static void check_axes(const char *path, const snapshot *first)
{
    snapshot *s = read_file(path);
    ck_assert_int_eq(s->input_rank, first->input_rank);
    for (int i = 0; i < s->input_rank; i++) ck_assert_uint_eq(s->input_shape[i], first->input_shape[i]);
    snapshot_free(s);
}

START_TEST(test_open_axes__stay_open_and_predict_the_same)
{
    static const char *const suffixes[] = { "pb", "onnx" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        folder f = folder_make();
        char paths[3][100];
        horn_model *m = model_of(cases[i].layers);
        snprintf(paths[0], sizeof *paths, "%s/m.h5", f.path);
        snprintf(paths[2], sizeof *paths, "%s/back.h5", f.path);
        ck_ok(horn_model_save(m, paths[0], NULL));
        snapshot *first = read_file(paths[0]);
        for (int k = 0; k < 2; k++) {
            snprintf(paths[1], sizeof *paths, "%s/m.%s", f.path, suffixes[k]);
            check_way(paths[0], paths[1], paths[2], i);
            check_axes(paths[2], first);
            ck_assert_int_eq(unlink(paths[1]), 0);
        }
        ck_assert(unlink(paths[0]) == 0 && unlink(paths[2]) == 0);
        snapshot_free(first);
        horn_model_free(m);
        folder_remove(&f);
    }
}
END_TEST

static crafted open_image(void)
{
    crafted c = { .operators = 13 };
    put_end(&c, 11, "x", FLOATS, SIZES(0, 3, 0, 4));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 2));
    return c;
}

/* What depends on the size of an open axis. */
START_TEST(test_open_axes__what_needs_a_size_is_refused)
{
    crafted c = open_image();
    PUT(&c, "Flatten", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "flattens an open axis");
    c = open_image();
    put_integers(&c, "s", SIZES(0, 3, 0, 2, 2));
    PUT(&c, "Reshape", "y", "x", "s");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "gives other shapes than one for each sample");
    c = open_image();
    bytes window = integers("kernel_shape", SIZES(2, 2)), more = integers("strides", SIZES(2, 2)),
          up = integer("ceil_mode", 1);
    bytes_append(&window, more.data, more.size);
    bytes_append(&window, up.data, up.size);
    bytes_free(&more);
    bytes_free(&up);
    PUT_WITH(&c, "MaxPool", "a", window, "x");
    PUT(&c, "GlobalMaxPool", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "rounds the number of its windows up, of an open axis");
    c = open_image();
    put_floats(&c, "k", SIZES(2, 3, 5, 1));
    PUT(&c, "Conv", "a", "x", "k");
    PUT(&c, "GlobalMaxPool", "y", "a");
    loads(&c);
}
END_TEST

TEST_MAIN(test_open_axes__stay_open_and_predict_the_same, test_open_axes__what_needs_a_size_is_refused)
