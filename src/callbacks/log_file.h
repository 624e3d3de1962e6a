/* A file that callbacks append to as training goes on. What cannot be written now, since the disk is full, waits and
 * is written together with what comes next. */
#ifndef CALLBACKS_LOG_FILE_H
#define CALLBACKS_LOG_FILE_H

#include "base/bytes.h"

typedef struct log_file {
    /* Owned. */
    char *path;
    /* -1: closed. */
    int file;
    /* What is not in the file yet. */
    bytes waiting;
} log_file;

/* Opens `path` with open()'s `flags`, and makes the file and the folders above it if they are missing. */
HORN_CHECKED horn_status log_file_open(log_file *, int flags);
/* Writes what waits, in one write if the system takes it whole: a killed run leaves whole rows. */
HORN_CHECKED horn_status log_file_write(log_file *);
HORN_CHECKED horn_status log_file_close(log_file *);
void log_file_free(log_file *);
/* The line of an error of the system. */
HORN_CHECKED horn_status log_file_failed(const log_file *);

#endif
