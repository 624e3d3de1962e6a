#include "codecs/hdf5/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status hdf5_make_list(char ***out, const bytes *pool, size_t count)
{
    char **list;
    size_t head = count;
    if (!memory_multiply(&head, sizeof *list)) return fail_memory("list of texts", SIZE_MAX);
    horn_status status = memory_new(&list, 1, head + pool->size);
    if (status) return status;
    char *at = (char *)list + head;
    if (pool->size) memcpy(at, pool->data, pool->size);
    for (size_t i = 0; i < count; i++) {
        list[i] = at;
        at += strlen(at) + 1;
    }
    *out = list;
    return HORN_OK;
}

/* --- texts in attributes --- */

static void append_text(bytes *pool, const char *text, size_t limit, H5T_str_t padding)
{
    size_t length = strnlen(text, limit);
    while (padding == H5T_STR_SPACEPAD && length > 0 && text[length - 1] == ' ') length--;
    bytes_append(pool, text, length);
    bytes_append(pool, "", 1);
}

/* Reads strings of variable length: in memory they are pointers that libhdf5 allocates; NULL if the file has none. */
static herr_t read_variable(hid_t attribute, hid_t type, hid_t space, size_t count, bytes *pool)
{
    char **texts = calloc(count, sizeof *texts);
    if (!texts) {
        pool->failed = true;
        return 0;
    }
    herr_t result = H5Aread(attribute, type, texts);
    for (size_t i = 0; i < count && result >= 0; i++)
        append_text(pool, texts[i] ? texts[i] : "", SIZE_MAX, H5T_STR_NULLTERM);
    if (result >= 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    free(texts);
    return result;
}

static herr_t read_fixed(hid_t attribute, hid_t type, size_t count, bytes *pool)
{
    size_t size = H5Tget_size(type);
    /* Both factors describe one attribute, which is smaller than 64 KB. */
    char *texts = calloc(count, size);
    if (!texts) {
        pool->failed = true;
        return 0;
    }
    herr_t result = H5Aread(attribute, type, texts);
    for (size_t i = 0; i < count && result >= 0; i++)
        append_text(pool, texts + i * size, size, H5Tget_strpad(type));
    free(texts);
    return result;
}

/* Appends the strings of an attribute to the pool, each with its closing 0. An empty attribute may be of any type. */
static horn_status read_texts(const hdf5_file *f, const char *path, hid_t object, const char *name,
                              bytes *pool, size_t *count)
{
    horn_status status = HORN_OK;
    herr_t result = 0;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    if (attribute >= 0) type = H5Aget_type(attribute);
    if (attribute >= 0) space = H5Aget_space(attribute);
    hssize_t points = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    if (type < 0 || points < 0) TRY(hdf5_fail(f, path, name));
    *count = (size_t)points;
    if (points == 0) goto done;
    if (H5Tget_class(type) != H5T_STRING)
        TRY(fail(HORN_ERROR_FORMAT, "%s: %s: attribute '%s' holds no text, expected text", f->name, path,
                 name));
    result = H5Tis_variable_str(type) > 0 ? read_variable(attribute, type, space, *count, pool)
                                          : read_fixed(attribute, type, *count, pool);
    if (result < 0) TRY(hdf5_fail(f, path, name));
    TRY(bytes_status(pool));
done:
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (attribute >= 0) H5Aclose(attribute);
    return status;
}

horn_status hdf5_read_text(const hdf5_file *f, const char *path, const char *attribute, char **out)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t object = H5I_INVALID_HID;
    bytes pool = { 0 };
    size_t count = 0;
    hdf5_enter(&door);
    TRY(hdf5_open_object(f, path, &object));
    if (H5Aexists(object, attribute) <= 0)
        TRY(fail(HORN_ERROR_FORMAT, "%s: %s: attribute '%s' is missing", f->name, path, attribute));
    TRY(read_texts(f, path, object, attribute, &pool, &count));
    if (count != 1)
        TRY(fail(HORN_ERROR_FORMAT, "%s: %s: attribute '%s' holds %zu texts, expected 1", f->name, path,
                 attribute, count));
    TRY(memory_copy_string(out, (const char *)pool.data));
done:
    bytes_free(&pool);
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

/* Reads attribute0, attribute1, ... up to the first that is missing. */
static horn_status read_pieces(const hdf5_file *f, const char *path, hid_t object, const char *attribute,
                               bytes *pool, size_t *count, size_t *parts)
{
    for (*parts = 0;; ++*parts) {
        bytes name = { 0 };
        size_t more = 0;
        bytes_print(&name, "%s%zu", attribute, *parts);
        horn_status status = bytes_status(&name);
        bool there = !status && H5Aexists(object, (const char *)name.data) > 0;
        if (there) status = read_texts(f, path, object, (const char *)name.data, pool, &more);
        bytes_free(&name);
        if (status || !there) return status;
        *count += more;
    }
}

horn_status hdf5_read_names(const hdf5_file *f, const char *path, const char *attribute, bool optional,
                            char ***out, size_t *count)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t object = H5I_INVALID_HID;
    bytes pool = { 0 };
    size_t found = 0, parts = 0;
    hdf5_enter(&door);
    TRY(hdf5_open_object(f, path, &object));
    if (H5Aexists(object, attribute) > 0)
        TRY(read_texts(f, path, object, attribute, &pool, &found));
    else {
        TRY(read_pieces(f, path, object, attribute, &pool, &found, &parts));
        if (parts == 0 && !optional)
            TRY(fail(HORN_ERROR_FORMAT, "%s: %s: attribute '%s' is missing", f->name, path, attribute));
    }
    TRY(hdf5_make_list(out, &pool, found));
    *count = found;
done:
    bytes_free(&pool);
    if (object >= 0) H5Oclose(object);
    hdf5_leave(&door);
    return status;
}

