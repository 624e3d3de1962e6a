#include "../test.h"

#include <stdint.h>
#include <stdio.h>
#include "codecs/npy.h"

#define GOLDEN "tests/golden/numpy/"

static const char *const types[] = { "bool",   "int8",   "int16",  "int32",   "int64",  "uint8",
                                     "uint16", "uint32", "uint64", "float32", "float64" };
enum { TYPES = sizeof types / sizeof types[0] };

static bytes load(const char *prefix, const char *name)
{
    char path[256];
    bytes file = { 0 };
    snprintf(path, sizeof path, GOLDEN "%s%s.npy", prefix, name);
    ck_ok(file_read(&file, path, 1 << 20));
    return file;
}

/* Element i of the golden arrays, as gen_numpy.py makes it. */
static double expected(horn_dtype dtype, size_t i)
{
    const char *name = horn_dtype_name(dtype);
    if (name[0] == 'b') return (double)(i % 2);
    if (name[0] == 'f') return (double)i / 2 - 1;
    return name[0] == 'u' ? 3 * (double)i + 1 : 3 * (double)i - 4;
}

#define AT(type) ((double)((const type *)array->data)[i])
static double element(const npy_array *array, size_t i)
{
    switch (array->dtype) {
    case HORN_FLOAT32:
        return AT(float);
    case HORN_FLOAT64:
        return AT(double);
    case HORN_INT8:
        return AT(int8_t);
    case HORN_INT16:
        return AT(int16_t);
    case HORN_INT32:
        return AT(int32_t);
    case HORN_INT64:
        return AT(int64_t);
    case HORN_UINT16:
        return AT(uint16_t);
    case HORN_UINT32:
        return AT(uint32_t);
    case HORN_UINT64:
        return AT(uint64_t);
    default:
        return AT(uint8_t);
    }
}

static void check_values(const npy_array *array, size_t count)
{
    size_t size = 0;
    ck_assert(npy_array_size(&size, array->dtype, array->rank, array->shape));
    ck_assert_uint_eq(size, count * horn_dtype_size(array->dtype));
    ck_assert_uint_eq((uintptr_t)array->data % 64, 0);
    for (size_t i = 0; i < count; i++) ck_assert_double_eq(element(array, i), expected(array->dtype, i));
}

static void check_type(const char *prefix, const char *type)
{
    bytes file = load(prefix, type);
    npy_array array = { 0 };
    ck_ok(npy_read(&array, file.data, file.size, type));
    ck_assert_str_eq(horn_dtype_name(array.dtype), type);
    ck_assert_int_eq(array.rank, 2);
    ck_assert_uint_eq(array.shape[0], 2);
    ck_assert_uint_eq(array.shape[1], 3);
    check_values(&array, 6);
    npy_array_free(&array);
    bytes_free(&file);
}

/* From every kind of address the elements are the same, in place, at an aligned one. */
static void check_borrowed(const char *prefix, const char *type)
{
    bytes file = load(prefix, type);
    for (size_t shift = 0; shift < 64; shift += 3) {
        unsigned char *room = malloc(file.size + shift);
        npy_array array = { 0 };
        memcpy(room + shift, file.data, file.size);
        ck_ok(npy_borrow(&array, room + shift, file.size, type));
        check_values(&array, 6);
        ck_assert_uint_eq((uintptr_t)array.data % 64, 0);
        const unsigned char *at = array.data;
        const bool is_inside = at >= room && at < room + file.size + shift;
        ck_assert_int_eq(is_inside, !array.block);
        if (!strchr(prefix, 'f')) ck_assert(is_inside);
        npy_array_free(&array);
        free(room);
    }
    bytes_free(&file);
}

START_TEST(test_npy__borrows_every_type_in_every_order)
{
    for (int i = 0; i < TYPES; i++) {
        check_borrowed("", types[i]);
        check_borrowed("f_", types[i]);
        if (!strstr(types[i], "int8") && strcmp(types[i], "bool") != 0) check_borrowed("be_", types[i]);
    }
}
END_TEST

START_TEST(test_npy__reads_every_type_in_every_order)
{
    for (int i = 0; i < TYPES; i++) {
        check_type("", types[i]);
        check_type("f_", types[i]);
        if (!strstr(types[i], "int8") && strcmp(types[i], "bool") != 0) check_type("be_", types[i]);
    }
    check_type("v2_", "float32");
    check_type("v3_", "float32");

    bytes file = load("", "be_f_int32");
    npy_array array = { 0 };
    ck_ok(npy_read(&array, file.data, file.size, "x"));
    check_values(&array, 24);
    npy_array_free(&array);
    bytes_free(&file);
}
END_TEST

