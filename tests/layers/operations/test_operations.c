/* Operations that Keras records as layers: shapes, values, gradients against differences, what is refused. */
#include "test.h"

#include "conformance/check_layer.h"
#include "layers/merge.h"

static void check_operation(const char *json, const shape *inputs, size_t count, const shape *expected)
{
    check_merge("Operation", json, inputs, count, expected);
}

static void check_unplaced(const char *json, const shape *inputs, size_t count, const char *words)
{
    layer *l = make_layer("Operation", json);
    call *c = NULL;
    horn_status status = call_new(&c, l, 0, inputs, count, false);
    ck_assert_msg(status == HORN_ERROR_UNSUPPORTED || status == HORN_ERROR_SHAPE ||
                      status == HORN_ERROR_FORMAT || status == HORN_ERROR_ARGUMENT,
                  "%s: placed", json);
    ck_assert_msg(strstr(horn_last_error(), words), "%s: %s", json, horn_last_error());
    layer_free(l);
}

START_TEST(test_operations__pairs_stretch_as_in_tensorflow)
{
    static const shape same[] = { { 2, { 2, 3 } }, { 2, { 2, 3 } } },
                       rows[] = { { 3, { 2, 3, 4 } }, { 3, { 1, 1, 4 } } },
                       both[] = { { 2, { 2, 1 } }, { 2, { 1, 3 } } };
    static const char *const names[] = { "Add",     "Subtract", "Multiply",
                                         "Maximum", "Minimum",  "SquaredDifference" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char json[64];
        snprintf(json, sizeof json, "{\"operation\": \"%s\"}", names[i]);
        check_operation(json, same, 2, &same[0]);
        check_operation(json, rows, 2, &rows[0]);
        check_operation(json, both, 2, &(shape){ 2, { 2, 3 } });
    }
}
END_TEST

START_TEST(test_operations__constants_stretch_too)
{
    static const shape x = { 2, { 2, 3 } }, column = { 2, { 2, 1 } };
    check_operation("{\"operation\": \"Multiply\", \"x2\": 3}", &x, 1, &x);
    check_operation("{\"operation\": \"Subtract\", \"x1\": [1, 2, 3.5]}", &x, 1, &x);
    check_operation("{\"operation\": \"Add\", \"x2\": [[1], [2]]}", &x, 1, &x);
    check_operation("{\"operation\": \"TrueDivide\", \"x2\": [[[1, 2, 3], [4, 5, 6]]]}", &x, 1, &x);
    check_operation("{\"operation\": \"Maximum\", \"x1\": [0.5, 0, -0.5]}", &column, 1,
                    &(shape){ 2, { 2, 3 } });
}
END_TEST

/* pow of numbers above 0, where the exponent has a gradient, too. */
START_TEST(test_operations__powers_have_both_gradients)
{
    static const shape inputs[] = { { 2, { 2, 3 } }, { 2, { 2, 3 } } };
    merge m = open_merge("Operation", "{\"operation\": \"Power\"}", inputs, 2, false);
    for (size_t i = 0; i < ROWS * 6; i++) m.x[0].data[i] = 1.5f + m.x[0].data[i];
    (void)merge_measure(&m);
    m.layer->class->backward(m.call, &m.lane, m.x, &m.y, &m.dy, m.dx);
    check_input(&m, 0), check_input(&m, 1);
    m.x[0].data[0] = -2, m.x[1].data[0] = 3;
    m.layer->class->forward(m.call, &m.lane, m.x, &m.y);
    m.layer->class->backward(m.call, &m.lane, m.x, &m.y, &m.dy, m.dx);
    ck_assert_float_eq(m.y.data[0], -8);
    ck_assert_float_eq(m.dx[0].data[0], 12 * m.dy.data[0]);
    ck_assert_float_eq(m.dx[1].data[0], 0);
    close_merge(&m);
}
END_TEST

