#include "formats/files.h"

#define INPUT2                                                                                            \
    "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 3], \"name\": \"in\"}, " \
    "\"name\": \"in\", \"inbound_nodes\": []}"
#define INPUT3                                                                                      \
    "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 3], \"name\": \"in\"}, " \
    "\"name\": \"in\", \"inbound_nodes\": []}"
#define DENSE(name, nodes)                                                                              \
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"" name "\", \"units\": 2}, \"name\": \"" name \
    "\", \"inbound_nodes\": " nodes "}"
#define CALL2(from) "[[[\"" from "\", 0, 0, {}]]]"
#define TENSOR(from)                                                                                     \
    "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 3], \"dtype\": \"float32\", " \
    "\"keras_history\": [\"" from "\", 0, 0]}}"
#define CALL3(from, more) "[{\"args\": [" TENSOR(from) "], \"kwargs\": {" more "}}]"
#define ENDS2(in, out)    "\"input_layers\": [[\"" in "\", 0, 0]], \"output_layers\": [[\"" out "\", 0, 0]]"
#define ENDS3(in, out)    "\"input_layers\": [\"" in "\", 0, 0], \"output_layers\": [\"" out "\", 0, 0]"
#define MODEL(class_name, layers, ends)                                                                      \
    "{\"class_name\": \"" class_name "\", \"config\": {\"name\": \"m\", \"layers\": [" layers "], " ends "}" \
    "}"

static horn_status read_text(snapshot **out, const char *text)
{
    bytes content = { 0 };
    bytes_print(&content, "%s", text);
    horn_status status = read_bytes(out, &content, "model.json", 0);
    bytes_free(&content);
    return status;
}

/* One chain: by Keras 2, by an older one, by Keras 3, and with layers that stand in another order than they are called in. */
static const char *const spellings[] = {
    MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")) ", " DENSE("b", CALL2("a")), ENDS2("in", "b")),
    MODEL("Model", INPUT2 ", " DENSE("a", CALL2("in")) ", " DENSE("b", CALL2("a")), ENDS2("in", "b")),
    MODEL("Functional",
          INPUT3
          ", " DENSE("a", CALL3("in", "\"mask\": null")) ", " DENSE("b", CALL3("a", "\"training\": false")),
          ENDS3("in", "b")),
    MODEL("demo>Mine", DENSE("b", CALL2("a")) ", " INPUT2 ", " DENSE("a", CALL2("in")), ENDS2("in", "b")),
};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

START_TEST(test_functional__chains_in_every_spelling)
{
    bytes first = { 0 };
    for (size_t i = 0; i < SPELLINGS; i++) {
        snapshot *s = NULL;
        ck_ok(read_text(&s, spellings[i]));
        ck_assert(s->is_functional);
        ck_assert_str_eq(s->input_name, "in");
        ck_assert_int_eq(s->input_rank, 1);
        ck_assert_uint_eq(s->layer_count, 2);
        ck_assert_str_eq(s->layers[0].name, "a");
        ck_assert_str_eq(s->layers[1].name, "b");
        bytes text = write_bytes(s, "json", NULL);
        if (i) check_same_bytes(&first, &text, spellings[i]);
        snapshot_free(s);
        if (!i) first = text;
        if (i) bytes_free(&text);
    }
    bytes_free(&first);
}
END_TEST

