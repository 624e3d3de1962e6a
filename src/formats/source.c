#include "formats/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "codecs/tensorflow/checkpoint_state.h"

static bool is_a(const char *path, mode_t kind)
{
    struct stat facts;
    return stat(path, &facts) == 0 && (facts.st_mode & S_IFMT) == kind;
}

static bool has_index(bytes *name)
{
    size_t size = name->size;
    bytes_print(name, ".index");
    const char *path = bytes_text(name);
    bool found = path && is_a(path, S_IFREG);
    name->size = size;
    return found;
}

/* Where ".data-00000-of-00001" begins, which ends the name of a checkpoint's data file; 0: it has no such end. */
static size_t find_data_suffix(const char *name)
{
    static const char pattern[] = ".data-00000-of-00000";
    const size_t size = strlen(name), length = sizeof pattern - 1;
    for (size_t i = 0; size > length && i < length; i++) {
        const char c = name[size - length + i];
        if (pattern[i] == '0' ? c < '0' || c > '9' : c != pattern[i]) return 0;
    }
    return size > length ? size - length : 0;
}

/* One of a checkpoint's files stands for all of them. */
static void cut_to_prefix(bytes *name, const char *path)
{
    const size_t size = name->size, prefix = find_data_suffix(path);
    if (size > 6 && memcmp(name->data + size - 6, ".index", 6) == 0) name->size = size - 6;
    if (!prefix) return;
    name->size = prefix;
    if (has_index(name)) return;
    name->size = 0;
    bytes_print(name, "%s", path);
}

/* "DIR/saved_model.pb" stands for DIR, unless it is the graph that its suffix belongs to: a GraphDef begins with a node, a
 * SavedModel with the number of its version. */
static bool cut_to_saved_model(bytes *name, const bytes *content)
{
    static const char file[] = "saved_model.pb";
    const size_t length = sizeof file - 1;
    if (name->size < length || memcmp(name->data + name->size - length, file, length) != 0) return false;
    const size_t rest = name->size - length;
    if ((rest && name->data[rest - 1] != '/') || !content->size || content->data[0] != 0x08) return false;
    name->size = rest;
    if (!rest) bytes_print(name, ".");
    return true;
}

/* The newest checkpoint of a directory, as its state file says. */
static horn_status find_newest(bytes *name, const char *directory)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    checkpoint_state state = { 0 };
    const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
    name->size = 0;
    bytes_print(name, "%s%scheckpoint", directory, slash);
    TRY(bytes_status(name));
    if (!is_a(bytes_text(name), S_IFREG))
        TRY(fail(HORN_ERROR_FILE, "%s: is a directory without a file 'checkpoint'", directory));
    TRY(file_read(&text, bytes_text(name), 1 << 24));
    TRY(checkpoint_state_read(&state, text.data, text.size, bytes_text(name)));
    name->size = 0;
    bytes_print(name, "%s%s%s", directory, slash, state.names[state.newest]);
    if (!has_index(name))
        TRY(fail(HORN_ERROR_FILE, "%s: its file 'checkpoint' names '%s', which is not there", directory,
                 state.names[state.newest]));
done:
    checkpoint_state_free(&state);
    bytes_free(&text);
    return status;
}

/* What it is, and the name of what it belongs to; the content of a file. */
static horn_status find_kind(source *s, const char *path)
{
    horn_status status = HORN_OK;
    bool is_file = is_a(path, S_IFREG);
    if (is_file) cut_to_prefix(&s->name, path);
    is_file = is_file && s->name.size == strlen(path);
    s->is_prefix = !is_file && has_index(&s->name);
    if (is_file) {
        TRY(file_read(&s->content, path, 0));
        s->is_saved_model = cut_to_saved_model(&s->name, &s->content);
    } else if (!s->is_prefix && is_a(path, S_IFDIR)) {
        s->path = path;
        s->is_saved_model = source_has(s, "/saved_model.pb");
        s->is_prefix = !s->is_saved_model;
        if (s->is_prefix) TRY(find_newest(&s->name, path));
    }
    while (s->is_saved_model && s->name.size > 1 && s->name.data[s->name.size - 1] == '/') s->name.size--;
    s->path = bytes_text(&s->name);
    TRY(bytes_status(&s->name));
    if (is_file) goto done;
    if (s->is_prefix || s->is_saved_model)
        TRY(source_read(s, s->is_prefix ? ".index" : "/saved_model.pb", &s->content));
    else
        TRY(file_read(&s->content, s->path, 0));
done:
    return status;
}

horn_status source_open(source *out, const char *path)
{
    horn_status status = HORN_OK;
    source s = { 0 };
    if (!*path) TRY(fail(HORN_ERROR_ARGUMENT, "the path of a file is empty"));
    bytes_print(&s.name, "%s", path);
    TRY(bytes_status(&s.name));
    TRY(find_kind(&s, path));
    s.data = s.content.data;
    s.size = s.content.size;
    *out = s;
    s = (source){ 0 };
done:
    source_close(&s);
    return status;
}

horn_status source_open_pending(source *out, const transaction *t)
{
    const bytes *file = transaction_content(t, ""), *index = transaction_content(t, ".index"),
                *graph = transaction_content(t, "/saved_model.pb");
    const bytes *content = file ? file : index ? index : graph;
    if (!content)
        return fail(HORN_ERROR_ARGUMENT, "%s: nothing is to be written there", transaction_target(t));
    *out = (source){ .path = transaction_target(t),
                     .data = content->data,
                     .size = content->size,
                     .is_prefix = content == index,
                     .is_saved_model = content == graph,
                     .pending = t };
    return HORN_OK;
}

