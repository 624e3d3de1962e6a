/* The samples that a program works on: loaded, scaled, and what it says of them. */
#ifndef PROGRAMS_TRAINING_SAMPLES_H
#define PROGRAMS_TRAINING_SAMPLES_H

#include <horn/horn.h>
#include "programs/training/run.h"

/* For training. Data without a test set are shuffled by the seed, and their last part is held out: it is what the run
 * validates on, and what its results are measured on. */
typedef struct sample_sets {
    horn_dataset *data;
    horn_view x_train, y_train;
    horn_view x_test, y_test; /* what results are measured on */
    bool has_test;            /* the data have a test set */
    bool holds_out; /* x_test is the part that was held out; else, without a test set, it is x_train */
    double validation_split;
    size_t count; /* of the training samples, with what is held out */
} sample_sets;

/* Returns the exit status. */
int samples_load(sample_sets *, const run_request *, const horn_model *);
void samples_free(sample_sets *);
/* A line for people: how many samples there are, and how they are scaled. */
void samples_describe(const sample_sets *, const run_request *, const horn_model *, char *out, size_t size);

/* For ./evaluate and ./predict: the test set, or the training set of data that have no test set. The first
 * `count` samples; 0: all. */
HORN_CHECKED horn_status samples_load_test(horn_dataset **out, const char *path, size_t count, horn_view *x,
                                           horn_view *y);
/* "512 test samples of datasets/fashion-mnist; uint8 images are divided by 255" on standard error. `data` is NULL if the
 * samples are an array of a file. */
void samples_say_used(const horn_dataset *data, const char *path, const horn_view *x, const char *scale,
                      const horn_model *model);

#endif
