/* Meta graphs made node by node, with a checkpoint of one variable. */
#include "formats/crafted_graphs.h"
#include "formats/meta_graph/place.h"

#include "codecs/tensorflow/tensor_bundle.h"

static void put_variable(tf_nodes *n, const char *name, const size_t *sizes, int rank)
{
    char read[64];
    snprintf(read, sizeof read, "%s/read", name);
    tf_node_begin(n, name, "VariableV2");
    tf_node_type(n, "dtype", TF_FLOAT);
    tf_node_shape(n, "shape", sizes, rank, false);
    tf_node_end(n);
    PUT(n, read, "Identity", name);
}

/* x (n, 3) -> dense (3, 2), whose kernel is the variable "w". */
static tf_nodes product(void)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "x", (size_t[]){ 3 }, 1);
    put_variable(&n, "w", (size_t[]){ 3, 2 }, 2);
    PUT(&n, "dense/MatMul", "MatMul", "x", "w/read");
    return n;
}

static void put_texts(tf_nodes *n, const char *name, const char *const *texts, size_t count)
{
    tf_node_begin(n, name, "Const");
    tf_node_type(n, "dtype", TF_STRING);
    tf_node_texts(n, texts, count);
    tf_node_end(n);
}

static void put_restore(tf_nodes *n, const char *key, const char *assigned)
{
    put_texts(n, "save/file", (const char *const[]){ "model" }, 1);
    put_texts(n, "save/names", &key, 1);
    put_texts(n, "save/slices", (const char *const[]){ "" }, 1);
    PUT(n, "save/RestoreV2", "RestoreV2", "save/file", "save/names", "save/slices");
    PUT(n, "save/Assign", "Assign", "w", assigned);
}

static void put_entry(bytes *out, uint32_t number, const char *key, bytes *message)
{
    bytes entry = { 0 };
    protobuf_put_text(&entry, 1, key);
    protobuf_put_message(&entry, 2, message);
    protobuf_put_message(out, number, &entry);
}

/* Nodes that end the lists by NULL; no list: no signature. */
static bytes meta_graph(tf_nodes *n, const char *const *inputs, const char *const *outputs)
{
    bytes out = { 0 }, info = { 0 }, signature = { 0 };
    ck_ok(tf_nodes_status(n));
    protobuf_put_text(&info, 4, "serve");
    protobuf_put_message(&out, 1, &info);
    protobuf_put_message(&out, 2, &n->out);
    for (uint32_t side = 1; side <= 2 && inputs; side++)
        for (const char *const *node = side == 1 ? inputs : outputs; *node; node++) {
            protobuf_put_text(&info, 1, *node);
            put_entry(&signature, side, *node, &info);
        }
    if (inputs) put_entry(&out, 5, "serving_default", &signature);
    tf_nodes_free(n);
    ck_ok(bytes_status(&out));
    return out;
}

/* A checkpoint of one variable (3, 2). */
static void write_checkpoint(const char *key, size_t rows)
{
    static const float values[8] = { 1, 2, 3, 4, 5, 6 };
    bundle_writer *w;
    bytes index = { 0 };
    ck_ok(bundle_writer_new(&w, 1));
    ck_ok(bundle_writer_add(
        w, 0, key, &(horn_view){ .data = values, .dtype = HORN_FLOAT32, .rank = 2, .shape = { rows, 2 } }));
    ck_ok(bundle_writer_index(w, 1, &index));
    write_file(in_place("m.index"), &index);
    write_file(in_place("m.data-00000-of-00001"), &bundle_writer_shard(w, 0)->own);
    bytes_free(&index);
    bundle_writer_free(w);
}

static horn_status read_meta(snapshot **out, tf_nodes *n, const char *const *inputs,
                             const char *const *outputs)
{
    source from = { 0 };
    const format *chosen;
    bytes content = meta_graph(n, inputs, outputs);
    write_file(in_place("m.meta"), &content);
    bytes_free(&content);
    ck_ok(snapshot_new(out));
    ck_ok(source_open(&from, in_place("m.meta")));
    ck_ok(format_by_content(&chosen, &from));
    ck_assert_str_eq(chosen->name, "meta-graph");
    const horn_status status = format_read(chosen, *out, &from, NULL, NULL);
    source_close(&from);
    return status;
}

#define NODES(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }
#define REFUSES(n, inputs, outputs, status, words)                         \
    do {                                                                   \
        snapshot *refused_;                                                \
        ck_fails(read_meta(&refused_, n, inputs, outputs), status, words); \
        ck_assert_ptr_null(strchr(horn_last_error(), '\n'));               \
        snapshot_free(refused_);                                           \
    } while (0)

