/* A pool of threads that belongs to a model.
 *
 * A region is a number of tasks; which thread runs which is decided while they run, so every task must own
 * what it writes, and results never depend on it. Threads look out for the next region for a few ten
 * microseconds, then sleep. They block all signals and are named "horn". One region at a time: a task never
 * starts another. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stddef.h>
#include <horn/status.h>

typedef struct pool pool;

enum { POOL_MAX_THREADS = 1024 };

/* `threads` counts the caller: 1 makes none. The pool is used by one thread at a time. */
HORN_CHECKED horn_status pool_new(pool **out, int threads);
void pool_free(pool *p);
int pool_threads(const pool *p);

/* Runs task(context, index, thread) once for each index < tasks and returns when all are done; `thread` is
 * below pool_threads, and two tasks that run at the same time have different ones. At most 2^32 - 2 tasks. */
void pool_run(pool *p, size_t tasks, void (*task)(void *context, size_t index, int thread), void *context);

#endif
