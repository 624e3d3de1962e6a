#include "base/parallel.h"

#include <assert.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/tuning.h"

/* How it works.
 *
 * Each thread has a share of a region's tasks. The shares stay the same from region to region, so that the data of a
 * task is in the cache of the core that runs it. A thread that has finished its own share takes tasks from the
 * others.
 *
 * `work` of a share holds the region's number in its upper half and the next task in its lower half. A thread claims
 * a task by a compare-and-swap that adds 1; that fails after the region is over. So late threads change nothing, and
 * nobody waits for them.
 *
 * A region is closed (next task = CLOSED) before its fields change: a claim made from old or mixed fields fails. The
 * caller returns when `done` has counted all tasks. */
enum { LEAST_STACK = 1 << 20 };
#define CLOSED UINT32_MAX

typedef void task_function(void *context, size_t index, int thread);

typedef struct worker {
    pool *pool;
    int thread;
    pthread_t id;
} worker;

typedef struct share {
    _Alignas(64) _Atomic uint64_t work;
} share;

struct pool {
    _Alignas(64) _Atomic size_t tasks;
    _Atomic(task_function *) task;
    _Atomic(void *) context;

    /* Finished tasks; the caller sleeps on it. */
    _Alignas(64) _Atomic uint32_t done;
    _Atomic bool caller_sleeps;

    /* The number of the current region; workers sleep on it. */
    _Alignas(64) _Atomic uint32_t region;
    _Atomic int sleepers;
    _Atomic bool stop;

    /* started: workers that run. */
    int threads, started;
    /* The process that started the workers. In a forked child there are none, and the caller runs all tasks. */
    pid_t process;
    /* Nanoseconds; 0 if there are more threads than CPUs. */
    long spin;
    worker *workers;
    /* [threads] */
    share *shares;
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void futex_wait(_Atomic uint32_t *word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Spins until (*word == value) is `wanted`, for at most p->spin nanoseconds. Returns true as soon as it is. */
static bool spin_until(const pool *p, _Atomic uint32_t *word, uint32_t value, bool wanted)
{
    int64_t end = p->spin ? now() + p->spin : 0;
    do {
        for (int i = 0; i < 64; i++) {
            if ((atomic_load_explicit(word, memory_order_acquire) == value) == wanted) return true;
            relax();
        }
    } while (p->spin && now() < end);
    return false;
}

static size_t share_end(const pool *p, int owner, size_t tasks)
{
    return tasks * (size_t)(owner + 1) / (size_t)p->threads;
}

/* Runs tasks of a share until none is left; returns how many it ran. The fields are stored with release and loaded
 * with acquire: a thread that sees a later region's field also sees that this region is closed, and claims
 * nothing. */
static uint32_t run_share(pool *p, int owner, uint32_t region, int thread)
{
    _Atomic uint64_t *at = &p->shares[owner].work;
    uint32_t count = 0;
    uint64_t work = atomic_load_explicit(at, memory_order_acquire);
    while ((uint32_t)(work >> 32) == region) {
        size_t tasks = atomic_load_explicit(&p->tasks, memory_order_acquire), index = (uint32_t)work;
        task_function *task = atomic_load_explicit(&p->task, memory_order_acquire);
        void *context = atomic_load_explicit(&p->context, memory_order_acquire);
        /* CLOSED is past the end of every share. */
        if (index >= share_end(p, owner, tasks)) break;
        if (!atomic_compare_exchange_weak_explicit(at, &work, work + 1, memory_order_acq_rel,
                                                   memory_order_acquire))
            continue;
        task(context, index, thread);
        count++;
        work = atomic_load_explicit(at, memory_order_acquire);
    }
    return count;
}

static uint32_t run_tasks(pool *p, uint32_t region, int thread)
{
    uint32_t count = 0;
    for (int i = 0; i < p->threads; i++) count += run_share(p, (thread + i) % p->threads, region, thread);
    return count;
}

static void *worker_main(void *argument)
{
    const worker *self = argument;
    pool *p = self->pool;
    uint32_t seen = 0;
    (void)arithmetic_begin(); /* for good: it inherited the one of the thread that made it */
    for (;;) {
        if (!spin_until(p, &p->region, seen, false)) {
            atomic_fetch_add(&p->sleepers, 1);
            while (atomic_load(&p->region) == seen) futex_wait(&p->region, seen);
            atomic_fetch_sub(&p->sleepers, 1);
        }
        seen = atomic_load(&p->region);
        if (atomic_load(&p->stop)) return NULL;
        uint32_t count = run_tasks(p, seen, self->thread);
        if (!count) continue;
        atomic_fetch_add(&p->done, count);
        if (atomic_load(&p->caller_sleeps)) futex_wake(&p->done, 1);
    }
}

/* Starts the next region and wakes `wanted` workers. */
static void announce(pool *p, uint32_t region, int wanted)
{
    atomic_store(&p->region, region);
    if (atomic_load(&p->sleepers) > 0) futex_wake(&p->region, wanted);
}

static void wait_done(pool *p, uint32_t tasks)
{
    if (spin_until(p, &p->done, tasks, true)) return;
    atomic_store(&p->caller_sleeps, true);
    for (uint32_t done; (done = atomic_load(&p->done)) != tasks;) futex_wait(&p->done, done);
    atomic_store(&p->caller_sleeps, false);
}

void pool_run(pool *p, size_t tasks, void (*task)(void *context, size_t index, int thread), void *context)
{
    assert(tasks < CLOSED);
    if (p->threads == 1 || tasks <= 1) {
        for (size_t i = 0; i < tasks; i++) task(context, i, 0);
        return;
    }
    uint32_t region = atomic_load_explicit(&p->region, memory_order_relaxed) + 1;
    for (int i = 0; i < p->threads; i++) atomic_exchange(&p->shares[i].work, (uint64_t)region << 32 | CLOSED);
    atomic_store_explicit(&p->tasks, tasks, memory_order_release);
    atomic_store_explicit(&p->task, task, memory_order_release);
    atomic_store_explicit(&p->context, context, memory_order_release);
    atomic_store_explicit(&p->done, 0, memory_order_release);
    for (int i = 0; i < p->threads; i++)
        atomic_store_explicit(&p->shares[i].work,
                              (uint64_t)region << 32 | (i ? share_end(p, i - 1, tasks) : 0),
                              memory_order_release);
    announce(p, region, tasks < (size_t)p->threads ? (int)tasks - 1 : p->threads - 1);
    atomic_fetch_add(&p->done, run_tasks(p, region, 0));
    wait_done(p, (uint32_t)tasks);
}

/* New threads get a stack as large as `ulimit -s`, which may be small because it is meant for the main thread; layers
 * need LEAST_STACK. */
static void choose_stack(pthread_attr_t *attributes)
{
    size_t size = 0;
    pthread_attr_getstacksize(attributes, &size);
    if (size < LEAST_STACK) pthread_attr_setstacksize(attributes, LEAST_STACK);
}

/* Threads inherit the signal mask of the thread that starts them: with all signals blocked, none runs a handler of
 * the host program. */
static horn_status start_workers(pool *p)
{
    horn_status status = HORN_OK;
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes)) return fail_memory("threads", sizeof attributes);
    choose_stack(&attributes);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; p->started < p->threads - 1; p->started++) {
        worker *w = &p->workers[p->started];
        *w = (worker){ .pool = p, .thread = p->started + 1 };
        int error = pthread_create(&w->id, &attributes, worker_main, w);
        if (error) {
            status = fail(HORN_ERROR_FILE, "thread %d of %d: %s", w->thread + 1, p->threads, strerror(error));
            break;
        }
        pthread_setname_np(w->id, "horn");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return status;
}

