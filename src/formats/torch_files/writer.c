#include "formats/torch_files/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/pickle/writer.h"
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "formats/torch_files/types.h"

enum { ALIGNMENT = 64 };

typedef struct note {
    char *name;
    bytes content;
} note;

struct torch_writer {
    pickle *values;
    /* Of the storages; their number is the key. */
    horn_view *storages;
    size_t storage_count, storage_capacity;
    note *notes;
    size_t note_count, note_capacity;
    /* Of the storages; else in the pickle. */
    horn_status status;
};

horn_status torch_writer_new(torch_writer **out)
{
    torch_writer *w = NULL;
    horn_status status = memory_new(&w, 1, sizeof *w);
    if (!status) status = pickle_new(&w->values);
    if (status)
        torch_writer_free(w);
    else
        *out = w;
    return status;
}

void torch_writer_free(torch_writer *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->note_count; i++) {
        free(w->notes[i].name);
        bytes_free(&w->notes[i].content);
    }
    free(w->notes);
    free(w->storages);
    pickle_free(w->values);
    free(w);
}

pickle *torch_writer_values(torch_writer *w)
{
    return w->values;
}

/* ---- tensors ---- */

static pickle_value *sizes_of(pickle *p, const size_t *sizes, int rank)
{
    pickle_value *items[HORN_MAX_RANK];
    for (int i = 0; i < rank; i++) items[i] = pickle_integer(p, (int64_t)sizes[i]);
    return pickle_tuple(p, (size_t)rank, items);
}

/* The id of the next storage. */
static pickle_value *add_storage(torch_writer *w, const horn_view *view)
{
    pickle *p = w->values;
    char key[24];
    const pickle_global *class_of = torch_storage_of(view->dtype);
    if (w->status) return NULL;
    if (!class_of)
        w->status =
            fail(HORN_ERROR_UNSUPPORTED, "PyTorch has no storages of %s", horn_dtype_name(view->dtype));
    if (!w->status)
        w->status = memory_grow(&w->storages, w->storage_count, &w->storage_capacity, sizeof *w->storages);
    if (w->status) return NULL;
    snprintf(key, sizeof key, "%zu", w->storage_count);
    w->storages[w->storage_count++] = *view;
    return pickle_persistent(p, pickle_tuple(p, 5,
                                             (pickle_value *[]){
                                                 pickle_word(p, "storage"),
                                                 pickle_token(p, class_of),
                                                 pickle_text(p, key),
                                                 pickle_word(p, "cpu"),
                                                 pickle_integer(p, (int64_t)horn_view_count(view)),
                                             }));
}

pickle_value *torch_writer_tensor(torch_writer *w, const horn_view *view)
{
    pickle *p = w->values;
    size_t strides[HORN_MAX_RANK], step = 1;
    for (int i = view->rank; i-- > 0;) {
        strides[i] = step;
        step *= view->shape[i] ? view->shape[i] : 1;
    }
    pickle_value *storage = add_storage(w, view);
    if (!storage) return NULL;
    return pickle_call(p, torch_global(TORCH_TENSOR), 6,
                       (pickle_value *[]){
                           storage,
                           pickle_integer(p, 0),
                           sizes_of(p, view->shape, view->rank),
                           sizes_of(p, strides, view->rank),
                           pickle_boolean(p, false),
                           pickle_dict(p, torch_global(TORCH_ORDERED_DICT)),
                       });
}

static pickle_value *metadata_of(pickle *p, const torch_state *s)
{
    pickle_value *modules = pickle_dict(p, torch_global(TORCH_ORDERED_DICT)), *state = pickle_dict(p, NULL);
    for (size_t i = 0; i < s->version_count; i++) {
        pickle_value *module = pickle_dict(p, NULL);
        pickle_set(p, module, pickle_word(p, "version"), pickle_integer(p, s->versions[i].version));
        pickle_set(p, modules, pickle_text(p, s->versions[i].module), module);
    }
    pickle_set(p, state, pickle_word(p, "_metadata"), modules);
    return state;
}

