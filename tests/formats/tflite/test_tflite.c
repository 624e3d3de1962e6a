#include <horn/file.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"
#include "formats/graphs.h"

#include "codecs/flatbuffers.h"

enum { PARTS = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };

static snapshot *images(void)
{
    return snapshot_of_layers(
        (horn_layer *[]){
            horn_conv2d(&(horn_conv2d_options){ .input_shape = { 7, 5, 2 },
                                                .name = "conv",
                                                .filters = 3,
                                                .kernel_size = { 3, 2 },
                                                .padding = "same",
                                                .activation = "relu" }),
            horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
                .name = "deep", .kernel_size = { 1, 2 }, .depth_multiplier = 2, .no_bias = true }),
            horn_flatten(&(horn_flatten_options){ .name = "flat" }),
            horn_dense(&(horn_dense_options){ .name = "last", .units = 2, .activation = "softmax" }) },
        4, PARTS);
}

static horn_status list_bytes(contents *out, const void *data, size_t size)
{
    const format *f;
    const source from = { .path = "m.tflite", .data = data, .size = size };
    *out = (contents){ 0 };
    ck_ok(format_by_name(&f, "tflite"));
    return format_contents(f, out, &from);
}

/* Operators, by their codes. */
START_TEST(test_tflite__is_the_model_in_operators)
{
    static const uint64_t expected[] = { 3, 4, 22, 9, 25 };
    snapshot *s = images();
    bytes content = write_bytes(s, "tflite", NULL);
    size_t root;
    flatbuffers_reader r = flatbuffers_read(content.data, content.size, "TFL3", &root);
    const size_t codes = flatbuffers_object(&r, root, 1),
                 graph_at = flatbuffers_object_at(&r, flatbuffers_object(&r, root, 2), 0),
                 operators = flatbuffers_object(&r, graph_at, 3);
    ck_assert_uint_eq(flatbuffers_count(&r, operators, 4), 5);
    for (size_t i = 0; i < 5; i++) {
        const size_t o = flatbuffers_object_at(&r, operators, i),
                     code = flatbuffers_object_at(&r, codes, flatbuffers_number(&r, o, 0, 4, 0));
        ck_assert_uint_eq(flatbuffers_number(&r, code, 3, 4, 0), expected[i]);
    }
    const size_t first = flatbuffers_object(&r, flatbuffers_object_at(&r, operators, 0), 4);
    ck_assert_uint_eq(flatbuffers_number(&r, first, 0, 1, 1), 0); /* SAME */
    ck_assert_uint_eq(flatbuffers_number(&r, first, 3, 1, 0), 1); /* the ReLU is a part of it */
    ck_assert(!r.failed);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

START_TEST(test_tflite__lists_the_tensors_and_their_values)
{
    static const struct {
        const char *name;
        int rank;
        size_t shape[4];
    } expected[] = { { "conv/kernel", 4, { 3, 3, 2, 2 } },
                     { "conv/bias", 1, { 3 } },
                     { "deep/depthwise_kernel", 4, { 1, 1, 2, 6 } },
                     { "deep/zeros", 1, { 6 } },
                     { "flat/shape", 1, { 2 } },
                     { "last/kernel", 2, { 2, 168 } },
                     { "last/bias", 1, { 2 } } };
    enum { COUNT = sizeof expected / sizeof *expected };
    snapshot *s = images();
    contents c;
    bytes content = write_bytes(s, "tflite", NULL);
    float values[336];
    ck_ok(list_bytes(&c, content.data, content.size));
    ck_assert_str_eq(c.producer, "Horn");
    ck_assert_uint_eq(c.count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_str_eq(c.tensors[i].name, expected[i].name);
        ck_assert_int_eq(c.tensors[i].rank, expected[i].rank);
        for (int k = 0; k < expected[i].rank; k++)
            ck_assert_uint_eq(c.tensors[i].shape[k], expected[i].shape[k]);
    }
    const float *kernel = s->layers[3].tensors[0].data;
    ck_ok(c.read(&c, 5, values, sizeof values));
    for (size_t i = 0; i < 168; i++)
        for (size_t u = 0; u < 2; u++) ck_assert(values[u * 168 + i] == kernel[i * 2 + u]);
    ck_fails(c.read(&c, 5, values, 4), HORN_ERROR_ARGUMENT,
             "tensor 'last/kernel' has 1344 bytes, expected 4");
    contents_free(&c);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

START_TEST(test_tflite__the_same_model_gives_the_same_bytes)
{
    snapshot *a = images(), *b = images();
    bytes first = write_bytes(a, "tflite", NULL), second = write_bytes(b, "tflite", NULL);
    check_same_bytes(&first, &second, "tflite");
    bytes_free(&first), bytes_free(&second);
    snapshot_free(a), snapshot_free(b);
}
END_TEST

START_TEST(test_tflite__what_cannot_be_written_is_named)
{
    bytes content = { 0 };
    snapshot *s = images();
    ck_fails(write_named(&content, s, "tflite", "keras3", "m.tflite", 0), HORN_ERROR_ARGUMENT,
             "dialect is 'keras3'");
    s->operations->operations[2].kind = OPERATION_NONE;
    ck_fails(write_named(&content, s, "tflite", NULL, "m.tflite", 0), HORN_ERROR_UNSUPPORTED,
             "layer 'conv': operation 'none'");
    graph_free(s->operations);
    s->operations = NULL;
    ck_fails(write_named(&content, s, "tflite", NULL, "m.tflite", 0), HORN_ERROR_ARGUMENT,
             "operations are missing");
    snapshot_free(s);
}
END_TEST

/* ---- files that are broken or mean harm ---- */

typedef struct made {
    bytes out;
    size_t root, graph_at, tensors, buffers;
} made;

/* Tensors, all in buffer 1, which has 24 bytes; the caller sets the tensors. */
static made begin(uint32_t version, size_t graphs, size_t tensors)
{
    static const flatbuffers_field graph_fields[] = { { 0, 4, 0 } };
    const flatbuffers_field fields[] = { { 0, 4, version }, { 2, 4, 0 }, { 4, 4, 0 } };
    made m = { .out = { 0 } };
    flatbuffers_begin(&m.out, "TFL3");
    m.root = flatbuffers_table(&m.out, fields, 3);
    const size_t list = flatbuffers_places(&m.out, graphs);
    flatbuffers_point(&m.out, m.root, 2, list);
    m.graph_at = flatbuffers_table(&m.out, graph_fields, 1);
    for (size_t i = 0; i < graphs; i++) flatbuffers_point_element(&m.out, list, i, m.graph_at);
    m.tensors = flatbuffers_places(&m.out, tensors);
    flatbuffers_point(&m.out, m.graph_at, 0, m.tensors);
    m.buffers = flatbuffers_places(&m.out, 2);
    flatbuffers_point(&m.out, m.root, 4, m.buffers);
    flatbuffers_point_element(&m.out, m.buffers, 0, flatbuffers_table(&m.out, NULL, 0));
    const size_t full = flatbuffers_table(&m.out, (flatbuffers_field[]){ { 0, 4, 0 } }, 1);
    flatbuffers_point_element(&m.out, m.buffers, 1, full);
    flatbuffers_point(&m.out, full, 0, flatbuffers_vector(&m.out, "123456789012345678901234", 24, 1, 16));
    return m;
}

static size_t add(made *m, const char *name, uint32_t type, uint32_t buffer, const int32_t *sizes,
                  size_t rank)
{
    const flatbuffers_field fields[] = { { 0, 4, 0 }, { 1, 1, type }, { 2, 4, buffer }, { 3, 4, 0 } };
    const size_t t = flatbuffers_table(&m->out, fields, 4);
    flatbuffers_point(&m->out, t, 0, flatbuffers_vector(&m->out, sizes, rank, 4, 4));
    flatbuffers_point(&m->out, t, 3, flatbuffers_text(&m->out, name));
    return t;
}

static void check(made *m, horn_status expected, const char *words)
{
    contents c;
    horn_status status = list_bytes(&c, m->out.data, m->out.size);
    ck_assert_msg(status == expected, "status %d, expected %d: %s: %s", status, expected, words,
                  horn_last_error());
    if (status)
        ck_assert_msg(strstr(horn_last_error(), words) && !strchr(horn_last_error(), '\n'), "%s",
                      horn_last_error());
    contents_free(&c);
    bytes_free(&m->out);
}

static made with_tensor(uint32_t type, uint32_t buffer, const int32_t *sizes, size_t rank)
{
    made m = begin(3, 1, 1);
    flatbuffers_point_element(&m.out, m.tensors, 0, add(&m, "t", type, buffer, sizes, rank));
    return m;
}

START_TEST(test_tflite__sizes_that_are_wrong_are_refused)
{
    static const int32_t six[] = { 2, 3 }, five[] = { 5 }, large[] = { INT32_MAX, INT32_MAX, INT32_MAX },
                         below[] = { -6 }, many[] = { 1, 1, 1, 1, 1, 1, 1, 1, 6 };
    made m = with_tensor(0, 1, six, 2);
    check(&m, HORN_OK, "");
    m = with_tensor(0, 1, five, 1);
    check(&m, HORN_ERROR_FORMAT, "m.tflite: tensor 't' has 24 bytes, expected 20");
    m = with_tensor(0, 1, large, 3);
    check(&m, HORN_ERROR_FORMAT, "tensor 't' has 24 bytes, expected");
    m = with_tensor(0, 1, below, 1);
    check(&m, HORN_ERROR_FORMAT, "tensor 't' has an axis of -6");
    m = with_tensor(9, 1, six, 2);
    check(&m, HORN_ERROR_FORMAT, "tensor 't' has 24 bytes, expected 6");
    m = with_tensor(0, 2, six, 2);
    check(&m, HORN_ERROR_FORMAT, "tensor 0 has its values in buffer 2 of 2");
    m = with_tensor(0, UINT32_MAX, six, 2);
    check(&m, HORN_ERROR_FORMAT, "in buffer 4294967295 of 2");
    m = with_tensor(1, 1, five, 1); /* float16 and types that nobody knows are listed, not read */
    check(&m, HORN_OK, "");
    m = with_tensor(200, 1, five, 1);
    check(&m, HORN_OK, "");
    m = with_tensor(0, 1, many, 9);
    check(&m, HORN_OK, "");
    m = begin(2, 1, 0);
    check(&m, HORN_ERROR_UNSUPPORTED, "is version 2 of TensorFlow Lite, expected 3");
}
END_TEST

START_TEST(test_tflite__places_outside_the_file_are_refused)
{
    static const int32_t six[] = { 2, 3 };
    static const char words[] = "is no whole model of TensorFlow Lite: a place lies outside the file";
    for (int which = 0; which < 7; which++) {
        made m = with_tensor(0, 1, six, 2);
        const uint32_t far = which == 6 ? UINT32_MAX : 1 << 30;
        size_t tensor_at;
        uint32_t distance;
        memcpy(&distance, m.out.data + m.tensors + 4, 4);
        tensor_at = m.tensors + 4 + distance;
        const size_t places[] = {
            0, m.root, m.tensors, m.tensors + 4, tensor_at, m.buffers + 4 + 4, m.buffers
        };
        memcpy(m.out.data + places[which], &far, sizeof far);
        check(&m, HORN_ERROR_FORMAT, words);
    }
}
END_TEST

/* A few bytes must not stand for gigabytes: the same tensor, name or graph over and over. */
START_TEST(test_tflite__what_lies_upon_each_other_is_refused)
{
    static const int32_t six[] = { 2, 3 };
    char name[1000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    made m = begin(3, 1, 500);
    const size_t named = add(&m, name, 0, 1, six, 2);
    for (size_t i = 0; i < 500; i++) flatbuffers_point_element(&m.out, m.tensors, i, named);
    check(&m, HORN_ERROR_FORMAT, "names or values of tensors lie upon each other");
    m = begin(3, 1, 20000);
    const size_t short_named = add(&m, "", 0, 1, six, 2);
    for (size_t i = 0; i < 20000; i++) flatbuffers_point_element(&m.out, m.tensors, i, short_named);
    check(&m, HORN_OK, "");
    m = begin(3, 1000, 1000);
    const size_t once = add(&m, "t", 0, 1, six, 2);
    for (size_t i = 0; i < 1000; i++) flatbuffers_point_element(&m.out, m.tensors, i, once);
    check(&m, HORN_ERROR_FORMAT, "more than fit into the file");
}
END_TEST

/* Each prefix, and each byte changed: listed or refused, in one line. */
START_TEST(test_tflite__damaged_files_are_listed_or_refused)
{
    snapshot *s = images();
    bytes content = write_bytes(s, "tflite", NULL);
    contents c;
    for (size_t i = 0; i < content.size; i++) {
        for (int way = 0; way < 3; way++) {
            const unsigned char old = content.data[i];
            content.data[i] = way == 0 ? old ^ 1 : way == 1 ? old ^ 0x80 : 0xff;
            horn_status status = list_bytes(&c, content.data, way ? content.size : i);
            ck_assert(!status || (*horn_last_error() && !strchr(horn_last_error(), '\n')));
            contents_free(&c);
            content.data[i] = old;
        }
    }
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

/* ---- of TensorFlow's converter ---- */

#define GOLDEN "tests/golden/tflite/"

static void read_weight(npy_array *out, const char *name)
{
    bytes archive = { 0 }, content = { 0 };
    zip_file *zip;
    ck_ok(file_read(&archive, GOLDEN "cnn.npz", 0));
    ck_ok(zip_file_open(&zip, archive.data, archive.size, "cnn.npz"));
    ck_ok(zip_file_read(&content, zip, zip_file_find(zip, name), 0));
    ck_ok(npy_read(out, content.data, content.size, name));
    bytes_free(&content);
    bytes_free(&archive);
    zip_file_close(zip);
}

static size_t find_tensor(const horn_file *f, const char *name)
{
    for (size_t i = 0; i < horn_file_tensor_count(f); i++)
        if (strcmp(horn_file_tensor_at(f, i)->name, name) == 0) return i;
    ck_abort_msg("no '%s'", name);
    return 0;
}

/* TensorFlow Lite has the outputs of a kernel first: Keras' last axis. */
START_TEST(test_tflite__values_of_tensorflows_converter)
{
    static const struct {
        const char *name, *weight;
    } pairs[] = { { "sequential/conv/Conv2D", "conv_kernel.npy" },
                  { "sequential/hidden/MatMul1", "hidden_kernel.npy" },
                  { "sequential/last/MatMul", "last_kernel.npy" } };
    horn_file *f;
    ck_ok(horn_file_open(&f, GOLDEN "cnn.tflite"));
    for (size_t i = 0; i < 3; i++) {
        npy_array expected;
        static float found[2000];
        read_weight(&expected, pairs[i].weight);
        const size_t index = find_tensor(f, pairs[i].name), outputs = expected.shape[expected.rank - 1];
        size_t inputs = 1;
        for (int k = 0; k + 1 < expected.rank; k++) inputs *= expected.shape[k];
        ck_assert_uint_le(inputs * outputs, 2000);
        ck_ok(horn_file_read(found, inputs * outputs * sizeof *found, f, index));
        for (size_t o = 0; o < outputs; o++)
            for (size_t k = 0; k < inputs; k++)
                ck_assert_msg(found[o * inputs + k] == ((const float *)expected.data)[k * outputs + o],
                              "%s: output %zu, input %zu", pairs[i].name, o, k);
        npy_array_free(&expected);
    }
    horn_file_close(f);
}
END_TEST

START_TEST(test_tflite__lists_weights_of_8_bits)
{
    horn_file *f;
    ck_ok(horn_file_open(&f, GOLDEN "int8.tflite"));
    const horn_file_tensor *t = horn_file_tensor_at(f, find_tensor(f, "sequential/last/MatMul"));
    ck_assert_str_eq(t->dtype_name, "int8");
    ck_assert(t->rank == 2 && t->shape[0] == 30 && t->shape[1] == 40 && t->bytes == 1200);
    ck_assert_str_eq(horn_file_about(f)->operators, "1 CONV_2D, 1 MAX_POOL_2D, 1 RESHAPE, 2 FULLY_CONNECTED, "
                                                    "1 TANH, 1 SOFTMAX");
    horn_file_close(f);
}
END_TEST

TEST_MAIN(test_tflite__values_of_tensorflows_converter, test_tflite__lists_weights_of_8_bits,
          test_tflite__is_the_model_in_operators, test_tflite__lists_the_tensors_and_their_values,
          test_tflite__the_same_model_gives_the_same_bytes, test_tflite__what_cannot_be_written_is_named,
          test_tflite__sizes_that_are_wrong_are_refused, test_tflite__places_outside_the_file_are_refused,
          test_tflite__what_lies_upon_each_other_is_refused, test_tflite__damaged_files_are_listed_or_refused)
