/* Weights as an archive of NumPy's: an array for each, in Keras' layout and order.
 *
 *     np.load("model.npz")["dense/kernel"]                     LAYER/WEIGHT; of a layer inside a layer its whole path
 *     np.savez("model.npz", **{f"{layer.name}/{weight}": ...})
 *
 * Suffix .npz; no dialects. Arrays may be packed. With a model its layers and weights are found by name, in any order; without
 * one, or if not all names are there, the order of the archive counts. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/npy.h"
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "formats/format.h"
#include "formats/keras/expected.h"
#include "snapshot/index.h"

static const char suffix[] = ".npy";

static size_t name_length(const zip_member *m)
{
    const size_t length = strlen(m->name), own = sizeof suffix - 1;
    return length > own && strcmp(m->name + length - own, suffix) == 0 ? length - own : 0;
}

/* Arrays alone, one of them in a layer: other archives of arrays are data. */
static bool is_of_weights(const zip_file *zip)
{
    bool found = false;
    for (size_t i = 0; i < zip->count; i++) {
        if (!name_length(&zip->members[i])) return false;
        found = found || strchr(zip->members[i].name, '/');
    }
    return found;
}

static bool recognizes(const source *from)
{
    zip_file *zip = NULL;
    if (!zip_file_recognizes(from->data, from->size) ||
        zip_file_open(&zip, from->data, from->size, from->path))
        return false;
    const bool found = is_of_weights(zip);
    zip_file_close(zip);
    return found;
}

static horn_status read_array(npy_array *out, const zip_file *zip, const zip_member *m)
{
    horn_status status = HORN_OK;
    const unsigned char *stored = NULL;
    bytes where = { 0 }, unpacked = { 0 };
    bytes_print(&where, "%s: %s", zip->name, m->name);
    TRY(bytes_status(&where));
    if (m->method == 0) {
        TRY(zip_file_stored(&stored, zip, m));
        TRY(npy_read(out, stored, m->size, bytes_text(&where)));
    } else {
        TRY(zip_file_read(&unpacked, zip, m, 0));
        TRY(npy_read(out, unpacked.data, unpacked.size, bytes_text(&where)));
    }
done:
    bytes_free(&where);
    bytes_free(&unpacked);
    return status;
}

/* ---- reading ---- */

/* float64, as NumPy makes it, becomes float32. */
static horn_status add_array(snapshot_layer *layer, const zip_file *zip, const zip_member *m,
                             const char *name)
{
    horn_status status = HORN_OK;
    npy_array array = { 0 };
    snapshot_tensor *t;
    TRY(read_array(&array, zip, m));
    horn_view like = npy_array_view(&array);
    const bool is_double = like.dtype == HORN_FLOAT64;
    if (is_double) like.dtype = HORN_FLOAT32;
    TRY(snapshot_layer_add(layer, name, &like, &t));
    const size_t count = horn_view_count(&like);
    if (!is_double && count) memcpy(t->data, array.data, snapshot_tensor_bytes(t));
    for (size_t i = 0; is_double && i < count; i++) ((float *)t->data)[i] = (float)((double *)array.data)[i];
done:
    npy_array_free(&array);
    return status;
}

/* A member, and the first one of its layer. */
typedef struct place {
    size_t first, index;
} place;

