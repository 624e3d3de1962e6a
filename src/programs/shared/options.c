#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <horn/kernels.h>
#include <horn/version.h>
#include "programs/shared/nearest.h"
#include "programs/shared/options.h"
#include "programs/shared/terminal.h"

void usage_error(const char *format, ...)
{
    va_list arguments;
    fflush(stdout);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; '%s --help' lists what there is\n", program_invocation_name);
    exit(2);
}

/* Joins a list that ends with NULL: "rmsprop, sgd, adam". Returns the number of names. */
static size_t join_names(char *out, size_t size, const char *const *names)
{
    size_t count = 0, used = 0;
    for (*out = '\0'; names[count] && used < size; count++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", count ? ", " : "", names[count]);
    return count;
}

void usage_error_choice(const char *option, const char *value, const char *const *names)
{
    char all[640];
    const size_t count = join_names(all, sizeof all, names);
    const char *near = nearest_name(value, names, count);
    if (near) usage_error("--%s: '%s' is none of %s (did you mean %s?)", option, value, all, near);
    usage_error("--%s: '%s' is none of %s", option, value, all);
}

static _Noreturn void refuse_option(const command *c, const char *word, size_t length)
{
    enum { MOST = 64 };
    const char *names[MOST] = { "help", "version" }, *name = word + strspn(word, "-");
    size_t count = 2;
    char plain[64];
    for (size_t i = 0; i < c->option_count && count < MOST; i++)
        if (c->options[i].kind != OPTION_HEADING) names[count++] = c->options[i].name;
    snprintf(plain, sizeof plain, "%.*s", (int)(length - (size_t)(name - word)), name);
    const char *near = nearest_name(plain, names, count);
    if (near) usage_error("unknown option '%.*s' (did you mean --%s?)", (int)length, word, near);
    usage_error("unknown option '%.*s'", (int)length, word);
}

static void print_option(const char *name, const char *value, const char *help)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", name, value ? " " : "", value ? value : "");
    printf("  %-26s %s\n", left, help);
}

static _Noreturn void print_help(const command *c)
{
    printf("Usage: %s [OPTION]...%s%s%s%s\n%s\n", program_invocation_short_name, c->operand ? " " : "",
           c->operand ? c->operand : "", c->second ? " " : "", c->second ? c->second : "", c->purpose);
    for (size_t i = 0; i < c->option_count; i++)
        if (c->options[i].kind == OPTION_HEADING)
            printf("\n%s:\n", c->options[i].name);
        else if (c->options[i].help)
            print_option(c->options[i].name, c->options[i].value, c->options[i].help);
    printf("%s  %-26s %s\n", c->option_count && c->options[0].kind == OPTION_HEADING ? "\n" : "",
           "-h, --help, --version", "this list; the version, and the kernels that multiply matrices");
    exit(finish_output());
}

_Noreturn void print_version(void)
{
    printf("horn %s\nkernels: %s\n", horn_version(), horn_kernels());
    exit(finish_output());
}

static uint64_t parse_whole(const option_entry *option, const char *text)
{
    const char *digits = text + (*text == '-');
    errno = 0;
    if (!*digits || digits[strspn(digits, "0123456789")])
        usage_error("--%s: '%s' is not a whole number", option->name, text);
    if (digits > text) usage_error("--%s: %s is below %.0f", option->name, text, option->least);
    unsigned long long value = strtoull(text, NULL, 10);
    if (errno || (option->most > 0 && (double)value > option->most))
        usage_error("--%s: %s is too large", option->name, text);
    if ((double)value < option->least)
        usage_error("--%s: %s is below %.0f", option->name, text, option->least);
    return value;
}

static double parse_number(const option_entry *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value))
        usage_error("--%s: '%s' is not a number", option->name, text);
    if (value < option->least) usage_error("--%s: %s is below %g", option->name, text, option->least);
    if (value > option->most) usage_error("--%s: %s is above %g", option->name, text, option->most);
    return value;
}

static size_t parse_samples(const option_entry *option, const char *text)
{
    if (strcmp(text, "all") == 0) return 0;
    option_entry positive = *option;
    positive.least = 1;
    return (size_t)parse_whole(&positive, text);
}

static void set_option(const command *c, const option_entry *option, const char *value)
{
    void *field = (char *)c->into + option->offset;
    switch (option->kind) {
    case OPTION_HEADING:
        break;
    case OPTION_SWITCH:
        *(bool *)field = true;
        break;
    case OPTION_TEXT:
        *(const char **)field = value;
        break;
    case OPTION_WHOLE:
        *(uint64_t *)field = parse_whole(option, value);
        break;
    case OPTION_SAMPLES:
        *(size_t *)field = parse_samples(option, value);
        break;
    case OPTION_NUMBER:
        *(double *)field = parse_number(option, value);
        break;
    }
}

static const option_entry *find_option(const command *c, const char *name, size_t length)
{
    for (size_t i = 0; i < c->option_count; i++)
        if (c->options[i].kind != OPTION_HEADING && strlen(c->options[i].name) == length &&
            memcmp(c->options[i].name, name, length) == 0)
            return &c->options[i];
    return NULL;
}

/* Reads the option at argv[*at] and its value; leaves *at at the last word that it read. */
static void take_option(const command *c, char **argv, int *at)
{
    const char *word = argv[*at], *name = word + 2;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) print_help(c);
    if (strcmp(word, "--version") == 0) print_version();
    const char *value = strchr(word, '=');
    const size_t length = value ? (size_t)(value - word) : strlen(word);
    const option_entry *option = word[1] == '-' ? find_option(c, name, length - 2) : NULL;
    if (!option) refuse_option(c, word, length);
    if (option->kind == OPTION_SWITCH) {
        if (value) usage_error("--%s takes no value", option->name);
        set_option(c, option, NULL);
        return;
    }
    value = value ? value + 1 : argv[++*at];
    if (!value || !*value) usage_error("--%s needs a value: %s", option->name, option->value);
    set_option(c, option, value);
}

void command_parse(const command *c, int argc, char **argv)
{
    const char *operand = NULL, *second = NULL;
    bool options_ended = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (!options_ended && word[0] == '-' && word[1]) {
            take_option(c, argv, &i);
        } else {
            if (!c->operand || (operand && (!c->second || second)))
                usage_error("unexpected argument '%s'", word);
            *(operand ? &second : &operand) = word;
        }
    }
    if (c->operand && !operand) usage_error("%s is missing", c->operand);
    if (c->second && !second) usage_error("%s is missing", c->second);
    if (c->operand) *c->operand_target = operand;
    if (c->second) *c->second_target = second;
}
