/* Operations that change the shape alone: Reshape, ExpandDims, Squeeze; and Cast to float32. */
#include <inttypes.h>
#include <string.h>
#include "base/status.h"
#include "layers/operations/operation.h"

typedef horn_status change(const layer *, call *);

static const config *argument(const layer *l, const char *key)
{
    return config_get(operation_of(l)->arguments, key);
}

static horn_status refuse(const layer *l, const char *key)
{
    return layer_fail(l, HORN_ERROR_FORMAT, "operation %s has no %s that it can take",
                      operation_of(l)->operation->name, key);
}

/* The size that -1 stands for, so that the sample keeps its values. */
static horn_status settle(const layer *l, call *c, int open)
{
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    shape *y = c->outputs;
    const size_t values = shape_count(c->inputs);
    const bool is_open = shape_is_open(c->inputs);
    if (open >= 0) {
        y->dim[open] = 1;
        const size_t others = shape_count(y);
        y->dim[open] = is_open ? SHAPE_OPEN : others && values % others == 0 ? values / others : 0;
    }
    if (is_open || (shape_count(y) == values && !shape_is_open(y))) return HORN_OK;
    return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                      "reshapes samples of shape %s to %s: it would take values of several samples",
                      shape_print(found, c->inputs), shape_print(expected, y));
}

/* [batch, sizes...]: the batch is -1 or null; one of the sizes may be -1. Keras 3 has null in the place of -1, too. */
static horn_status reshape(const layer *l, call *c)
{
    const config *sizes = argument(l, "newshape");
    const size_t count = config_count(sizes);
    int open = -1;
    int64_t size;
    if (!config_is_list(sizes) || count < 2 || count > HORN_MAX_RANK + 1) return refuse(l, "newshape");
    if (!config_is_null(config_at(sizes, 0)) && (!config_integer(config_at(sizes, 0), &size) || size != -1))
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "operation Reshape gives the batch a size, which is not supported");
    c->outputs->rank = (int)count - 1;
    for (int i = 0; i + 1 < (int)count; i++) {
        const config *given = config_at(sizes, (size_t)i + 1);
        const bool is_open = config_is_null(given);
        if (!is_open && (!config_integer(given, &size) || size < -1 || size == 0))
            return refuse(l, "newshape");
        if (is_open || size == -1) {
            if (open >= 0) return refuse(l, "newshape");
            open = i;
        } else
            c->outputs->dim[i] = (size_t)size;
    }
    return settle(l, c, open);
}

static horn_status expand_dims(const layer *l, call *c)
{
    int64_t axis;
    int at;
    shape *y = c->outputs;
    if (!config_integer(argument(l, "axis"), &axis)) return refuse(l, "axis");
    if (y->rank == HORN_MAX_RANK)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its output would have more than %d axes",
                          HORN_MAX_RANK + 1);
    horn_status status = operation_axis(l, "axis", axis, y->rank + 1, &at);
    if (status) return status;
    memmove(y->dim + at + 1, y->dim + at, (size_t)(y->rank++ - at) * sizeof *y->dim);
    y->dim[at] = 1;
    return HORN_OK;
}

static horn_status squeeze(const layer *l, call *c)
{
    shape *y = c->outputs;
    unsigned axes = 0;
    for (int i = 0; i < y->rank; i++) axes |= (unsigned)(y->dim[i] == 1) << i;
    if (argument(l, "axis")) {
        horn_status status = operation_axes(l, "axis", y->rank, &axes);
        if (status) return status;
    }
    y->rank = 0;
    for (int i = 0; i < c->inputs->rank; i++) {
        if (!(axes >> i & 1))
            y->dim[y->rank++] = c->inputs->dim[i];
        else if (c->inputs->dim[i] != 1)
            return layer_fail(l, HORN_ERROR_SHAPE,
                              "operation Squeeze takes away axis %d, which has size %zu, expected 1", i + 1,
                              c->inputs->dim[i]);
    }
    if (!y->rank)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its output would have no axis beside the batch");
    return HORN_OK;
}

static horn_status cast(const layer *l, call *c)
{
    const char *dtype = config_string(argument(l, "dtype"));
    (void)c;
    if (dtype && strcmp(dtype, "float32") == 0) return HORN_OK;
    return layer_fail(l, HORN_ERROR_UNSUPPORTED, "operation Cast gives '%.40s', expected float32",
                      dtype ? dtype : "");
}

static const struct rule {
    const char *name;
    change *change;
} rules[] = {
    { "Reshape", reshape }, { "ExpandDims", expand_dims }, { "Squeeze", squeeze }, { "Cast", cast }
};

static bool computes(operation_layer *o)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, o->operation->name) == 0) o->rule = &rules[i];
    return o->rule;
}

static horn_status place(const layer *l, call *c)
{
    return ((const struct rule *)operation_of(l)->rule)->change(l, c);
}

static const layer_class view_class = { OPERATION_CLASS, .flags = LAYER_IS_VIEW, .place = place };

const operation_family view_family = { &view_class, computes, NULL };