START_TEST(test_operations__axes_are_those_of_a_sample)
{
    static const shape x = { 3, { 2, 3, 4 } }, square = { 2, { 3, 4 } },
                       pair[] = { { 2, { 2, 3 } }, { 2, { 2, 3 } } },
                       products[] = { { 3, { 2, 3, 4 } }, { 3, { 2, 4, 2 } } }, one = { 2, { 1, 3 } };
    check_operation("{\"operation\": \"Mean\", \"axis\": [1, -1]}", &x, 1, &(shape){ 1, { 3 } });
    check_operation("{\"operation\": \"Sum\", \"axis\": 2, \"keepdims\": true}", &x, 1,
                    &(shape){ 3, { 2, 1, 4 } });
    check_operation("{\"operation\": \"Max\", \"axis\": [2, 3]}", &x, 1, &(shape){ 1, { 2 } });
    check_operation("{\"operation\": \"Min\", \"axis\": 1}", &x, 1, &(shape){ 2, { 3, 4 } });
    check_operation("{\"operation\": \"Transpose\", \"axes\": [0, 2, -1, 1]}", &x, 1,
                    &(shape){ 3, { 3, 4, 2 } });
    check_operation("{\"operation\": \"Stack\", \"axis\": 1}", pair, 2, &(shape){ 3, { 2, 2, 3 } });
    check_operation("{\"operation\": \"Stack\", \"axis\": -1}", pair, 2, &(shape){ 3, { 2, 3, 2 } });
    check_operation("{\"operation\": \"Concatenate\", \"axis\": -1}", pair, 2, &(shape){ 2, { 2, 6 } });
    check_operation("{\"operation\": \"Matmul\"}", products, 2, &(shape){ 3, { 2, 3, 2 } });
    check_operation("{\"operation\": \"Matmul\", \"transpose_a\": true, \"transpose_b\": true}",
                    (shape[]){ { 2, { 4, 3 } }, { 2, { 2, 4 } } }, 2, &(shape){ 2, { 3, 2 } });
    check_unplaced("{\"operation\": \"Mean\", \"axis\": 0}", &square, 1, "the batch");
    check_unplaced("{\"operation\": \"Mean\"}", &square, 1, "the batch");
    check_unplaced("{\"operation\": \"Mean\", \"axis\": [1, 2]}", &square, 1, "no axis beside the batch");
    check_unplaced("{\"operation\": \"Sum\", \"axis\": 3}", &square, 1, "has 3 axes");
    check_unplaced("{\"operation\": \"Transpose\", \"axes\": [1, 0, 2]}", &square, 1, "moves the batch");
    check_unplaced("{\"operation\": \"Transpose\", \"axes\": [0, 1, 1]}", &square, 1, "twice");
    check_unplaced("{\"operation\": \"Squeeze\", \"axis\": 2}", &one, 1, "expected 1");
    check_unplaced("{\"operation\": \"Matmul\"}", pair, 2, "whose matrices fit");
    check_unplaced("{\"operation\": \"Stack\", \"axis\": 0}", pair, 2, "the batch");
    check_unplaced("{\"operation\": \"Softmax\", \"axis\": 1}", &square, 1, "another axis than the last");
}
END_TEST

#define ALL        "{\"start\": null, \"stop\": null, \"step\": null}"
#define KEY(items) "{\"operation\": \"GetItem\", \"key\": " items "}"

START_TEST(test_operations__slices_are_pythons)
{
    static const shape x = { 2, { 5, 4 } };
    check_operation(KEY("[" ALL ", {\"start\": 1, \"stop\": -1}]"), &x, 1, &(shape){ 2, { 3, 4 } });
    check_operation(KEY("[" ALL ", {\"start\": -2, \"stop\": 99}]"), &x, 1, &(shape){ 2, { 2, 4 } });
    check_operation(KEY("[" ALL ", {\"step\": -2}, {\"start\": 3, \"stop\": 0, \"step\": -1}]"), &x, 1,
                    &(shape){ 2, { 3, 3 } });
    check_operation(KEY("[{\"class_name\": \"__ellipsis__\"}, -1]"), &x, 1, &(shape){ 1, { 5 } });
    check_operation(KEY("[" ALL ", null, 2, null]"), &x, 1, &(shape){ 3, { 1, 1, 4 } });
    check_operation(KEY(ALL), &x, 1, &x);
    check_unplaced(KEY("[0, 1]"), &x, 1, "part of the batch");
    check_unplaced(KEY("[" ALL ", 5]"), &x, 1, "does not have");
    check_unplaced(KEY("[" ALL ", 1, 1]"), &x, 1, "no axis beside the batch");
    check_unplaced(KEY("[" ALL ", 1, 1, 1]"), &x, 1, "does not have");
    check_unplaced(KEY("[" ALL ", {\"start\": 3, \"stop\": 3}]"), &x, 1, "does not have");
    check_unplaced(KEY("[" ALL ", {\"step\": 0}]"), &x, 1, "does not have");
    check_unplaced(KEY("[{\"class_name\": \"__ellipsis__\"}, {\"class_name\": \"__ellipsis__\"}]"), &x, 1,
                   "does not have");
    check_unplaced("{\"operation\": \"GetItem\"}", &x, 1, "does not have");
}
END_TEST