pickle_value *torch_writer_state(torch_writer *w, const torch_state *s)
{
    pickle *p = w->values;
    pickle_value *dict = pickle_dict(p, torch_global(TORCH_ORDERED_DICT));
    for (size_t i = 0; i < s->count; i++) {
        const torch_tensor *t = &s->tensors[i];
        horn_view view = { .data = t->data, .dtype = t->dtype, .rank = t->rank };
        memcpy(view.shape, t->shape, sizeof view.shape);
        pickle_set(p, dict, pickle_text(p, t->name), torch_writer_tensor(w, &view));
    }
    if (dict && s->version_count) dict->state = metadata_of(p, s);
    return dict;
}

horn_status torch_writer_note(torch_writer *w, const char *name, bytes *content)
{
    horn_status status = memory_grow(&w->notes, w->note_count, &w->note_capacity, sizeof *w->notes);
    if (!status) status = memory_copy_string(&w->notes[w->note_count].name, name);
    if (!status)
        w->notes[w->note_count++].content = *content;
    else
        bytes_free(content);
    *content = (bytes){ 0 };
    return status;
}

/* ---- the archive ---- */

typedef struct archive {
    zip_writer *zip;
    /* "R/" */
    char prefix[300];
    /* Of all members' names and bytes. */
    uint32_t names, crc;
} archive;

/* As PyTorch names it: the name before its last dot; "archive" if it is not ASCII. */
static void name_archive(archive *a, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const size_t length = dot ? (size_t)(dot - name) : strlen(name);
    bool is_plain = length && length < sizeof a->prefix - 1;
    for (size_t i = 0; is_plain && i < length; i++) is_plain = name[i] >= 0x20 && name[i] < 0x7f;
    snprintf(a->prefix, sizeof a->prefix, "%.*s", is_plain ? (int)length : 7, is_plain ? name : "archive");
    if (!zip_file_name_is_safe(a->prefix)) strcpy(a->prefix, "archive");
    strcat(a->prefix, "/");
}

static horn_status put(archive *a, const char *name, const void *data, size_t size)
{
    bytes path = { 0 };
    bytes_print(&path, "%s%s", a->prefix, name);
    horn_status status = bytes_status(&path);
    if (!status) status = zip_writer_add(a->zip, bytes_text(&path), data, size, ALIGNMENT);
    a->names = (uint32_t)crc32_z(a->names, path.data, path.size);
    a->crc = (uint32_t)crc32_z(a->crc, data, size);
    bytes_free(&path);
    return status;
}

static horn_status put_text(archive *a, const char *name, const char *text)
{
    return put(a, name, text, strlen(text));
}

static horn_status put_members(archive *a, torch_writer *w, const bytes *object)
{
    horn_status status = HORN_OK;
    char name[200], id[41];
    TRY(put(a, "data.pkl", object->data, object->size));
    TRY(put_text(a, ".format_version", "1"));
    TRY(put_text(a, ".storage_alignment", "64"));
    TRY(put_text(a, "byteorder", "little"));
    for (size_t i = 0; i < w->storage_count; i++) {
        const horn_view *v = &w->storages[i];
        snprintf(name, sizeof name, "data/%zu", i);
        TRY(put(a, name, v->data, horn_view_count(v) * horn_dtype_size(v->dtype)));
    }
    for (size_t i = 0; i < w->note_count; i++) {
        snprintf(name, sizeof name, ".horn/%.150s", w->notes[i].name);
        TRY(put(a, name, w->notes[i].content.data, w->notes[i].content.size));
    }
    TRY(put_text(a, "version", "3\n"));
    snprintf(id, sizeof id, "%020lu%020lu", (unsigned long)a->names, (unsigned long)a->crc);
    TRY(put_text(a, ".data/serialization_id", id));
done:
    return status;
}

horn_status torch_writer_finish(pieces *out, torch_writer *w, pickle_value *object, const char *path)
{
    horn_status status = w->status;
    archive a = { 0 };
    bytes pickled = { 0 };
    if (status) return status == HORN_ERROR_MEMORY ? fail_memory("torch", 0) : status;
    name_archive(&a, path);
    TRY(pickle_status(w->values));
    TRY(pickle_write(&pickled, w->values, object));
    TRY(zip_writer_new(&a.zip, out));
    zip_writer_as_torch(a.zip);
    TRY(put_members(&a, w, &pickled));
    TRY(zip_writer_finish(a.zip));
done:
    zip_writer_free(a.zip);
    bytes_free(&pickled);
    return status;
}
