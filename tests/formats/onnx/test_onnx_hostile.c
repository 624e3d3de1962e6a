/* ONNX files that are broken or mean harm: each refused in one line. */
#include "formats/onnx/crafted.h"

#include <stdio.h>

/* ---- the messages ---- */

START_TEST(test_onnx_hostile__what_is_no_whole_message)
{
    crafted c = rows();
    PUT(&c, "Relu", "y", "x");
    bytes content = file_of(&c);
    snapshot *s;
    for (size_t size = 0; size < content.size; size++) {
        const bytes cut = { .data = content.data, .size = size };
        ck_assert_int_ne(read_bytes(&s, &cut, "m.onnx", 0), HORN_OK);
        ck_assert_ptr_null(strchr(horn_last_error(), '\n'));
        snapshot_free(s);
    }
    content.size -= 8; /* behind the graph */
    ck_fails(read_bytes(&s, &content, "m.onnx", 0), HORN_ERROR_FORMAT, "m.onnx: is no whole model of ONNX");
    snapshot_free(s);
    bytes_free(&content);
    c = rows();
    protobuf_put_integer(&c.graph, 1, 5);
    refuses(&c, HORN_ERROR_FORMAT, "is no whole graph: broken behind 0 nodes");
    c = rows();
    protobuf_put_bytes(&c.graph, 1, "\x0a\xff", 2);
    refuses(&c, HORN_ERROR_FORMAT, "node 0 is broken");
    c = rows();
    protobuf_put_bytes(&c.graph, 1, "\x12\x01y", 3);
    refuses(&c, HORN_ERROR_FORMAT, "node 0 has no op");
    c = rows();
    protobuf_put_bytes(&c.graph, 11, "\x0a\x7f", 2);
    refuses(&c, HORN_ERROR_FORMAT, "an input is broken");
}
END_TEST

START_TEST(test_onnx_hostile__versions)
{
    static const int64_t wrong[] = { 0, 6, 23, -1 };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        crafted c = rows();
        c.operators = wrong[i];
        PUT(&c, "Relu", "y", "x");
        refuses(&c, HORN_ERROR_UNSUPPORTED, "expected 7 to 22");
    }
}
END_TEST

START_TEST(test_onnx_hostile__ends)
{
    crafted c = rows();
    put_end(&c, 11, "z", FLOATS, SIZES(0, 3));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "has 2 inputs and 1 outputs");
    c = rows();
    put_end(&c, 12, "x", FLOATS, SIZES(0, 3));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "has 1 inputs and 2 outputs");
    c = rows();
    PUT(&c, "Relu", "z", "x");
    refuses(&c, HORN_ERROR_FORMAT, "its output 'y' names no value");
    c = (crafted){ .operators = 13 };
    put_end(&c, 11, "x", 10, SIZES(0, 3));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 3));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "input 'x': is float16, expected float32");
    static const int64_t open[][3] = { { 0, -4, 3 }, { 0, 3, INT64_MAX } };
    for (int i = 0; i < 2; i++) {
        c = (crafted){ .operators = 13 };
        put_end(&c, 11, "x", FLOATS, open[i], 3);
        put_end(&c, 12, "y", FLOATS, SIZES(0, 3));
        PUT(&c, "Relu", "y", "x");
        refuses(&c, HORN_ERROR_UNSUPPORTED, "expected a size up to 2^31 - 1");
    }
    c = (crafted){ .operators = 13 };
    put_end(&c, 11, "x", FLOATS, SIZES(0));
    put_end(&c, 12, "y", FLOATS, SIZES(0));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "input 'x': has 1 axes, expected 2 to 9");
    c = (crafted){ .operators = 13 };
    put_end(&c, 11, "x", FLOATS, SIZES(0, 1 << 30, 1 << 30, 1 << 30));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 3));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "more values than memory has addresses");
    c = rows();
    put_floats(&c, "w", SIZES(2));
    PUT(&c, "Identity", "y", "w");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "output 'y' is no value that a layer can give: a constant");
    c = rows();
    PUT(&c, "Identity", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "computes nothing that is a layer");
}
END_TEST