static void check_kernel(tf_nodes *n, const char *const *inputs, const char *const *outputs)
{
    snapshot *s;
    ck_ok(read_meta(&s, n, inputs, outputs));
    ck_assert_uint_eq(s->parts, PART_ARCHITECTURE | PART_WEIGHTS);
    ck_assert_str_eq(s->layers[0].class_name, "Dense");
    ck_assert_mem_eq(s->layers[0].tensors[0].data, ((float[]){ 1, 2, 3, 4, 5, 6 }), 24);
    snapshot_free(s);
}

START_TEST(test_meta_graph_nodes__the_graph_tells_the_key_of_a_variable)
{
    make_place();
    tf_nodes n = product();
    write_checkpoint("w", 3);
    check_kernel(&n, NULL, NULL); /* its own name */
    write_checkpoint("other/key", 3);
    n = product();
    REFUSES(&n, NULL, NULL, HORN_ERROR_FORMAT,
            "node 'w' (VariableV2): its values are not in the checkpoint, which has no 'w'");
    n = product();
    put_restore(&n, "other/key", "save/RestoreV2");
    check_kernel(&n, NULL, NULL);
    n = product();
    put_restore(&n, "other/key", "save/copy");
    PUT(&n, "save/copy", "Identity", "save/RestoreV2");
    check_kernel(&n, NULL, NULL);
    n = product();
    put_restore(&n, "other/key", "save/RestoreV2:1");
    REFUSES(&n, NULL, NULL, HORN_ERROR_FORMAT, "has 1 keys, node 'save/Assign' takes number 1");
    n = product();
    put_restore(&n, "none", "save/RestoreV2");
    REFUSES(&n, NULL, NULL, HORN_ERROR_FORMAT, "which has no 'none'");
    n = product();
    PUT(&n, "names", "Relu", "x");
    PUT(&n, "restore", "RestoreV2", "x", "names", "x");
    PUT(&n, "assign", "Assign", "w", "restore");
    REFUSES(&n, NULL, NULL, HORN_ERROR_UNSUPPORTED, "its keys are no constant");
    write_checkpoint("w", 2);
    n = product();
    REFUSES(&n, NULL, NULL, HORN_ERROR_FORMAT, "has another type or shape");
    clear();
}
END_TEST

START_TEST(test_meta_graph_nodes__a_signature_names_both_ends)
{
    make_place();
    write_checkpoint("w", 3);
    tf_nodes n = product();
    check_kernel(&n, NODES("x:0"), NODES("dense/MatMul:0"));
    n = product(); /* which no search would find: both are as long */
    PUT(&n, "a", "Relu", "dense/MatMul");
    PUT(&n, "b", "Tanh", "dense/MatMul");
    check_kernel(&n, NODES("x:0"), NODES("b:0"));
    n = product();
    REFUSES(&n, NODES("x:0", "w:0"), NODES("dense/MatMul:0"), HORN_ERROR_UNSUPPORTED,
            "'serving_default' has 2 inputs, expected one");
    n = product();
    REFUSES(&n, NODES("x:0"), NODES("x:0", "w:0"), HORN_ERROR_UNSUPPORTED, "has 2 outputs, expected one");
    n = product();
    REFUSES(&n, NODES("y:0"), NODES("dense/MatMul:0"), HORN_ERROR_FORMAT, "the signature's input is 'y:0'");
    n = product();
    REFUSES(&n, NODES("x:0"), NODES("dense/MatMul:1"), HORN_ERROR_FORMAT,
            "the signature's output is 'dense/MatMul:1'");
    n = product();
    REFUSES(&n, NODES("w:0"), NODES("dense/MatMul:0"), HORN_ERROR_UNSUPPORTED, "expected a Placeholder");
    n = product();
    REFUSES(&n, NODES("x:0"), NODES("w:0"), HORN_ERROR_UNSUPPORTED, "node 'w' (VariableV2)");
    n = product();
    REFUSES(&n, NODES("x:0"), NODES("x:0"), HORN_ERROR_UNSUPPORTED, "computes nothing that is a layer");
    clear();
}
END_TEST

