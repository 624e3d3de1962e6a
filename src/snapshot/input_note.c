/* What Horn's files say of the data besides Keras' part. */
#include <float.h>
#include "base/status.h"
#include "snapshot/snapshot.h"

bool snapshot_has_input(const snapshot *s)
{
    return s->input_divisor != 0 || s->class_names;
}

horn_status snapshot_describe_input(const snapshot *s, config **out)
{
    *out = config_object();
    if (s->input_divisor != 0) config_set_number(*out, "divisor", s->input_divisor);
    if (s->class_names) config_set(*out, "classes", config_copy(s->class_names));
    horn_status status = config_status(*out);
    if (!status) return HORN_OK;
    config_free(*out);
    *out = NULL;
    return status;
}

static horn_status read_classes(snapshot *s, const config *classes, const char *where)
{
    bool valid = config_is_list(classes) && config_count(classes);
    if (valid)
        for (const config *c = config_at(classes, 0); c; c = config_next(c))
            valid = valid && config_string(c);
    if (!valid) return fail(HORN_ERROR_FORMAT, "%s: the input's 'classes' are no list of names", where);
    config *copy = config_copy(classes);
    const horn_status status = config_status(copy);
    if (status) {
        config_free(copy);
        return status;
    }
    config_free(s->class_names);
    s->class_names = copy;
    return HORN_OK;
}

horn_status snapshot_read_input(snapshot *s, const config *input, const char *where)
{
    double divisor = 0;
    const config *given = config_get(input, "divisor"), *classes = config_get(input, "classes");
    if ((given || !classes) && (!config_number(given, &divisor) || !(divisor > 0 && divisor <= FLT_MAX)))
        return fail(HORN_ERROR_FORMAT, "%s: the input has no valid 'divisor', expected a number above 0",
                    where);
    s->input_divisor = divisor;
    return classes ? read_classes(s, classes, where) : HORN_OK;
}
