/* Callbacks: what is told of training while it goes on.
 *
 * A callback is a struct of functions, NULL where it does not care, called in the order given. One that
 * returns HORN_STOPPED ends training after the present epoch's bookkeeping as if it were complete. One that
 * returns HORN_INTERRUPTED ends fit with that status, once those behind it were told (and saw `interrupted`).
 * Any other failure ends fit with that status at once. */
#ifndef HORN_CALLBACK_H
#define HORN_CALLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/export.h>
#include <horn/model.h>

HORN_BEGIN

typedef struct horn_callback horn_callback;

/* Where training is. */
typedef struct horn_progress {
    horn_model *model;
    size_t epoch, epochs;  /* epoch counts from 0 */
    size_t batch, batches; /* batches of this epoch that are done, and all of them */
    double seconds;        /* since this epoch began */
    bool interrupted;      /* a callback before this one returned HORN_INTERRUPTED */
} horn_progress;

struct horn_callback {
    void *payload; /* the callback's own */
    /* Called by horn_callback_status, and by fit before any callback is told of anything: fit fails with the status and line
     * that it fails with. */
    horn_status (*check)(const horn_callback *self);
    horn_status (*on_train_begin)(horn_callback *self, const horn_progress *progress);
    horn_status (*on_epoch_begin)(horn_callback *self, const horn_progress *progress);
    /* logs: the epoch's figures so far. */
    horn_status (*on_batch_end)(horn_callback *self, const horn_progress *progress, const horn_logs *logs);
    /* logs: the epoch's figures, val_* included. */
    horn_status (*on_epoch_end)(horn_callback *self, const horn_progress *progress, const horn_logs *logs);
    horn_status (*on_train_end)(horn_callback *self, const horn_progress *progress);
    /* State that a resumed run needs, under this name in checkpoints. save_state gives text that the caller
     * frees with free(); restore_state gets it back before on_train_begin. All three are NULL where there is
     * none. */
    const char *name;
    horn_status (*save_state)(char **text, horn_callback *self);
    horn_status (*restore_state)(horn_callback *self, const char *text);
    void (*destroy)(horn_callback *self); /* frees the payload */
};
/* The functions below return a callback that the caller frees, never NULL. One that could not be made carries its error: this
 * reports it, and so does fit. */
HORN_CHECKED horn_status horn_callback_status(const horn_callback *callback);
void horn_callback_free(horn_callback *callback); /* of those made by the functions below; NULL is fine */

typedef enum horn_progress_style {
    HORN_PROGRESS_BAR,  /* Keras' bar, redrawn in place */
    HORN_PROGRESS_LINES /* one line an epoch: Keras' verbose=2 */
} horn_progress_style;

typedef struct horn_progress_bar_options {
    horn_progress_style style;
    void (*write)(const char *text, size_t size, void *context); /* needed; text is not 0-ended */
    /* Columns of the terminal, asked for each time a bar is drawn; NULL, or 0: any number. A bar that is too wide gets
     * shorter, then leaves out parts, the least needed first: the bar, the times, the count, metrics of training, those of
     * validation, the loss of validation. */
    size_t (*columns)(void *context);
    void *context;
} horn_progress_bar_options;

/* Keras' progress. */
horn_callback *horn_progress_bar(const horn_progress_bar_options *options);

/* Keras' CSVLogger: "epoch,accuracy,loss,val_accuracy,val_loss", a row an epoch, each in the file before
 * the next epoch. Replaces the file when training begins, and makes its directory where that is missing. A row that cannot be written is tried again with the
 * next one; what is left at the end of training fails it. */
horn_callback *horn_csv_logger(const char *path);

/* Keras' TensorBoard: event files in LOG_DIR/train and LOG_DIR/validation, with the figures of each epoch under Keras' tags
 * ("epoch_loss", "epoch_learning_rate"), in the file before the next epoch. A resumed run goes on in them: no epoch is missing, none is
 * there twice. What cannot be written is tried again with the next epoch; what is left at the end of training fails it. */
typedef struct horn_tensorboard_options {
    const char *log_dir;
    size_t histogram_freq; /* histograms of the weights each so many epochs; 0: none */
    const char *text;      /* about the run, in Markdown, shown as "run"; NULL: none */
} horn_tensorboard_options;
horn_callback *horn_tensorboard(const horn_tensorboard_options *options);

/* Keras' TerminateOnNaN: a loss that is NaN or infinite ends fit after its batch, and one of validation after its epoch; fit
 * fails, and the line says where. */
horn_callback *horn_terminate_on_nan(void);

/* Which values of a watched log are better: the greater, the smaller, or as the log's name says: greater ones of accuracies, areas
 * under curves, precision, recall, F1, IoU; smaller ones of all others. */
typedef enum horn_monitor_mode { HORN_MONITOR_AUTO, HORN_MONITOR_MIN, HORN_MONITOR_MAX } horn_monitor_mode;

