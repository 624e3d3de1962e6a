#include "model/step/activity.h"

void activity_add_loss(const plan *p, int array, size_t index, size_t first, size_t rows)
{
    const regularizer *r = &p->arrays[array].activity;
    if (!r->class) return;
    const tensor y = plan_tensor(p, array, p->lanes[index].workspace, first, rows);
    p->lanes[index].sums.activity += regularizer_loss(r, rows * p->arrays[array].count, y.data);
}

void activity_add_gradient(const plan *p, int array, size_t index, size_t first, size_t rows, size_t samples)
{
    regularizer r = p->arrays[p->arrays[array].values_of].activity;
    const size_t workspace = p->lanes[index].workspace;
    if (!r.class || !p->arrays[array].gradient) return;
    r.l1 /= (double)samples;
    r.l2 /= (double)samples;
    const tensor y = plan_tensor(p, array, workspace, first, rows);
    regularizer_add_gradient(&r, rows * p->arrays[array].count, y.data,
                             plan_gradient(p, array, workspace, first, rows).data);
}
