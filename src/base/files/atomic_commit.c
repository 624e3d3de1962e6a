/* Writes, verifies and renames the files of a save: the steps that atomic_file.h lists. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/files/atomic_parts.h"
#include "base/memory.h"

/* A rename cannot replace a directory, and must not replace a device or a pipe. */
static horn_status check_target(const char *path, bool is_prefix)
{
    struct stat facts;
    if (stat(path, &facts) < 0) return errno == ENOENT ? HORN_OK : fail_file(path);
    if (S_ISREG(facts.st_mode) || (is_prefix && S_ISDIR(facts.st_mode))) return HORN_OK;
    return fail(HORN_ERROR_FILE, "%s: %s, expected a file or a free name", path,
                S_ISDIR(facts.st_mode) ? "is a directory" : "is not a regular file");
}

/* Finds the path that the part will have. */
static horn_status settle_part(part *p)
{
    horn_status status = folder_follow(&p->place, p->path);
    if (!status) status = folder_of(&p->directory, p->place);
    if (!status) status = check_target(p->place, false);
    return status ? status : folder_make(p->directory);
}

static horn_status sync_file(int file, const char *path)
{
    while (fsync(file) < 0)
        if (errno != EINTR) return fail_file(path);
    /* So that reading it back reads the disk, if the system does as advised. */
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    return HORN_OK;
}

horn_status transaction_add_large(transaction *t, const char *suffix, int *descriptor)
{
    bytes none = { 0 };
    if (t->members)
        return fail(HORN_ERROR_ARGUMENT, "%s: a large file in a directory of a save is not supported",
                    t->target);
    horn_status status = transaction_add(t, suffix, &none);
    if (status) return status;
    part *p = &t->parts[t->count - 1];
    p->is_large = true;
    status = settle_part(p);
    if (!status) status = temporary_sweep(p->directory);
    if (!status) status = temporary_open(&p->temporary, p->directory, p->place);
    *descriptor = status ? -1 : p->temporary.file;
    return status;
}

horn_status transaction_reopen(transaction *t, const char *suffix, large_file **out)
{
    const size_t length = strlen(t->target);
    for (size_t i = t->count; i-- > 0;) {
        part *p = &t->parts[i];
        if (!p->is_large || strncmp(p->path, t->target, length) != 0 || strcmp(p->path + length, suffix) != 0)
            continue;
        horn_status status = p->is_synced ? HORN_OK : sync_file(p->temporary.file, p->path);
        if (!status && !p->is_synced && close(p->temporary.file) < 0 && errno != EINTR)
            status = fail_file(p->path);
        p->is_synced = true;
        return status ? status : large_file_open(out, p->temporary.path, p->path);
    }
    return fail(HORN_ERROR_ARGUMENT, "%s%s: is no large file of the save", t->target, suffix);
}

static horn_status write_all(int file, const part *p)
{
    for (size_t at = 0; at < p->content.size;) {
        size_t left = p->content.size - at;
        ssize_t wrote = write(file, p->content.data + at, left < (1u << 30) ? left : (1u << 30));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote == 0) errno = ENOSPC;
        if (wrote <= 0) return fail_file(p->path);
        at += (size_t)wrote;
    }
    return sync_file(file, p->path);
}

static horn_status write_part(part *p)
{
    if (p->is_large)
        return p->is_synced ? HORN_OK
                            : fail(HORN_ERROR_ARGUMENT, "%s: was not read back before the commit", p->path);
    horn_status status = temporary_open(&p->temporary, p->directory, p->place);
    if (status) return status;
    status = write_all(p->temporary.file, p);
    if (close(p->temporary.file) < 0 && errno != EINTR && !status) status = fail_file(p->path);
    return status;
}

enum { CHUNK = 1 << 16 };

