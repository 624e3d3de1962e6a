#include "test.h"

#include <math.h>
#include <stdio.h>
#include "config/config.h"
#include "config/yaml/config_yaml.h"
#include "config/config_reader.h"

static config *parse(const char *text)
{
    config *value = NULL;
    ck_ok(config_parse(&value, text, strlen(text), "text"));
    return value;
}

static void assert_prints(const config *value, const char *expected)
{
    bytes out = { 0 };
    ck_ok(config_print(value, false, &out));
    ck_assert_str_eq(bytes_text(&out), expected);
    bytes_free(&out);
}

START_TEST(test_config__prints_numbers_as_python_does)
{
    /* repr() of Python 3.11 */
    static const struct {
        double value;
        const char *text;
    } cases[] = { { 0, "0.0" },
                  { -0.0, "-0.0" },
                  { 1, "1.0" },
                  { 0.1, "0.1" },
                  { (double)0.1f, "0.10000000149011612" },
                  { 1e-7, "1e-07" },
                  { 0.001, "0.001" },
                  { 1e-4, "0.0001" },
                  { 1e-5, "1e-05" },
                  { 123456789, "123456789.0" },
                  { 1e15, "1000000000000000.0" },
                  { 1e16, "1e+16" },
                  { 1.5e300, "1.5e+300" },
                  { 5e-324, "5e-324" },
                  { 1.7976931348623157e308, "1.7976931348623157e+308" },
                  { -2.5, "-2.5" },
                  { 0.30000000000000004, "0.30000000000000004" },
                  { 12.75, "12.75" },
                  { 1.2345678901234567e-3, "0.0012345678901234567" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        config_format_number(cases[i].value, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(test_config__text_survives_parsing_and_printing)
{
    static const char *const texts[] = {
        "{\"a\": [1, 1.0, -2.5e-10, null, true, false], \"b\": {\"c\": \"x, y: z\"}, \"d\": {}, \"e\": []}",
        "\"a \\\"quoted\\\" text\"",
        "0.0",
        "7",
        "{\"rate\": 0.2, \"units\": 128}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        config *value = parse(texts[i]);
        assert_prints(value, texts[i]);
        config *copy = config_copy(value);
        assert_prints(copy, texts[i]);
        ck_assert(config_equal(value, copy));
        config_free(copy);
        config_free(value);
    }
}
END_TEST

START_TEST(test_config__indented_text_reads_back_the_same)
{
    config *value = parse("{\"a\": [1, 2.0, {\"b\": null}], \"c\": \"tab\\there: , x\"}"), *again = NULL;
    bytes out = { 0 };
    ck_ok(config_print(value, true, &out));
    ck_assert(strstr(bytes_text(&out), "\n  \"a\": [1, 2.0, {") != NULL);
    ck_ok(config_parse(&again, bytes_text(&out), out.size, "again"));
    ck_assert(config_equal(value, again));
    bytes_free(&out);
    config_free(again);
    config_free(value);
}
END_TEST

START_TEST(test_config__refuses_what_is_not_json)
{
    config *value = NULL;
    static const struct {
        const char *text, *words;
    } cases[] = { { "", "not JSON" },
                  { "{", "not JSON" },
                  { "{\"a\":1,\"a\":2}", "appears twice" },
                  { "[1,]", "not JSON" },
                  { "[1] x", "not JSON" },
                  { "\"\\u0000\"", "\\u0000" },
                  { "{\"x\":{\"b\":1,\"c\":{\"d\":0,\"d\":1}}}", "'d' appears twice" },
                  { "\"abc", "not JSON" },
                  { "\"\\", "not JSON" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_fails(config_parse(&value, cases[i].text, strlen(cases[i].text), "text"), HORN_ERROR_FORMAT,
                 cases[i].words);
    char deep[800];
    memset(deep, '[', 400);
    memset(deep + 400, ']', 400);
    ck_fails(config_parse(&value, deep, sizeof deep, "text"), HORN_ERROR_FORMAT,
             "text: JSON nested deeper than 320 in line 1, column 321");
    ck_fails(config_parse(&value, "[1\0]", 4, "text"), HORN_ERROR_FORMAT, "line 1, column 3 has a zero byte");
    char digits[400];
    memset(digits, '9', sizeof digits);
    ck_fails(config_parse(&value, digits, sizeof digits, "text"), HORN_ERROR_FORMAT, "number out of range");
    ck_assert_ptr_null(value);
}
END_TEST

START_TEST(test_config__prints_utf8_alone)
{
    bytes out = { 0 };
    config *value = config_object();
    config_set_string(value, "name", "a\xff");
    ck_fails(config_print(value, false, &out), HORN_ERROR_UNSUPPORTED, "a name in it is not UTF-8");
    ck_fails(config_print_yaml(value, &out), HORN_ERROR_UNSUPPORTED, "a name in it is not UTF-8");
    ck_assert_uint_eq(out.size, 0);
    config_free(value);
    value = config_object();
    config_set_string(value, "k\xff", "a");
    ck_fails(config_print(value, true, &out), HORN_ERROR_UNSUPPORTED, "a name in it is not UTF-8");
    ck_fails(config_print_yaml(value, &out), HORN_ERROR_UNSUPPORTED, "a name in it is not UTF-8");
    config_free(value);
    bytes_free(&out);
}
END_TEST

START_TEST(test_config__says_in_which_line_and_column_json_ends)
{
    config *value = NULL;
    static const struct {
        const char *text, *words;
    } cases[] = { { "", "text: not JSON: it ends in line 1, column 1" },
                  { "{\"a\": 1,\n \"b\": [1, 2", "text: not JSON: it ends in line 2, column 12" },
                  { "{\n  \"a\": nul\n}", "text: not JSON: line 2, column 8 has 'n'" },
                  { "{\"a\": \"\xc3\xa4 \xfd\"}",
                    "text: not JSON: line 1, column 10 has byte 0xfd, which is not UTF-8" },
                  { "[\"\xed\xa0\x80\"]",
                    "text: not JSON: line 1, column 3 has byte 0xed, which is not UTF-8" },
                  { "[1] \xe2\x82", "text: not JSON: line 1, column 5 has byte 0xe2, which is not UTF-8" },
                  { "{a: 1}", "text: not JSON: line 1, column 2 has 'a'" },
                  { "{\"a\": [{}, {\"b\": 1,\n}]}", "text: not JSON: line 2, column 1 has '}'" },
                  { "{\"a\": [[], 1, 2 3]}", "text: not JSON: line 1, column 17 has '3'" },
                  { "[1, 2,\n]", "text: not JSON: line 2, column 1 has ']'" },
                  { "{,}", "text: not JSON: line 1, column 2 has ','" },
                  { "{}x", "text: not JSON: line 1, column 3 has 'x'" },
                  { "{\r\n\"\xc3\xa9\xe5\x87\xba\" 1}", "text: not JSON: line 2, column 6 has '1'" },
                  { "[1,\n2 \xc3\xa9]", "text: not JSON: line 2, column 3 has byte 0xc3" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_fails(config_parse(&value, cases[i].text, strlen(cases[i].text), "text"), HORN_ERROR_FORMAT,
                 cases[i].words);
    ck_assert_ptr_null(value);
}
END_TEST

/* As Python's json, with which Keras reads and writes. */
START_TEST(test_config__reads_numbers_that_are_not_finite_as_python_does)
{
    static const char *const refused[] = {
        "[1NaN]",   "[NaN1]",      "[-NaN]", "[1-Infinity]", "[nan]", "[Inf]",      "[NaNNaN]",    "NaN:1",
        "{NaN: 1}", "[Infinity2]", "[Nan]",  "[--Infinity]", "[N",    "[-Infinit]", "[- Infinity]"
    };
    double number;
    int64_t integer;
    config *value =
        parse("{\"a\": [NaN,Infinity, -Infinity], \"NaN\": \"Infinity\", \"c\": 1e999, \"d\": -1E400,"
              "\"e\": 10, \"f\": 0.5}");
    assert_prints(
        value,
        "{\"a\": [NaN, Infinity, -Infinity], \"NaN\": \"Infinity\", \"c\": Infinity, \"d\": -Infinity, "
        "\"e\": 10, \"f\": 0.5}");
    ck_assert(config_number(config_at(config_get(value, "a"), 0), &number) && isnan(number));
    ck_assert(config_number(config_at(config_get(value, "a"), 1), &number) && number == INFINITY);
    ck_assert(config_number(config_at(config_get(value, "a"), 2), &number) && number == -INFINITY);
    ck_assert(config_number(config_get(value, "c"), &number) && number == INFINITY);
    for (size_t i = 0; i < 3; i++) ck_assert(!config_integer(config_at(config_get(value, "a"), i), &integer));
    config *copy = config_copy(value), *other = parse("{\"a\": [0.0, Infinity, -Infinity]}");
    ck_assert(config_equal(value, copy));
    ck_assert(!config_equal(config_get(value, "a"), config_get(other, "a")));
    config_free(copy);
    config_free(other);
    config_free(value);
    value = NULL;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        ck_fails(config_parse(&value, refused[i], strlen(refused[i]), "text"), HORN_ERROR_FORMAT,
                 "text: not JSON");
}
END_TEST

START_TEST(test_config__arguments_are_never_nan_and_infinite_only_without_a_bound)
{
    config *value = parse("{\"a\": Infinity, \"b\": NaN, \"c\": -Infinity}");
    double number = 0;
    size_t count = 0;
    config_reader r = config_reader_begin(value, "here");
    config_read_number(&r, "a", 0, INFINITY, &number);
    config_read_number(&r, "c", -INFINITY, 0, &number);
    ck_assert(!r.status && number == -INFINITY);
    config_read_number(&r, "a", 0, 1e300, &number);
    ck_fails(r.status, HORN_ERROR_UNSUPPORTED,
             "here: argument 'a' is Infinity, expected a number from 0 to 1e+300");
    r = config_reader_begin(value, "here");
    config_read_number(&r, "b", -INFINITY, INFINITY, &number);
    ck_fails(r.status, HORN_ERROR_UNSUPPORTED, "here: argument 'b' is NaN, expected a number");
    r = config_reader_begin(value, "here");
    config_read_count(&r, "a", 0, &count);
    ck_fails(r.status, HORN_ERROR_FORMAT, "here: argument 'a' is Infinity, expected an integer >= 0");
    config_free(value);
}
END_TEST

START_TEST(test_config__every_truncation_is_refused)
{
    static const char text[] =
        "{\"class_name\": \"Dense\", \"config\": {\"units\": 10, \"rate\": 0.25, \"x\": [null, true]}}";
    for (size_t size = 0; size + 1 < sizeof text; size++) {
        config *value = NULL;
        ck_fails(config_parse(&value, text, size, "text"), HORN_ERROR_FORMAT, "text: ");
    }
}
END_TEST

START_TEST(test_config__builds_objects)
{
    config *object = config_object(), *list = config_list();
    config_append_null(list);
    config_append_integer(list, 28);
    config_append_number(list, 28);
    config_append_string(list, "x");
    config_set_integer(object, "units", 128);
    config_set_number(object, "rate", 1);
    config_set_boolean(object, "use_bias", true);
    config_set_string(object, "name", "dense");
    config_set_string(object, "none", NULL);
    config_set(object, "list", list);
    config_set_integer(object, "units", 64);
    config_set_sizes(object, "kernel_size", (size_t[]){ 3, 2 }, 2);
    config_remove(object, "use_bias");
    ck_ok(config_status(object));
    assert_prints(object, "{\"units\": 64, \"rate\": 1.0, \"name\": \"dense\", \"none\": null, \"list\": "
                          "[null, 28, 28.0, \"x\"], "
                          "\"kernel_size\": [3, 2]}");
    config_free(object);
    ck_assert_int_eq(config_status(NULL), HORN_ERROR_MEMORY);
    object = config_object();
    config_set(object, "a", NULL);
    ck_assert_int_eq(config_status(object), HORN_ERROR_MEMORY);
    config_free(object);
}
END_TEST

START_TEST(test_config_reader__reads_arguments)
{
    config *object = parse("{\"units\":128,\"rate\":0.5,\"on\":true,\"act\":\"relu\",\"k\":3,\"s\":[2,1],"
                           "\"v\":{\"x\":1},\"z\":null,\"i\":5}");
    size_t units = 0, k[2], s[2], kept = 9;
    double rate = 0;
    bool on = false;
    const char *act = NULL;
    const config *v;
    config_reader r = config_reader_begin(object, "layer 'a' (B)");
    config_require(&r, "units");
    config_read_count(&r, "units", 1, &units);
    config_read_number(&r, "rate", 0, 1, &rate);
    config_read_boolean(&r, "on", &on);
    config_read_string(&r, "act", &act);
    config_read_sizes(&r, "k", 1, k, 2);
    config_read_sizes(&r, "s", 1, s, 2);
    config_read_value(&r, "v", &v);
    config_only_null(&r, "z");
    config_ignore(&r, "i");
    config_read_count(&r, "absent", 0, &kept);
    ck_ok(config_reader_end(&r));
    ck_assert_uint_eq(units, 128);
    ck_assert_uint_eq(k[0] * 10 + k[1], 33);
    ck_assert_uint_eq(s[0] * 10 + s[1], 21);
    ck_assert(on && rate == 0.5 && kept == 9 && strcmp(act, "relu") == 0 && config_is_object(v));
    config_free(object);
}
END_TEST

#define REFUSED(text, status, words, read)                              \
    do {                                                                \
        config *object = parse(text);                                   \
        config_reader r = config_reader_begin(object, "layer 'a' (B)"); \
        read;                                                           \
        ck_fails(config_reader_end(&r), status, words);                 \
        config_free(object);                                            \
    } while (0)

START_TEST(test_config_reader__refuses_by_name)
{
    size_t n = 0, two[2];
    double x = 0;
    bool b = false;
    const char *s = NULL;
    REFUSED("{\"units\":1.5}", HORN_ERROR_FORMAT,
            "layer 'a' (B): argument 'units' is 1.5, expected an integer >= 1",
            config_read_count(&r, "units", 1, &n));
    REFUSED("{\"units\":-1}", HORN_ERROR_FORMAT, "'units' is -1", config_read_count(&r, "units", 0, &n));
    REFUSED("{\"units\":\"3\"}", HORN_ERROR_FORMAT, "'units' is \"3\"",
            config_read_count(&r, "units", 0, &n));
    REFUSED("{}", HORN_ERROR_FORMAT, "argument 'units' is missing", config_require(&r, "units"));
    REFUSED("{\"rate\":2}", HORN_ERROR_FORMAT, "expected a number from 0 to 1",
            config_read_number(&r, "rate", 0, 1, &x));
    REFUSED("{\"on\":1}", HORN_ERROR_FORMAT, "expected true or false", config_read_boolean(&r, "on", &b));
    REFUSED("{\"act\":{}}", HORN_ERROR_FORMAT, "expected a string", config_read_string(&r, "act", &s));
    REFUSED("{\"k\":[1]}", HORN_ERROR_FORMAT, "expected 2 integers >= 1",
            config_read_sizes(&r, "k", 1, two, 2));
    REFUSED("{\"k\":[1,0]}", HORN_ERROR_FORMAT, "expected 2 integers >= 1",
            config_read_sizes(&r, "k", 1, two, 2));
    REFUSED("{\"c\":{\"m\":1}}", HORN_ERROR_UNSUPPORTED, "argument 'c' is {\"m\": 1}",
            config_only_null(&r, "c"));
    REFUSED("{\"d\":\"channels_first\"}", HORN_ERROR_UNSUPPORTED, "expected \"channels_last\"",
            config_only_string(&r, "d", "channels_last"));
    REFUSED("{\"d\":true}", HORN_ERROR_UNSUPPORTED, "expected false", config_only_boolean(&r, "d", false));
    REFUSED("{\"foo\":1}", HORN_ERROR_UNSUPPORTED, "unknown argument 'foo'", (void)0);
    REFUSED("[1]", HORN_ERROR_FORMAT, "no JSON object", (void)0);
}
END_TEST

TEST_MAIN(test_config__prints_numbers_as_python_does, test_config__text_survives_parsing_and_printing,
          test_config__indented_text_reads_back_the_same, test_config__refuses_what_is_not_json,
          test_config__prints_utf8_alone, test_config__says_in_which_line_and_column_json_ends,
          test_config__reads_numbers_that_are_not_finite_as_python_does,
          test_config__arguments_are_never_nan_and_infinite_only_without_a_bound,
          test_config__every_truncation_is_refused, test_config__builds_objects,
          test_config_reader__reads_arguments, test_config_reader__refuses_by_name)
