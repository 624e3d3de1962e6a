#include "model/files/same_calls.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* Fills first[layer_count + 1]: where the calls of each layer begin in a list by layers. */
static void count_calls(size_t *first, const snapshot *s)
{
    for (size_t i = 0; i < s->call_count; i++) first[s->calls[i].layer + 1]++;
    for (size_t i = 0; i < s->layer_count; i++) first[i + 1] += first[i];
}

/* Value of b for each value of a: the same call of the same layer. */
static horn_status match(size_t *values, const snapshot *a, const snapshot *b, bool *same)
{
    horn_status status = HORN_OK;
    size_t *first = NULL, *other = NULL, *next = NULL, *listed = NULL;
    TRY(memory_new(&first, a->layer_count + 1, sizeof *first));
    TRY(memory_new(&other, b->layer_count + 1, sizeof *other));
    TRY(memory_new(&next, a->layer_count + 1, sizeof *next));
    TRY(memory_new(&listed, b->call_count, sizeof *listed));
    count_calls(first, a);
    count_calls(other, b);
    *same = memcmp(first, other, (a->layer_count + 1) * sizeof *first) == 0;
    for (size_t i = 0; *same && i < b->call_count; i++) {
        const size_t layer = b->calls[i].layer;
        listed[other[layer] + next[layer]++] = i;
    }
    memset(next, 0, (a->layer_count + 1) * sizeof *next);
    for (size_t i = 0; *same && i < a->call_count; i++) {
        const size_t layer = a->calls[i].layer;
        values[i + 1] = listed[first[layer] + next[layer]++] + 1;
    }
done:
    free(first);
    free(other);
    free(next);
    free(listed);
    return status;
}

static bool same_values(const snapshot_call *x, const snapshot_call *y, const size_t *values)
{
    if (x->value_count != y->value_count) return false;
    for (size_t k = 0; k < x->value_count; k++)
        if (values[x->values[k]] != y->values[k]) return false;
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_ends(const snapshot_end *a, const snapshot_end *b, size_t count, const size_t *values)
{
    for (size_t i = 0; i < count; i++)
        if ((values ? values[a[i].value] : a[i].value) != b[i].value || !same_text(a[i].key, b[i].key))
            return false;
    return true;
}

horn_status same_calls(bool *same, const snapshot *a, const snapshot *b)
{
    horn_status status = HORN_OK;
    size_t *values = NULL;
    *same = a->call_count == b->call_count && a->layer_count == b->layer_count && !a->inputs == !b->inputs &&
            !a->outputs == !b->outputs && (!a->inputs || a->input_count == b->input_count) &&
            (!a->outputs || a->output_count == b->output_count);
    if (!*same) return HORN_OK;
    if (a->call_count) {
        TRY(memory_new(&values, a->call_count + 1, sizeof *values));
        TRY(match(values, a, b, same));
        for (size_t i = 0; *same && i < a->call_count; i++)
            *same = same_values(&a->calls[i], &b->calls[values[i + 1] - 1], values);
    }
    if (*same && a->inputs) *same = same_ends(a->inputs, b->inputs, a->input_count, values);
    if (*same && a->outputs) *same = same_ends(a->outputs, b->outputs, a->output_count, values);
done:
    free(values);
    return status;
}
