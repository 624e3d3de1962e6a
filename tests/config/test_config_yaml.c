#include "test.h"

#include <stdio.h>
#include "config/yaml/config_yaml.h"
#include "config/hostile_yaml.h"

static horn_status parse(config **out, const char *text)
{
    *out = NULL;
    return config_parse_yaml(out, text, strlen(text), "t.yaml");
}

static void check_as_json(const char *text, const char *json)
{
    config *value;
    bytes out = { 0 };
    ck_ok(parse(&value, text));
    ck_ok(config_print(value, false, &out));
    ck_assert_msg(strcmp(bytes_text(&out), json) == 0, "%s is %s, expected %s", text, bytes_text(&out), json);
    bytes_free(&out);
    config_free(value);
}

/* json.dumps(yaml.safe_load(text)) of PyYAML 6.0 */
static const struct {
    const char *yaml, *json;
} meanings[] = {
    { "[~, null, Null, NULL, '~', nUll]", "[null, null, null, null, \"~\", \"nUll\"]" },
    { "a:\nb: ", "{\"a\": null, \"b\": null}" },
    { "[yes, No, on, OFF, true, FALSE, y, n, tRue]",
      "[true, false, true, false, true, false, \"y\", \"n\", \"tRue\"]" },
    { "[0, 7, -12, +3, 1234567890]", "[0, 7, -12, 3, 1234567890]" },
    { "[1.0, -2.50, +0.5, .5, 1., 007.5, 1.0e-07, 2.5E+3]",
      "[1.0, -2.5, 0.5, 0.5, 1.0, 7.5, 1e-07, 2500.0]" },
    { "[.inf, -.inf, +.Inf, .nan, .NaN]", "[Infinity, -Infinity, Infinity, NaN, NaN]" },
    { "[1e-07, 1e5, 1.5e3, -.5, 08, 1.2.3, 1-2, -, ., +, 0b, 3d, 1., 1.e+3]",
      "[\"1e-07\", \"1e5\", \"1.5e3\", \"-.5\", \"08\", \"1.2.3\", \"1-2\", \"-\", \".\", \"+\", \"0b\", "
      "\"3d\", 1.0, "
      "1000.0]" },
    { "['1', \"2.0\", 'null', \"a\\nb\", 'it''s']", "[\"1\", \"2.0\", \"null\", \"a\\nb\", \"it's\"]" },
    { "a: |\n  x\n  y\nb: >\n  x\n  y\n", "{\"a\": \"x\\ny\\n\", \"b\": \"x y\\n\"}" },
    { "# a comment\n---\na: b # another\n...\n", "{\"a\": \"b\"}" },
    { "{1e3: a, 'null': b, \"1\": c}", "{\"1e3\": \"a\", \"null\": \"b\", \"1\": \"c\"}" },
    { "!!python/tuple [null, 784]", "[null, 784]" },
    { "a: !!python/tuple\n- 3\n- !!python/tuple [1]\n", "{\"a\": [3, [1]]}" },
    { "a: &id001 !!python/tuple [3, 3]\nb: *id001\nc: *id001\n",
      "{\"a\": [3, 3], \"b\": [3, 3], \"c\": [3, 3]}" },
    { "[&x 1, &x 2, *x]", "[1, 2, 2]" },
    { "\xef\xbb\xbf"
      "a: \xc3\xa4\n",
      "{\"a\": \"\xc3\xa4\"}" },
};

START_TEST(test_config_yaml__means_what_it_means_to_pyyaml)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        check_as_json(meanings[i].yaml, meanings[i].json);
}
END_TEST

START_TEST(test_config_yaml__refuses_by_the_line)
{
    config *value;
    for (size_t i = 0; i < sizeof hostile_yaml / sizeof *hostile_yaml; i++) {
        const horn_status status = parse(&value, hostile_yaml[i].yaml);
        ck_assert_msg(status == HORN_ERROR_FORMAT || status == HORN_ERROR_UNSUPPORTED, "%s: status %d",
                      hostile_yaml[i].yaml, status);
        ck_assert_msg(strstr(horn_last_error(), hostile_yaml[i].words) != NULL, "%s: %s, expected %s",
                      hostile_yaml[i].yaml, horn_last_error(), hostile_yaml[i].words);
        ck_assert_ptr_null(value);
    }
}
END_TEST

static void check_refused(const bytes *text, const char *words)
{
    config *value = NULL;
    ck_fails(config_parse_yaml(&value, (const char *)text->data, text->size, "t.yaml"), HORN_ERROR_FORMAT,
             words);
}

