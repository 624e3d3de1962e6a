/* A borrowed view of an array: how data enters Horn and leaves it.
 *
 * Row-major, native byte order, no gaps. The first axis counts samples. Nothing is copied: the data must stay
 * alive and unchanged while a call uses it.
 *
 * A model with several inputs or outputs takes a list of views, each of which points to the next: by name, as Keras takes a dict, or,
 * if none has a name, in the model's order, as it takes a list. */
#ifndef HORN_VIEW_H
#define HORN_VIEW_H

#include <stddef.h>
#include <horn/export.h>

HORN_BEGIN

#define HORN_MAX_RANK 8

typedef enum horn_dtype {
    HORN_FLOAT32 = 0,
    HORN_FLOAT64,
    HORN_INT8,
    HORN_INT16,
    HORN_INT32,
    HORN_INT64,
    HORN_UINT8,
    HORN_UINT16,
    HORN_UINT32,
    HORN_UINT64,
    HORN_BOOL
} horn_dtype;

typedef struct horn_view {
    const void *data;
    horn_dtype dtype;
    int rank;                     /* 0 to HORN_MAX_RANK */
    size_t shape[HORN_MAX_RANK];  /* shape[0] = samples */
    double divisor;               /* elements are divided by it where they are used; 0 = taken as they are */
    const char *name;             /* of the model's input or output; NULL: the place in the list says which */
    const struct horn_view *next; /* the next array of the list, borrowed; NULL: none */
} horn_view;

size_t horn_dtype_size(horn_dtype dtype);      /* bytes of one element */
const char *horn_dtype_name(horn_dtype dtype); /* numpy's name: "float32"; static */

/* Number of elements, the product of the shape (1 at rank 0). */
size_t horn_view_count(const horn_view *view);

/* Samples [first, first + count) of a view: the same data, a smaller first axis. The next views stay as they are. */
horn_view horn_view_samples(const horn_view *view, size_t first, size_t count);

HORN_END
#endif
