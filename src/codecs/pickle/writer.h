/* Writes values as CPython's pickler writes them in protocol 2, byte for byte.
 *
 * A text, a dict, a list, a tuple with members, a name and the result of a call get the next number of the memo when they are
 * written, and are written by that number from then on. Numbers, None, True, False, () and persistent objects get none. Items of
 * lists and dicts are written in groups of 1000; a single item has an operation of its own. */
#ifndef CODECS_PICKLE_WRITER_H
#define CODECS_PICKLE_WRITER_H

#include "base/bytes.h"
#include "codecs/pickle/pickle.h"

/* Appends the pickle of a value of `p`. */
HORN_CHECKED horn_status pickle_write(bytes *out, pickle *p, pickle_value *value);

#endif