/* Keras' EarlyStopping: ends training once the log has not become better for `patience` epochs. Its state is in checkpoints, the
 * best weights included, so that a resumed run ends at the same epoch. Fails fit if there is no such log. */
typedef struct horn_early_stopping_options {
    const char *monitor; /* NULL: "val_loss" */
    horn_monitor_mode mode;
    double min_delta;          /* less of an improvement is none */
    size_t patience;           /* epochs */
    double baseline;           /* that has to be beaten; 0: none, HORN_ZERO: 0 */
    bool restore_best_weights; /* at the end of training the model has the weights of the best epoch */
    size_t start_from_epoch;   /* epochs before it do not count */
    void (*say)(const char *line, void *context); /* told when and why training ends; NULL: nobody */
    void *context;
} horn_early_stopping_options;
horn_callback *horn_early_stopping(const horn_early_stopping_options *options); /* options may be NULL */

/* Keras' ReduceLROnPlateau: multiplies the learning rate by `factor` once the log has not become better for `patience` epochs.
 * Fails fit if there is no such log, or if the rate follows a schedule. */
typedef struct horn_reduce_lr_options {
    const char *monitor; /* NULL: "val_loss" */
    horn_monitor_mode mode;
    double factor;    /* 0: 0.1 */
    size_t patience;  /* epochs; 0: 10 */
    double min_delta; /* less of an improvement is none; 0: 1e-4, HORN_ZERO: 0 */
    size_t cooldown;  /* epochs after a reduction that do not count */
    double min_lr;
    void (*say)(const char *line, void *context); /* told of each reduction; NULL: nobody */
    void *context;
} horn_reduce_lr_options;
horn_callback *horn_reduce_lr_on_plateau(const horn_reduce_lr_options *options); /* options may be NULL */

/* Keras' LearningRateScheduler: before each epoch, counted from 0, the function gives the learning rate from the present one.
 * It must give the same rates again in a resumed run. */
horn_callback *horn_learning_rate_scheduler(double (*rate)(size_t epoch, double learning_rate, void *context),
                                            void *context);

/* Keras' ModelCheckpoint: leaves checkpoints that a run can go on from, in a directory that it locks. Put it
 * last: the state of the callbacks before it is in what it saves. A save that fails is told of, and tried
 * again at the next one. A loss of training that is NaN or infinite ends it as with horn_terminate_on_nan, and is not saved. */
typedef struct horn_model_checkpoint_options {
    /* Template with Keras' fields: {epoch:04d} (from 1, the one under way), {batch:05d}, {step},
     * {val_loss:.3f} (nan in the midst of an epoch), ... The suffix names the format: .h5 and .hdf5 HDF5, any
     * other name is a TensorFlow checkpoint's prefix. A committed checkpoint is never overwritten: where the
     * name exists, -{step} is appended. It says in itself under which name it was saved: a copy of it is never
     * removed. */
    const char *path;
    size_t every_epochs; /* 1, unless every_steps */
    size_t every_steps;
    size_t keep; /* 5: so many of the newest stay, of those that this run saved under this template */
    const char
        *save_best; /* a figure, "val_accuracy": the best so far stays as "best" beside the others. Fails if
                              there is a "best" that this run did not save */
    bool weights_only; /* nothing can be resumed from them */
    bool
        restart; /* resume nothing; once the first checkpoint is written, remove those that earlier runs saved
                              under this template, and their "best" */
    /* What makes this run this run beside the model, its training settings and its seed: name, value, ...,
     * NULL. A checkpoint of another run is refused. */
    const char *const *identity;
    void (*say)(const char *line, void *context); /* told of what was skipped and what failed; NULL: nobody */
    void *context;
} horn_model_checkpoint_options;
/* Strings are copied. Takes the directory's lock. */
horn_callback *horn_model_checkpoint(const horn_model_checkpoint_options *options);

/* Before fit, with the compiled model as it starts: finds the newest checkpoint that verifies (or takes the
 * one at `path`) and puts the model where it was; *name is its path, borrowed, or NULL where there is none.
 * Fit then takes .resume = (*name != NULL). One of another run is refused, and the line says what differs;
 * *name is its path then, too. Names that another template made are passed over unless they are of this run. */
HORN_CHECKED horn_status horn_model_checkpoint_resume(const char **name, horn_callback *checkpoint,
                                                      horn_model *model, const char *path);

/* What tells runs apart, so that each can have a directory of its own: of the compiled model as it starts, and the facts of
 * .identity above. The same run has the same checksum. */
HORN_CHECKED horn_status horn_run_checksum(unsigned *checksum, horn_model *model,
                                           const char *const *identity);
/* Whether the newest checkpoint in a directory is of that run; a directory that is not there has none. */
HORN_CHECKED horn_status horn_run_is_in(bool *found, horn_model *model, const char *const *identity,
                                        const char *directory);

HORN_END
#endif
