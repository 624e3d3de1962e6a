#include "formats/files.h"

/* A model of two layers; TEXT takes the place of what is written about the input. */
#define DENSE        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 2}}"
#define INPUT(shape) "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": " shape "}}"
#define MODEL(layers) \
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": [" layers "]}}"

static horn_status read_text(snapshot **out, const char *text)
{
    bytes content = { 0 };
    bytes_print(&content, "%s", text);
    horn_status status = read_bytes(out, &content, "model.json", 0);
    bytes_free(&content);
    return status;
}

START_TEST(test_keras_json__goldens_read_as_the_same_models_in_h5)
{
    const char *const folders[] = { "keras2.15", "keras3.15" };
    for (int i = 0; i < 2; i++) {
        char json[128], h5[128];
        snprintf(json, sizeof json, "tests/golden/%s/D.json", folders[i]);
        snprintf(h5, sizeof h5, "tests/golden/%s/D.h5", folders[i]);
        snapshot *a = read_file(json), *b = read_file(h5);
        ck_assert_uint_eq(a->parts, PART_ARCHITECTURE);
        ck_assert_str_eq(a->name, b->name);
        ck_assert_int_eq(a->input_rank, 3);
        ck_assert_uint_eq(a->input_shape[2], 2);
        for (size_t k = 0; k < b->layer_count; k++) {
            check_same_value(a->layers[k].arguments, b->layers[k].arguments, json);
            ck_assert_str_eq(a->layers[k].class_name, b->layers[k].class_name);
        }
        snapshot_free(a);
        snapshot_free(b);
    }
}
END_TEST

START_TEST(test_keras_json__neutral_form_is_the_same_from_keras_2_and_3)
{
    snapshot *a = read_file("tests/golden/keras2.15/D.json"), *b = read_file("tests/golden/keras3.15/D.json");
    for (size_t k = 0; k < b->layer_count; k++) {
        if (strcmp(b->layers[k].class_name, "BatchNormalization") ==
            0) { /* Keras 2 counts the axis from the front */
            int64_t axis;
            ck_assert(config_integer(config_get(a->layers[k].arguments, "axis"), &axis));
            ck_assert_int_eq(axis, k == 1 ? 3 : 1);
            config_set_integer(a->layers[k].arguments, "axis", -1);
            /* whose convention the moving variance goes by */
            ck_assert_ptr_null(config_get(a->layers[k].arguments, "synchronized"));
            config_set_boolean(a->layers[k].arguments, "synchronized", false);
        }
        check_same_value(a->layers[k].arguments, b->layers[k].arguments, b->layers[k].name);
    }
    snapshot_free(a);
    snapshot_free(b);
}
END_TEST

START_TEST(test_keras_json__open_axes_are_read_and_written_again)
{
    snapshot *s = NULL;
    ck_ok(read_text(&s, MODEL(INPUT("[null, null, 5, null]") ", " DENSE)));
    ck_assert_int_eq(s->input_rank, 3);
    ck_assert_uint_eq(s->input_shape[0], 0);
    ck_assert_uint_eq(s->input_shape[1], 5);
    bytes text = write_bytes(s, "json", NULL);
    const char *shape = strstr(bytes_text(&text), "\"batch_input_shape\": [null, null, 5, null]");
    ck_assert_msg(shape != NULL, "%s", bytes_text(&text));
    bytes_free(&text);
    snapshot_free(s);
}
END_TEST

