#include "formats/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "base/status.h"

bool source_name_has(bytes *name, const char *suffix)
{
    const size_t size = name->size;
    struct stat facts;
    bytes_print(name, "%s", suffix);
    const char *path = bytes_text(name);
    const bool found = path && stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
    name->size = size;
    return found;
}

/* *out is NULL if the save does not write it. The path is the save's target, or something in it. */
static horn_status find_pending(const pieces **out, const source *from, const char *suffix)
{
    bytes name = { 0 };
    bytes_print(&name, "%s%s", from->path + strlen(transaction_target(from->pending)), suffix);
    const char *text = bytes_text(&name);
    *out = text ? transaction_content(from->pending, text) : NULL;
    const horn_status status = bytes_status(&name);
    bytes_free(&name);
    return status;
}

static horn_status read_pending(const source *from, const char *suffix, bytes *out)
{
    const pieces *content;
    horn_status status = find_pending(&content, from, suffix);
    if (status) return status;
    if (!content)
        return fail(HORN_ERROR_FILE, "%s%s: is not among the files of the save", from->path, suffix);
    pieces_copy(content, out);
    return bytes_status(out);
}

/* Moves *s on success, else closes it. `main` may be NULL: it is read. */
static horn_status finish(source *out, source *s, bytes *main)
{
    horn_status status = HORN_OK;
    if (main) {
        s->content = *main;
        *main = (bytes){ 0 };
        TRY(bytes_status(&s->content));
    }
    TRY(bytes_status(&s->name));
    s->path = bytes_text(&s->name);
    TRY(bytes_status(&s->name));
    if (!main) TRY(source_read(s, s->files->main, &s->content));
    s->data = s->content.data;
    s->size = s->content.size;
    *out = *s;
    return HORN_OK;
done:
    source_close(s);
    return status;
}

horn_status source_open_inside(source *out, const source *from, const char *name, const format_files *files)
{
    source s = { .files = files, .pending = from->pending };
    bytes_print(&s.name, "%s%s", from->path, name);
    return finish(out, &s, NULL);
}

horn_status source_open_main(source *out, const char *name, const format_files *files, bytes *main)
{
    source s = { .files = files };
    bytes_print(&s.name, "%s", name);
    return finish(out, &s, main);
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

horn_status source_open_part(const source *from, const char *suffix, large_file **out)
{
    bytes path = { 0 };
    if (from->pending)
        return fail(HORN_ERROR_ARGUMENT, "%s%s: is not written yet, expected a file", from->path, suffix);
    bytes_print(&path, "%s%s", from->path, suffix);
    horn_status status = bytes_status(&path);
    if (!status) status = large_file_open(out, bytes_text(&path), NULL);
    bytes_free(&path);
    return status;
}

horn_status source_has(bool *found, const source *from, const char *suffix)
{
    const pieces *content = NULL;
    bytes path = { 0 };
    horn_status status;
    if (from->pending) {
        status = find_pending(&content, from, suffix);
        *found = content;
        return status;
    }
    bytes_print(&path, "%s", from->path);
    *found = source_name_has(&path, suffix);
    status = bytes_status(&path);
    bytes_free(&path);
    return status;
}

void source_close(source *s)
{
    bytes_free(&s->content);
    bytes_free(&s->name);
    *s = (source){ 0 };
}
