#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include "base/parallel.h"

enum { TASKS = 1000 };

typedef struct tally {
    int runs[TASKS];
    _Atomic int busy[POOL_MAX_THREADS]; /* a thread number in use */
    bool used[POOL_MAX_THREADS];
    _Atomic int clashes;
} tally;

static void count_run(void *context, size_t index, int thread)
{
    tally *t = context;
    if (atomic_fetch_add(&t->busy[thread], 1)) atomic_fetch_add(&t->clashes, 1);
    t->used[thread] = true;
    t->runs[index]++;
    atomic_fetch_sub(&t->busy[thread], 1);
}

/* A check costs a system call, so the faults of a region are counted first. */
static int count_faults(const tally *t, size_t tasks, int threads)
{
    int faults = t->clashes;
    for (size_t i = 0; i < TASKS; i++) faults += t->runs[i] != (i < tasks);
    for (int i = 0; i < POOL_MAX_THREADS; i++) faults += i < threads ? t->busy[i] != 0 : t->used[i];
    return faults;
}

/* Regions of all sizes, one after the other, some after the threads have gone to sleep. */
static void run_regions(int threads, int regions)
{
    pool *p;
    ck_ok(pool_new(&p, threads));
    ck_assert_int_eq(pool_threads(p), threads);
    for (int r = 0; r < regions; r++) {
        tally t = { 0 };
        size_t tasks = r % 7 == 0 ? TASKS : (size_t)(r % 11);
        if (r % 500 == 499) nanosleep(&(struct timespec){ .tv_nsec = 300000 }, NULL);
        pool_run(p, tasks, count_run, &t);
        ck_assert_int_eq(count_faults(&t, tasks, threads), 0);
    }
    pool_free(p);
}

START_TEST(test_parallel__every_task_runs_once)
{
    run_regions(1, 100);
    run_regions(2, 10000);
    run_regions(3, 3000);
    run_regions(8, 3000);
}
END_TEST

START_TEST(test_parallel__pools_come_and_go)
{
    for (int i = 0; i < 200; i++) run_regions(1 + i % 5, i % 3);
}
END_TEST

static void *run_own_pool(void *argument)
{
    (void)argument;
    run_regions(2, 2000);
    return NULL;
}

START_TEST(test_parallel__two_pools_at_once)
{
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, run_own_pool, NULL), 0);
    run_regions(2, 2000);
    pthread_join(other, NULL);
}
END_TEST

typedef struct sight {
    char name[16];
    bool blocked;
} sight;

static void look_around(void *context, size_t index, int thread)
{
    (void)index;
    if (thread == 0) {
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
        return;
    }
    sight *s = context;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    s->blocked = sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM);
    pthread_getname_np(pthread_self(), s->name, sizeof s->name);
}

START_TEST(test_parallel__threads_block_signals_and_have_a_name)
{
    pool *p;
    sight s = { "", false };
    sigset_t mask;
    ck_ok(pool_new(&p, 2));
    for (int i = 0; i < 100 && !s.name[0]; i++) pool_run(p, 2, look_around, &s);
    ck_assert_str_eq(s.name, "horn");
    ck_assert(s.blocked);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGINT));
    pool_free(p);
}
END_TEST

START_TEST(test_parallel__refuses_no_threads)
{
    pool *p = NULL;
    ck_fails(pool_new(&p, 0), HORN_ERROR_ARGUMENT, "threads is 0");
    ck_fails(pool_new(&p, POOL_MAX_THREADS + 1), HORN_ERROR_ARGUMENT, "expected 1 to");
    ck_assert_ptr_null(p);
    pool_free(NULL);
}
END_TEST

TEST_MAIN(test_parallel__every_task_runs_once, test_parallel__pools_come_and_go,
          test_parallel__two_pools_at_once, test_parallel__threads_block_signals_and_have_a_name,
          test_parallel__refuses_no_threads)