/* ---- names ---- */

START_TEST(test_onnx_hostile__names_and_circles)
{
    crafted c = rows();
    PUT(&c, "Relu", "y", "x");
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_FORMAT, "two values are named 'y'");
    c = rows();
    put_floats(&c, "y", SIZES(2));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_FORMAT, "two values are named 'y'");
    c = rows();
    put_end(&c, 11, "x", FLOATS, SIZES(0, 3));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_FORMAT, "two values are named 'x'");
    c = rows();
    PUT(&c, "Relu", "y", "nobody");
    refuses(&c, HORN_ERROR_FORMAT, "node 'y' (Relu): its input 'nobody' names no value");
    c = rows();
    PUT(&c, "Relu", "y", "y");
    refuses(&c, HORN_ERROR_FORMAT, "its input 'y' is not made before it");
    c = rows();
    PUT(&c, "Add", "a", "x", "b");
    PUT(&c, "Relu", "b", "a");
    PUT(&c, "Relu", "y", "b");
    refuses(&c, HORN_ERROR_FORMAT, "node 'a' (Add): its input 'b' is not made before it");
    c = rows();
    put_floats(&c, "", SIZES(2));
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_FORMAT, "value 0 has no name");
}
END_TEST

static snapshot *read_branches(crafted *c)
{
    snapshot *s;
    ck_ok(read_crafted(c, &s));
    ck_assert(s->is_functional);
    bytes_free(&c->graph);
    return s;
}

START_TEST(test_onnx_hostile__branches)
{
    crafted c = rows();
    PUT(&c, "Relu", "a", "x");
    PUT(&c, "Add", "y", "a", "x");
    snapshot *s = read_branches(&c);
    ck_assert_uint_eq(s->call_count, 2);
    ck_assert_uint_eq(s->calls[1].values[0], 1);
    ck_assert_uint_eq(s->calls[1].values[1], 0);
    snapshot_free(s);
    c = rows(); /* a kernel that two products take */
    put_floats(&c, "w", SIZES(3, 3));
    PUT(&c, "MatMul", "a", "x", "w");
    PUT(&c, "MatMul", "b", "a", "w");
    PUT_WITH(&c, "Concat", "y", integer("axis", -1), "a", "b", "x");
    s = read_branches(&c);
    ck_assert_uint_eq(s->layer_count, 2);
    ck_assert_uint_eq(s->call_count, 3);
    ck_assert_uint_eq(s->calls[2].value_count, 3);
    ck_assert_str_eq(s->layers[1].class_name, "Concatenate");
    snapshot_free(s);
    c = rows(); /* of which one has a bias: two layers */
    put_floats(&c, "w", SIZES(3, 3));
    put_floats(&c, "v", SIZES(3));
    PUT(&c, "MatMul", "a", "x", "w");
    PUT(&c, "Gemm", "b", "x", "w", "v");
    PUT(&c, "Mul", "y", "a", "b");
    s = read_branches(&c);
    ck_assert_uint_eq(s->layer_count, 3);
    ck_assert_uint_eq(s->layers[0].tensor_count + s->layers[1].tensor_count, 3);
    snapshot_free(s);
    c = rows();
    PUT_WITH(&c, "Concat", "y", integer("axis", 0), "x", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "node 'y' (Concat): joins along no axis of the samples");
    c = rows();
    PUT_WITH(&c, "Concat", "y", integer("axis", INT64_MIN), "x", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "node 'y' (Concat): joins along no axis of the samples");
    c = rows();
    PUT(&c, "Relu", "a", "x");
    PUT(&c, "Add", "y", "a", "nobody");
    refuses(&c, HORN_ERROR_FORMAT, "its input 'nobody' names no value");
}
END_TEST

