/* A folder for saves, and system calls that fail on request: they replace the C library's. */
#ifndef TESTS_FAILING_CALLS_H
#define TESTS_FAILING_CALLS_H

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include "base/files/atomic_file.h"
#include "test.h"

static long calls, fail_at = -1; /* the number of the next call, and of the one that fails */
static int reason;               /* its errno; 0 = a short write or read of one byte */
static char trace[4096]; /* w r f(sync) c(lose) o(pen) n(rename) m(kdir) l(ink) s(ync_file_range), in order */

static inline bool hit(char letter)
{
    size_t length = strlen(trace);
    if (length + 1 < sizeof trace) trace[length] = letter;
    return calls++ == fail_at;
}

static inline bool fails(char letter)
{
    if (fail_at == -1 || !hit(letter) || reason == 0) return false;
    errno = reason;
    return true;
}

#define LYING_DISK (-1)

ssize_t write(int file, const void *data, size_t size)
{
    bool failed = fails('w');
    if (failed && reason == LYING_DISK)
        return syscall(SYS_write, file, "xxxxxxxxxxxxxxx", size); /* at most 15 */
    if (failed) return -1;
    return syscall(SYS_write, file, data, fail_at >= 0 && calls - 1 == fail_at && size > 1 ? 1 : size);
}

ssize_t read(int file, void *data, size_t size)
{
    if (fails('r')) return -1;
    return syscall(SYS_read, file, data, fail_at >= 0 && calls - 1 == fail_at && size > 1 ? 1 : size);
}

ssize_t pread(int file, void *data, size_t size, off_t offset)
{
    bool failed = fails('r');
    if (failed && reason != LYING_DISK) return -1;
    const bool short_one = fail_at >= 0 && calls - 1 == fail_at && size > 1 && !failed;
    ssize_t got = syscall(SYS_pread64, file, data, short_one ? 1 : size, offset);
    if (failed && got > 0) *(char *)data ^= 1;
    return got;
}

int sync_file_range(int file, off_t offset, off_t size, unsigned flags)
{
    (void)file, (void)offset, (void)size, (void)flags;
    return fails('s') ? -1 : 0;
}

int link(const char *from, const char *to)
{
    return fails('l') ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fsync(int file)
{
    return fails('f') ? -1 : (int)syscall(SYS_fsync, file);
}

int close(int file)
{
    bool failed = fails('c'); /* the file is closed even so, as on Linux */
    int result = (int)syscall(SYS_close, file);
    if (failed) errno = reason;
    return failed ? -1 : result;
}

int rename(const char *from, const char *to)
{
    return fails('n') ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return fails('n') ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int mkdir(const char *path, mode_t mode)
{
    return fails('m') ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return fails('o') ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* From here on calls are counted; the n-th fails (n < 0: none). */
static inline void arm(long n, int with)
{
    memset(trace, 0, sizeof trace);
    calls = 0;
    reason = with;
    fail_at = n < 0 ? -2 : n;
}

static inline void disarm(void)
{
    fail_at = -1;
}

static char directory[64], path[4][512];

static inline void set_up(void)
{
    strcpy(directory, "/tmp/horn-atomic-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static inline void make_path(int i, const char *name)
{
    snprintf(path[i], sizeof path[i], "%s/%s", directory, name);
}

static inline void tear_down(void)
{
    disarm();
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    ck_assert_int_eq(system(command), 0);
}

static inline int count_entries(const char *where)
{
    DIR *listing = opendir(where);
    ck_assert_ptr_nonnull(listing);
    int count = 0;
    for (struct dirent *e; (e = readdir(listing));)
        count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(listing);
    return count;
}

static inline bytes text(const char *t)
{
    bytes b = { 0 };
    bytes_append(&b, t, strlen(t));
    return b;
}

static inline bool holds(const char *file, const char *expected)
{
    bytes b = { 0 };
    if (file_read(&b, file, 0)) return false;
    bool same = strcmp(bytes_text(&b), expected) == 0;
    bytes_free(&b);
    return same;
}

static inline horn_status save(const char *target, const char *content)
{
    transaction *t = NULL;
    bytes b = text(content);
    ck_ok(transaction_begin(&t, target));
    horn_status status = transaction_add(t, "", &b);
    ck_assert_ptr_null(b.data);
    if (!status) status = transaction_commit(t);
    transaction_free(t);
    return status;
}

#endif
