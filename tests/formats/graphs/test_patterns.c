/* Forms that neither Horn nor Keras 2 writes. */
#include "formats/crafted_graphs.h"

/* As other converters write them: a kernel as (units, inputs), a product over more axes, an Add, no names. */
START_TEST(test_tf_patterns__products_in_other_forms)
{
    static const float kernel[] = { 1, 2, 3, 4, 5, 6 }, turned[] = { 1, 4, 2, 5, 3, 6 };
    snapshot *s;
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "x", (size_t[]){ 4, 3 }, 2);
    tf_node_begin(&n, "k", "Const");
    tf_node_tensor(&n, &(horn_view){ .data = kernel, .dtype = HORN_FLOAT32, .rank = 2, .shape = { 2, 3 } });
    tf_node_end(&n);
    put_floats(&n, "b", (size_t[]){ 2 }, 1);
    tf_node_begin(&n, "m", "BatchMatMulV2");
    tf_node_input(&n, "x");
    tf_node_input(&n, "k");
    tf_node_boolean(&n, "adj_y", true);
    tf_node_end(&n);
    PUT(&n, "a", "AddV2", "b", "m");
    PUT(&n, "r", "Relu", "a");
    ck_ok(read_bytes(&s, &n.out, "m.pb", 0));
    ck_assert_uint_eq(s->layer_count, 1);
    ck_assert_str_eq(s->layers[0].class_name, "Dense");
    ck_assert_str_eq(s->layers[0].name, "dense");
    ck_assert_str_eq(config_get_string(s->layers[0].arguments, "activation"), "relu");
    ck_assert(config_is_true(config_get(s->layers[0].arguments, "use_bias")));
    ck_assert_mem_eq(s->layers[0].tensors[0].data, turned, sizeof turned);
    ck_assert_uint_eq(s->layers[0].tensors[0].shape[0], 3);
    snapshot_free(s);
    tf_nodes_free(&n);
}
END_TEST

static void put_number(tf_nodes *n, const char *name, float number)
{
    tf_node_begin(n, name, "Const");
    tf_node_tensor(n, &(horn_view){ .data = &number, .dtype = HORN_FLOAT32 });
    tf_node_end(n);
}

static double argument(const snapshot *s, const char *key)
{
    double value = -1;
    return config_number(config_get(s->layers[0].arguments, key), &value) ? value : -1;
}

/* above - 0.3 Relu(-x): with `keras3` Select(x > 0.1, x, 0) and a threshold, else Relu6. */
static tf_nodes leaky(bool keras3, const char *below_of)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "x", (size_t[]){ 3 }, 1);
    put_number(&n, "slope", 0.3f);
    put_number(&n, "zero", 0);
    put_number(&n, "threshold", 0.1f);
    PUT(&n, "less", "Neg", below_of);
    if (keras3) {
        PUT(&n, "greater", "Greater", "x", "threshold");
        PUT(&n, "above", "SelectV2", "greater", "x", "zero");
        PUT(&n, "add", "AddV2", "less", "threshold");
        PUT(&n, "below", "Relu", "add");
    } else {
        PUT(&n, "above", "Relu6", "x");
        PUT(&n, "below", "Relu", "less");
    }
    PUT(&n, "scaled", "Mul", "below", "slope");
    PUT(&n, "layer/sub", "Sub", "above", "scaled");
    return n;
}

START_TEST(test_tf_patterns__relu)
{
    snapshot *s;
    for (int keras3 = 0; keras3 < 2; keras3++) {
        tf_nodes n = leaky(keras3, "x");
        ck_ok(read_bytes(&s, &n.out, "m.pb", 0));
        ck_assert_uint_eq(s->layer_count, 1);
        ck_assert_str_eq(s->layers[0].class_name, "ReLU");
        ck_assert_str_eq(s->layers[0].name, "layer");
        ck_assert_double_eq(argument(s, "max_value"), keras3 ? -1 : 6);
        ck_assert_double_eq(argument(s, "negative_slope"), 0.3);
        ck_assert_double_eq(argument(s, "threshold"), keras3 ? 0.1 : 0);
        snapshot_free(s);
        tf_nodes_free(&n);
        n = leaky(keras3, "slope"); /* of another value */
        refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'layer/sub' (Sub)");
    }
}
END_TEST

/* (x - mean) rsqrt(variance + epsilon) of x (n, 2, 2), whose mean lies along the last axis or the one before. */
static tf_nodes normalize(int32_t rows, int32_t columns)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "x", (size_t[]){ 2, 2 }, 2);
    put_floats(&n, "mean", (size_t[]){ 2 }, 1);
    put_floats(&n, "variance", (size_t[]){ 2 }, 1);
    put_number(&n, "epsilon", 0.5f);
    put_integers(&n, "sizes", (int32_t[]){ rows, columns }, 2);
    PUT(&n, "shaped", "Reshape", "mean", "sizes");
    PUT(&n, "add", "AddV2", "variance", "epsilon");
    PUT(&n, "root", "Rsqrt", "add");
    PUT(&n, "scaled", "Mul", "x", "root");
    PUT(&n, "moved", "Mul", "shaped", "root");
    PUT(&n, "layer/sub", "Sub", "scaled", "moved");
    return n;
}

START_TEST(test_tf_patterns__weights_along_another_axis_are_refused)
{
    tf_nodes n = normalize(1, 2);
    loads(&n);
    n = normalize(1, -1);
    loads(&n);
    n = normalize(2, 1);
    refuses(&n, HORN_ERROR_UNSUPPORTED,
            "node 'shaped' (Reshape): gives weights a shape that does not lie along");
    for (int32_t rows = 1; rows <= 2; rows++) { /* a bias that is added */
        n = (tf_nodes){ .field = TF_IN_GRAPH };
        put_input(&n, "x", (size_t[]){ 2, 3 }, 2);
        put_floats(&n, "kernel", (size_t[]){ 3, 2 }, 2);
        put_floats(&n, "bias", (size_t[]){ 2 }, 1);
        put_integers(&n, "sizes", (int32_t[]){ rows, 3 - rows }, 2);
        PUT(&n, "shaped", "Reshape", "bias", "sizes");
        PUT(&n, "product", "BatchMatMulV2", "x", "kernel");
        PUT(&n, "sum", "AddV2", "product", "shaped");
        if (rows == 1)
            loads(&n);
        else
            refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'shaped' (Reshape)");
    }
}
END_TEST

TEST_MAIN(test_tf_patterns__products_in_other_forms, test_tf_patterns__relu,
          test_tf_patterns__weights_along_another_axis_are_refused)