/* Each value twice in the next: as many ways as there are subsets. */
START_TEST(test_onnx_hostile__ladders)
{
    enum { LENGTH = 100000 };
    for (int k = 0; k < 2; k++) {
        char name[24], last[24] = "x";
        crafted c = rows();
        for (int i = 0; i < (k ? LENGTH : 3000); i++) {
            snprintf(name, sizeof name, "n%d", i);
            PUT(&c, "Mul", name, last, last);
            strcpy(last, name);
        }
        PUT(&c, "Relu", "y", last);
        if (k)
            refuses(&c, HORN_ERROR_UNSUPPORTED, "more than 65536 operations that are layers");
        else
            loads(&c);
    }
    crafted c = rows();
    bytes node = { 0 };
    for (int i = 0; i < LENGTH; i++) protobuf_put_text(&node, 1, "x");
    protobuf_put_text(&node, 2, "y");
    protobuf_put_text(&node, 4, "Sum");
    protobuf_put_message(&c.graph, 1, &node);
    loads(&c);
}
END_TEST

/* Time goes with the nodes, and no stack grows. */
START_TEST(test_onnx_hostile__long_ways)
{
    enum { LENGTH = 100000 };
    static const char *const ops[] = { "Identity", "Relu", "Transpose" };
    for (int k = 0; k < 3; k++) {
        char name[24], last[24] = "x";
        crafted c = rows();
        for (int i = 0; i < LENGTH; i++) {
            snprintf(name, sizeof name, "n%d", i);
            PUT_WITH(&c, ops[k], name, k == 2 ? integers("perm", SIZES(0, 1)) : (bytes){ 0 }, last);
            strcpy(last, name);
        }
        PUT(&c, "Relu", "y", last);
        if (k == 1)
            refuses(&c, HORN_ERROR_UNSUPPORTED, "more than 65536 operations that are layers");
        else
            loads(&c);
    }
}
END_TEST

/* A constant of a megabyte, of fields that nobody knows, which many nodes take. */
START_TEST(test_onnx_hostile__a_constant_that_many_take)
{
    char name[24], last[24] = "x";
    crafted c = rows();
    bytes t = tensor_of("one", FLOATS, NULL, 0, NULL);
    for (int i = 0; i < 1 << 19; i++) protobuf_put_integer(&t, 99, 0);
    protobuf_put_message(&c.graph, 5, &t);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        PUT(&c, "Mul", name, last, "one");
        strcpy(last, name);
    }
    PUT(&c, "Relu", "y", last);
    refuses(&c, HORN_ERROR_UNSUPPORTED, "too many others take for its size");
}
END_TEST

/* ---- tensors ---- */

static void check_tensor(bytes t, horn_status status, const char *words)
{
    crafted c = rows();
    protobuf_put_message(&c.graph, 5, &t);
    PUT(&c, "MatMul", "y", "x", "w");
    refuses(&c, status, words);
}

