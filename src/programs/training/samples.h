/* The samples of a program: loads, scales and describes them. */
#ifndef PROGRAMS_TRAINING_SAMPLES_H
#define PROGRAMS_TRAINING_SAMPLES_H

#include <horn/horn.h>
#include "programs/training/run.h"

/* For training. If there is no test set, the samples are shuffled by the seed, and the last part is held out: the run
 * validates on it and measures its results on it. */
typedef struct sample_sets {
    horn_dataset *data;
    horn_view x_train, y_train;
    /* The samples for the results. */
    horn_view x_test, y_test;
    /* Weights of the samples; empty if the data have none. */
    horn_view w_train, w_test;
    /* The data have a test set. */
    bool has_test;
    /* x_test is the held-out part. If there is neither a test set nor a held-out part, x_test is x_train. */
    bool holds_out;
    double validation_split;
    /* Training samples, with the held-out part. */
    size_t count;
} sample_sets;

/* Returns the exit status. */
int samples_load(sample_sets *, const run_request *, horn_model *);
void samples_free(sample_sets *);
/* Writes a line for people: the numbers of samples, and how they are scaled. */
void samples_describe(const sample_sets *, const run_request *, const horn_model *, char *out, size_t size);

typedef struct samples_wanted {
    const char *path;
    const source_request *source;
    /* The first so many; 0: all. */
    size_t count;
    /* The data need have no labels. */
    bool no_labels;
} samples_wanted;

/* For ./evaluate and ./predict: loads the test set, or the training set if there is no test set. `y` is empty if the data have no
 * labels. `w` is NULL, or gets the weights, empty if there are none. */
HORN_CHECKED horn_status samples_load_test(horn_dataset **out, const samples_wanted *, const horn_model *,
                                           horn_view *x, horn_view *y, horn_view *w);
/* NULL for an empty view. */
const horn_view *samples_weights(const horn_view *);
/* Of --batch-size; if it is not given, what the model takes, else 256. */
size_t samples_batch(uint64_t given, const horn_model *);
/* Prints "512 test samples of datasets/fashion-mnist; uint8 images are divided by 255" on standard error. `data` is
 * NULL if the samples are an array from a file. */
void samples_say_used(const horn_dataset *data, const char *path, const horn_view *x, const char *scale,
                      const horn_model *model);

#endif
