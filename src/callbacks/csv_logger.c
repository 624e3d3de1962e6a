/* Keras' CSVLogger, byte for byte: sorted names, val_* columns also without validation, lines end in CR LF as
 * Python's csv module writes them. Each row is one write, so that a killed run leaves whole rows. A row that cannot
 * be written is written together with the next one, or at the end. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <horn/callback.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/failed.h"
#include "callbacks/log_file.h"
#include "config/config.h"

typedef struct csv_logger {
    horn_callback base;
    log_file file;
    bool has_header;
} csv_logger;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the logs' names; returns true if validation is among them. */
static bool sort_names(const horn_logs *logs, const char *names[HORN_MAX_LOGS])
{
    bool validation = false;
    for (size_t i = 0; i < logs->count; i++) {
        names[i] = logs->names[i];
        validation |= strncmp(names[i], "val_", 4) == 0;
    }
    qsort(names, logs->count, sizeof *names, compare_names);
    return validation;
}

static void print_value(bytes *text, double value)
{
    char digits[32];
    config_format_number(value, digits);
    if (isfinite(value))
        bytes_print(text, ",%s", digits);
    else
        bytes_print(text, ",%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

static horn_status write_row(csv_logger *self, size_t epoch, const horn_logs *logs)
{
    const char *names[HORN_MAX_LOGS];
    bool validation = sort_names(logs, names);
    bytes *text = &self->file.waiting;
    if (!self->has_header) {
        bytes_print(text, "epoch");
        for (size_t i = 0; i < logs->count; i++) bytes_print(text, ",%s", names[i]);
        for (size_t i = 0; !validation && i < logs->count; i++) bytes_print(text, ",val_%s", names[i]);
        bytes_print(text, "\r\n");
        self->has_header = true;
    }
    bytes_print(text, "%zu", epoch);
    for (size_t i = 0; i < logs->count; i++) print_value(text, horn_logs_get(logs, names[i]));
    for (size_t i = 0; !validation && i < logs->count; i++) bytes_print(text, ",NA");
    bytes_print(text, "\r\n");
    return log_file_write(&self->file);
}

/* A resumed run writes the rows of its earlier epochs again: so the file has one row for each epoch, whatever the run
 * before left. */
static horn_status begin(horn_callback *callback, const horn_progress *progress)
{
    csv_logger *self = (csv_logger *)callback;
    const horn_history *history = horn_model_history(progress->model);
    horn_status status = log_file_close(&self->file);
    if (status) return status;
    self->has_header = false;
    bytes_free(&self->file.waiting);
    status = log_file_open(&self->file, O_WRONLY | O_TRUNC);
    for (size_t i = 0; !status && i < horn_history_epochs(history); i++)
        status = write_row(self, i, horn_history_logs(history, i));
    return status;
}

/* A full disk does not end training: it may be free again later. */
static horn_status end_epoch(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    horn_status status = write_row((csv_logger *)callback, p->epoch, logs);
    return status == HORN_ERROR_FILE ? HORN_OK : status;
}

static horn_status end(horn_callback *callback, const horn_progress *progress)
{
    csv_logger *self = (csv_logger *)callback;
    (void)progress;
    horn_status status = log_file_write(&self->file);
    return status ? status : log_file_close(&self->file);
}

static void destroy(horn_callback *callback)
{
    csv_logger *self = (csv_logger *)callback;
    log_file_free(&self->file);
}

horn_callback *horn_csv_logger(const char *path)
{
    csv_logger *self;
    if (!path) return callback_failed(fail_null(__func__, "path"));
    horn_status status = memory_new(&self, 1, sizeof *self);
    if (status) return callback_failed(status);
    self->base = (horn_callback){
        .on_train_begin = begin, .on_epoch_end = end_epoch, .on_train_end = end, .destroy = destroy
    };
    self->file.file = -1;
    status = memory_copy_string(&self->file.path, path);
    if (!status) return &self->base;
    free(self);
    return callback_failed(status);
}
