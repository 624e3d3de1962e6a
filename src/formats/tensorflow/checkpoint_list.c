/* Lists a checkpoint of TensorFlow: of a Keras model, of other objects or of TensorFlow 1. Its tensors are the entries of the
 * bundle; slices are joined. The data files are opened with the first tensor, and each tensor is read when it is asked for. */
#include "formats/tensorflow/checkpoint.h"
#include "formats/tensorflow/tensor.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

typedef struct opened {
    tensor_bundle *bundle;
    const source *from;
    bool has_data;
    size_t data_size, shards; /* what was read */
    size_t *entries;          /* of each tensor that is listed: slices are not, what they are of is */
    /* The values of the last tensor in slices of which a part was read, and its index in the list. */
    bytes joined;
    size_t joined_index;
} opened;

static void close_bundle(void *owner)
{
    opened *o = owner;
    tensor_bundle_close(o->bundle);
    bytes_free(&o->joined);
    free(o->entries);
    free(o);
}

horn_status tf_give_shards(tensor_bundle *bundle, const source *from, size_t *total, size_t *files)
{
    horn_status status = HORN_OK;
    *total = *files = 0;
    for (size_t i = 0; !status && i < tensor_bundle_shards(bundle); i++) {
        char suffix[32];
        bytes content = { 0 };
        if (!tensor_bundle_needs(bundle, i)) continue;
        tensor_bundle_suffix(suffix, i, tensor_bundle_shards(bundle));
        status = source_read(from, suffix, &content);
        *total += content.size;
        ++*files;
        if (!status) status = tensor_bundle_give(bundle, i, &content);
        bytes_free(&content);
    }
    return status;
}

static horn_status give_files(opened *o)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < tensor_bundle_shards(o->bundle); i++) {
        char suffix[32];
        large_file *file = NULL;
        if (!tensor_bundle_needs(o->bundle, i)) continue;
        tensor_bundle_suffix(suffix, i, tensor_bundle_shards(o->bundle));
        status = source_open_part(o->from, suffix, &file);
        if (status) return status;
        o->data_size += file->size;
        o->shards++;
        status = tensor_bundle_give_file(o->bundle, i, file);
    }
    return status;
}

/* What a save is about to write is in memory. */
static horn_status need_data(opened *o)
{
    if (o->has_data) return HORN_OK;
    o->data_size = o->shards = 0;
    horn_status status =
        o->from->pending ? tf_give_shards(o->bundle, o->from, &o->data_size, &o->shards) : give_files(o);
    o->has_data = !status;
    return status;
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    opened *o = c->owner;
    const void *stored = NULL;
    const bundle_entry *e = tensor_bundle_at(o->bundle, o->entries[index]);
    horn_status status = need_data(o);
    if (!status) status = contents_check_size(c, index, e->size, size);
    if (status || !data) return status;
    if (c->tensors[index].is_readable) return bundle_entry_read(o->bundle, e, data, size);
    status = bundle_entry_bytes(o->bundle, e, &stored);
    if (!status && size) memcpy(data, stored, size);
    return status;
}

static horn_status join(opened *o, const bundle_entry *e, size_t index)
{
    unsigned char *room = NULL;
    if (o->joined.data && o->joined_index == index) return HORN_OK;
    bytes_free(&o->joined);
    horn_status status = memory_new(&room, 1, e->size);
    if (!status) status = bundle_entry_read(o->bundle, e, room, e->size);
    o->joined = (bytes){ .data = room, .size = e->size, .capacity = e->size };
    o->joined_index = index;
    if (status) bytes_free(&o->joined);
    return status;
}

