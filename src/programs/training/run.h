/* One run of ./train: what goes on from a checkpoint, trains, and saves. */
#ifndef PROGRAMS_TRAINING_RUN_H
#define PROGRAMS_TRAINING_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/horn.h>
#include "programs/training/settings.h"

typedef struct run_request {
    const char *model, *data, *scale, *save, *save_weights, *format, *dialect, *progress, *log;
    bool tutorial;
    size_t train_samples, test_samples; /* 0: all */
    uint64_t epochs, batch_size, seed, threads, shards;
    double validation_split; /* NaN: not given */
    bool no_shuffle, profile, fresh_optimizer;
    settings settings;
    /* checkpoints */
    const char *checkpoint, *save_best, *resume; /* a template; a figure; a path */
    /* As given: "3" or "100steps". */
    const char *every;
    uint64_t every_epochs, every_steps, keep;
    bool restart, no_checkpoint;
} run_request;

/* Asks Horn, before the work begins, whether the model can be saved as it is wanted. Returns the exit
 * status. */
int run_check_results(const run_request *, horn_model *);

/* The compiled model on the samples. Returns the exit status. */
struct sample_sets;
int run_train(const run_request *, horn_model *, const struct sample_sets *);

#endif