START_TEST(test_onnx_hostile__tensors)
{
    bytes t = tensor_of("w", FLOATS, SIZES(3, 2), NULL);
    protobuf_put_integer(&t, 1, 2);
    check_tensor(t, HORN_ERROR_FORMAT,
                 "initializer 'w': has 24 bytes of content, expected 12 elements of 4 bytes");
    t = tensor_of("w", FLOATS, SIZES(3, 2), NULL);
    protobuf_put_integer(&t, 1, (uint64_t)INT64_MAX);
    check_tensor(t, HORN_ERROR_FORMAT, "its tensor is broken");
    t = tensor_of("w", FLOATS, SIZES(3, 2), NULL);
    protobuf_put_integer(&t, 1, (uint64_t)-1);
    check_tensor(t, HORN_ERROR_FORMAT, "its tensor is broken");
    t = tensor_of("w", FLOATS, SIZES(3, 2), NULL);
    protobuf_put_integer(&t, 14, 1);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "initializer 'w': has its values in another file");
    t = tensor_of("w", FLOATS, SIZES(3, 2), NULL);
    protobuf_put_text(&t, 13, "../../etc/passwd");
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "initializer 'w': has its values in another file");
    t = (bytes){ 0 };
    protobuf_put_integer(&t, 1, 1 << 20);
    protobuf_put_integer(&t, 1, 1 << 20);
    protobuf_put_integer(&t, 2, FLOATS);
    protobuf_put_text(&t, 8, "w");
    check_tensor(t, HORN_ERROR_FORMAT, "initializer 'w': has 0 values, expected 1099511627776");
    t = tensor_of("w", 10, SIZES(3, 2), NULL);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "weights of float16 with 6 elements, expected float32");
    t = tensor_of("w", 77, SIZES(3, 2), NULL);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "weights of ? with");
    t = tensor_of("w", FLOATS, SIZES(4, 2), NULL);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "its kernel is of another size than its input");
    t = tensor_of("w", FLOATS, SIZES(6), NULL);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "its kernel has not two axes");
    t = tensor_of("w", FLOATS, SIZES(3, 0), NULL);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "with 0 elements");
    t = tensor_of("w", FLOATS, SIZES(1, 1, 1, 1, 1, 1, 1, 1, 1), NULL);
    check_tensor(t, HORN_ERROR_UNSUPPORTED, "its kernel has not two axes");
    crafted c = rows();
    protobuf_put_text(&c.graph, 15, "sparse");
    PUT(&c, "Relu", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "has sparse initializers");
}
END_TEST

/* ---- nodes ---- */