START_TEST(test_functional__writes_calls)
{
    snapshot *s = NULL;
    ck_ok(read_text(&s, spellings[2]));
    bytes text = write_bytes(s, "json", NULL);
    static const char *const parts[] = { "\"class_name\": \"Model\"",
                                         "\"inbound_nodes\": []",
                                         "\"inbound_nodes\": [[[\"in\", 0, 0, {",
                                         "\"inbound_nodes\": [[[\"a\", 0, 0, {",
                                         "\"input_layers\": [[\"in\", 0, 0]]",
                                         "\"output_layers\": [[\"b\", 0, 0]]" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ck_assert_msg(strstr(bytes_text(&text), parts[i]) != NULL, "no %s in %s", parts[i],
                      bytes_text(&text));
    bytes_free(&text);
    snapshot_free(s);
}
END_TEST

/* a's second call takes b; what takes that call stands in front of what takes b, as in Keras' file. */
START_TEST(test_functional__layers_keep_the_order_of_the_file)
{
    static const char *const names[] = { "a", "b", "c", "d", "e" };
    snapshot *s = NULL;
    ck_ok(read_text(
        &s,
        MODEL(
            "Functional",
            INPUT2 ", " DENSE("a", "[[[\"in\", 0, 0, {}]], [[\"b\", 0, 0, {}]]]") ", " DENSE(
                "b",
                CALL2("a")) ", " DENSE("c",
                                       "[[[\"a\", 1, 0, {}]]]") ", " DENSE("d",
                                                                           CALL2("b")) ", "
                                                                                       "{\"class_name\": "
                                                                                       "\"Add\", \"config\": "
                                                                                       "{\"name\": \"e\"}, "
                                                                                       "\"name\": \"e\", "
                                                                                       "\"inbound_nodes\": "
                                                                                       "[[[\"c\", 0, 0, {}], "
                                                                                       "[\"d\", 0, 0, {}]]]}",
            ENDS2("in", "e"))));
    ck_assert_uint_eq(s->layer_count, 5);
    for (size_t i = 0; i < 5; i++) ck_assert_str_eq(s->layers[i].name, names[i]);
    ck_assert_uint_eq(s->call_count, 6);
    ck_assert_uint_eq(s->calls[2].layer, 0);
    snapshot_free(s);
}
END_TEST

/* A branch, a layer that is called twice, and a model inside, whose calls count from 1 on. */
#define NESTED(nodes)                                                                                   \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": []}, \"name\": \"s\", " \
    "\"inbound_nodes\": " nodes "}"
#define ADD(name, nodes)                                                                \
    "{\"class_name\": \"Add\", \"config\": {\"name\": \"" name "\"}, \"name\": \"" name \
    "\", \"inbound_nodes\": " nodes "}"
#define GRAPH2                                                                                              \
    MODEL("Functional",                                                                                     \
          INPUT2 ", " DENSE("a", "[[[\"in\", 0, 0, {}]], [[\"a\", 0, 0, {}]]]") ", " NESTED(                \
              "[[[\"a\", 0, 0, {}]], [[\"in\", 0, 0, {}]]]") ", " ADD("add",                                \
                                                                      "[[[\"a\", 1, 0, {}], [\"s\", 1, 0, " \
                                                                      "{}], [\"s\", 2, 0, {}]]]"),          \
          ENDS2("in", "add"))
#define HISTORY(from, call) \
    "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"" from "\", " call ", 0]}}"
#define GRAPH3                                                                                                                             \
    MODEL(                                                                                                                                 \
        "Functional",                                                                                                                      \
        INPUT3 ", " DENSE(                                                                                                                 \
            "a",                                                                                                                           \
            "[{\"args\": [" HISTORY(                                                                                                       \
                "in",                                                                                                                      \
                "0") "], \"kwargs\": {}}, {\"args\": "                                                                                     \
                     "[" HISTORY(                                                                                                          \
                         "a",                                                                                                              \
                         "0") "]}]") ", " NESTED("[{\"args\": [" HISTORY("a",                                                              \
                                                                         "0") "]}, {\"args\": "                                            \
                                                                              "[" HISTORY(                                                 \
                                                                                  "in",                                                    \
                                                                                  "0") "]}]") ", " ADD("ad"                                \
                                                                                                       "d",                                \
                                                                                                       "[{"                                \
                                                                                                       "\"a"                               \
                                                                                                       "rgs"                               \
                                                                                                       "\":"                               \
                                                                                                       " ["                                \
                                                                                                       "[" HISTORY("a", "1") ", " HISTORY( \
                                                                                                           "s",                            \
                                                                                                           "0") ", " HISTORY("s",          \
                                                                                                                             "1") "]]}]"), \
        ENDS3("in", "add"))

START_TEST(test_functional__graphs_of_both_kerases)
{
    static const size_t layers[] = { 0, 0, 1, 1, 2 }, first_values[] = { 0, 1, 1, 0, 2 };
    bytes first = { 0 };
    for (int i = 0; i < 2; i++) {
        snapshot *s = NULL;
        ck_ok(read_text(&s, i ? GRAPH3 : GRAPH2));
        ck_assert_uint_eq(s->layer_count, 3);
        ck_assert_uint_eq(s->call_count, 5);
        for (size_t k = 0; k < 5; k++) {
            ck_assert_uint_eq(s->calls[k].layer, layers[k]);
            ck_assert_uint_eq(s->calls[k].values[0], first_values[k]);
        }
        ck_assert_uint_eq(s->calls[4].value_count, 3);
        ck_assert_uint_eq(s->calls[4].values[1], 3);
        ck_assert_uint_eq(s->calls[4].values[2], 4);
        bytes text = write_bytes(s, "json", NULL);
        if (i) check_same_bytes(&first, &text, "Keras 3's");
        ck_assert_ptr_nonnull(strstr(bytes_text(&text), "[\"s\", 2, 0, {"));
        snapshot_free(s);
        if (!i) first = text;
        if (i) bytes_free(&text);
    }
    bytes_free(&first);
}
END_TEST

#define SECOND                                                                                    \
    "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 4], \"dtype\": " \
    "\"float32\", \"sparse\": false, \"ragged\": false, \"name\": \"in2\"}, \"name\": \"in2\", "  \
    "\"inbound_nodes\": []}"
#define TWO(inputs, outputs)                                                                           \
    MODEL("Functional", INPUT2 ", " SECOND ", " DENSE("a", CALL2("in")) ", " DENSE("b", CALL2("in2")), \
          "\"input_layers\": " inputs ", \"output_layers\": " outputs)

/* Lists keep their order; a dict is taken by the order of its keys, as in Keras, and stays one. */
static const struct {
    const char *text;
    size_t inputs[2], outputs[2];
    const char *names[2];
    const char *written[2];
} ends[] = {
    { TWO("[[\"in2\", 0, 0], [\"in\", 0, 0]]", "[[\"b\", 0, 0], [\"a\", 0, 0]]"),
      { 1, 0 },
      { 3, 2 },
      { "b", "a" },
      { "\"input_layers\": [[\"in2\", 0, 0], [\"in\", 0, 0]]",
        "\"output_layers\": [[\"b\", 0, 0], [\"a\", 0, 0]]" } },
    { TWO("{\"y\": [\"in2\", 0, 0], \"x\": [\"in\", 0, 0]}", "{\"q\": [\"a\", 0, 0], \"p\": [\"b\", 0, 0]}"),
      { 0, 1 },
      { 3, 2 },
      { "p", "q" },
      { "\"x\": [\"in\", 0, 0],", "\"q\": [\"a\", 0, 0]" } },
};

START_TEST(test_functional__several_inputs_and_outputs)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snapshot *s = NULL;
        ck_ok(read_text(&s, ends[i].text));
        ck_assert_uint_eq(s->layer_count, 3);
        ck_assert_uint_eq(s->input_count, 2);
        ck_assert_uint_eq(s->output_count, 2);
        for (size_t k = 0; k < 2; k++) {
            char *name;
            ck_assert_uint_eq(s->inputs[k].value, ends[i].inputs[k]);
            ck_assert_uint_eq(s->outputs[k].value, ends[i].outputs[k]);
            ck_ok(snapshot_output_name(&name, s, k));
            ck_assert_str_eq(name, ends[i].names[k]);
            free(name);
        }
        bytes text = write_bytes(s, "json", NULL);
        for (size_t k = 0; k < 2; k++)
            ck_assert_msg(strstr(bytes_text(&text), ends[i].written[k]), "%s", bytes_text(&text));
        bytes_free(&text);
        snapshot_free(s);
    }
}
END_TEST

