#include "test.h"

#include "conformance/sample.h"
#include "conformance/harness.h"

static horn_status build(layer **out, call **c, const char *json, const shape *input)
{
    config *arguments = sample_parse(json);
    horn_status status = layer_new(out, "Reshape", arguments);
    config_free(arguments);
    return status ? status : harness_place(c, *out, input);
}

static void check(const char *json, const shape *input, const shape *expected)
{
    layer *l = NULL;
    call *c;
    ck_ok(build(&l, &c, json, input));
    ck_assert(shape_equal(c->outputs, expected));
    call_free(c);
    layer_free(l);
}

static void check_refused(const char *json, const shape *input, horn_status expected, const char *words)
{
    layer *l = NULL;
    call *c;
    ck_fails(build(&l, &c, json, input), expected, words);
    layer_free(l);
}

START_TEST(test_reshape__one_size_may_be_whatever_is_left)
{
    const shape input = { 2, { 4, 6 } };
    check("{\"target_shape\": [2, 12]}", &input, &(shape){ 2, { 2, 12 } });
    check("{\"target_shape\": [-1]}", &input, &(shape){ 1, { 24 } });
    check("{\"target_shape\": [2, -1, 4]}", &input, &(shape){ 3, { 2, 3, 4 } });
    check("{\"target_shape\": [24, -1]}", &input, &(shape){ 2, { 24, 1 } });
    check("{\"target_shape\": [1, 1]}", &(shape){ 0 }, &(shape){ 2, { 1, 1 } });
    layer *l = horn_reshape(&(horn_reshape_options){ .target_shape = { 3, HORN_REST } });
    ck_assert_ptr_nonnull(l);
    call *c;
    ck_ok(harness_place(&c, l, &input));
    ck_assert(shape_equal(c->outputs, &(shape){ 2, { 3, 8 } }));
    call_free(c);
    horn_layer_free(l);
}
END_TEST

START_TEST(test_reshape__what_does_not_fit_is_refused)
{
    const shape input = { 2, { 4, 6 } };
    check_refused("{\"target_shape\": [5, 5]}", &input, HORN_ERROR_SHAPE,
                  "its input (4, 6) has 24 values, the target has 25");
    check_refused("{\"target_shape\": [5, -1]}", &input, HORN_ERROR_SHAPE, "takes multiples of 5");
    check_refused("{\"target_shape\": [48, -1]}", &input, HORN_ERROR_SHAPE, "takes multiples of 48");
    check_refused("{\"target_shape\": [4294967296, 4294967296, -1]}", &input, HORN_ERROR_SHAPE, "target");
    check_refused("{\"target_shape\": [-1, -1]}", &input, HORN_ERROR_FORMAT, "2 sizes open");
    check_refused("{\"target_shape\": [0]}", &input, HORN_ERROR_FORMAT, "size 0");
    check_refused("{\"target_shape\": [2, -2]}", &input, HORN_ERROR_FORMAT, "size 1");
    check_refused("{\"target_shape\": [2, null]}", &input, HORN_ERROR_FORMAT, "size 1");
    check_refused("{\"target_shape\": []}", &input, HORN_ERROR_FORMAT, "target_shape");
    check_refused("{\"target_shape\": [1, 1, 1, 1, 1, 1, 1, 1, 24]}", &input, HORN_ERROR_FORMAT, "1 to 8");
    check_refused("{}", &input, HORN_ERROR_FORMAT, "argument 'target_shape' is missing");
    ck_carries(layer, horn_reshape(NULL), HORN_ERROR_FORMAT, "target_shape");
}
END_TEST

TEST_MAIN(test_reshape__one_size_may_be_whatever_is_left, test_reshape__what_does_not_fit_is_refused)
