/* Files that hold other things: what is in them is changed, and they are put together again. */
#include <stdlib.h>
#include <string.h>
#include "codecs/crc32c.h"
#include "codecs/tensorflow/table.h"
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"
#include "fuzz/mutate.h"
#include "mend.h"

/* ---- HDF5 ---- */

/* JSON in an attribute: as long as it was, with spaces at its end. */
static bool mutate_text_in(bytes *file)
{
    bytes text = { 0 };
    const size_t start = mutate_draw(file->size);
    unsigned char *at = memmem(file->data + start, file->size - start, "{\"", 2);
    if (!at) return false;
    const unsigned char *end = memchr(at, 0, (size_t)(file->data + file->size - at));
    if (!end || end - at < 8) return false;
    const size_t size = (size_t)(end - at);
    bytes_append(&text, at, size);
    mutate_json(&text);
    const bool fits = text.size <= size;
    if (fits) {
        memset(at, ' ', size);
        memcpy(at, text.data, text.size);
    }
    bytes_free(&text);
    return fits;
}

/* Where a part of the file begins that is no data, most often. */
static size_t some_structure(const bytes *file)
{
    static const char *const marks[] = { "TREE", "HEAP", "SNOD", "GCOL", "OHDR", "FRHP", "BTHD", "BTLF" };
    const char *mark = marks[mutate_draw(8)];
    const size_t start = mutate_draw(file->size);
    const unsigned char *at = memmem(file->data + start, file->size - start, mark, 4);
    return at ? (size_t)(at - file->data) : start;
}

static void mutate_hdf5(bytes *file)
{
    size_t at = mutate_draw(6) ? some_structure(file) : 0, left = file->size - at;
    const size_t choice = mutate_draw(8);
    if (choice == 0) mutate_bytes(file);
    if (choice > 2 || (choice > 0 && !mutate_text_in(file)))
        mutate_in_place(file->data + at, left < 512 ? left : 512);
    mend_hdf5(file->data, file->size);
}

/* ---- tables ---- */

static int compare(const void *a, const void *b)
{
    return table_compare(((const table_entry *)a)->key, ((const table_entry *)b)->key);
}

/* Where the text of an entry of strings begins in the first shard, and its size; false if it is not one text. */
static bool find_text(table_entry *entry, const bytes *data, size_t *start, size_t *size)
{
    protobuf_reader r = protobuf_read(entry->value.at, entry->value.size);
    protobuf_field f;
    uint64_t numbers[6] = { 0 };
    while (protobuf_next(&r, &f))
        if (f.number < 6 && f.type == PROTOBUF_VARINT) numbers[f.number] = f.value;
    if (numbers[1] != 7 || numbers[3] || numbers[4] > data->size || numbers[5] > data->size - numbers[4])
        return false;
    byte_reader in = byte_reader_of(data->data + numbers[4], numbers[5]);
    const uint64_t length = varint_read(&in);
    if (in.failed || byte_reader_left(&in) < 4 || byte_reader_left(&in) - 4 != length) return false;
    *start = (size_t)(in.at - data->data) + 4;
    *size = length;
    return true;
}

/* The object graph or Horn's JSON, changed, behind all that is there; `value` gets the entry that says so. */
static bool move_text(table_entry *entry, bytes *data, bytes *value)
{
    size_t start, size;
    bytes text = { 0 };
    unsigned char number[4];
    if (!find_text(entry, data, &start, &size)) return false;
    bytes_append(&text, data->data + start, size);
    if (size && text.data[0] == '{')
        mutate_json(&text);
    else
        mutate_message(&text);
    start = data->size;
    mend_put(number, (uint32_t)text.size);
    uint32_t crc = crc32c(number, 4);
    mend_put(number, crc32c_mask(crc));
    varint_append(data, text.size);
    bytes_append(data, number, 4);
    bytes_append(data, text.data, text.size);
    crc = crc32c_extend(crc32c_extend(crc, number, 4), text.data, text.size);
    protobuf_put_integer(value, 1, 7);
    protobuf_put_bytes(value, 2, NULL, 0);
    protobuf_put_integer(value, 4, start);
    protobuf_put_integer(value, 5, data->size - start);
    protobuf_put_fixed32(value, 6, crc32c_mask(crc));
    bytes_free(&text);
    return true;
}

