/* The contents of a deepdish file. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/deepdish/deepdish.h"
#include "formats/deepdish/walk.h"

/* What links repeat may be that many times as large as all that stands in the file itself. */
enum { MOST_REPEATED = 16 };

typedef struct opened {
    hdf5_file *file;
    /* One for each tensor that is listed. */
    deepdish_walk walk;
} opened;

static const deepdish_entry *entry_of(const contents *c, size_t index)
{
    return &((const opened *)c->owner)->walk.entries[index];
}

const hdf5_file *deepdish_file_of(const contents *c)
{
    return ((const opened *)c->owner)->file;
}

bool deepdish_is_attribute(const contents *c, size_t index)
{
    return entry_of(c, index)->attribute != NULL;
}

/* ---- arrays without elements ---- */

static const struct {
    const char *name;
    horn_dtype dtype;
} numpy_types[] = { { "f4", HORN_FLOAT32 }, { "f8", HORN_FLOAT64 }, { "i1", HORN_INT8 },
                    { "i2", HORN_INT16 },   { "i4", HORN_INT32 },   { "i8", HORN_INT64 },
                    { "u1", HORN_UINT8 },   { "u2", HORN_UINT16 },  { "u4", HORN_UINT32 },
                    { "u8", HORN_UINT64 },  { "b1", HORN_BOOL } };

/* The values are the shape, the attribute is the type: "<f4", "|b1". */
static horn_status take_empty(contents_tensor *t, const hdf5_file *file, const char *path, const char *where)
{
    horn_status status = HORN_OK;
    int64_t shape[HORN_MAX_RANK];
    char *type = NULL;
    const size_t rank = t->rank == 1 ? t->shape[0] : 0;
    bool is_empty = false;
    TRY(hdf5_read_text(file, path, "zeroarray_dtype", &type));
    if (t->rank != 1 || rank < 1 || rank > HORN_MAX_RANK || t->as != HORN_INT64)
        TRY(fail(HORN_ERROR_FORMAT, "%s: '%s' is no shape of an array without elements", where, t->name));
    TRY(hdf5_read_dataset(file, path, HORN_INT64, shape, rank * sizeof *shape));
    t->is_readable = false;
    strcpy(t->dtype, "?");
    for (size_t i = 0; i < sizeof numpy_types / sizeof *numpy_types; i++)
        if (*type && strcmp(type + 1, numpy_types[i].name) == 0) {
            t->as = numpy_types[i].dtype;
            t->is_readable = true;
            strcpy(t->dtype, horn_dtype_name(t->as));
        }
    t->rank = (int)rank;
    t->size = 0;
    size_t volume = 1;
    for (size_t i = 0; i < rank; i++) {
        is_empty |= shape[i] == 0;
        if (shape[i] > 0 && !memory_multiply(&volume, (size_t)shape[i]))
            TRY(fail(HORN_ERROR_FORMAT, "%s: '%s' has a shape that cannot be", where, t->name));
        if (shape[i] < 0)
            TRY(fail(HORN_ERROR_FORMAT, "%s: axis %zu of '%s' is %lld", where, i, t->name,
                     (long long)shape[i]));
        t->shape[i] = (size_t)shape[i];
    }
    if (!is_empty) TRY(fail(HORN_ERROR_FORMAT, "%s: '%s' has elements, expected none", where, t->name));
done:
    free(type);
    return status;
}

/* ---- listing ---- */

static horn_status take_dataset(contents_tensor *t, const hdf5_file *file, const char *path,
                                const char *where)
{
    hdf5_stored stored;
    int rank;
    size_t shape[HORN_MAX_RANK];
    horn_status status = hdf5_look_at_dataset(file, path, &stored);
    if (status) return status;
    strcpy(t->dtype, stored.type);
    t->rank = stored.rank;
    memcpy(t->shape, stored.shape, sizeof t->shape);
    t->size = stored.size;
    t->is_readable = stored.is_readable;
    if (t->is_readable) status = hdf5_describe_dataset(file, path, &t->as, &rank, shape);
    if (!status && hdf5_has_attribute(file, path, "zeroarray_dtype")) return take_empty(t, file, path, where);
    if (!status && hdf5_has_attribute(file, path, "strtype")) {
        t->is_readable = false;
        strcpy(t->dtype, "string");
    }
    return status;
}

static horn_status take_attribute(contents_tensor *t, const hdf5_file *file, const deepdish_entry *e)
{
    hdf5_stored stored;
    horn_status status = hdf5_look_at_attribute(file, e->path, e->attribute, &stored, &t->as);
    if (status) return status;
    strcpy(t->dtype, stored.type);
    t->rank = stored.rank;
    memcpy(t->shape, stored.shape, sizeof t->shape);
    t->size = stored.size;
    t->is_readable = stored.is_readable;
    return HORN_OK;
}

static horn_status list_entries(contents *out, const opened *o, const char *where)
{
    size_t own = 0, repeated = 0;
    for (size_t i = 0; i < o->walk.count; i++) {
        const deepdish_entry *e = &o->walk.entries[i];
        contents_tensor *t;
        horn_status status = contents_add(out, &t);
        if (!status) status = memory_copy_string(&t->name, e->name);
        if (!status)
            status = e->attribute ? take_attribute(t, o->file, e) : take_dataset(t, o->file, e->path, where);
        if (status) return status;
        *(e->is_linked ? &repeated : &own) += t->size;
    }
    if (repeated / MOST_REPEATED > own)
        return fail(HORN_ERROR_FORMAT, "%s: links repeat %zu bytes, over %d times the %zu bytes in the file",
                    where, repeated, MOST_REPEATED, own);
    return HORN_OK;
}

/* ---- values ---- */

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const contents_tensor *t = &c->tensors[index];
    const deepdish_entry *e = entry_of(c, index);
    const hdf5_file *file = ((const opened *)c->owner)->file;
    if (!t->is_readable)
        return fail(HORN_ERROR_UNSUPPORTED, "tensor '%s' holds %s, which is not read", t->name, t->dtype);
    if (!data || !t->size) return HORN_OK; /* sizes were compared with the file when it was opened */
    if (e->attribute) return hdf5_read_attribute(file, e->path, e->attribute, t->as, data, size);
    return hdf5_read_dataset(file, e->path, t->as, data, size);
}

/* The survey was made when it was opened. Reading everything finds what chunks hide. */
static horn_status verify(const contents *c, bytes *report)
{
    horn_status status = HORN_OK;
    void *data = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const contents_tensor *t = &c->tensors[i];
        horn_view like = { .dtype = t->as, .rank = t->rank };
        if (!t->is_readable || !t->size) continue;
        memcpy(like.shape, t->shape, sizeof like.shape);
        TRY(contents_take(c, i, horn_view_count(&like) * horn_dtype_size(t->as), &data));
        free(data);
        data = NULL;
    }
    bytes_print(report, "the structure of the HDF5 file and %zu arrays and numbers; it carries no checksum",
                c->count);
done:
    free(data);
    return status;
}

static void close_file(void *owner)
{
    opened *o = owner;
    hdf5_file_close(o->file);
    deepdish_walk_free(&o->walk);
    free(o);
}

horn_status deepdish_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    opened *o = NULL;
    TRY(memory_new(&o, 1, sizeof *o));
    out->owner = o;
    out->close = close_file;
    out->read = read_values;
    out->verify = verify;
    TRY(hdf5_file_open_pytables(&o->file, from->data, from->size, from->path));
    TRY(deepdish_walk_all(&o->walk, o->file, from->path));
    TRY(list_entries(out, o, from->path));
done:
    return status;
}
