/* One run of ./train: resumes from a checkpoint, trains, saves. */
#ifndef PROGRAMS_TRAINING_RUN_H
#define PROGRAMS_TRAINING_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/horn.h>
#include "programs/training/settings.h"
#include "programs/training/source.h"

/* Most classes with a weight. */
enum { RUN_CLASSES = 256 };

typedef struct run_request {
    const char *model, *data, *scale, *save, *save_weights, *format, *dialect, *progress, *log, *tensorboard;
    source_request source;
    bool tutorial, histograms;
    /* 0: all. */
    size_t train_samples, test_samples;
    uint64_t epochs, batch_size, seed, threads, shards;
    /* NaN: not given. */
    double validation_split;
    bool no_shuffle, profile, fresh_optimizer, verify_disk;
    /* As given: "0:1,1:2.5"; NULL: not given. */
    const char *class_weight_text;
    horn_class_weight class_weights[RUN_CLASSES];
    size_t class_weight_count;
    settings settings;
    /* A template, a log's name, a path. */
    const char *checkpoint, *save_best, *resume;
    /* As given: "3" or "100steps". */
    const char *every;
    uint64_t every_epochs, every_steps, keep;
    bool restart, no_checkpoint;
    /* Epochs; 0: not given. */
    uint64_t early_stopping, reduce_lr;
    /* As given: "5" or "5,0.5". */
    const char *reduce, *monitor;
    double reduce_factor;
} run_request;

/* Checks before training whether the model can be saved as requested. Returns the exit status. */
int run_check_results(const run_request *, horn_model *);

/* Trains the compiled model on the samples. Returns the exit status. */
struct sample_sets;
int run_train(const run_request *, horn_model *, const struct sample_sets *);

#endif