/* One entry becomes another one; the table is written anew. */
static bool mutate_entries(bytes *index, bytes *data)
{
    table t = { 0 };
    bytes key = { 0 }, value = { 0 }, made = { 0 };
    bool changed = !table_read(&t, index->data, index->size, "index") && t.count;
    if (changed) {
        table_entry *e = &t.entries[mutate_draw(t.count)];
        for (size_t i = 0; i < t.count && mutate_draw(3); i++)
            if (t.entries[i].key.size && memchr("_h", t.entries[i].key.at[0], 2)) e = &t.entries[i];
        bytes_append(&key, e->key.at, e->key.size);
        if (!data || mutate_draw(4) == 0 || !move_text(e, data, &value)) {
            bytes_append(&value, e->value.at, e->value.size);
            if (mutate_draw(4))
                mutate_message(&value);
            else
                mutate_bytes(&key);
        }
        e->key = (protobuf_text){ bytes_text(&key), key.size };
        e->value = (protobuf_text){ bytes_text(&value), value.size };
        qsort(t.entries, t.count, sizeof *t.entries, compare);
        changed = !table_write(&made, t.entries, t.count);
    }
    if (changed) {
        bytes_free(index);
        *index = made;
        made = (bytes){ 0 };
    }
    bytes_free(&made);
    bytes_free(&key);
    bytes_free(&value);
    table_free(&t);
    return changed;
}

static void mutate_bundle(bytes *index, bytes *data)
{
    const size_t choice = mutate_draw(8);
    if (choice == 0) mutate_in_place(index->data, index->size);
    if (choice == 1) mutate_bytes(index);
    if (choice == 2 && data) mutate_in_place(data->data, data->size);
    if (choice > 2 && !mutate_entries(index, data)) mutate_in_place(index->data, index->size);
    mend_bundle(index, data);
}

/* ---- archives ---- */

/* All members, stored; one of them is changed, or has another name, or is not there. */
static bool mutate_members(bytes *file)
{
    zip_file *zip = NULL;
    zip_writer *writer = NULL;
    bytes made = { 0 };
    if (zip_file_open(&zip, file->data, file->size, "zip")) return false;
    pieces into = { 0 };
    bool changed = !zip_writer_new(&writer, &into);
    const size_t which = mutate_draw(zip->count), choice = mutate_draw(24);
    for (size_t i = 0; changed && i < zip->count; i++) {
        bytes content = { 0 }, name = { 0 };
        bytes_print(&name, "%s", zip->members[i].name);
        changed = !zip_file_read(&content, zip, &zip->members[i], 1 << 20);
        if (i == which && choice == 0) mutate_bytes(&name);
        if (i == which && choice > 1) mutate_file(&content, NULL);
        if (changed && (i != which || choice != 1))
            changed = !zip_writer_add(writer, bytes_text(&name), content.data, content.size, 0);
        bytes_free(&content);
        bytes_free(&name);
    }
    changed = changed && !zip_writer_finish(writer);
    made = into.own;
    zip_writer_free(writer);
    zip_file_close(zip);
    if (changed) {
        bytes_free(file);
        *file = made;
        made = (bytes){ 0 };
    }
    bytes_free(&made);
    return changed;
}

static void mutate_zip(bytes *file)
{
    const size_t choice = mutate_draw(8);
    if (choice == 0) mutate_bytes(file);
    if (choice == 1 || (choice > 1 && !mutate_members(file))) mutate_in_place(file->data, file->size);
    mend_zip(file);
}

/* ---- all of them ---- */

void mutate_file(bytes *file, bytes *data)
{
    const unsigned char *at = file->data;
    if (data)
        mutate_bundle(file, data);
    else if (file->size && memmem(at, file->size, "\x89HDF\r\n\x1a\n", 8) && *at != 'P')
        mutate_hdf5(file);
    else if (zip_file_recognizes(at, file->size))
        mutate_zip(file);
    else if (file->size > 1 && at[0] == 0x80 && at[1] < 6)
        mutate_pickle(file);
    else if (file->size > 1 && (at[0] == '{' || at[0] == '['))
        mutate_json(file);
    else if (file->size && (at[0] == 0x0a || at[0] == 0x08))
        mutate_message(file);
    else
        mutate_bytes(file);
}
