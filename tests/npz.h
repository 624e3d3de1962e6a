/* Makes .npz files for tests. */
#ifndef TESTS_NPZ_H
#define TESTS_NPZ_H

#include "test.h"
#include <stdio.h>
#include <horn/view.h>
#include "codecs/npy.h"
#include "codecs/zip/writer.h"

typedef struct npz_member {
    const char *key;
    horn_view view;
} npz_member;

static inline void npz_save(const char *path, const npz_member *members, size_t count)
{
    zip_writer *zip = NULL;
    bytes archive = { 0 };
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    for (size_t i = 0; i < count; i++) {
        char name[40];
        bytes content = { 0 };
        snprintf(name, sizeof name, "%s.npy", members[i].key);
        ck_ok(npy_write(&content, &members[i].view));
        ck_ok(zip_writer_add(zip, name, content.data, content.size, 0));
        bytes_free(&content);
    }
    ck_ok(zip_writer_finish(zip));
    archive = into.own;
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(archive.data, 1, archive.size, file), archive.size);
    ck_assert_int_eq(fclose(file), 0);
    zip_writer_free(zip);
    bytes_free(&archive);
}

#endif
