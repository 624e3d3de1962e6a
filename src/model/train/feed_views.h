/* Lists of arrays for the inputs or outputs of a model. */
#ifndef MODEL_TRAIN_FEED_VIEWS_H
#define MODEL_TRAIN_FEED_VIEWS_H

#include "model/model.h"

enum { FEED_NAME = 200 };

/* What a model takes: its inputs or outputs. */
typedef struct feed_ends {
    const horn_model *model;
    const model_end *ends;
    size_t count;
    /* [count]: those without which an array is missing; NULL: all. */
    const bool *needed;
    /* "x", "y", "sample_weight" */
    const char *what;
} feed_ends;

/* Finds the array of each end in the list: by name, or all in order; out[i] is NULL if there is none. */
HORN_CHECKED horn_status feed_sort(const horn_view *out[], const feed_ends *, const horn_view *given);
/* "x", or of several "x 'name'". */
const char *feed_name(char out[FEED_NAME], const feed_ends *, size_t index);

#endif