static int by_place(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The layer's name; all of it if there is no layer. */
static size_t layer_length(const zip_member *m)
{
    const char *slash = strchr(m->name, '/');
    return slash ? (size_t)(slash - m->name) : name_length(m);
}

static bool same_layer(const zip_member *a, const zip_member *b)
{
    const size_t length = layer_length(a);
    return length == layer_length(b) && memcmp(a->name, b->name, length) == 0;
}

/* Members of a layer stand side by side in the order of names: finds the first of each layer. */
static void find_places(const zip_file *zip, place *places)
{
    for (size_t i = 0, end; i < zip->count; i = end) {
        size_t first = zip->by_name[i];
        for (end = i;
             end < zip->count && same_layer(&zip->members[zip->by_name[i]], &zip->members[zip->by_name[end]]);
             end++)
            if (zip->by_name[end] < first) first = zip->by_name[end];
        for (size_t k = i; k < end; k++) places[k] = (place){ first, zip->by_name[k] };
    }
    qsort(places, zip->count, sizeof *places, by_place);
}

static horn_status read_in_order(snapshot *out, const zip_file *zip)
{
    horn_status status = HORN_OK;
    place *places = NULL;
    char *name = NULL;
    snapshot_layer *layer = NULL;
    TRY(memory_new(&places, zip->count, sizeof *places));
    find_places(zip, places);
    for (size_t i = 0; i < zip->count; i++) {
        const zip_member *m = &zip->members[places[i].index];
        const size_t layer_end = layer_length(m), end = name_length(m);
        free(name);
        name = NULL;
        TRY(memory_copy_text(&name, m->name, layer_end));
        if (i == 0 || places[i].first != places[i - 1].first)
            TRY(snapshot_add_layer(out, NULL, name, &layer));
        free(name);
        name = NULL;
        const size_t start = layer_end < end ? layer_end + 1 : 0;
        TRY(memory_copy_text(&name, m->name + start, end - start));
        TRY(add_array(layer, zip, m, name));
        layer->is_flat = layer->is_flat || strchr(name, '/');
    }
    for (size_t i = 0; i < out->layer_count; i++) TRY(keras_take_weights(&out->layers[i], NULL));
done:
    free(places);
    free(name);
    return status;
}

/* The member of a weight; NULL: there is none. */
static const zip_member *find(const zip_file *zip, const snapshot_weight *w, bytes *name)
{
    name->size = 0;
    snapshot_path(name, w, &path_slashes);
    bytes_print(name, "%s", suffix);
    return bytes_text(name) ? zip_file_find(zip, bytes_text(name)) : NULL;
}

/* Whether the archive has the weights of the model by name, and no other arrays. */
static horn_status has_all(bool *out, const zip_file *zip, const snapshot *model, bytes *name)
{
    horn_status status = HORN_OK;
    size_t count = 0;
    *out = true;
    for (size_t i = 0; *out && !status && i < model->layer_count; i++) {
        snapshot_index index;
        const snapshot_weight *w;
        status = snapshot_index_layer(&index, &model->layers[i]);
        for (size_t k = 0; !status && (w = snapshot_weight_at(&index, SNAPSHOT_TRAINED_FIRST, k));
             k++, count++)
            *out = *out && find(zip, w, name);
        snapshot_index_free(&index);
    }
    *out = *out && count == zip->count;
    return status ? status : bytes_status(name);
}

/* All weights of a layer and of those inside it, those that train first. */
static horn_status read_layer(snapshot_layer *layer, const zip_file *zip, const snapshot_layer *from,
                              bytes *name)
{
    horn_status status = HORN_OK;
    snapshot_index index;
    const snapshot_weight *w;
    TRY(snapshot_index_layer(&index, from));
    for (size_t k = 0; (w = snapshot_weight_at(&index, SNAPSHOT_TRAINED_FIRST, k)); k++) {
        TRY(add_array(layer, zip, find(zip, w, name), w->tensor->name));
        schema_apply_to(&layer->tensors[k], w->tensor);
        if (snapshot_is_frozen(from)) layer->tensors[k].trainable = false;
    }
    layer->is_flat = from->inner_count;
done:
    snapshot_index_free(&index);
    return status;
}

static horn_status read_by_model(snapshot *out, const zip_file *zip, const snapshot *model, bytes *name)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < model->layer_count; i++) {
        const snapshot_layer *from = &model->layers[i];
        snapshot_layer *layer;
        if (!snapshot_weight_count(from)) continue;
        TRY(snapshot_add_layer(out, NULL, from->name, &layer));
        TRY(read_layer(layer, zip, from, name));
    }
done:
    return status;
}

static horn_status read_npz(snapshot *out, const source *from, const format_options *options,
                            const schema *known)
{
    horn_status status = HORN_OK;
    const snapshot *model = known ? known->model : NULL;
    zip_file *zip = NULL;
    bytes name = { 0 };
    if (options && options->leave_out & PART_WEIGHTS) return HORN_OK;
    TRY(zip_file_open(&zip, from->data, from->size, from->path));
    bool is_named = false;
    if (model) TRY(has_all(&is_named, zip, model, &name));
    TRY(is_named ? read_by_model(out, zip, model, &name) : read_in_order(out, zip));
    out->parts |= PART_WEIGHTS;
done:
    bytes_free(&name);
    zip_file_close(zip);
    return status;
}

/* ---- writing ---- */

