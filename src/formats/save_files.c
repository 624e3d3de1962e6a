#include "formats/save_files.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

/* ---- names ---- */

bool name_list_has(const name_list *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->names[i], name) == 0) return true;
    return false;
}

horn_status name_list_add(name_list *l, const char *name)
{
    horn_status status = memory_grow(&l->names, l->count, &l->capacity, sizeof *l->names);
    if (!status) status = memory_copy_string(&l->names[l->count], name);
    if (!status) l->newest = l->count++;
    return status;
}

void name_list_free(name_list *l)
{
    for (size_t i = 0; i < l->count; i++) free(l->names[i]);
    free(l->names);
    *l = (name_list){ 0 };
}

/* ---- files ---- */

bool files_include(const format_files *f, const char *name, const char *file)
{
    const size_t length = strlen(name);
    if (strncmp(file, name, length) != 0) return false;
    return strcmp(file + length, f->main) == 0 || (f->name_in && f->name_in(file) == length);
}

size_t files_cut_main(const format_files *f, const char *path, bool *found)
{
    const bool is_folder = *f->main == '/';
    const char *file = f->main + is_folder;
    const size_t size = strlen(path), length = strlen(file);
    *found = size >= length + !is_folder && strcmp(path + size - length, file) == 0;
    if (*found && is_folder) *found = size == length || path[size - length - 1] == '/';
    return *found ? size - length : 0;
}
