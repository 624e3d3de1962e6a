/* The form of torch.save before PyTorch 1.6: file.h. */
#include <string.h>
#include "base/status.h"
#include "codecs/pickle/reader.h"
#include "formats/torch_files/parts.h"

/* The first pickle: a number. */
static const unsigned char magic[] = { 0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                       0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.' };

bool torch_is_legacy(const source *from)
{
    return from->size >= sizeof magic && memcmp(from->data, magic, sizeof magic) == 0;
}

static horn_status read_heads(torch_file *f, byte_reader *in)
{
    horn_status status = HORN_OK;
    pickle_value *version, *system;
    TRY(pickle_read(&version, f->values, in, torch_globals, f->from->path));
    if (!pickle_is(version, PICKLE_INTEGER) || version->integer != 1001)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: is of another protocol of PyTorch, expected 1001",
                 f->from->path));
    TRY(pickle_read(&system, f->values, in, torch_globals, f->from->path));
    const pickle_value *order = pickle_get(system, "little_endian");
    if (!pickle_is(order, PICKLE_BOOLEAN))
        TRY(fail(HORN_ERROR_FORMAT, "%s: does not say its byte order", f->from->path));
    if (!order->boolean)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: its storages are big-endian, expected little-endian",
                 f->from->path));
done:
    return status;
}

static horn_status read_storage(torch_file *f, byte_reader *in, const char *key)
{
    torch_storage *s = key ? torch_find_storage(f, key) : NULL;
    if (!s || s->data)
        return fail(HORN_ERROR_FORMAT, "%s: storage '%.100s' belongs to no tensor, or is there twice",
                    f->from->path, key ? key : "");
    const uint64_t count = byte_reader_number(in, 8);
    if (in->failed || count != s->count)
        return fail(HORN_ERROR_FORMAT, "%s: storage '%.100s' has %llu elements, expected %zu", f->from->path,
                    key, (unsigned long long)count, s->count);
    s->data = byte_reader_skip(in, count * s->type->size);
    if (!s->data)
        return fail(HORN_ERROR_FORMAT, "%s: storage '%.100s' of %zu bytes passes the end of the file",
                    f->from->path, key, s->count * s->type->size);
    return HORN_OK;
}

static horn_status read_storages(torch_file *f, byte_reader *in)
{
    pickle_value *keys;
    horn_status status = pickle_read(&keys, f->values, in, torch_globals, f->from->path);
    if (status) return status;
    if (!pickle_is(keys, PICKLE_LIST) || pickle_count(keys) != f->storage_count)
        return fail(HORN_ERROR_FORMAT, "%s: its list has %zu storages, its tensors have %zu", f->from->path,
                    pickle_count(keys), f->storage_count);
    for (size_t i = 0; !status && i < pickle_count(keys); i++)
        status = read_storage(f, in, pickle_string(pickle_at(keys, i)));
    if (!status && byte_reader_left(in))
        status = fail(HORN_ERROR_FORMAT, "%s: %zu bytes behind the last storage", f->from->path,
                      byte_reader_left(in));
    return status;
}

horn_status torch_legacy_read(torch_file *f)
{
    horn_status status = HORN_OK;
    byte_reader in = byte_reader_of(f->from->data, f->from->size);
    (void)byte_reader_skip(&in, sizeof magic);
    TRY(read_heads(f, &in));
    TRY(pickle_read(&f->root, f->values, &in, torch_globals, f->from->path));
    TRY(torch_check_object(f));
    TRY(read_storages(f, &in));
done:
    return status;
}
