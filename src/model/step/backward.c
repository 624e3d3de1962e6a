#include "model/step/backward.h"

#include <string.h>
#include "model/step/activity.h"
#include "tensor/elementwise.h"

/* A slice of a step. */
typedef struct slice {
    const plan *plan;
    const plan_step *step;
    size_t lane, workspace, first, rows, samples;
} slice;

/* Where the step writes the gradient of each input: over that of the array, or, to be added to it, into room. A gradient that is
 * not needed has no data. Returns whether one is needed. */
static bool place_gradients(const slice *s, tensor *dx)
{
    const plan *p = s->plan;
    float *room = p->addends ? p->addends + s->workspace * p->workspace_floats : NULL;
    bool wanted = false;
    for (size_t i = 0; i < s->step->input_count; i++) {
        const plan_input *in = &s->step->inputs[i];
        dx[i] = (tensor){ 0 };
        if (!p->arrays[in->array].gradient) continue;
        wanted = true;
        dx[i] = plan_gradient(p, in->array, s->workspace, s->first, s->rows);
        if (!in->adds) continue;
        dx[i].data = room;
        room += s->rows * p->arrays[in->array].count;
    }
    return wanted;
}

static void add_gradient(const slice *s, const plan_input *in, const float *addend)
{
    elementwise_add(plan_gradient(s->plan, in->array, s->workspace, s->first, s->rows).data, addend,
                    s->rows * s->plan->arrays[in->array].count);
}

/* Of a sum. An input that has the data of the output also has its gradient. */
static void pass_on(const slice *s)
{
    const plan *p = s->plan;
    const float *dy = plan_gradient(p, s->step->y, s->workspace, s->first, s->rows).data;
    for (size_t i = 0; i < s->step->input_count; i++) {
        const plan_input *in = &s->step->inputs[i];
        float *dx = p->arrays[in->array].gradient
                        ? plan_gradient(p, in->array, s->workspace, s->first, s->rows).data
                        : NULL;
        if (!dx) continue;
        if (in->adds)
            add_gradient(s, in, dy);
        else if (dx != dy)
            memcpy(dx, dy, s->rows * p->arrays[in->array].count * sizeof *dx);
        if (!in->adds) activity_add_gradient(p, in->array, s->lane, s->first, s->rows, s->samples);
    }
}

static void run(const slice *s, const tensor *x, tensor *dx)
{
    const plan_step *step = s->step;
    lane *own = &s->plan->lanes[s->lane].lane;
    const tensor y = plan_tensor(s->plan, step->y, s->workspace, s->first, s->rows),
                 dy = plan_gradient(s->plan, step->y, s->workspace, s->first, s->rows);
    own->relu = step->relu_backward;
    if (step->call) {
        own->first = s->first * step->call->rows;
        step->call->layer->class->backward(step->call, own, x, &y, &dy, dx);
    } else if (dx && !step->relu_backward) {
        step->activation->backward(tensor_lines(&y), tensor_columns(&y), x->data, y.data, dy.data, dx->data);
    }
}

void backward_step(const plan *p, const plan_step *step, size_t index, size_t first, size_t rows,
                   size_t samples)
{
    const slice s = { p, step, index, p->lanes[index].workspace, first, rows, samples };
    tensor x[CALL_MOST_INPUTS], dx[CALL_MOST_INPUTS];
    if (plan_adds(step)) {
        pass_on(&s);
        return;
    }
    for (size_t i = 0; i < step->input_count; i++)
        x[i] = plan_tensor(p, step->inputs[i].array, s.workspace, first, rows);
    const bool wanted = place_gradients(&s, dx);
    run(&s, x, wanted ? dx : NULL);
    for (size_t i = 0; wanted && i < step->input_count; i++) {
        if (!dx[i].data) continue;
        if (step->inputs[i].adds)
            add_gradient(&s, &step->inputs[i], dx[i].data);
        else
            activity_add_gradient(p, step->inputs[i].array, index, first, rows, samples);
    }
}
