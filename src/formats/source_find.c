/* Finds out what a path is: asks each format of the registry for the files of its saves. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "formats/format.h"

/* Bytes. */
enum { LARGEST_POINTER = 1 << 24 };

static bool is_a(const char *path, mode_t kind)
{
    struct stat facts;
    return stat(path, &facts) == 0 && (facts.st_mode & S_IFMT) == kind;
}

/* The files of the save of this NAME; NULL if there is none. */
static const format_files *find_main(bytes *name)
{
    const format *f;
    for (size_t i = 0; (f = format_at(i)); i++)
        if (f->files && source_name_has(name, f->files->main)) return f->files;
    return NULL;
}

static horn_status set_name(bytes *name, const char *path, size_t size)
{
    name->size = 0;
    bytes_append(name, path, size);
    return bytes_status(name);
}

/* Finds the save to which a regular file belongs: sets files and name. Reads a main file if its content must tell. */
static horn_status find_member(source *s, const char *path, const format_files *files)
{
    horn_status status = HORN_OK;
    bool is_main;
    size_t size = files_cut_main(files, path, &is_main);
    if (is_main && files->fits && !s->content.data) TRY(file_read(&s->content, path, 0));
    if (is_main && (!files->fits || files->fits(&s->content))) {
        TRY(set_name(&s->name, size ? path : ".", size ? size : 1));
        s->files = files;
    }
    size = is_main || !files->name_in ? 0 : files->name_in(path);
    if (!size) goto done;
    TRY(set_name(&s->name, path, size));
    if (source_name_has(&s->name, files->main))
        s->files = files;
    else
        status = set_name(&s->name, path, strlen(path));
done:
    return status;
}

/* Finds the newest save of a directory in its pointer, whose path is the name now. */
static horn_status read_newest(source *s, const char *directory, const char *slash)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    name_list list = { 0 };
    const format_files *files = s->files;
    TRY(bytes_status(&s->name));
    TRY(file_read(&text, bytes_text(&s->name), LARGEST_POINTER));
    TRY(files->read_pointer(&list, &text, bytes_text(&s->name)));
    s->name.size = 0;
    bytes_print(&s->name, "%s%s%s", directory, slash, list.names[list.newest]);
    if (!source_name_has(&s->name, files->main))
        TRY(fail(HORN_ERROR_FILE, "%s: its file '%s' names '%s', which is not there", directory,
                 files->pointer, list.names[list.newest]));
done:
    name_list_free(&list);
    bytes_free(&text);
    return status;
}

static horn_status find_newest(source *s, const char *directory)
{
    const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/", *pointer = "";
    const format *f;
    for (size_t i = 0; (f = format_at(i)); i++) {
        if (!f->files || !f->files->pointer) continue;
        pointer = f->files->pointer;
        s->files = f->files;
        s->name.size = 0;
        bytes_print(&s->name, "%s%s%s", directory, slash, pointer);
        if (source_name_has(&s->name, "")) return read_newest(s, directory, slash);
    }
    s->files = NULL;
    return fail(HORN_ERROR_FILE, "%s: is a directory without a file '%s'", directory, pointer);
}

/* Finds out what the path is: sets files and name. */
static horn_status find_kind(source *s, const char *path)
{
    horn_status status = HORN_OK;
    const format *f;
    if (is_a(path, S_IFREG)) {
        for (size_t i = 0; !s->files && (f = format_at(i)); i++)
            if (f->files) TRY(find_member(s, path, f->files));
    } else {
        s->files = find_main(&s->name);
        if (!s->files && is_a(path, S_IFDIR)) TRY(find_newest(s, path));
    }
    while (s->files && *s->files->main == '/' && s->name.size > 1 && s->name.data[s->name.size - 1] == '/')
        s->name.size--;
done:
    return status;
}

horn_status source_open(source *out, const char *path)
{
    horn_status status = HORN_OK;
    source s = { 0 };
    if (!*path) TRY(fail(HORN_ERROR_ARGUMENT, "the path of a file is empty"));
    TRY(set_name(&s.name, path, strlen(path)));
    TRY(find_kind(&s, path));
    s.path = bytes_text(&s.name);
    TRY(bytes_status(&s.name));
    if (!s.content.data) TRY(source_read(&s, s.files ? s.files->main : "", &s.content));
    s.data = s.content.data;
    s.size = s.content.size;
    *out = s;
    s = (source){ 0 };
done:
    source_close(&s);
    return status;
}