typedef struct listing {
    bytes pool;
    size_t count;
} listing;

static herr_t take_name(hid_t group, const char *name, const H5L_info_t *facts, void *data)
{
    (void)group, (void)facts;
    listing *l = data;
    append_text(&l->pool, name, SIZE_MAX, H5T_STR_NULLTERM);
    l->count++;
    return l->pool.failed ? -1 : 0;
}

horn_status hdf5_list(const hdf5_file *f, const char *path, char ***out, size_t *count)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t group = H5I_INVALID_HID;
    listing found = { 0 };
    hdf5_enter(&door);
    TRY(hdf5_open_typed(f, path, H5I_GROUP, &group));
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, take_name, &found) < 0 && !found.pool.failed)
        TRY(hdf5_fail(f, path, "cannot be listed"));
    TRY(bytes_status(&found.pool));
    TRY(hdf5_make_list(out, &found.pool, found.count));
    *count = found.count;
done:
    bytes_free(&found.pool);
    if (group >= 0) H5Oclose(group);
    hdf5_leave(&door);
    return status;
}

/* --- datasets --- */

/* libhdf5 converts bit fields to nothing else. */
static hid_t memory_type(hid_t dataset, horn_dtype wanted)
{
    const hid_t type = H5Dget_type(dataset);
    const bool is_bits = type >= 0 && H5Tget_class(type) == H5T_BITFIELD;
    if (type >= 0) H5Tclose(type);
    return is_bits && horn_dtype_size(wanted) == 1 ? H5T_NATIVE_B8 : hdf5_native_type(wanted);
}

horn_status hdf5_read_dataset(const hdf5_file *f, const char *path, horn_dtype wanted, void *out, size_t size)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t dataset = H5I_INVALID_HID;
    horn_view found = { 0 };
    hdf5_enter(&door);
    TRY(hdf5_open_typed(f, path, H5I_DATASET, &dataset));
    TRY(hdf5_describe(f, path, dataset, &found));
    size_t count = horn_view_count(&found), width = horn_dtype_size(wanted);
    if (size / width != count || size % width != 0)
        TRY(fail(HORN_ERROR_SHAPE, "%s: %s: holds %zu elements, expected %zu", f->name, path, count,
                 size / width));
    if (count && H5Dread(dataset, memory_type(dataset, wanted), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        TRY(hdf5_fail(f, path, "cannot be read"));
    for (size_t i = 0; wanted == HORN_BOOL && i < count; i++)
        ((unsigned char *)out)[i] = ((unsigned char *)out)[i] != 0;
done:
    if (dataset >= 0) H5Oclose(dataset);
    hdf5_leave(&door);
    return status;
}

/* ---- borrowing ---- */

/* Fewer bytes are copied as fast. */
enum { LEAST_BORROWED = 1 << 16 };

void hdf5_file_stays(hdf5_file *f)
{
    f->stays = true;
}

/* Whether all elements stand together in the file as the type `wanted` has them in memory. */
static bool is_as_in_memory(hid_t dataset, horn_dtype wanted)
{
    const hid_t type = H5Dget_type(dataset);
    const bool same = type >= 0 && wanted != HORN_BOOL && H5Tequal(type, hdf5_native_type(wanted)) > 0;
    if (type >= 0) H5Tclose(type);
    return same && hdf5_is_one_piece(dataset);
}

horn_status hdf5_borrow_dataset(const hdf5_file *f, const char *path, horn_dtype wanted, size_t size,
                                const void **out)
{
    horn_status status = HORN_OK;
    hdf5_door door;
    hid_t dataset = H5I_INVALID_HID;
    *out = NULL;
    if (!f->stays || f->image.in_file || size < LEAST_BORROWED) return HORN_OK;
    hdf5_enter(&door);
    TRY(hdf5_open_typed(f, path, H5I_DATASET, &dataset));
    if (!is_as_in_memory(dataset, wanted) || H5Dget_storage_size(dataset) != size) goto done;
    const haddr_t at = H5Dget_offset(dataset);
    if (at == HADDR_UNDEF || at > f->image.size || size > f->image.size - at) goto done;
    if ((uintptr_t)(f->image.data + at) % horn_dtype_size(wanted) == 0) *out = f->image.data + at;
done:
    if (dataset >= 0) H5Oclose(dataset);
    hdf5_leave(&door);
    return status;
}
