/* A long content in pieces: bytes of its own, and loans, which stand elsewhere and are not copied.
 *
 * A zero-initialised `pieces` is empty; the owner frees it with pieces_free. Whoever lends neither changes nor frees his bytes
 * before that. After a failed append every later one does nothing: call pieces_status once at the end. */
#ifndef BASE_PIECES_H
#define BASE_PIECES_H

#include "base/bytes.h"

/* Shorter loans are copied. */
enum { PIECES_LEAST_LOAN = 1 << 16 };

typedef struct loan {
    /* Its place in the whole, and in the bytes that are not lent. */
    size_t at, own_at;
    size_t size;
    const unsigned char *data;
} loan;

typedef struct pieces {
    /* All bytes that are not lent, one after the other: the whole, if there are no loans. */
    bytes own;
    loan *loans;
    size_t loan_count, loan_capacity;
    /* Of the whole. */
    size_t size;
} pieces;

/* Leaves it empty. */
void pieces_free(pieces *p);
void pieces_append(pieces *p, const void *data, size_t size);
/* Appends bytes that stay where they are. */
void pieces_lend(pieces *p, const void *data, size_t size);
/* Appends other pieces, with their loans. */
void pieces_join(pieces *p, const pieces *more);
/* Takes bytes as the whole content of empty pieces, and leaves them empty. */
void pieces_take(pieces *p, bytes *content);
HORN_CHECKED horn_status pieces_status(const pieces *p);

/* Gives the bytes from `at` on that stand together; *size is their number, at least 1 before the end. Borrowed. */
const unsigned char *pieces_at(const pieces *p, size_t at, size_t *size);
/* Copies a part that lies within. */
void pieces_read(const pieces *p, size_t at, void *data, size_t size);
/* Appends all of it. */
void pieces_copy(const pieces *p, bytes *out);
/* Replaces a part that lies within. Loans in it are first copied, never changed. */
void pieces_replace(pieces *p, size_t at, const void *data, size_t size);
/* Cuts it to `size` bytes. */
void pieces_cut(pieces *p, size_t size);

#endif
