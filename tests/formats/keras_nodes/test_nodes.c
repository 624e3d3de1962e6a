/* Calls of Functional models with more than tensors: operations in the two Keras' forms, and in neutral form. */
#include "test.h"

#include "config/config.h"
#include "formats/keras_nodes/nodes.h"

static config *parse(const char *json)
{
    config *value = NULL;
    ck_ok(config_parse(&value, json, strlen(json), "test"));
    return value;
}

#define TENSOR(from)                                                                                  \
    "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null], \"dtype\": \"float32\", " \
    "\"keras_history\": [\"" from "\", 0, 0]}}"
#define LAMBDA_OF(class_name, function, node)                                                                \
    "{\"layers\": [{\"module\": \"keras.src.layers.core.tf_op_layer\", \"class_name\": \"" class_name        \
    "\", \"config\": {\"name\": \"o\", \"trainable\": true, \"dtype\": \"float32\", \"function\": "          \
    "\"" function "\"}, \"registered_name\": \"" class_name "\", \"name\": \"o\", \"inbound_nodes\": [" node \
    "]}]}"
#define LAMBDA(function, node) LAMBDA_OF("TFOpLambda", function, node)
#define CLASS(module, name, settings, args)                                            \
    "{\"layers\": [{\"module\": \"keras.src.ops." module "\", \"class_name\": \"" name \
    "\", \"config\": {\"name\": \"o\"" settings "}, \"registered_name\": \"" name      \
    "\", \"name\": \"o\", \"inbound_nodes\": [{\"args\": [" args "], \"kwargs\": {}}]}]}"
#define NEUTRAL(arguments, call)                                                                        \
    "{\"layers\": [{\"class_name\": \"Operation\", \"config\": {\"name\": \"o\", \"trainable\": true, " \
    "\"dtype\": \"float32\", " arguments "}, \"name\": \"o\", \"inbound_nodes\": [[" call "]]}]}"
#define A    "[\"a\", 0, 0, {}]"
#define B    "[\"b\", 0, 0, {}]"
#define ALL2 "{\"start\": null, \"stop\": null, \"step\": null}"
#define ALL3 "{\"class_name\": \"__slice__\", \"config\": " ALL2 "}"

/* An operation in neutral form, as Keras 2 and as Keras 3 write it; NULL: that one has none. */
static const struct spelling {
    const char *neutral, *keras2, *keras3;
} spellings[] = {
    { NEUTRAL("\"operation\": \"Add\", \"x2\": 3.0", A),
      LAMBDA("__operators__.add", "[\"a\", 0, 0, {\"y\": 3.0}]"),
      CLASS("numpy", "Add", "", TENSOR("a") ", 3.0") },
    { NEUTRAL("\"operation\": \"Subtract\", \"x1\": 1", A),
      LAMBDA("math.subtract", "[\"_CONSTANT_VALUE\", -1, 1, {\"y\": [\"a\", 0, 0]}]"),
      CLASS("numpy", "Subtract", "", "1, " TENSOR("a")) },
    { NEUTRAL("\"operation\": \"Multiply\"", A ", " B),
      LAMBDA("math.multiply", "[\"a\", 0, 0, {\"y\": [\"b\", 0, 0]}]"),
      CLASS("numpy", "Multiply", "", TENSOR("a") ", " TENSOR("b")) },
    { NEUTRAL("\"operation\": \"Multiply\", \"x2\": [1.0, 2.0]", A),
      LAMBDA("math.multiply", "[\"a\", 0, 0, {\"y\": [1.0, 2.0]}]"),
      CLASS("numpy", "Multiply", "",
            TENSOR("a") ", {\"class_name\": \"__numpy__\", \"config\": {\"value\": [1.0, 2.0], \"dtype\": "
                        "\"float32\"}}") },
    { NEUTRAL("\"operation\": \"Mean\", \"axis\": [1, 2], \"keepdims\": true", A),
      LAMBDA("math.reduce_mean", "[\"a\", 0, 0, {\"axis\": [1, 2], \"keepdims\": true}]"),
      CLASS("numpy", "Mean", ", \"axis\": [1, 2], \"keepdims\": true", TENSOR("a")) },
    { NEUTRAL("\"operation\": \"Concatenate\", \"axis\": 1", A ", " B),
      LAMBDA("concat", "[[\"a\", 0, 0, {\"axis\": 1}], [\"b\", 0, 0, {\"axis\": 1}]]"),
      CLASS("numpy", "Concatenate", ", \"axis\": 1", "[" TENSOR("a") ", " TENSOR("b") "]") },
    { NEUTRAL("\"operation\": \"GetItem\", \"key\": [" ALL2 ", {\"class_name\": \"__ellipsis__\"}, -1, null]",
              A),
      LAMBDA_OF("SlicingOpLambda", "__operators__.getitem",
                "[\"a\", 0, 0, {\"slice_spec\": [" ALL2 ", {\"class_name\": \"__ellipsis__\"}, -1, null]}]"),
      CLASS("numpy", "GetItem", "",
            TENSOR("a") ", [" ALL3 ", {\"class_name\": \"__ellipsis__\", \"config\": {}}, -1, null]") },
    { NEUTRAL("\"operation\": \"Cast\"", A), LAMBDA("cast", "[\"a\", 0, 0, {\"dtype\": \"float32\"}]"),
      CLASS("core", "Cast", ", \"dtype\": \"float32\"", TENSOR("a")) },
    { NEUTRAL("\"operation\": \"Reshape\", \"newshape\": [-1, 4]", A),
      LAMBDA("reshape", "[\"a\", 0, 0, {\"shape\": [-1, 4]}]"),
      CLASS("numpy", "Reshape", ", \"newshape\": [-1, 4]", TENSOR("a")) },
    { NEUTRAL("\"operation\": \"HardSilu\"", A), NULL, CLASS("nn", "HardSilu", "", TENSOR("a")) },
    { NEUTRAL("\"operation\": \"L2Normalize\", \"axis\": -1, \"epsilon\": 1e-12", A),
      LAMBDA("math.l2_normalize", "[\"a\", 0, 0, {\"axis\": -1, \"epsilon\": 1e-12}]"), NULL },
    { NEUTRAL("\"operation\": \"Matmul\", \"transpose_a\": false, \"transpose_b\": true", A ", " B),
      LAMBDA("linalg.matmul",
             "[\"a\", 0, 0, {\"b\": [\"b\", 0, 0], \"transpose_a\": false, \"transpose_b\": true}]"),
      NULL },
};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

