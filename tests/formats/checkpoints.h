/* What the tests of TensorFlow checkpoints share. */
#ifndef TESTS_FORMATS_CHECKPOINTS_H
#define TESTS_FORMATS_CHECKPOINTS_H

#include <dirent.h>
#include "formats/files.h"

#define GOLDEN "tests/golden/"
/* Options of its own: so many data files. */
#define SHARDS(count) ((const format_value[]){ { .name = "shards", .number = (count) }, { 0 } })

static inline horn_status read_prefix(snapshot **out, const char *path, unsigned leave_out,
                                      const snapshot *target)
{
    source from;
    const format *f;
    format_options options = { .leave_out = leave_out };
    *out = NULL;
    horn_status status = source_open(&from, path);
    if (status) return status;
    ck_ok(format_by_content(&f, &from));
    ck_assert_str_eq(f->name, "tf-weights");
    ck_ok(snapshot_new(out));
    status = f->read(*out, &from, &options, &(schema){ .model = target });
    source_close(&from);
    return status;
}

static inline snapshot *read_golden(const char *name, const snapshot *target)
{
    char path[128];
    snapshot *s;
    snprintf(path, sizeof path, GOLDEN "%s", name);
    ck_ok(read_prefix(&s, path, 0, target));
    return s;
}

static inline void empty_folder(const folder *f)
{
    DIR *listing = opendir(f->path);
    for (struct dirent *e; (e = readdir(listing));)
        if (e->d_name[0] != '.') ck_assert_int_eq(unlinkat(dirfd(listing), e->d_name, 0), 0);
    closedir(listing);
    folder_remove(f);
}

static inline int count_files(const folder *f)
{
    int count = 0;
    DIR *listing = opendir(f->path);
    for (struct dirent *e; (e = readdir(listing));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(listing);
    return count;
}

static inline bytes content_of(const char *path, const char *suffix)
{
    char full[256];
    bytes content = { 0 };
    snprintf(full, sizeof full, "%s%s", path, suffix);
    ck_ok(file_read(&content, full, 0));
    return content;
}

static inline void put_file(const char *path, const bytes *content)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content->data, 1, content->size, file), content->size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void write_prefix(const snapshot *s, const char *path, const char *name,
                                const format_options *options)
{
    const format *f;
    transaction *t;
    ck_ok(format_by_name(&f, name));
    ck_ok(transaction_begin(&t, path));
    ck_ok(f->write(s, t, options));
    ck_ok(transaction_commit(t));
    transaction_free(t);
}

static inline void check_same_files(const char *a, const char *b, const char *suffix)
{
    bytes x = content_of(a, suffix), y = content_of(b, suffix);
    check_same_bytes(&x, &y, suffix);
    bytes_free(&x);
    bytes_free(&y);
}

#endif