START_TEST(test_onnx_hostile__what_is_no_layer)
{
    crafted c = rows();
    PUT(&c, "Einsum", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "m.onnx: node 'y' (Einsum): is no part, in a form that is known");
    c = rows();
    PUT(&c, "Loop", "a", "x");
    PUT(&c, "Relu", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "node 'a' (Loop)");
    c = rows();
    PUT(&c, "Relu", "y", "");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "node 'y' (Relu): lacks an input");
    c = rows();
    PUT(&c, "MatMul", "y", "x", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "node 'y' (MatMul)");
    c = rows();
    put_floats(&c, "w", SIZES(3, 2));
    PUT_WITH(&c, "Gemm", "y", integer("transA", 1), "x", "w");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "is no Dense layer");
    c = rows();
    put_floats(&c, "w", SIZES(3, 2));
    put_floats(&c, "b", SIZES(3));
    PUT(&c, "Gemm", "y", "x", "w", "b");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "weights of float32 with 3 elements, expected float32 with 2");
    c = rows();
    PUT_WITH(&c, "LeakyRelu", "y", number("alpha", -1), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its slope is no number from 0 on");
    c = rows();
    PUT_WITH(&c, "Elu", "y", number("alpha", 0.5f), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its alpha is not 1");
    c = rows();
    PUT_WITH(&c, "Softmax", "y", integer("axis", 0), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "is not over the channels");
    c = rows();
    PUT(&c, "Sqrt", "a", "x");
    PUT(&c, "Relu", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "takes a square root");
    c = rows();
    PUT_WITH(&c, "Cast", "y", integer("to", 7), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "is no value that a layer can give: integers");
    c = rows();
    PUT_WITH(&c, "Cast", "y", integer("to", 11), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "makes values that are not float32");
    c = rows();
    PUT_WITH(&c, "Clip", "y", number("min", 1), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its least value is not 0");
}
END_TEST

START_TEST(test_onnx_hostile__attributes)
{
    crafted c = rows();
    PUT_WITH(&c, "LeakyRelu", "y", integer("alpha", 1), "x");
    refuses(&c, HORN_ERROR_FORMAT, "its attribute 'alpha' is broken or of another kind");
    c = rows();
    PUT_WITH(&c, "Softmax", "y", number("axis", 1), "x");
    refuses(&c, HORN_ERROR_FORMAT, "its attribute 'axis' is broken or of another kind");
    c = rows();
    PUT_WITH(&c, "Transpose", "y", integers("perm", SIZES(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)), "x");
    refuses(&c, HORN_ERROR_FORMAT, "its attribute 'perm' is broken or of another kind");
    c = rows();
    PUT_WITH(&c, "Constant", "w", text("value", "w"), NULL);
    PUT(&c, "MatMul", "y", "x", "w");
    refuses(&c, HORN_ERROR_FORMAT, "node 'w' (Constant): its attribute 'value' is broken or of another kind");
    c = rows();
    PUT_WITH(&c, "Constant", "w", integer("value_int", 3), NULL);
    PUT(&c, "MatMul", "y", "x", "w");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "(Constant)");
    c = rows();
    PUT_WITH(&c, "Flatten", "y", integer("axis", 2), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "does not keep the samples apart");
}
END_TEST

START_TEST(test_onnx_hostile__shapes)
{
    static const int64_t wrong[][3] = { { -1, 2, 2 },
                                        { 0, -1, -1 },
                                        { -1, -1, 1 },
                                        { 3, 1, 1 },
                                        { 0, 0, 3 },
                                        { 0, -3, -1 },
                                        { 0, INT64_MAX, INT64_MAX } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        crafted c = rows();
        put_integers(&c, "s", wrong[i], 3);
        PUT(&c, "Reshape", "y", "x", "s");
        refuses(&c, HORN_ERROR_UNSUPPORTED, "gives other shapes than one for each sample");
    }
    crafted c = rows();
    put_floats(&c, "s", SIZES(2));
    PUT(&c, "Reshape", "y", "x", "s");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "takes sizes that are no integers");
    c = image();
    PUT_WITH(&c, "Transpose", "y", integers("perm", SIZES(1, 0, 2, 3)), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "changes the order of axes otherwise");
    c = image();
    PUT_WITH(&c, "Transpose", "y", integers("perm", SIZES(0, 2, 2, 3)), "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "does not name each axis behind the samples once");
    c = image();
    put_floats(&c, "k", SIZES(2, 3, 1, 1));
    PUT(&c, "Conv", "a", "x", "k");
    PUT(&c, "Flatten", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED,
            "output 'y' is no value that a layer can give: an image whose channels");
    c = image();
    put_floats(&c, "k", SIZES(2, 3, 1, 1));
    put_floats(&c, "w", SIZES(31, 2));
    PUT(&c, "Conv", "a", "x", "k");
    PUT(&c, "Flatten", "b", "a");
    PUT(&c, "MatMul", "y", "b", "w");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its kernel is of another size than its input");
}
END_TEST

/* Broadcasting along another axis than the channels must not be taken for that, also where the sizes are the same. */
START_TEST(test_onnx_hostile__constants_along_other_axes)
{
    static const int64_t sizes[][3] = { { 4, 1, 1 }, { 1, 4, 1 }, { 1, 1, 4 }, { 3, 4, 4 } };
    for (int i = 0; i < 4; i++) {
        crafted c = image();
        put_floats(&c, "k", SIZES(4, 3, 1, 1));
        put_floats(&c, "b", sizes[i], 3);
        PUT(&c, "Conv", "a", "x", "k");
        PUT(&c, "Add", "y", "a", "b");
        if (i == 0)
            loads(&c);
        else
            refuses(&c, HORN_ERROR_UNSUPPORTED, "does not lie along the channels");
    }
}
END_TEST

/* ---- images ---- */

static crafted convolution(const int64_t kernel[4], bytes attributes)
{
    crafted c = image();
    put_floats(&c, "k", kernel, 4);
    PUT_WITH(&c, "Conv", "y", attributes, "x", "k");
    return c;
}

START_TEST(test_onnx_hostile__convolutions)
{
    static const int64_t kernel[] = { 2, 3, 3, 3 }, two[] = { 2, 2, 2, 2 }, large[] = { 2, 3, 5, 1 };
    crafted c = convolution(kernel, (bytes){ 0 });
    loads(&c);
    c = convolution(two, (bytes){ 0 });
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its kernel is of another number of channels than the image");
    c = convolution(kernel, integer("group", 0));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its kernel is of another number of channels");
    c = convolution(kernel, integer("group", -3));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its kernel is of another number of channels");
    c = convolution(kernel, integers("strides", SIZES(0, 1)));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "are not from 0 or 1 to 2^31 - 1");
    c = convolution(kernel, integers("pads", SIZES(0, 0, -1, 0)));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "are not from 0 or 1 to 2^31 - 1");
    c = convolution(kernel, integers("pads", SIZES(INT64_MAX, 0, 0, 0)));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "are not from 0 or 1 to 2^31 - 1");
    c = convolution(kernel, integers("pads", SIZES(1, 1)));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "is not of height and width");
    c = convolution(kernel, integers("kernel_shape", SIZES(2, 3)));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its kernel_shape is not that of its kernel");
    c = convolution(kernel, text("auto_pad", "SAME_LOWER"));
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its auto_pad is not supported");
    c = convolution(large, (bytes){ 0 });
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its window does not fit into the image");
    c = image();
    put_floats(&c, "k", SIZES(2, 3, 3));
    PUT(&c, "Conv", "y", "x", "k");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "is no convolution of height and width");
    c = rows();
    put_floats(&c, "k", SIZES(2, 3, 1, 1));
    PUT(&c, "Conv", "y", "x", "k");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its input is no image");
}
END_TEST

