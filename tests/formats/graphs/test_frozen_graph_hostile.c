/* Frozen graphs that are broken or mean harm: each refused in one line. */
#include "formats/crafted_graphs.h"
#include "formats/graphs.h"

#define GOLDEN "tests/golden/frozen_graph/operations"
enum { PARTS = PART_ARCHITECTURE | PART_WEIGHTS | PART_OPERATIONS };

/* ---- nodes ---- */

START_TEST(test_frozen_graph_hostile__names_and_inputs)
{
    tf_nodes n = dense();
    loads(&n);
    n = dense();
    PUT(&n, "kernel", "Identity", "dense/MatMul");
    refuses(&n, HORN_ERROR_FORMAT, "two nodes are named 'kernel'");
    n = dense();
    PUT(&n, "output", "Identity", "nobody");
    refuses(&n, HORN_ERROR_FORMAT, "node 'output' (Identity): its input 'nobody' names no node");
    n = dense();
    PUT(&n, "output", "Identity", "dense/MatMul", "^nobody");
    refuses(&n, HORN_ERROR_FORMAT, "its input '^nobody' names no node");
    n = dense();
    PUT(&n, "output", "Identity", "dense/MatMul:zero");
    refuses(&n, HORN_ERROR_FORMAT, "names no output");
    n = dense();
    PUT(&n, "output", "Identity", "dense/MatMul:99999999999999999999");
    refuses(&n, HORN_ERROR_FORMAT, "names no output");
    n = dense();
    PUT(&n, "output", "Identity", "^input", "dense/MatMul");
    refuses(&n, HORN_ERROR_FORMAT, "stands behind one that gives nothing");
    n = dense();
    PUT(&n, "output", "Relu", "dense/MatMul:1");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'output' (Relu)");
    n = dense();
    PUT(&n, "", "Identity", "dense/MatMul");
    refuses(&n, HORN_ERROR_FORMAT, "node 3 has no name");
}
END_TEST

START_TEST(test_frozen_graph_hostile__circles)
{
    tf_nodes n = begin();
    PUT(&n, "a", "Relu", "b");
    PUT(&n, "b", "Relu", "a");
    refuses(&n, HORN_ERROR_FORMAT, "node 'a' (Relu): it waits for itself");
    n = dense();
    PUT(&n, "self", "Relu", "self");
    refuses(&n, HORN_ERROR_FORMAT, "node 'self' (Relu): it waits for itself");
    n = dense(); /* what closes a loop is no circle, but no chain of layers either */
    PUT(&n, "next", "NextIteration", "head");
    PUT(&n, "head", "Merge", "dense/MatMul", "next");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'next' (NextIteration): while loops are not supported");
    n = dense();
    PUT(&n, "next", "NextIteration", "head");
    PUT(&n, "head", "Relu", "next");
    refuses(&n, HORN_ERROR_FORMAT, "it waits for itself");
    n = begin();
    PUT(&n, "before", "NoOp", "^dense/MatMul");
    PUT(&n, "dense/MatMul", "MatMul", "input", "kernel", "^before");
    refuses(&n, HORN_ERROR_FORMAT, "it waits for itself");
}
END_TEST

START_TEST(test_frozen_graph_hostile__branches)
{
    snapshot *s;
    tf_nodes n = dense();
    put_integers(&n, "axis", (int32_t[]){ 1 }, 1);
    PUT(&n, "relu", "Relu", "dense/MatMul");
    PUT(&n, "sum", "AddV2", "relu", "dense/MatMul");
    PUT(&n, "both", "ConcatV2", "sum", "relu", "axis");
    ck_ok(read_nodes(&n, &s));
    ck_assert(s->is_functional);
    ck_assert_uint_eq(s->layer_count, 4);
    ck_assert_uint_eq(s->calls[3].values[0], 3);
    ck_assert_uint_eq(s->calls[3].values[1], 2);
    snapshot_free(s);
    tf_nodes_free(&n);
    for (int i = 0; i < 3; i++) {
        n = dense();
        put_integers(&n, "axis", (int32_t[]){ (int32_t[]){ 0, 2, -3 }[i] }, 1);
        PUT(&n, "relu", "Relu", "dense/MatMul");
        PUT(&n, "both", "ConcatV2", "dense/MatMul", "relu", "axis");
        refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'both' (ConcatV2): joins along no axis of the samples");
    }
    n = dense();
    put_integers(&n, "axis", (int32_t[]){ 1 }, 1);
    PUT(&n, "relu", "Relu", "dense/MatMul");
    PUT(&n, "both", "ConcatV2", "kernel", "relu", "axis");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'both' (ConcatV2)");
    n = dense();
    PUT(&n, "again", "Relu", "sum");
    PUT(&n, "sum", "AddV2", "dense/MatMul", "again");
    PUT(&n, "end", "Relu", "sum");
    refuses(&n, HORN_ERROR_FORMAT, "it waits for itself");
    n = dense();
    PUT(&n, "none", "AddN", NULL);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "'none' (AddN)");
}
END_TEST

