#include "programs/training/scale.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs/shared/options.h"

/* Reads a factor and gives its divisor: 255 for "1/255". False if it is no factor. */
static bool read_factor(const char *text, double *divisor)
{
    char *end;
    double above = strtod(text, &end), below = 1;
    if (end == text) return false;
    if (*end == '/') {
        const char *second = end + 1;
        below = strtod(second, &end);
        if (end == second) return false;
    }
    *divisor = below / above;
    return !*end && isfinite(*divisor) && isfinite((float)*divisor) && (float)*divisor > 0 && isfinite(above);
}

void scale_check(const char *text)
{
    double divisor;
    if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0 || read_factor(text, &divisor)) return;
    usage_error("--scale: '%s' is none of auto, none, a factor above 0 (0.5 or 1/255)", text);
}

/* 0 for "auto". */
static double divisor_of(const char *text)
{
    double divisor = 0;
    if (strcmp(text, "none") == 0) return 1;
    return strcmp(text, "auto") != 0 && read_factor(text, &divisor) ? divisor : 0;
}

static bool has_bytes_of_images(const horn_view *x)
{
    return x->dtype == HORN_UINT8 && x->rank >= 3;
}

void scale_apply(const char *text, const horn_model *model, horn_view *x)
{
    double divisor = divisor_of(text);
    if (divisor == 0) divisor = horn_model_input_divisor(model);
    if (divisor == 0) divisor = has_bytes_of_images(x) ? 255 : 1;
    x->divisor = divisor == 1 ? 0 : divisor;
}

horn_status scale_remember(const char *text, horn_model *model)
{
    double divisor = divisor_of(text);
    return divisor == 0 ? HORN_OK : horn_model_set_input_divisor(model, divisor);
}

const char *scale_describe(char line[SCALE_TEXT], const char *text, const horn_model *model,
                           const horn_view *x)
{
    double remembered = horn_model_input_divisor(model);
    *line = '\0';
    if (divisor_of(text) != 0) return line;
    if (remembered == 1)
        snprintf(line, SCALE_TEXT, "; they are not scaled, as in the model's training");
    else if (remembered != 0)
        snprintf(line, SCALE_TEXT, "; they are divided by %g, as in the model's training", remembered);
    else if (has_bytes_of_images(x))
        snprintf(line, SCALE_TEXT, "; uint8 images are divided by 255");
    return line;
}
