/* The steps of a plan and the arrays between them. */
#ifndef MODEL_PLAN_LAY_OUT_H
#define MODEL_PLAN_LAY_OUT_H

#include "model/plan/plan.h"

/* Makes the steps and arrays of the calls. */
void plan_lay_out(plan *);
/* Lists the coupled steps. */
void plan_list_coupled(plan *);

#endif
