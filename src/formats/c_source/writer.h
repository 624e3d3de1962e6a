/* What the files of the writer share: the text under way, and where each value lies. */
#ifndef FORMATS_C_SOURCE_WRITER_H
#define FORMATS_C_SOURCE_WRITER_H

#include "base/bytes.h"
#include "formats/c_source/helpers.h"
#include "formats/graph_writing.h"
#include "snapshot/leaves.h"

/* Room for a name or the text of an operand. */
enum { C_SOURCE_TEXT = 96 };

/* Of a value. */
typedef struct c_source_place {
    /* The value whose numbers these are: the operand of a Reshape, else itself. */
    size_t root;
    /* In the static memory, in floats. */
    size_t first, count;
    /* The last operation that takes the root. */
    size_t last;
    bool in_memory;
    /* Of an operand that is repeated along axes of length 1: where it lies, by number of the operand. */
    size_t repeated[OPERATION_MAX_INPUTS];
} c_source_place;

typedef struct c_source_writer {
    const snapshot *s;
    const snapshot_leaves *leaves;
    const graph *g;
    const char *where;
    graph_value *known;
    /* By operation. */
    c_source_place *places;
    /* Of the whole static memory, in floats. */
    size_t memory;
    /* Of constants, by operation; NULL: none. */
    char **names;
    size_t constants;      /* how many numbers they have */
    bool helpers[HELPERS]; /* which are called */
    bytes data, calls;
    horn_status status;
} c_source_writer;

/* place.c: fills places and memory. */
HORN_CHECKED horn_status c_source_place_values(c_source_writer *);
/* operations.c. Whether it is known; whether y may lie where its first operand did. */
bool c_source_knows(operation_kind);
bool c_source_is_in_place(operation_kind);
/* Appends the call that computes a value. */
void c_source_put(c_source_writer *, size_t value);

/* put.c: "memory + 784", the name of a constant, "x". Returns `out`. */
const char *c_source_operand(const c_source_writer *, size_t value, char out[C_SOURCE_TEXT]);

/* For functions that write a kind: the text of an operand, NULL for NO_VALUE; the same behind ", "; "    name(x", and that
 * the helper is called; a value's shape. */
void c_source_put_operand(c_source_writer *, size_t value);
void c_source_put_comma_operand(c_source_writer *, size_t value);
const operation *c_source_begin(c_source_writer *, size_t value, helper);
const shape *c_source_shape_of(const c_source_writer *, size_t value);

/* Whether operand k has to be repeated first. A y that lies behind itself a whole number of times need not. */
bool c_source_repeats(const graph *, const operation *, int k);

/* cells.c */
typedef void c_source_putter(c_source_writer *, size_t value, helper);
c_source_putter c_source_put_transpose, c_source_put_tile, c_source_put_nearest, c_source_put_part,
    c_source_put_pad, c_source_put_join, c_source_put_mean_along, c_source_put_gather;
/* Operand k along axes of length 1 as often as the result needs it; to a place of the memory. */
void c_source_put_repeated(c_source_writer *, const operation *, int k, size_t to);

#endif
