/* The files of a TensorFlow checkpoint: PREFIX.index, PREFIX.data-SSSSS-of-NNNNN, and the file `checkpoint` beside them. */
#include <string.h>
#include "base/status.h"
#include "codecs/tensorflow/checkpoint_state.h"
#include "formats/tensorflow/checkpoint.h"

static size_t name_in(const char *file)
{
    static const char pattern[] = ".data-00000-of-00000";
    const size_t size = strlen(file), length = sizeof pattern - 1;
    for (size_t i = 0; size > length && i < length; i++) {
        const char c = file[size - length + i];
        if (pattern[i] == '0' ? c < '0' || c > '9' : c != pattern[i]) return 0;
    }
    return size > length ? size - length : 0;
}

/* Appends the data files that entries of the index name. */
static horn_status others(name_list *out, const bytes *index, const char *where)
{
    tensor_bundle *bundle = NULL;
    horn_status status = tensor_bundle_open(&bundle, index->data, index->size, where);
    for (size_t i = 0; !status && i < tensor_bundle_shards(bundle); i++) {
        char suffix[32];
        if (!tensor_bundle_needs(bundle, i)) continue;
        tensor_bundle_suffix(suffix, i, tensor_bundle_shards(bundle));
        status = name_list_add(out, suffix);
    }
    tensor_bundle_close(bundle);
    return status;
}

static horn_status read_pointer(name_list *out, const bytes *text, const char *where)
{
    checkpoint_state s = { 0 };
    horn_status status = checkpoint_state_read(&s, text->data, text->size, where);
    if (!status) *out = (name_list){ s.names, s.count, s.capacity, s.newest };
    return status;
}

static horn_status write_pointer(bytes *out, const name_list *l)
{
    const checkpoint_state s = { .names = l->names, .count = l->count, .newest = l->newest };
    return checkpoint_state_write(&s, out);
}

const format_files tf_files = {
    .main = ".index",
    /* a save over another one goes by way of an index that says two data files (checkpoint_write.c) */
    .usual = { ".data-00000-of-00001", ".data-00000-of-00002" },
    .name_in = name_in,
    .others = others,
    .pointer = "checkpoint",
    .read_pointer = read_pointer,
    .write_pointer = write_pointer,
};
