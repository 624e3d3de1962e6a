/* The thread pool of a model.
 *
 * A parallel region is a number of tasks. The pool assigns tasks to threads while they run, so each task must write
 * only to memory of its own, and results never depend on the assignment. After a region threads spin for some ten
 * microseconds (base/tuning.h), then sleep. Threads block all signals, compute with C's
 * default arithmetic and are named "horn". Regions do not nest: a
 * task must not start one. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>
#include <horn/status.h>

typedef struct pool pool;

enum { POOL_MAX_THREADS = 1024 };

/* Makes a pool of `threads` threads, of which the caller is one: 1 starts none. Only one thread may use a pool at a
 * time. The caller frees it with pool_free. */
HORN_CHECKED horn_status pool_new(pool **out, int threads);
void pool_free(pool *p);
int pool_threads(const pool *p);

/* Runs task(context, index, thread) once for each index < tasks; returns after all have finished. `thread` is below
 * pool_threads; tasks that run at the same time have different ones. tasks <= 2^32 - 2. */
void pool_run(pool *p, size_t tasks, void (*task)(void *context, size_t index, int thread), void *context);

#endif
