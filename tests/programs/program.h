/* Runs Horn's programs as a user does, from the top of the tree, and keeps what they print. The programs are
 * those in the folder that HORN_PROGRAMS names, or at the top of the tree. */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include "test.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

typedef struct outcome {
    int status; /* exit status; 128 + N after signal N */
    char *out, *err;
} outcome;

static char folder[32]; /* this test's own */
static long file_limit; /* bytes that a file may have in the next runs, as on a full disk; 0: no limit */
static void (*before_start)(
    void);           /* called in the process of the next runs, before the program starts; NULL: nothing */
static bool at_home; /* the next runs work in `folder`, where models and datasets lead to the tree's */

static inline void program_setup(void)
{
    strcpy(folder, "/tmp/horn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    file_limit = 0;
    before_start = NULL;
    at_home = false;
}

/* "<folder>/name"; four of them live at a time. */
static inline const char *in_folder(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static inline void program_move_home(void)
{
    char *models = realpath("models", NULL), *datasets = realpath("datasets", NULL);
    ck_assert_int_eq(symlink(models, in_folder("models")), 0);
    ck_assert_int_eq(symlink(datasets, in_folder("datasets")), 0);
    free(models);
    free(datasets);
    at_home = true;
}

static inline void program_cleanup(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static inline char *read_file(const char *path, size_t *size)
{
    struct stat found;
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file && fstat(fileno(file), &found) == 0, "%s cannot be read", path);
    char *content = calloc(1, (size_t)found.st_size + 1);
    ck_assert_ptr_nonnull(content);
    ck_assert_uint_eq(fread(content, 1, (size_t)found.st_size, file), (size_t)found.st_size);
    fclose(file);
    if (size) *size = (size_t)found.st_size;
    return content;
}

static inline void write_file(const char *path, const void *content, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline bool same_bytes(const char *a, const char *b)
{
    size_t size_a, size_b;
    char *content_a = read_file(a, &size_a), *content_b = read_file(b, &size_b);
    bool same = size_a == size_b && memcmp(content_a, content_b, size_a) == 0;
    free(content_a);
    free(content_b);
    return same;
}

static inline int count_files(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static inline int count_lines(const char *text)
{
    int count = 0;
    while ((text = strchr(text, '\n'))) text++, count++;
    return count;
}

/* Starts the command line, cut at blanks, with its output in <out> and <err>. */
static inline pid_t start(const char *command_line, const char *out, const char *err)
{
    char words[2048], program[600], *argv[64];
    const char *programs = getenv("HORN_PROGRAMS");
    int argc = 0;
    ck_assert_uint_lt(strlen(command_line), sizeof words);
    strcpy(words, command_line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    argv[argc] = NULL;
    snprintf(program, sizeof program, "%s/%s", programs ? programs : ".", argv[0]);
    char *full = realpath(program, NULL);
    ck_assert_msg(full != NULL, "%s is not there", program);
    pid_t child = fork();
    if (child != 0) {
        free(full);
        return child;
    }
    if (at_home && chdir(folder) != 0) _exit(125);
    if (file_limit)
        setrlimit(RLIMIT_FSIZE,
                  &(struct rlimit){ .rlim_cur = (rlim_t)file_limit, .rlim_max = (rlim_t)file_limit });
    int output = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int errors = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (output < 0 || errors < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) _exit(126);
    if (before_start) before_start();
    execv(full, argv);
    _exit(127);
}

static inline int finish(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline outcome run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline outcome run(const char *format, ...)
{
    char command_line[2048], out[64], err[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command_line, sizeof command_line, format, arguments);
    va_end(arguments);
    snprintf(out, sizeof out, "%s.out", folder);
    snprintf(err, sizeof err, "%s.err", folder);
    outcome result = { .status = finish(start(command_line, out, err)) };
    result.out = read_file(out, NULL);
    result.err = read_file(err, NULL);
    unlink(out);
    unlink(err);
    return result;
}

static inline void outcome_free(outcome *o)
{
    free(o->out);
    free(o->err);
}

/* What ./train says of its samples in the tutorial, before it trains. */
#define TUTORIAL_SAMPLES                                                                               \
    "training on 1024 samples of datasets/fashion-mnist, testing on 512, validation split 0.5; uint8 " \
    "images are divided by 255\n"

/* What stands on standard error behind the lines that say where other runs are, and what samples a program works on. */
static inline const char *behind_samples(const char *err)
{
    if (strncmp(err, "a run of its own, ", 18) == 0) err = strchr(err, '\n') + 1;
    const char *end = strchr(err, '\n'), *words = strstr(err, " samples");
    return end && words && words < end && strncmp(err, "train: ", 7) != 0 ? end + 1 : err;
}

/* Runs what must work; its output is checked by the caller. */
#define run_well(o, ...)          \
    outcome o = run(__VA_ARGS__); \
    ck_assert_msg(o.status == 0, "exit status %d, expected 0; it says: %s", o.status, o.err)

/* Runs what must end with `expected`, one line on standard error that has `words` in it, and no output. */
static inline void check_refusal(outcome o, int expected, const char *words)
{
    ck_assert_msg(o.status == expected, "exit status %d, expected %d; it says: %s", o.status, expected,
                  o.err);
    ck_assert_msg(count_lines(o.err) == 1, "not one line: %s", o.err);
    ck_assert_msg(strstr(o.err, words) != NULL, "says '%s', expected '%s' in it", o.err, words);
    ck_assert_str_eq(o.out, "");
    outcome_free(&o);
}

#endif
