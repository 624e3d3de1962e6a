/* A walk over a deepdish file: its arrays, and the numbers and texts in attributes of its groups. */
#ifndef FORMATS_DEEPDISH_WALK_H
#define FORMATS_DEEPDISH_WALK_H

#include "codecs/hdf5/file.h"

typedef struct deepdish_entry {
    /* The keys, with '/' between them. */
    char *name;
    /* The dataset, a link followed; or the group that has the attribute. */
    char *path;
    /* NULL: it is a dataset. */
    char *attribute;
    bool is_linked;
} deepdish_entry;

typedef struct deepdish_walk {
    deepdish_entry *entries;
    size_t count, capacity;
} deepdish_walk;

/* Free `out` after a failure, too. */
HORN_CHECKED horn_status deepdish_walk_all(deepdish_walk *out, const hdf5_file *, const char *where);
void deepdish_walk_free(deepdish_walk *);

#endif
