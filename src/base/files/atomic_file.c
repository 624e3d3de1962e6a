#include "base/files/atomic_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"

horn_status transaction_begin(transaction **out, const char *target)
{
    horn_status status = HORN_OK;
    transaction *t = NULL;
    if (!*target) return fail(HORN_ERROR_ARGUMENT, "the name of the file to save is empty");
    TRY(memory_new(&t, 1, sizeof *t));
    TRY(memory_copy_string(&t->target, target));
    *out = t;
    t = NULL;
done:
    transaction_free(t);
    return status;
}

/* ---- a directory ---- */

horn_status transaction_check_folder(const transaction *t)
{
    struct stat facts;
    if (lstat(t->target, &facts) < 0) return errno == ENOENT ? HORN_OK : fail_file(t->target);
    if (!S_ISDIR(facts.st_mode))
        return fail(HORN_ERROR_FILE, "%s: is no directory, expected one or a free name", t->target);
    return folder_holds_only(t->target, t->members);
}

horn_status transaction_as_folder(transaction *t, const char *const *members)
{
    size_t size = strlen(t->target);
    while (size > 1 && t->target[size - 1] == '/') size--;
    t->target[size] = 0;
    t->members = members;
    if (!names_file(t->target))
        return fail(HORN_ERROR_ARGUMENT, "%s: expected the name of a directory to make or replace",
                    t->target);
    char *place;
    horn_status status = folder_follow(&place, t->target);
    if (status) return status;
    free(t->target);
    t->target = place;
    return transaction_check_folder(t);
}

const char *transaction_target(const transaction *t)
{
    return t->target;
}

static void free_part(part *p)
{
    free(p->path);
    free(p->place);
    free(p->directory);
    pieces_free(&p->content);
}

/* Takes the content, also on failure. */
static horn_status add_part(transaction *t, const bytes *path, pieces *content)
{
    horn_status status = HORN_OK;
    part added = { .content = *content };
    *content = (pieces){ 0 };
    TRY(pieces_status(&added.content));
    TRY(bytes_status(path));
    TRY(memory_copy_text(&added.path, (const char *)path->data, path->size));
    if (!names_file(added.path))
        TRY(fail(HORN_ERROR_FILE, "%s: is the name of a directory, expected a file", added.path));
    for (size_t i = t->stage; i < t->count; i++)
        if (strcmp(t->parts[i].path, added.path) == 0)
            TRY(fail(HORN_ERROR_ARGUMENT, "%s: appears twice in one save", added.path));
    TRY(memory_grow(&t->parts, t->count, &t->capacity, sizeof *t->parts));
    t->parts[t->count++] = added;
    added = (part){ 0 };
done:
    free_part(&added);
    return status;
}

horn_status transaction_add_pieces(transaction *t, const char *suffix, pieces *content)
{
    bytes path = { 0 };
    bytes_print(&path, "%s%s", t->target, suffix);
    horn_status status = add_part(t, &path, content);
    bytes_free(&path);
    return status;
}

horn_status transaction_add(transaction *t, const char *suffix, bytes *content)
{
    pieces whole = { 0 };
    pieces_take(&whole, content);
    return transaction_add_pieces(t, suffix, &whole);
}

horn_status transaction_add_beside(transaction *t, const char *name, bytes *content)
{
    bytes path = { 0 };
    pieces whole = { 0 };
    pieces_take(&whole, content);
    bytes_print(&path, "%.*s%s", (int)(folder_name_of(t->target) - t->target), t->target, name);
    horn_status status = add_part(t, &path, &whole);
    bytes_free(&path);
    return status;
}

void transaction_stage(transaction *t)
{
    t->stage = t->count;
}

static horn_status name_file(const transaction *t, const char *suffix, char **out)
{
    bytes path = { 0 };
    bytes_print(&path, "%s%s", t->target, suffix);
    horn_status status = bytes_status(&path);
    if (!status) status = memory_copy_text(out, (const char *)path.data, path.size);
    bytes_free(&path);
    return status;
}

horn_status transaction_remove(transaction *t, const char *suffix)
{
    horn_status status = memory_grow(&t->stale, t->stale_count, &t->stale_capacity, sizeof *t->stale);
    if (!status) status = name_file(t, suffix, &t->stale[t->stale_count]);
    if (!status) t->stale_count++;
    return status;
}

horn_status transaction_present(const transaction *t, const char *suffix, bytes *out, bool *found)
{
    char *path = NULL;
    struct stat facts;
    horn_status status = name_file(t, suffix, &path);
    *out = (bytes){ 0 };
    *found = !status && stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
    if (*found) status = file_read(out, path, 0);
    free(path);
    return status;
}

/* 1 + the number of the last part of this suffix; 0: there is none. */
static size_t find_part(const transaction *t, const char *suffix)
{
    const size_t length = strlen(t->target);
    for (size_t i = t->count; i > 0; i--) {
        const char *path = t->parts[i - 1].path;
        if (strncmp(path, t->target, length) == 0 && strcmp(path + length, suffix) == 0) return i;
    }
    return 0;
}

horn_status transaction_add_twin(transaction *t, const char *suffix, const char *other)
{
    pieces none = { 0 };
    const size_t of = find_part(t, other);
    if (!of || t->parts[of - 1].is_large)
        return fail(HORN_ERROR_ARGUMENT, "%s%s: is no file of the save", t->target, other);
    horn_status status = transaction_add_pieces(t, suffix, &none);
    if (!status) t->parts[t->count - 1].twin_of = t->parts[of - 1].twin_of ? t->parts[of - 1].twin_of : of;
    return status;
}

void transaction_verify_disk(transaction *t)
{
    t->verifies_disk = true;
}

const pieces *transaction_content(const transaction *t, const char *suffix)
{
    const size_t found = find_part(t, suffix);
    if (!found) return NULL;
    const part *p = &t->parts[found - 1];
    return p->twin_of ? &t->parts[p->twin_of - 1].content : &p->content;
}

const char *transaction_path(const transaction *t, size_t index)
{
    if (index < t->count) return t->parts[index].path;
    return index - t->count < t->stale_count ? t->stale[index - t->count] : NULL;
}

void transaction_remove_temporaries(transaction *t)
{
    for (size_t i = 0; i < t->count; i++) {
        part *p = &t->parts[i];
        if (p->is_large && !p->is_synced && p->temporary.path) close(p->temporary.file);
        temporary_remove(&p->temporary);
    }
    temporary_remove(&t->folder);
}

void transaction_free(transaction *t)
{
    if (!t) return;
    transaction_remove_temporaries(t);
    for (size_t i = 0; i < t->count; i++) free_part(&t->parts[i]);
    for (size_t i = 0; i < t->stale_count; i++) free(t->stale[i]);
    free(t->stale);
    free(t->parts);
    free(t->target);
    free(t);
}
