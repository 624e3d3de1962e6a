/* Looking into files: what a file is, what it holds, whether it is whole, and how far two are apart. And converting
 * them.
 *
 * Any file that Horn reads is opened by the same path as a model (a file, a checkpoint's prefix, a directory:
 * then its newest valid checkpoint), and some that are no models: any HDF5 file, any checkpoint of
 * TensorFlow. Layers, losses and optimizers that Horn does not know are named, never refused. A file stays
 * open until it is closed; what is borrowed from it lives as long. It is used by one thread at a time. */
#ifndef HORN_FILE_H
#define HORN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/export.h>
#include <horn/parts.h>
#include <horn/status.h>
#include <horn/view.h>

HORN_BEGIN

typedef struct horn_file horn_file;

HORN_CHECKED horn_status horn_file_open(horn_file **out, const char *path);
void horn_file_close(horn_file *file);

/* ---- what it is ---- */

typedef struct horn_file_facts {
    const char *path;      /* of a directory that of the checkpoint in it */
    const char *format;    /* "keras-h5", "tf-weights", "hdf5", "tensor-bundle", ... */
    const char *operators; /* of a graph, how many of each: "2 Conv, 1 Relu"; NULL: none are listed */
    const char *producer;  /* "Horn, as Keras 2.15.0 (tensorflow)"; NULL: it does not say */
    unsigned parts;        /* of a model that could be read, HORN_PART_...; 0: it is none */
    /* Why a part that is there could not be read, a line as of horn_last_error(): left_out[3] is of
     * HORN_PART_OPTIMIZER, 1 << 3. NULL elsewhere. */
    const char *left_out[HORN_PARTS];
    /* Why not all of it could be read as a model, the first such line; NULL: nothing is wrong. It is broken, or
     * valid and nothing that Horn knows. */
    const char *trouble;
    bool is_broken;

    const char *name;    /* the model's */
    const char *summary; /* Keras' summary table; "?" where a layer is not known */
    /* As Python would write them: "SparseCategoricalCrossentropy(from_logits=True)"; NULL: not compiled. */
    const char *loss, *metrics, *optimizer;
    bool has_step, has_learning_rate;
    int64_t step; /* of the optimizer */
    double learning_rate;
    size_t optimizer_variables;   /* beside step and learning rate, where the parts have them */
    double input_divisor;         /* that training divided the data by, if the file says so; 0: it does not */
    size_t epoch, batch, history; /* of the run: epochs done, batches of the next one, rows of figures */
} horn_file_facts;
const horn_file_facts *horn_file_about(const horn_file *file); /* borrowed */

/* One part as JSON: the architecture as Keras' to_json, the compile settings as the training_config of Keras'
 * .h5, the progress. The caller frees the text with free(). */
HORN_CHECKED horn_status horn_file_json(char **text, const horn_file *file, unsigned part);

/* ---- its tensors ---- */

typedef struct horn_file_tensor {
    const char *name;       /* as the file has it */
    const char *dtype_name; /* "float32"; also what Horn does not read: "bfloat16", "string" */
    int rank;               /* -1: more than HORN_MAX_RANK axes, or no shape */
    size_t shape[HORN_MAX_RANK];
    size_t bytes;     /* of the values as they are stored */
    bool is_readable; /* as: */
    horn_dtype dtype;
} horn_file_tensor;
size_t horn_file_tensor_count(const horn_file *file);
const horn_file_tensor *horn_file_tensor_at(const horn_file *file, size_t index); /* NULL past the last */
/* The values of a readable tensor; `size` is the product of its shape times horn_dtype_size(dtype). */
HORN_CHECKED horn_status horn_file_read(void *data, size_t size, const horn_file *file, size_t index);

/* ---- names ---- */

