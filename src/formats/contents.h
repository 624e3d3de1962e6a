/* The contents of a file, also if it is no model: its tensors, with the names and types of the file.
 *
 * A format's slot `list` fills it: the tensors, and functions that read one tensor and verify all. It borrows the source.
 * Free it after a failure, too. */
#ifndef FORMATS_CONTENTS_H
#define FORMATS_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/view.h>
#include "base/bytes.h"

typedef struct contents_tensor {
    char *name;
    /* NumPy's name, "float32"; also of types that Horn cannot read: "bfloat16", "string". */
    char dtype[16];
    /* -1: more than HORN_MAX_RANK axes, or no shape. */
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Bytes of its values, as they are stored. */
    size_t size;
    /* Horn can read it, as type `as`. */
    bool is_readable;
    horn_dtype as;
    /* The format's own entry, such as an index: no tensor of a model. */
    bool is_own;
} contents_tensor;

/* The operators of a graph, by name: how many of each. */
typedef struct contents_operator {
    char *name;
    size_t count;
} contents_operator;

/* More names are counted together, under "others". */
enum { CONTENTS_MOST_OPERATORS = 64 };

typedef struct contents {
    /* Static: the kind of file, if the format's name does not fit; NULL: the format's name. */
    const char *kind;
    /* The file holds no model. */
    bool is_no_model;
    /* It holds an architecture. */
    bool has_architecture;
    /* The program that wrote it; NULL: unknown. */
    char *producer;
    contents_tensor *tensors;
    size_t count, capacity;
    contents_operator operators[CONTENTS_MOST_OPERATORS + 1];
    size_t operator_count;

    /* The format's data. */
    void *owner;
    /* Copies the values of a readable tensor, in type `as`; of other tensors the stored bytes, UNSUPPORTED if they cannot be
     * read. `size` must be the size of the values. If `data` is NULL it only checks that. */
    horn_status (*read)(const struct contents *, size_t index, void *data, size_t size);
    /* Copies `size` of the stored bytes of a readable tensor, from `offset` on, without verifying them. The memory that it takes
     * does not grow with the file. NULL: tensors are read whole. */
    horn_status (*read_part)(const struct contents *, size_t index, size_t offset, void *data, size_t size);
    /* Verifies every checksum and length, and appends to `report` what it checked. */
    horn_status (*verify)(const struct contents *, bytes *report);
    void (*close)(void *owner);
} contents;

/* Appends a tensor without name, type and shape; borrowed until the next one. */
HORN_CHECKED horn_status contents_add(contents *c, contents_tensor **out);
/* Counts one operator. */
HORN_CHECKED horn_status contents_count_operator(contents *c, const char *name, size_t length);
/* For `read`: fails unless `size` is what the values take. */
HORN_CHECKED horn_status contents_check_size(const contents *, size_t index, size_t values, size_t size);
/* Reads a tensor into a new block, which the caller frees. It allocates only after it knows that the file has so much. A few
 * bytes after `size` may be read. */
HORN_CHECKED horn_status contents_take(const contents *c, size_t index, size_t size, void **out);
/* Fails unless each tensor has a name, a type and a shape. `where` begins the message. */
HORN_CHECKED horn_status contents_check(const contents *c, const char *where);
void contents_free(contents *c);

#endif