/* Each node asks for the one behind it: no stack grows, and time goes with the nodes. */
START_TEST(test_frozen_graph_hostile__long_ways)
{
    enum { LENGTH = 200000 };
    tf_nodes n = dense();
    char name[32], next[32];
    PUT(&n, "n0", "Identity", "dense/MatMul");
    for (int i = LENGTH; i > 0; i--) {
        snprintf(name, sizeof name, "n%d", i);
        snprintf(next, sizeof next, "n%d", i - 1);
        PUT(&n, name, "Identity", next);
    }
    loads(&n);
    n = dense();
    PUT(&n, "n0", "Relu", "dense/MatMul");
    for (int i = LENGTH; i > 0; i--) {
        snprintf(name, sizeof name, "n%d", i);
        snprintf(next, sizeof next, "n%d", i - 1);
        PUT(&n, name, "Relu", next);
    }
    refuses(&n, HORN_ERROR_UNSUPPORTED, "more than 65536 operations that are layers");
    n = begin();
    PUT(&n, "n0", "Shape", "input");
    for (int i = 1; i < LENGTH; i++) {
        snprintf(name, sizeof name, "n%d", i);
        snprintf(next, sizeof next, "n%d", i - 1);
        PUT(&n, name, "Cast", next);
    }
    PUT(&n, "Reshape", "Reshape", "input", name);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "computes no shape in a form that is known");
    n = begin(); /* shapes of shapes of shapes, each of two ways */
    PUT(&n, "n0", "Shape", "input");
    for (int i = 1; i < 40; i++) {
        snprintf(name, sizeof name, "n%d", i);
        snprintf(next, sizeof next, "n%d", i - 1);
        PUT(&n, name, "Pack", next, next);
    }
    PUT(&n, "Reshape", "Reshape", "input", "n39");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "computes no shape in a form that is known");
}
END_TEST

/* A number that takes megabytes to read, because of fields that nobody knows, in each of many layers. */
START_TEST(test_frozen_graph_hostile__a_constant_that_many_read)
{
    bytes number = { 0 }, value = { 0 }, part = { 0 };
    tf_nodes n = { .field = TF_IN_GRAPH };
    char name[32], last[32] = "input", inner[2][32];
    put_input(&n, "input", (size_t[]){ 3 }, 1);
    protobuf_put_integer(&number, 1, 1);
    for (int i = 0; i < 1 << 20; i++) protobuf_put_integer(&number, 15, 0);
    protobuf_put_message(&value, 8, &number);
    protobuf_put_text(&part, 1, "value");
    protobuf_put_message(&part, 2, &value);
    tf_node_begin(&n, "zero", "Const");
    protobuf_put_message(&n.node, 5, &part);
    tf_node_end(&n);
    for (int i = 0; i < 1000; i++) {
        snprintf(inner[0], sizeof *inner, "relu%d", i);
        snprintf(inner[1], sizeof *inner, "min%d", i);
        snprintf(name, sizeof name, "max%d", i);
        PUT(&n, inner[0], "Relu", last);
        PUT(&n, inner[1], "Minimum", inner[0], "zero");
        PUT(&n, name, "Maximum", inner[1], "zero");
        strcpy(last, name);
    }
    loads(&n); /* it is read once */
}
END_TEST

START_TEST(test_frozen_graph_hostile__ends)
{
    tf_nodes n = dense();
    PUT(&n, "other", "Relu", "input");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'other' (Relu): is a second output beside node 'dense/MatMul'");
    n = dense();
    put_input(&n, "second", (size_t[]){ 3 }, 1);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "is a second input beside node 'input'");
    n = (tf_nodes){ .field = TF_IN_GRAPH };
    PUT(&n, "a", "NoOp", NULL);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "has no input (Placeholder)");
    n = begin();
    refuses(&n, HORN_ERROR_UNSUPPORTED, "has no output");
    n = begin();
    PUT(&n, "output", "Identity", "input");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "computes nothing that is a layer");
    n = (tf_nodes){ .field = TF_IN_GRAPH };
    PUT(&n, "input", "Placeholder", NULL);
    PUT(&n, "a", "Relu", "input");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'input' (Placeholder): the input is ?, expected float32");
    n = (tf_nodes){ .field = TF_IN_GRAPH };
    put_input(&n, "input", (size_t[]){ SIZE_MAX - 1 }, 1); /* -1 is open */
    PUT(&n, "a", "Relu", "input");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "axis 1 of the input is -2");
    n = (tf_nodes){ .field = TF_IN_GRAPH };
    put_input(&n, "input", (size_t[]){ (size_t)1 << 40, (size_t)1 << 40 }, 2);
    PUT(&n, "a", "Relu", "input");
    refuses(&n, HORN_ERROR_FORMAT, "larger than memory");
}
END_TEST

