#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "programs/shared/terminal.h"

void terminal_begin(void)
{
    signal(SIGXFSZ, SIG_IGN);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY) != i)
            _exit(EXIT_FAILURE);
}

/* errno of the first failure, which stdio does not keep. */
static int output_failure;

void flush_output(void)
{
    if (fflush(stdout) && !output_failure) output_failure = errno;
}

int print_error(const char *format, ...)
{
    va_list arguments;
    flush_output();
    fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    return EXIT_FAILURE;
}

int print_failure(const char *where)
{
    const char *line = horn_last_error();
    return strstr(line, where) ? print_error("%s", line) : print_error("%s: %s", where, line);
}

void print_line(const char *line, void *context)
{
    (void)context;
    print_error("%s", line);
}

int finish_output(void)
{
    flush_output();
    if (!output_failure && !ferror(stdout)) return EXIT_SUCCESS;
    return print_error("standard output: %s",
                       output_failure ? strerror(output_failure) : "not all of it could be written");
}

void print_figures(const horn_logs *logs)
{
    for (size_t i = 0; i < logs->count; i++) {
        printf("%s%s is ", i ? ", " : "", logs->names[i]);
        /* Never "-nan". */
        if (isnan(logs->values[i]))
            printf("nan");
        else
            printf("%.3f", logs->values[i]);
    }
    printf("\n");
}

void print_clean(const char *text, const char *allowed)
{
    for (; *text; text++) {
        bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
        if ((unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 &&
            (unsigned char)text[1] < 0xa0) {
            putchar('?');
            text++;
        } else {
            putchar(control && !strchr(allowed, *text) ? '?' : *text);
        }
    }
}

bool terminal_redraws(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0;
}

size_t terminal_columns(void *context)
{
    struct winsize window;
    (void)context;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

void terminal_write(const char *text, size_t size, void *context)
{
    (void)context;
    fwrite(text, 1, size, stderr);
}