/* A tensor in slices takes its own size in memory. */
static horn_status read_part(const contents *c, size_t index, size_t offset, void *data, size_t size)
{
    opened *o = c->owner;
    const bundle_entry *e = tensor_bundle_at(o->bundle, o->entries[index]);
    horn_status status = need_data(o);
    if (status || !e->sliced) return status ? status : bundle_entry_part(o->bundle, e, offset, data, size);
    status = join(o, e, index);
    if (!status && (offset > o->joined.size || size > o->joined.size - offset))
        status = fail(HORN_ERROR_ARGUMENT, "tensor '%s' has %zu bytes, not %zu", c->tensors[index].name,
                      o->joined.size, offset + size);
    if (!status && size) memcpy(data, o->joined.data + offset, size);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    horn_status status = HORN_OK;
    opened *o = c->owner;
    size_t used = 0, tensors = 0;
    TRY(need_data(o));
    TRY(tensor_bundle_verify(o->bundle));
    for (size_t i = 0; i < tensor_bundle_count(o->bundle); i++) {
        const bundle_entry *e = tensor_bundle_at(o->bundle, i);
        used += e->sliced ? 0 : e->size;
        tensors += !e->slice;
    }
    bytes_print(
        report,
        "the checksums (CRC32C) of the index's blocks and of %zu tensors, %zu bytes in %zu data file%s",
        tensors, used, o->shards, o->shards == 1 ? "" : "s");
    if (o->data_size > used) bytes_print(report, "; %zu more bytes belong to no tensor", o->data_size - used);
done:
    return status;
}

/* Keys of slices, whose tensor has no entry, are a 0, the name, 0 1, and numbers. */
static horn_status name_tensor(contents_tensor *t, const bundle_entry *e, size_t index)
{
    bytes name = { 0 };
    if (e->key.size && e->key.at[0] == 0)
        bytes_print(&name, "%s (slice, entry %zu)", e->key.at + 1, index);
    else
        bytes_append(&name, e->key.at, strlen(e->key.at));
    horn_status status = bytes_status(&name);
    if (!status) status = memory_copy_string(&t->name, bytes_text(&name));
    bytes_free(&name);
    return status;
}

/* True for keys that are no tensors of a model: the object graph, Horn's texts, tf.train.Checkpoint's count of saves. */
static bool is_own_key(const bundle_entry *e)
{
    return strcmp(e->key.at, OBJECT_GRAPH_KEY) == 0 || strncmp(e->key.at, "horn/", 5) == 0 ||
           strncmp(e->key.at, "save_counter/", 13) == 0;
}

static horn_status add_entry(contents *out, opened *o, size_t index)
{
    const tensor_bundle *bundle = o->bundle;
    const bundle_entry *e = tensor_bundle_at(bundle, index);
    contents_tensor *t;
    horn_view like;
    if (e->slice) return HORN_OK;
    o->entries[out->count] = index;
    horn_status status = contents_add(out, &t);
    if (!status) status = name_tensor(t, e, index);
    if (status) return status;
    strcpy(t->dtype, tf_type_name(e->dtype));
    t->rank = e->rank > HORN_MAX_RANK ? -1 : e->rank;
    memcpy(t->shape, e->shape, sizeof t->shape);
    t->size = e->size;
    t->is_own = is_own_key(e);
    t->is_readable = !bundle_entry_describe(bundle, e, &like);
    if (t->is_readable) t->as = like.dtype;
    return HORN_OK;
}

static bool has_key(const tensor_bundle *bundle, const char *key)
{
    return tensor_bundle_find(bundle, (protobuf_text){ key, strlen(key) });
}

horn_status tf_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    opened *o = NULL;
    bytes where = { 0 };
    TRY(memory_new(&o, 1, sizeof *o));
    out->owner = o;
    out->close = close_bundle;
    out->read = read_values;
    out->read_part = read_part;
    out->verify = verify;
    o->from = from;
    bytes_print(&where, "%s.index", from->path);
    TRY(bytes_status(&where));
    TRY(tensor_bundle_open(&o->bundle, from->data, from->size, bytes_text(&where)));
    TRY(memory_new(&o->entries, tensor_bundle_count(o->bundle), sizeof *o->entries));
    out->is_no_model = !has_key(o->bundle, OBJECT_GRAPH_KEY);
    if (out->is_no_model) out->kind = "tensor-bundle";
    out->has_architecture = has_key(o->bundle, TF_ARCHITECTURE_KEY);
    if (has_key(o->bundle, "save_counter/.ATTRIBUTES/VARIABLE_VALUE")) out->kind = "tf-checkpoint";
    bool is_own = has_key(o->bundle, TF_ARCHITECTURE_KEY) || has_key(o->bundle, TF_PROGRESS_KEY);
    if (is_own) TRY(memory_copy_string(&out->producer, "Horn"));
    for (size_t i = 0; i < tensor_bundle_count(o->bundle); i++) TRY(add_entry(out, o, i));
done:
    bytes_free(&where);
    return status;
}
