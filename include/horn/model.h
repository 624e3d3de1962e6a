/* Sequential models: build, compile, fit, evaluate, predict, save and load, with Keras' names and arguments.
 *
 * A model is used by one thread at a time; several models may be used by several threads. A call that returns a status is
 * refused with HORN_ERROR_BUSY while another thread is in one; the others, and horn_model_check_trainable, only look, and do not
 * notice. Callbacks of fit may call everything on their model but horn_model_add, call, compile, fit and restore, which are refused in
 * the same way. A model runs its own threads, and the same seed gives the same bits for every number of them. Horn and
 * custom classes compute with C's default arithmetic, whatever rounding, FTZ, DAZ or traps the calling thread has set; callbacks
 * have the caller's settings, which each call leaves as they were. In a forked child a model of the parent's goes on, on the
 * calling thread alone. Options may be NULL; zero means the default. */
#ifndef HORN_MODEL_H
#define HORN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/export.h>
#include <horn/layers.h>
#include <horn/losses.h>
#include <horn/metrics.h>
#include <horn/optimizers.h>
#include <horn/parts.h>
#include <horn/status.h>
#include <horn/view.h>

HORN_BEGIN

typedef struct horn_model horn_model;

/* ---- building ---- */

typedef struct horn_sequential_options {
    const char *name; /* "sequential" */
    uint64_t seed;    /* 0 is a seed like any other: of starting weights, shuffling and dropout */
    int threads;      /* 0: one a core */
} horn_sequential_options;
HORN_CHECKED horn_status horn_sequential_new(horn_model **out, const horn_sequential_options *options);
void horn_model_free(horn_model *model); /* does nothing while the model is in use */

/* Takes the layer, also on failure. Fails with the error of a layer that could not be made. The first layer says its
 * input_shape. */
HORN_CHECKED horn_status horn_model_add(horn_model *model, horn_layer *layer);

/* Calls a layer on values, as in Keras' functional models; the model becomes a Functional. Value 0 is the model's first input, which
 * an InputLayer (horn_input, added first) describes; *value (NULL: not needed) is the number of what the layer gives. A layer that
 * the model has is called again and shares its weights; any other is taken, also on failure. A further horn_input is called on
 * nothing (NULL, 0) and gives a further input. The last call gives the model's output, unless horn_model_set_outputs says otherwise, and
 * each other value must be taken by a call. horn_model_add calls a layer on the last value. */
HORN_CHECKED horn_status horn_model_call(size_t *value, horn_model *model, horn_layer *layer,
                                         const size_t *inputs, size_t input_count);

/* Most inputs and outputs of a model, and metrics of an output. */
enum { HORN_MAX_INPUTS = 64, HORN_MAX_OUTPUTS = 32, HORN_MAX_METRICS = 16 };

/* Names the model's outputs, in their order: values of calls or inputs, one maybe several times. Fails once the model is built. */
HORN_CHECKED horn_status horn_model_set_outputs(horn_model *model, const size_t *values, size_t count);

/* What one of several outputs is compared by. */
typedef struct horn_output_options {
    const char *name;   /* the output's; NULL: its place in the list says which output it is */
    horn_loss *loss;    /* taken, also on failure; NULL: none */
    double loss_weight; /* 1: of its loss in the sum that training makes smaller; HORN_ZERO: 0 */
    horn_metric *metrics[HORN_MAX_METRICS], *weighted_metrics[HORN_MAX_METRICS]; /* taken, also on failure */
} horn_output_options;

typedef struct horn_compile_options {
    horn_optimizer *optimizer; /* taken, also on failure; NULL: RMSprop with its defaults, as Keras */
    horn_loss *loss; /* of each output; taken, also on failure; needed, unless an output has its own */
    horn_metric *metrics[HORN_MAX_METRICS]; /* of each output; taken, also on failure; a NULL ends them */
    horn_metric
        *weighted_metrics[HORN_MAX_METRICS]; /* the same, of those that take weights; as many in all */
    const horn_output_options
        *outputs; /* outputs that are not named have no loss and no metrics of their own */
    size_t output_count;
} horn_compile_options;
/* Logs are "loss", which is the sum; of a model with several outputs "NAME_loss" of each, without its weight; then the metrics, output by
 * output, as "NAME_accuracy". */
