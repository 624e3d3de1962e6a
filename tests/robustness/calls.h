/* libc's calls on files, counted and disturbed: the definitions below stand before libc's for everything that
 * is linked into a program. Only calls on what lies in one folder count; fsync does nothing, since no power is lost.
 * The state is shared with children, so that a parent sees what its child did until it died.
 *
 *     o i d  open: creates, reads, a directory     w r f c  write, read, fsync, close (pwrite and pread, too)
 *     n u m  rename (also of two names for each other), unlink, mkdir     t  ftruncate     l  link */
#ifndef TESTS_ROBUSTNESS_CALLS_H
#define TESTS_ROBUSTNESS_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum fault {
    NO_FAULT,
    FAIL,      /* with `reason` */
    FILL_DISK, /* from here on nothing new is taken: ENOSPC */
    SHORTEN,   /* a write or read of one byte */
    DIE,       /* by SIGKILL, before the call */
    DIE_MIDWAY /* ... when half of a write is done */
} fault;

typedef struct file_call {
    char letter;
    const char *path, *to; /* `to` of a rename, a link */
    const void *data;      /* of a write */
    size_t size;
    off_t offset;   /* of a write */
    ino_t inode;    /* of the file or directory that was created, written, synced; of a rename's */
    bool exchanged; /* by a rename: `path` is what `to` was */
} file_call;

enum { MAX_CALLS = 1 << 14 };

static struct call_state {
    char folder[256]; /* "": nothing counts */
    long count;
    long at; /* the call that gets the fault; -1: none */
    fault fault;
    int reason;
    char trace[MAX_CALLS]; /* the calls' letters */
    char hit[512];         /* what the disturbed call was about */
} * calls;
static void (*call_watch)(const file_call *); /* told of each call that did something */

/* Counts from here on; the n-th call (from 0) gets the fault. */
static inline void calls_arm(const char *folder, long n, fault with, int reason)
{
    if (!calls) {
        calls = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (calls == MAP_FAILED) abort();
    }
    memset(calls, 0, sizeof *calls);
    snprintf(calls->folder, sizeof calls->folder, "%s", folder);
    calls->at = n;
    calls->fault = with;
    calls->reason = reason;
}

static inline void calls_disarm(void)
{
    calls->folder[0] = 0;
}

static inline bool call_counts(const char *path)
{
    return calls && calls->folder[0] && strncmp(path, calls->folder, strlen(calls->folder)) == 0;
}

static inline void die(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static inline fault next_call(char letter, const char *path)
{
    if (!call_counts(path)) return NO_FAULT;
    long n = calls->count++;
    if (n < MAX_CALLS - 1) calls->trace[n] = letter;
    bool full = calls->fault == FILL_DISK && calls->at >= 0 && n >= calls->at && strchr("owml", letter);
    if (full || n == calls->at) snprintf(calls->hit, sizeof calls->hit, "%s", path);
    if (full) errno = ENOSPC;
    if (full) return FAIL;
    if (n != calls->at) return NO_FAULT;
    if (calls->fault == DIE || (calls->fault == DIE_MIDWAY && letter != 'w')) die();
    errno = calls->reason;
    return calls->fault == FILL_DISK ? NO_FAULT : calls->fault;
}

static inline void path_of_file(int file, char path[512])
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t n = readlink(link, path, 511);
    path[n > 0 ? n : 0] = 0;
}

static inline fault next_call_on(char letter, int file, char path[512])
{
    if (!calls || !calls->folder[0]) return NO_FAULT;
    path_of_file(file, path);
    return next_call(letter, path);
}

static inline void watched(file_call done, int file)
{
    struct stat facts;
    if (!call_watch || !call_counts(done.path)) return;
    if (file >= 0 && fstat(file, &facts) == 0) done.inode = facts.st_ino;
    if (file < 0 && done.to && lstat(done.to, &facts) == 0) done.inode = facts.st_ino;
    call_watch(&done);
}

ssize_t write(int file, const void *data, size_t size)
{
    char path[512] = "";
    fault f = next_call_on('w', file, path);
    if (f == FAIL) return -1;
    if (f == DIE_MIDWAY) size /= 2;
    off_t offset = call_counts(path) ? lseek(file, 0, SEEK_CUR) : 0;
    ssize_t n = syscall(SYS_write, file, data, f == SHORTEN && size > 1 ? 1 : size);
    if (f == DIE_MIDWAY) die();
    if (n > 0)
        watched((file_call){ .letter = 'w', .path = path, .data = data, .size = (size_t)n, .offset = offset },
                file);
    return n;
}

