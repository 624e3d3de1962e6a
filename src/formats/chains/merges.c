/* Layers that merge several values. */
#include <string.h>
#include "formats/chains/patterns.h"

static horn_status add_merge(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    return chain_add_layer(b, row->class_name, &arguments);
}

static horn_status add_concatenate(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *o = chain_operation(b);
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_integer(arguments, "axis", o->axis + 1 == o->shape.rank ? -1 : o->axis + 1);
    return config_status(arguments);
}

static horn_status add_dot(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_integer(arguments, "axes", 2);
    config_set_boolean(arguments, "normalize", false);
    return config_status(arguments);
}

static const struct merge {
    operation_kind kind;
    bool joins; /* several of them are one layer */
    chain_pattern row;
} merges[] = {
    { OPERATION_ADD, true, { NULL, "Add", NULL, add_merge, NULL } },
    { OPERATION_SUB, false, { NULL, "Subtract", NULL, add_merge, NULL } },
    { OPERATION_MUL, true, { NULL, "Multiply", NULL, add_merge, NULL } },
    { OPERATION_MAXIMUM, true, { NULL, "Maximum", NULL, add_merge, NULL } },
    { OPERATION_MINIMUM, true, { NULL, "Minimum", NULL, add_merge, NULL } },
    { OPERATION_JOIN, true, { NULL, "Concatenate", NULL, add_concatenate, NULL } },
    { OPERATION_DOT, false, { NULL, "Dot", NULL, add_dot, NULL } },
};
static const chain_pattern average = { NULL, "Average", NULL, add_merge, NULL };

static const struct merge *merge_of(operation_kind kind)
{
    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++)
        if (merges[i].kind == kind) return &merges[i];
    return NULL;
}

/* Graphs align axes at the last one with that of the samples among them; layers do so without. */
static bool fits(const imported *im, const operation *o, size_t input)
{
    return input != NO_VALUE && im->origins[input].is_computed &&
           (o->kind == OPERATION_DOT || im->graph->operations[input].shape.rank == o->shape.rank ||
            im->graph->operations[input].kind == OPERATION_NONE);
}

static bool is_merge(const imported *im, size_t value)
{
    const operation *o = &im->graph->operations[value];
    return o->input_count == 2 && fits(im, o, o->inputs[0]) && fits(im, o, o->inputs[1]);
}

/* Whether the value is a part of the merge of `o`, which has it in front, and nothing else takes it. */
static bool goes_on(const imported *im, const size_t *uses, const operation *o, size_t value)
{
    const operation *inner = &im->graph->operations[value];
    return inner->kind == o->kind && uses[value] == 1 && inner->axis == o->axis && is_merge(im, value);
}

static void collect(const imported *im, const size_t *uses, size_t value, bool joins,
                    size_t inputs[CHAIN_MOST_INPUTS], size_t *count)
{
    const operation *o = &im->graph->operations[value], *first = o;
    for (*count = 2; joins && *count < CHAIN_MOST_INPUTS && goes_on(im, uses, o, first->inputs[0]); ++*count)
        first = &im->graph->operations[first->inputs[0]];
    for (size_t i = *count; i-- > 1; o = &im->graph->operations[o->inputs[0]]) {
        inputs[i] = o->inputs[1];
        inputs[i - 1] = o->inputs[0];
    }
}

/* A sum of n values times 1 / n. */
static bool is_average(const imported *im, const size_t *uses, const operation *o,
                       size_t inputs[CHAIN_MOST_INPUTS], size_t *count)
{
    float number;
    for (int i = 0; i < 2 && o->kind == OPERATION_MUL && o->input_count == 2; i++) {
        const size_t sum = o->inputs[i];
        if (!imported_number(im, o->inputs[!i], &number) || sum == NO_VALUE || uses[sum] != 1 ||
            im->graph->operations[sum].kind != OPERATION_ADD || !is_merge(im, sum))
            continue;
        collect(im, uses, sum, true, inputs, count);
        return number == (float)(1.0 / (double)*count);
    }
    return false;
}

const chain_pattern *chain_merge_at(const imported *im, const size_t *uses, size_t value,
                                    size_t inputs[CHAIN_MOST_INPUTS], size_t *count)
{
    const operation *o = &im->graph->operations[value];
    const struct merge *m = merge_of(o->kind);
    if (is_average(im, uses, o, inputs, count)) return &average;
    if (!m || !is_merge(im, value)) return NULL;
    collect(im, uses, value, m->joins, inputs, count);
    return &m->row;
}
