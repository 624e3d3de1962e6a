/* Saving for checkpoints: what <horn/model.h> offers, and what only they need. */
#ifndef MODEL_FILES_SAVE_LOAD_H
#define MODEL_FILES_SAVE_LOAD_H

#include "model/model.h"
#include "formats/options.h"
#include "snapshot/snapshot.h"

typedef struct save_request {
    horn_save_options options;
    bool weights_only;
    /* Of a format with a pointer (formats/save_files.h): the saves that it is to list, the newest last, {name, ..., NULL}; {NULL}: do
     * not write it. NULL: this save alone, or a format without a pointer. */
    const char *const *kept;
    const char *name; /* the progress says that it was saved under this name; NULL: nothing */
} save_request;

HORN_CHECKED horn_status model_save(horn_model *, const char *path, const save_request *);

/* What is asked of a format beside its dialect, as its own options: data files if they are more than one, and `kept` as above. The
 * format refuses what it does not have. */
enum { FILE_VALUES = 3 };
void file_values(format_value out[FILE_VALUES], size_t shards, const char *const *kept);

/* What stands in a file; of a directory in its newest valid checkpoint. `like` is the model that the file is for, or NULL:
 * TensorFlow's checkpoints do not tell by themselves what they hold. */
HORN_CHECKED horn_status model_read_parts(snapshot **out, const char *path, unsigned leave_out,
                                          const horn_model *like);
/* The same, and fails where a part was left out that was not asked to be. */
HORN_CHECKED horn_status model_read_picture(snapshot **out, const char *path, unsigned leave_out,
                                            const horn_model *like);

/* Inside of horn_model_restore. */
HORN_CHECKED horn_status model_restore(horn_model *, const char *path);

/* newest.c: of a directory the path of its newest checkpoint that is sound, any other path as it is. The newest is what the
 * directory's file `checkpoint` calls so, else the one at the highest step. */
HORN_CHECKED horn_status model_find_newest(char **out, const char *path);

/* What a checkpoint says of the run that it is of, everything in it verified. */
typedef struct run_facts {
    int64_t iteration;
    size_t epoch, batch;
    config *identity;
    char *kernels; /* as horn_kernels gave them */
    int64_t cut;   /* CUT_VERSION of who trained it; 1: before there was a number */
    char *name;    /* under which a run saved it; NULL: not known */
} run_facts;
void run_facts_free(run_facts *);
HORN_CHECKED horn_status model_read_run(run_facts *out, const char *path);
/* Whether the run's batches were cut in another way than this version's would be, so that bits may differ if it goes on. */
bool run_facts_other_cut(const run_facts *);

#endif
