/* Objects of a SavedModel without a signature, made one by one: which function is called, with what. */
#include "formats/crafted_graphs.h"
#include "formats/meta_graph/place.h"

#include "codecs/tensorflow/tensor_bundle.h"
#include "formats/meta_graph/meta_graph.h"

/* ---- objects ---- */

static void put_child(bytes *object, unsigned number, const char *name)
{
    bytes child = { 0 };
    protobuf_put_integer(&child, 1, number);
    protobuf_put_text(&child, 2, name);
    protobuf_put_message(object, 1, &child);
}

static void put_object(bytes *objects, uint32_t kind, bytes *content)
{
    bytes object = { 0 };
    protobuf_put_message(&object, kind, content);
    protobuf_put_message(objects, 1, &object);
}

static void put_function(bytes *objects, const char *concrete)
{
    bytes function = { 0 };
    protobuf_put_text(&function, 1, concrete);
    put_object(objects, 6, &function);
}

/* Its arguments: a tensor (samples, 3), and `training`. */
static void put_concrete(bytes *objects, const char *name, const unsigned *bound, size_t count, int tensors,
                         bool training)
{
    bytes concrete = { 0 }, numbers = { 0 }, tuple = { 0 }, value = { 0 }, spec = { 0 }, entry = { 0 };
    for (size_t i = 0; i < count; i++) varint_append(&numbers, bound[i]);
    protobuf_put_message(&concrete, 2, &numbers);
    for (int i = 0; i < tensors; i++) {
        tf_put_shape(&spec, 2, (size_t[]){ 3 }, 1, true);
        protobuf_put_integer(&spec, 3, TF_FLOAT);
        protobuf_put_message(&value, 33, &spec);
        protobuf_put_message(&tuple, 1, &value);
    }
    protobuf_put_integer(&value, 14, training);
    protobuf_put_message(&tuple, 1, &value);
    protobuf_put_message(&value, 52, &tuple);
    protobuf_put_message(&concrete, 3, &value);
    protobuf_put_text(&entry, 1, name);
    protobuf_put_message(&entry, 2, &concrete);
    protobuf_put_message(objects, 2, &entry);
}

/* Object 0 is the root, with these children; 1 a function f, 2 a variable (3, 2), 3 the constant "half", 4 a function g. */
static bytes objects_with(const char *first, const char *second)
{
    bytes objects = { 0 }, root = { 0 }, content = { 0 };
    if (first) put_child(&root, 1, first);
    if (second) put_child(&root, 4, second);
    put_child(&root, 2, "kernel");
    protobuf_put_message(&objects, 1, &root);
    put_function(&objects, "f");
    protobuf_put_integer(&content, 1, TF_FLOAT);
    tf_put_shape(&content, 2, (size_t[]){ 3, 2 }, 2, false);
    put_object(&objects, 7, &content);
    protobuf_put_text(&content, 1, "half");
    put_object(&objects, 9, &content);
    put_function(&objects, "g");
    return objects;
}

/* ---- functions: f(x, kernel) = relu(x kernel) ---- */

static void put_argument(bytes *signature, uint32_t number, const char *name)
{
    bytes argument = { 0 };
    protobuf_put_text(&argument, 1, name);
    protobuf_put_message(signature, number, &argument);
}

static void put_library(bytes *graph, const char *name)
{
    tf_nodes body = { .field = TF_IN_FUNCTION };
    bytes function = { 0 }, signature = { 0 }, entry = { 0 }, library = { 0 };
    protobuf_put_text(&signature, 1, name);
    put_argument(&signature, 2, "x");
    put_argument(&signature, 2, "kernel");
    put_argument(&signature, 3, "result");
    PUT(&body, "read", "ReadVariableOp", "kernel");
    PUT(&body, "dense/MatMul", "MatMul", "x", "read:value:0");
    PUT(&body, "dense/Relu", "Relu", "dense/MatMul:product:0");
    ck_ok(tf_nodes_status(&body));
    protobuf_put_message(&function, 1, &signature);
    bytes_append(&function, body.out.data, body.out.size);
    protobuf_put_text(&entry, 1, "result");
    protobuf_put_text(&entry, 2, "dense/Relu:activations:0");
    protobuf_put_message(&function, 4, &entry);
    protobuf_put_message(&library, 1, &function);
    protobuf_put_message(graph, 2, &library);
    tf_nodes_free(&body);
}