static void check_same_bytes(const char *name)
{
    bytes file = load("", name), written = { 0 };
    npy_array array = { 0 };
    ck_ok(npy_read(&array, file.data, file.size, name));
    horn_view view = npy_array_view(&array);
    ck_ok(npy_write(&written, &view));
    ck_assert_uint_eq(written.size, file.size);
    ck_assert_mem_eq(written.data, file.data, file.size);
    npy_array_free(&array);
    bytes_free(&file);
    bytes_free(&written);
}

START_TEST(test_npy__writes_the_bytes_of_numpy_save)
{
    for (int i = 0; i < TYPES; i++) check_same_bytes(types[i]);
    static const char *const shapes[] = { "",
                                          "4",
                                          "0",
                                          "3x0x2",
                                          "1x2x3x2",
                                          "2x1x1x1x1x1x1x2",
                                          "0x1234567890123456",
                                          "0x10x10x10x10x10x10x1000000000000" };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "shape_%s", shapes[i]);
        check_same_bytes(name);
    }
}
END_TEST

START_TEST(test_npy__names_what_it_does_not_support)
{
    static const char *const refused[][2] = {
        { "object", "'|O'" }, { "struct", "structured" }, { "complex", "'<c8'" },     { "half", "'<f2'" },
        { "text", "'<U2'" },  { "date", "'<M8[D]'" },     { "rank9", "more than 8" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        bytes file = load("refused_", refused[i][0]);
        npy_array array = { 0 };
        ck_fails(npy_read(&array, file.data, file.size, "a.npy"), HORN_ERROR_UNSUPPORTED, refused[i][1]);
        ck_assert(strncmp(horn_last_error(), "a.npy: ", 7) == 0);
        ck_assert_ptr_null(array.data);
        bytes_free(&file);
    }
}
END_TEST

/* A .npy of version 1.0 with this header and `body` zero bytes, in a block of its exact size. */
static horn_status read_made(npy_array *array, const char *header, size_t body)
{
    size_t length = strlen(header), size = 10 + length + body;
    unsigned char *file = calloc(1, size);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (unsigned char)length;
    file[9] = (unsigned char)(length >> 8);
    memcpy(file + 10, header, length);
    npy_array borrowed = { 0 };
    horn_status status = npy_read(array, file, size, "made.npy");
    ck_assert_int_eq(npy_borrow(&borrowed, file, size, "made.npy"), status);
    npy_array_free(&borrowed);
    free(file);
    return status;
}

#define HEADER(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

START_TEST(test_npy__takes_other_writers_headers)
{
    static const char *const headers[] = {
        HEADER("'<f4'", "False", "(2,)"),
        HEADER("'<f4'", "False", "(2L,)"),
        HEADER("'f4'", "False", "(2,)"),
        HEADER("'=f4'", "True", "(1, 2)"),
        HEADER("'<f4'", "False", "(1, 2,)"),
        "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}   \n",
        " {'fortran_order' : False , 'descr' : '<f4' , 'shape' : ( 2 , ) } \n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        npy_array array = { 0 };
        ck_ok(read_made(&array, headers[i], 8));
        ck_assert_int_eq(array.dtype, HORN_FLOAT32);
        ck_assert_uint_eq(array.shape[array.rank - 1], 2);
        npy_array_free(&array);
    }
}
END_TEST

START_TEST(test_npy__refuses_broken_headers)
{
    static const char *const headers[][2] = {
        { "", "'{'" },
        { "{", "a key" },
        { "{}", "lacks the key 'descr'" },
        { "{'descr': '<f4', 'fortran_order': False}", "lacks the key 'shape'" },
        { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
          "twice the key 'descr'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "unknown key 'x'" },
        { "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "','" },
        { "{'descr' '<f4', 'fortran_order': False, 'shape': (2,)}", "':'" },
        { HEADER("'<f4'", "False", "(2,)") "x", "only spaces" },
        { HEADER("'<f4-and-much-more'", "False", "(2,)"), "at most 15" },
        { HEADER("'|f4'", "False", "(2,)"), "no byte order" },
        { HEADER("1", "False", "(2,)"), "a dtype" },
        { HEADER("'\\x3cf4'", "False", "(2,)"), "a dtype" },
        { HEADER("'<f4'", "0", "(2,)"), "True or False" },
        { HEADER("'<f4'", "Falsehood", "(2,)"), "','" },
        { HEADER("'<f4'", "False", "2"), "a tuple" },
        { HEADER("'<f4'", "False", "(2)"), "','" },
        { HEADER("'<f4'", "False", "(,)"), "a length" },
        { HEADER("'<f4'", "False", "(2, , 1)"), "a length" },
        { HEADER("'<f4'", "False", "(2 1)"), "','" },
        { HEADER("'<f4'", "False", "(-2,)"), "a length" },
        { HEADER("'<f4'", "False", "(0x2,)"), "','" },
        { HEADER("'<f4'", "False", "(2.0,)"), "','" },
        { HEADER("'<f4'", "False", "(1+1,)"), "','" },
        { HEADER("'<f4'", "False", "(99999999999999999999,)"), "64 bits" },
        { HEADER("'<f4'", "False", "(4294967296, 4294967296)"), "overflows" },
        { HEADER("'<f4'", "False", "(4611686018427387904,)"), "overflows" },
        { HEADER("'<f4'", "False", "(0, 4294967296, 4294967296)"), "overflows" },
        { HEADER("'<f4'", "False", "(3,)"), "8 bytes of elements, expected 12" },
        { HEADER("'<f4'", "False", "(1,)"), "8 bytes of elements, expected 4" },
        { HEADER("'<f4'", "False", "(1152921504606846976,)"), "expected 4611686018427387904" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os')}", "a tuple" },
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        npy_array array = { 0 };
        ck_fails(read_made(&array, headers[i][0], 8), HORN_ERROR_FORMAT, headers[i][1]);
        ck_assert_ptr_null(array.data);
    }
}
END_TEST

START_TEST(test_npy__refuses_other_files_and_versions)
{
    npy_array array = { 0 };
    ck_fails(npy_read(&array, "", 0, "x"), HORN_ERROR_FORMAT, "begin");
    ck_fails(npy_read(&array, "PK\3\4PK\3\4PK\3\4PK\3\4", 16, "x"), HORN_ERROR_FORMAT, "begin");
    ck_fails(npy_read(&array, "\x93NUMPY\4\0\0\0\0\0", 12, "x"), HORN_ERROR_UNSUPPORTED, "version 4.0");
    ck_fails(npy_read(&array, "\x93NUMPY\1\1\0\0\0\0", 12, "x"), HORN_ERROR_UNSUPPORTED, "version 1.1");
    ck_fails(npy_read(&array, "\x93NUMPY\2\0\xff\xff\xff\xff", 12, "x"), HORN_ERROR_FORMAT,
             "header of 4294967295");
    ck_assert(npy_recognizes("\x93NUMPY", 6) && !npy_recognizes("\x93NUMP", 5));
}
END_TEST

/* Elements have no checksum: a flip among them changes one element. One in the header is refused, or reads an
 * array of as many bytes: another byte order, the sign, one case of a letter. */
static void check_flip(const bytes *file, size_t at, int bit)
{
    npy_array array = { 0 };
    size_t size = 0, body = 128;
    unsigned char *copy = malloc(file->size);
    memcpy(copy, file->data, file->size);
    copy[at] ^= (unsigned char)(1 << bit);
    horn_status status = npy_read(&array, copy, file->size, "x");
    if (at >= body) ck_assert_int_eq(status, HORN_OK);
    if (status == HORN_OK) {
        ck_assert(npy_array_size(&size, array.dtype, array.rank, array.shape));
        ck_assert_uint_eq(size, file->size - body);
    } else {
        ck_assert(status == HORN_ERROR_FORMAT || status == HORN_ERROR_UNSUPPORTED);
    }
    npy_array_free(&array);
    free(copy);
}

START_TEST(test_npy__survives_every_truncation_and_flip)
{
    static const char *const names[] = { "float32", "be_f_int32", "uint8", "bool", "v2_float32", "shape_" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bytes file = load("", names[i]);
        npy_array array = { 0 };
        for (size_t size = 0; size < file.size; size++) {
            unsigned char *copy = malloc(size ? size : 1);
            memcpy(copy, file.data, size);
            ck_assert_int_eq(npy_read(&array, copy, size, "x"), HORN_ERROR_FORMAT);
            free(copy);
        }
        for (size_t at = 0; at < file.size; at++)
            for (int bit = 0; bit < 8; bit++) check_flip(&file, at, bit);
        bytes_free(&file);
    }
}
END_TEST

START_TEST(test_npy__refuses_to_write_what_is_no_array)
{
    bytes out = { 0 };
    horn_view view = { .data = "", .dtype = HORN_UINT8, .rank = 9 };
    ck_fails(npy_write(&out, &view), HORN_ERROR_ARGUMENT, "rank 9");
    view.rank = 2;
    view.shape[0] = view.shape[1] = SIZE_MAX;
    ck_fails(npy_write(&out, &view), HORN_ERROR_ARGUMENT, "overflows");
    ck_assert_uint_eq(out.size, 0);
    bytes_free(&out);
}
END_TEST

TEST_MAIN(test_npy__borrows_every_type_in_every_order, test_npy__reads_every_type_in_every_order,
          test_npy__writes_the_bytes_of_numpy_save, test_npy__names_what_it_does_not_support,
          test_npy__takes_other_writers_headers, test_npy__refuses_broken_headers,
          test_npy__refuses_other_files_and_versions, test_npy__survives_every_truncation_and_flip,
          test_npy__refuses_to_write_what_is_no_array)