/* The suffixes that name a format: ".h5", ".keras", ...; NULL past the last. */
const char *horn_suffix_at(size_t index);
/* The suffix of a path if no format has it: ".h6". NULL if a format has it, or the name has none: what stands behind its
 * last dot begins with a digit ("v1.2"), or is more than letters and digits. Saving to such a path is refused unless
 * the format is named. */
const char *horn_unknown_suffix(const char *path);

/* ---- checking and comparing ---- */

/* Every checksum and length that there is. `report` says what that was; the caller frees it with free(). */
HORN_CHECKED horn_status horn_file_verify(char **report, const horn_file *file);

typedef enum horn_file_match {
    HORN_FILE_EQUAL,        /* every value */
    HORN_FILE_DIFFERS,      /* in values; `greatest` says how far */
    HORN_FILE_OTHER_SHAPE,  /* or another dtype */
    HORN_FILE_ONLY_FIRST,   /* missing in the second file */
    HORN_FILE_ONLY_SECOND,  /* missing in the first file */
    HORN_FILE_NOT_COMPARED, /* Horn cannot read it, and the sizes are the same */
} horn_file_match;

typedef struct horn_file_difference {
    const char *name;
    horn_file_match match;
    double greatest;                /* absolute; NaN where a NaN stands in one alone, or texts differ */
    horn_file_tensor first, second; /* name is NULL where it is missing */
} horn_file_difference;

typedef struct horn_file_comparison {
    bool is_equal; /* every tensor is in both and EQUAL, as far as they can be compared */
    bool other_architecture, other_compile; /* both files hold it, and say different things */
    /* "name", "layer", "place" or "place, in Keras' layouts": see horn_file_compare; static */
    const char *by;
    size_t count; /* in the order of the first file, then what only the second has */
    size_t different, not_compared;
    double greatest; /* of all that are numbers */
    struct horn_file_difference *tensors;
} horn_file_comparison;

/* Pairs tensors by their names in the files. Where no name is in both, as between formats, those of the models
 * are paired, with the optimizers' where both have them: by layer and weight ("dense/kernel"), or, where
 * layers are called otherwise, by their place among the layers with weights. If neither file has an architecture and one is
 * PyTorch's, its matrices and kernels are also compared in Keras' layouts. Borrows from both files. */
HORN_CHECKED horn_status horn_file_compare(horn_file_comparison **out, const horn_file *first,
                                           const horn_file *second);
void horn_file_comparison_free(horn_file_comparison *comparison);

/* ---- converting ---- */

typedef struct horn_convert_options {
    const char *from; /* the format's name; NULL: what the content is */
    const char *to; /* NULL: by the destination's suffix; without an architecture the one for weights alone */
    /* A file with the architecture, and the compile settings if it has any, of the model that weights alone belong
     * to. Sources that have an architecture take none. */
    const char *architecture;
    const char *dialect; /* of what is written; NULL: the format's default */
    size_t shards;       /* data files of a TensorFlow checkpoint, up to 1024; 0: 1 */
    /* A text file with names of PyTorch's modules, of the source or of what is written, a line each: "LAYER = NAME", or "INDEX =
     * NAME" with the index in nn.Sequential; '#' begins a comment. NULL: modules are called by their index. */
    const char *names;
    bool dry_run; /* does all but writing: the report says what would be carried, and what not */
} horn_convert_options;
/* Any file that Horn reads, named as for horn_file_open, in any format that it writes, with all that both can carry.
 * The result is read back, where Horn reads that format, and compared before it stands under its name: weights and the optimizer's variables bit
 * for bit, settings by value. On failure what stood there is untouched. A destination that is the source or the
 * architecture's file, by any name or link, or lies in a SavedModel that is read, is refused. A file `checkpoint` beside a TensorFlow
 * checkpoint is written only where none is. `report` (may be NULL) has a line for what was carried and one for each
 * thing that was not; the caller frees it with free(). */
HORN_CHECKED horn_status horn_convert(char **report, const char *source, const char *destination,
                                      const horn_convert_options *options);

HORN_END
#endif
