/* libFuzzer's side. HORN_READER names the reader; `fuzz --seeds FOLDER` writes where it begins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fuzz/mutate.h"
#include "fuzz/seeds.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned seed);

static const fuzz_reader *reader;

static void put(void *context, const char *name, const bytes *packed)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", (const char *)context, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(packed->data, 1, packed->size, file) != packed->size || fclose(file)) abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("HORN_READER");
    reader = name ? fuzz_reader_by_name(name) : NULL;
    if (!reader) {
        fprintf(stderr, "HORN_READER is '%s', expected one of", name ? name : "");
        for (size_t i = 0; fuzz_reader_at(i); i++) fprintf(stderr, " %s", fuzz_reader_at(i)->name);
        fprintf(stderr, "\n");
        exit(2);
    }
    if (*argc == 3 && strcmp((*argv)[1], "--seeds") == 0) {
        fuzz_seeds(reader, put, (*argv)[2]);
        exit(0);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    fuzz_read(reader, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned seed)
{
    return fuzz_mutate(data, size, most, seed);
}
