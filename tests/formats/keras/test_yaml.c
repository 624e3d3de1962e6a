#include "formats/files.h"

static const char *const styles[] = { "inner", "block", "flow", "names" };

START_TEST(test_yaml__every_style_is_the_model_of_the_json)
{
    snapshot *json = read_file("tests/golden/keras2.15/D.json");
    for (int i = 0; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof path, "tests/golden/yaml/%s.yaml", styles[i]);
        snapshot *yaml = read_file(path);
        ck_assert_uint_eq(yaml->parts, PART_ARCHITECTURE);
        ck_assert_str_eq(yaml->name, json->name);
        ck_assert_int_eq(yaml->input_rank, json->input_rank);
        check_same_layers(yaml, json, path);
        snapshot_free(yaml);
    }
    snapshot_free(json);
}
END_TEST

START_TEST(test_yaml__second_writing_is_the_first)
{
    snapshot *a = read_file("tests/golden/keras3.15/D.json"), *b = NULL;
    bytes first = write_bytes(a, "yaml", NULL);
    ck_ok(read_bytes(&b, &first, "first.yaml", 0));
    check_same_layers(a, b, "read back");
    bytes second = write_bytes(b, "yaml", NULL);
    check_same_bytes(&first, &second, "read back");
    ck_assert_ptr_nonnull(strstr(bytes_text(&first), "class_name: Sequential\nconfig:\n"));
    bytes_free(&first);
    bytes_free(&second);
    snapshot_free(a);
    snapshot_free(b);
}
END_TEST

static const struct {
    const char *text, *format;
} kinds[] = { { "class_name: Sequential\n", "yaml" },
              { "# mine\n---\nbackend: x\nclass_name: Sequential\n", "yaml" },
              { "{backend: x, class_name: Sequential}", "yaml" },
              { "{\"class_name\": \"Sequential\"}", "json" },
              { "{backend: 1}", "json" },
              { "  class_name: Sequential\n", NULL },
              { "the class_name: Sequential\n", NULL } };

START_TEST(test_yaml__is_told_from_json_and_other_text)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const format *f = NULL;
        source from = { .path = "t",
                        .data = (const unsigned char *)kinds[i].text,
                        .size = strlen(kinds[i].text) };
        const horn_status status = format_by_content(&f, &from);
        ck_assert_msg(!status == !!kinds[i].format, "%s", kinds[i].text);
        if (!status) ck_assert_str_eq(f->name, kinds[i].format);
    }
}
END_TEST

START_TEST(test_yaml__of_no_model_is_refused)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "class_name: Model\nconfig: {layers: []}\n", "the model is a Model" },
        { "class_name: Sequential\nconfig: 3\n", "no list of layers" },
        { "class_name: [Sequential]\n", "its class_name is missing" },
        { "class_name: Sequential\nkeras_version: 9.0.0\nconfig: []\n", "without an input shape" },
        { "class_name: Sequential\nconfig:\n- class_name: Dense\n  config: !!python/object:x {}\n",
          "m.yaml: line 4: the tag !!python/object:x" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snapshot *s = NULL;
        bytes text = { 0 };
        bytes_print(&text, "%s", cases[i].text);
        const horn_status status = read_bytes(&s, &text, "m.yaml", 0);
        ck_assert_msg(status && strstr(horn_last_error(), cases[i].words), "%s: %s", cases[i].text,
                      status ? horn_last_error() : "");
        snapshot_free(s);
        bytes_free(&text);
    }
}
END_TEST

START_TEST(test_yaml__has_no_dialects)
{
    snapshot *s = read_file("tests/golden/keras2.15/D.json");
    bytes none = { 0 };
    ck_fails(write_named(&none, s, "yaml", "keras3", "m.yaml", 0), HORN_ERROR_ARGUMENT,
             "yaml: dialect is 'keras3'");
    snapshot_free(s);
}
END_TEST

TEST_MAIN(test_yaml__every_style_is_the_model_of_the_json, test_yaml__second_writing_is_the_first,
          test_yaml__is_told_from_json_and_other_text, test_yaml__of_no_model_is_refused,
          test_yaml__has_no_dialects)
