#include "base/files/temporary.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"

#define SUFFIX ".horn-tmp"

/* Locks the file through another descriptor, so that the caller can close `file` and see whether a write failed.
 * Returns false if another process, before the lock was taken, took the file for a leftover: it has removed it, or holds its
 * lock and is about to remove it. */
static bool lock(temporary *t)
{
    struct stat facts;
    t->lock = fcntl(t->file, F_DUPFD_CLOEXEC, 0);
    const bool locked = t->lock >= 0 && flock(t->lock, LOCK_EX | LOCK_NB) == 0;
    const bool taken = t->lock >= 0 && !locked && errno == EWOULDBLOCK;
    if (t->lock >= 0 && !locked) {
        close(t->lock);
        t->lock = -1;
    }
    return !taken && fstat(t->file, &facts) == 0 && facts.st_nlink > 0;
}

static int make(const char *path, bool folder)
{
    if (!folder) return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (mkdir(path, 0777) < 0) return -1;
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), reason = errno;
    if (file < 0) (void)rmdir(path);
    /* Another process took it for a leftover. */
    errno = reason == ENOENT ? EEXIST : reason;
    return file;
}

/* Sets the path of the temporary file of this number. Cuts NAME if the temporary name would be too long. */
static horn_status name_new(temporary *t, const char *directory, const char *target, unsigned number)
{
    bytes path = { 0 };
    bytes_print(&path, "%s/.%.180s.%ld-%u" SUFFIX, directory, folder_name_of(target), (long)getpid(), number);
    if (bytes_status(&path) || !bytes_text(&path)) {
        bytes_free(&path);
        return fail_memory(target, strlen(target));
    }
    *t = (temporary){ (char *)path.data, -1, -1 };
    return HORN_OK;
}

static horn_status open_new(temporary *t, const char *directory, const char *target, bool folder)
{
    for (unsigned i = 0;; i++) {
        horn_status status = name_new(t, directory, target, i);
        if (status) return status;
        t->file = make(t->path, folder);
        if (t->file >= 0 && lock(t)) return HORN_OK;
        int reason = t->file >= 0 ? EEXIST : errno;
        if (t->file >= 0) close(t->file);
        temporary_forget(t);
        errno = reason;
        if (reason != EINTR && reason != EEXIST)
            return fail(HORN_ERROR_FILE, "%s: %s", target, strerror(reason));
    }
}

horn_status temporary_open(temporary *t, const char *directory, const char *target)
{
    return open_new(t, directory, target, false);
}

bool temporary_link(temporary *t, const temporary *of, const char *directory, const char *target)
{
    for (unsigned i = 0;; i++) {
        if (name_new(t, directory, target, i)) return false;
        const bool made = link(of->path, t->path) == 0;
        const int reason = errno;
        if (made) t->lock = of->lock < 0 ? -1 : fcntl(of->lock, F_DUPFD_CLOEXEC, 0);
        if (made) return true;
        temporary_forget(t);
        if (reason != EINTR && reason != EEXIST) return false;
    }
}

horn_status temporary_open_folder(temporary *t, const char *directory, const char *target)
{
    horn_status status = open_new(t, directory, target, true);
    if (!status) close(t->file);
    return status;
}

void temporary_forget(temporary *t)
{
    if (t->path && t->lock >= 0) close(t->lock);
    free(t->path);
    *t = (temporary){ NULL, -1, -1 };
}

void temporary_remove(temporary *t)
{
    if (t->path && unlink(t->path) < 0 && errno == EISDIR) folder_remove_tree(AT_FDCWD, t->path);
    temporary_forget(t);
}

/* ---- leftovers ---- */

/* Renames without replacing; EEXIST if the name is taken. */
static int rename_to_new(const char *from, const char *to)
{
    struct stat facts;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    /* For file systems without RENAME_NOREPLACE. */
    if (lstat(to, &facts) == 0) errno = EEXIST;
    return lstat(to, &facts) == 0 ? -1 : rename(from, to);
}

horn_status temporary_retire(const char *directory, const char *name, char **path)
{
    for (unsigned i = 0;; i++) {
        bytes from = { 0 }, to = { 0 };
        bytes_print(&from, "%s/%s", directory, name);
        bytes_print(&to, "%s/.%.180s.%ld-%u" SUFFIX, directory, name, (long)getpid(), i);
        horn_status status = bytes_status(&from);
        if (!status) status = bytes_status(&to);
        bool done = !status && rename_to_new(bytes_text(&from), bytes_text(&to)) == 0;
        if (!status && !done && errno != EEXIST)
            status = fail(HORN_ERROR_FILE, "%s/%s: %s", directory, name, strerror(errno));
        if (done) *path = (char *)to.data;
        if (!done) bytes_free(&to);
        bytes_free(&from);
        if (done || status) return status;
    }
}

/* Returns where the digits that end at `end` begin, not before `start`; `end` if there are none. */
static size_t before_digits(const char *text, size_t start, size_t end)
{
    while (end > start && isdigit((unsigned char)text[end - 1])) end--;
    return end;
}

size_t temporary_target(const char *file)
{
    size_t length = strlen(file), tail = strlen(SUFFIX);
    if (file[0] != '.' || length <= tail || strcmp(file + length - tail, SUFFIX) != 0) return 0;
    size_t end = length - tail, number = before_digits(file, 1, end);
    if (number == end || number < 2 || file[number - 1] != '-') return 0;
    size_t process = before_digits(file, 1, number - 1);
    return process < number - 1 && process > 2 && file[process - 1] == '.' ? process - 2 : 0;
}

/* Between opening and locking it, the file may have been replaced by another of the same name. */
static bool has_name(int file, int directory, const char *name)
{
    struct stat mine, named;
    return fstat(file, &mine) == 0 && fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/* Opens and locks a leftover; -1 if another process holds it. */
static int open_left(int directory, const char *name)
{
    int file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0 && has_name(file, directory, name)) return file;
    if (file >= 0) close(file);
    return -1;
}

bool temporary_is_left(const char *directory, const char *file)
{
    int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int left = at >= 0 && temporary_target(file) ? open_left(at, file) : -1;
    if (left >= 0) close(left);
    if (at >= 0) close(at);
    return left >= 0;
}

static void remove_unlocked(int directory, const char *name)
{
    int file = open_left(directory, name);
    if (file < 0) return;
    folder_remove_tree(directory, name);
    close(file);
}

horn_status temporary_sweep(const char *directory)
{
    DIR *listing = opendir(directory);
    if (!listing) return fail(HORN_ERROR_FILE, "%s: %s", directory, strerror(errno));
    struct dirent *entry;
    while ((entry = readdir(listing)))
        if (temporary_target(entry->d_name)) remove_unlocked(dirfd(listing), entry->d_name);
    closedir(listing);
    return HORN_OK;
}
