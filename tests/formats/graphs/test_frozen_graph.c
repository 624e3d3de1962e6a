#include "formats/graphs.h"

enum { PARTS = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };

static snapshot *two_layers(void)
{
    return snapshot_of_layers(
        (horn_layer *[]){
            horn_dense(&(horn_dense_options){
                .name = "first layer", .input_shape = { 3 }, .units = 2, .activation = "relu" }),
            horn_dense(&(horn_dense_options){ .name = "first_layer", .units = 1, .no_bias = true }) },
        2, PARTS);
}

/* Names are TensorFlow's to have, and no two are the same. */
START_TEST(test_frozen_graph__is_the_model_in_nodes)
{
    static const struct {
        const char *name, *op, *inputs[3];
    } expected[] = {
        { "input", "Placeholder", { NULL } },
        { "first_layer/kernel", "Const", { NULL } },
        { "first_layer/MatMul", "MatMul", { "input", "first_layer/kernel", NULL } },
        { "first_layer/bias", "Const", { NULL } },
        { "first_layer/BiasAdd", "BiasAdd", { "first_layer/MatMul", "first_layer/bias", NULL } },
        { "first_layer/Relu", "Relu", { "first_layer/BiasAdd", NULL } },
        { "first_layer/kernel_1", "Const", { NULL } },
        { "first_layer/MatMul_1", "MatMul", { "first_layer/Relu", "first_layer/kernel_1", NULL } },
        { "output", "Identity", { "first_layer/MatMul_1", NULL } },
    };
    enum { NODES = sizeof expected / sizeof *expected };
    found_node nodes[NODES + 1];
    snapshot *s = two_layers();
    bytes content = write_bytes(s, "frozen-graph", NULL);
    ck_assert_uint_eq(nodes_in((protobuf_text){ (char *)content.data, content.size }, 1, nodes, NODES + 1),
                      NODES);
    for (size_t i = 0; i < NODES; i++) {
        ck_assert_msg(protobuf_text_is(nodes[i].name, expected[i].name), "node %zu is %.*s", i,
                      (int)nodes[i].name.size, nodes[i].name.at);
        ck_assert(protobuf_text_is(nodes[i].op, expected[i].op));
        size_t count = 0;
        while (expected[i].inputs[count]) count++;
        ck_assert_uint_eq(nodes[i].input_count, count);
        for (size_t k = 0; k < count; k++)
            ck_assert(protobuf_text_is(nodes[i].inputs[k], expected[i].inputs[k]));
    }
    const snapshot_tensor *kernel = &s->layers[0].tensors[0];
    ck_assert_uint_eq(nodes[1].tensor.size, snapshot_tensor_bytes(kernel));
    ck_assert_mem_eq(nodes[1].tensor.at, kernel->data, nodes[1].tensor.size);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

START_TEST(test_frozen_graph__the_same_model_gives_the_same_bytes)
{
    snapshot *a = two_layers(), *b = two_layers();
    bytes first = write_bytes(a, "frozen-graph", NULL), second = write_bytes(b, "frozen-graph", NULL);
    check_same_bytes(&first, &second, "frozen graph");
    bytes_free(&first), bytes_free(&second);
    snapshot_free(a), snapshot_free(b);
}
END_TEST

START_TEST(test_frozen_graph__what_cannot_be_written_is_named)
{
    bytes content = { 0 };
    snapshot *s = two_layers();
    s->operations->operations[2].kind = OPERATION_NONE;
    ck_fails(write_named(&content, s, "frozen-graph", NULL, "m.pb", 0), HORN_ERROR_UNSUPPORTED,
             "layer 'first layer': operation 'none'");
    s->operations->operations[1].weight = "seed";
    ck_fails(write_named(&content, s, "frozen-graph", NULL, "m.pb", 0), HORN_ERROR_ARGUMENT,
             "has no weight 'seed'");
    ck_fails(write_named(&content, s, "frozen-graph", "keras3", "m.pb", 0), HORN_ERROR_ARGUMENT,
             "dialect is 'keras3'");
    graph_free(s->operations);
    s->operations = NULL;
    ck_fails(write_named(&content, s, "frozen-graph", NULL, "m.pb", 0), HORN_ERROR_ARGUMENT,
             "operations are missing");
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_frozen_graph__is_the_model_in_nodes, test_frozen_graph__the_same_model_gives_the_same_bytes,
          test_frozen_graph__what_cannot_be_written_is_named)
