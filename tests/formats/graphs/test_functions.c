#include "formats/crafted_graphs.h"

/* Of an argument x: calls of `called`, one after the other; named "f". */
static void put_function(bytes *library, const char *name, const char *called, int calls)
{
    bytes f = { 0 }, signature = { 0 }, part = { 0 };
    tf_nodes n = { .field = TF_IN_FUNCTION };
    char node[16], input[32] = "x";
    protobuf_put_text(&signature, 1, name);
    protobuf_put_text(&part, 1, "x");
    protobuf_put_message(&signature, 2, &part);
    protobuf_put_text(&part, 1, "y");
    protobuf_put_message(&signature, 3, &part);
    protobuf_put_message(&f, 1, &signature);
    for (int i = 0; i < calls; i++) {
        snprintf(node, sizeof node, "n%d", i);
        tf_node_begin(&n, node, called ? "PartitionedCall" : "Relu");
        tf_node_input(&n, input);
        if (called) tf_node_function(&n, "f", called);
        tf_node_end(&n);
        snprintf(input, sizeof input, "n%d:%s:0", i, called ? "output" : "activations");
    }
    bytes_append(&f, n.out.data, n.out.size);
    protobuf_put_text(&part, 1, "y");
    protobuf_put_text(&part, 2, input);
    protobuf_put_message(&f, 4, &part);
    protobuf_put_message(library, 1, &f);
    tf_nodes_free(&n);
}

static tf_nodes calls(const char *called, bytes *library)
{
    tf_nodes n = dense();
    tf_node_begin(&n, "call", "PartitionedCall");
    tf_node_input(&n, "dense/MatMul");
    tf_node_function(&n, "f", called);
    tf_node_end(&n);
    protobuf_put_message(&n.out, 2, library);
    return n;
}

START_TEST(test_tf_functions__stand_in_the_place_of_calls)
{
    bytes library = { 0 };
    snapshot *s;
    put_function(&library, "f", "g", 2);
    put_function(&library, "g", NULL, 1);
    tf_nodes n = calls("f", &library);
    ck_ok(read_nodes(&n, &s));
    ck_assert_uint_eq(s->layer_count, 3);
    ck_assert_str_eq(s->layers[2].class_name, "Activation");
    snapshot_free(s);
    tf_nodes_free(&n);
    put_function(&library, "f", "f", 1);
    n = calls("f", &library);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "functions call each other more than 16 deep");
    put_function(&library, "f", "g", 1);
    put_function(&library, "g", "f", 1);
    n = calls("f", &library);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "functions call each other more than 16 deep");
    for (int i = 0; i < 12; i++)
        put_function(&library, (char[]){ (char)('a' + i), 0 }, (char[]){ (char)('b' + i), 0 }, 8);
    put_function(&library, "m", NULL, 1);
    n = calls("a", &library); /* 8^12 nodes */
    refuses(&n, HORN_ERROR_UNSUPPORTED, "functions make more than 65536 nodes");
    put_function(&library, "f", NULL, 1);
    put_function(&library, "f", NULL, 1);
    n = calls("f", &library);
    refuses(&n, HORN_ERROR_FORMAT, "two functions of the graph have one name");
    put_function(&library, "f", NULL, 0); /* gives its argument */
    n = calls("f", &library);
    loads(&n);
    put_function(&library, "f", NULL, 1);
    n = calls("g", &library);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'call' (PartitionedCall)");
}
END_TEST

/* A normalization has six outputs, which functions call by name: only the first is the image. */
START_TEST(test_tf_functions__name_the_outputs_of_their_nodes)
{
    static const char *const results[] = { "x", "bn:y:0", "bn:batch_mean:0" };
    for (int i = 0; i < 3; i++) {
        bytes library = { 0 }, f = { 0 }, signature = { 0 }, part = { 0 };
        tf_nodes n = { .field = TF_IN_FUNCTION };
        protobuf_put_text(&signature, 1, "f");
        for (int k = 0; k < 2; k++) {
            protobuf_put_text(&part, 1, k ? "c" : "x");
            protobuf_put_message(&signature, 2, &part);
        }
        protobuf_put_text(&part, 1, "y");
        protobuf_put_message(&signature, 3, &part);
        protobuf_put_message(&f, 1, &signature);
        tf_node_begin(&n, "bn", "FusedBatchNormV3");
        for (int k = 0; k < 5; k++) tf_node_input(&n, k ? "c" : "x");
        tf_node_boolean(&n, "is_training", false);
        tf_node_end(&n);
        bytes_append(&f, n.out.data, n.out.size);
        protobuf_put_text(&part, 1, "y");
        protobuf_put_text(&part, 2, results[i]);
        protobuf_put_message(&f, 4, &part);
        protobuf_put_message(&library, 1, &f);
        tf_nodes_free(&n);

        n.field = TF_IN_GRAPH;
        put_input(&n, "input", (size_t[]){ 4, 4, 2 }, 3);
        put_floats(&n, "c", (size_t[]){ 2 }, 1);
        tf_node_begin(&n, "first", "FusedBatchNormV3");
        for (int k = 0; k < 5; k++) tf_node_input(&n, k ? "c" : "input");
        tf_node_boolean(&n, "is_training", false);
        tf_node_end(&n);
        tf_node_begin(&n, "call", "PartitionedCall");
        tf_node_input(&n, "first");
        tf_node_input(&n, "c");
        tf_node_function(&n, "f", "f");
        tf_node_end(&n);
        if (i == 0) PUT(&n, "relu", "Relu", "call");
        protobuf_put_message(&n.out, 2, &library);
        if (i < 2)
            loads(&n); /* where the graph's own normalization goes on, or the function's */
        else
            refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'call' (Identity)");
    }
}
END_TEST

TEST_MAIN(test_tf_functions__stand_in_the_place_of_calls, test_tf_functions__name_the_outputs_of_their_nodes)
