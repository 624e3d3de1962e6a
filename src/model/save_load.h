/* Saving for checkpoints: what <horn/model.h> offers, and what only they need. */
#ifndef MODEL_SAVE_LOAD_H
#define MODEL_SAVE_LOAD_H

#include "model/model.h"

typedef struct save_request {
    horn_save_options options;
    bool weights_only;
    /* What TensorFlow's `checkpoint` file is to list, the newest last: {name, ..., NULL}; {NULL}: do not
     * write one. NULL: this save alone. */
    const char *const *kept;
} save_request;

HORN_CHECKED horn_status model_save(horn_model *, const char *path, const save_request *);

/* What a checkpoint says of the run that it is of, everything in it verified. */
typedef struct run_facts {
    int64_t iteration;
    size_t epoch, batch;
    config *identity;
    char *kernels; /* as horn_kernels gave them */
} run_facts;
void run_facts_free(run_facts *);
HORN_CHECKED horn_status model_read_run(run_facts *out, const char *path);

#endif
