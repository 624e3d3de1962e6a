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

/* ---- the table ---- */

static size_t find_best(const float *row, size_t width)
{
    size_t best = 0;
    for (size_t i = 1; i < width; i++)
        if (row[i] > row[best]) best = i;
    return best;
}

static double probability(outputs_kind kind, const float *row, size_t width, size_t at)
{
    double sum = 0;
    if (kind == OUTPUTS_PROBABILITIES) return (double)row[at];
    if (kind == OUTPUTS_BINARY_LOGITS) return 1 / (1 + exp(-(double)row[at]));
    for (size_t i = 0; i < width; i++) sum += exp((double)row[i] - (double)row[at]);
    return 1 / sum;
}

static void print_probability(size_t image, size_t class, double p)
{
    /* C may print "-nan". */
    if (isnan(p))
        printf("%7zu %6zu %12s\n", image, class, "nan");
    else
        printf("%7zu %6zu %12.4f\n", image, class, p);
}

static void print_values(const float *row, size_t width)
{
    enum { SHOWN = 10 };
    for (size_t i = 0; i < width && i < SHOWN; i++) {
        if (isnan(row[i]))
            printf(" %12s", "nan");
        else
            printf(" %12.6g", (double)row[i]);
    }
    printf("%s\n", width > SHOWN ? " ..." : "");
}

void outputs_print(outputs_kind kind, const float *rows, size_t count, size_t width)
{
    const bool one = width == 1 && kind != OUTPUTS_LOGITS;
    if (kind == OUTPUTS_VALUES)
        printf("%7s %12s\n", "image", width == 1 ? "value" : "values");
    else
        printf("%7s %6s %12s\n", "image", "class", one ? "P(class 1)" : "probability");
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * width;
        if (kind == OUTPUTS_VALUES) {
            printf("%7zu", i);
            print_values(row, width);
            continue;
        }
        const size_t best = one ? 0 : find_best(row, width);
        const double p = probability(kind, row, width, best);
        print_probability(i, one ? p > 0.5 : best, p);
    }
}
