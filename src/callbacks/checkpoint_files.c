#include "callbacks/checkpoint_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/temporary.h"
#include "callbacks/checkpoint_name.h"
#include "codecs/tensorflow/tensor_bundle.h"

/* ---- lists ---- */

void checkpoint_list_drop(checkpoint_list *l, size_t index)
{
    size_t behind = l->count - index - 1;
    free(l->names[index]);
    memmove(l->names + index, l->names + index + 1, behind * sizeof *l->names);
    memmove(l->marks + index, l->marks + index + 1, behind * sizeof *l->marks);
    l->count--;
}

bool checkpoint_list_has(const checkpoint_list *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->names[i], name) == 0) return true;
    return false;
}

horn_status checkpoint_list_add(checkpoint_list *l, const char *name, const checkpoint_mark *mark)
{
    for (size_t i = l->count; i-- > 0;)
        if (strcmp(l->names[i], name) == 0) checkpoint_list_drop(l, i);
    horn_status status = memory_grow(&l->names, l->count, &l->name_capacity, sizeof *l->names);
    if (!status) status = memory_grow(&l->marks, l->count, &l->mark_capacity, sizeof *l->marks);
    if (!status) status = memory_copy_string(&l->names[l->count], name);
    if (status) return status;
    l->marks[l->count++] = mark ? *mark : (checkpoint_mark){ 0 };
    return HORN_OK;
}

void checkpoint_list_free(checkpoint_list *l)
{
    folder_list_free(l->names, l->count);
    free(l->marks);
    *l = (checkpoint_list){ 0 };
}

/* ---- files ---- */

static bool is_one_file(const char *name)
{
    return *checkpoint_name_suffix(name);
}

bool checkpoint_is_best(const char *name)
{
    return strncmp(name, "best", 4) == 0 && checkpoint_name_suffix(name) == name + 4;
}

/* Cuts `file` to NAME if it is NAME.index; NAME.h5 stays as it is. */
static bool cut_to_name(char *file)
{
    size_t n = strlen(file), s = strlen(".index");
    if (file[0] == '.') return false;
    if (is_one_file(file)) return true;
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
        if (cut_to_name(files[i])) status = checkpoint_list_add(out, files[i], NULL);
    folder_list_free(files, count);
    return status;
}

size_t checkpoint_data_name(const char *file)
{
    size_t n = strlen(file), s = strlen(".data-00000-of-00001");
    unsigned shard, shards;
    char more;
    if (n <= s || sscanf(file + n - s, ".data-%5u-of-%5u%c", &shard, &shards, &more) != 2) return 0;
    return n - s;
}

static bool is_taken(const char *directory, const char *name, const char *suffix)
{
    struct stat facts;
    bytes path = { 0 };
    bytes_print(&path, "%s/%s%s", directory, name, suffix);
    bool taken = bytes_status(&path) || lstat(bytes_text(&path), &facts) == 0 || errno != ENOENT;
    bytes_free(&path);
    return taken;
}

bool checkpoint_files_exist(const char *directory, const char *name)
{
    char **files;
    size_t count, length = strlen(name);
    if (is_taken(directory, name, "")) return true;
    if (is_one_file(name)) return false;
    if (is_taken(directory, name, ".index") || folder_list(directory, &files, &count)) return true;
    bool exist = false;
    for (size_t i = 0; i < count; i++)
        exist |= strncmp(files[i], name, length) == 0 && checkpoint_data_name(files[i]) == length;
    folder_list_free(files, count);
    return exist;
}

/* ---- marks ---- */

enum { FILES = 3 };

/* Appends the i-th file of a checkpoint; false if it has fewer. */
static bool print_file(bytes *out, const char *name, int i)
{
    static const char *const suffixes[FILES] = { ".index", ".data-00000-of-00001", ".data-00000-of-00002" };
    if (i > 0 && is_one_file(name)) return false;
    bytes_print(out, "%s%s", name, is_one_file(name) ? "" : suffixes[i]);
    return true;
}