/* Under names that Keras 2.15 reads and does not write; a class of a user's own keeps its name. */
START_TEST(test_keras_json__other_names_of_keras_classes)
{
    snapshot *s = NULL;
    ck_ok(read_text(
        &s, MODEL(INPUT(
                "[null, 4, 4, 2]") ","
                                   "{\"class_name\": \"BatchNormalizationV1\", \"config\": {\"name\": \"a\", "
                                   "\"axis\": [3]}},"
                                   "{\"class_name\": \"BatchNormalizationV2\", \"config\": {}}, "
                                   "{\"class_name\": \"MaxPool2D\", \"config\": {}},"
                                   "{\"class_name\": \"mine>MaxPool2D\", \"config\": {\"name\": \"m\"}}")));
    ck_assert_str_eq(s->layers[0].class_name, "BatchNormalization");
    ck_assert_str_eq(s->layers[1].class_name, "BatchNormalization");
    ck_assert_str_eq(s->layers[1].name, "batch_normalization");
    ck_assert_str_eq(s->layers[2].class_name, "MaxPooling2D");
    ck_assert_str_eq(s->layers[3].class_name, "mine>MaxPool2D");
    snapshot_free(s);
}
END_TEST

START_TEST(test_keras_json__second_writing_is_the_first)
{
    snapshot *a = read_file("tests/golden/keras3.15/D.json"), *b;
    bytes first = write_bytes(a, "json", NULL), again = write_bytes(a, "json", NULL);
    check_same_bytes(&first, &again, "same snapshot");
    ck_ok(read_bytes(&b, &first, "first.json", 0));
    check_same_layers(a, b, "read back");
    bytes second = write_bytes(b, "json", NULL);
    check_same_bytes(&first, &second, "read back");
    ck_assert_ptr_nonnull(strstr(bytes_text(&first), "\"module\": \"keras\""));
    ck_assert_ptr_null(strstr(bytes_text(&first), "DTypePolicy"));
    ck_assert_ptr_null(strstr(bytes_text(&first), "input_axes"));
    ck_assert_int_eq(first.data[first.size - 1], '\n');
    snapshot_free(a);
    snapshot_free(b);
    bytes_free(&first);
    bytes_free(&again);
    bytes_free(&second);
}
END_TEST

/* All of these are one model. */
static const char *const spellings[] = {
    MODEL(INPUT("[null, 3]") ", " DENSE),
    MODEL("{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [32, 3], \"optional\": "
          "false}}, " DENSE),
    /* what stands first holds */
    "{\"class_name\": \"Sequential\", \"config\": {\"build_input_shape\": [null, 7], \"layers\": [" INPUT(
        "[null, 3]") ", " DENSE "]}}",
    "{\"class_name\": \"Sequential\", \"config\": [" INPUT("[null, 3]") ", " DENSE "]}",
    "{\"module\": \"keras\", \"class_name\": \"keras>Sequential\", \"config\": {\"layers\": [" DENSE
    "], \"build_input_shape\": [null, 3]}}",
    MODEL("{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"batch_input_shape\": [null, 3], "
          "\"trainable\": true, "
          "\"dtype\": {\"class_name\": \"Policy\", \"config\": {\"name\": \"float32\"}}, \"units\": 2}}"),
    MODEL(INPUT("[null, 3]") ", {\"module\": \"keras.layers\", \"class_name\": \"Dense\", \"config\": "
                             "{\"name\": \"d\", "
                             "\"units\": 2, \"activity_regularizer\": null, \"quantization_config\": null, "
                             "\"dtype\": null}, "
                             "\"registered_name\": null, \"build_config\": {\"input_shape\": [null, 3]}}"),
};

START_TEST(test_keras_json__every_spelling_is_one_model)
{
    snapshot *first = NULL;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        snapshot *s;
        ck_ok(read_text(&s, spellings[i]));
        ck_assert_int_eq(s->input_rank, 1);
        ck_assert_uint_eq(s->input_shape[0], 3);
        if (first) check_same_layers(first, s, spellings[i]);
        if (first)
            snapshot_free(s);
        else
            first = s;
    }
    ck_assert_str_eq(config_get_string(first->layers[0].arguments, "dtype"), "float32");
    ck_assert(config_is_true(config_get(first->layers[0].arguments, "trainable")));
    ck_assert_uint_eq(config_count(first->layers[0].arguments), 4);
    snapshot_free(first);
}
END_TEST

