/* Reading TensorFlow Lite: what its converter wrote, and files that are broken or mean harm. */
#include "formats/files.h"

#include <horn/horn.h>
#include <stdlib.h>
#include "codecs/npy.h"
#include "codecs/zip/file.h"
#include "formats/tflite/nodes.h"

#define GOLDEN "tests/golden/tflite/"

/* ---- of TensorFlow's converter ---- */

static void check_weight(horn_model *m, size_t index, zip_file *zip, const char *name)
{
    bytes content = { 0 };
    npy_array expected;
    horn_weight found;
    ck_ok(zip_file_read(&content, zip, zip_file_find(zip, name), 0));
    ck_ok(npy_read(&expected, content.data, content.size, name));
    size_t count = 1;
    for (int i = 0; i < expected.rank; i++) count *= expected.shape[i];
    ck_ok(horn_model_get_weight(&found, m, index));
    ck_assert_mem_eq(found.view.data, expected.data, count * sizeof(float));
    npy_array_free(&expected);
    bytes_free(&content);
}

START_TEST(test_tflite_read__a_file_of_tensorflows_converter)
{
    /* The converter leaves out a bias of zeros behind a product. */
    static const char *const names[] = { "conv_kernel.npy", "conv_bias.npy", "hidden_kernel.npy",
                                         "last_kernel.npy" };
    bytes archive = { 0 };
    zip_file *zip;
    horn_model *m;
    ck_ok(file_read(&archive, GOLDEN "cnn.npz", 0));
    ck_ok(zip_file_open(&zip, archive.data, archive.size, "cnn.npz"));
    ck_ok(horn_model_load(&m, GOLDEN "cnn.tflite", NULL));
    ck_assert_uint_eq(horn_model_weight_count(m), sizeof names / sizeof *names);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) check_weight(m, i, zip, names[i]);
    horn_model_free(m);
    zip_file_close(zip);
    bytes_free(&archive);
    ck_fails(horn_model_load(&m, GOLDEN "int8.tflite", NULL), HORN_ERROR_UNSUPPORTED,
             "is weights of int8, quantized, expected float32");
}
END_TEST

/* ---- files that are made ---- */

typedef struct made {
    tflite_nodes n;
    int32_t input, output;
} made;

static int32_t value(made *m, const char *name, size_t size)
{
    return tflite_nodes_tensor(
        &m->n, &(tflite_tensor){ .name = name, .is_computed = true, .shape = { 1, { size } } });
}

static int32_t constant(made *m, const char *name, const shape *s)
{
    static float zeros[64];
    return tflite_nodes_tensor(
        &m->n, &(tflite_tensor){ .name = name, .shape = *s, .data = zeros, .size = shape_count(s) * 4 });
}

static made begin(void)
{
    made m = { .n = { 0 } };
    m.input = value(&m, "x", 3);
    m.output = value(&m, "y", 3);
    return m;
}

static void put(made *m, tflite_op op, int32_t x, int32_t y, int32_t result)
{
    tflite_nodes_operator(
        &m->n,
        &(tflite_operator){
            .op = op, .version = 1, .inputs = { x, y }, .input_count = y < 0 ? 1 : 2, .output = result });
}

static horn_status read_made(made *m, snapshot **out)
{
    bytes content = { 0 };
    ck_ok(m->n.status);
    ck_ok(tflite_nodes_write(&content, &m->n, "made", m->input, m->output));
    horn_status status = read_bytes(out, &content, "m.tflite", 0);
    tflite_nodes_free(&m->n);
    bytes_free(&content);
    return status;
}

#define refuses(m, status, words)                            \
    do {                                                     \
        snapshot *refused_;                                  \
        ck_fails(read_made(m, &refused_), status, words);    \
        ck_assert_ptr_null(strchr(horn_last_error(), '\n')); \
        snapshot_free(refused_);                             \
    } while (0)

START_TEST(test_tflite_read__branches)
{
    snapshot *s;
    made m = begin();
    const int32_t kernel = constant(&m, "both/kernel", &(shape){ 2, { 3, 3 } }), a = value(&m, "both/a", 3),
                  b = value(&m, "both/b", 3);
    put(&m, TFLITE_FULLY_CONNECTED, m.input, kernel, a);
    put(&m, TFLITE_FULLY_CONNECTED, a, kernel, b);
    put(&m, TFLITE_MAXIMUM, b, a, m.output);
    ck_ok(read_made(&m, &s));
    ck_assert(s->is_functional);
    ck_assert_uint_eq(s->layer_count, 2);
    ck_assert_uint_eq(s->call_count, 3);
    ck_assert_uint_eq(s->calls[1].layer, 0);
    ck_assert_uint_eq(s->calls[2].values[0], 2);
    ck_assert_uint_eq(s->calls[2].values[1], 1);
    ck_assert_str_eq(s->layers[0].name, "both");
    snapshot_free(s);
}
END_TEST

