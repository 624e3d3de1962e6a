/* Which arrays of a plan are in use when, and their places: arrays that are never in use at the same time share memory. */
#ifndef MODEL_PLAN_LIFETIMES_H
#define MODEL_PLAN_LIFETIMES_H

#include "model/plan/plan.h"

/* Finds the arrays that stay, and those that backward computes again, and chooses the places of all. The plan knows its coupled steps
 * and its slices. */
HORN_CHECKED horn_status lifetimes_find(plan *);

#endif
