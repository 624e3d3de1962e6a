/* The steps of a plan and the arrays between them. */
#ifndef MODEL_PLAN_LAY_OUT_H
#define MODEL_PLAN_LAY_OUT_H

#include "model/plan/plan.h"

/* Makes the steps and arrays of the calls. */
void plan_lay_out(plan *);
/* Lists the coupled steps, and marks the arrays that are read again after their slice is done. */
void plan_mark_what_stays(plan *);

#endif
