/* The output of the programs: results on standard output, progress and errors on standard error. */
#ifndef PROGRAMS_SHARED_TERMINAL_H
#define PROGRAMS_SHARED_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/model.h>
#include <horn/view.h>

/* Call it before anything is opened. A file that grows beyond `ulimit -f` then is an error like a full disk, not a
 * signal. Closed standard streams become streams that fail, so that no saved file gets their descriptors. */
void terminal_begin(void);

void flush_output(void);

/* Flushes standard output. Returns the exit status of the program: 1, with an error line, if something could not be
 * written (a full disk). */
int finish_output(void);

/* Prints "train: <line>" on standard error. Returns 1. */
int print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "train: <where>: <the library's error line>" on standard error; leaves `where` out if the line has it.
 * Returns 1. */
int print_failure(const char *where);

/* print_error as a callback, for lines of the library such as what horn_model_load left out. */
void print_line(const char *line, void *context);

/* Prints "loss is 1.225, accuracy is 0.535". */
void print_figures(const horn_logs *logs);

/* Prints text from a file on standard output; control bytes become '?', except those in `allowed`. */
void print_clean(const char *text, const char *allowed);

/* True if standard error is a terminal on which a bar can be redrawn. */
bool terminal_redraws(void);

/* For horn_progress_bar: the width of the terminal on standard error; 0 if it is none. */
size_t terminal_columns(void *context);
void terminal_write(const char *text, size_t size, void *context);

#endif