static horn_status compare(int file, const part *p, unsigned char *buffer)
{
    for (size_t at = 0;;) {
        ssize_t got = read(file, buffer, CHUNK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_file(p->path);
        if (got == 0 && at == p->content.size) return HORN_OK;
        if (got == 0 || (size_t)got > p->content.size - at ||
            memcmp(buffer, p->content.data + at, (size_t)got) != 0)
            return fail(HORN_ERROR_FILE, "%s: reads back other bytes than were written, near byte %zu",
                        p->path, at);
        at += (size_t)got;
    }
}

static horn_status verify_part(const part *p)
{
    horn_status status = HORN_OK;
    if (p->is_large) return HORN_OK;
    unsigned char *buffer = NULL;
    const int file = open(p->temporary.path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail_file(p->path);
    TRY(memory_new(&buffer, 1, CHUNK));
    TRY(compare(file, p, buffer));
done:
    free(buffer);
    close(file);
    return status;
}

static horn_status rename_part(part *p)
{
    if (rename(p->temporary.path, p->place) < 0) return fail_file(p->path);
    temporary_forget(&p->temporary);
    return folder_sync(p->directory);
}

/* Moves the parts into the temporary directory. */
static horn_status move_parts(transaction *t)
{
    horn_status status = HORN_OK;
    char *directory = NULL;
    const size_t length = strlen(t->target);
    TRY(transaction_check_folder(t));
    TRY(folder_of(&directory, t->target));
    TRY(folder_make(directory));
    TRY(temporary_sweep(directory));
    TRY(temporary_open_folder(&t->folder, directory, t->target));
    for (size_t i = 0; i < t->count; i++) {
        bytes path = { 0 };
        bytes_print(&path, "%s%s", t->folder.path, t->parts[i].path + length);
        status = bytes_status(&path);
        free(t->parts[i].path);
        t->parts[i].path = NULL;
        if (!status) status = memory_copy_text(&t->parts[i].path, (const char *)path.data, path.size);
        bytes_free(&path);
        if (status) goto done;
    }
done:
    free(directory);
    return status;
}

/* If the exchange may or may not be on the disk, neither directory may lose its files. The one under the temporary
 * name is a leftover, which the next save removes. */
static void take_back(transaction *t, const char *directory)
{
    bool back = renameat2(AT_FDCWD, t->folder.path, AT_FDCWD, t->target, RENAME_EXCHANGE) == 0;
    if (!back || folder_sync(directory)) temporary_forget(&t->folder);
}

/* Renames the new directory to its name by exchanging the two; then removes the old one. */
static horn_status place_folder(transaction *t)
{
    horn_status status = HORN_OK;
    char *directory = NULL;
    bool exchanged = false;
    TRY(folder_of(&directory, t->target));
    if (rename(t->folder.path, t->target) == 0) {
        temporary_forget(&t->folder);
    } else if (errno != ENOTEMPTY && errno != EEXIST) {
        TRY(fail_file(t->target));
    } else {
        exchanged = renameat2(AT_FDCWD, t->folder.path, AT_FDCWD, t->target, RENAME_EXCHANGE) == 0;
        if (!exchanged)
            TRY(fail(HORN_ERROR_FILE, "%s: the directory cannot be replaced here (%s), expected a free name",
                     t->target, strerror(errno)));
    }
    status = folder_sync(directory);
    if (status && exchanged) take_back(t, directory);
done:
    free(directory);
    return status;
}

/* Replaces the temporary name in the error line by the target's name. */
static void say_target(const transaction *t, horn_status status)
{
    char line[2048];
    if (!t->folder.path) return;
    snprintf(line, sizeof line, "%s", horn_last_error());
    char *at = strstr(line, t->folder.path);
    if (!at) return;
    *at = 0;
    (void)!fail(status, "%s%s%s", line, t->target, at + strlen(t->folder.path));
}

horn_status transaction_commit(transaction *t)
{
    horn_status status = HORN_OK;
    if (t->committed) return fail(HORN_ERROR_ARGUMENT, "%s: the save was committed before", t->target);
    t->committed = true;
    if (t->members) TRY(move_parts(t));
    if (!t->members) TRY(check_target(t->target, true));
    for (size_t i = 0; i < t->count; i++) {
        if (t->parts[i].is_large) continue;
        TRY(settle_part(&t->parts[i]));
        if (i == 0 || strcmp(t->parts[i].directory, t->parts[i - 1].directory) != 0)
            TRY(temporary_sweep(t->parts[i].directory));
    }
    for (size_t i = 0; i < t->count; i++) TRY(write_part(&t->parts[i]));
    for (size_t i = 0; i < t->count; i++) TRY(verify_part(&t->parts[i]));
    if (t->count > 1 && !t->members) TRY(folder_sync(t->parts[0].directory));
    for (size_t i = 0; i < t->count; i++) TRY(rename_part(&t->parts[i]));
    if (t->members) TRY(place_folder(t));
    for (size_t i = 0; i < t->stale_count; i++) (void)unlink(t->stale[i]);
done:
    if (status) say_target(t, status);
    transaction_remove_temporaries(t);
    return status;
}
