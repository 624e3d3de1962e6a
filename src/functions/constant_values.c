#include "functions/constant_values.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

const config *constant_values_of(const config *value)
{
    const char *class_name = config_get_string(value, "class_name");
    if (class_name && (strcmp(class_name, "__numpy__") == 0 || strcmp(class_name, "__tensor__") == 0))
        value = config_get(config_get(value, "config"), "value");
    return config_is_list(value) ? value : NULL;
}

/* The shape by the first items; the rest is compared with it. */
static bool measure(const config *values, shape *out)
{
    *out = (shape){ 0 };
    for (; config_is_list(values); values = config_at(values, 0)) {
        if (out->rank == HORN_MAX_RANK || config_count(values) == 0) return false;
        out->dim[out->rank++] = config_count(values);
    }
    return true;
}

/* Copies the numbers in their order to *at and moves it; a NULL *at only checks them. */
static bool read_all(const config *values, const shape *s, int axis, float **at)
{
    double number;
    if (axis == s->rank) {
        if (!config_number(values, &number) || !(fabs(number) <= FLT_MAX)) return false;
        if (*at) *(*at)++ = (float)number;
        return true;
    }
    if (!config_is_list(values) || config_count(values) != s->dim[axis]) return false;
    for (size_t i = 0; i < s->dim[axis]; i++)
        if (!read_all(config_at(values, i), s, axis + 1, at)) return false;
    return true;
}

static bool broadcasts(const shape *from, const shape *to)
{
    if (from->rank > to->rank) return false;
    for (int i = 1; i <= from->rank; i++)
        if (from->dim[from->rank - i] != 1 && from->dim[from->rank - i] != to->dim[to->rank - i])
            return false;
    return true;
}

horn_status constant_values_check(const config *values, const shape *s, const char *where)
{
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    shape own;
    float *none = NULL;
    if (!measure(values, &own) || !read_all(values, &own, 0, &none))
        return fail(HORN_ERROR_FORMAT, "%s: the values of its Constant are no regular lists of numbers",
                    where);
    if (!broadcasts(&own, s) && shape_count(&own) != shape_count(s))
        return fail(HORN_ERROR_SHAPE, "%s: the values of its Constant have shape %s, expected %s", where,
                    shape_print(found, &own), shape_print(expected, s));
    return HORN_OK;
}

/* The place in `from` of place `index` of `to`. */
static size_t place_of(size_t index, const shape *from, const shape *to)
{
    size_t place = 0, step = 1;
    for (int i = 1; i <= from->rank; i++) {
        const size_t size = from->dim[from->rank - i], all = to->dim[to->rank - i];
        place += size == 1 ? 0 : index % all * step;
        step *= size;
        index /= all;
    }
    return place;
}

horn_status constant_values_fill(const config *values, const shape *s, float *out)
{
    shape own;
    float *numbers = NULL, *at;
    (void)measure(values, &own);
    horn_status status = memory_new(&numbers, shape_count(&own), sizeof *numbers);
    if (status) return status;
    at = numbers;
    (void)read_all(values, &own, 0, &at);
    const bool as_it_is = !broadcasts(&own, s);
    for (size_t i = 0; i < shape_count(s); i++) out[i] = numbers[as_it_is ? i : place_of(i, &own, s)];
    free(numbers);
    return HORN_OK;
}
