/* How the fuzzer changes a case: by what its files are made of, so that a change is not lost on the way to what it is about.
 * Checksums are made right again. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include "fuzz/reader.h"

/* Changes a packed case in place; returns its new size, at most `most`. */
size_t fuzz_mutate(unsigned char *data, size_t size, size_t most, unsigned seed);

/* ---- parts ---- */

size_t mutate_draw(size_t below); /* 0 if below is 0 */
/* libFuzzer's changes, which may make it longer by some bytes. */
void mutate_bytes(bytes *b);
/* A few bytes become others; the size stays. */
void mutate_in_place(unsigned char *data, size_t size);
/* A value becomes another one, twice, or none. */
void mutate_json(bytes *text);
/* A message of protobuf: a field of it, or of one in it, at any depth. JSON in it is changed as JSON. */
void mutate_message(bytes *message);
/* mutate_pickle.c: operations of a pickle, and their operands. */
void mutate_pickle(bytes *b);
/* Puts other bytes in the place of [start, end). */
void mutate_splice(bytes *b, size_t start, size_t end, const void *other, size_t size);
/* mutate_files.c: a whole file, by its content. `data` is the first shard of a bundle's index; else NULL. */
void mutate_file(bytes *file, bytes *data);

#endif
