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
    checkpoint_list kept; /* of this run, the oldest first */
    checkpoint_list old;  /* of runs before a restart: they go with the first checkpoint */
    double best;          /* NaN: none */
    bool checked;         /* the template and the format, against the model */
    bytes found;          /* the path that was resumed from */
} model_checkpoint;

void checkpoint_say(const model_checkpoint *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes the oldest ones until `keep` are left. */
void checkpoint_prune(model_checkpoint *c);

/* Fails where the template or save_best names no figure of the model, or the suffix no format. */
HORN_CHECKED horn_status checkpoint_check(model_checkpoint *c, horn_model *m);

#endif