static bool has_cpus(int threads)
{
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus)) return sysconf(_SC_NPROCESSORS_ONLN) >= threads;
    return CPU_COUNT(&cpus) >= threads;
}

horn_status pool_new(pool **out, int threads)
{
    horn_status status = HORN_OK;
    pool *p = NULL;
    if (threads < 1 || threads > POOL_MAX_THREADS)
        return fail(HORN_ERROR_ARGUMENT, "threads is %d, expected 1 to %d", threads, POOL_MAX_THREADS);
    TRY(memory_new_aligned(&p, 1, sizeof *p));
    p->threads = threads;
    p->process = getpid();
    p->spin = has_cpus(threads) ? TUNING_SPIN_NANOSECONDS : 0;
    TRY(memory_new(&p->workers, (size_t)threads, sizeof *p->workers));
    TRY(memory_new_aligned(&p->shares, (size_t)threads, sizeof *p->shares));
    for (int i = 0; i < threads; i++) atomic_store(&p->shares[i].work, CLOSED);
    TRY(start_workers(p));
    *out = p;
    p = NULL;
done:
    pool_free(p);
    return status;
}

void pool_free(pool *p)
{
    if (!p) return;
    atomic_store(&p->stop, true);
    announce(p, atomic_load(&p->region) + 1, INT_MAX);
    for (int i = 0; p->process == getpid() && i < p->started; i++) pthread_join(p->workers[i].id, NULL);
    free(p->workers);
    free(p->shares);
    free(p);
}

int pool_threads(const pool *p)
{
    return p->threads;
}
