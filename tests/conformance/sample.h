/* Samples of the registries' members: one JSON file each, in samples/<set>/, read from the top of the tree.
 *
 *     {"class_name": "Dense", "config": {...}, "input": [5]}
 *
 * `config` has every argument, in Keras' order. `input` is the shape of one sample, for layers. `default` is the description of
 * an optimizer's defaults, `sum` a metric's sum over the rows of its test. Also configs given as JSON text inside a test. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include <dirent.h>
#include <stdio.h>
#include "base/bytes.h"
#include "config/config.h"
#include "layers/layer.h"
#include "tensor/tensor.h"
#include "test.h"

static inline config *sample_parse(const char *json)
{
    config *value = NULL;
    ck_ok(config_parse(&value, json, strlen(json), "sample"));
    return value;
}

/* Graph formats refuse layers that do not say their operations. */
static inline bool says_operations(const layer_class *class)
{
    return class->operate || class->flags & (LAYER_IS_VIEW | LAYER_IDLE_IN_INFERENCE);
}

/* ---- files ---- */

typedef struct sample_file {
    /* Class name of the member. */
    const char *name;
    /* Text of `config`, on one line. */
    const char *config;
    /* Text of `default`; NULL: none. */
    const char *defaults;
    shape input;
    /* The whole file. */
    config *json;
} sample_file;

typedef struct sample_set {
    const char *set;
    size_t count;
    /* In the order of the file names. */
    sample_file *at;
} sample_set;

/* JSON text on one line; it lives as long as the test. */
static inline const char *sample_text(const config *value)
{
    bytes text = { 0 };
    ck_assert_ptr_nonnull(value);
    ck_ok(config_print(value, false, &text));
    ck_ok(bytes_status(&text));
    return bytes_text(&text);
}

static inline void sample_read(sample_file *s, const char *path)
{
    bytes text = { 0 };
    int64_t size;
    ck_ok(file_read(&text, path, 0));
    ck_ok(config_parse(&s->json, bytes_text(&text), text.size, path));
    bytes_free(&text);
    s->name = config_get_string(s->json, "class_name");
    ck_assert_msg(s->name && config_is_object(config_get(s->json, "config")), "%s: no class_name or config",
                  path);
    s->config = sample_text(config_get(s->json, "config"));
    if (config_get(s->json, "default")) s->defaults = sample_text(config_get(s->json, "default"));
    const config *input = config_get(s->json, "input");
    for (size_t i = 0; i < config_count(input); i++) {
        ck_assert_msg(i < HORN_MAX_RANK && config_integer(config_at(input, i), &size) && size > 0,
                      "%s: input", path);
        s->input.dim[s->input.rank++] = (size_t)size;
    }
}

static inline int sample_is_file(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".json") == 0;
}

/* The set "layers", "losses", ...; read at the first call. */
static inline const sample_set *samples_of(const char *set)
{
    static sample_set read;
    char path[400], directory[100];
    struct dirent **entries;
    if (read.set && strcmp(read.set, set) == 0) return &read;
    /* A test program uses one set. */
    ck_assert_ptr_null(read.set);
    snprintf(directory, sizeof directory, "tests/conformance/samples/%s", set);
    const int count = scandir(directory, &entries, sample_is_file, alphasort);
    ck_assert_msg(count > 0, "%s: no samples", directory);
    read = (sample_set){ set, (size_t)count, calloc((size_t)count, sizeof *read.at) };
    ck_assert_ptr_nonnull(read.at);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        sample_read(&read.at[i], path);
        free(entries[i]);
    }
    free(entries);
    return &read;
}

/* The first sample of the member's class; fails the test if there is none. */
static inline const sample_file *sample_named(const char *set, const char *member)
{
    const sample_set *all = samples_of(set);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->at[i].name, member) == 0) return &all->at[i];
    ck_abort_msg("%s has no file in tests/conformance/samples/%s", member, set);
    return NULL;
}

/* ---- tables and JSON text in a test ---- */

/* Index of the member's entry in a table of a test; fails the test if there is none. */
#define SAMPLE_OF(samples, member) \
    sample_of(&(samples)[0].name, sizeof(samples) / sizeof((samples)[0]), sizeof((samples)[0]), member)

static inline size_t sample_of(const char *const *names, size_t count, size_t stride, const char *member)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(*(const char *const *)((const char *)names + i * stride), member) == 0) return i;
    ck_abort_msg("%s has no sample in this test", member);
    return 0;
}

/* Fails unless `description` equals `expected`, which is JSON text. */
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