/* Converters keep equal constants once. */
START_TEST(test_tflite_read__a_constant_of_several_operators)
{
    snapshot *s;
    made m = begin();
    const int32_t line = constant(&m, "line", &(shape){ 1, { 3 } }), a = value(&m, "a", 3),
                  b = value(&m, "b", 3);
    put(&m, TFLITE_MUL, m.input, line, a);
    put(&m, TFLITE_ADD, a, line, b);
    tflite_nodes_operator(
        &m.n, &(tflite_operator){ .op = TFLITE_FULLY_CONNECTED,
                                  .version = 1,
                                  .inputs = { b, constant(&m, "k", &(shape){ 2, { 3, 3 } }), line },
                                  .input_count = 3,
                                  .output = m.output });
    ck_ok(read_made(&m, &s));
    ck_assert_uint_eq(s->layer_count, 2);
    ck_assert_str_eq(s->layers[0].class_name, "Rescaling");
    ck_assert_uint_eq(s->layers[1].tensor_count, 2);
    snapshot_free(s);
}
END_TEST

START_TEST(test_tflite_read__what_no_operator_makes_is_refused)
{
    made m = begin();
    const int32_t a = value(&m, "a", 3);
    put(&m, TFLITE_ADD, m.input, a, m.output);
    refuses(&m, HORN_ERROR_FORMAT, "operator 0 takes tensor 'a', which none in front of it makes");
    m = begin(); /* in a circle */
    const int32_t b = value(&m, "b", 3), c = value(&m, "c", 3);
    put(&m, TFLITE_ADD, m.input, c, b);
    put(&m, TFLITE_RELU, b, -1, c);
    put(&m, TFLITE_RELU, c, -1, m.output);
    refuses(&m, HORN_ERROR_FORMAT, "operator 0 takes tensor 'c', which none in front of it makes");
    m = begin();
    put(&m, TFLITE_RELU, m.input, -1, value(&m, "a", 3));
    refuses(&m, HORN_ERROR_UNSUPPORTED, "output 'y' is not computed of the input");
    m = begin();
    put(&m, TFLITE_RELU, m.input, -1, m.output);
    put(&m, TFLITE_RELU, m.input, -1, m.output);
    refuses(&m, HORN_ERROR_FORMAT, "operator 1 gives a tensor that there is already");
    m = begin();
    put(&m, TFLITE_RELU, m.input, -1, m.output);
    m.output = 99;
    refuses(&m, HORN_ERROR_FORMAT, "its output is tensor 99 of 2");
    m = begin();
    put(&m, TFLITE_RELU, 77, -1, m.output);
    refuses(&m, HORN_ERROR_FORMAT, "operator 0 takes or gives tensor 77 of 2");
    m = begin();
    put(&m, (tflite_op)300, m.input, -1, m.output);
    refuses(&m, HORN_ERROR_UNSUPPORTED, "node 'y' (operator of a number that is not known)");
    m = begin();
    put(&m, TFLITE_FULLY_CONNECTED, m.input, constant(&m, "k", &(shape){ 2, { 2, 5 } }), m.output);
    refuses(&m, HORN_ERROR_UNSUPPORTED, "its kernel is of another size than its input");
}
END_TEST

/* Each value twice in the next: as many ways as there are subsets. */
START_TEST(test_tflite_read__ladders)
{
    snapshot *s;
    for (int k = 0; k < 2; k++) {
        made m = begin();
        int32_t last = m.input;
        for (int i = 0; i < (k ? 100000 : 2000); i++) {
            const int32_t next = value(&m, "n", 3);
            put(&m, TFLITE_MUL, last, last, next);
            last = next;
        }
        put(&m, TFLITE_RELU, last, -1, m.output);
        if (k) {
            refuses(&m, HORN_ERROR_UNSUPPORTED, "more than 65536 operations that are layers");
            continue;
        }
        ck_ok(read_made(&m, &s));
        ck_assert_uint_eq(s->call_count, 2001);
        snapshot_free(s);
    }
}
END_TEST

/* Each prefix, and each byte changed: read or refused, in one line. */
START_TEST(test_tflite_read__damaged_files)
{
    bytes content = { 0 };
    made m = begin();
    const int32_t a = value(&m, "d/a", 3);
    put(&m, TFLITE_FULLY_CONNECTED, m.input, constant(&m, "d/kernel", &(shape){ 2, { 3, 3 } }), a);
    put(&m, TFLITE_ADD, a, m.input, m.output);
    ck_ok(tflite_nodes_write(&content, &m.n, "made", m.input, m.output));
    tflite_nodes_free(&m.n);
    for (size_t i = 0; i < content.size; i++)
        for (int way = 0; way < 3; way++) {
            snapshot *s;
            bytes damaged = { 0 };
            bytes_append(&damaged, content.data, way ? content.size : i);
            if (way) damaged.data[i] = way == 1 ? content.data[i] ^ 0x80 : 0xff;
            horn_status status = read_bytes(&s, &damaged, "m.tflite", 0);
            ck_assert(!status || (*horn_last_error() && !strchr(horn_last_error(), '\n')));
            snapshot_free(s);
            bytes_free(&damaged);
        }
    bytes_free(&content);
}
END_TEST

TEST_MAIN(test_tflite_read__a_constant_of_several_operators,
          test_tflite_read__a_file_of_tensorflows_converter, test_tflite_read__branches,
          test_tflite_read__what_no_operator_makes_is_refused, test_tflite_read__ladders,
          test_tflite_read__damaged_files)
