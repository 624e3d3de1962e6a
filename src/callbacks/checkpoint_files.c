#include "callbacks/checkpoint_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/atomic_file.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/temporary.h"
#include "callbacks/checkpoint_name.h"
#include "codecs/tensor_bundle.h"
#include "formats/checkpoint_state.h"

/* ---- lists ---- */

void checkpoint_list_drop(checkpoint_list *l, size_t index)
{
    free(l->items[index]);
    memmove(l->items + index, l->items + index + 1, (l->count - index) * sizeof *l->items);
    l->count--;
}

horn_status checkpoint_list_add(checkpoint_list *l, const char *name)
{
    for (size_t i = l->count; i-- > 0;)
        if (strcmp(l->items[i], name) == 0) checkpoint_list_drop(l, i);
    horn_status status = memory_grow(&l->items, l->count + 1, &l->capacity, sizeof *l->items);
    if (!status) status = memory_copy_string(&l->items[l->count], name);
    if (!status) l->items[++l->count] = NULL;
    return status;
}

void checkpoint_list_free(checkpoint_list *l)
{
    folder_list_free(l->items, l->count);
    *l = (checkpoint_list){ 0 };
}

/* ---- files ---- */

static bool is_hdf5(const char *name)
{
    return *checkpoint_name_suffix(name);
}

/* NAME of NAME.index, NAME.h5 as it is: cuts `file`. */
static bool cut_to_name(char *file)
{
    size_t n = strlen(file), s = strlen(".index");
    if (file[0] == '.') return false;
    if (is_hdf5(file)) return true;
    if (n <= s || strcmp(file + n - s, ".index") != 0) return false;
    file[n - s] = 0;
    return true;
}

horn_status checkpoint_files_list(const char *directory, checkpoint_list *out)
{
    char **files;
    size_t count;
    horn_status status = folder_list(directory, &files, &count);
    if (status) return status;
    for (size_t i = 0; i < count && !status; i++)
        if (cut_to_name(files[i])) status = checkpoint_list_add(out, files[i]);
    folder_list_free(files, count);
    return status;
}

/* NAME.data-00000-of-00001: the length of NAME; else 0. */
static size_t is_data(const char *file)
{
    size_t n = strlen(file), s = strlen(".data-00000-of-00001");
    unsigned shard, shards;
    char more;
    if (n <= s || sscanf(file + n - s, ".data-%5u-of-%5u%c", &shard, &shards, &more) != 2) return 0;
    return n - s;
}

static bool belongs(const char *file, const char *name)
{
    size_t n = strlen(name);
    if (is_hdf5(name)) return strcmp(file, name) == 0;
    return strncmp(file, name, n) == 0 && (strcmp(file + n, ".index") == 0 || is_data(file) == n);
}

horn_status checkpoint_files_remove(const char *directory, const char *name)
{
    char **files = NULL;
    size_t count = 0;
    horn_status status = HORN_OK;
    bytes text = { 0 };
    bytes_print(&text, "%s%s", name, is_hdf5(name) ? "" : ".index");
    TRY(bytes_status(&text));
    TRY(folder_remove_file(directory, bytes_text(&text)));
    if (!is_hdf5(name)) TRY(folder_sync(directory)); /* no index outlives its data, whenever the power goes */
    TRY(folder_list(directory, &files, &count));
    for (size_t i = 0; i < count; i++)
        if (belongs(files[i], name)) TRY(folder_remove_file(directory, files[i]));
done:
    folder_list_free(files, count);
    bytes_free(&text);
    return status;
}

bool checkpoint_files_exist(const char *directory, const char *name)
{
    struct stat facts;
    bytes path = { 0 };
    bytes_print(&path, "%s/%s%s", directory, name, is_hdf5(name) ? "" : ".index");
    bool free_name = !bytes_status(&path) && lstat(bytes_text(&path), &facts) != 0 && errno == ENOENT;
    bytes_free(&path);
    return !free_name;
}

/* Whether data is in nobody's use: it has no index, or one of another number of shards, as a save leaves it
 * that was killed while it overwrote a prefix. What cannot be read is left alone. */
static bool is_stale(const char *directory, const char *name, const char *file)
{
    unsigned shard, shards;
    bytes path = { 0 }, index = { 0 };
    tensor_bundle *bundle = NULL;
    if (!checkpoint_files_exist(directory, name)) return true;
    bytes_print(&path, "%s/%s.index", directory, name);
    bool stale = !bytes_status(&path) && !file_read(&index, bytes_text(&path), 0) &&
                 !tensor_bundle_open(&bundle, index.data, index.size, name) &&
                 sscanf(file + strlen(name), ".data-%5u-of-%5u", &shard, &shards) == 2 &&
                 tensor_bundle_shards(bundle) != shards;
    tensor_bundle_close(bundle);
    bytes_free(&index);
    bytes_free(&path);
    return stale;
}

horn_status checkpoint_files_sweep(const char *directory, const char *template)
{
    char **files;
    size_t count;
    horn_status status = temporary_sweep(directory);
    if (!status) status = folder_list(directory, &files, &count);
    if (status) return status;
    for (size_t i = 0; i < count && !status; i++) {
        char *name = NULL;
        size_t length = is_data(files[i]);
        if (length) status = memory_copy_text(&name, files[i], length);
        if (name && (checkpoint_name_fits(template, name) || checkpoint_is_best(name)) &&
            is_stale(directory, name, files[i])) {
            status = folder_sync(directory); /* the index that was looked at stays, whatever happens */
            if (!status) status = folder_remove_file(directory, files[i]);
        }
        free(name);
    }
    folder_list_free(files, count);
    return status;
}

bool checkpoint_is_best(const char *name)
{
    return strncmp(name, "best", 4) == 0 && checkpoint_name_suffix(name) == name + 4;
}

horn_status checkpoint_files_point_at(const char *directory, const checkpoint_list *names)
{
    horn_status status = HORN_OK;
    bytes path = { 0 }, text = { 0 }, present = { 0 };
    transaction *t = NULL;
    bool found;
    bytes_print(&path, "%s/checkpoint", directory);
    TRY(bytes_status(&path));
    TRY(checkpoint_state_write_names((const char *const *)names->items, &text));
    TRY(transaction_begin(&t, bytes_text(&path)));
    TRY(transaction_present(t, "", &present, &found));
    if (found && present.size == text.size && memcmp(present.data, text.data, text.size) == 0) goto done;
    TRY(transaction_add(t, "", &text));
    TRY(transaction_commit(t));
done:
    transaction_free(t);
    bytes_free(&path);
    bytes_free(&text);
    bytes_free(&present);
    return status;
}
