#include "formats/source.h"

#include <string.h>
#include <sys/stat.h>
#include "base/status.h"
#include "formats/checkpoint_state.h"

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

static void cut_index(bytes *name)
{
    size_t size = name->size;
    if (size > 6 && memcmp(name->data + size - 6, ".index", 6) == 0 && name->data[size - 7] != '/')
        name->size = size - 6;
}

/* The newest checkpoint of a directory, as its state file says. */
static horn_status find_newest(bytes *name, const char *directory)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    checkpoint_state state = { 0 };
    const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
    name->size = 0;
    bytes_print(name, "%s%ssaved_model.pb", directory, slash);
    TRY(bytes_status(name));
    if (is_a(bytes_text(name), S_IFREG))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: is a SavedModel, which is not supported yet", directory));
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

horn_status source_open(source *out, const char *path)
{
    horn_status status = HORN_OK;
    source s = { 0 };
    if (!*path) TRY(fail(HORN_ERROR_ARGUMENT, "the path of a file is empty"));
    bytes_print(&s.name, "%s", path);
    TRY(bytes_status(&s.name));
    if (is_a(path, S_IFREG)) cut_index(&s.name);
    bool is_file = is_a(path, S_IFREG) && s.name.size == strlen(path);
    s.is_prefix = !is_file && has_index(&s.name);
    if (!is_file && !s.is_prefix && is_a(path, S_IFDIR)) {
        TRY(find_newest(&s.name, path));
        s.is_prefix = true;
    }
    TRY(bytes_status(&s.name));
    s.path = bytes_text(&s.name);
    TRY(s.is_prefix ? source_read(&s, ".index", &s.content) : file_read(&s.content, s.path, 0));
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
    bytes path = { 0 };
    bytes_print(&path, "%s%s", from->path, suffix);
    horn_status status = bytes_status(&path);
    if (!status) status = file_read(out, bytes_text(&path), 0);
    bytes_free(&path);
    return status;
}

void source_close(source *s)
{
    bytes_free(&s->content);
    bytes_free(&s->name);
    *s = (source){ 0 };
}
