/* The table that ./predict prints, and its lines of JSON. */
#include "programs/shared/outputs.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include "programs/shared/json.h"
#include "programs/shared/terminal.h"

/* The class after `last` when classes go from the most to the least probable, equal ones by number. */
static size_t find_next(const float *row, size_t width, size_t last)
{
    size_t best = width;
    for (size_t i = 0; i < width; i++) {
        if (last < width && (row[i] > row[last] || (row[i] == row[last] && i <= last))) continue;
        if (last < width && (i == last || isnan(row[last]))) continue;
        if (best == width || row[i] > row[best]) best = i;
    }
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

/* -1: not known. */
static int64_t label_of(const outputs_how *how, size_t sample)
{
    const horn_view *y = how->labels;
    if (!y || !y->data || y->rank != 1 || sample >= y->shape[0]) return -1;
    if (y->dtype == HORN_UINT8) return ((const uint8_t *)y->data)[sample];
    if (y->dtype == HORN_INT32) return ((const int32_t *)y->data)[sample];
    return y->dtype == HORN_INT64 ? ((const int64_t *)y->data)[sample] : -1;
}

static const char *name_of(const outputs_how *how, int64_t class)
{
    return class >= 0 && (uint64_t) class < how->name_count ? how->names[class] : NULL;
}

/* ---- text ---- */

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

static void print_class(const outputs_how *how, size_t sample, size_t class, double p)
{
    const char *name = name_of(how, (int64_t) class), *truth = name_of(how, label_of(how, sample));
    /* C may print "-nan". */
    if (isnan(p))
        printf("%7zu %6zu %12s", sample, class, "nan");
    else
        printf("%7zu %6zu %12.4f", sample, class, p);
    if (name) {
        printf("  ");
        print_clean(name, "");
    }
    if (name && truth) {
        printf(" (is ");
        print_clean(truth, "");
        printf(")");
    }
    printf("\n");
}

static void print_row(const outputs_how *how, size_t sample, const float *row, size_t width, bool one)
{
    size_t class = width;
    if (one) {
        const double p = probability(how->kind, row, width, 0);
        print_class(how, sample, p > 0.5, p);
        return;
    }
    for (size_t i = 0; i < (how->top ? how->top : 1); i++) {
        if ((class = find_next(row, width, class)) == width) return;
        print_class(how, sample, class, probability(how->kind, row, width, class));
    }
}

/* ---- JSON ---- */

static void put_class(const outputs_how *how, size_t class, double p)
{
    printf("{\"class\": %zu, ", class);
    if (how->name_count) {
        printf("\"name\": ");
        json_text(name_of(how, (int64_t) class));
        printf(", ");
    }
    printf("\"probability\": ");
    json_number(p);
    printf("}");
}

static void put_classes(const outputs_how *how, const float *row, size_t width, bool one)
{
    size_t class = width;
    const double p = one ? probability(how->kind, row, width, 0) : 0;
    printf("\"classes\": [");
    if (one) put_class(how, p > 0.5, p > 0.5 ? p : 1 - p);
    for (size_t i = 0; !one && i < (how->top ? how->top : 1); i++) {
        if ((class = find_next(row, width, class)) == width) break;
        if (i) printf(", ");
        put_class(how, class, probability(how->kind, row, width, class));
    }
    printf("]");
}

static void put_row(const outputs_how *how, size_t sample, const float *row, size_t width, bool one)
{
    const int64_t label = label_of(how, sample);
    printf("{\"sample\": %zu, ", sample);
    if (how->kind == OUTPUTS_VALUES) {
        printf("\"values\": [");
        for (size_t i = 0; i < width; i++) {
            if (i) printf(", ");
            json_number((double)row[i]);
        }
        printf("]");
    } else {
        put_classes(how, row, width, one);
        if (label >= 0) printf(", \"label\": %lld", (long long)label);
    }
    printf("}\n");
}

/* ---- */

void outputs_print(const outputs_how *how, const float *rows, size_t count, size_t width)
{
    const bool one = width == 1 && how->kind != OUTPUTS_LOGITS, are_values = how->kind == OUTPUTS_VALUES;
    if (!how->json && are_values)
        printf("%7s %12s\n", "image", width == 1 ? "value" : "values");
    else if (!how->json)
        printf("%7s %6s %12s%s\n", "image", "class", one ? "P(class 1)" : "probability",
               how->name_count ? "  name" : "");
    for (size_t i = 0; i < count; i++) {
        const float *row = rows + i * width;
        if (how->json) {
            put_row(how, i, row, width, one);
        } else if (are_values) {
            printf("%7zu", i);
            print_values(row, width);
        } else {
            print_row(how, i, row, width, one);
        }
    }
}
