#include "metrics/numbers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "functions/constant_values.h"

void numbers_read(numbers *out, config_reader *r, const char *key)
{
    const config *value, *list;
    config_read_value(r, key, &value);
    if (!value || r->status) return;
    list = constant_values_of(value);
    out->is_single = !list;
    out->count = list ? config_count(list) : 1;
    if (out->count == 0) config_reader_fail(r, HORN_ERROR_FORMAT, key, "is empty");
    if (!r->status) r->status = memory_new(&out->values, out->count, sizeof *out->values);
    const config *member = !list ? value : config_at(list, 0);
    for (size_t i = 0; !r->status && i < out->count; i++, member = list ? config_next(member) : member)
        if (!config_number(member, &out->values[i]) || !(fabs(out->values[i]) <= (double)FLT_MAX))
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "has a member that is no number");
}

static void set(config *c, const char *key, const double *values, size_t count)
{
    config *list = config_list();
    for (size_t i = 0; i < count; i++) config_append_number(list, values[i]);
    config_set(c, key, list);
}

void numbers_describe(const numbers *n, config *c, const char *key)
{
    if (!n->count)
        config_set_null(c, key);
    else if (n->is_single)
        config_set_number(c, key, n->values[0]);
    else
        set(c, key, n->values, n->count);
}

void numbers_free(numbers *n)
{
    free(n->values);
}

void numbers_set(config *arguments, const char *key, const double *values, size_t count)
{
    if (count) set(arguments, key, values, count);
}
