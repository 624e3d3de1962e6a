/* Reads pickles into values that do nothing; pickle.h lists the operations.
 *
 * Refused: every other operation; names that the caller does not know; items for what is no list or dict; arguments for what
 * cannot be called; values that contain themselves; keys twice; more than PICKLE_MAX_DEPTH values within each other; values
 * that are in so many places that walking through all of them would take long. Memory is at most some 100 bytes for each byte
 * of the pickle. */
#ifndef CODECS_PICKLE_READER_H
#define CODECS_PICKLE_READER_H

#include "codecs/byte_reader.h"
#include "codecs/pickle/pickle.h"

/* Reads the pickle at the start of `in` and moves past it. *out belongs to `p`. `known` is borrowed by the values. `where`
 * begins error lines. */
HORN_CHECKED horn_status pickle_read(pickle_value **out, pickle *p, byte_reader *in,
                                     const pickle_global *known, const char *where);

#endif
