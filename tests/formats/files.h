/* What the tests of formats share: reading a path, a snapshot to bytes and back, and comparing snapshots. */
#ifndef TESTS_FORMATS_FILES_H
#define TESTS_FORMATS_FILES_H

#include <stdio.h>
#include "test.h"
#include "base/bytes.h"
#include "formats/format.h"

typedef struct folder {
    char path[64];
} folder;

static inline folder folder_make(void)
{
    folder f = { "/tmp/horn-formats-XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(f.path));
    return f;
}

static inline void folder_remove(const folder *f)
{
    ck_assert_int_eq(rmdir(f->path), 0);
}

/* Whatever the content is: the format that recognizes it reads it. */
static inline horn_status read_bytes(snapshot **out, const bytes *content, const char *name,
                                     unsigned leave_out)
{
    source from = { .path = name, .data = content->data, .size = content->size };
    format_options options = { .leave_out = leave_out };
    const format *chosen = NULL;
    horn_status status = format_by_content(&chosen, &from);
    *out = NULL;
    ck_ok(snapshot_new(out));
    return status ? status : chosen->read(*out, &from, &options, NULL);
}

static inline snapshot *read_file(const char *path)
{
    bytes content = { 0 };
    snapshot *s;
    ck_ok(file_read(&content, path, 0));
    ck_ok(read_bytes(&s, &content, path, 0));
    bytes_free(&content);
    return s;
}

/* Writes into a folder of its own, which is gone after. */
static inline horn_status write_named(bytes *out, const snapshot *s, const char *format_name,
                                      const char *dialect, const char *file, unsigned leave_out)
{
    folder f = folder_make();
    char path[128];
    const format *chosen;
    transaction *t;
    format_options options = { .dialect = dialect, .leave_out = leave_out };
    snprintf(path, sizeof path, "%s/%s", f.path, file);
    ck_ok(format_by_name(&chosen, format_name));
    ck_ok(transaction_begin(&t, path));
    horn_status status = chosen->write(s, t, &options);
    if (!status) {
        ck_ok(transaction_commit(t));
        ck_ok(file_read(out, path, 0));
        ck_assert_int_eq(unlink(path), 0);
    }
    transaction_free(t);
    folder_remove(&f);
    return status;
}

static inline bytes write_bytes(const snapshot *s, const char *format_name, const char *dialect)
{
    bytes content = { 0 };
    ck_ok(write_named(&content, s, format_name, dialect, "m.h5", 0));
    return content;
}

static inline void check_same_bytes(const bytes *a, const bytes *b, const char *what)
{
    ck_assert_msg(a->size == b->size && memcmp(a->data, b->data, a->size) == 0, "%s: other bytes (%zu, %zu)",
                  what, a->size, b->size);
}

static inline void check_same_tensor(const snapshot_tensor *a, const snapshot_tensor *b, const char *what)
{
    ck_assert_msg(strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->rank == b->rank &&
                      a->trainable == b->trainable &&
                      !memcmp(a->shape, b->shape, sizeof *a->shape * (size_t)a->rank) &&
                      !memcmp(a->data, b->data, snapshot_tensor_bytes(a)),
                  "%s: tensor %s", what, a->name);
}

static inline void check_same_value(const config *a, const config *b, const char *what)
{
    bytes x = { 0 }, y = { 0 };
    if (a && !config_is_null(a)) ck_ok(config_print(a, false, &x));
    if (b && !config_is_null(b)) ck_ok(config_print(b, false, &y));
    ck_assert_msg(a == b || config_equal(a, b), "%s: %s is not %s", what, bytes_text(&x), bytes_text(&y));
    bytes_free(&x);
    bytes_free(&y);
}

static inline void check_same_slots(const snapshot *a, const snapshot *b, const char *what)
{
    ck_assert_uint_eq(a->slot_count, b->slot_count);
    for (size_t i = 0; i < a->slot_count; i++) {
        ck_assert_str_eq(a->slots[i].name, b->slots[i].name);
        ck_assert_uint_eq(a->slots[i].tensor_count, b->slots[i].tensor_count);
        for (size_t j = 0; j < a->slots[i].tensor_count; j++)
            check_same_tensor(&a->slots[i].tensors[j], &b->slots[i].tensors[j], what);
    }
}

static inline void check_same_layers(const snapshot *a, const snapshot *b, const char *what)
{
    ck_assert_uint_eq(a->layer_count, b->layer_count);
    for (size_t i = 0; i < a->layer_count; i++) {
        const snapshot_layer *x = &a->layers[i], *y = &b->layers[i];
        ck_assert_str_eq(x->name, y->name);
        if (x->class_name) ck_assert_str_eq(x->class_name, y->class_name);
        check_same_value(x->arguments, y->arguments, what);
        ck_assert_uint_eq(x->tensor_count, y->tensor_count);
        for (size_t j = 0; j < x->tensor_count; j++) check_same_tensor(&x->tensors[j], &y->tensors[j], what);
    }
}

#endif
