/* Work in a child process, of which each system call is looked at (ptrace): which files it opens, and whether it starts a process,
 * a program or a thread, or talks to anybody. */
#ifndef TESTS_ROBUSTNESS_WATCHED_CALLS_H
#define TESTS_ROBUSTNESS_WATCHED_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct watched {
    bool is_denied;       /* nobody may trace here: nothing was done */
    int status;           /* as waitpid says of the child's end; -1: it could not be traced */
    size_t calls, opened; /* `opened`: of the file that it may open */
    char trouble[600];    /* the first call that it must not make; "": none */
} watched;

enum { WATCHED_DENIED = 77, WATCHED_LOST = 78 };

static const long starting_calls[] = { SYS_execve, SYS_execveat, SYS_clone,
                                       SYS_clone3, SYS_socket,   SYS_connect,
#ifdef SYS_fork
                                       SYS_fork,   SYS_vfork
#endif
};

static inline void read_path(pid_t child, uint64_t at, char path[512])
{
    memset(path, 0, 512);
    for (size_t i = 0; i < 504 && !memchr(path, 0, i); i += sizeof(long)) {
        const long word = ptrace(PTRACE_PEEKDATA, child, (char *)(uintptr_t)at + i, NULL);
        memcpy(path + i, &word, sizeof word);
    }
}

static inline void look_at_opening(watched *w, pid_t child, uint64_t at, uint64_t flags, const char *allowed)
{
    char path[512];
    read_path(child, at, path);
    const bool reads = (flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT);
    w->opened += reads && strcmp(path, allowed) == 0;
    if (!(reads && strcmp(path, allowed) == 0) && !w->trouble[0])
        snprintf(w->trouble, sizeof w->trouble, "opens %s%s", path, reads ? "" : " to write");
}

static inline void look_at_call(watched *w, pid_t child, const char *allowed)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) {
        snprintf(w->trouble, sizeof w->trouble, "cannot be seen: %s", strerror(errno));
        return;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
    const uint64_t *a = info.entry.args;
    const long number = (long)info.entry.nr;
    w->calls++;
    if (number == SYS_openat) look_at_opening(w, child, a[1], a[2], allowed);
#ifdef SYS_openat2
    if (number == SYS_openat2) look_at_opening(w, child, a[1], O_CREAT, allowed);
#endif
#ifdef SYS_open
    if (number == SYS_open) look_at_opening(w, child, a[0], a[1], allowed);
    if (number == SYS_creat) look_at_opening(w, child, a[0], O_CREAT, allowed);
#endif
    for (size_t i = 0; i < sizeof starting_calls / sizeof *starting_calls; i++)
        if (number == starting_calls[i] && !w->trouble[0])
            snprintf(w->trouble, sizeof w->trouble, "makes system call %ld, which starts something", number);
}

/* Does the work on a path, which alone it may open; it gives the child's exit status. */
static inline watched watch(int (*work)(const char *path), const char *path)
{
    watched w = { .status = -1 };
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(errno == EPERM ? WATCHED_DENIED : WATCHED_LOST);
        raise(SIGSTOP);
        _exit(work(path));
    }
    int status = -1, pass = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return w;
    w.is_denied = WIFEXITED(status) && WEXITSTATUS(status) == WATCHED_DENIED;
    if (!WIFSTOPPED(status)) return w;
    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    while (ptrace(PTRACE_SYSCALL, child, NULL, pass) == 0 && waitpid(child, &status, 0) == child) {
        if (!WIFSTOPPED(status)) break;
        const int stopped_by = WSTOPSIG(status);
        pass = stopped_by == (SIGTRAP | 0x80) ? 0 : stopped_by;
        if (!pass) look_at_call(&w, child, path);
    }
    w.status = status;
    return w;
}

#endif
