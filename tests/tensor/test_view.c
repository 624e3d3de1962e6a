#include "test.h"

#include <math.h>
#include <stdint.h>
#include "tensor/tensor.h"
#include "tensor/view.h"

START_TEST(test_view__shapes_count_compare_and_print)
{
    char text[SHAPE_TEXT];
    shape none = { 0 }, one = { 1, { 10 } }, two = { 2, { 28, 28 } },
          empty = { 3, { SIZE_MAX, SIZE_MAX, 0 } };
    shape huge = { 8, { SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX } };
    ck_assert_uint_eq(shape_count(&none), 1);
    ck_assert_uint_eq(shape_count(&two), 784);
    ck_assert_uint_eq(shape_count(&empty), 0);
    ck_assert(shape_count(&huge) == SIZE_MAX);
    ck_assert(shape_equal(&two, &(shape){ 2, { 28, 28, 5 } }));
    ck_assert(!shape_equal(&two, &(shape){ 2, { 28, 27 } }));
    ck_assert(!shape_equal(&two, &(shape){ 3, { 28, 28, 1 } }));
    ck_assert_str_eq(shape_print(text, &none), "()");
    ck_assert_str_eq(shape_print(text, &one), "(10,)");
    ck_assert_str_eq(shape_print(text, &two), "(28, 28)");
    ck_assert_str_eq(shape_print(text, &huge), "(18446744073709551615, 18446744073709551615, ...)");
}
END_TEST

START_TEST(test_view__dtypes_have_numpys_names_and_sizes)
{
    static const size_t sizes[] = { 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1 };
    for (int i = HORN_FLOAT32; i <= HORN_BOOL; i++)
        ck_assert_uint_eq(horn_dtype_size((horn_dtype)i), sizes[i]);
    ck_assert_str_eq(horn_dtype_name(HORN_FLOAT32), "float32");
    ck_assert_str_eq(horn_dtype_name(HORN_UINT8), "uint8");
    ck_assert_str_eq(horn_dtype_name(HORN_BOOL), "bool");
}
END_TEST

START_TEST(test_view__counts_and_takes_samples)
{
    int16_t data[24];
    horn_view view = { .data = data, .dtype = HORN_INT16, .rank = 3, .shape = { 4, 3, 2 }, .divisor = 2 };
    ck_assert_uint_eq(horn_view_count(&view), 24);
    ck_assert_uint_eq(horn_view_count(&(horn_view){ .data = data }), 1);
    horn_view part = horn_view_samples(&view, 1, 2);
    ck_assert_ptr_eq(part.data, data + 6);
    ck_assert_uint_eq(part.shape[0], 2);
    ck_assert_uint_eq(part.shape[2], 2);
    ck_assert_double_eq(part.divisor, 2);
    ck_assert_uint_eq(horn_view_count(&part), 12);
}
END_TEST

START_TEST(test_view__pixels_are_divided_as_numpy_does)
{
    uint8_t data[256];
    float out[256];
    for (int i = 0; i < 256; i++) data[i] = (uint8_t)i;
    horn_view view = { .data = data, .dtype = HORN_UINT8, .rank = 1, .shape = { 256 }, .divisor = 255 };
    view_gather_float(&view, NULL, 0, 256, out);
    int faults = 0;
    for (int i = 0; i < 256; i++) faults += out[i] != (float)(i / 255.0); /* i / 255 correctly rounded */
    ck_assert_int_eq(faults, 0);
    view.rank = 2; /* and through the vectorised loop, which one element a sample never enters */
    view.shape[0] = 1;
    view.shape[1] = 256;
    view_gather_float(&view, NULL, 0, 1, out);
    for (int i = 0; i < 256; i++) faults += out[i] != (float)(i / 255.0);
    ck_assert_int_eq(faults, 0);
    view.divisor = 0;
    view_gather_float(&view, NULL, 0, 1, out);
    for (int i = 0; i < 256; i++) faults += out[i] != (float)i;
    ck_assert_int_eq(faults, 0);
}
END_TEST