START_TEST(test_onnx_hostile__pools_and_pads)
{
    crafted c = image();
    PUT(&c, "MaxPool", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "has no window");
    c = image();
    bytes both = integers("kernel_shape", SIZES(3, 3)), more = integers("pads", SIZES(1, 0, 0, 0));
    bytes_append(&both, more.data, more.size);
    bytes_free(&more);
    PUT_WITH(&c, "MaxPool", "y", both, "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its pads are neither none nor as even as can be");
    c = image();
    put_integers(&c, "p", SIZES(0, 1, 0, 0, 0, 0, 0, 0));
    PUT(&c, "Pad", "a", "x", "p");
    PUT(&c, "GlobalMaxPool", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "does not pad height and width of an image alone");
    c = image();
    put_integers(&c, "p", SIZES(0, 0, -1, 0, 0, 0, 0, 0));
    PUT(&c, "Pad", "a", "x", "p");
    PUT(&c, "GlobalMaxPool", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "does not pad height and width of an image alone");
    c = image();
    put_integers(&c, "p", SIZES(0, 0, INT64_MAX, 0, 0, 0, INT64_MAX, 0));
    PUT(&c, "Pad", "a", "x", "p");
    PUT(&c, "GlobalMaxPool", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "node 'a' (Pad): pads by more than 2^31 - 1 lines");
    c = image();
    put_integers(&c, "p", SIZES(0, 0, 1, 1, 0, 0, 1, 1));
    PUT_WITH(&c, "Pad", "a", text("mode", "reflect"), "x", "p");
    PUT(&c, "GlobalMaxPool", "y", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "does not pad an image with zeros");
    c = image();
    put_floats(&c, "v", SIZES(3));
    PUT(&c, "BatchNormalization", "y", "x", "v", "v", "v");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "normalizes otherwise");
    c = image();
    put_floats(&c, "v", SIZES(2));
    PUT(&c, "BatchNormalization", "y", "x", "v", "v", "v", "v");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "weights of float32 with 2 elements, expected float32 with 3");
}
END_TEST

static crafted sequence(void)
{
    crafted c = { .operators = 13 };
    put_end(&c, 11, "x", FLOATS, SIZES(0, 4, 3));
    put_end(&c, 12, "y", FLOATS, SIZES(0, 4, 2));
    PUT_WITH(&c, "Transpose", "t", integers("perm", SIZES(1, 0, 2)), "x");
    return c;
}