/* ---- layers ---- */

START_TEST(test_frozen_graph_hostile__what_is_no_layer)
{
    tf_nodes n = dense();
    PUT(&n, "eye", "MatrixInverse", "dense/MatMul");
    refuses(&n, HORN_ERROR_UNSUPPORTED,
            "m.pb: node 'eye' (MatrixInverse): is no part, in a form that is known");
    n = dense();
    PUT(&n, "call", "PartitionedCall", "dense/MatMul");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'call' (PartitionedCall)");
    n = dense();
    put_floats(&n, "bias", (size_t[]){ 2 }, 1);
    PUT(&n, "once", "BiasAdd", "dense/MatMul", "bias");
    PUT(&n, "twice", "BiasAdd", "once", "bias");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'twice' (BiasAdd): adds a constant where no layer has a bias");
    n = dense();
    put_floats(&n, "bias", (size_t[]){ 3 }, 1);
    PUT(&n, "once", "BiasAdd", "dense/MatMul", "bias");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'bias' (Const): is 3 elements of float32, expected 2");
    n = dense();
    put_floats(&n, "again", (size_t[]){ 3, 2 }, 2);
    PUT(&n, "dense_1/MatMul", "MatMul", "dense/MatMul", "again");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'dense_1/MatMul' (MatMul): its kernel is of another size");
    n = dense();
    put_integers(&n, "shape", (int32_t[]){ -1, 1 }, 2);
    PUT(&n, "mix", "Reshape", "dense/MatMul", "shape");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'mix' (Reshape): gives several rows for each sample");
    n = dense();
    put_integers(&n, "shape", (int32_t[]){ -1, 5 }, 2);
    PUT(&n, "mix", "Reshape", "dense/MatMul", "shape");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "out of 2 values");
    n = dense();
    put_integers(&n, "shape", (int32_t[]){ -1, -1 }, 2);
    PUT(&n, "mix", "Reshape", "dense/MatMul", "shape");
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'mix' (Reshape)");
}
END_TEST

static tf_nodes convolution(const char *padding, const char *layout, const size_t strides[4])
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "input", (size_t[]){ 4, 4, 2 }, 3);
    put_floats(&n, "kernel", (size_t[]){ 3, 3, 2, 1 }, 4);
    tf_node_begin(&n, "conv", "Conv2D");
    tf_node_input(&n, "input");
    tf_node_input(&n, "kernel");
    tf_node_integers(&n, "strides", strides, 4);
    tf_node_text(&n, "padding", padding);
    tf_node_text(&n, "data_format", layout);
    tf_node_end(&n);
    return n;
}

START_TEST(test_frozen_graph_hostile__attributes)
{
    const size_t ones[] = { 1, 1, 1, 1 };
    tf_nodes n = convolution("VALID", "NHWC", ones);
    loads(&n);
    n = convolution("EXPLICIT", "NHWC", ones);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "node 'conv' (Conv2D): its padding is neither SAME nor VALID");
    n = convolution("SAME", "NCHW", ones);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "data_format is not NHWC");
    n = convolution("SAME", "NHWC", (size_t[]){ 1, 0, 1, 1 });
    refuses(&n, HORN_ERROR_UNSUPPORTED, "from 1 to 2^31 - 1");
    n = convolution("SAME", "NHWC", (size_t[]){ 1, SIZE_MAX, 1, 1 });
    refuses(&n, HORN_ERROR_UNSUPPORTED, "from 1 to 2^31 - 1");
    n = convolution("SAME", "NHWC", (size_t[]){ 2, 1, 1, 1 });
    refuses(&n, HORN_ERROR_UNSUPPORTED, "of height and width alone");
    n = begin();
    tf_node_begin(&n, "dense/MatMul", "MatMul");
    tf_node_input(&n, "input");
    tf_node_input(&n, "kernel");
    tf_node_type(&n, "T", 2);
    tf_node_end(&n);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "works on float64, expected float32");
    n = dense();
    tf_node_begin(&n, "leaky", "LeakyRelu");
    tf_node_input(&n, "dense/MatMul");
    tf_node_text(&n, "alpha", "0.2");
    tf_node_end(&n);
    refuses(&n, HORN_ERROR_FORMAT, "its attribute 'alpha' is broken or of another kind");
    n = dense();
    tf_node_begin(&n, "leaky", "LeakyRelu");
    tf_node_input(&n, "dense/MatMul");
    tf_node_number(&n, "alpha", -1);
    tf_node_end(&n);
    refuses(&n, HORN_ERROR_UNSUPPORTED, "its slope is no number from 0 on");
}
END_TEST

