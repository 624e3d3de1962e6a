#include "callbacks/checkpoint_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/files/temporary.h"
#include "callbacks/checkpoint_name.h"
#include "formats/format.h"

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

const format_files *checkpoint_files_of(const char *name)
{
    return *format_run_suffix(name) ? NULL : format_of_bare_names()->files;
}

bool checkpoint_is_best(const char *name)
{
    return strncmp(name, "best", 4) == 0 && format_run_suffix(name) == name + 4;
}

/* Cuts `file` to NAME if it is the main file of NAME; NAME.h5 stays as it is. False for other files. */
static bool cut_to_name(char *file)
{
    bool is_main;
    if (file[0] == '.') return false;
    if (!checkpoint_files_of(file)) return true;
    const size_t size = files_cut_main(checkpoint_files_of(file), file, &is_main);
    if (is_main) file[size] = 0;
    return is_main;
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
    const format_files *f = checkpoint_files_of(name);
    char **files;
    size_t count;
    if (is_taken(directory, name, "")) return true;
    if (!f) return false;
    if (is_taken(directory, name, f->main) || folder_list(directory, &files, &count)) return true;
    bool exist = false;
    for (size_t i = 0; i < count; i++) exist |= files_include(f, name, files[i]);
    folder_list_free(files, count);
    return exist;
}

/* ---- marks ---- */

/* The suffix of the i-th file of a checkpoint, the main file first; NULL if it has fewer. */
static const char *suffix_of(const char *name, int i)
{
    const format_files *f = checkpoint_files_of(name);
    if (!f) return i ? NULL : "";
    return i ? f->usual[i - 1] : f->main;
}

static bool look(struct stat *facts, const char *directory, const char *name, int i)
{
    bytes path = { 0 };
    const char *suffix = suffix_of(name, i);
    *facts = (struct stat){ 0 };
    if (!suffix) return true;
    bytes_print(&path, "%s/%s%s", directory, name, suffix);
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
    for (int i = 0; i < CHECKPOINT_FILES; i++) good = look(&mark->files[i], directory, name, i) && good;
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
    for (int i = 0; i < CHECKPOINT_FILES; i++) equal = equal && is_same_file(&a->files[i], &b->files[i]);
    return equal;
}

/* ---- removing ---- */

horn_status checkpoint_read_others(name_list *out, const char *directory, const char *name, const char *main)
{
    bytes path = { 0 }, content = { 0 };
    bytes_print(&path, "%s/%s", directory, main);
    horn_status status = bytes_status(&path);
    if (!status) status = file_read(&content, bytes_text(&path), 0);
    if (!status) status = checkpoint_files_of(name)->others(out, &content, main);
    bytes_free(&content);
    bytes_free(&path);
    return status;
}

horn_status checkpoint_remove_file(const char *directory, const char *name, const char *suffix)
{
    bytes file = { 0 };
    bytes_print(&file, "%s%s", name, suffix);
    horn_status status = bytes_status(&file);
    if (!status) status = folder_remove_file(directory, bytes_text(&file));
    bytes_free(&file);
    return status;
}

/* Renames the main file to a temporary name and removes it last: if the power fails before, the next start sees that the
 * other files are leftovers. A usual file that the main file does not name does not belong to the checkpoint and stays. */
static horn_status remove_several(const char *directory, const char *name, const checkpoint_mark *mark)
{
    horn_status status = HORN_OK;
    char *retired = NULL;
    bytes main = { 0 };
    name_list others = { 0 };
    bytes_print(&main, "%s%s", name, suffix_of(name, 0));
    TRY(bytes_status(&main));
    TRY(checkpoint_read_others(&others, directory, name, bytes_text(&main)));
    TRY(temporary_retire(directory, bytes_text(&main), &retired));
    /* After this no main file can outlive its others. */
    TRY(folder_sync(directory));
    for (int i = 1; i < CHECKPOINT_FILES; i++)
        if (mark->files[i].st_ino && name_list_has(&others, suffix_of(name, i)))
            TRY(checkpoint_remove_file(directory, name, suffix_of(name, i)));
    TRY(folder_sync(directory));
    TRY(folder_remove_file(directory, folder_name_of(retired)));
done:
    free(retired);
    bytes_free(&main);
    name_list_free(&others);
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
    return checkpoint_files_of(name) ? remove_several(directory, name, mark)
                                     : folder_remove_file(directory, name);
}

void checkpoint_files_undo(const char *directory, const char *name, const checkpoint_mark *before)
{
    bytes path = { 0 };
    checkpoint_mark now;
    bool same_index = checkpoint_mark_take(&now, directory, name) && before->files[0].st_ino &&
                      is_same_file(&before->files[0], &now.files[0]);
    for (int i = 1; same_index && i < CHECKPOINT_FILES; i++) {
        if (before->files[i].st_ino || !now.files[i].st_ino) continue;
        path.size = 0;
        bytes_print(&path, "%s/%s%s", directory, name, suffix_of(name, i));
        if (!bytes_status(&path)) (void)unlink(bytes_text(&path));
    }
    bytes_free(&path);
}
