/* The contents of an HDF5 file, of Keras or not: its datasets by their paths, group by group. */
#include "formats/keras_h5/keras_h5.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/hdf5/trailer.h"

typedef struct opened {
    hdf5_file *file;
    bytes content; /* the bytes of the file, if they are owned */
    bool is_inside;
} opened;

static const hdf5_file *file_of(const contents *c)
{
    return ((const opened *)c->owner)->file;
}

static horn_status add_dataset(contents *out, const hdf5_file *file, const char *path)
{
    hdf5_stored stored;
    contents_tensor *t;
    int rank;
    size_t shape[HORN_MAX_RANK];
    horn_status status = hdf5_look_at_dataset(file, path, &stored);
    if (!status) status = contents_add(out, &t);
    if (!status) status = memory_copy_string(&t->name, *path == '/' ? path + 1 : path);
    if (status) return status;
    strcpy(t->dtype, stored.type);
    t->rank = stored.rank;
    memcpy(t->shape, stored.shape, sizeof t->shape);
    t->size = stored.size;
    t->is_readable = stored.is_readable;
    return t->is_readable ? hdf5_describe_dataset(file, path, &t->as, &rank, shape) : HORN_OK;
}

/* The survey saw to it that groups neither hang in a circle nor too deep. */
static horn_status add_group(contents *out, const hdf5_file *file, const char *path)
{
    horn_status status = HORN_OK;
    char **names = NULL;
    size_t count = 0;
    bytes member = { 0 };
    TRY(hdf5_list(file, *path ? path : "/", &names, &count));
    for (size_t i = 0; i < count; i++) {
        member.size = 0;
        bytes_print(&member, "%s/%s", path, names[i]);
        TRY(bytes_status(&member));
        if (hdf5_has_group(file, bytes_text(&member)))
            TRY(add_group(out, file, bytes_text(&member)));
        else if (hdf5_has_dataset(file, bytes_text(&member)))
            TRY(add_dataset(out, file, bytes_text(&member)));
    }
done:
    free(names);
    bytes_free(&member);
    return status;
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const contents_tensor *t = &c->tensors[index];
    if (t->is_readable && !data) return HORN_OK; /* sizes were held against the file when it was opened */
    if (t->is_readable) return hdf5_read_dataset(file_of(c), t->name, t->as, data, size);
    return fail(HORN_ERROR_UNSUPPORTED, "tensor '%s' holds %s, which is not read", t->name, t->dtype);
}

static bool has_trailer(const hdf5_file *file)
{
    return hdf5_has_attribute(file, HDF5_TRAILER_GROUP, HDF5_TRAILER_ATTRIBUTE);
}

/* The trailer and the survey were checked when it was opened. Reading everything finds what chunks hide. */
static horn_status verify(const contents *c, bytes *report)
{
    horn_status status = HORN_OK;
    void *data = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const contents_tensor *t = &c->tensors[i];
        horn_view like = { .dtype = t->as, .rank = t->rank };
        if (!t->is_readable) continue;
        memcpy(like.shape, t->shape, sizeof like.shape);
        free(data);
        data = NULL;
        TRY(memory_new(&data, horn_view_count(&like), horn_dtype_size(t->as)));
        TRY(read_values(c, i, data, horn_view_count(&like) * horn_dtype_size(t->as)));
    }
    if (((const opened *)c->owner)->is_inside)
        bytes_print(report, "the structure of the zip archive, the checksums (CRC-32) of its members, ");
    if (has_trailer(file_of(c))) bytes_print(report, "the checksum (CRC32C) over the whole file, ");
    bytes_print(report, "the structure of the HDF5 file and %zu dataset%s", c->count,
                c->count == 1 ? "" : "s");
    if (!has_trailer(file_of(c)) && !((const opened *)c->owner)->is_inside)
        bytes_print(report, "; it carries no checksum of its content");
done:
    free(data);
    return status;
}

static void close_file(void *owner)
{
    opened *o = owner;
    hdf5_file_close(o->file);
    bytes_free(&o->content);
    free(o);
}

/* The owner is there before the file is, so that whatever comes after is closed with the contents. */
static horn_status open_file(contents *out, const void *data, size_t size, const char *name)
{
    opened *o = NULL;
    horn_status status = memory_new(&o, 1, sizeof *o);
    if (status) return status;
    out->owner = o;
    out->close = close_file;
    out->read = read_values;
    out->verify = verify;
    return hdf5_file_open(&o->file, data, size, name);
}

/* "Horn, as Keras 2.15.0 (tensorflow)" */
static horn_status name_producer(contents *out, bool is_horn, const char *version, const char *backend)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    bytes_print(&text, "%s%s%s", is_horn ? "Horn" : "", is_horn && version ? ", as " : "",
                version ? "Keras " : "");
    bytes_print(&text, "%s%s%s%s", version ? version : "", backend ? " (" : "", backend ? backend : "",
                backend ? ")" : "");
    TRY(bytes_status(&text));
    if (text.size) TRY(memory_copy_string(&out->producer, bytes_text(&text)));
done:
    bytes_free(&text);
    return status;
}

static horn_status find_producer(contents *out)
{
    horn_status status = HORN_OK;
    const hdf5_file *file = file_of(out);
    char *version = NULL, *backend = NULL;
    const char *place = hdf5_has_attribute(file, "/", "keras_version") ? "/" : "/model_weights";
    bool says = hdf5_has_attribute(file, place, "keras_version");
    if (says) TRY(hdf5_read_text(file, place, "keras_version", &version));
    if (says && hdf5_has_attribute(file, place, "backend"))
        TRY(hdf5_read_text(file, place, "backend", &backend));
    TRY(name_producer(out, has_trailer(file), version, backend));
done:
    free(version);
    free(backend);
    return status;
}

horn_status keras_h5_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    keras_h5_kind kind = keras_h5_kind_of(from);
    TRY(open_file(out, from->data, from->size, from->path));
    if (kind == KERAS_H5_OTHER) out->kind = "hdf5";
    out->is_no_model = kind == KERAS_H5_OTHER;
    TRY(find_producer(out));
    TRY(add_group(out, file_of(out), ""));
done:
    return status;
}

horn_status keras_h5_list_inside(contents *out, const void *data, size_t size, bytes *own, const char *name,
                                 const char *version)
{
    horn_status status = HORN_OK;
    TRY(open_file(out, data, size, name));
    opened *o = out->owner;
    o->is_inside = true;
    o->content = *own;
    *own = (bytes){ 0 };
    TRY(name_producer(out, has_trailer(o->file), version, NULL));
    TRY(add_group(out, o->file, ""));
done:
    return status;
}
