/* Where the time of training steps goes. Each thread has a clock of its own: begun once, then read
 * after each piece of work, which gets the time since the last reading. What the threads worked is set against
 * their time in the step; the rest is waiting. A model that is not profiled has no profile: all of
 * these then do nothing. */
#ifndef MODEL_PLAN_PROFILE_H
#define MODEL_PLAN_PROFILE_H

#include "model/plan/plan.h"

typedef enum profile_kind {
    PROFILE_FORWARD,    /* row: the plan's step */
    PROFILE_BACKWARD,   /* the same */
    PROFILE_PARAMETERS, /* row: the layer; gradients by parts or joined, regularizers, the optimizer */
    PROFILE_GATHER,     /* row 0, as the next */
    PROFILE_LOSS,
    PROFILE_KINDS
} profile_kind;

HORN_CHECKED horn_status profile_new(profile **out, const horn_model *);
void profile_free(profile *);

/* The table. `fit` says how long training took, steps and all; the caller frees the text. */
HORN_CHECKED horn_status profile_print(char **text, const profile *, const horn_model *, double fit);

void profile_step_begins(profile *);
void profile_step_ends(profile *);
void profile_read_clock(profile *, size_t clock, profile_kind, size_t row);
void profile_start_clock(profile *, size_t clock);

/* At every piece of work: one look at a pointer where there is no profile. */
static inline void profile_begin(profile *p, size_t clock)
{
    if (p) profile_start_clock(p, clock);
}

static inline void profile_lap(profile *p, size_t clock, profile_kind kind, size_t row)
{
    if (p) profile_read_clock(p, clock, kind, row);
}

#endif
