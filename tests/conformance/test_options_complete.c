/* Fails if a header declares a constructor with options and test_options.c does not call it. */
#include "base/bytes.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* By its name, or by a macro of the test that makes the call. */
static bool is_called(const char *tests, const char *constructor)
{
    char macro[100];

    snprintf(macro, sizeof macro, "MAKE(%s,", constructor + strlen("horn_"));
    return strstr(tests, constructor) || strstr(tests, macro);
}

/* Each constructor that the header declares with options is called here. */
static void check_header(const char *path, const char *type)
{
    bytes header = { 0 }, tests = { 0 };
    char name[80];
    size_t count = 0;
    ck_ok(file_read(&header, path, 0));
    ck_ok(file_read(&tests, "tests/conformance/test_options.c", 0));
    for (const char *at = bytes_text(&header); (at = strstr(at, type)); at++) {
        const char *function = at + strlen(type), *end = strchr(function, '(');
        if (strncmp(function, "horn_", 5) != 0) continue; /* a member of options */
        if (!strstr(function, "_options *options") ||
            strstr(function, "_options *options") > strchr(end, ')'))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(end - function), function);
        ck_assert_msg(is_called(bytes_text(&tests), name), "%s: no test of %s", path, name);
        count++;
    }
    ck_assert_uint_gt(count, 1);
    bytes_free(&header);
    bytes_free(&tests);
}

START_TEST(test_options_complete__no_constructor_is_forgotten)
{
    check_header("include/horn/layers.h", "horn_layer *");
    check_header("include/horn/optimizers.h", "horn_optimizer *");
    check_header("include/horn/losses.h", "horn_loss *");
}
END_TEST

TEST_MAIN(test_options_complete__no_constructor_is_forgotten)
