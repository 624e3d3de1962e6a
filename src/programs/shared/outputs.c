#include "programs/shared/outputs.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* True for "SparseCategoricalCrossentropy(from_logits=True)", also with a package. */
static bool is_from_logits(const char *loss, const char *name)
{
    const char *arguments = strchr(loss, '('), *bare = loss;
    for (const char *at = loss; arguments && at < arguments; at++)
        if (*at == '>') bare = at + 1;
    const size_t length = strlen(name);
    return arguments && (size_t)(arguments - bare) == length && memcmp(bare, name, length) == 0 &&
           strstr(arguments, "from_logits=True");
}

static outputs_kind kind_of_loss(const char *loss)
{
    if (is_from_logits(loss, "SparseCategoricalCrossentropy") ||
        is_from_logits(loss, "CategoricalCrossentropy") ||
        is_from_logits(loss, "CategoricalFocalCrossentropy"))
        return OUTPUTS_LOGITS;
    if (is_from_logits(loss, "BinaryCrossentropy") || is_from_logits(loss, "BinaryFocalCrossentropy"))
        return OUTPUTS_BINARY_LOGITS;
    return OUTPUTS_VALUES;
}

void outputs_say_untrained(const horn_model *model)
{
    const char *why = horn_model_left_out(model, HORN_PART_WEIGHTS);
    if (why) fprintf(stderr, "%s\n", why);
}

outputs_kind outputs_find_kind(const char *path, const horn_model *model)
{
    const char *loss = horn_model_loss(model);
    if (horn_model_gives_probabilities(model, 0)) return OUTPUTS_PROBABILITIES;
    if (loss) return kind_of_loss(loss);
    fprintf(stderr, "%s: no loss says what the outputs are: shown as they are\n", path);
    return OUTPUTS_VALUES;
}
