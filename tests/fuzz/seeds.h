/* Where fuzzing begins: small files that the frameworks wrote, and a small model in each format as Horn writes it. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include "fuzz/reader.h"

/* Calls `each` for every seed of a reader, packed. */
void fuzz_seeds(const fuzz_reader *reader, void (*each)(void *context, const char *name, const bytes *packed),
                void *context);
/* Those of the readers of data. */
void fuzz_data_seeds(const fuzz_reader *reader,
                     void (*each)(void *context, const char *name, const bytes *packed), void *context);

#endif