HORN_CHECKED horn_status horn_model_compile(horn_model *model, const horn_compile_options *options);
bool horn_model_is_compiled(const horn_model *model);
HORN_CHECKED horn_status horn_model_set_learning_rate(horn_model *model, double learning_rate);
/* Of the next step; NaN if the model has no optimizer that Horn knows. */
double horn_model_learning_rate(const horn_model *model);

/* ---- what it is ---- */

/* Keras' summary table with parameter counts. The caller frees the text with free(). */
HORN_CHECKED horn_status horn_model_summary(char **text, horn_model *model);
/* Borrowed; NULL only for a NULL model. */
const char *horn_model_name(const horn_model *model);
/* Keras' class, "RMSprop"; borrowed. NULL if the model is not compiled. */
const char *horn_model_optimizer(const horn_model *model);
/* As Python would write it, "SparseCategoricalCrossentropy(from_logits=True)", borrowed. Of a model that is not compiled the
 * loss in its file, also one that Horn does not know; NULL: nobody named one. */
const char *horn_model_loss(const horn_model *model);
/* Fill in the shape of one sample of an input or output, without the batch, and return the rank; 0 if there is none. The size of an
 * open axis is HORN_OPEN. */
int horn_model_input_shape(size_t shape[HORN_MAX_RANK], const horn_model *model, size_t index);
int horn_model_output_shape(size_t shape[HORN_MAX_RANK], const horn_model *model, size_t index);
/* 0 if the model has no layers. */
size_t horn_model_input_count(const horn_model *model);
size_t horn_model_output_count(const horn_model *model);
/* As Keras names them: by the key of a dict, else by the layer; of two outputs of one layer the second is "NAME_1". Borrowed; NULL past
 * the last, and before the model is compiled, loaded or used. */
const char *horn_model_input_name(const horn_model *model, size_t index);
const char *horn_model_output_name(const horn_model *model, size_t index);
/* It has a loss or metrics, so that fit and evaluate need an array for it. */
bool horn_model_compares_output(const horn_model *model, size_t index);
/* Samples of each batch that a stateful model takes, once it is compiled or loaded; 0: any number. */
size_t horn_model_batch_size(const horn_model *model);
/* The last activation before the output is softmax or sigmoid. */
bool horn_model_gives_probabilities(const horn_model *model, size_t output);

/* What data were divided by (a view's divisor) in the model's training, if somebody says so: a note that files keep among
 * what is Horn's own, and that ./evaluate and ./predict go by. 1: they were taken as they are; 0: nobody said. Fit,
 * evaluate and predict go by the views alone. */
HORN_CHECKED horn_status horn_model_set_input_divisor(horn_model *model, double divisor);
/* 0 if nobody set it. */
double horn_model_input_divisor(const horn_model *model);

/* What the classes of the labels are called, each name once, copied: kept in the files as the divisor is. Count 0: they have no names. */
HORN_CHECKED horn_status horn_model_set_class_names(horn_model *model, const char *const *names,
                                                    size_t count);
/* 0 and NULL if nobody set them. */
size_t horn_model_class_count(const horn_model *model);
const char *horn_model_class_name(const horn_model *model, size_t class_index);

typedef struct horn_weight {
    const char *layer, *name; /* "dense", "kernel"; borrowed */
    bool trainable;
    horn_view view; /* float32, Keras' layout; borrowed: training changes it */
} horn_weight;
/* How many weights there are, in the order of Keras' get_weights(); 0 without layers. */
size_t horn_model_weight_count(const horn_model *model);
HORN_CHECKED horn_status horn_model_get_weight(horn_weight *out, horn_model *model, size_t index);
HORN_CHECKED horn_status horn_model_set_weight(horn_model *model, size_t index, const horn_view *value);

/* ---- training ---- */

/* All outputs together have at most 64 metrics. */
enum { HORN_MAX_ALL_METRICS = 64, HORN_MAX_LOGS = 2 * (1 + HORN_MAX_OUTPUTS + HORN_MAX_ALL_METRICS) };

/* Named figures: "loss", the metrics' names, and "val_..." of them. Names are borrowed from the model. */
typedef struct horn_logs {
    size_t count;
    const char *names[HORN_MAX_LOGS];
    double values[HORN_MAX_LOGS];
} horn_logs;
/* NaN if there is no such name. */
double horn_logs_get(const horn_logs *logs, const char *name);