START_TEST(test_onnx_hostile__recurrences)
{
    static const int64_t wrong[][3] = { { 1, 7, 3 }, { 2, 8, 3 }, { 1, 8, 4 }, { 1, 0, 3 }, { 1, 2, 12 } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        crafted c = sequence();
        put_floats(&c, "w", wrong[i], 3);
        put_floats(&c, "r", SIZES(1, 8, 2));
        PUT(&c, "LSTM", "l", "t", "w", "r");
        PUT(&c, "Squeeze", "y", "l");
        refuses(&c, HORN_ERROR_UNSUPPORTED, "its weights are of other sizes than its input and its units");
    }
    crafted c = sequence();
    put_floats(&c, "w", SIZES(1, 8, 3));
    put_floats(&c, "r", SIZES(1, 8, 2));
    put_floats(&c, "b", SIZES(1, 8));
    PUT(&c, "LSTM", "y", "t", "w", "r", "b");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its biases are of other sizes than its units");
    c = sequence();
    put_floats(&c, "w", SIZES(1, 8, 3));
    put_floats(&c, "r", SIZES(1, 8, 2));
    PUT(&c, "LSTM", "y", "x", "w", "r");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its input is no sequence whose steps are in front");
    c = sequence();
    put_floats(&c, "w", SIZES(1, 8, 3));
    put_floats(&c, "r", SIZES(1, 8, 2));
    PUT_WITH(&c, "LSTM", "y", text("direction", "both"), "t", "w", "r");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "has settings, activations or inputs that no layer has");
    c = sequence();
    put_floats(&c, "w", SIZES(1, 8, 3));
    put_floats(&c, "r", SIZES(1, 8, 2));
    PUT(&c, "LSTM", "y", "t", "w", "r");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "output 'y' is no value that a layer can give");
}
END_TEST

START_TEST(test_onnx_hostile__parts_and_tables)
{
    crafted c = sequence();
    put_integers(&c, "s", SIZES(3));
    put_integers(&c, "e", SIZES(-2));
    put_integers(&c, "a", SIZES(1));
    PUT(&c, "Slice", "y", "x", "s", "e", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "leaves nothing of an axis");
    c = sequence();
    put_integers(&c, "s", SIZES(INT64_MIN));
    put_integers(&c, "e", SIZES(INT64_MIN));
    put_integers(&c, "a", SIZES(1));
    PUT(&c, "Slice", "y", "x", "s", "e", "a");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "takes other parts than the middle");
    c = sequence();
    put_integers(&c, "n", SIZES(1, 2, 1));
    PUT(&c, "Tile", "y", "x", "n");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "repeats more than axes of length 1");
    c = sequence();
    put_floats(&c, "w", SIZES(5, 2, 2));
    PUT_WITH(&c, "Cast", "i", integer("to", 7), "x");
    PUT(&c, "Gather", "y", "w", "i");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "its table has not two axes");
    c = image();
    put_floats(&c, "k", SIZES(2, 3, 1, 1));
    PUT(&c, "ConvTranspose", "y", "x", "k");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "or a kernel of other channels");
    c = image();
    PUT(&c, "Resize", "y", "x");
    refuses(&c, HORN_ERROR_UNSUPPORTED, "does not make an image a whole number of times as large");
}
END_TEST

TEST_MAIN(test_onnx_hostile__branches, test_onnx_hostile__ladders, test_onnx_hostile__recurrences,
          test_onnx_hostile__parts_and_tables, test_onnx_hostile__what_is_no_whole_message,
          test_onnx_hostile__versions, test_onnx_hostile__ends, test_onnx_hostile__names_and_circles,
          test_onnx_hostile__long_ways, test_onnx_hostile__a_constant_that_many_take,
          test_onnx_hostile__tensors, test_onnx_hostile__what_is_no_layer, test_onnx_hostile__attributes,
          test_onnx_hostile__shapes, test_onnx_hostile__constants_along_other_axes,
          test_onnx_hostile__convolutions, test_onnx_hostile__pools_and_pads)