static void check_equal(const config *found, const char *expected)
{
    bytes text = { 0 };
    config *other = parse(expected);
    ck_ok(config_print(found, false, &text));
    ck_assert_msg(config_equal(found, other), "%s\nexpected %s", bytes_text(&text), expected);
    config_free(other);
    bytes_free(&text);
}

/* A dictionary says more than is needed: what is null or false, and names of TensorFlow's operations. */
static void check_read(const char *given, const char *neutral)
{
    config *model = parse(given), *read = NULL;
    ck_ok(keras_nodes_read(&read, model, "test"));
    ck_assert_ptr_nonnull(read);
    check_equal(read, neutral);
    config_free(read);
    config_free(model);
}

static void check_written(const char *neutral, bool keras3, const char *expected)
{
    config *model = parse(neutral);
    if (expected) {
        ck_ok(keras_nodes_write(model, keras3, "test"));
        check_equal(model, expected);
    } else
        ck_fails(keras_nodes_write(model, keras3, "test"), HORN_ERROR_UNSUPPORTED,
                 keras3 ? "Keras 3" : "Keras 2");
    config_free(model);
}

START_TEST(test_nodes__operations_in_both_forms)
{
    for (size_t i = 0; i < SPELLINGS; i++) {
        const struct spelling *s = &spellings[i];
        if (s->keras2) check_read(s->keras2, s->neutral);
        if (s->keras3) check_read(s->keras3, s->neutral);
        check_written(s->neutral, false, s->keras2);
        check_written(s->neutral, true, s->keras3);
    }
}
END_TEST