START_TEST(test_meta_graph_nodes__without_a_signature_the_longest_chain_is_the_model)
{
    make_place();
    write_checkpoint("w", 3);
    tf_nodes n = product();
    PUT(&n, "y", "Softmax", "dense/MatMul");
    put_input(&n, "labels", (size_t[]){ 2 }, 1);
    PUT(&n, "loss", "SoftmaxCrossEntropyWithLogits", "dense/MatMul", "labels");
    PUT(&n, "gradients/MatMul", "MatMul", "loss", "w/read");
    check_kernel(&n, NULL, NULL);
    n = product(); /* as a loss takes it: a Reshape that changes nothing is no layer, so that the Softmax is the output */
    PUT(&n, "y", "Softmax", "dense/MatMul");
    put_integers(&n, "sizes", (int32_t[]){ -1, 2 }, 2);
    PUT(&n, "rows", "Reshape", "dense/MatMul", "sizes");
    check_kernel(&n, NULL, NULL);
    n = product();
    PUT(&n, "a", "Relu", "dense/MatMul");
    PUT(&n, "b", "Tanh", "dense/MatMul");
    REFUSES(&n, NULL, NULL, HORN_ERROR_UNSUPPORTED, "may be the output as well as node");
    n = product(); /* a layer behind what is no layer */
    put_variable(&n, "v", (size_t[]){ 2, 2 }, 2);
    PUT(&n, "odd", "Sin", "dense/MatMul");
    PUT(&n, "second", "MatMul", "odd", "v/read");
    REFUSES(&n, NULL, NULL, HORN_ERROR_UNSUPPORTED,
            "node 'second' (MatMul): is no part of the chain of layers that ends with node 'dense/MatMul'");
    n = (tf_nodes){ .field = TF_IN_GRAPH };
    put_variable(&n, "w", (size_t[]){ 3, 2 }, 2);
    PUT(&n, "y", "Relu", "w/read");
    REFUSES(&n, NULL, NULL, HORN_ERROR_UNSUPPORTED, "no chain of layers behind an input");
    clear();
}
END_TEST

/* The forms that TensorFlow 1.12, 1.15 and 2.15 give tf.compat.v1.nn.dropout. */
START_TEST(test_meta_graph_nodes__dropout_does_nothing)
{
    make_place();
    write_checkpoint("w", 3);
    for (int form = 0; form < 3; form++) {
        tf_nodes n = { .field = TF_IN_GRAPH };
        put_input(&n, "x", (size_t[]){ 3 }, 1);
        PUT(&n, "keep", "PlaceholderWithDefault", "one");
        put_floats(&n, "one", (size_t[]){ 1 }, 0);
        PUT(&n, "random", "RandomUniform", "x");
        put_variable(&n, "w", (size_t[]){ 3, 2 }, 2);
        PUT(&n, "scaled", form ? "Mul" : "RealDiv", "x", "keep");
        PUT(&n, "sum", form ? "GreaterEqual" : "Add", "keep", "random");
        PUT(&n, "mask", form ? "Cast" : "Floor", "sum");
        if (form < 2)
            PUT(&n, "drop", "Mul", "scaled", "mask");
        else
            PUT(&n, "drop", "SelectV2", "sum", "scaled", "one");
        PUT(&n, "dense/MatMul", "MatMul", "drop", "w/read");
        check_kernel(&n, NULL, NULL);
    }
    tf_nodes n = product(); /* a factor for each sample, which is no random number */
    put_floats(&n, "half", (size_t[]){ 1 }, 0);
    PUT(&n, "scaled", "Mul", "dense/MatMul", "half");
    PUT(&n, "drop", "Mul", "scaled", "dense/MatMul");
    REFUSES(&n, NODES("x:0"), NODES("drop:0"), HORN_ERROR_UNSUPPORTED, "node 'scaled' (Mul)");
    clear();
}
END_TEST

/* A checkpoint's variables are known by the names of layers. */
START_TEST(test_meta_graph_nodes__the_layer_with_weights_has_the_name_of_a_scope)
{
    snapshot *s;
    tf_nodes n = { .field = TF_IN_GRAPH };
    make_place();
    write_checkpoint("w", 3);
    put_input(&n, "x", (size_t[]){ 2, 2, 3 }, 3);
    put_integers(&n, "axes", (int32_t[]){ 1, 2 }, 2);
    put_variable(&n, "w", (size_t[]){ 3, 2 }, 2);
    PUT(&n, "last/Mean", "Mean", "x", "axes");
    PUT(&n, "last/MatMul", "MatMul", "last/Mean", "w/read");
    ck_ok(read_meta(&s, &n, NULL, NULL));
    ck_assert_uint_eq(s->layer_count, 2);
    ck_assert_str_eq(s->layers[0].name, "global_average_pooling2d");
    ck_assert_str_eq(s->layers[1].name, "last");
    snapshot_free(s);
    clear();
}
END_TEST

TEST_MAIN(test_meta_graph_nodes__the_graph_tells_the_key_of_a_variable,
          test_meta_graph_nodes__a_signature_names_both_ends,
          test_meta_graph_nodes__without_a_signature_the_longest_chain_is_the_model,
          test_meta_graph_nodes__dropout_does_nothing,
          test_meta_graph_nodes__the_layer_with_weights_has_the_name_of_a_scope)
