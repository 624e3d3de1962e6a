/* All programs in one: it is the one that its own name says, as ./train or horn-train, or its first argument, as in
 * `horn train`. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs/programs.h"
#include "programs/shared/fast_blas.h"
#include "programs/shared/nearest.h"
#include "programs/shared/options.h"
#include "programs/shared/terminal.h"

typedef struct program {
    const char *name, *purpose;
    int (*main)(int argc, char **argv);
    bool computes; /* it multiplies matrices */
} program;

static const program programs[] = {
    { "train", "trains a model, from the start or from where it was", train_main, true },
    { "evaluate", "loss and metrics of a model", evaluate_main, true },
    { "predict", "what a model makes of data", predict_main, true },
    { "convert", "writes a model in another format", convert_main, false },
    { "inspect", "what is in a file, or how two differ", inspect_main, false },
};
enum { PROGRAM_COUNT = sizeof programs / sizeof programs[0] };

static const program *find(const char *name)
{
    for (size_t i = 0; i < PROGRAM_COUNT; i++)
        if (strcmp(programs[i].name, name) == 0) return &programs[i];
    return NULL;
}

/* "horn-train" and "train" are one. */
static const char *without_prefix(const char *name)
{
    return strncmp(name, "horn-", 5) == 0 ? name + 5 : name;
}

static int print_help(void)
{
    printf("Usage: horn PROGRAM [OPTION]...\nTrains Keras models, and reads and writes their files.\n");
    for (size_t i = 0; i < PROGRAM_COUNT; i++) printf("  %-10s %s\n", programs[i].name, programs[i].purpose);
    printf("'horn PROGRAM --help' lists the options of one.\n");
    return finish_output();
}

static _Noreturn void refuse(const char *word)
{
    const char *names[PROGRAM_COUNT];
    for (size_t i = 0; i < PROGRAM_COUNT; i++) names[i] = programs[i].name;
    if (!word) usage_error("which program?");
    const char *near = nearest_name(word, names, PROGRAM_COUNT);
    if (near) usage_error("no program '%s' (did you mean %s?)", word, near);
    usage_error("no program '%s'", word);
}

/* Messages begin with "horn train". */
static void take_name(const char *name)
{
    static char both[32];
    snprintf(both, sizeof both, "horn %s", name);
    program_invocation_short_name = program_invocation_name = both;
}

int main(int argc, char **argv)
{
    terminal_begin();
    const program *p = find(without_prefix(program_invocation_short_name));
    const bool by_argument = !p;
    const char *word = argc > 1 ? argv[1] : NULL;
    if (!p && word) {
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return print_help();
        if (strcmp(word, "--version") == 0) print_version();
        p = find(word);
    }
    if (!p) refuse(word);
    if (p->computes) fast_blas(argv);
    if (by_argument) take_name(p->name);
    return p->main(argc - by_argument, argv + by_argument);
}
