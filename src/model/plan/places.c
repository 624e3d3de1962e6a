/* Goes through the buffers in the order in which they come into use. Each takes the smallest gap that holds it; if there is none, the
 * block grows. */
#include "model/plan/places.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

typedef struct entry {
    size_t time, size, index;
} entry;

typedef struct gap {
    size_t at, size;
} gap;

typedef struct block {
    /* In the order of `at`; no two touch. */
    gap *gaps;
    size_t count, size;
    bool overflows;
} block;

static int compare(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* Index of the first gap at or behind a place. */
static size_t gap_behind(const block *b, size_t at)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->gaps[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void remove_gap(block *b, size_t i)
{
    b->count--;
    memmove(b->gaps + i, b->gaps + i + 1, (b->count - i) * sizeof *b->gaps);
}

static void give_back(block *b, size_t at, size_t size)
{
    size_t i = gap_behind(b, at);
    if (size == 0) return;
    if (i > 0 && b->gaps[i - 1].at + b->gaps[i - 1].size == at) {
        b->gaps[--i].size += size;
    } else {
        memmove(b->gaps + i + 1, b->gaps + i, (b->count - i) * sizeof *b->gaps);
        b->gaps[i] = (gap){ at, size };
        b->count++;
    }
    if (i + 1 == b->count || b->gaps[i].at + b->gaps[i].size != b->gaps[i + 1].at) return;
    b->gaps[i].size += b->gaps[i + 1].size;
    remove_gap(b, i + 1);
}

static void grow(block *b, size_t size)
{
    if (size > SIZE_MAX / 4 - b->size) {
        b->overflows = true;
        return;
    }
    give_back(b, b->size, size);
    b->size += size;
}

static size_t take(block *b, size_t size)
{
    size_t best = b->count;
    for (size_t i = 0; i < b->count; i++)
        if (b->gaps[i].size >= size && (best == b->count || b->gaps[i].size < b->gaps[best].size)) best = i;
    if (best == b->count) {
        const gap *last = b->count ? &b->gaps[b->count - 1] : NULL;
        grow(b, last && last->at + last->size == b->size ? size - last->size : size);
        if (b->overflows) return 0;
        best = b->count - 1;
    }
    const size_t at = b->gaps[best].at;
    b->gaps[best].at += size;
    b->gaps[best].size -= size;
    if (b->gaps[best].size == 0) remove_gap(b, best);
    return at;
}

static void choose(place *places, size_t count, const entry *firsts, const entry *lasts, block *b)
{
    size_t ended = 0;
    for (size_t i = 0; i < count && !b->overflows; i++) {
        place *p = &places[firsts[i].index];
        for (; places[lasts[ended].index].last < p->first; ended++)
            give_back(b, places[lasts[ended].index].at, places[lasts[ended].index].size);
        if (p->size) p->at = take(b, p->size);
    }
}

horn_status places_choose(place *places, size_t count, size_t *size)
{
    horn_status status = HORN_OK;
    entry *firsts = NULL, *lasts = NULL;
    block b = { 0 };
    TRY(memory_new(&firsts, count, sizeof *firsts));
    TRY(memory_new(&lasts, count, sizeof *lasts));
    TRY(memory_new(&b.gaps, count + 1, sizeof *b.gaps));
    for (size_t i = 0; i < count; i++) {
        if (places[i].size > SIZE_MAX / 4) b.overflows = true;
        places[i].size = b.overflows ? 0 : (places[i].size + PLACES_LINE - 1) / PLACES_LINE * PLACES_LINE;
        places[i].at = 0;
        firsts[i] = (entry){ places[i].first, places[i].size, i };
        lasts[i] = (entry){ places[i].last, places[i].size, i };
    }
    qsort(firsts, count, sizeof *firsts, compare);
    qsort(lasts, count, sizeof *lasts, compare);
    choose(places, count, firsts, lasts, &b);
    *size = b.overflows ? SIZE_MAX : b.size;
done:
    free(firsts);
    free(lasts);
    free(b.gaps);
    return status;
}
