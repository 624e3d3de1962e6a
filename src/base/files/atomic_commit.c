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
    return HORN_OK;
}

/* So that reading it back reads the disk, if the system does as advised. */
static void forget_cached(int file)
{
    (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

horn_status transaction_add_large(transaction *t, const char *suffix, int *descriptor)
{
    pieces none = { 0 };
    if (t->members)
        return fail(HORN_ERROR_ARGUMENT, "%s: a large file in a directory of a save is not supported",
                    t->target);
    horn_status status = transaction_add_pieces(t, suffix, &none);
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
        if (!status && !p->is_synced) forget_cached(p->temporary.file);
        if (!status && !p->is_synced && close(p->temporary.file) < 0 && errno != EINTR)
            status = fail_file(p->path);
        p->is_synced = true;
        return status ? status : large_file_open(out, p->temporary.path, p->path);
    }
    return fail(HORN_ERROR_ARGUMENT, "%s%s: is no large file of the save", t->target, suffix);
}

/* As much as is written, and compared while it is in the processor's cache; and after how much the disk is set to work. */
enum { PIECE = 1 << 18, BEHIND = 8 << 20 };

static horn_status fail_back(const part *p, size_t at)
{
    return fail(HORN_ERROR_FILE, "%s: reads back other bytes than were written, near byte %zu", p->path, at);
}

/* Reads `size` bytes back; 0: there is an end. */
static horn_status compare(int file, const part *p, size_t at, const unsigned char *expected, size_t size,
                           unsigned char *buffer)
{
    for (size_t done = 0; done < size || size == 0;) {
        const ssize_t got = pread(file, buffer, size ? size - done : 1, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_file(p->path);
        if (got == 0 && size == 0) break;
        if (got == 0 || size == 0 || memcmp(buffer, expected + done, (size_t)got) != 0)
            return fail_back(p, at + done);
        done += (size_t)got;
    }
    return HORN_OK;
}

/* Writes what it can of a piece; *size is how much. */
static horn_status write_some(int file, const part *p, const unsigned char *from, size_t *size)
{
    const ssize_t wrote = write(file, from, *size < PIECE ? *size : PIECE);
    *size = wrote < 0 ? 0 : (size_t)wrote;
    if (wrote > 0 || (wrote < 0 && errno == EINTR)) return HORN_OK;
    if (wrote == 0) errno = ENOSPC;
    return fail_file(p->path);
}

static horn_status write_all(int file, const part *p, const pieces *content, unsigned char *buffer)
{
    horn_status status = HORN_OK;
    size_t begun = 0;
    for (size_t at = 0, size; at < content->size; at += size) {
        const unsigned char *from = pieces_at(content, at, &size);
        TRY(write_some(file, p, from, &size));
        if (size) TRY(compare(file, p, at, from, size, buffer));
        if (at + size - begun < BEHIND) continue;
        /* A hint: the fsync waits for it, and reports what fails. */
        (void)sync_file_range(file, (off_t)begun, (off_t)(at + size - begun), SYNC_FILE_RANGE_WRITE);
        begun = at + size;
    }
    TRY(compare(file, p, content->size, NULL, 0, buffer));
    TRY(sync_file(file, p->path));
done:
    return status;
}

static const pieces *content_of(const transaction *t, const part *p)
{
    return p->twin_of ? &t->parts[p->twin_of - 1].content : &p->content;
}

static horn_status write_part(const transaction *t, part *p, unsigned char *buffer)
{
    if (p->is_large)
        return p->is_synced ? HORN_OK
                            : fail(HORN_ERROR_ARGUMENT, "%s: was not read back before the commit", p->path);
    if (p->twin_of &&
        temporary_link(&p->temporary, &t->parts[p->twin_of - 1].temporary, p->directory, p->place))
        return HORN_OK;
    horn_status status = temporary_open(&p->temporary, p->directory, p->place);
    if (status) return status;
    status = write_all(p->temporary.file, p, content_of(t, p), buffer);
    if (!status && t->verifies_disk) forget_cached(p->temporary.file);
    if (close(p->temporary.file) < 0 && errno != EINTR && !status) status = fail_file(p->path);
    return status;
}

static horn_status verify_part(const transaction *t, const part *p, unsigned char *buffer)
{
    horn_status status = HORN_OK;
    const pieces *content = content_of(t, p);
    if (p->is_large) return HORN_OK;
    const int file = open(p->temporary.path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail_file(p->path);
    for (size_t at = 0, size; !status && at < content->size; at += size) {
        const unsigned char *from = pieces_at(content, at, &size);
        if (size > PIECE) size = PIECE;
        status = compare(file, p, at, from, size, buffer);
    }
    if (!status) status = compare(file, p, content->size, NULL, 0, buffer);
    close(file);
    return status;
}

static horn_status write_parts(transaction *t)
{
    horn_status status = HORN_OK;
    unsigned char *buffer = NULL;
    TRY(memory_new(&buffer, 1, PIECE));
    for (size_t i = 0; i < t->count; i++) TRY(write_part(t, &t->parts[i], buffer));
    for (size_t i = 0; t->verifies_disk && i < t->count; i++) TRY(verify_part(t, &t->parts[i], buffer));
done:
    free(buffer);
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
    TRY(write_parts(t));
    if (t->count > 1 && !t->members) TRY(folder_sync(t->parts[0].directory));
    for (size_t i = 0; i < t->count; i++) TRY(rename_part(&t->parts[i]));
    if (t->members) TRY(place_folder(t));
    for (size_t i = 0; i < t->stale_count; i++) (void)unlink(t->stale[i]);
done:
    if (status) say_target(t, status);
    transaction_remove_temporaries(t);
    return status;
}