/* A message in a message, 1000 deep, where an attribute is. */
START_TEST(test_frozen_graph_hostile__deep_messages)
{
    bytes deep = { 0 };
    tf_nodes n = dense();
    for (int i = 0; i < 1000; i++) {
        bytes outer = { 0 };
        protobuf_put_message(&outer, 1, &deep);
        deep = outer;
    }
    tf_node_begin(&n, "output", "Identity");
    tf_node_input(&n, "dense/MatMul");
    bytes part = { 0 };
    protobuf_put_text(&part, 1, "T");
    protobuf_put_message(&part, 2, &deep);
    protobuf_put_message(&n.node, 5, &part);
    tf_node_end(&n);
    loads(&n);
}
END_TEST

/* ---- every cut and every flip ---- */

/* Loads something, or says why not. */
static void read_anything(const unsigned char *data, size_t size, bool build, size_t *loaded, size_t *refused)
{
    snapshot *s = NULL;
    horn_model *m = NULL;
    const format *f = NULL;
    const source from = { .path = "m.pb", .data = data, .size = size };
    contents list = { 0 };
    ck_ok(snapshot_new(&s));
    horn_status status = format_by_content(&f, &from);
    if (!status && f->list && f->list(&list, &from)) ck_assert(*horn_last_error());
    if (!status) status = f->read(s, &from, &(format_options){ 0 }, NULL);
    if (!status && build) status = model_from_snapshot(&m, s, &(horn_load_options){ .threads = 1 }, "m.pb");
    ck_assert(!status || (*horn_last_error() && !strchr(horn_last_error(), '\n')));
    ++*(status ? refused : loaded);
    contents_free(&list);
    horn_model_free(m);
    snapshot_free(s);
}

static void damage(const bytes *content, size_t step, bool build)
{
    size_t loaded = 0, refused = 0, cuts = 0, flips = 0;
    for (size_t size = 0; size < content->size; size += step, cuts++) {
        unsigned char *exact = malloc(size ? size : 1); /* so that a sanitizer sees its end */
        memcpy(exact, content->data, size);
        read_anything(exact, size, build, &loaded, &refused);
        free(exact);
    }
    for (size_t bit = 0; bit < content->size * 8; bit += step, flips++) {
        content->data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        read_anything(content->data, content->size, build, &loaded, &refused);
        content->data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    ck_assert_uint_eq(loaded + refused, cuts + flips);
    ck_assert_uint_gt(refused, cuts / 2);
    ck_assert_uint_gt(loaded, flips / 100);
}

START_TEST(test_frozen_graph_hostile__no_cut_and_no_flip_of_its_own_file_crashes)
{
    snapshot *s = snapshot_of_layers(
        (horn_layer *[]){
            horn_dense(&(horn_dense_options){ .input_shape = { 2, 3 }, .units = 2, .activation = "relu" }),
            horn_flatten(NULL), horn_batch_normalization(NULL) },
        3, PARTS);
    bytes content = write_bytes(s, "frozen-graph", NULL);
    damage(&content, 1, true);
    bytes_free(&content);
    snapshot_free(s);
}
END_TEST

START_TEST(test_frozen_graph_hostile__no_cut_and_no_flip_of_tensorflows_crashes)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, GOLDEN ".pb", 0));
    damage(&content, 61, false);
    bytes_free(&content);
}
END_TEST

TEST_MAIN(test_frozen_graph_hostile__branches, test_frozen_graph_hostile__names_and_inputs,
          test_frozen_graph_hostile__circles, test_frozen_graph_hostile__long_ways,
          test_frozen_graph_hostile__a_constant_that_many_read, test_frozen_graph_hostile__ends,
          test_frozen_graph_hostile__what_is_no_layer, test_frozen_graph_hostile__attributes,
          test_frozen_graph_hostile__deep_messages,
          test_frozen_graph_hostile__no_cut_and_no_flip_of_its_own_file_crashes,
          test_frozen_graph_hostile__no_cut_and_no_flip_of_tensorflows_crashes)
