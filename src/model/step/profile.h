/* Profile of training steps. Each thread has its own clock. profile_begin starts it; profile_lap, after each piece of work,
 * adds the time since the last reading to that kind of work. The rest of a thread's time in the step is waiting. A model that
 * is not profiled has no profile (NULL). */
#ifndef MODEL_PLAN_PROFILE_H
#define MODEL_PLAN_PROFILE_H

#include "model/plan/plan.h"

typedef enum profile_kind {
    /* Row: index of the plan's step. */
    PROFILE_FORWARD,
    PROFILE_BACKWARD,
    /* Row: index of the layer. Gradients by parts or joined, regularizers, the optimizer. */
    PROFILE_PARAMETERS,
    /* Row: 0. */
    PROFILE_GATHER,
    PROFILE_LOSS,
    PROFILE_KINDS
} profile_kind;

HORN_CHECKED horn_status profile_new(profile **out, const horn_model *);
void profile_free(profile *);

/* Writes the table. `fit` is the time of training in seconds, with all that is not a step; the caller frees the text. */
HORN_CHECKED horn_status profile_print(char **text, const profile *, const horn_model *, double fit);

void profile_step_begins(profile *);
void profile_step_ends(profile *);
void profile_read_clock(profile *, size_t clock, profile_kind, size_t row);
void profile_start_clock(profile *, size_t clock);

/* Called around every piece of work; without a profile they cost one test of a pointer. */
static inline void profile_begin(profile *p, size_t clock)
{
    if (p) profile_start_clock(p, clock);
}

static inline void profile_lap(profile *p, size_t clock, profile_kind kind, size_t row)
{
    if (p) profile_read_clock(p, clock, kind, row);
}

#endif
