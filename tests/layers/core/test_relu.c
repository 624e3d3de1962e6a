/* ReLU and LeakyReLU where they bend, against TensorFlow's values and gradients. */
#include "test.h"

#include "conformance/make_layer.h"

enum { N = 8 };

static const float inputs[N] = { -2, -0.5f, 0, 0.5f, 1, 1.5f, 6, 7 };

static void check(const char *name, const char *json, const float values[N], const float gradient[N])
{
    harness h;
    harness_open(&h, make_layer(name, json), &(shape){ 1, { N } }, 1, true);
    memcpy(h.x.data, inputs, sizeof inputs);
    for (size_t i = 0; i < N; i++) h.dy.data[i] = 2;
    harness_forward(&h);
    harness_backward(&h);
    for (size_t i = 0; i < N; i++) {
        ck_assert_msg(h.y.data[i] == values[i], "%s %s at %g: %g, expected %g", name, json, (double)inputs[i],
                      (double)h.y.data[i], (double)values[i]);
        ck_assert_msg(h.dx.data[i] == 2 * gradient[i], "%s %s at %g: slope %g, expected %g", name, json,
                      (double)inputs[i], (double)h.dx.data[i] / 2, (double)gradient[i]);
    }
    harness_close(&h);
}

START_TEST(test_relu__values_and_gradients_are_tensorflows_at_every_bend)
{
    check("ReLU", "{}", (float[]){ 0, 0, 0, 0.5f, 1, 1.5f, 6, 7 }, (float[]){ 0, 0, 0, 1, 1, 1, 1, 1 });
    check("ReLU", "{\"max_value\": 6}", (float[]){ 0, 0, 0, 0.5f, 1, 1.5f, 6, 6 },
          (float[]){ 0, 0, 0, 1, 1, 1, 0, 0 });
    check("ReLU", "{\"max_value\": 0.5}", (float[]){ 0, 0, 0, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f },
          (float[]){ 0, 0, 0, 1, 0, 0, 0, 0 });
    check("ReLU", "{\"max_value\": 1.5, \"negative_slope\": 0.25, \"threshold\": 1}",
          (float[]){ -0.75f, -0.375f, -0.25f, -0.125f, 0, 1.5f, 1.5f, 1.5f },
          (float[]){ 0.25f, 0.25f, 0.25f, 0.25f, 0, 1, 0, 0 });
    check("ReLU", "{\"negative_slope\": 0.5}", (float[]){ -1, -0.25f, 0, 0.5f, 1, 1.5f, 6, 7 },
          (float[]){ 0.5f, 0.5f, 0.5f, 1, 1, 1, 1, 1 });
    check("ReLU", "{\"threshold\": 1}", (float[]){ 0, 0, 0, 0, 0, 1.5f, 6, 7 },
          (float[]){ 0, 0, 0, 0, 0, 1, 1, 1 });
    check("ReLU", "{\"max_value\": 1, \"threshold\": 1.5}", (float[]){ 0, 0, 0, 0, 0, 0, 1, 1 },
          (float[]){ 0, 0, 0, 0, 0, 0, 0, 0 });
    check("ReLU", "{\"max_value\": Infinity}", (float[]){ 0, 0, 0, 0.5f, 1, 1.5f, 6, 7 },
          (float[]){ 0, 0, 0, 1, 1, 1, 1, 1 });
    check("LeakyReLU", "{}", (float[]){ -0.6f, -0.15f, 0, 0.5f, 1, 1.5f, 6, 7 },
          (float[]){ 0.3f, 0.3f, 0.3f, 1, 1, 1, 1, 1 });
    check("LeakyReLU", "{\"alpha\": 0}", (float[]){ 0, 0, 0, 0.5f, 1, 1.5f, 6, 7 },
          (float[]){ 0, 0, 0, 1, 1, 1, 1, 1 });
}
END_TEST