START_TEST(test_keras_json__unknown_layers_and_arguments_are_kept)
{
    snapshot *s, *again;
    ck_ok(read_text(
        &s, MODEL(INPUT(
                "[null, 3]") ", {\"class_name\": \"Mine>Odd\", \"config\": {\"name\": \"o\", \"trainable\": "
                             "false, \"dtype\": \"mixed_float16\", \"k\": [1, {\"a\": 2.0}], \"lora_rank\": "
                             "4}}")));
    ck_assert_str_eq(s->layers[0].class_name, "Mine>Odd");
    ck_assert_str_eq(config_get_string(s->layers[0].arguments, "dtype"), "mixed_float16");
    ck_assert(config_get(s->layers[0].arguments, "k") && config_get(s->layers[0].arguments, "lora_rank"));
    ck_assert(!config_is_true(config_get(s->layers[0].arguments, "trainable")));
    bytes text = write_bytes(s, "json", NULL);
    ck_ok(read_bytes(&again, &text, "again.json", 0));
    check_same_layers(s, again, "unknown layer");
    bytes_free(&text);
    snapshot_free(s);
    snapshot_free(again);
}
END_TEST

START_TEST(test_keras_json__unnamed_layers_get_keras_names)
{
    snapshot *s;
    ck_ok(read_text(&s,
                    MODEL(INPUT("[null, 8, 8, 1]") ", {\"class_name\": \"MaxPooling2D\", \"config\": {}}, "
                                                   "{\"class_name\": \"MaxPooling2D\", \"config\": {}}, "
                                                   "{\"class_name\": \"Conv2DTranspose\", \"config\": {}}")));
    ck_assert_str_eq(s->layers[0].name, "max_pooling2d");
    ck_assert_str_eq(s->layers[1].name, "max_pooling2d_1");
    ck_assert_str_eq(s->layers[2].name, "conv2d_transpose");
    ck_assert_str_eq(config_get_string(s->layers[1].arguments, "name"), "max_pooling2d_1");
    snapshot_free(s);
}
END_TEST

static const struct {
    const char *text;
    horn_status status;
    const char *words;
} refused[] = {
    { "{", HORN_ERROR_FORMAT, "model.json" },
    { "{}", HORN_ERROR_FORMAT, "class_name" },
    { "{\"class_name\": \"Functional\", \"config\": {}}", HORN_ERROR_UNSUPPORTED, "Functional" },
    { "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\"}}", HORN_ERROR_FORMAT,
      "list of layers" },
    { "{\"class_name\": \"Sequential\"}", HORN_ERROR_FORMAT, "list of layers" },
    { MODEL(DENSE), HORN_ERROR_UNSUPPORTED, "without an input shape" },
    { MODEL(""), HORN_ERROR_UNSUPPORTED, "without an input shape" },
    { MODEL(INPUT("[null]") ", " DENSE), HORN_ERROR_UNSUPPORTED, "without any axis" },
    { MODEL(INPUT("[null, 0]") ", " DENSE), HORN_ERROR_FORMAT, "axis 1" },
    { MODEL(INPUT("[null, -3]") ", " DENSE), HORN_ERROR_FORMAT, "axis 1" },
    { MODEL(INPUT("[null, 2.5]") ", " DENSE), HORN_ERROR_FORMAT, "axis 1" },
    { MODEL(INPUT("[null, 1, 1, 1, 1, 1, 1, 1, 1, 1]") ", " DENSE), HORN_ERROR_UNSUPPORTED, "10 axes" },
    { MODEL(INPUT("3") ", " DENSE), HORN_ERROR_FORMAT, "no list" },
    { MODEL("{\"class_name\": \"InputLayer\", \"config\": {}}, " DENSE), HORN_ERROR_FORMAT,
      "input shape is missing" },
    { MODEL("{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 3], \"sparse\": true}}"),
      HORN_ERROR_UNSUPPORTED, "sparse" },
    { MODEL("{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 3], \"dtype\": "
            "\"string\"}}"),
      HORN_ERROR_UNSUPPORTED, "of dtype 'string'" },
    { MODEL(INPUT("[null, 3]") ", " DENSE ", " INPUT("[null, 3]")), HORN_ERROR_FORMAT, "InputLayer behind" },
    { MODEL(INPUT("[null, 3]") ", " DENSE ", " DENSE), HORN_ERROR_FORMAT, "two layers are named 'd'" },
    { MODEL(INPUT("[null, 3]") ", {\"class_name\": \"Dense\"}"), HORN_ERROR_FORMAT, "layer 1" },
    { MODEL(INPUT("[null, 3]") ", {\"config\": {}}"), HORN_ERROR_FORMAT, "layer 1" },
    { MODEL(INPUT("[null, 3]") ", 7"), HORN_ERROR_FORMAT, "layer 1" },
    { MODEL(INPUT("[null, 3]") ", {\"class_name\": \"Dense\", \"config\": {\"dtype\": [1]}}"),
      HORN_ERROR_FORMAT, "dtype" },
    { MODEL(INPUT("[null, 3]") ", {\"class_name\": \"Dense\", \"config\": {\"trainable\": \"no\"}}"),
      HORN_ERROR_FORMAT, "trainable" },
};

