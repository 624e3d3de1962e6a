/* Lists the tensors of a file of torch.save, wherever they are in its object: "model/0.weight", "optimizer/state/0/exp_avg". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/torch_files/checkpoint.h"
#include "formats/torch_files/torch.h"
#include "formats/torch_files/variables.h"

/* Of the object, or an own one of Horn's, with its data in `own`. */
typedef struct listed {
    const pickle_value *tensor;
    const void *data;
} listed;

typedef struct opened {
    torch_file *file;
    listed *tensors;
    size_t count, capacity;
    /* Horn's own variables of the optimizer. */
    snapshot *own;
} opened;

static void close_file(void *owner)
{
    opened *o = owner;
    if (!o) return;
    torch_file_close(o->file);
    snapshot_free(o->own);
    free(o->tensors);
    free(o);
}

static horn_status read_own(const contents *c, size_t index, void *data, size_t size)
{
    const opened *o = c->owner;
    const contents_tensor *t = &c->tensors[index];
    if (size != t->size)
        return fail(HORN_ERROR_ARGUMENT, "%s: tensor '%s' has %zu bytes, %zu are asked for",
                    o->file->from->path, t->name, t->size, size);
    if (data) memcpy(data, o->tensors[index].data, size);
    return HORN_OK;
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const opened *o = c->owner;
    if (o->tensors[index].data) return read_own(c, index, data, size);
    const torch_array a = torch_file_array(o->file, o->tensors[index].tensor);
    horn_view view;
    horn_status status = torch_array_view(&view, o->file, &a, c->tensors[index].name);
    if (status) return status;
    if (size != a.count * horn_dtype_size(view.dtype))
        return fail(HORN_ERROR_ARGUMENT, "%s: tensor '%s' has %zu bytes, %zu are asked for",
                    o->file->from->path, c->tensors[index].name, a.count * horn_dtype_size(view.dtype), size);
    if (data) torch_array_read(data, &a);
    return HORN_OK;
}

/* All was checked when the file was opened, but for members that are not read. */
static horn_status verify(const contents *c, bytes *report)
{
    const torch_file *f = ((opened *)c->owner)->file;
    size_t size = 0;
    for (size_t i = 0; f->zip && i < f->zip->count; i++) {
        const unsigned char *data;
        bytes unpacked = { 0 };
        const zip_member *m = &f->zip->members[i];
        horn_status status =
            m->method == 0 ? zip_file_stored(&data, f->zip, m) : zip_file_read(&unpacked, f->zip, m, 0);
        bytes_free(&unpacked);
        if (status) return status;
    }
    for (size_t i = 0; i < f->storage_count; i++) size += f->storages[i].count * f->storages[i].type->size;
    if (f->zip) bytes_print(report, "CRC-32 of %zu members, ", f->zip->count);
    bytes_print(report, "the lengths of %zu storages, %zu bytes", f->storage_count, size);
    return HORN_OK;
}

/* ---- listing ---- */

static horn_status add_tensor(contents *out, const pickle_value *v, bytes *path)
{
    horn_status status = HORN_OK;
    opened *o = out->owner;
    contents_tensor *t;
    const torch_array a = torch_file_array(o->file, v);
    const torch_type *type = a.storage->type;
    const char *name = path->size ? bytes_text(path) : "tensor";
    TRY(bytes_status(path));
    TRY(memory_grow(&o->tensors, o->count, &o->capacity, sizeof *o->tensors));
    o->tensors[o->count++].tensor = v;
    TRY(contents_add(out, &t));
    TRY(memory_copy_string(&t->name, name));
    snprintf(t->dtype, sizeof t->dtype, "%s", type->name);
    t->rank = a.rank > HORN_MAX_RANK ? -1 : (int)a.rank;
    memcpy(t->shape, a.shape, sizeof t->shape);
    t->size = a.count * type->size;
    t->is_readable = t->rank >= 0;
    t->as = type->dtype;
    t->is_own = torch_is_counter(name);
done:
    return status;
}

static void put_key(bytes *path, const pickle_value *key, size_t index)
{
    if (path->size) bytes_print(path, "/");
    if (pickle_is(key, PICKLE_INTEGER))
        bytes_print(path, "%lld", (long long)key->integer);
    else if (key)
        bytes_print(path, "%s", key->text.at);
    else
        bytes_print(path, "%zu", index);
}

static horn_status visit(contents *out, const pickle_value *v, bytes *path)
{
    horn_status status = HORN_OK;
    const size_t size = path->size;
    if (torch_is_tensor(v)) return add_tensor(out, v, path);
    if (!pickle_is(v, PICKLE_DICT) && !pickle_is(v, PICKLE_LIST) && !pickle_is(v, PICKLE_TUPLE))
        return HORN_OK;
    for (size_t i = 0; !status && i < pickle_count(v); i++) {
        put_key(path, pickle_key_at(v, i), i);
        status = bytes_status(path);
        if (!status) status = visit(out, pickle_at(v, i), path);
        path->size = size;
    }
    return status;
}

/* ---- Horn's own ---- */

static horn_status add_own(contents *out, const horn_view *v, const char *slot, size_t number)
{
    horn_status status = HORN_OK;
    opened *o = out->owner;
    contents_tensor *t;
    bytes name = { 0 };
    if (slot)
        bytes_print(&name, ".horn/optimizer/%s/%zu", slot, number);
    else
        bytes_print(&name, ".horn/optimizer/iteration");
    TRY(bytes_status(&name));
    TRY(memory_grow(&o->tensors, o->count, &o->capacity, sizeof *o->tensors));
    o->tensors[o->count++].data = v->data;
    TRY(contents_add(out, &t));
    TRY(memory_copy_string(&t->name, bytes_text(&name)));
    snprintf(t->dtype, sizeof t->dtype, "%s", horn_dtype_name(v->dtype));
    t->rank = v->rank;
    memcpy(t->shape, v->shape, sizeof t->shape);
    t->size = horn_view_count(v) * horn_dtype_size(v->dtype);
    t->is_readable = t->is_own = true;
    t->as = v->dtype;
done:
    bytes_free(&name);
    return status;
}

static horn_status list_own(contents *out)
{
    horn_status status = HORN_OK;
    opened *o = out->owner;
    torch_variables found;
    TRY(torch_variables_find(&found, o->file));
    if (found == TORCH_NO_VARIABLES) goto done;
    TRY(snapshot_new(&o->own));
    TRY(torch_variables_read(o->own, o->file));
    TRY(add_own(out, &(horn_view){ .data = &o->own->iteration, .dtype = HORN_INT64 }, NULL, 0));
    for (size_t i = 0; i < o->own->slot_count; i++)
        for (size_t k = 0; k < o->own->slots[i].tensor_count; k++) {
            const horn_view v = snapshot_tensor_view(&o->own->slots[i].tensors[k]);
            TRY(add_own(out, &v, o->own->slots[i].name, k));
        }
done:
    return status;
}

horn_status torch_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    opened *o = NULL;
    bytes path = { 0 };
    TRY(memory_new(&o, 1, sizeof *o));
    out->owner = o;
    out->close = close_file;
    out->read = read_values;
    out->verify = verify;
    TRY(torch_file_open(&o->file, from));
    TRY(visit(out, o->file->root, &path));
    TRY(list_own(out));
    out->is_no_model = !torch_checkpoint_of(o->file->root).model;
    if (out->is_no_model) out->kind = "torch, without a state_dict";
done:
    bytes_free(&path);
    return status;
}