START_TEST(test_nodes__other_spellings_of_the_same)
{
    static const char added[] = NEUTRAL("\"operation\": \"Add\", \"x2\": 3.0", A);
    check_read(LAMBDA("__operators__.add", "[\"a\", 0, 0, {\"y\": 3.0, \"name\": null}]"), added);
    check_read(LAMBDA("__operators__.add", "[[\"a\", 0, 0, {\"y\": 3.0, \"name\": \"three\"}]]"), added);
    check_read(LAMBDA("math.add", "[\"a\", 0, 0, {\"y\": 3.0}]"),
               NEUTRAL("\"operation\": \"Add\", \"function\": \"math.add\", \"x2\": 3.0", A));
    check_written(NEUTRAL("\"operation\": \"Add\", \"function\": \"math.add\", \"x2\": 3.0", A), false,
                  LAMBDA("math.add", "[\"a\", 0, 0, {\"y\": 3.0}]"));
    /* Keras 2 spreads a list of constants if it saves a model that it loaded. */
    check_read(LAMBDA("math.minimum", "[[\"_CONSTANT_VALUE\", -1, 1.0, {\"y\": [\"a\", 0, 0]}], "
                                      "[\"_CONSTANT_VALUE\", -1, 2.0, {\"y\": [\"a\", 0, 0]}]]"),
               NEUTRAL("\"operation\": \"Minimum\", \"x1\": [1.0, 2.0]", A));
    check_read(LAMBDA("compat.v1.transpose",
                      "[\"a\", 0, 0, {\"perm\": [0, 2, 1], \"name\": \"transpose\", \"conjugate\": false}]"),
               NEUTRAL("\"operation\": \"Transpose\", \"axes\": [0, 2, 1]", A));
    check_read(LAMBDA("nn.softmax", "[\"a\", 0, 0, {}]"),
               NEUTRAL("\"operation\": \"Softmax\", \"axis\": -1", A));
    check_read(LAMBDA("nn.leaky_relu", "[\"a\", 0, 0, {}]"),
               NEUTRAL("\"operation\": \"LeakyRelu\", \"negative_slope\": 0.2", A));
    /* Keras 3's .h5 says no module. */
    check_read("{\"layers\": [{\"class_name\": \"Add\", \"config\": {\"name\": \"o\"}, \"name\": \"o\", "
               "\"inbound_nodes\": "
               "[{\"args\": [" TENSOR("a") ", 3.0], \"kwargs\": {}}]}]}",
               added);
    check_read(CLASS("numpy", "Multiply", "",
                     TENSOR("a") ", {\"class_name\": \"__tensor__\", \"config\": {\"value\": 2.0, \"dtype\": "
                                 "\"float32\"}}"),
               NEUTRAL("\"operation\": \"Multiply\", \"x2\": 2.0", A));
}
END_TEST

static void check_unread(const char *given, const char *words)
{
    config *model = parse(given), *read = NULL;
    horn_status status = keras_nodes_read(&read, model, "test");
    ck_assert_msg(status, "%s: read", given);
    ck_assert_msg(strstr(horn_last_error(), words), "%s: %s", given, horn_last_error());
    ck_assert_ptr_null(read);
    config_free(model);
}

START_TEST(test_nodes__refuses_by_name)
{
    check_unread(LAMBDA("math.floormod", "[\"a\", 0, 0, {\"y\": 2}]"),
                 "layer 'o': the operation tf.math.floormod is not supported");
    check_unread(LAMBDA("einsum", "[\"_CONSTANT_VALUE\", -1, \"bij,bjk->bik\", {}]"), "tf.einsum");
    check_unread(CLASS("numpy", "Mod", "", TENSOR("a") ", 2"), "Mod");
    check_unread(LAMBDA("reshape", "[\"a\", 0, 0, {\"shape\": [[\"b\", 0, 0], -1]}]"), "newshape");
    check_unread(LAMBDA("math.reduce_mean", "[\"a\", 0, 0, {\"axis\": 1, \"keepdims\": true, \"where\": 1}]"),
                 "where");
    check_unread(LAMBDA("math.add", "[\"_CONSTANT_VALUE\", -1, 1.0, {\"y\": 2.0}]"), "constants alone");
    check_unread(LAMBDA("math.add", "[\"a\", 0, 0, {}]"), "x2");
    check_unread(LAMBDA("math.add", "[]"), "called on nothing");
    check_unread(LAMBDA("math.add", "[\"a\", 0, 0, {\"y\": 2.0}], [\"a\", 0, 0, {\"y\": 3.0}]"),
                 "other arguments");
    check_unread(CLASS("numpy", "Add", "",
                       TENSOR("a") ", {\"class_name\": \"__numpy__\", \"config\": {\"value\": 2.0, "
                                   "\"dtype\": \"float64\"}}"),
                 "float64");
    check_unread(CLASS("numpy", "Add", "", TENSOR("a") ", 1, 2"), "args");
}
END_TEST

/* An operation that nobody knows goes from file to file, if its calls are on tensors alone. */
START_TEST(test_nodes__unknown_operations_stay)
{
    config *model = parse(LAMBDA("math.bessel_i0", "[\"a\", 0, 0, {\"name\": null}]")), *read = NULL;
    ck_ok(keras_nodes_read(&read, model, "test"));
    check_equal(config_get(config_at(config_get(read, "layers"), 0), "inbound_nodes"),
                "[[[\"a\", 0, 0, {\"name\": null}]]]");
    config_free(read);
    config_free(model);
    model = parse("{\"layers\": []}");
    ck_ok(keras_nodes_read(&read, model, "test"));
    ck_assert_ptr_null(read);
    config_free(model);
}
END_TEST

#define IN3(name)                                                                              \
    "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"" name "\"}, \"name\": \"" name \
    "\", \"inbound_nodes\": []}, "