START_TEST(test_keras_json__refuses_what_is_no_such_model)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        snapshot *s;
        ck_fails(read_text(&s, refused[i].text), refused[i].status, refused[i].words);
        ck_assert_ptr_nonnull(strstr(horn_last_error(), "model.json"));
        snapshot_free(s);
    }
}
END_TEST

START_TEST(test_keras_json__refuses_too_many_layers_and_arguments)
{
    bytes text = { 0 };
    snapshot *s;
    bytes_print(&text, "{\"class_name\": \"Sequential\", \"config\": [" INPUT("[null, 3]"));
    for (int i = 0; i < 4096; i++)
        bytes_print(&text, ", {\"class_name\": \"A\", \"config\": {\"name\": \"a%d\"}}", i);
    bytes_print(&text, "]}");
    ck_fails(read_text(&s, bytes_text(&text)), HORN_ERROR_UNSUPPORTED, "4097 layers");
    snapshot_free(s);
    bytes_free(&text);
    bytes_print(&text, "{\"class_name\": \"Sequential\", \"config\": [" INPUT(
                           "[null, 3]") ", {\"class_name\": \"A\", \"config\": {");
    for (int i = 0; i < 65; i++) bytes_print(&text, "%s\"k%d\": 1", i ? ", " : "", i);
    bytes_print(&text, "}}]}");
    ck_fails(read_text(&s, bytes_text(&text)), HORN_ERROR_FORMAT, "65 arguments");
    snapshot_free(s);
    bytes_free(&text);
}
END_TEST

START_TEST(test_keras_json__writing_refuses_dialects_and_models_without_architecture)
{
    snapshot *s = read_file("tests/golden/keras2.15/D.json"),
             *weights = read_file("tests/golden/keras2.15/B.legacyw.h5");
    bytes none = { 0 };
    ck_fails(write_named(&none, s, "json", "keras3", "m.json", 0), HORN_ERROR_ARGUMENT, "keras3");
    ck_fails(write_named(&none, weights, "json", NULL, "m.json", 0), HORN_ERROR_ARGUMENT,
             "architecture is missing");
    snapshot_free(s);
    snapshot_free(weights);
}
END_TEST

TEST_MAIN(test_keras_json__goldens_read_as_the_same_models_in_h5,
          test_keras_json__neutral_form_is_the_same_from_keras_2_and_3,
          test_keras_json__other_names_of_keras_classes,
          test_keras_json__open_axes_are_read_and_written_again, test_keras_json__second_writing_is_the_first,
          test_keras_json__every_spelling_is_one_model,
          test_keras_json__unknown_layers_and_arguments_are_kept,
          test_keras_json__unnamed_layers_get_keras_names, test_keras_json__refuses_what_is_no_such_model,
          test_keras_json__refuses_too_many_layers_and_arguments,
          test_keras_json__writing_refuses_dialects_and_models_without_architecture)
