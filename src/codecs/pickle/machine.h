/* The stack machine of reader.c, and its operations by their bytes. */
#ifndef CODECS_PICKLE_MACHINE_H
#define CODECS_PICKLE_MACHINE_H

#include "codecs/byte_reader.h"
#include "codecs/pickle/pickle.h"

enum { PICKLE_MAX_MARKS = 128 };

typedef struct pickle_machine {
    pickle *values;
    byte_reader in;
    const unsigned char *start;
    const pickle_global *known;
    const char *where;

    pickle_value **stack;
    size_t count, capacity;
    size_t marks[PICKLE_MAX_MARKS];
    size_t mark_count;
    /* memo[i] is NULL if nothing was put there. */
    pickle_value **memo;
    size_t memo_count;
    /* Of values without content one is enough. */
    pickle_value *none, *yes, *no, *empty;
    bool stopped;
} pickle_machine;

/* Runs the operation of this byte. */
HORN_CHECKED horn_status pickle_operate(pickle_machine *, unsigned char operation);

/* ---- stack.c ---- */

/* The value on top, which stays there. */
HORN_CHECKED horn_status pickle_peek(pickle_value **out, pickle_machine *);
HORN_CHECKED horn_status pickle_pop(pickle_value **out, pickle_machine *);
HORN_CHECKED horn_status pickle_push(pickle_machine *, pickle_value *);
/* fail, with "WHERE: byte N of the pickle: " before the text. */
horn_status pickle_fail(const pickle_machine *, horn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Operations that make objects, in objects.c. */
HORN_CHECKED horn_status pickle_global_found(pickle_machine *);
HORN_CHECKED horn_status pickle_reduce(pickle_machine *);
HORN_CHECKED horn_status pickle_build(pickle_machine *);
HORN_CHECKED horn_status pickle_set_items(pickle_machine *, pickle_value *dict, pickle_value *const *pairs,
                                          size_t count);

#endif
