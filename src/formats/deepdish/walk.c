#include "formats/deepdish/walk.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

#define SYSTEM "DEEPDISH_IO"
#define UNPACK "DEEPDISH_IO_DEEPDISH_IO_UNPACK"

typedef struct walker {
    deepdish_walk *out;
    const hdf5_file *file;
    const char *where;
} walker;

void deepdish_walk_free(deepdish_walk *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->entries[i].name);
        free(w->entries[i].path);
        free(w->entries[i].attribute);
    }
    free(w->entries);
    *w = (deepdish_walk){ 0 };
}

/* "a/b", or "b" where nothing is before it. */
static horn_status join(bytes *out, const char *before, const char *name)
{
    out->size = 0;
    bytes_print(out, "%s%s%s", before, *before ? "/" : "", name);
    return bytes_status(out);
}

static horn_status add_entry(const walker *w, const char *name, const char *path, const char *attribute,
                             bool is_linked)
{
    deepdish_walk *out = w->out;
    horn_status status = memory_grow(&out->entries, out->count, &out->capacity, sizeof *out->entries);
    if (status) return status;
    deepdish_entry *e = &out->entries[out->count++];
    *e = (deepdish_entry){ .is_linked = is_linked };
    status = memory_copy_string(&e->name, name);
    if (!status) status = memory_copy_string(&e->path, path);
    if (!status && attribute) status = memory_copy_string(&e->attribute, attribute);
    return status;
}

/* ---- attributes ---- */

static bool is_system(const char *name)
{
    static const char *const names[] = { "CLASS", "TITLE", "VERSION", "FLAVOR", "PYTABLES_FORMAT_VERSION" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return strncmp(name, SYSTEM, strlen(SYSTEM)) == 0;
}

static horn_status add_attributes(const walker *w, const char *name, const char *path)
{
    horn_status status = HORN_OK;
    char **names = NULL;
    size_t count = 0;
    bytes key = { 0 };
    TRY(hdf5_list_attributes(w->file, *path ? path : "/", &names, &count));
    for (size_t i = 0; i < count; i++) {
        if (is_system(names[i])) continue;
        TRY(join(&key, name, names[i]));
        TRY(add_entry(w, bytes_text(&key), *path ? path : "/", names[i], false));
    }
done:
    free(names);
    bytes_free(&key);
    return status;
}

/* ---- members ---- */

/* deepdish links to an array by its absolute path. */
static horn_status add_linked(const walker *w, const char *name, const char *target)
{
    const char *path = *target == '/' ? target + 1 : target;
    if (*target != '/' || !hdf5_has_dataset(w->file, path))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: '%s' is a link to '%.200s', which is no array in the file",
                    w->where, name, target);
    return add_entry(w, name, path, NULL, true);
}

static horn_status walk_group(const walker *w, const char *name, const char *path);

static horn_status add_member(const walker *w, const char *name, const char *path)
{
    char *target = NULL;
    horn_status status = hdf5_read_link(w->file, path, &target);
    if (status) return status;
    if (target)
        status = add_linked(w, name, target);
    else if (hdf5_has_group(w->file, path))
        status = walk_group(w, name, path);
    else if (hdf5_has_dataset(w->file, path))
        status = add_entry(w, name, path, NULL, false);
    free(target);
    return status;
}

/* The survey saw to it that groups neither hang in a circle nor too deep. */
static horn_status walk_group(const walker *w, const char *name, const char *path)
{
    horn_status status = HORN_OK;
    char **names = NULL;
    size_t count = 0;
    bytes key = { 0 }, member = { 0 };
    TRY(hdf5_list(w->file, *path ? path : "/", &names, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(join(&key, name, names[i]));
        TRY(join(&member, path, names[i]));
        TRY(add_member(w, bytes_text(&key), bytes_text(&member)));
    }
    TRY(add_attributes(w, name, path));
done:
    free(names);
    bytes_free(&key);
    bytes_free(&member);
    return status;
}

horn_status deepdish_walk_all(deepdish_walk *out, const hdf5_file *file, const char *where)
{
    horn_status status = HORN_OK;
    const walker w = { out, file, where };
    char **names = NULL;
    size_t count = 0;
    if (hdf5_has_attribute(file, "/", UNPACK)) TRY(hdf5_list(file, "/", &names, &count));
    status = walk_group(&w, "", count == 1 && hdf5_has_group(file, names[0]) ? names[0] : "");
done:
    free(names);
    return status;
}
