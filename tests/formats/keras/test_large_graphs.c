/* Graphs that a small file makes large, or wrong: many nodes in any order, many inputs of one, deep nesting, a name that appears twice.
 * Each is read or refused in bounded time. */
#include <time.h>
#include "formats/files.h"

enum { NODES = 100000, SECONDS = 20, NESTED = 200 };

static void put_begin(bytes *out)
{
    bytes_print(
        out,
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 3], \"name\": \"in\"}, "
        "\"name\": \"in\", \"inbound_nodes\": []}");
}

static void put_end(bytes *out, const char *layer, int call)
{
    bytes_print(out, "], \"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"%s\", %d, 0]]}", layer,
                call);
}

/* Begins a layer, up to the list of its calls. */
static void put_layer(bytes *out, const char *class_name, const char *name)
{
    bytes_print(
        out,
        ", {\"class_name\": \"%s\", \"config\": {\"name\": \"%s\"}, \"name\": \"%s\", \"inbound_nodes\": [",
        class_name, name, name);
}

/* The line of the error; "" if it is read. Frees the content. */
static const char *read_in_time(bytes *content)
{
    snapshot *s = NULL;
    bytes_print(content, "}");
    ck_ok(bytes_status(content));
    const clock_t start = clock();
    const horn_status status = read_bytes(&s, content, "model.json", 0);
    snapshot_free(s);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    ck_assert_msg(seconds < SECONDS, "%g seconds", seconds);
    bytes_free(content);
    return status ? horn_last_error() : "";
}

#define ck_line(content, words) \
    ck_assert_msg(strstr(read_in_time(content), words) != NULL, "%s", horn_last_error())

START_TEST(test_large_graphs__chain)
{
    char name[32];
    for (int backwards = 0; backwards < 2; backwards++) {
        bytes content = { 0 };
        put_begin(&content);
        for (int i = 0; i < NODES; i++) {
            const int number = backwards ? NODES - 1 - i : i;
            snprintf(name, sizeof name, "r%d", number);
            put_layer(&content, "ReLU", name);
            snprintf(name, sizeof name, number ? "r%d" : "in", number - 1);
            bytes_print(&content, "[[\"%s\", 0, 0, {}]]]}", name);
        }
        put_end(&content, "r99999", 0);
        ck_line(&content, "the model has 100001 layers, more than 4096 are not supported");
    }
}
END_TEST

/* `second`: what each call has behind the first value, in JSON. */
static void check_calls(const char *class_name, const char *second)
{
    bytes content = { 0 };
    put_begin(&content);
    put_layer(&content, class_name, "r");
    bytes_print(&content, "[[\"in\", 0, 0, {}]%s]", second);
    for (int i = 1; i < NODES; i++) bytes_print(&content, ", [[\"r\", %d, 0, {}]%s]", i - 1, second);
    bytes_print(&content, "]}");
    put_end(&content, "r", NODES - 1);
    ck_assert_str_eq(read_in_time(&content), "");
}

START_TEST(test_large_graphs__calls_of_one_layer)
{
    check_calls("ReLU", "");
    check_calls("Attention", ", [\"in\", 0, 0, {}]");
}
END_TEST

/* Each of them is the last of as many layers as there may be. */
START_TEST(test_large_graphs__inputs_of_one_call)
{
    char name[32];
    bytes content = { 0 };
    put_begin(&content);
    for (int i = 0; i < 4000; i++) {
        snprintf(name, sizeof name, "r%d", i);
        put_layer(&content, "ReLU", name);
        bytes_print(&content, "[[\"in\", 0, 0, {}]]]}");
    }
    put_layer(&content, "Add", "a");
    bytes_print(&content, "[[\"in\", 0, 0, {}]");
    for (int i = 0; i < NODES; i++) bytes_print(&content, ", [\"r%d\", 0, 0, {}]", i < 4000 ? i : 3999);
    bytes_print(&content, "]]}");
    put_end(&content, "a", 0);
    ck_assert_str_eq(read_in_time(&content), "");
}
END_TEST

START_TEST(test_large_graphs__nesting)
{
    bytes content = { 0 };
    put_begin(&content);
    for (int i = 0; i < NESTED; i++) {
        bytes_print(&content, ", ");
        put_begin(&content);
    }
    put_layer(&content, "ReLU", "m");
    bytes_print(&content, "[[\"in\", 0, 0, {}]]]}");
    put_end(&content, "m", 0);
    for (int i = 0; i < NESTED; i++) {
        bytes_print(&content, ", \"name\": \"m\", \"inbound_nodes\": [[[\"in\", 0, 0, {}]]]}");
        put_end(&content, "m", 1);
    }
    ck_line(&content, "JSON nested deeper than 320");
}
END_TEST

START_TEST(test_large_graphs__a_name_twice)
{
    bytes content = { 0 };
    put_begin(&content);
    for (int i = 0; i < 2; i++) {
        put_layer(&content, "ReLU", "r");
        bytes_print(&content, "[[\"in\", 0, 0, {}]]]}");
    }
    put_end(&content, "r", 0);
    ck_line(&content, "two layers are named 'r'");
}
END_TEST

TEST_MAIN(test_large_graphs__chain, test_large_graphs__calls_of_one_layer,
          test_large_graphs__inputs_of_one_call, test_large_graphs__nesting, test_large_graphs__a_name_twice)