static horn_status put_array(zip_writer *zip, const snapshot_weight *w, const char *where)
{
    horn_status status = HORN_OK;
    bytes name = { 0 }, array = { 0 };
    const horn_view v = snapshot_tensor_view(w->tensor);
    snapshot_path(&name, w, &path_slashes);
    bytes_print(&name, "%s", suffix);
    TRY(bytes_status(&name));
    if (!zip_file_name_is_safe(bytes_text(&name)) || strchr(w->path[0]->name, '/'))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: '%.200s' cannot be a name in an archive", where,
                 bytes_text(&name)));
    TRY(npy_write(&array, &v));
    TRY(zip_writer_add(zip, bytes_text(&name), array.data, array.size, 0));
done:
    bytes_free(&name);
    bytes_free(&array);
    return status;
}

static horn_status put_layer(zip_writer *zip, const snapshot_layer *l, const char *where)
{
    horn_status status = HORN_OK;
    snapshot_index index;
    const snapshot_weight *w;
    TRY(snapshot_index_layer(&index, l));
    for (size_t i = 0; (w = snapshot_weight_at(&index, SNAPSHOT_TRAINED_FIRST, i)); i++)
        TRY(put_array(zip, w, where));
done:
    snapshot_index_free(&index);
    return status;
}

static horn_status write_npz(const snapshot *s, transaction *t, const format_options *options)
{
    horn_status status = HORN_OK;
    const char *where = transaction_target(t);
    zip_writer *zip = NULL;
    pieces archive = { 0 };
    if (options && options->dialect)
        TRY(fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected none", where, options->dialect));
    if (!(s->parts & PART_WEIGHTS)) TRY(fail(HORN_ERROR_ARGUMENT, "%s: npz without weights", where));
    TRY(zip_writer_new(&zip, &archive));
    for (size_t i = 0; i < s->layer_count; i++) TRY(put_layer(zip, &s->layers[i], where));
    TRY(zip_writer_finish(zip));
    TRY(transaction_add_pieces(t, "", &archive));
done:
    zip_writer_free(zip);
    pieces_free(&archive);
    return status;
}

/* ---- listing ---- */

static void close_zip(void *owner)
{
    zip_file_close(owner);
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const zip_file *zip = c->owner;
    npy_array array = { 0 };
    horn_status status = read_array(&array, zip, &zip->members[index]);
    const horn_view v = npy_array_view(&array);
    const size_t own = status ? 0 : horn_view_count(&v) * horn_dtype_size(v.dtype);
    if (!status && size != own)
        status = fail(HORN_ERROR_ARGUMENT, "'%s' has %zu bytes, asked for %zu", zip->members[index].name, own,
                      size);
    if (!status && data && size) memcpy(data, array.data, size);
    npy_array_free(&array);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    const zip_file *zip = c->owner;
    horn_status status = HORN_OK;
    for (size_t i = 0; i < zip->count && !status; i++) {
        npy_array array = { 0 };
        status = read_array(&array, zip, &zip->members[i]);
        npy_array_free(&array);
    }
    bytes_print(report, "the CRC-32 of each array");
    return status;
}

static horn_status list_member(contents_tensor *t, const zip_file *zip, const zip_member *m)
{
    npy_array array = { 0 };
    horn_status status = read_array(&array, zip, m);
    *t = (contents_tensor){ .rank = -1, .dtype = "unknown", .size = m->size };
    if (!status) {
        const horn_view v = npy_array_view(&array);
        *t = (contents_tensor){ .rank = v.rank,
                                .size = horn_view_count(&v) * horn_dtype_size(v.dtype),
                                .is_readable = true,
                                .as = v.dtype };
        strcpy(t->dtype, horn_dtype_name(v.dtype));
        memcpy(t->shape, v.shape, sizeof t->shape);
    }
    npy_array_free(&array);
    if (status && status != HORN_ERROR_UNSUPPORTED) return status;
    return memory_copy_text(&t->name, m->name, name_length(m));
}

static horn_status list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    zip_file *zip = NULL;
    TRY(zip_file_open(&zip, from->data, from->size, from->path));
    out->owner = zip;
    out->close = close_zip;
    out->read = read_values;
    out->verify = verify;
    for (size_t i = 0; i < zip->count; i++) {
        contents_tensor *added;
        TRY(contents_add(out, &added));
        TRY(list_member(added, zip, &zip->members[i]));
    }
done:
    return status;
}

static const char *const suffixes[] = { ".npz", NULL };

const format npz_format = {
    .name = "npz",
    .suffixes = suffixes,
    .reads = PART_WEIGHTS,
    .writes = PART_WEIGHTS,
    .recognizes = recognizes,
    .read = read_npz,
    .write = write_npz,
    .list = list,
};
