/* Keras' TensorBoard: LOG_DIR/train and LOG_DIR/validation, an event file each, with the figures of each epoch under Keras' tags. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/callback.h>
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/tensorboard/event_file.h"
#include "callbacks/failed.h"

typedef struct tensorboard {
    horn_callback base;
    char *folder, *text;
    size_t histogram_freq;
    /* That of validation is opened with its first figures. */
    event_file train, validation;
    /* Epochs that are complete where training began. */
    size_t epochs;
} tensorboard;

static horn_status open_file(tensorboard *self, event_file *f, const char *name)
{
    char *path = NULL;
    const size_t room = strlen(self->folder) + strlen(name) + 2;
    horn_status status = memory_new(&path, room, 1);
    if (status) return status;
    snprintf(path, room, "%s/%s", self->folder, name);
    status = event_file_open(f, path, self->epochs);
    free(path);
    return status;
}

/* Figures that a file has already stay as they are. */
static horn_status put_logs(tensorboard *self, size_t epoch, const horn_logs *logs)
{
    char tag[256];
    for (size_t i = 0; i < logs->count; i++) {
        const bool validates = strncmp(logs->names[i], "val_", 4) == 0;
        event_file *f = validates ? &self->validation : &self->train;
        horn_status status =
            f->file.file < 0 ? open_file(self, f, validates ? "validation" : "train") : HORN_OK;
        if (status) return status;
        snprintf(tag, sizeof tag, "epoch_%s", logs->names[i] + (validates ? 4 : 0));
        if (epoch >= f->next) event_file_scalar(f, epoch, tag, logs->values[i]);
    }
    return HORN_OK;
}

static horn_status put_histograms(tensorboard *self, size_t epoch, horn_model *model)
{
    for (size_t i = 0; i < horn_model_weight_count(model); i++) {
        horn_weight w;
        char tag[512];
        size_t count = 1;
        horn_status status = horn_model_get_weight(&w, model, i);
        if (status) return status;
        for (int k = 0; k < w.view.rank; k++) count *= w.view.shape[k];
        snprintf(tag, sizeof tag, "%s/%s/histogram", w.layer, w.name);
        event_file_histogram(&self->train, epoch, tag, w.view.data, count);
    }
    return HORN_OK;
}

/* What cannot be written now waits for the next epoch. */
static horn_status write_files(tensorboard *self)
{
    horn_status status = event_file_write(&self->train);
    if (!status && self->validation.file.file >= 0) status = event_file_write(&self->validation);
    return status;
}

/* A resumed run goes on behind its last epoch: events of later ones, which it computes again, are cut off; figures that are missing,
 * as the run before was not watched, are written from its history. */
static horn_status begin(horn_callback *callback, const horn_progress *progress)
{
    tensorboard *self = (tensorboard *)callback;
    const horn_history *history = horn_model_history(progress->model);
    self->epochs = horn_history_epochs(history);
    event_file_close(&self->train);
    event_file_close(&self->validation);
    horn_status status = open_file(self, &self->train, "train");
    if (!status && self->train.next == 0 && self->text) event_file_text(&self->train, 0, "run", self->text);
    for (size_t i = 0; !status && i < self->epochs; i++)
        status = put_logs(self, i, horn_history_logs(history, i));
    return status ? status : write_files(self);
}

/* A full disk does not end training: it may be free again later. */
static horn_status end_epoch(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    tensorboard *self = (tensorboard *)callback;
    horn_status status = put_logs(self, p->epoch, logs);
    event_file_scalar(&self->train, p->epoch, "epoch_learning_rate", horn_model_learning_rate(p->model));
    if (!status && self->histogram_freq && p->epoch % self->histogram_freq == 0)
        status = put_histograms(self, p->epoch, p->model);
    if (!status) status = write_files(self);
    return status == HORN_ERROR_FILE ? HORN_OK : status;
}

static horn_status end(horn_callback *callback, const horn_progress *progress)
{
    tensorboard *self = (tensorboard *)callback;
    (void)progress;
    horn_status status = write_files(self);
    event_file_close(&self->train);
    event_file_close(&self->validation);
    return status;
}

static void destroy(horn_callback *callback)
{
    tensorboard *self = (tensorboard *)callback;
    event_file_close(&self->train);
    event_file_close(&self->validation);
    free(self->folder);
    free(self->text);
}

horn_callback *horn_tensorboard(const horn_tensorboard_options *options)
{
    tensorboard *self;
    if (!options || !options->log_dir) return callback_failed(fail_null(__func__, "log_dir"));
    horn_status status = memory_new(&self, 1, sizeof *self);
    if (status) return callback_failed(status);
    self->base = (horn_callback){
        .on_train_begin = begin, .on_epoch_end = end_epoch, .on_train_end = end, .destroy = destroy
    };
    self->train.file.file = self->validation.file.file = -1;
    self->histogram_freq = options->histogram_freq;
    status = memory_copy_string(&self->folder, options->log_dir);
    if (!status && options->text) status = memory_copy_string(&self->text, options->text);
    if (!status) return &self->base;
    free(self->folder);
    free(self);
    return callback_failed(status);
}