#define CHECK_DTYPE(type, name)                                                                         \
    do {                                                                                                \
        type data[6] = { 0, 1, 2, 3, 4, 5 };                                                            \
        static const uint32_t order[] = { 9, 2, 0 };                                                    \
        horn_view view = { .data = data, .dtype = (name), .rank = 2, .shape = { 3, 2 }, .divisor = 4 }; \
        float floats[4];                                                                                \
        int32_t labels[4];                                                                              \
        view_gather_float(&view, order, 1, 2, floats);                                                  \
        view_gather_labels(&view, order, 1, 2, labels);                                                 \
        ck_assert_msg(floats[0] == 1.0f && floats[1] == 1.25f && floats[2] == 0 && floats[3] == 0.25f,  \
                      #type);                                                                           \
        ck_assert_msg(labels[0] == 4 && labels[1] == 5 && labels[2] == 0 && labels[3] == 1, #type);     \
        view_gather_float(&view, NULL, 1, 2, floats);                                                   \
        ck_assert_msg(floats[0] == 0.5f && floats[3] == 1.25f, #type);                                  \
    } while (0)

START_TEST(test_view__every_dtype_is_gathered_in_order)
{
    CHECK_DTYPE(float, HORN_FLOAT32);
    CHECK_DTYPE(double, HORN_FLOAT64);
    CHECK_DTYPE(int8_t, HORN_INT8);
    CHECK_DTYPE(int16_t, HORN_INT16);
    CHECK_DTYPE(int32_t, HORN_INT32);
    CHECK_DTYPE(int64_t, HORN_INT64);
    CHECK_DTYPE(uint8_t, HORN_UINT8);
    CHECK_DTYPE(uint16_t, HORN_UINT16);
    CHECK_DTYPE(uint32_t, HORN_UINT32);
    CHECK_DTYPE(uint64_t, HORN_UINT64);
    CHECK_DTYPE(uint8_t, HORN_BOOL);
}
END_TEST

#define CHECK_LABELS(type, name, count, values, expected)                                    \
    do {                                                                                     \
        const type data[] = values;                                                          \
        const int32_t wanted[] = expected;                                                   \
        horn_view view = { .data = data, .dtype = (name), .rank = 1, .shape = { (count) } }; \
        int32_t labels[count];                                                               \
        view_gather_labels(&view, NULL, 0, (count), labels);                                 \
        for (int i_ = 0; i_ < (count); i_++) ck_assert_int_eq(labels[i_], wanted[i_]);       \
    } while (0)
#define LIST(...)   \
    {               \
        __VA_ARGS__ \
    }

START_TEST(test_view__labels_that_do_not_fit_are_no_class)
{
    CHECK_LABELS(float, HORN_FLOAT32, 6, LIST(2.7f, -1.5f, NAN, INFINITY, 2147483648.0f, -3e9f),
                 LIST(2, -1, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN));
    CHECK_LABELS(double, HORN_FLOAT64, 3, LIST(2147483647.0, -2147483647.5, -1e300),
                 LIST(INT32_MAX, -INT32_MAX, INT32_MIN));
    CHECK_LABELS(int64_t, HORN_INT64, 4, LIST(-7, INT64_MAX, INT64_MIN, 1LL << 31),
                 LIST(-7, INT32_MIN, INT32_MIN, INT32_MIN));
    CHECK_LABELS(uint32_t, HORN_UINT32, 2, LIST(INT32_MAX, UINT32_MAX), LIST(INT32_MAX, INT32_MIN));
    CHECK_LABELS(uint64_t, HORN_UINT64, 2, LIST(UINT64_MAX, 3), LIST(INT32_MIN, 3));
}
END_TEST

TEST_MAIN(test_view__shapes_count_compare_and_print, test_view__dtypes_have_numpys_names_and_sizes,
          test_view__counts_and_takes_samples, test_view__pixels_are_divided_as_numpy_does,
          test_view__every_dtype_is_gathered_in_order, test_view__labels_that_do_not_fit_are_no_class)
