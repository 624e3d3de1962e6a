/* Saving for checkpoints: what <horn/model.h> offers, and what only they need. */
#ifndef MODEL_FILES_SAVE_LOAD_H
#define MODEL_FILES_SAVE_LOAD_H

#include "model/model.h"
#include "formats/options.h"
#include "snapshot/snapshot.h"

typedef struct save_request {
    horn_save_options options;
    bool weights_only;
    /* Write nothing. */
    bool checks_only;
    /* Of a format with a pointer (formats/save_files.h): the saves that it is to list, the newest last, {name, ..., NULL}; {NULL}: do
     * not write it. NULL: this save alone, or a format without a pointer. */
    const char *const *kept;
    const char *name; /* that the progress gets as the name it was saved under; NULL: none */
} save_request;

HORN_CHECKED horn_status model_save(horn_model *, const char *path, const save_request *);

/* What is asked of a format beside its dialect, as its own options: data files if they are more than one, `kept` as above, and names of PyTorch's modules. The
 * format refuses what it does not have. */
enum { FILE_VALUES = 4 };
void file_values(format_value out[FILE_VALUES], size_t shards, const char *const *kept,
                 const char *const *names);

/* Reads a file, or the newest valid checkpoint of a directory. The caller frees *out. `like`: the model that the file is for, or
 * NULL; TensorFlow's checkpoints alone do not say which layers their weights belong to. */
HORN_CHECKED horn_status model_read_parts(snapshot **out, const char *path, unsigned leave_out,
                                          const horn_model *like);
/* read_snapshot.c: the same of one file or prefix. */
HORN_CHECKED horn_status model_read_path(snapshot **out, const char *path, unsigned leave_out,
                                         const horn_model *like);

/* horn_model_restore of a model that is entered (model/use.h). */
HORN_CHECKED horn_status model_restore(horn_model *, const char *path);

/* newest.c: the path of a directory's newest valid checkpoint, any other path as it is; the caller owns *out. The newest one is
 * the last that the directory's file `checkpoint` lists, without that file the one at the highest step. */
HORN_CHECKED horn_status model_find_newest(char **out, const char *path);

/* What a checkpoint says of its run; every byte of it is verified. */
typedef struct run_facts {
    int64_t iteration;
    size_t epoch, batch;
    config *identity;
    char *kernels; /* as horn_kernels gave them */
    int64_t cut;   /* CUT_VERSION of the program that trained it; 1: before there was a number */
    char *name;    /* the name under which the run saved it; NULL: not known */
} run_facts;
void run_facts_free(run_facts *);
HORN_CHECKED horn_status model_read_run(run_facts *out, const char *path);
/* Whether the run's batches were cut in another way than this version's would be, so that bits may differ if it goes on. */
bool run_facts_other_cut(const run_facts *);

#endif