/* Takes the objects. */
static horn_status read_objects(snapshot **out, bytes *objects)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    bytes graph = { 0 }, meta = { 0 };
    put_floats(&n, "half", (size_t[]){ 1 }, 0);
    bytes_append(&graph, n.out.data, n.out.size);
    put_library(&graph, "f");
    protobuf_put_message(&meta, 2, &graph);
    protobuf_put_message(&meta, 7, objects);
    ck_ok(bytes_status(&meta));
    ck_ok(snapshot_new(out));
    const horn_status status =
        meta_graph_read(*out, (protobuf_text){ (const char *)meta.data, meta.size }, NULL, "m", false);
    bytes_free(&meta);
    tf_nodes_free(&n);
    return status;
}

static void check_read(bytes *objects)
{
    snapshot *s;
    ck_ok(read_objects(&s, objects));
    ck_assert_uint_eq(s->layer_count, 1);
    ck_assert_str_eq(s->layers[0].class_name, "Dense");
    ck_assert_uint_eq(s->input_shape[0], 3);
    snapshot_free(s);
}

static void check_refused(bytes *objects, horn_status status, const char *words)
{
    snapshot *s;
    ck_fails(read_objects(&s, objects), status, words);
    ck_assert_ptr_null(strchr(horn_last_error(), '\n'));
    snapshot_free(s);
}

START_TEST(test_call__finds_the_function)
{
    bytes o = objects_with("__call__", "other");
    put_concrete(&o, "f", (unsigned[]){ 2 }, 1, 1, false);
    check_read(&o);
    o = objects_with("run", NULL);
    put_concrete(&o, "f", (unsigned[]){ 2 }, 1, 1, false);
    check_read(&o);
    o = objects_with("run", "other");
    put_concrete(&o, "f", (unsigned[]){ 2 }, 1, 1, false);
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "has no signature and several functions, 'run' and 'other'");
    o = objects_with(NULL, NULL);
    check_refused(&o, HORN_ERROR_UNSUPPORTED,
                  "the graph has no input"); /* as of any graph without a signature */
}
END_TEST

START_TEST(test_call__refuses_other_arguments)
{
    bytes o = objects_with("f", NULL);
    put_concrete(&o, "f", (unsigned[]){ 2 }, 1, 2, false);
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "no single tensor");
    o = objects_with("f", NULL);
    put_concrete(&o, "f", (unsigned[]){ 2 }, 1, 1, true); /* training=True */
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "no single tensor");
    o = objects_with("f", NULL);
    put_concrete(&o, "h", (unsigned[]){ 2 }, 1, 1, false);
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "no single tensor");
}
END_TEST

START_TEST(test_call__refuses_other_objects)
{
    bytes o = objects_with("f", NULL);
    put_concrete(&o, "f", (unsigned[]){ 9 }, 1, 1, false);
    check_refused(&o, HORN_ERROR_FORMAT, "given object 9 of 5");
    o = objects_with("f", NULL);
    put_concrete(&o, "f", (unsigned[]){ 1 }, 1, 1, false);
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "object 1 of 5, which is neither a variable nor a constant");
    o = objects_with("f", NULL);
    put_concrete(&o, "f", NULL, 0, 1, false);
    check_refused(&o, HORN_ERROR_FORMAT, "its call has no input 1");
    o = objects_with("f", NULL);
    put_concrete(&o, "f", (unsigned[]){ 3 }, 1, 1, false);
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "node 'half' (Const): is float32 of rank 0");
}
END_TEST

/* A constant with a long name, given a million times. */
START_TEST(test_call__bounds_what_many_refer_to)
{
    bytes o = objects_with("f", NULL), content = { 0 };
    static unsigned bound[100000];
    static char name[10000];
    memset(name, 'a', sizeof name - 1);
    for (size_t i = 0; i < 100000; i++) bound[i] = 5;
    protobuf_put_text(&content, 1, name);
    put_object(&o, 9, &content);
    put_concrete(&o, "f", bound, 100000, 1, false);
    check_refused(&o, HORN_ERROR_UNSUPPORTED, "object 5 is taken by too many others for its size");
}
END_TEST

TEST_MAIN(test_call__finds_the_function, test_call__refuses_other_arguments, test_call__refuses_other_objects,
          test_call__bounds_what_many_refer_to)
