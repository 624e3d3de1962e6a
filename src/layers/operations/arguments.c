/* What the families share: the arguments of an operation, and its axes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/status.h"
#include "layers/operations/operation.h"

void operation_describe(const layer *l, config *c)
{
    const config *arguments = operation_of(l)->arguments;
    const char *key;
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        config_set(c, key, config_copy(config_at(arguments, i)));
}

void operation_destroy(layer *l)
{
    operation_layer *o = operation_of(l);
    config_free(o->arguments);
    for (size_t i = 0; i < 2; i++) free(o->constants[i].data);
}

const keras_operation *operation_in(const layer *l)
{
    return l->class->describe == operation_describe ? operation_of(l)->operation : NULL;
}

bool operation_is_among(const operation_layer *o, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, o->operation->name) == 0) return true;
    return false;
}

horn_status operation_axis(const layer *l, const char *what, int64_t axis, int rank, int *out)
{
    const int64_t found = axis < 0 ? axis + rank + 1 : axis;
    if (found == 0)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "%s of operation %s has axis %" PRId64
                          ", the batch: only axes of samples are supported",
                          what, operation_of(l)->operation->name, axis);
    if (found < 0 || found > rank)
        return layer_fail(l, HORN_ERROR_SHAPE,
                          "%s of operation %s has axis %" PRId64 ", its input has %d axes", what,
                          operation_of(l)->operation->name, axis, rank + 1);
    *out = (int)found - 1;
    return HORN_OK;
}

horn_status operation_axes(const layer *l, const char *what, int rank, unsigned *out)
{
    const config *given = config_get(operation_of(l)->arguments, what);
    const size_t count = config_is_list(given) ? config_count(given) : 1;
    *out = 0;
    if (!given)
        return layer_fail(
            l, HORN_ERROR_UNSUPPORTED,
            "operation %s over all axes takes the batch, too: only axes of samples are supported",
            operation_of(l)->operation->name);
    for (size_t i = 0; i < count; i++) {
        int64_t axis;
        int at = 0;
        if (!config_integer(config_is_list(given) ? config_at(given, i) : given, &axis))
            return layer_fail(l, HORN_ERROR_FORMAT, "%s of operation %s is no axis and no list of axes", what,
                              operation_of(l)->operation->name);
        horn_status status = operation_axis(l, what, axis, rank, &at);
        if (status) return status;
        *out |= 1u << at;
    }
    return HORN_OK;
}
