/* What stands in a file, be it a model or not: its tensors, by the names and in the types that they have there.
 *
 * A format's slot `list` fills it: the tensors, and functions that read one and check all. It borrows the
 * source. Free it after a failure too. */
#ifndef FORMATS_CONTENTS_H
#define FORMATS_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/view.h>
#include "base/bytes.h"

typedef struct contents_tensor {
    char *name;
    char dtype[16]; /* "float32", as numpy calls it; what Horn cannot read too: "bfloat16", "string" */
    int rank;       /* -1: more than HORN_MAX_RANK axes, or no shape */
    size_t shape[HORN_MAX_RANK];
    size_t size;      /* bytes of its values, as they are stored */
    bool is_readable; /* as: */
    horn_dtype as;
    bool is_own; /* the format's own, which says how the file hangs together: no tensor of a model */
} contents_tensor;

typedef struct contents {
    const char *kind; /* static: what it is, where the format's name does not fit; NULL: the format's name */
    bool is_no_model; /* there is no use in reading it as one */
    char *producer;   /* who wrote it; NULL: it does not say */
    contents_tensor *tensors;
    size_t count, capacity;

    void *owner; /* of the format */
    /* The values of a readable tensor, as `as`; of any other the bytes that are stored, UNSUPPORTED where
     * those cannot be had. `size` must be that of the values. NULL for `data`: says only whether it may be asked for so
     * many. */
    horn_status (*read)(const struct contents *, size_t index, void *data, size_t size);
    /* Every checksum and length, and says in `report` what it checked. */
    horn_status (*verify)(const struct contents *, bytes *report);
    void (*close)(void *owner);
} contents;

/* A tensor without name, type and shape so far; borrowed until the next one. */
HORN_CHECKED horn_status contents_add(contents *c, contents_tensor **out);
/* The same in a block of its own, which the caller frees: there is none before it is known that the file has so much. A
 * few bytes more than `size` may be read behind it. */
HORN_CHECKED horn_status contents_take(const contents *c, size_t index, size_t size, void **out);
/* Whether each tensor has a name, a type and a shape now. `where` begins the message. */
HORN_CHECKED horn_status contents_check(const contents *c, const char *where);
void contents_free(contents *c);

#endif
