/* Places of buffers in one block of memory: those that are never in use at the same time may share theirs. */
#ifndef MODEL_PLAN_PLACES_H
#define MODEL_PLAN_PLACES_H

#include <stddef.h>
#include <horn/status.h>
#include "base/failure.h"

typedef struct place {
    /* The times at which it is first and last in use. */
    size_t first, last;
    /* Bytes. */
    size_t size;
    /* From the start of the block; a multiple of PLACES_LINE. */
    size_t at;
} place;

enum { PLACES_LINE = 64 };

/* Chooses `at` for all, and the size of the block; SIZE_MAX if it exceeds size_t. */
HORN_CHECKED horn_status places_choose(place *, size_t count, size_t *size);

#endif
