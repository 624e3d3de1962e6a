/* The command line of a program: GNU long options by their exact names, `--name value` or `--name=value`, in
 * any order with the operand; `--` ends them.
 *
 * A program lists its options in one table, from which parsing, --help (-h) and --version come. A target keeps
 * what it held where its option was not given. An option that is not known is refused with the one that it is like. */
#ifndef PROGRAMS_SHARED_OPTIONS_H
#define PROGRAMS_SHARED_OPTIONS_H

#include <stddef.h>

typedef enum option_kind {
    OPTION_SWITCH,  /* bool: set to true */
    OPTION_TEXT,    /* const char * */
    OPTION_WHOLE,   /* uint64_t, from `least` to `most` (0: no bound) */
    OPTION_SAMPLES, /* size_t: 1 and more, or "all", which is 0 */
    OPTION_NUMBER   /* double, from `least` to `most` */
} option_kind;

typedef struct option_entry {
    const char *name, *value; /* "epochs", "N"; a switch has no value */
    option_kind kind;
    void *target;
    const char *help;
    double least, most;
} option_entry;

typedef struct command {
    const char *purpose;         /* one line for --help */
    const char *operand;         /* "MODEL": needed; NULL: none is taken */
    const char **operand_target; /* where it goes */
    const char *second;          /* "DST": needed behind it; NULL: none is taken */
    const char **second_target;
    const option_entry *options;
    size_t option_count;
} command;

/* Does not return from --help, --version (exit status 0) and wrong usage (2). */
void command_parse(const command *, int argc, char **argv);

/* For what only the program can tell: one line on standard error, exit status 2. */
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The value of an option that takes one of these names, which end with a NULL: wrong usage. */
_Noreturn void usage_error_choice(const char *option, const char *value, const char *const *names);

#endif
