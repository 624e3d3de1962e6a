#include "test.h"

#include "codecs/tensorflow/tensor_bundle.h"
#include "formats/tensorflow/object_graph.h"

/* A graph's text, made by hand: node(...) with children "name->number" in one string. */
static void put_node(bytes *graph, const char *name, int64_t to, const char *key)
{
    bytes node = { 0 }, part = { 0 };
    if (name) {
        protobuf_put_integer(&part, 1, (uint64_t)to);
        protobuf_put_text(&part, 2, name);
        protobuf_put_message(&node, 1, &part);
    }
    if (key) {
        protobuf_put_text(&part, 1, "VARIABLE_VALUE");
        protobuf_put_text(&part, 3, key);
        protobuf_put_message(&node, 2, &part);
    }
    protobuf_put_message(graph, 1, &node);
}

static horn_status read_graph(object_graph *g, const bytes *text)
{
    return object_graph_read(g, (protobuf_text){ (const char *)text->data, text->size }, "made");
}

#define VALUE "/.ATTRIBUTES/VARIABLE_VALUE"

START_TEST(test_object_graph__written_breadth_first_and_read)
{
    graph_writer *w;
    bundle_writer *files;
    tensor_bundle *b;
    object_graph g;
    bytes index = { 0 };
    float one = 1, two = 2;
    protobuf_text *text;
    ck_ok(graph_writer_new(&w));
    ck_ok(bundle_writer_new(&files, 1));
    size_t deep = graph_writer_node(w), shallow = graph_writer_node(w), list = graph_writer_node(w);
    graph_writer_child(w, 0, "list", list);
    graph_writer_child(w, list, "0", deep);
    graph_writer_child(w, 0, "shallow", shallow);
    graph_writer_child(w, 0, "root", 0);
    graph_writer_child(w, list, "1", shallow);
    graph_writer_child(w, 0, "empty", graph_writer_node(w));
    graph_writer_variable(w, deep, "deep name", (horn_view){ .data = &one });
    graph_writer_variable(w, shallow, "shallow name", (horn_view){ .data = &two });
    ck_ok(graph_writer_finish(w, files, 0));
    ck_ok(bundle_writer_index(files, 1, &index));
    ck_assert_mem_eq(bundle_writer_shard(files, 0)->own.data, &two, 4); /* nearer to the root */
    ck_ok(tensor_bundle_open(&b, index.data, index.size, "made"));
    ck_ok(tensor_bundle_give(b, 0, &bundle_writer_shard(files, 0)->own));
    ck_ok(bundle_entry_texts(
        b, tensor_bundle_find(b, (protobuf_text){ OBJECT_GRAPH_KEY, strlen(OBJECT_GRAPH_KEY) }), &text));

    ck_ok(object_graph_read(&g, *text, "made"));
    ck_assert_uint_eq(g.node_count, 5);
    ck_assert_uint_eq(object_graph_child(&g, 0, "list"), 1);
    ck_assert_uint_eq(object_graph_child(&g, 0, "shallow"), 2);
    ck_assert_uint_eq(object_graph_child(&g, 0, "empty"), 3);
    ck_assert_uint_eq(object_graph_child(&g, 0, "root"), 0);
    ck_assert_uint_eq(object_graph_child(&g, 1, "0"), 4);
    ck_assert_uint_eq(object_graph_child(&g, 1, "1"), 2);
    ck_assert_uint_eq(object_graph_child(&g, 1, "2"), NO_NODE);
    ck_assert_uint_eq(object_graph_child(&g, NO_NODE, "2"), NO_NODE);
    ck_assert(object_graph_is_variable(&g, 2) && object_graph_is_variable(&g, 4) &&
              !object_graph_is_variable(&g, 3));
    ck_assert(protobuf_text_is(g.nodes[2].key, "shallow" VALUE)); /* and not "list/1" */
    ck_assert(protobuf_text_is(g.nodes[4].key, "list/0" VALUE) &&
              protobuf_text_is(g.nodes[4].full_name, "deep name"));
    object_graph_free(&g);
    free(text);
    tensor_bundle_close(b);
    bytes_free(&index);
    bundle_writer_free(files);
    graph_writer_free(w);
}
END_TEST

