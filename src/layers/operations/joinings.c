/* Concatenate and Stack: inputs one behind the other along an axis of a sample; Stack makes the axis. */
#include <string.h>
#include "base/status.h"
#include "layers/joining.h"
#include "layers/operations/operation.h"

static const char *const names[] = { "Concatenate", "Stack", NULL };

static bool computes(operation_layer *o)
{
    return operation_is_among(o, names);
}

static bool stacks(const layer *l)
{
    return strcmp(operation_of(l)->operation->name, "Stack") == 0;
}

/* call->own: the axis. */
static horn_status place(const layer *l, call *c)
{
    int *axis = c->own;
    int64_t given;
    shape *y = c->outputs;
    const int rank = c->inputs->rank + stacks(l);
    horn_status status;
    if (!config_integer(config_get(operation_of(l)->arguments, "axis"), &given))
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "operation %s has no axis, which is not supported",
                          operation_of(l)->operation->name);
    status = operation_axis(l, "axis", given, rank, axis);
    if (status || !stacks(l)) return status ? status : joining_place(l, c, *axis);
    if (rank > HORN_MAX_RANK)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its output would have more than %d axes",
                          HORN_MAX_RANK + 1);
    for (size_t k = 1; k < c->input_count; k++)
        if (!shape_fits(&c->inputs[k], c->inputs))
            return layer_fail(l, HORN_ERROR_SHAPE, "its inputs have different shapes");
    memmove(y->dim + *axis + 1, y->dim + *axis, (size_t)(y->rank++ - *axis) * sizeof *y->dim);
    y->dim[*axis] = c->input_count;
    return HORN_OK;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    joining_forward(c, *(const int *)c->own, x, y);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)x, (void)y;
    joining_backward(c, *(const int *)c->own, dy, dx);
}

static const layer_class joining_class = {
    OPERATION_CLASS, .call_size = sizeof(int), .most_inputs = CALL_MOST_INPUTS,
    .place = place,  .forward = forward,       .backward = backward
};

const operation_family joining_family = { &joining_class, computes, NULL };
