#include "programs/training/named.h"

#include "programs/training/scale.h"

bool named_is_needed(const horn_model *m)
{
    return horn_model_input_count(m) > 1 || horn_model_output_count(m) > 1;
}

horn_status named_load(horn_arrays **out, const horn_model *m, const char *path, bool outputs, size_t samples)
{
    const char *names[HORN_MAX_INPUTS + HORN_MAX_OUTPUTS];
    size_t count = 0;
    for (size_t i = 0; !outputs && i < horn_model_input_count(m); i++)
        names[count++] = horn_model_input_name(m, i);
    for (size_t i = 0; outputs && i < horn_model_output_count(m); i++)
        if (horn_model_compares_output(m, i)) names[count++] = horn_model_output_name(m, i);
    const horn_status status = horn_arrays_load(out, path, names, count, "_test");
    if (status) return status;
    horn_view *v = horn_arrays_views(*out);
    for (size_t i = 0; samples && i < count; i++)
        if (v[i].rank && v[i].shape[0] > samples) v[i].shape[0] = samples;
    return HORN_OK;
}

void named_scale(const char *scale, const horn_model *m, horn_view *x)
{
    for (size_t i = 0; i < horn_model_input_count(m); i++) scale_apply(scale, m, &x[i]);
}