/* NULL where it is not among the files of the save. The path is the save's target, or something in it. */
static const bytes *find_pending(const source *from, const char *suffix)
{
    bytes name = { 0 };
    bytes_print(&name, "%s%s", from->path + strlen(transaction_target(from->pending)), suffix);
    const char *text = bytes_text(&name);
    const bytes *found = text ? transaction_content(from->pending, text) : NULL;
    bytes_free(&name);
    return found;
}

static horn_status read_pending(const source *from, const char *suffix, bytes *out)
{
    const bytes *content = find_pending(from, suffix);
    if (!content)
        return fail(HORN_ERROR_FILE, "%s%s: is not among the files of the save", from->path, suffix);
    bytes_append(out, content->data, content->size);
    return bytes_status(out);
}

horn_status source_open_inside(source *out, const source *from, const char *prefix)
{
    horn_status status = HORN_OK;
    source s = { .is_prefix = true, .pending = from->pending };
    bytes_print(&s.name, "%s%s", from->path, prefix);
    TRY(bytes_status(&s.name));
    s.path = bytes_text(&s.name);
    TRY(bytes_status(&s.name));
    TRY(source_read(&s, ".index", &s.content));
    s.data = s.content.data;
    s.size = s.content.size;
    *out = s;
    s = (source){ 0 };
done:
    source_close(&s);
    return status;
}

horn_status source_read(const source *from, const char *suffix, bytes *out)
{
    if (from->pending) return read_pending(from, suffix, out);
    bytes path = { 0 };
    bytes_print(&path, "%s%s", from->path, suffix);
    horn_status status = bytes_status(&path);
    if (!status) status = file_read(out, bytes_text(&path), 0);
    bytes_free(&path);
    return status;
}

bool source_has(const source *from, const char *suffix)
{
    if (from->pending) return find_pending(from, suffix);
    bytes path = { 0 };
    bytes_print(&path, "%s%s", from->path, suffix);
    const char *text = bytes_text(&path);
    bool found = text && is_a(text, S_IFREG);
    bytes_free(&path);
    return found;
}

bool source_is_data_file(const char *path)
{
    return find_data_suffix(path) > 0;
}

void source_close(source *s)
{
    bytes_free(&s->content);
    bytes_free(&s->name);
    *s = (source){ 0 };
}

/* ---- directories ---- */

typedef struct path_list {
    const char *directory;
    char **items;
    size_t count, capacity;
} path_list;

/* `name` with `index` behind it must be a file; it is listed without. */
static horn_status add_path(path_list *list, const char *name, const char *index)
{
    horn_status status = HORN_OK;
    bytes path = { 0 };
    const char *slash = list->directory[strlen(list->directory) - 1] == '/' ? "" : "/";
    bytes_print(&path, "%s%s%s%s", list->directory, slash, name, index);
    TRY(bytes_status(&path));
    if (!is_a(bytes_text(&path), S_IFREG)) goto done;
    TRY(memory_grow(&list->items, list->count, &list->capacity, sizeof *list->items));
    TRY(memory_copy_text(&list->items[list->count], bytes_text(&path), path.size - strlen(index)));
    list->count++;
done:
    bytes_free(&path);
    return status;
}

static horn_status list_state(path_list *list, const char *state_path)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    checkpoint_state state = { 0 };
    TRY(file_read(&text, state_path, 1 << 24));
    TRY(checkpoint_state_read(&state, text.data, text.size, state_path));
    TRY(add_path(list, state.names[state.newest], ".index"));
    for (size_t i = state.count; i-- > 0;)
        if (i != state.newest) TRY(add_path(list, state.names[i], ".index"));
done:
    checkpoint_state_free(&state);
    bytes_free(&text);
    return status;
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name), own = strlen(suffix);
    return length > own && strcmp(name + length - own, suffix) == 0;
}

static horn_status list_files(path_list *list)
{
    char **names = NULL;
    size_t count = 0;
    horn_status status = folder_list(list->directory, &names, &count);
    for (size_t i = 0; !status && i < count; i++) {
        if (names[i][0] == '.' && strcmp(names[i], ".index") != 0)
            continue; /* "DIR/.index" is that of the prefix "DIR/" */
        if (ends_with(names[i], ".index") || strcmp(names[i], ".index") == 0) {
            names[i][strlen(names[i]) - 6] = 0;
            status = add_path(list, names[i], ".index");
        } else if (ends_with(names[i], ".h5") || ends_with(names[i], ".hdf5") ||
                   ends_with(names[i], ".keras"))
            status = add_path(list, names[i], "");
    }
    folder_list_free(names, count);
    return status;
}

horn_status source_list(const char *path, char ***out, size_t *count, bool *ordered)
{
    horn_status status = HORN_OK;
    bytes name = { 0 };
    path_list list = { .directory = path };
    *ordered = false;
    *out = NULL;
    *count = 0;
    if (!*path || !is_a(path, S_IFDIR)) goto done;
    bytes_print(&name, "%s", path);
    TRY(bytes_status(&name));
    if (has_index(&name)) goto done; /* a prefix, as for source_open: "DIR/" of DIR/.index */
    name.size = 0;
    bytes_print(&name, "%s/saved_model.pb", path);
    TRY(bytes_status(&name));
    if (is_a(bytes_text(&name), S_IFREG)) goto done;
    name.size = 0;
    bytes_print(&name, "%s/checkpoint", path);
    TRY(bytes_status(&name));
    *ordered = is_a(bytes_text(&name), S_IFREG);
    TRY(*ordered ? list_state(&list, bytes_text(&name)) : list_files(&list));
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
