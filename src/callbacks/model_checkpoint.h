/* The internal part of horn_model_checkpoint: model_checkpoint.c saves, model_checkpoint_resume.c finds
 * checkpoints. */
#ifndef CALLBACKS_MODEL_CHECKPOINT_H
#define CALLBACKS_MODEL_CHECKPOINT_H

#include <horn/callback.h>
#include "base/bytes.h"
#include "callbacks/checkpoint_files.h"

typedef struct model_checkpoint {
    horn_callback base;
    /* The callback owns the strings. */
    horn_model_checkpoint_options options;
    char *path, *directory, *save_best;
    /* The last part of the path. */
    const char *template;
    char **identity;
    int lock;
    /* Checkpoints in the directory that a run saved under their names, which the template can make: */
    /* Of this run, the oldest first. */
    checkpoint_list kept;
    /* Of runs before a restart; deleted after the first new checkpoint is written. */
    checkpoint_list old;
    /* Of either, named "best"; at most one. */
    checkpoint_list best_file;
    /* Of either, but copies, or with names of other templates; these stay. */
    checkpoint_list others;
    /* The message that the pointer belongs to others has been printed. */
    bool told_of_pointer;
    /* NaN: none. */
    double best;
    /* The template and the format have been checked against the model. */
    bool checked;
    /* The path of the checkpoint from which the run was resumed. */
    bytes found;
    /* The model while horn_model_checkpoint_resume runs; else NULL. */
    horn_model *resumes;
} model_checkpoint;

/* Made by horn_model_checkpoint. */
bool checkpoint_is_callback(const horn_callback *);

void checkpoint_say(const model_checkpoint *c, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));

/* Deletes the oldest checkpoints until `keep` are left. */
void checkpoint_prune(model_checkpoint *c);

/* Fails if there is a "best" that this run must not replace. */
HORN_CHECKED horn_status checkpoint_check_best(const model_checkpoint *c);

/* *may is true if the format has a pointer that may be written; prints a message if it belongs to others. */
HORN_CHECKED horn_status checkpoint_may_point(model_checkpoint *c, bool *may);

/* Fails if the template or save_best names no log of the model, or the suffix no format. */
HORN_CHECKED horn_status checkpoint_check(model_checkpoint *c, horn_model *m);

#endif
