/* Torch7's .t7: a table of tensors, or an nn.Sequential, whose tensors have the names of a state_dict of PyTorch: "0.weight". The
 * key "horn" of the table, or of the nn.Sequential, has Horn's own note (formats/torch_files/notes.h). */
#ifndef FORMATS_TORCH7_TORCH7_H
#define FORMATS_TORCH7_TORCH7_H

#include "codecs/torch7/torch7.h"
#include "formats/torch/state.h"

/* A tensor by its name, as PyTorch has it. */
typedef struct torch7_named {
    char *name;
    /* A number where PyTorch has a tensor without axes (num_batches_tracked). */
    const torch7_value *value;
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Of old normalizations, which keep 1 / sqrt(variance + eps): the values are running_std; else false. */
    bool is_deviation;
    double eps;
} torch7_named;

typedef struct torch7_names {
    torch7_named *items;
    size_t count, capacity;
} torch7_names;

/* Collects the tensors of a model, which is the file, or the only nn object in its table; or of a table all tensors, by the keys that
 * lead to them, with '.' between them. `all`: everything in the table. Free `out` after a failure, too. */
HORN_CHECKED horn_status torch7_collect(torch7_names *out, const torch7_file *, size_t file_size, bool all,
                                        const char *where);
void torch7_names_free(torch7_names *);
/* The note's text; NULL: there is none. */
const torch7_value *torch7_note(const torch7_file *);
/* Copies the values, as PyTorch has them. */
void torch7_named_copy(const torch7_named *, void *out);
horn_dtype torch7_named_dtype(const torch7_named *);

/* write.c: Appends the object. An nn.Sequential if Torch7 has all its modules, else a table of tensors; with the note, which may be NULL. */
HORN_CHECKED horn_status torch7_write(bytes *out, const torch_state *, const torch_modules *,
                                      const snapshot *, const char *note, const char *where);

/* modules.c: a module of PyTorch as one of Torch7's nn. */
typedef struct torch7_field {
    const char *name;
    enum { TORCH7_FIELD_NUMBER, TORCH7_FIELD_BOOLEAN, TORCH7_FIELD_SIZES, TORCH7_FIELD_EMPTY } kind;
    double number;
    int64_t sizes[4];
    size_t count;
} torch7_field;
typedef struct torch7_module {
    /* "nn.Linear". */
    const char *class_name;
    torch7_field fields[12];
    size_t count;
} torch7_module;
/* False: Torch7 has none. */
bool torch7_module_of(torch7_module *out, const torch_module *, const snapshot *);

#endif
