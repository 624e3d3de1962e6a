/* Values of Python's pickles, as a tree that does nothing: no class is looked up, no function is called.
 *
 * A pickle is a program for a stack machine. These operations of protocol 2 are known (reader.h, writer.h); any other is
 * refused. Numbers are little-endian but for BINFLOAT's.
 *
 *     BYTE          NAME                  OPERAND                    EFFECT
 *     80            PROTO                 u8: 2 or 3                 first
 *     .             STOP                                             the one value on the stack is the result
 *     (             MARK                                             marks this height of the stack
 *     N 88 89       NONE NEWTRUE NEWFALSE                            push
 *     K M J         BININT1 BININT2 BININT   u8, u16, i32            push
 *     8a            LONG1                 u8 n, n bytes              push an integer in two's complement
 *     G             BINFLOAT              8 bytes, big-endian        push
 *     X             BINUNICODE            u32 n, n bytes of UTF-8    push
 *     U T           SHORT_BINSTRING BINSTRING  u8 or u32 n, n bytes  push; Python 2's str, read if it is ASCII
 *     ) ] }         EMPTY_TUPLE EMPTY_LIST EMPTY_DICT                push
 *     t 85 86 87    TUPLE TUPLE1 .. TUPLE3                           what is above the mark, or the last 1 to 3 values
 *     a e           APPEND APPENDS                                   to the list below
 *     s u           SETITEM SETITEMS                                 key, value, ... into the dict below
 *     q r           BINPUT LONG_BINPUT    u8, u32                    memo[i] = top of the stack
 *     h j           BINGET LONG_BINGET    u8, u32                    push memo[i]
 *     c             GLOBAL                module \n name \n          push a name of Python
 *     R             REDUCE                                           callable, tuple of arguments: push the result
 *     b             BUILD                                            object, state
 *     Q             BINPERSID                                        id: push the object outside that it names
 *
 * GLOBAL pushes a token, REDUCE a node with the token and the arguments, BINPERSID a node with the id. What they mean is the
 * caller's: it has a table of the names that it knows.
 *
 * All values belong to a `pickle`, which frees them together; a value may be in several places. */
#ifndef CODECS_PICKLE_PICKLE_H
#define CODECS_PICKLE_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>

typedef enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOLEAN,
    PICKLE_INTEGER,
    /* An integer beyond 64 bits: its bytes, little-endian two's complement, in `text`. */
    PICKLE_LONG,
    PICKLE_NUMBER,
    PICKLE_TEXT,
    PICKLE_TUPLE,
    PICKLE_LIST,
    /* Keys and values in turn: 2 items for each entry. Keys are texts or integers, no two are equal. With a `global` of use
     * PICKLE_DICTS it is an object of that class. */
    PICKLE_DICT,
    PICKLE_GLOBAL,
    /* What `global` would return for the arguments in `items`. */
    PICKLE_CALL,
    /* The object outside of the pickle whose id is the only item. */
    PICKLE_PERSISTENT
} pickle_kind;

typedef enum pickle_use {
    /* A name alone: it is an argument of others. */
    PICKLE_TOKEN,
    /* REDUCE of it makes a PICKLE_CALL. */
    PICKLE_CALLED,
    /* REDUCE of it makes a PICKLE_DICT: of (), or of ([[key, value], ...],), as Python 2 wrote it. */
    PICKLE_DICTS,
    /* Refused; `means` says what it stands for. */
    PICKLE_REFUSED
} pickle_use;

/* A name of Python that the caller knows, in a table that ends with one without a module. */
typedef struct pickle_global {
    /* If the name is NULL: all names of this module and of those below it. */
    const char *module, *name;
    pickle_use use;
    /* The caller's own. */
    int number;
    const char *means;
} pickle_global;

typedef struct pickle_value {
    uint8_t kind; /* pickle_kind */
    uint8_t height;
    uint32_t mark; /* of the reader and the writer while they run, as is the height */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            char *at; /* ends with a 0 that `size` does not count; may hold others */
            size_t size;
        } text;
        struct {
            struct pickle_value **at;
            uint32_t count, capacity;
        } items;
    };
    const pickle_global *global; /* of a GLOBAL, a CALL, a DICT of a class; else NULL */
    struct pickle_value *state;  /* of a DICT of a class: the dict that BUILD gave it, or NULL */
} pickle_value;

typedef struct pickle pickle;

/* More values, and more of them within each other, are refused. */
enum { PICKLE_MAX_VALUES = 1 << 22, PICKLE_MAX_DEPTH = 64 };

HORN_CHECKED horn_status pickle_new(pickle **out);
void pickle_free(pickle *);

/* ---- building: a failure is kept; ask pickle_status once at the end. Each returns NULL after one, and accepts NULL ---- */

pickle_value *pickle_none(pickle *);
pickle_value *pickle_boolean(pickle *, bool value);
pickle_value *pickle_integer(pickle *, int64_t value);
pickle_value *pickle_number(pickle *, double value);
/* A new text at each call, as a text that Python computed is. */
pickle_value *pickle_text(pickle *, const char *text);
pickle_value *pickle_bytes(pickle *, pickle_kind, const void *text, size_t size); /* of kind TEXT or LONG */
/* One value for each text, as a literal in Python's source is: written once, then by reference. */
pickle_value *pickle_word(pickle *, const char *text);
pickle_value *pickle_tuple(pickle *, size_t count, pickle_value *const *items);
pickle_value *pickle_list(pickle *);
pickle_value *pickle_dict(pickle *, const pickle_global *class_of); /* NULL: a plain one */
pickle_value *pickle_token(pickle *, const pickle_global *);        /* one value for each name */
pickle_value *pickle_call(pickle *, const pickle_global *, size_t count, pickle_value *const *arguments);
pickle_value *pickle_persistent(pickle *, pickle_value *id);
void pickle_append(pickle *, pickle_value *list, pickle_value *item);
void pickle_set(pickle *, pickle_value *dict, pickle_value *key, pickle_value *value);
HORN_CHECKED horn_status pickle_status(const pickle *);
/* Sets the marks of all values to 0. */
void pickle_unmark(pickle *);

/* ---- asking; all accept NULL ---- */

bool pickle_is(const pickle_value *, pickle_kind);
/* A text without a 0 in it; else NULL. */
const char *pickle_string(const pickle_value *);
/* A dict's value under a text; NULL: there is none. */
pickle_value *pickle_get(const pickle_value *dict, const char *key);
/* Members of a list or a tuple, entries of a dict, arguments of a call. */
size_t pickle_count(const pickle_value *);
/* Item i of a list, a tuple or a call; the value of entry i of a dict. */
pickle_value *pickle_at(const pickle_value *, size_t i);
pickle_value *pickle_key_at(const pickle_value *dict, size_t i);
/* An integer or a number. */
bool pickle_is_number(const pickle_value *, double *out);

#endif