/* Each line has ten times what the one before it has. */
START_TEST(test_config_yaml__bombs_are_refused)
{
    bytes text = { 0 };
    bytes_print(&text, "a0: &a0 [1, 2, 3]\n");
    for (int i = 1; i < 20; i++) {
        bytes_print(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) bytes_print(&text, "%s*a%d", k ? ", " : "", i - 1);
        bytes_print(&text, "]\n");
    }
    check_refused(&text, "aliases that stand for over 1048576 bytes");
    bytes_free(&text);
    for (int i = 0; i < 100; i++) /* each is a level deeper than the one before it */
        bytes_print(&text, i ? "a%d: &a%d [*a%d]\n" : "a%d: &a%d [1]\n", i, i, i - 1);
    check_refused(&text, "line 64: nested deeper than 64");
    bytes_free(&text);
    for (int i = 0; i < 70; i++) bytes_print(&text, "%*s- \n", i, "");
    for (int i = 0; i < 70; i++) bytes_print(&text, "- ");
    check_refused(&text, "nested deeper than 64");
    bytes_free(&text);
}
END_TEST

START_TEST(test_config_yaml__counts_are_bounded)
{
    bytes text = { 0 };
    for (int i = 0; i < 263000; i++) bytes_print(&text, "- 1\n");
    check_refused(&text, "line 262144: over 262144 values");
    bytes_free(&text);
    for (int i = 0; i < 4200; i++) bytes_print(&text, "k%d: 1\n", i);
    check_refused(&text, "line 4097: over 4096 keys in one place");
    bytes_free(&text);
    for (int i = 0; i < 4200; i++) bytes_print(&text, "- &n%d 1\n", i);
    check_refused(&text, "line 4097: over 4096 named values");
    bytes_free(&text);
    for (int i = 0; i < 400000; i++) bytes_print(&text, "%%TAG !x%d! y\n", i % 1000);
    ck_assert_int_eq(config_parse_yaml(&(config *){ NULL }, bytes_text(&text), text.size, "t.yaml"),
                     HORN_ERROR_UNSUPPORTED);
    bytes_free(&text);
    while (text.size <= 16 << 20) bytes_print(&text, TEN("# a comment\n"));
    check_refused(&text, "expected at most 16777216");
    bytes_free(&text);
}
END_TEST

/* yaml.dump(value, sort_keys=False) of PyYAML 6.0 */
static const struct {
    const char *json, *yaml;
} prints[] = {
    { "{\"b\": 1, \"a\": {\"d\": [], \"c\": {}}}", "b: 1\na:\n  d: []\n  c: {}\n" },
    { "[1, 1.0, 1e-07, 1.5e-07, 1e+16, -0.0, NaN, Infinity, -Infinity]",
      "- 1\n- 1.0\n- 1.0e-07\n- 1.5e-07\n- 1.0e+16\n- -0.0\n- .nan\n- .inf\n- -.inf\n" },
    { "[null, true, false, \"null\", \"true\", \"yes\", \"1\", \"1.0\", \"1e-07\", \"\", \"~\", \"0x1\", "
      "\"=\"]",
      "- null\n- true\n- false\n- 'null'\n- 'true'\n- 'yes'\n- '1'\n- '1.0'\n- 1e-07\n- ''\n- '~'\n- "
      "'0x1'\n- '='\n" },
    { "[[1, [2]], {\"a\": [3]}, \"a: b\", \"it's\", \" x\", \"x\\ny\", \"- a\", \"2001-12-14\", \"1:30\"]",
      "- - 1\n  - - 2\n- a:\n  - 3\n- 'a: b'\n- it's\n- ' x'\n- 'x\n\n  y'\n- '- a'\n- '2001-12-14'\n- "
      "'1:30'\n" },
    { "[\"\xc3\xa4\", \"\\t\", \"mine>Layer\", \"a#b\", \"a #b\", \"%a\", \"[a\"]",
      "- \"\\xE4\"\n- \"\\t\"\n- mine>Layer\n- a#b\n- 'a #b'\n- '%a'\n- '[a'\n" },
};

START_TEST(test_config_yaml__prints_what_pyyaml_dumps_and_reads_it_back)
{
    for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
        config *value = NULL, *back = NULL;
        bytes out = { 0 };
        ck_ok(config_parse(&value, prints[i].json, strlen(prints[i].json), "t.json"));
        ck_ok(config_print_yaml(value, &out));
        ck_assert_msg(strcmp(bytes_text(&out), prints[i].yaml) == 0, "%s", bytes_text(&out));
        ck_ok(parse(&back, bytes_text(&out)));
        ck_assert(config_equal(value, back));
        bytes_free(&out);
        config_free(value);
        config_free(back);
    }
}
END_TEST

TEST_MAIN(test_config_yaml__means_what_it_means_to_pyyaml, test_config_yaml__refuses_by_the_line,
          test_config_yaml__bombs_are_refused, test_config_yaml__counts_are_bounded,
          test_config_yaml__prints_what_pyyaml_dumps_and_reads_it_back)
