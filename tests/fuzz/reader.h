/* What the fuzzer and its corpus share: a case is a few files, which are put into a temporary folder and used as a user would
 * use them: looked at, checked, loaded, asked for a prediction, converted.
 *
 *     case  file...      file  NAME SIZE\n, SIZE bytes: as many as are left at most
 *
 * Names are those of a fixed list, so that nothing is written elsewhere. A reader says at which name it begins. */
#ifndef TESTS_FUZZ_READER_H
#define TESTS_FUZZ_READER_H

#include <stdbool.h>
#include "base/bytes.h"

typedef struct fuzz_reader {
    const char *name; /* "keras-h5": a format's, or a kind of data's */
    const char *path; /* "m.h5"; "": the folder */
    bool is_data;
} fuzz_reader;

const fuzz_reader *fuzz_reader_at(size_t index); /* NULL past the last */
const fuzz_reader *fuzz_reader_by_name(const char *name);

enum { FUZZ_FILES = 4 };

typedef struct fuzz_case {
    size_t count;
    struct {
        const char *name; /* static */
        bytes content;
    } files[FUZZ_FILES];
} fuzz_case;

void fuzz_unpack(fuzz_case *out, const void *data, size_t size);
void fuzz_pack(bytes *out, const fuzz_case *c);
void fuzz_case_free(fuzz_case *c);
const char *fuzz_file_name(const char *name); /* the list's; NULL where it has none */

/* A new folder's path, in memory if there is a place for that; TMPDIR says another one. */
void fuzz_folder(char out[256]);

/* Uses a packed case. Aborts where Horn breaks a promise: a failure without a line, or with two; memory that runs out. */
void fuzz_read(const fuzz_reader *reader, const void *data, size_t size);

#endif
