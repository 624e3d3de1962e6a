/* Inside of horn_model_checkpoint: model_checkpoint.c saves, model_checkpoint_resume.c looks back. */
#ifndef CALLBACKS_MODEL_CHECKPOINT_H
#define CALLBACKS_MODEL_CHECKPOINT_H

#include <horn/callback.h>
#include "base/bytes.h"
#include "callbacks/checkpoint_files.h"

typedef struct model_checkpoint {
    horn_callback base;
    horn_model_checkpoint_options options; /* strings are its own */
    char *path, *directory, *save_best;
    const char *template; /* the last part of path */
    char **identity;
    int lock;
    /* What a run saved here, which the file says, under the name that it has and the template can make: */
    checkpoint_list kept;      /* of this run, the oldest first */
    checkpoint_list old;       /* of runs before a restart: they go with the first checkpoint */
    checkpoint_list best_file; /* of either, as "best": one or none */
    checkpoint_list others;    /* of either, but copies, or under names of other templates: they stay */
    bool told_of_pointer;      /* that somebody else's file `checkpoint` stays */
    double best;               /* NaN: none */
    bool checked;              /* the template and the format, against the model */
    bytes found;               /* the path that was resumed from */
    horn_model *resumes;       /* while horn_model_checkpoint_resume is in it; NULL */
} model_checkpoint;

void checkpoint_say(const model_checkpoint *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes the oldest ones until `keep` are left. */
void checkpoint_prune(model_checkpoint *c);

/* Fails if there is a "best" that this run must not replace. */
HORN_CHECKED horn_status checkpoint_check_best(const model_checkpoint *c);

/* Whether the file `checkpoint` may be written; says so if it is somebody else's. */
HORN_CHECKED horn_status checkpoint_may_point(model_checkpoint *c, bool *may);

/* Fails where the template or save_best names no figure of the model, or the suffix no format. */
HORN_CHECKED horn_status checkpoint_check(model_checkpoint *c, horn_model *m);

#endif
