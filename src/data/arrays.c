/* Arrays of an .npz by name: what a model with several inputs or outputs takes and gives. */
#include <horn/dataset.h>

#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/files/atomic_file.h"
#include "base/memory.h"
#include "base/status.h"
#include "codecs/npy.h"
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "data/npz.h"

struct horn_arrays {
    npy_array *arrays;
    horn_view *views;
    char **names;
    size_t count;
};

static bool has_member(const zip_file *zip, const char *key)
{
    bytes name = { 0 };
    bytes_print(&name, "%s.npy", key);
    const bool found = bytes_text(&name) && zip_file_find(zip, bytes_text(&name));
    bytes_free(&name);
    return found;
}

/* "NAME_test", if there is one, or "NAME". */
static horn_status make_key(bytes *key, const zip_file *zip, const char *name, const char *suffix)
{
    bytes_print(key, "%s%s", name, suffix ? suffix : "");
    if (!suffix || !bytes_text(key) || has_member(zip, bytes_text(key))) return bytes_status(key);
    bytes_free(key);
    bytes_print(key, "%s", name);
    return bytes_status(key);
}

static horn_status load_one(horn_arrays *a, const zip_file *zip, const char *name, const char *suffix)
{
    horn_status status = HORN_OK;
    bytes key = { 0 };
    const size_t i = a->count;
    TRY(memory_copy_string(&a->names[i], name));
    a->count++;
    TRY(make_key(&key, zip, name, suffix));
    TRY(npz_read(&a->arrays[i], zip, bytes_text(&key), NULL));
    a->views[i] = npy_array_view(&a->arrays[i]);
    a->views[i].name = a->names[i];
    if (i) a->views[i - 1].next = &a->views[i];
done:
    bytes_free(&key);
    return status;
}

static horn_status load(horn_arrays *a, const char *path, const char *const *names, size_t count,
                        const char *suffix)
{
    horn_status status = HORN_OK;
    bytes file = { 0 };
    zip_file *zip = NULL;
    TRY(memory_new(&a->arrays, count, sizeof *a->arrays));
    TRY(memory_new(&a->views, count, sizeof *a->views));
    TRY(memory_new(&a->names, count, sizeof *a->names));
    TRY(file_read(&file, path, 0));
    if (!zip_file_recognizes(file.data, file.size))
        TRY(fail(HORN_ERROR_FORMAT, "%s: is no .npz, expected one with an array for each input and output",
                 path));
    TRY(zip_file_open(&zip, file.data, file.size, path));
    for (size_t i = 0; i < count; i++) TRY(load_one(a, zip, names[i], suffix));
done:
    zip_file_close(zip);
    bytes_free(&file);
    return status;
}

horn_status horn_arrays_load(horn_arrays **out, const char *path, const char *const *names, size_t count,
                             const char *suffix)
{
    NEED(out, "out");
    NEED(path, "path");
    NEED(names, "names");
    horn_status status = HORN_OK;
    horn_arrays *a = NULL;
    status_begin();
    TRY(memory_new(&a, 1, sizeof *a));
    TRY(load(a, path, names, count, suffix));
    *out = a;
    a = NULL;
done:
    horn_arrays_free(a);
    return status_end(status);
}

horn_view *horn_arrays_views(horn_arrays *a)
{
    return a && a->count ? a->views : NULL;
}

void horn_arrays_free(horn_arrays *a)
{
    if (!a) return;
    for (size_t i = 0; i < a->count; i++) {
        npy_array_free(&a->arrays[i]);
        free(a->names[i]);
    }
    free(a->arrays);
    free(a->views);
    free(a->names);
    free(a);
}

/* ---- writing ---- */

static horn_status add_member(zip_writer *zip, const horn_view *v, size_t index)
{
    horn_status status = HORN_OK;
    bytes name = { 0 }, content = { 0 };
    if (!v->data || !v->name)
        return fail(HORN_ERROR_ARGUMENT, "array %zu has no %s", index, v->data ? "name" : "data");
    bytes_print(&name, "%s.npy", v->name);
    TRY(bytes_status(&name));
    TRY(npy_write(&content, v));
    TRY(zip_writer_add(zip, bytes_text(&name), content.data, content.size, 0));
done:
    bytes_free(&name);
    bytes_free(&content);
    return status;
}

horn_status horn_arrays_save(const char *path, const horn_view *list)
{
    NEED(path, "path");
    NEED(list, "list");
    horn_status status = HORN_OK;
    pieces archive = { 0 };
    zip_writer *zip = NULL;
    transaction *t = NULL;
    size_t index = 0;
    TRY(zip_writer_new(&zip, &archive));
    for (const horn_view *v = list; v; v = v->next) TRY(add_member(zip, v, index++));
    TRY(zip_writer_finish(zip));
    TRY(transaction_begin(&t, path));
    TRY(transaction_add_pieces(t, "", &archive));
    TRY(transaction_commit(t));
done:
    zip_writer_free(zip);
    pieces_free(&archive);
    transaction_free(t);
    return status;
}
