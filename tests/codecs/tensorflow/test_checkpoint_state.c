#include "test.h"

#include <stdio.h>
#include "codecs/tensorflow/checkpoint_state.h"

static horn_status read_text(checkpoint_state *out, const char *text)
{
    size_t size = strlen(text);
    char *exact = malloc(size ? size : 1);
    memcpy(exact, text, size);
    *out = (checkpoint_state){ 0 };
    horn_status status = checkpoint_state_read(out, exact, size, "dir/checkpoint");
    free(exact);
    return status;
}

static void check_write(checkpoint_state *s, const char *expected)
{
    bytes text = { 0 };
    ck_ok(checkpoint_state_write(s, &text));
    ck_assert_str_eq(bytes_text(&text), expected);
    bytes_free(&text);
    checkpoint_state_free(s);
}

START_TEST(test_checkpoint_state__tensorflow_s_file_is_written_again)
{
    bytes text = { 0 };
    checkpoint_state s;
    ck_ok(file_read(&text, "tests/golden/tf2.15/alone.state", 0));
    ck_ok(read_text(&s, bytes_text(&text)));
    ck_assert_uint_eq(s.count, 1);
    check_write(&s, bytes_text(&text));
    bytes_free(&text);
}
END_TEST

START_TEST(test_checkpoint_state__a_manager_s_file_is_read)
{
    bytes text = { 0 };
    checkpoint_state s;
    ck_ok(file_read(&text, "tests/golden/tf2.15/managed.state", 0));
    ck_ok(read_text(&s, bytes_text(&text)));
    ck_assert_uint_eq(s.count, 2);
    ck_assert_str_eq(s.names[0], "ckpt-3");
    ck_assert_str_eq(s.names[s.newest], "ckpt-4");
    checkpoint_state_free(&s);
    bytes_free(&text);
}
END_TEST

START_TEST(test_checkpoint_state__text_format_in_all_its_forms)
{
    checkpoint_state s;
    ck_ok(read_text(&s, "# a comment\r\n  model_checkpoint_path : 'm-' \"7\" # another\r\n"
                        "all_model_checkpoint_paths:\"m-6\",all_model_checkpoint_paths:'m-7';\n"
                        "all_model_checkpoint_timestamps: 1e9 last_preserved_timestamp: -inf"));
    ck_assert_uint_eq(s.count, 2);
    ck_assert_str_eq(s.names[s.newest], "m-7");
    checkpoint_state_free(&s);
    ck_ok(read_text(&s, "model_checkpoint_path: \"\\303\\251\\x41\\\"\\'\\\\n\\t\""));
    ck_assert_str_eq(s.names[0], "\303\251A\"'\\n\t");
    checkpoint_state_free(&s);
}
END_TEST

START_TEST(test_checkpoint_state__only_the_last_part_of_a_path_is_taken)
{
    checkpoint_state s;
    ck_ok(read_text(&s, "model_checkpoint_path: \"/nonexistent/dir/model-5\"\n"
                        "all_model_checkpoint_paths: \"../../etc/model-4\""));
    ck_assert_uint_eq(s.count, 2);
    ck_assert_str_eq(s.names[0], "model-4");
    ck_assert_str_eq(s.names[s.newest], "model-5");
    checkpoint_state_free(&s);
    static const char *const bad[] = { "a/..", "..", "", "a\\000b" }, *const directories[] = { ".", "./",
                                                                                               "a/", "/",
                                                                                               "a/." };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        snprintf(text, sizeof text, "model_checkpoint_path: \"%s\"", bad[i]);
        ck_assert_msg(read_text(&s, text) == HORN_ERROR_FORMAT, "%s", bad[i]);
    }
    for (size_t i = 0; i < sizeof directories / sizeof *directories;
         i++) { /* the prefix "DIR/": DIR/.index */
        char text[64];
        snprintf(text, sizeof text, "model_checkpoint_path: \"%s\"", directories[i]);
        ck_ok(read_text(&s, text));
        ck_assert_str_eq(s.names[s.newest], "");
        checkpoint_state_free(&s);
    }
}
END_TEST

START_TEST(test_checkpoint_state__what_is_no_state_is_refused)
{
    static const struct {
        const char *text, *words;
    } bad[] = { { "", "names no newest" },
                { "all_model_checkpoint_paths: \"a\"", "names no newest" },
                { "model_checkpoint_path \"a\"", "no ':'" },
                { "model_checkpoint_path", "no ':'" },
                { "model_checkpoint_path: a", "no quotes" },
                { "model_checkpoint_path:", "no quotes" },
                { "model_checkpoint_path: \"a", "has no end" },
                { "model_checkpoint_path: \"a\n\"", "has no end" },
                { "model_checkpoint_path: \"a\\", "escape" },
                { "model_checkpoint_path: \"a\\z\"", "escape" },
                { "model_checkpoint_path: \"a\\777\"", "escape" },
                { "model_checkpoint_path: \"a\\x\"", "escape" },
                { "model_path: \"a\"", "unknown field 'model_path'" },
                { "last_preserved_timestamp: {", "no number" },
                { "\"a\"", "without a name" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        checkpoint_state s;
        ck_fails(read_text(&s, bad[i].text), HORN_ERROR_FORMAT, bad[i].words);
        ck_assert_uint_eq(s.count, 0);
    }
}
END_TEST

START_TEST(test_checkpoint_state__names_come_and_go)
{
    checkpoint_state s = { 0 };
    ck_ok(checkpoint_state_add(&s, "a"));
    ck_ok(checkpoint_state_add(&s, "b"));
    ck_ok(checkpoint_state_add(&s, "c"));
    ck_ok(checkpoint_state_add(&s, "a"));
    checkpoint_state_remove(&s, "b");
    checkpoint_state_remove(&s, "none");
    check_write(&s, "model_checkpoint_path: \"a\"\nall_model_checkpoint_paths: "
                    "\"c\"\nall_model_checkpoint_paths: \"a\"\n");
    ck_ok(checkpoint_state_add(&s, "a"));
    ck_ok(checkpoint_state_add(&s, "b"));
    checkpoint_state_remove(&s, "b");
    check_write(&s, "model_checkpoint_path: \"a\"\nall_model_checkpoint_paths: \"a\"\n");
    ck_ok(checkpoint_state_add(&s, ""));
    check_write(&s, "model_checkpoint_path: \".\"\nall_model_checkpoint_paths: \".\"\n");
    ck_ok(checkpoint_state_add(&s, "\303\251 \"'\\\n\r\t\177"));
    check_write(&s, "model_checkpoint_path: \"\\303\\251 \\\"\\'\\\\\\n\\r\\t\\177\"\n"
                    "all_model_checkpoint_paths: \"\\303\\251 \\\"\\'\\\\\\n\\r\\t\\177\"\n");
}
END_TEST

TEST_MAIN(test_checkpoint_state__tensorflow_s_file_is_written_again,
          test_checkpoint_state__a_manager_s_file_is_read,
          test_checkpoint_state__text_format_in_all_its_forms,
          test_checkpoint_state__only_the_last_part_of_a_path_is_taken,
          test_checkpoint_state__what_is_no_state_is_refused, test_checkpoint_state__names_come_and_go)
