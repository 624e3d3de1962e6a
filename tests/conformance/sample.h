/* Configs as JSON in a line of a test: samples of the registries' members. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "config/config.h"
#include "test.h"

static inline config *sample_parse(const char *json)
{
    config *value = NULL;
    ck_ok(config_parse(&value, json, strlen(json), "sample"));
    return value;
}

/* The sample of the member called `name`, or a failed test. */
#define SAMPLE_OF(samples, member) \
    sample_of(&(samples)[0].name, sizeof(samples) / sizeof((samples)[0]), sizeof((samples)[0]), member)

static inline size_t sample_of(const char *const *names, size_t count, size_t stride, const char *member)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(*(const char *const *)((const char *)names + i * stride), member) == 0) return i;
    ck_abort_msg("%s has no sample in this test", member);
    return 0;
}

/* `description` is `expected`, written as JSON. */
static inline void sample_check(const config *description, const char *expected)
{
    config *wanted = sample_parse(expected);
    bytes text = { 0 };
    ck_ok(config_print(description, false, &text));
    ck_assert_msg(config_equal(description, wanted), "described as %s, expected %s", bytes_text(&text),
                  expected);
    bytes_free(&text);
    config_free(wanted);
}

#endif