#define OP3(class_name, name, settings, args)                                 \
    "{\"module\": \"keras.src.ops.numpy\", \"class_name\": \"" class_name     \
    "\", \"config\": {\"name\": \"" name "\"" settings "}, \"name\": \"" name \
    "\", \"inbound_nodes\": [{\"args\": [" args "], \"kwargs\": {}}]}, "
#define LAYER3(class_name, name, settings, args, keywords)                                                   \
    "{\"class_name\": \"" class_name "\", \"config\": {\"name\": \"" name "\", \"trainable\": true" settings \
    "}, \"name\": \"" name "\", \"inbound_nodes\": [{\"args\": [" args "], \"kwargs\": {" keywords "}}]}"
#define ANY           ", \"axis\": -1, \"keepdims\": false"
#define MASKED(value) LAYER3("Masking", "masking", ", \"mask_value\": " value, TENSOR("in"), "") ", "
#define MASK(value) \
    IN3("in") OP3("NotEqual", "differ", "", TENSOR("in") ", " value) OP3("Any", "any", ANY, TENSOR("differ"))

/* How many layers are left, and that no call has a mask. */
static void check_masks(const char *layers, size_t expected)
{
    config *model = parse(layers), *read = NULL;
    bytes text = { 0 };
    ck_ok(keras_nodes_read(&read, model, "test"));
    ck_assert_ptr_nonnull(read);
    ck_ok(config_print(read, false, &text));
    ck_assert_msg(!strstr(bytes_text(&text), "\"mask\""), "%s", bytes_text(&text));
    ck_assert_uint_eq(config_count(config_get(read, "layers")), expected);
    bytes_free(&text);
    config_free(read);
    config_free(model);
}

START_TEST(test_nodes__masks_that_inputs_have_anyway)
{
#define END(from, mask) \
    LAYER3("LSTM", "lstm", "", TENSOR(from), "\"mask\": " TENSOR(mask) ", \"training\": false")
    check_masks("{\"layers\": [" MASK("0.0") MASKED("0.0") END("masking", "any") "]}", 3);
    check_masks("{\"layers\": [" MASK("0.0") MASKED("0.0")
                    LAYER3("Dense", "dense", "", TENSOR("masking"), "") ", " END("dense", "any") "]}",
                4);
    check_masks("{\"layers\": [" IN3("in") OP3("NotEqual", "differ", "", TENSOR("in") ", 0")
                    LAYER3("Embedding", "embedding", ", \"mask_zero\": true", TENSOR("in"),
                           "") ", " END("embedding", "differ") "]}",
                3);
    check_masks("{\"layers\": [" MASK("0.0") MASKED("0.0")
                    OP3("LogicalOr", "or", "", TENSOR("any") ", " TENSOR("any"))
                        LAYER3("Add", "add", "", "[" TENSOR("masking") ", " TENSOR("masking") "]",
                               "") ", " END("add", "or") "]}",
                4);
}
END_TEST

START_TEST(test_nodes__other_masks_are_refused)
{
    /* Another number; of another tensor; of a layer that hands no mask on; of an input that has none. */
    check_unread("{\"layers\": [" MASK("1.0") MASKED("0.0") END("masking", "any") "]}",
                 "layer 'lstm' (LSTM) is called with the argument 'mask'");
    check_unread("{\"layers\": [" IN3("other") MASK("0.0")
                     LAYER3("Masking", "masking", ", \"mask_value\": 0.0", TENSOR("other"),
                            "") ", " END("masking", "any") "]}",
                 "'mask'");
    check_unread("{\"layers\": [" MASK("0.0") MASKED("0.0")
                     LAYER3("Conv1D", "conv", "", TENSOR("masking"), "") ", " END("conv", "any") "]}",
                 "'mask'");
    check_unread("{\"layers\": [" MASK("0.0") END("in", "any") "]}", "'mask'");
    check_unread("{\"layers\": [" IN3("in") OP3("NotEqual", "differ", "", TENSOR("in") ", 0.0") MASKED("0.0")
                     END("masking", "differ") "]}",
                 "'mask'");
    /* In a circle. */
    check_unread("{\"layers\": [" IN3("in") OP3("LogicalOr", "or", "", TENSOR("or") ", " TENSOR("or"))
                     MASKED("0.0") END("masking", "or") "]}",
                 "'mask'");
}
END_TEST

TEST_MAIN(test_nodes__masks_that_inputs_have_anyway, test_nodes__other_masks_are_refused,
          test_nodes__operations_in_both_forms, test_nodes__other_spellings_of_the_same,
          test_nodes__refuses_by_name, test_nodes__unknown_operations_stay)