ssize_t read(int file, void *data, size_t size)
{
    char path[512];
    fault f = next_call_on('r', file, path);
    return f == FAIL ? -1 : syscall(SYS_read, file, data, f == SHORTEN && size > 1 ? 1 : size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset)
{
    char path[512] = "";
    fault f = next_call_on('w', file, path);
    if (f == FAIL) return -1;
    if (f == DIE_MIDWAY) size /= 2;
    ssize_t n = syscall(SYS_pwrite64, file, data, f == SHORTEN && size > 1 ? 1 : size, offset);
    if (f == DIE_MIDWAY) die();
    if (n > 0)
        watched((file_call){ .letter = 'w', .path = path, .data = data, .size = (size_t)n, .offset = offset },
                file);
    return n;
}

ssize_t pread(int file, void *data, size_t size, off_t offset)
{
    char path[512];
    fault f = next_call_on('r', file, path);
    return f == FAIL ? -1 : syscall(SYS_pread64, file, data, f == SHORTEN && size > 1 ? 1 : size, offset);
}

int ftruncate(int file, off_t size)
{
    char path[512];
    return next_call_on('t', file, path) == FAIL ? -1 : (int)syscall(SYS_ftruncate, file, size);
}

int fsync(int file)
{
    char path[512] = "";
    if (next_call_on('f', file, path) == FAIL) return -1;
    watched((file_call){ .letter = 'f', .path = path }, file);
    return 0;
}

int posix_fadvise(int file, off_t offset, off_t size, int advice)
{
    (void)file, (void)offset, (void)size, (void)advice; /* else the disk begins to write */
    return 0;
}

int close(int file)
{
    char path[512];
    int reason = errno;
    fault f = next_call_on('c', file, path);
    if (f != FAIL) errno = reason;
    reason = errno;
    int result = (int)syscall(SYS_close, file); /* also where it fails, as on Linux */
    if (f == FAIL) errno = reason;
    return f == FAIL ? -1 : result;
}

int rename(const char *from, const char *to)
{
    if (next_call('n', to) == FAIL) return -1;
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0) watched((file_call){ .letter = 'n', .path = from, .to = to }, -1);
    return result;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (next_call('n', to) == FAIL) return -1;
    int result = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    if (result == 0)
        watched((file_call){ .letter = 'n', .path = from, .to = to, .exchanged = flags & RENAME_EXCHANGE },
                -1);
    return result;
}

int link(const char *from, const char *to)
{
    if (next_call('l', to) == FAIL) return -1;
    int result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0) watched((file_call){ .letter = 'l', .path = from, .to = to }, -1);
    return result;
}

int sync_file_range(int file, off_t offset, off_t size, unsigned flags)
{
    (void)file, (void)offset, (void)size, (void)flags; /* as posix_fadvise */
    return 0;
}

int unlink(const char *path)
{
    if (next_call('u', path) == FAIL) return -1;
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (result == 0) watched((file_call){ .letter = 'u', .path = path }, -1);
    return result;
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[512] = "";
    if (folder != AT_FDCWD && calls && calls->folder[0]) path_of_file(folder, path);
    size_t n = strlen(path);
    snprintf(path + n, sizeof path - n, "%s%s", n ? "/" : "", name);
    if (next_call('u', path) == FAIL) return -1;
    int result = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (result == 0) watched((file_call){ .letter = 'u', .path = path }, -1);
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    if (next_call('m', path) == FAIL) return -1;
    int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (result == 0) watched((file_call){ .letter = 'm', .path = path, .to = path }, -1);
    return result;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (next_call(flags & O_CREAT ? 'o' : flags & O_DIRECTORY ? 'd' : 'i', path) == FAIL) return -1;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (file >= 0 && flags & O_CREAT) watched((file_call){ .letter = 'o', .path = path }, file);
    return file;
}

/* Does the work in a child, whose n-th call on the folder gets the fault. Returns what waitpid says. */
static inline int calls_in_child(void (*work)(void *context), void *context, const char *folder, long n,
                                 fault with, int reason)
{
    int status = -1;
    fflush(NULL);
    calls_arm(folder, n, with, reason);
    pid_t child = fork();
    if (child == 0) {
        work(context);
        _exit(0);
    }
    if (child > 0) waitpid(child, &status, 0);
    calls_disarm();
    return status;
}

#endif