static const struct {
    const char *text;
    horn_status status;
    const char *words;
} refused[] = {
    { MODEL("Functional", INPUT3 ", " DENSE("a", "[{\"args\": [" TENSOR("in") ", " TENSOR("in") "]}]"),
            ENDS3("in", "a")),
      HORN_ERROR_UNSUPPORTED, "layer 'a' (Dense) is called with several arguments, which is not supported" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[[[\"in\", 0, 1, {}]]]"), ENDS2("in", "a")),
      HORN_ERROR_UNSUPPORTED, "layer 'a' (Dense) takes an output of a layer that has several" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[[[\"in\", 0, 0, {\"training\": true}]]]"),
            ENDS2("in", "a")),
      HORN_ERROR_UNSUPPORTED, "layer 'a' (Dense) is called with the argument 'training'" },
    { MODEL("Functional", INPUT3 ", " DENSE("a", CALL3("in", "\"initial_state\": 3")), ENDS3("in", "a")),
      HORN_ERROR_UNSUPPORTED, "layer 'a' (Dense) is called with the argument 'initial_state'" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")),
            "\"input_layers\": [[\"in\", 0, 0], [\"in\", 0, 0]], \"output_layers\": [[\"a\", 0, 0]]"),
      HORN_ERROR_FORMAT, "layer 'in' (InputLayer) is two of the model's inputs" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")),
            "\"input_layers\": {\"x\": [[\"in\", 0, 0]]}, \"output_layers\": [[\"a\", 0, 0]]"),
      HORN_ERROR_UNSUPPORTED, "'input_layers' is a structure in a structure" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")),
            "\"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"a\", 0, 1]]"),
      HORN_ERROR_UNSUPPORTED, "layer 'a' (Dense) has several outputs" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")),
            "\"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"a\", 0, 0], [\"b\", 0, 0]]"),
      HORN_ERROR_FORMAT, "'output_layers' names no layer" },
    { MODEL("Functional",
            INPUT2 ", {\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 3], "
                   "\"name\": \"in2\"}, \"inbound_nodes\": []}, " DENSE("a", CALL2("in")),
            ENDS2("in", "a")),
      HORN_ERROR_FORMAT, "layer 'in2' (InputLayer) is none of the model's inputs" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")), ENDS2("in", "x")), HORN_ERROR_FORMAT,
      "'output_layers' names no layer" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")),
            "\"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"a\", 1, 0]]"),
      HORN_ERROR_FORMAT, "'output_layers' names no call" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")), "\"input_layers\": 3, \"output_layers\": {}"),
      HORN_ERROR_FORMAT, "'input_layers' names no layer" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("x")), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is called on 'x', which is no layer" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("b")) ", " DENSE("b", CALL2("a")), ENDS2("in", "b")),
      HORN_ERROR_FORMAT, "layer 'a' (Dense) is called on what is never computed" },
    { MODEL("Functional",
            INPUT2 ", " DENSE("a", "[[[\"in\", -1, 0, {}]]]") ", " DENSE("b", "[[[\"a\", -1, 0, {}]]]"),
            ENDS2("in", "b")),
      HORN_ERROR_FORMAT, "layer 'b' (Dense) is called on what is never computed" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")) ", " DENSE("b", CALL2("a")), ENDS2("in", "a")),
      HORN_ERROR_FORMAT, "nothing takes the output of call 1" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")) ", " DENSE("b", CALL2("in")), ENDS2("in", "b")),
      HORN_ERROR_FORMAT, "nothing takes the output of call 0" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", CALL2("in")), ENDS2("a", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is no InputLayer, but one of the model's inputs" },
    { MODEL("Functional", DENSE("a", CALL2("a")), ENDS2("a", "a")), HORN_ERROR_FORMAT,
      "none of the layers is an InputLayer" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[]"), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is called on nothing" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[[]]"), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is called on nothing" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[{\"args\": [[]]}]"), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is called on nothing" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "7"), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) has no list inbound_nodes" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[[[7, 0, 0]]]"), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is called on something that is no [layer, call, output]" },
    { MODEL("Functional", INPUT2 ", " DENSE("a", "[{\"args\": [7]}]"), ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 'a' (Dense) is called on something that is no [layer, call, output]" },
    { MODEL("Functional", "7", ENDS2("in", "a")), HORN_ERROR_FORMAT,
      "layer 0 is no {class_name, config, name}" },
    { MODEL("Functional", "", ENDS2("in", "a")), HORN_ERROR_FORMAT, "none of the layers is an InputLayer" },
    { "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": []}}",
      HORN_ERROR_UNSUPPORTED, "only Sequential and Functional are supported" },
};
enum { REFUSED = sizeof refused / sizeof *refused };

START_TEST(test_functional__refuses_by_name)
{
    for (size_t i = 0; i < REFUSED; i++) {
        snapshot *s = NULL;
        ck_fails(read_text(&s, refused[i].text), refused[i].status, refused[i].words);
        snapshot_free(s);
    }
}
END_TEST

TEST_MAIN(test_functional__layers_keep_the_order_of_the_file, test_functional__chains_in_every_spelling,
          test_functional__writes_calls, test_functional__graphs_of_both_kerases,
          test_functional__several_inputs_and_outputs, test_functional__refuses_by_name)
