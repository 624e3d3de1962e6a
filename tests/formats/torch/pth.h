/* Files of torch.save from pickles that are written down byte by byte. */
#ifndef TESTS_TORCH_PTH_H
#define TESTS_TORCH_PTH_H

#include "test.h"

#include <stdio.h>
#include "base/bytes.h"
#include "codecs/zip/writer.h"
#include "formats/torch_files/torch.h"
#include "model/files/snapshot_of_model.h"

#define ORDERED "ccollections\nOrderedDict\n"
/* The id of a storage; `count` and the sizes are operations: "K\6", "K\2K\3\x86". */
#define STORAGE_OF(type, key, count) "(U\7storagectorch\n" type "\nU\1" key "U\3cpu" count "tQ"
#define TENSOR_OF(storage, offset, sizes, strides) \
    "ctorch._utils\n_rebuild_tensor_v2\n(" storage offset sizes strides "\x89" ORDERED ")RtR"
#define TENSOR(key, count, offset, sizes, strides) \
    TENSOR_OF(STORAGE_OF("FloatStorage", key, count), offset, sizes, strides)
/* {"w": value} */
#define OBJECT(value) "\x80\2}U\1w" value "s."

typedef struct pth_member {
    const char *name;
    const void *data;
    size_t size;
} pth_member;

/* An archive; members without a name are left out. */
static inline bytes pth_of(const pth_member *members, size_t count)
{
    bytes out = { 0 };
    zip_writer *zip;
    pieces into = { 0 };
    ck_ok(zip_writer_new(&zip, &into));
    zip_writer_as_torch(zip);
    for (size_t i = 0; i < count; i++)
        if (members[i].name)
            ck_ok(zip_writer_add(zip, members[i].name, members[i].data, members[i].size, 64));
    ck_ok(zip_writer_finish(zip));
    out = into.own;
    zip_writer_free(zip);
    return out;
}

/* With 6 floats as storage 0 and the version. */
static inline bytes pth_with(const char *object, size_t size)
{
    static const float values[6] = { 1, 2, 3, 4, 5, 6 };
    return pth_of((pth_member[]){ { "m/data.pkl", object, size },
                                  { "m/data/0", values, sizeof values },
                                  { "m/version", "3\n", 2 } },
                  3);
}

#define LEGACY_MAGIC        \
    "\x80\2\x8a\nl\xfc\x9c" \
    "F\xf9 j\xa8P\x19."
#define LEGACY_HEADS LEGACY_MAGIC "\x80\2M\xe9\3.\x80\2}U\15little_endian\x88s."
#define LEGACY_VALUES  \
    "\6\0\0\0\0\0\0\0" \
    "\0\0\x80\x3f"     \
    "\0\0\0\x40"       \
    "\0\0\x40\x40"     \
    "\0\0\x80\x40"     \
    "\0\0\xa0\x40"     \
    "\0\0\xc0\x40"

extern const format torch_format;

/* Opens, lists, reads and verifies what is in a block of its exact size. */
static inline horn_status read_all_of(const void *data, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    const source from = { .path = "m.pth", .data = copy, .size = size };
    contents found = { 0 };
    bytes report = { 0 };
    snapshot *s;
    ck_ok(snapshot_new(&s));
    horn_status status = torch_list(&found, &from);
    for (size_t i = 0; !status && i < found.count; i++) {
        const contents_tensor *t = &found.tensors[i];
        const horn_view like = { .dtype = t->as, .rank = t->rank };
        horn_view v = like;
        memcpy(v.shape, t->shape, sizeof v.shape);
        void *values = NULL;
        if (!t->is_readable) continue;
        status = contents_take(&found, i, horn_view_count(&v) * horn_dtype_size(t->as), &values);
        free(values);
    }
    if (!status) status = found.verify(&found, &report);
    const schema known = model_schema(NULL);
    if (!status) status = torch_format.read(s, &from, NULL, &known);
    snapshot_free(s);
    bytes_free(&report);
    contents_free(&found);
    free(copy);
    return status;
}

#endif
