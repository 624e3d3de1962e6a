/* What the programs say: results on standard output, progress and errors on standard error. */
#ifndef PROGRAMS_SHARED_TERMINAL_H
#define PROGRAMS_SHARED_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/model.h>
#include <horn/view.h>

/* Comes before anything is opened. A file that grows beyond ulimit -f is an error like a full disk, not a signal; standard
 * input, output and error that are closed become ones that fail, so that no file that is saved gets their numbers. */
void terminal_begin(void);

void flush_output(void);

/* Ends standard output. Returns the program's exit status: 1, and a line, where it could not take everything
 * (a full disk). */
int finish_output(void);

/* "train: <line>" on standard error. Returns 1. */
int print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "train: <where>: <the library's line>" on standard error, without the where that the line names itself.
 * Returns 1. */
int print_failure(const char *where);

/* Says a line of the library's, such as what horn_model_load left out: print_error as a callback. */
void print_line(const char *line, void *context);

/* "loss is 1.225, accuracy is 0.535" */
void print_figures(const horn_logs *logs);

/* A text from a file, on standard output: bytes that would move a terminal's cursor are shown as '?', but for those
 * that are allowed. */
void print_clean(const char *text, const char *allowed);

/* Whether a bar can be redrawn in place on standard error. */
bool terminal_redraws(void);

/* For horn_progress_bar: standard error, and its width; 0 where it is no terminal. */
size_t terminal_columns(void *context);
void terminal_write(const char *text, size_t size, void *context);

#endif
