/* Allocations that fail on request: the linker replaces malloc and its kin by the functions below (--wrap, see the Makefile). */
#ifndef TESTS_FAILING_ALLOCATIONS_H
#define TESTS_FAILING_ALLOCATIONS_H

#include <cJSON.h>
#include <execinfo.h>
#include "robustness/small_checkpoints.h"

enum { MAX_ALLOCATIONS = 20000, FRAMES = 8, RECORD = -2 };

static long allocations, fail_at = -1;
static uint32_t stacks[MAX_ALLOCATIONS]; /* of each allocation: which calls led to it */

static inline void record(void)
{
    void *frames[FRAMES];
    if (allocations == MAX_ALLOCATIONS) abort(); /* Check would allocate */
    stacks[allocations++] = crc32c(frames, (size_t)backtrace(frames, FRAMES) * sizeof *frames);
}

static inline bool allocation_fails(void)
{
    if (fail_at == RECORD) record();
    return fail_at >= 0 && allocations++ == fail_at;
}

/* HORN_ALLOCATIONS=all tries each; else the first of those with the same calls right above them. */
static inline bool tries_all(void)
{
    const char *which = getenv("HORN_ALLOCATIONS");
    return which && strcmp(which, "all") == 0;
}

static inline bool is_tried(long n)
{
    bool known = false;
    for (long i = 0; i < n; i++) known |= stacks[i] == stacks[n];
    return !known || tries_all();
}

#include "wrapped_allocations.h"

static inline void *allocate_for_cjson(size_t size)
{
    return __wrap_malloc(size);
}

static inline void free_for_cjson(void *block)
{
    free(block);
}

/* ---- what is tried ---- */

typedef struct trial {
    const char *what;
    void (*begin)(struct trial *);
    horn_status (*act)(struct trial *);
    void (*end)(struct trial *, horn_status); /* what must hold, whether it failed or not */
    const char *path, *format;
    horn_model *m;
    horn_callback *callback;
    uint32_t print;
    long n;
    long short_of_memory, otherwise, went_on;
} trial;

static char texts[4][300];

static inline horn_status act(trial *t, long n)
{
    t->n = n;
    t->begin(t);
    allocations = 0;
    fail_at = n;
    horn_status status = t->act(t);
    fail_at = -1;
    t->end(t, status);
    return status;
}

static inline void fail_each(trial t)
{
    cJSON_InitHooks(&(cJSON_Hooks){ allocate_for_cjson, free_for_cjson });
    ck_ok(act(&t, RECORD));
    long count = allocations;
    ck_assert_msg(count > 20, "the shim saw %ld allocations", count);
    for (long n = 0; n < count; n++) {
        if (!is_tried(n)) continue;
        horn_status status = act(&t, n);
        ck_assert_msg(allocations > n, "%s: allocation %ld was not reached", t.what, n);
        ck_assert_msg(!status || *horn_last_error(), "%s, allocation %ld: nothing said", t.what, n);
        *(status == HORN_ERROR_MEMORY ? &t.short_of_memory : status ? &t.otherwise : &t.went_on) += 1;
    }
    ck_assert_int_gt(t.short_of_memory, t.otherwise);
    printf("%s: %ld allocations, %ld of them failed: %ld times short of memory, %ld another failure, %ld did "
           "without\n",
           t.what, count, t.short_of_memory + t.otherwise + t.went_on, t.short_of_memory, t.otherwise,
           t.went_on);
    cJSON_InitHooks(NULL);
}

/* Of the architecture alone. */
static inline bool is_text(const char *format)
{
    return strcmp(format, "json") == 0 || strcmp(format, "yaml") == 0;
}

static const struct {
    const char *format, *name;
} files[] = { { "keras-h5", "m.h5" }, { "tf-weights", "w" },  { "json", "m.json" },
              { "yaml", "m.yaml" },   { "keras", "m.keras" }, { "saved-model", "m/" } };
enum { FILES = sizeof files / sizeof *files };

#endif
