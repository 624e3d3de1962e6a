/* What a run says when training begins: where it goes on, what it trains on, and how good the model was before its first step.
 * Those figures are the callback's state, so that a resumed run prints them too. */
#ifndef PROGRAMS_TRAINING_BEFORE_H
#define PROGRAMS_TRAINING_BEFORE_H

#include <horn/callback.h>

enum { FIGURE_NAME = 64 };

typedef struct before {
    horn_callback callback;
    const char *resumed; /* the checkpoint's path; NULL: the run begins */
    const char *samples; /* the line that says what it trains on */
    const char *others;  /* the line that says where other runs are; NULL or "": none */
    size_t count;
    char names[HORN_MAX_LOGS][FIGURE_NAME];
    double values[HORN_MAX_LOGS];
} before;

void before_init(before *);
void before_set(before *, const horn_logs *);

/* "----- Before Training -----" as the tutorial prints it, and the figures. */
void print_result(const char *when, const horn_logs *);

#endif
