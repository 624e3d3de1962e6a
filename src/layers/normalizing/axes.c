#include "layers/normalizing/axes.h"

#include <inttypes.h>

void axes_read(config_reader *r, const char *key, bool may_be_none, axes *out)
{
    const config *value;
    *out = (axes){ .given = { -1 }, .count = 1 };
    config_read_value(r, key, &value);
    if (!value || r->status) return;
    out->is_list = config_is_list(value);
    out->count = out->is_list ? config_count(value) : 1;
    if (out->count > HORN_MAX_RANK || (!out->count && !may_be_none)) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is not a list of 1 to %d axes", HORN_MAX_RANK);
        return;
    }
    for (size_t i = 0; i < out->count; i++)
        if (!config_integer(out->is_list ? config_at(value, i) : value, &out->given[i]))
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no integer and no list of integers");
}

void axes_describe(const axes *a, config *c, const char *key)
{
    config *list = a->is_list ? config_list() : NULL;
    for (size_t i = 0; list && i < a->count; i++) config_append_integer(list, a->given[i]);
    if (list)
        config_set(c, key, list);
    else
        config_set_integer(c, key, a->given[0]);
}

horn_status axes_resolve(const axes *a, const layer *l, const shape *input, unsigned *bits)
{
    char found[SHAPE_TEXT];
    *bits = 0;
    for (size_t i = 0; i < a->count; i++) {
        const int64_t axis = a->given[i] < 0 ? a->given[i] + input->rank + 1 : a->given[i];
        if (axis < 1 || axis > input->rank || *bits >> (axis - 1) & 1)
            return layer_fail(l, axis ? HORN_ERROR_SHAPE : HORN_ERROR_UNSUPPORTED,
                              "axis %" PRId64
                              " of its input %s, expected each axis behind the batch once at most",
                              a->given[i], shape_print(found, input));
        *bits |= 1u << (axis - 1);
    }
    return HORN_OK;
}

shape axes_shape(const shape *input, unsigned bits)
{
    shape s = { 0 };
    for (int i = 0; i < input->rank; i++)
        if (bits >> i & 1) s.dim[s.rank++] = input->dim[i];
    return s;
}

void axes_argue(config *arguments, const int axis[HORN_MAX_RANK])
{
    config *list = axis[0] ? config_list() : NULL;
    for (size_t i = 0; list && i < HORN_MAX_RANK && axis[i]; i++) config_append_integer(list, axis[i]);
    if (list) config_set(arguments, "axis", list);
}

size_t axes_graph_spread(graph *g, size_t value, const shape *input, unsigned bits)
{
    shape s = { 0 };
    if (g->status) return 0;
    for (int i = 0; i < input->rank; i++)
        if (s.rank || bits >> i & 1) s.dim[s.rank++] = bits >> i & 1 ? input->dim[i] : 1;
    return shape_equal(&s, &g->operations[value].shape) ? value
                                                        : graph_shape(g, OPERATION_RESHAPE, value, &s);
}