/* A file of the save's own name comes before the main files. */
horn_status source_open_pending(source *out, const transaction *t)
{
    const pieces *content = transaction_content(t, "");
    const format_files *files = NULL;
    const format *f;
    for (size_t i = 0; !content && (f = format_at(i)); i++)
        if ((files = f->files)) content = transaction_content(t, files->main);
    if (!content)
        return fail(HORN_ERROR_ARGUMENT, "%s: nothing is to be written there", transaction_target(t));
    *out = (source){ .path = transaction_target(t), .files = files, .pending = t };
    pieces_copy(content, &out->content);
    out->data = out->content.data;
    out->size = out->content.size;
    return bytes_status(&out->content);
}

/* ---- directories ---- */

bool source_is_folder(const char *path)
{
    bytes name = { 0 };
    const format *f;
    bool found = false;
    bytes_print(&name, "%s", path);
    for (size_t i = 0; !found && (f = format_at(i)); i++)
        found = f->files && *f->files->main == '/' && source_name_has(&name, f->files->main);
    bytes_free(&name);
    return found;
}

typedef struct path_list {
    const char *directory;
    char **items;
    size_t count, capacity;
} path_list;

/* Appends the path of `name`, if `name` + `main` is a file. */
static horn_status add_path(path_list *list, const char *name, const char *main)
{
    horn_status status = HORN_OK;
    bytes path = { 0 };
    const char *slash = list->directory[strlen(list->directory) - 1] == '/' ? "" : "/";
    bytes_print(&path, "%s%s%s", list->directory, slash, name);
    TRY(bytes_status(&path));
    if (!source_name_has(&path, main)) goto done;
    TRY(memory_grow(&list->items, list->count, &list->capacity, sizeof *list->items));
    TRY(memory_copy_text(&list->items[list->count], (const char *)path.data, path.size));
    list->count++;
done:
    bytes_free(&path);
    return status;
}

/* Appends the saves in a pointer. *found is true if the directory has it. */
static horn_status list_pointer(path_list *list, const format_files *files, bool *found)
{
    horn_status status = HORN_OK;
    bytes text = { 0 }, path = { 0 };
    name_list names = { 0 };
    bytes_print(&path, "%s/%s", list->directory, files->pointer);
    TRY(bytes_status(&path));
    *found = source_name_has(&path, "");
    if (!*found) goto done;
    TRY(file_read(&text, bytes_text(&path), LARGEST_POINTER));
    TRY(files->read_pointer(&names, &text, bytes_text(&path)));
    TRY(add_path(list, names.names[names.newest], files->main));
    for (size_t i = names.count; i-- > 0;)
        if (i != names.newest) TRY(add_path(list, names.names[i], files->main));
done:
    name_list_free(&names);
    bytes_free(&text);
    bytes_free(&path);
    return status;
}

/* Appends the save that a file of the directory is, or whose main file it is. NAME may be empty: "DIR/.index" belongs to "DIR/". */
static horn_status list_file(path_list *list, char *name)
{
    const format *f;
    for (size_t i = 0; (f = format_at(i)); i++) {
        const size_t size = strlen(name), length = f->files ? strlen(f->files->main) : 0;
        if (!f->files || *f->files->main == '/' || size < length ||
            strcmp(name + size - length, f->files->main) != 0)
            continue;
        if (name[0] == '.' && size > length) return HORN_OK;
        name[size - length] = 0;
        return add_path(list, name, f->files->main);
    }
    return name[0] == '.' || !*format_run_suffix(name) ? HORN_OK : add_path(list, name, "");
}

static horn_status list_files(path_list *list)
{
    char **names = NULL;
    size_t count = 0;
    horn_status status = folder_list(list->directory, &names, &count);
    for (size_t i = 0; !status && i < count; i++) status = list_file(list, names[i]);
    folder_list_free(names, count);
    return status;
}

horn_status source_list(const char *path, char ***out, size_t *count, bool *ordered)
{
    horn_status status = HORN_OK;
    bytes name = { 0 };
    path_list list = { .directory = path };
    const format *f;
    *ordered = false;
    *out = NULL;
    *count = 0;
    if (!*path || !is_a(path, S_IFDIR)) goto done;
    bytes_print(&name, "%s", path);
    TRY(bytes_status(&name));
    if (find_main(&name)) goto done; /* one save, as for source_open */
    for (size_t i = 0; !*ordered && (f = format_at(i)); i++)
        if (f->files && f->files->pointer) TRY(list_pointer(&list, f->files, ordered));
    if (!*ordered) TRY(list_files(&list));
    *out = list.items;
    *count = list.count;
    list = (path_list){ 0 };
done:
    bytes_free(&name);
    source_list_free(list.items, list.count);
    return status;
}

void source_list_free(char **paths, size_t count)
{
    folder_list_free(paths, count);
}
