#include "formats/torch_files/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/pickle/reader.h"
#include "formats/torch_files/parts.h"

#define OBJECT "data.pkl"

enum { MAX_PICKLE = 256 << 20, MAX_TEXT = 64 };

/* ---- archives ---- */

/* The member whose name is OBJECT in a directory of the archive; `count` says how many there are. */
static const zip_member *find_object(const zip_file *zip, size_t *count)
{
    const zip_member *found = NULL;
    *count = 0;
    for (size_t i = 0; i < zip->count; i++) {
        const char *slash = strchr(zip->members[i].name, '/');
        if (!slash || strcmp(slash + 1, OBJECT) != 0) continue;
        found = &zip->members[i];
        ++*count;
    }
    return found;
}

static bool has_script(const zip_file *zip)
{
    for (size_t i = 0; i < zip->count; i++) {
        const char *slash = strchr(zip->members[i].name, '/');
        if (slash && strcmp(slash + 1, "constants.pkl") == 0) return true;
    }
    return false;
}

bool torch_file_recognizes(const source *from)
{
    zip_file *zip = NULL;
    size_t count;
    if (torch_is_legacy(from)) return true;
    if (!zip_file_recognizes(from->data, from->size) ||
        zip_file_open(&zip, from->data, from->size, from->path))
        return false;
    const bool found = find_object(zip, &count) && !has_script(zip);
    zip_file_close(zip);
    return found;
}

const zip_member *torch_file_member(const torch_file *f, const char *name)
{
    bytes path = { 0 };
    if (!f->zip) return NULL;
    bytes_print(&path, "%s%s", f->prefix, name);
    const char *text = bytes_text(&path);
    const zip_member *found = text ? zip_file_find(f->zip, text) : NULL;
    bytes_free(&path);
    return found;
}

/* A short text, such as a version; *found is false if there is none. */
static horn_status read_text(char out[MAX_TEXT + 1], bool *found, const torch_file *f, const char *name)
{
    const zip_member *member = torch_file_member(f, name);
    bytes text = { 0 };
    *found = member;
    if (!member) return HORN_OK;
    horn_status status = zip_file_read(&text, f->zip, member, MAX_TEXT);
    if (status) return status;
    snprintf(out, MAX_TEXT + 1, "%s", bytes_text(&text));
    bytes_free(&text);
    return HORN_OK;
}

static horn_status check_texts(const torch_file *f)
{
    horn_status status = HORN_OK;
    char text[MAX_TEXT + 1] = "";
    bool found;
    TRY(read_text(text, &found, f, "byteorder"));
    if (found && strcmp(text, "little") != 0)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: its byte order is '%s', expected little", f->from->path, text));
    TRY(read_text(text, &found, f, "version"));
    if (!found) TRY(fail(HORN_ERROR_FORMAT, "%s: has no member %sversion", f->from->path, f->prefix));
    char *end;
    const long version = strtol(text, &end, 10);
    if (end == text || strspn(end, "\r\n ") != strlen(end) || version < 1)
        TRY(fail(HORN_ERROR_FORMAT, "%s: its version is '%s', expected a number", f->from->path, text));
    if (version > 10)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: its version is %ld, expected 1 to 10", f->from->path, version));
done:
    return status;
}

/* PyTorch stores members; other programs may have packed them. */
static horn_status find_data(torch_file *f, torch_storage *s)
{
    char name[80];
    const size_t size = s->count * s->type->size;
    snprintf(name, sizeof name, "data/%.64s", s->key);
    const zip_member *member = torch_file_member(f, name);
    if (!*s->key || strspn(s->key, "0123456789") != strlen(s->key) || !member)
        return fail(HORN_ERROR_FORMAT, "%s: has no member %sdata/%.100s", f->from->path, f->prefix, s->key);
    if (member->size != size)
        return fail(HORN_ERROR_FORMAT, "%s: member '%s' has %zu bytes, expected %zu elements of %s",
                    f->from->path, member->name, member->size, s->count, s->type->name);
    if (member->method == 0) return zip_file_stored(&s->data, f->zip, member);
    horn_status status = zip_file_read(&s->own, f->zip, member, size);
    s->data = s->own.data;
    return status;
}

static horn_status read_archive(torch_file *f)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    size_t count;
    TRY(zip_file_open(&f->zip, f->from->data, f->from->size, f->from->path));
    const zip_member *object = find_object(f->zip, &count);
    if (count != 1)
        TRY(fail(HORN_ERROR_FORMAT, "%s: has %zu members DIRECTORY/" OBJECT ", expected one", f->from->path,
                 count));
    TRY(memory_copy_text(&f->prefix, object->name, strlen(object->name) - strlen(OBJECT)));
    TRY(check_texts(f));
    TRY(zip_file_read(&text, f->zip, object, MAX_PICKLE));
    byte_reader in = byte_reader_of(text.data, text.size);
    TRY(pickle_read(&f->root, f->values, &in, torch_globals, f->from->path));
    if (byte_reader_left(&in))
        TRY(fail(HORN_ERROR_FORMAT, "%s: %zu bytes behind the pickle in %s", f->from->path,
                 byte_reader_left(&in), object->name));
    TRY(torch_check_object(f));
    for (size_t i = 0; i < f->storage_count; i++) TRY(find_data(f, &f->storages[i]));
done:
    bytes_free(&text);
    return status;
}

/* ---- both forms ---- */

horn_status torch_file_open(torch_file **out, const source *from)
{
    horn_status status = HORN_OK;
    torch_file *f = NULL;
    TRY(memory_new(&f, 1, sizeof *f));
    f->from = from;
    TRY(pickle_new(&f->values));
    TRY(torch_is_legacy(from) ? torch_legacy_read(f) : read_archive(f));
    *out = f;
    f = NULL;
done:
    torch_file_close(f);
    return status;
}

void torch_file_close(torch_file *f)
{
    if (!f) return;
    for (size_t i = 0; i < f->storage_count; i++) bytes_free(&f->storages[i].own);
    free(f->storages);
    zip_file_close(f->zip);
    free(f->prefix);
    pickle_free(f->values);
    free(f);
}
