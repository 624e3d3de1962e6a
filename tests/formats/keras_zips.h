/* What the tests of .keras share. */
#ifndef TESTS_FORMATS_KERAS_ZIPS_H
#define TESTS_FORMATS_KERAS_ZIPS_H

#include "codecs/hdf5/file.h"
#include "codecs/zip/file.h"
#include "formats/files.h"

static inline snapshot *read_golden(const char *name, const char *suffix)
{
    char path[128];
    snprintf(path, sizeof path, "tests/golden/%s%s", name, suffix);
    return read_file(path);
}

static inline bytes write_keras(const snapshot *s, const char *dialect)
{
    bytes content = { 0 };
    ck_ok(write_named(&content, s, "keras", dialect, "m.keras", 0));
    return content;
}

static inline void check_same_model(const snapshot *a, const snapshot *b, const char *what)
{
    check_same_layers(a, b, what);
    check_same_slots(a, b, what);
    check_same_value(a->loss, b->loss, what);
    check_same_value(a->metrics, b->metrics, what);
    ck_assert_str_eq(a->name, b->name);
    ck_assert_int_eq(a->input_rank, b->input_rank);
    ck_assert_mem_eq(a->input_shape, b->input_shape, sizeof a->input_shape);
    ck_assert_int_eq(a->iteration, b->iteration);
    ck_assert_uint_eq(a->parts, b->parts);
}

/* The same program wrote both at once. Keras 2 has an optimizer that was named by a string as that string. */
static inline zip_file *open_zip(const bytes *content)
{
    zip_file *zip;
    ck_ok(zip_file_open(&zip, content->data, content->size, "zip"));
    return zip;
}

static inline bytes member(const zip_file *zip, const char *name)
{
    bytes out = { 0 };
    const zip_member *m = zip_file_find(zip, name);
    ck_assert_msg(m != NULL, "%s", name);
    ck_ok(zip_file_read(&out, zip, m, 0));
    return out;
}

static inline config *json_in(const zip_file *zip, const char *name)
{
    config *value;
    bytes text = member(zip, name);
    ck_ok(config_parse(&value, bytes_text(&text), text.size, name));
    bytes_free(&text);
    return value;
}

#endif