START_TEST(test_operations__samples_stay_apart)
{
    static const shape x = { 1, { 8 } }, other[] = { { 1, { 4 } }, { 2, { 5, 4 } } };
    check_output("Operation", "{\"operation\": \"Reshape\", \"newshape\": [-1, 2, 4]}", &x,
                 &(shape){ 2, { 2, 4 } });
    check_output("Operation", "{\"operation\": \"Reshape\", \"newshape\": [null, 2, -1]}", &x,
                 &(shape){ 2, { 2, 4 } });
    check_unplaced("{\"operation\": \"Reshape\", \"newshape\": [-1, 2, 2]}", &x, 1,
                   "values of several samples");
    check_unplaced("{\"operation\": \"Reshape\", \"newshape\": [4, 2, 4]}", &x, 1, "gives the batch a size");
    check_unplaced("{\"operation\": \"Reshape\", \"newshape\": [-1, -1, -1]}", &x, 1, "newshape");
    check_unplaced("{\"operation\": \"Add\"}", other, 2, "along the batch");
    check_unplaced("{\"operation\": \"Add\", \"x2\": [[1], [2], [3]]}", &x, 1, "from sample to sample");
    check_unplaced("{\"operation\": \"Add\", \"x2\": [1, 2]}", &x, 1, "do not fit");
    check_unplaced("{\"operation\": \"Add\", \"x2\": 1}", other, 2, "is called with 2 inputs");
    check_unplaced("{\"operation\": \"Add\"}", &x, 1, "is called on 1 values, expected 2");
}
END_TEST

START_TEST(test_operations__refuses_what_it_does_not_know)
{
    check_refused("Operation", "{}", HORN_ERROR_FORMAT, "operation");
    check_refused("Operation", "{\"operation\": \"Einsum\"}", HORN_ERROR_UNSUPPORTED, "Einsum");
    check_refused("Operation", "{\"operation\": \"Add\", \"x3\": 1}", HORN_ERROR_UNSUPPORTED, "x3");
    check_refused("Operation", "{\"operation\": \"Add\", \"x1\": 1, \"x2\": 2}", HORN_ERROR_UNSUPPORTED,
                  "on nothing");
    check_refused("Operation", "{\"operation\": \"Add\", \"x1\": [[1, 2], [3]]}", HORN_ERROR_UNSUPPORTED,
                  "no array");
    check_refused("Operation", "{\"operation\": \"Add\", \"x1\": []}", HORN_ERROR_UNSUPPORTED, "no array");
    check_refused("Operation", "{\"operation\": \"Add\", \"x1\": \"one\"}", HORN_ERROR_UNSUPPORTED,
                  "no number");
    check_refused("Operation", "{\"operation\": \"Normalize\", \"axis\": -1, \"order\": 1}",
                  HORN_ERROR_UNSUPPORTED, "order");
    check_refused("Operation", "{\"operation\": \"Clip\", \"x_min\": 0}", HORN_ERROR_FORMAT, "x_max");
}
END_TEST

TEST_MAIN(test_operations__pairs_stretch_as_in_tensorflow, test_operations__constants_stretch_too,
          test_operations__powers_have_both_gradients, test_operations__axes_are_those_of_a_sample,
          test_operations__slices_are_pythons, test_operations__samples_stay_apart,
          test_operations__refuses_what_it_does_not_know)
