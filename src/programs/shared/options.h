/* The command line of a program: GNU long options, `--name value` or `--name=value`, in any order with the operands; `--`
 * ends the options. Names are never abbreviated.
 *
 * A program lists its options in one table. Parsing, --help (-h) and --version use the table. An option that is not given
 * leaves its field as it is. The error line for an unknown option names the most similar known one. */
#ifndef PROGRAMS_SHARED_OPTIONS_H
#define PROGRAMS_SHARED_OPTIONS_H

#include <stddef.h>

typedef enum option_kind {
    OPTION_HEADING, /* no option: `name` stands above those that follow in --help */
    /* bool, becomes true. */
    OPTION_SWITCH,
    /* const char *, borrowed from argv. */
    OPTION_TEXT,
    /* uint64_t, from `least` to `most` (0: no bound). */
    OPTION_WHOLE,
    /* size_t, from 1; "all" becomes 0. */
    OPTION_SAMPLES,
    /* double, from `least` to `most`. */
    OPTION_NUMBER
} option_kind;

typedef struct option_entry {
    /* "epochs", "N"; a switch has no value. */
    const char *name, *value;
    option_kind kind;
    /* offsetof() the field in the struct that command.into points to. */
    size_t offset;
    /* NULL: another name of an option; --help leaves it out. */
    const char *help;
    double least, most;
} option_entry;

typedef struct command {
    /* One line for --help. */
    const char *purpose;
    /* "MODEL", "DST": operands, each required; NULL: the program takes none. */
    const char *operand, *second;
    const char **operand_target, **second_target;
    /* The struct whose fields the options set. */
    void *into;
    const option_entry *options;
    size_t option_count;
} command;

/* Does not return after --help and --version (exit status 0) and wrong usage (2). */
void command_parse(const command *, int argc, char **argv);

/* The version and the kernels on standard output; exits with status 0. */
_Noreturn void print_version(void);

/* For checks that only the program can make: prints one line on standard error, exits with status 2. */
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Wrong usage: the value of an option is none of `names`, a list that ends with NULL. */
_Noreturn void usage_error_choice(const char *option, const char *value, const char *const *names);

#endif
