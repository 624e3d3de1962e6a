#include "formats/crafted_graphs.h"

/* A Const's tensor as it is: type, shape, and a field more. */
typedef struct crafted {
    uint64_t type;
    int64_t sizes[4];
    int rank;
    uint32_t field;
    const void *content;
    size_t size;
} crafted;

static void put_crafted(tf_nodes *n, const char *name, const crafted *c)
{
    bytes sizes = { 0 }, held = { 0 }, value = { 0 }, part = { 0 };
    for (int i = 0; i < c->rank; i++) {
        bytes size = { 0 };
        protobuf_put_integer(&size, 1, (uint64_t)c->sizes[i]);
        protobuf_put_message(&sizes, 2, &size);
    }
    protobuf_put_integer(&held, 1, c->type);
    protobuf_put_message(&held, 2, &sizes);
    if (c->field) protobuf_put_bytes(&held, c->field, c->content, c->size);
    protobuf_put_message(&value, 8, &held);
    protobuf_put_text(&part, 1, "value");
    protobuf_put_message(&part, 2, &value);
    tf_node_begin(n, name, "Const");
    protobuf_put_message(&n->node, 5, &part);
    tf_node_end(n);
}

static tf_nodes with_kernel(const crafted *c)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "input", (size_t[]){ 3 }, 1);
    put_crafted(&n, "kernel", c);
    PUT(&n, "dense/MatMul", "MatMul", "input", "kernel");
    return n;
}

static const float six[6] = { 1, 2, 3, 4, 5, 6 };

START_TEST(test_tf_tensor__what_is_broken_is_refused)
{
    static const struct {
        crafted tensor;
        horn_status status;
        const char *words;
    } cases[] = {
        { { 1, { 3, 2 }, 2, 4, six, 20 },
          HORN_ERROR_FORMAT,
          "content has 20 bytes, expected 6 elements of float32" },
        { { 1, { 3, 2 }, 2, 4, six, 23 }, HORN_ERROR_FORMAT, "content has 23 bytes" },
        { { 1, { 3, 1 }, 2, 5, six, 24 }, HORN_ERROR_FORMAT, "has 6 values, expected at most 3" },
        { { 1, { 3, 2 }, 2, 5, six, 23 }, HORN_ERROR_FORMAT, "its values are broken" },
        { { 1, { 3, 2 }, 2, 7, "\1", 1 }, HORN_ERROR_FORMAT, "its values are of another type" },
        { { 2, { 3, 1 }, 2, 4, six, 24 },
          HORN_ERROR_UNSUPPORTED,
          "is float64 of rank 2 with 3 elements, expected weights" },
        { { 14, { 3, 2 }, 2, 4, six, 12 }, HORN_ERROR_UNSUPPORTED, "is bfloat16" },
        { { 7, { 1, 1 }, 2, 8, "text", 4 }, HORN_ERROR_UNSUPPORTED, "is string" },
        { { 99, { 3, 2 }, 2, 4, six, 24 }, HORN_ERROR_FORMAT, "its dtype is 99" },
        { { 0, { 3, 2 }, 2, 4, six, 24 }, HORN_ERROR_FORMAT, "its dtype is 0" },
        { { 1, { -3, 2 }, 2, 4, six, 24 }, HORN_ERROR_FORMAT, "axis 0 of its shape is -3" },
        { { 1, { 6 }, 1, 4, six, 24 }, HORN_ERROR_UNSUPPORTED, "of rank 1 with 6 elements" },
        { { 1, { 3, 0 }, 2, 0, NULL, 0 }, HORN_ERROR_UNSUPPORTED, "with 0 elements" },
        { { 1, { 1LL << 40, 1LL << 40 }, 2, 5, six, 4 },
          HORN_ERROR_FORMAT,
          "more elements than memory has addresses" },
        { { 1, { 3, 1LL << 38 }, 2, 5, six, 4 },
          HORN_ERROR_FORMAT,
          "far larger than the file" }, /* 3 TB of a value */
        { { 1, { 3, 1LL << 38 }, 2, 0, NULL, 0 }, HORN_ERROR_FORMAT, "far larger than the file" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tf_nodes n = with_kernel(&cases[i].tensor);
        refuses(&n, cases[i].status, cases[i].words);
    }
}
END_TEST

/* A few values that stand for more are TensorFlow's way to save a constant. */
START_TEST(test_tf_tensor__values_that_repeat_are_taken)
{
    static const float expected[3][6] = { { 1, 2, 2, 2, 2, 2 }, { 0 }, { 1, 2, 3, 4, 5, 6 } };
    static const size_t sizes[] = { 8, 0, 24 };
    for (int i = 0; i < 3; i++) {
        snapshot *s;
        tf_nodes n = with_kernel(&(crafted){ 1, { 3, 2 }, 2, 5, six, sizes[i] });
        ck_ok(read_nodes(&n, &s));
        ck_assert_mem_eq(s->layers[0].tensors[0].data, expected[i], sizeof *expected);
        snapshot_free(s);
        tf_nodes_free(&n);
    }
}
END_TEST

/* One constant of 64 MiB as the kernel of many layers. */
START_TEST(test_tf_tensor__a_constant_that_stands_for_many)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    char name[32], last[32] = "input";
    put_input(&n, "input", (size_t[]){ 4096 }, 1);
    put_crafted(&n, "kernel", &(crafted){ 1, { 4096, 4096 }, 2, 5, six, 4 });
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "dense_%d/MatMul", i);
        PUT(&n, name, "MatMul", last, "kernel");
        strcpy(last, name);
    }
    refuses(&n, HORN_ERROR_FORMAT, "far larger than the file");
}
END_TEST

TEST_MAIN(test_tf_tensor__what_is_broken_is_refused, test_tf_tensor__values_that_repeat_are_taken,
          test_tf_tensor__a_constant_that_stands_for_many)
