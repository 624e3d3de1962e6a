/* What a run prints before training: where it resumes, what it trains on, and the logs of the untrained model. These
 * logs are the callback's state, so that a resumed run prints them, too. */
#ifndef PROGRAMS_TRAINING_BEFORE_H
#define PROGRAMS_TRAINING_BEFORE_H

#include <horn/callback.h>

enum { FIGURE_NAME = 64 };

typedef struct before {
    horn_callback callback;
    /* The checkpoint's path; NULL: a new run. */
    const char *resumed;
    /* The line about the samples. */
    const char *samples;
    /* The line about other runs; NULL or "": none. */
    const char *others;
    /* Without "val_". */
    size_t count;
    char names[HORN_MAX_LOGS / 2][FIGURE_NAME];
    double values[HORN_MAX_LOGS / 2];
} before;

void before_init(before *);
void before_set(before *, const horn_logs *);

/* Prints "----- Before Training -----" as the tutorial does, and the logs. */
void print_result(const char *when, const horn_logs *);

#endif