START_TEST(test_relu__nan_stays_and_infinity_is_no_nan)
{
    static const char *const configs[] = { "{}", "{\"max_value\": 6}", "{\"threshold\": 1}",
                                           "{\"max_value\": Infinity}" };
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        harness h;
        harness_open(&h, make_layer("ReLU", configs[i]), &(shape){ 1, { 2 } }, 1, false);
        h.x.data[0] = NAN, h.x.data[1] = -INFINITY;
        harness_forward(&h);
        ck_assert_float_nan(h.y.data[0]);
        ck_assert_float_eq(h.y.data[1], 0);
        harness_close(&h);
    }
}
END_TEST

/* So that the engine overwrites its input instead of keeping a second array. */
START_TEST(test_relu__without_arguments_is_the_activation)
{
    layer *l = horn_relu(NULL);
    ck_assert_str_eq(activation_name(l->activation), "relu");
    ck_assert(l->class->flags & LAYER_IS_VIEW);
    horn_layer_free(l);
    l = horn_relu(&(horn_relu_options){ .max_value = 6 });
    ck_assert_str_eq(activation_name(l->activation), "relu6");
    ck_assert(l->class->flags & LAYER_IS_VIEW);
    horn_layer_free(l);
    l = horn_relu(&(horn_relu_options){ .max_value = 5 });
    ck_assert_ptr_null(l->activation);
    ck_assert(!(l->class->flags & LAYER_IS_VIEW));
    horn_layer_free(l);
    l = horn_leaky_relu(&(horn_leaky_relu_options){ .alpha = 0.5 });
    ck_assert_ptr_nonnull(l);
    horn_layer_free(l);
    l = horn_softmax(&(horn_softmax_options){ .name = "s" });
    ck_assert_str_eq(activation_name(l->activation), "softmax");
    ck_assert_str_eq(l->name, "s");
    horn_layer_free(l);
}
END_TEST

START_TEST(test_relu__what_keras_refuses_is_refused)
{
    check_refused("ReLU", "{\"max_value\": -1}", HORN_ERROR_FORMAT, "max_value");
    check_refused("ReLU", "{\"negative_slope\": -1}", HORN_ERROR_FORMAT, "negative_slope");
    check_refused("ReLU", "{\"threshold\": \"a\"}", HORN_ERROR_FORMAT, "threshold");
    check_refused("LeakyReLU", "{\"alpha\": -1}", HORN_ERROR_FORMAT, "alpha");
    check_refused("Softmax", "{\"axis\": [1, 2]}", HORN_ERROR_UNSUPPORTED, "axis");
    check_refused("Softmax", "{\"axis\": []}", HORN_ERROR_FORMAT, "axis");
    check_refused("Softmax", "{\"axis\": \"last\"}", HORN_ERROR_FORMAT, "axis");
}
END_TEST

START_TEST(test_relu__softmax_takes_the_last_axis_alone)
{
    const shape input = { 2, { 2, 3 } };
    static const char *const good[] = { "{}", "{\"axis\": 2}", "{\"axis\": [-1]}" };
    static const char *const bad[] = { "{\"axis\": 1}", "{\"axis\": -2}", "{\"axis\": 3}", "{\"axis\": 0}" };
    for (size_t i = 0; i < 3; i++) {
        layer *l = make_layer("Softmax", good[i]);
        call *c;
        ck_ok(harness_place(&c, l, &input));
        call_free(c);
        layer_free(l);
    }
    for (size_t i = 0; i < 4; i++) {
        layer *l = make_layer("Softmax", bad[i]);
        call *c;
        ck_fails(harness_place(&c, l, &input), HORN_ERROR_UNSUPPORTED, "axis");
        layer_free(l);
    }
}
END_TEST

TEST_MAIN(test_relu__values_and_gradients_are_tensorflows_at_every_bend,
          test_relu__nan_stays_and_infinity_is_no_nan, test_relu__without_arguments_is_the_activation,
          test_relu__what_keras_refuses_is_refused, test_relu__softmax_takes_the_last_axis_alone)