static bool look(struct stat *facts, const char *directory, const char *name, int i)
{
    bytes path = { 0 };
    *facts = (struct stat){ 0 };
    bytes_print(&path, "%s/", directory);
    if (!print_file(&path, name, i)) {
        bytes_free(&path);
        return true;
    }
    bool seen = !bytes_status(&path) && bytes_text(&path);
    bool there = seen && lstat(bytes_text(&path), facts) == 0;
    bool missing = seen && !there && errno == ENOENT && i > 0;
    if (!there) *facts = (struct stat){ 0 };
    bytes_free(&path);
    return missing || (there && S_ISREG(facts->st_mode));
}

bool checkpoint_mark_take(checkpoint_mark *mark, const char *directory, const char *name)
{
    bool good = true;
    for (int i = 0; i < FILES; i++) good = look(&mark->files[i], directory, name, i) && good;
    return good;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool checkpoint_mark_equal(const checkpoint_mark *a, const checkpoint_mark *b)
{
    bool equal = a->files[0].st_ino && b->files[0].st_ino;
    for (int i = 0; i < FILES; i++) equal = equal && is_same_file(&a->files[i], &b->files[i]);
    return equal;
}

/* ---- removing ---- */

/* Reads from the index in how many data files the checkpoint is. */
static horn_status read_shards(const char *directory, const char *file, size_t *shards)
{
    bytes path = { 0 }, index = { 0 };
    tensor_bundle *bundle = NULL;
    bytes_print(&path, "%s/%s", directory, file);
    horn_status status = bytes_status(&path);
    if (!status) status = file_read(&index, bytes_text(&path), 0);
    if (!status) status = tensor_bundle_open(&bundle, index.data, index.size, file);
    *shards = bundle ? tensor_bundle_shards(bundle) : 0;
    tensor_bundle_close(bundle);
    bytes_free(&index);
    bytes_free(&path);
    return status;
}

/* Renames the index to a temporary name and removes it last: if the power fails before, the next start sees that the
 * data files are leftovers. */
static horn_status remove_triple(const char *directory, const char *name, const checkpoint_mark *mark)
{
    horn_status status = HORN_OK;
    char *retired = NULL;
    bytes file = { 0 };
    size_t shards;
    (void)print_file(&file, name, 0);
    TRY(bytes_status(&file));
    TRY(read_shards(directory, bytes_text(&file), &shards));
    TRY(temporary_retire(directory, bytes_text(&file), &retired));
    /* After this no index can outlive its data. */
    TRY(folder_sync(directory));
    /* The other data file does not belong to the checkpoint. */
    if (shards < FILES && mark->files[shards].st_ino) {
        file.size = 0;
        (void)print_file(&file, name, (int)shards);
        TRY(bytes_status(&file));
        TRY(folder_remove_file(directory, bytes_text(&file)));
    }
    TRY(folder_sync(directory));
    TRY(folder_remove_file(directory, folder_name_of(retired)));
done:
    free(retired);
    bytes_free(&file);
    return status;
}

horn_status checkpoint_files_remove(const char *directory, const char *name, const checkpoint_mark *mark)
{
    checkpoint_mark now;
    bool regular = checkpoint_mark_take(&now, directory, name);
    if (!regular && !checkpoint_files_exist(directory, name)) return HORN_OK;
    if (!regular || !checkpoint_mark_equal(mark, &now))
        return fail(HORN_ERROR_FILE, "%s/%s: is no longer the checkpoint that was saved there", directory,
                    name);
    return is_one_file(name) ? folder_remove_file(directory, name) : remove_triple(directory, name, mark);
}

void checkpoint_files_undo(const char *directory, const char *name, const checkpoint_mark *before)
{
    bytes path = { 0 };
    checkpoint_mark now;
    bool same_index = checkpoint_mark_take(&now, directory, name) && before->files[0].st_ino &&
                      is_same_file(&before->files[0], &now.files[0]);
    for (int i = 1; same_index && i < FILES; i++) {
        if (before->files[i].st_ino || !now.files[i].st_ino) continue;
        path.size = 0;
        bytes_print(&path, "%s/", directory);
        if (print_file(&path, name, i) && !bytes_status(&path)) (void)unlink(bytes_text(&path));
    }
    bytes_free(&path);
}
