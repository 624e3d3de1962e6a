/* A graph that a format has read from a file, in the intermediate representation of snapshot/graph.h: operations that belong
 * to no framework. Beside each operation stands the node of the file that it comes from. Each format of graphs translates
 * its own nodes into this; chain.h makes layers of it and knows no format.
 *
 * A constant of the file, or a variable, is an operation of kind Weight. Its values stay in the file until imported_read copies
 * them; those of a variable may stand in a checkpoint, or be unknown. A
 * node without a counterpart is an operation of kind none: it is an error only if a layer would need it. Texts borrow the
 * file's bytes. */
#ifndef FORMATS_CHAINS_IMPORTED_H
#define FORMATS_CHAINS_IMPORTED_H

#include "codecs/protobuf.h"
#include "snapshot/graph.h"

typedef struct imported_constant {
    const char *type; /* numpy's name; static */
    bool is_float;    /* its values can be read as float32 */
    int rank;         /* -1: more than HORN_MAX_RANK */
    size_t shape[HORN_MAX_RANK], count;
    protobuf_text message; /* the format's own */
    bool is_plain;         /* the message is the values themselves, float32 */
    bool is_unknown;       /* there are no values: of a variable without a checkpoint */
} imported_constant;

/* How the elements of a constant stand in the file: element (i, j, ...) at i stride[0] + j stride[1] + ... */
typedef struct imported_view {
    int rank; /* 0: as the intermediate representation has them */
    size_t size[HORN_MAX_RANK], stride[HORN_MAX_RANK];
    int mapped; /* axis + 1; 0: none. Along it element i is map[i] of the constant */
    size_t map[4];
} imported_view;

typedef struct imported_origin {
    protobuf_text name, op; /* of the node, as messages show it */
    const char *type;       /* of kind none: its dtype, if that is not float32; else NULL. Static */
    const char *fault;      /* of kind none: what the error line says of it; NULL: the usual. Static */
    bool is_computed;       /* depends on the model's input; kind none always does */
    imported_constant constant;
    imported_view view; /* of a constant: its elements in the order of the weight */
} imported_origin;

typedef struct imported {
    const char *where;        /* begins messages; borrowed */
    graph *graph;             /* its output is the model's */
    const char *input_dtype;  /* of what the model takes; NULL: float32. Static */
    imported_origin *origins; /* by operation */
    size_t capacity;
    void (*copy)(protobuf_text message, float *out); /* the values of a constant that is_float */
    size_t
        readable; /* limit in bytes on messages that imported_read parses: many layers may share one constant */
} imported;

void imported_free(imported *);

/* Appends an operation and infers the shape of its result (of Input, Weight, Reshape the caller sets it). Fails if the
 * inputs do not fit the kind. */
HORN_CHECKED horn_status imported_add(imported *, const operation *, const imported_origin *, size_t *out);
/* A number of the format's own making, beside a node. */
HORN_CHECKED horn_status imported_add_number(imported *, double number, const imported_origin *, size_t *out);

/* NULL for what is no constant. */
const imported_constant *imported_constant_of(const imported *, size_t value);
/* All values of a constant that is_float. */
HORN_CHECKED horn_status imported_read(imported *, size_t value, float *out);
/* Of a constant of float32 with one element. */
bool imported_number(const imported *, size_t value, float *out);
/* The constant that the value is, or has in another shape; else NO_VALUE. */
size_t imported_behind_shapes(const imported *, size_t value);

/* "WHERE: node 'NAME' (OP): " before the present line. */
horn_status imported_node_fail(const char *where, protobuf_text name, protobuf_text op, horn_status);
/* The same of an origin, and before a line of its own. */
horn_status imported_fail_in(const imported *, const imported_origin *, horn_status);
horn_status imported_fail(const imported *, const imported_origin *, horn_status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* shapes.c: infers the shape of the result. */
HORN_CHECKED horn_status imported_set_shape(const imported *, operation *, const imported_origin *);

#endif