/* Keys as tf.train.Checkpoint gives them (TensorFlow 2.15): the first way that its walk finds. */
START_TEST(test_object_graph__a_key_is_the_path_of_first_discovery)
{
    enum { ROOT, A, B, C, DEEP, SHARED, ODD, TWICE, RING, NODES };
    static const struct {
        size_t from;
        const char *name;
        size_t to;
    } ways[] = { { ROOT, "b", B },        { ROOT, "a", A },       { A, "c", C },
                 { C, "shared", SHARED }, { B, "shared", DEEP },  { A, "far", SHARED },
                 { B, "a/b.c", ODD },     { B, "x", TWICE },      { A, "x", TWICE },
                 { DEEP, "up", ROOT },    { SHARED, "in", DEEP }, { ROOT, "again", B },
                 { DEEP, "ring", RING },  { RING, "ring", RING } };
    static const struct {
        size_t node;
        const char *key;
    } keys[] = { { SHARED, "a/far" VALUE }, /* two steps, and not the three by c that were said first */
                 { ODD, "b/a.Sb..c" VALUE },
                 { TWICE, "b/x" VALUE }, /* of two ways as long that which comes first */
                 { RING, "b/shared/ring" VALUE } };
    static const float value;
    graph_writer *w;
    graph_variable found;
    ck_ok(graph_writer_new(&w));
    for (size_t i = 1; i < NODES; i++) ck_assert_uint_eq(graph_writer_node(w), i);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        graph_writer_child(w, ways[i].from, ways[i].name, ways[i].to);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        graph_writer_variable(w, keys[i].node, "full name", (horn_view){ .data = &value });
    graph_writer_variable(w, graph_writer_node(w), "that nobody leads to", (horn_view){ .data = &value });
    ck_ok(graph_writer_settle(w));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t at = graph_writer_number(w, keys[i].node);
        ck_assert(graph_writer_next(w, &at, &found));
        ck_assert_uint_eq(found.number, graph_writer_number(w, keys[i].node));
        ck_assert_str_eq(found.key, keys[i].key);
    }
    ck_assert_uint_eq(graph_writer_number(w, NODES), NO_NODE);
    size_t at = 0, count = 0;
    while (graph_writer_next(w, &at, &found)) count++;
    ck_assert_uint_eq(count, sizeof keys / sizeof *keys);
    graph_writer_free(w);
}
END_TEST

START_TEST(test_object_graph__lists_have_no_gaps)
{
    static const struct {
        const char *names[4];
        bool whole;
        size_t count;
    } cases[] = {
        { { "x-1", "x-0", "x-2", "y" }, true, 3 },
        { { "x-0", "x-2" }, false, 0 },
        { { "x-1" }, false, 0 },
        { { "x-0", "x-0", "x-1" }, false, 0 },
        { { "y", "x-", "x" }, true, 0 },
        { { "x-00", "x-0a", "x-0" }, true, 1 },
        { { "x-99999999" }, true, 0 },
        { { "x-9999999" }, false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes text = { 0 }, node = { 0 }, part = { 0 };
        object_graph g;
        size_t *list = NULL, count = 99;
        for (int k = 0; k < 4 && cases[i].names[k]; k++) {
            protobuf_put_integer(&part, 1, (uint64_t)k);
            protobuf_put_text(&part, 2, cases[i].names[k]);
            protobuf_put_message(&node, 1, &part);
        }
        protobuf_put_message(&text, 1, &node);
        for (int k = 0; k < 4; k++) put_node(&text, NULL, 0, NULL);
        ck_ok(read_graph(&g, &text));
        horn_status status = object_graph_list(&g, 0, "x-", &list, &count, "made");
        ck_assert_msg(!status == cases[i].whole, "%zu", i);
        if (!status) ck_assert_uint_eq(count, cases[i].count);
        if (i == 0) ck_assert(list[0] == 1 && list[1] == 0 && list[2] == 2);
        free(list);
        object_graph_free(&g);
        bytes_free(&text);
    }
}
END_TEST

START_TEST(test_object_graph__what_is_no_graph_is_refused)
{
    object_graph g;
    bytes text = { 0 };
    ck_fails(read_graph(&g, &text), HORN_ERROR_FORMAT, "names nodes that it does not have");
    object_graph_free(&g);
    put_node(&text, "child", 1, NULL);
    ck_fails(read_graph(&g, &text), HORN_ERROR_FORMAT, "names nodes that it does not have");
    object_graph_free(&g);
    text.size = 0;
    put_node(&text, "child", -1, NULL);
    ck_fails(read_graph(&g, &text), HORN_ERROR_FORMAT, "names nodes that it does not have");
    object_graph_free(&g);
    text.size = 0;
    put_node(&text, "child", 0, "key");
    text.size--;
    ck_fails(read_graph(&g, &text), HORN_ERROR_FORMAT, "graph is broken");
    object_graph_free(&g);
    text.size = 0;
    bytes_append(&text, "\x0a\x04\x1a\x02\x18\x09", 6); /* a slot variable's node */
    ck_fails(read_graph(&g, &text), HORN_ERROR_FORMAT, "names nodes that it does not have");
    object_graph_free(&g);
    bytes_free(&text);
}
END_TEST

START_TEST(test_object_graph__more_nodes_than_are_taken)
{
    object_graph g;
    bytes text = { 0 };
    for (int i = 0; i < (1 << 20) + 2; i++) bytes_append(&text, "\x0a\x00", 2);
    ck_fails(read_graph(&g, &text), HORN_ERROR_UNSUPPORTED, "more than");
    object_graph_free(&g);
    bytes_free(&text);
}
END_TEST

TEST_MAIN(test_object_graph__written_breadth_first_and_read,
          test_object_graph__a_key_is_the_path_of_first_discovery, test_object_graph__lists_have_no_gaps,
          test_object_graph__what_is_no_graph_is_refused, test_object_graph__more_nodes_than_are_taken)
