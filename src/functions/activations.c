/* Activations by name. */
#include <string.h>
#include "base/status.h"
#include "functions/activation_loops.h"

static const activation *find(const char *name)
{
    static const activation *const tables[] = { piecewise_activations, smooth_activations, row_activations };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const activation *a = tables[t]; a->name; a++)
            if (strcmp(a->name, name) == 0) return a;
    return NULL;
}

/* Keras' other names. */
static const char *without_alias(const char *name)
{
    static const char *const aliases[][2] = { { "swish", "silu" }, { "hard_swish", "hard_silu" } };
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i][0], name) == 0) return aliases[i][1];
    return name;
}

horn_status activation_by_name(const activation **out, const char *name)
{
    *out = NULL;
    if (strcmp(name, "linear") == 0) return HORN_OK;
    *out = find(without_alias(name));
    return *out ? HORN_OK : fail(HORN_ERROR_UNSUPPORTED, "activation '%.200s' is not known", name);
}

const char *activation_name(const activation *a)
{
    return a ? a->name : "linear";
}