typedef struct horn_history horn_history;
/* Epochs that are complete. */
size_t horn_history_epochs(const horn_history *history);
/* Borrowed from the history; epoch counts from 0. NULL past the last. */
const horn_logs *horn_history_logs(const horn_history *history, size_t epoch);
void horn_history_free(horn_history *history);
/* Of the present or last run of fit; borrowed until the next fit or compile. Without epochs if there was no run. */
const horn_history *horn_model_history(const horn_model *model);
/* Steps of the optimizer so far; 0 before the first. */
int64_t horn_model_step(const horn_model *model);

struct horn_callback; /* <horn/callback.h> */

/* Rows of a class count `weight` times; the class of a row is its label, its rounded target if that is one column, else the
 * column of its greatest target. Classes that are not named count once. */
typedef struct horn_class_weight {
    int64_t class_number;
    double weight;
} horn_class_weight;

typedef struct horn_fit_options {
    size_t batch_size;       /* 32; the last batch of an epoch may be smaller */
    size_t epochs;           /* 1 */
    double validation_split; /* the last share of the samples, cut off before shuffling */
    const horn_view *x_validation, *y_validation; /* instead of a split */
    size_t validation_batch_size;                 /* batch_size */
    /* [N], or one for each row of outputs: the loss is sum(w L) / rows, as its reduction has it. Of the metrics only weighted
     * ones take weights. Validation has those of its share of the samples. */
    const horn_view *sample_weight, *sample_weight_validation;
    const horn_class_weight *class_weight; /* of training alone */
    size_t class_weight_count;
    bool no_shuffle;
    struct horn_callback *const *callbacks; /* borrowed */
    size_t callback_count;
    /* Go on from the progress that the model took from a checkpoint: the exact batch, with the same data and
     * options. epochs is the total. */
    bool resume;
    /* Measure where the time of steps goes, for horn_model_profile. */
    bool profile;
} horn_fit_options;

/* x[N, ...] of any dtype fits the model's input ([N, 28, 28] fits (28, 28, 1) too); on its open axes it has any sizes.
 * y: class numbers [N] or [N, 1] of any dtype, whole also as floats, or rows [N, classes], as the loss takes them; [N] fits one
 * output. history may be NULL; the caller frees it.
 *
 * Of several inputs or outputs x, y and the others are lists, by name or in order (horn_view): y needs no array for an output that has
 * neither loss nor metrics. A single sample_weight is that of all outputs; class_weight is refused, as in Keras. */
HORN_CHECKED horn_status horn_model_fit(horn_history **history, horn_model *model, const horn_view *x,
                                        const horn_view *y, const horn_fit_options *options);
/* The table of the last run of fit with .profile: microseconds of a step by layer, forward, backward, and for
 * the parameters (gradients that are taken apart, the optimizer). The caller frees the text with free(). */
HORN_CHECKED horn_status horn_model_profile(char **text, horn_model *model);

/* One step on one batch of any size. logs (may be NULL, here and for evaluate): the batch's figures before the step. */
HORN_CHECKED horn_status horn_model_train_on_batch(horn_logs *logs, horn_model *model, const horn_view *x,
                                                   const horn_view *y);

typedef struct horn_evaluate_options {
    size_t batch_size;              /* 32 */
    const horn_view *sample_weight; /* as in fit */
} horn_evaluate_options;
HORN_CHECKED horn_status horn_model_evaluate(horn_logs *logs, horn_model *model, const horn_view *x,
                                             const horn_view *y, const horn_evaluate_options *options);

/* Sets mean and variance of a Normalization from data as the layer gets them, and forgets those before: Keras' layer.adapt(x). */
HORN_CHECKED horn_status horn_model_adapt(horn_model *model, const char *layer, const horn_view *x);

/* Stateful recurrent layers begin the next batch with states of 0, as at first; else with those that fit, evaluate or predict left. */
HORN_CHECKED horn_status horn_model_reset_states(horn_model *model);

typedef struct horn_predict_options {
    size_t batch_size; /* 32, or a stateful model's own */
} horn_predict_options;
/* out[count], count = samples * the product of the output shape; of several outputs one block after the other, each with all samples. */
HORN_CHECKED horn_status horn_model_predict(float *out, size_t count, horn_model *model, const horn_view *x,
                                            const horn_predict_options *options);
