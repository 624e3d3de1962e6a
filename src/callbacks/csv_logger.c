/* Keras' CSVLogger, byte for byte: sorted names, val_* columns also without validation, lines end in CR LF as
 * Python's csv module writes them. Each row is one write, so that a killed run leaves whole rows. A row that cannot
 * be written is written together with the next one, or at the end. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <horn/callback.h>
#include "base/bytes.h"
#include "base/files/folder.h"
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/failed.h"
#include "config/config.h"

typedef struct csv_logger {
    horn_callback base;
    char *path;
    /* -1: closed. */
    int file;
    /* Rows that are not in the file yet. */
    bytes rows;
    bool has_header;
} csv_logger;

static horn_status close_file(csv_logger *self)
{
    int closed = self->file < 0 ? 0 : close(self->file);
    self->file = -1;
    return closed == 0 || errno == EINTR ? HORN_OK
                                         : fail(HORN_ERROR_FILE, "%s: %s", self->path, strerror(errno));
}

/* Rows that cannot be written now stay for the next time. */
static horn_status write_rows(csv_logger *self)
{
    bytes *rows = &self->rows;
    size_t done = 0;
    horn_status status = bytes_status(rows);
    if (status) bytes_free(rows);
    while (!status && done < rows->size) {
        ssize_t n = write(self->file, rows->data + done, rows->size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            status = fail(HORN_ERROR_FILE, "%s: %s", self->path, strerror(errno));
    }
    if (done) memmove(rows->data, rows->data + done, rows->size - done);
    rows->size -= done;
    return status;
}

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
    bytes *text = &self->rows;
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
    return write_rows(self);
}

static horn_status open_file(csv_logger *self)
{
    char *directory = NULL;
    horn_status status = folder_of(&directory, self->path);
    if (!status) status = folder_make(directory);
    free(directory);
    if (status) return status;
    self->file = open(self->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return self->file < 0 ? fail(HORN_ERROR_FILE, "%s: %s", self->path, strerror(errno)) : HORN_OK;
}

/* A resumed run writes the rows of its earlier epochs again: so the file has one row for each epoch, whatever the run
 * before left. */
static horn_status begin(horn_callback *callback, const horn_progress *progress)
{
    csv_logger *self = (csv_logger *)callback;
    const horn_history *history = horn_model_history(progress->model);
    horn_status status = close_file(self);
    if (status) return status;
    self->has_header = false;
    bytes_free(&self->rows);
    status = open_file(self);
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
    horn_status status = write_rows(self);
    return status ? status : close_file(self);
}

static void destroy(horn_callback *callback)
{
    csv_logger *self = (csv_logger *)callback;
    if (self->file >= 0) close(self->file);
    bytes_free(&self->rows);
    free(self->path);
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
    self->file = -1;
    status = memory_copy_string(&self->path, path);
    if (!status) return &self->base;
    free(self);
    return callback_failed(status);
}