/* Fills in dtype, rank, shape and name of what predict gives for x in one output, samples first; data is NULL. `count` is the sum of
 * the outputs' horn_view_count. */
HORN_CHECKED horn_status horn_model_predict_shape(horn_view *out, horn_model *model, const horn_view *x,
                                                  size_t output);

/* ---- files ---- */

typedef struct horn_save_options {
    const char *format; /* "keras-h5", "keras", "json", ...: see the README; NULL: by the path's suffix */
    const char
        *dialect;      /* "keras2", "keras3", "both", "legacy": see the README; NULL: the format's default */
    size_t shards;     /* data files of a TensorFlow checkpoint, up to 1024; 0: 1 */
    bool no_optimizer; /* leave the optimizer's state out */
    bool progress;     /* put in where the present run of fit stands, so that it can be resumed */
    bool verify_disk;  /* read the files back from the disk too, as far as the system then reads it */
} horn_save_options;
/* A symbolic link at the path is followed. A program that does not ignore SIGXFSZ is ended by it in a save that grows beyond
 * ulimit -f, and leaves a temporary file, which the next save there removes; one that does gets HORN_ERROR_FILE.
 *
 * Whole model: architecture, weights, compile settings, optimizer variables, as far as the format carries
 * them. Either everything stands on the disk when it returns HORN_OK, or what stood there before is
 * untouched. */
HORN_CHECKED horn_status horn_model_save(horn_model *model, const char *path,
                                         const horn_save_options *options);
/* Weights only. */
HORN_CHECKED horn_status horn_model_save_weights(horn_model *model, const char *path,
                                                 const horn_save_options *options);
/* Fails with the line that the save would fail with, as far as that can be known before it: format, options, what the model
 * lacks, the directory. Write nothing. */
HORN_CHECKED horn_status horn_model_check_save(horn_model *model, const char *path,
                                               const horn_save_options *options);
HORN_CHECKED horn_status horn_model_check_save_weights(horn_model *model, const char *path,
                                                       const horn_save_options *options);

typedef struct horn_load_options {
    uint64_t
        seed;    /* of what the file does not hold: starting weights of an architecture, shuffling, dropout */
    int threads; /* 0: one a core */
    bool no_compile;      /* leave loss, metrics and optimizer out; horn_model_loss still tells the loss */
    bool fresh_optimizer; /* leave the optimizer's variables out: training begins with new ones, at step 0 */
    /* Told of each part that could not be read, "left out: optimizer state (why)"; NULL: nobody. */
    void (*say)(const char *line, void *context);
    void *context;
} horn_load_options;
/* Any file with an architecture; its content decides what it is. As in Keras, compile settings and an optimizer's
 * variables that Horn does not know are left out. What needs them then fails and says why, until the model is compiled
 * anew or loaded with an option that leaves them out: fit never begins with a fresh optimizer unasked, and
 * horn_model_save never loses them unasked. A file that is broken is refused as a whole. */
HORN_CHECKED horn_status horn_model_load(horn_model **out, const char *path,
                                         const horn_load_options *options);
/* Why a part of the model's file was left out, a line as of horn_last_error(), borrowed; NULL: it was not.
 * HORN_PART_COMPILE: a model that is compiled all the same has loss and metrics, and its optimizer is not known.
 * HORN_PART_WEIGHTS: the file has an architecture alone, and nobody has loaded weights since: they are untrained. */
const char *horn_model_left_out(const horn_model *model, unsigned part);
/* What fit needs beside its data; fails with the line that fit would fail with. */
HORN_CHECKED horn_status horn_model_check_trainable(const horn_model *model);
/* Weights into a built model, layer by layer in order; of a whole model's file too. Of a TensorFlow checkpoint a compiled
 * model takes the optimizer's variables with them, as in Keras; one of TensorFlow 1 goes by variables' names. */
HORN_CHECKED horn_status horn_model_load_weights(horn_model *model, const char *path);
/* Weights, optimizer state and the progress of a run into a compiled model of the same kind; fit with `resume` then goes
 * on at the exact batch. On failure the model is as it was. */
HORN_CHECKED horn_status horn_model_restore(horn_model *model, const char *path);

HORN_END
#endif
