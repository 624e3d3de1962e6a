/* Layers that normalize values by statistics: of the sample, or of their own. */
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "formats/chains/patterns.h"
#include "formats/keras/classes.h"

static const operation *operation_of(const imported *im, size_t value)
{
    return &im->graph->operations[value];
}

static const shape *input_of(const imported *im, const pattern_match *m)
{
    return &operation_of(im, pattern_value(m, "x"))->shape;
}

static unsigned all_of(const shape *x)
{
    return (1u << x->rank) - 1;
}

/* The axes over which a value of that name, MeanAlong(...) or Sub(..., MeanAlong(...)), is a mean. */
static unsigned mean_of(const imported *im, const pattern_match *m, const char *name)
{
    const operation *o = operation_of(im, pattern_value(m, name));
    return o->kind == OPERATION_SUB ? operation_of(im, o->inputs[1])->axes : o->axes;
}

/* One axis as a number: -1 for the last. */
static void set_axis(config *arguments, const shape *x, unsigned bits)
{
    config *list = config_list();
    for (int i = 0; i < x->rank; i++) {
        if (bits >> i & 1) config_append_integer(list, i + 1);
        if (bits == 1u << i) config_set_integer(arguments, "axis", i + 1 == x->rank ? -1 : i + 1);
    }
    if (config_count(list) == 1)
        config_free(list);
    else
        config_set(arguments, "axis", list);
}

static bool has(const pattern_match *m, const char *name)
{
    return pattern_value(m, name) != NO_VALUE;
}

/* Both weights, if they are there, lie along these axes. */
static bool weights_lie_along(const imported *im, const pattern_match *m, const shape *x, unsigned bits)
{
    return (!has(m, "gamma") || chain_lies_along(im, m, "gamma", x, bits)) &&
           (!has(m, "beta") || chain_lies_along(im, m, "beta", x, bits));
}

static horn_status add_normal(chain_builder *b, const chain_pattern *row, config **arguments)
{
    const float epsilon = pattern_number(&b->match, "epsilon", 0);
    if (!(epsilon >= 0 && isfinite(epsilon))) return chain_refuse(b, "its epsilon is no number from 0 on");
    horn_status status = chain_add_layer(b, row->class_name, arguments);
    if (status) return status;
    config_set_number(*arguments, "epsilon", chain_shortest(epsilon));
    config_set_boolean(*arguments, "center", has(&b->match, "beta"));
    config_set_boolean(*arguments, "scale", has(&b->match, "gamma"));
    return HORN_OK;
}

static horn_status add_gamma_and_beta(chain_builder *b, const shape *x, unsigned bits)
{
    horn_status status = HORN_OK;
    static const char *const names[] = { "gamma", "beta" };
    const bool is_vector = !(bits & (bits - 1));
    for (int i = 0; !status && i < 2; i++)
        if (has(&b->match, names[i]))
            status = chain_add_spread(b, names[i], names[i], is_vector ? "c" : "", x, bits);
    return status;
}

/* ---- of the sample ---- */

/* A row that does not subtract the mean needs a gamma: Keras 3's rms_scaling has one. */
bool chain_is_layer_normal(const chain_step *step, const imported *im, const pattern_match *m)
{
    const shape *x = input_of(im, m);
    const unsigned bits = mean_of(im, m, "apart");
    (void)step;
    return bits && bits == mean_of(im, m, "spread") && weights_lie_along(im, m, x, bits);
}

/* `other` of the row: the mean is not subtracted. */
horn_status chain_add_layer_normalization(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const shape *x = chain_input(b);
    const unsigned bits = mean_of(b->c->im, &b->match, "apart");
    horn_status status = add_normal(b, row, &arguments);
    if (status) return status;
    set_axis(arguments, x, bits);
    if (row->other) config_set_boolean(arguments, "rms_scaling", true);
    status = config_status(arguments);
    return status ? status : add_gamma_and_beta(b, x, bits);
}

/* The axis whose channels are in groups, of what is seen; -1: there is none. */
static int group_axis(const imported *im, const pattern_match *m)
{
    const shape *x = input_of(im, m), *seen = &operation_of(im, pattern_value(m, "seen"))->shape;
    const unsigned kept = all_of(seen) & ~mean_of(im, m, "seen_apart");
    int axis = 0;
    if (seen->rank != x->rank + 1) return -1;
    while (axis < x->rank && kept != 1u << axis) axis++;
    if (axis == x->rank || seen->dim[axis] * seen->dim[axis + 1] != x->dim[axis]) return -1;
    for (int i = 0; i < x->rank; i++)
        if (i != axis && x->dim[i] != seen->dim[i + (i > axis)]) return -1;
    return axis;
}

bool chain_is_group_normal(const chain_step *step, const imported *im, const pattern_match *m)
{
    const operation *o = operation_of(im, step->value), *seen = operation_of(im, pattern_value(m, "seen"));
    const int axis = group_axis(im, m);
    return axis >= 0 && shape_equal(&o->shape, input_of(im, m)) &&
           mean_of(im, m, "seen_apart") == mean_of(im, m, "seen_spread") &&
           weights_lie_along(im, m, &seen->shape, 3u << axis);
}

horn_status chain_add_group_normalization(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *seen = operation_of(b->c->im, pattern_value(&b->match, "seen"));
    const int axis = group_axis(b->c->im, &b->match);
    static const char *const names[] = { "gamma", "beta" };
    horn_status status = add_normal(b, row, &arguments);
    if (status) return status;
    config_set_integer(arguments, "groups", (int64_t)seen->shape.dim[axis]);
    config_set_integer(arguments, "axis", axis + 1 == chain_input(b)->rank ? -1 : axis + 1);
    status = config_status(arguments);
    for (int i = 0; !status && i < 2; i++)
        if (has(&b->match, names[i]))
            status = chain_add_line(b, names[i], names[i], &seen->shape, 3u << axis);
    return status;
}

/* x / sqrt(max(count mean(x x), 1e-12)) */
bool chain_is_unit(const chain_step *step, const imported *im, const pattern_match *m)
{
    const shape *x = input_of(im, m);
    const unsigned bits = mean_of(im, m, "square");
    size_t count = 1;
    (void)step;
    for (int i = 0; i < x->rank; i++)
        if (bits >> i & 1) count *= x->dim[i];
    return bits && pattern_number(m, "count", 0) == (float)count &&
           pattern_number(m, "least", 0) == (float)1e-12;
}

horn_status chain_add_unit_normalization(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    set_axis(arguments, chain_input(b), mean_of(b->c->im, &b->match, "square"));
    return config_status(arguments);
}

/* ---- of statistics ---- */

/* Along which axes of x the constant lies: those where it is longer than 1; 0: it does not. */
static unsigned axes_of(const imported *im, const pattern_match *m, const char *name, const shape *x)
{
    const shape *s = &operation_of(im, pattern_value(m, name))->shape;
    const int apart = x->rank - s->rank;
    unsigned bits = 0;
    for (int i = 0; i < s->rank; i++)
        if (s->dim[i] != 1 && i + apart >= 0) bits |= 1u << (i + apart);
    return bits ? bits : 1u << (x->rank - 1);
}

/* Horn's nodes of weights have their names, those of numbers in an argument have not. */
static bool is_argument(const imported *im, const pattern_match *m, const char *name)
{
    const size_t value = imported_behind_shapes(im, pattern_value(m, name));
    const protobuf_text text = im->origins[value].name;
    const char *slash = text.size ? memrchr(text.at, '/', text.size) : NULL;
    const size_t left = slash ? (size_t)(text.at + text.size - slash) - 1 : 0;
    return left >= 5 && (memcmp(slash + 1, "Const", 5) == 0 || memcmp(slash + 1, "const", 5) == 0);
}

bool chain_is_standard(const chain_step *step, const imported *im, const pattern_match *m)
{
    const shape *x = input_of(im, m);
    static const char *const names[] = { "mean", "variance" };
    float number;
    (void)step;
    if (!x->rank || pattern_number(m, "least", 0) != (float)1e-14) return false;
    const unsigned bits = axes_of(im, m, "variance", x) | axes_of(im, m, "mean", x);
    for (int i = 0; i < 2; i++)
        if (!imported_number(im, pattern_value(m, names[i]), &number) &&
            !chain_lies_along(im, m, names[i], x, bits))
            return false;
    return true;
}

static horn_status add_count(chain_builder *b)
{
    snapshot_tensor *count;
    return b->with_weights
               ? snapshot_layer_add(chain_last_layer(b), "count", &(horn_view){ .dtype = HORN_INT64 }, &count)
               : HORN_OK;
}

/* `other` of the row: it inverts. How many samples the statistics were made of no graph tells: 0. */
horn_status chain_add_statistics(chain_builder *b, const chain_pattern *row)
{
    horn_status status = HORN_OK;
    config *arguments;
    static const char *const names[] = { "mean", "variance" };
    const imported *im = b->c->im;
    const shape *x = chain_input(b);
    const bool is_given = is_argument(im, &b->match, "mean"),
               is_single = operation_of(im, pattern_value(&b->match, "mean"))->shape.rank == 0;
    const unsigned bits = axes_of(im, &b->match, "variance", x) | axes_of(im, &b->match, "mean", x);
    TRY(chain_add_layer(b, row->class_name, &arguments));
    if (is_single && !is_given)
        config_set_null(arguments, "axis");
    else
        set_axis(arguments, x, bits);
    config_set_boolean(arguments, "invert", row->other);
    for (int i = 0; i < 2; i++)
        if (is_given)
            TRY(chain_set_numbers(b, arguments, names[i], names[i]));
        else if (is_single)
            TRY(chain_add_whole(b, names[i], names[i]));
        else
            TRY(chain_add_spread(b, names[i], names[i], "", x, bits));
    if (!is_given) TRY(add_count(b));
    for (size_t i = 0; i < chain_last_layer(b)->tensor_count; i++)
        chain_last_layer(b)->tensors[i].trainable = false;
    status = config_status(arguments);
done:
    return status;
}

/* ---- BatchNormalization of other axes than the last ---- */

static const struct {
    const char *name, *weight;
} roles[] = {
    { "gamma", "gamma" }, { "beta", "beta" }, { "mean", "moving_mean" }, { "variance", "moving_variance" }
};

/* The axis that is moved behind the others and back; -1: the order is another one. */
static int turned_axis(const chain_step *step, const imported *im, const pattern_match *m)
{
    const operation *there = operation_of(im, pattern_value(m, "turned")),
                    *back = operation_of(im, step->value);
    const int rank = there->shape.rank, axis = there->order[rank - 1];
    for (int i = 0; i < rank; i++)
        if ((i + 1 < rank && there->order[i] != i + (i >= axis)) || back->order[there->order[i]] != i)
            return -1;
    return axis;
}

bool chain_is_turned(const chain_step *step, const imported *im, const pattern_match *m)
{
    return operation_of(im, step->value)->shape.rank > 1 && turned_axis(step, im, m) >= 0;
}

static horn_status add_batch_normalization(chain_builder *b, const chain_pattern *row, unsigned bits,
                                           float epsilon)
{
    config *arguments;
    if (!(epsilon >= 0 && isfinite(epsilon))) return chain_refuse(b, "its epsilon is no number from 0 on");
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    set_axis(arguments, chain_input(b), bits);
    config_set_number(arguments, "momentum", 0.99);
    config_set_number(arguments, "epsilon", chain_shortest(epsilon));
    config_set_boolean(arguments, "center", has(&b->match, "beta"));
    config_set_boolean(arguments, "scale", has(&b->match, "gamma"));
    return config_status(arguments);
}

static horn_status add_roles(chain_builder *b, const shape *x, unsigned bits)
{
    horn_status status = HORN_OK;
    const bool is_vector = !(bits & (bits - 1));
    for (int i = 0; !status && i < 4; i++)
        if (has(&b->match, roles[i].name))
            status = is_vector ? chain_add_spread(b, roles[i].name, roles[i].weight, "c", x, bits)
                               : chain_add_whole_behind(b, roles[i].name, roles[i].weight, x, bits);
    if (!status) keras_mark_trainable(chain_last_layer(b));
    return status;
}

horn_status chain_add_turned_normalization(chain_builder *b, const chain_pattern *row)
{
    const imported *im = b->c->im;
    const operation *turned = operation_of(im, pattern_value(&b->match, "turned")),
                    *inner = operation_of(im, chain_operation(b)->inputs[0]);
    const int axis = turned_axis(&b->c->steps[b->at], im, &b->match);
    horn_status status = add_batch_normalization(b, row, 1u << axis,
                                                 pattern_number(&b->match, "epsilon", (float)inner->number));
    return status ? status : add_roles(b, &turned->shape, 1u << (turned->shape.rank - 1));
}

bool chain_is_spread(const chain_step *step, const imported *im, const pattern_match *m)
{
    const shape *x = input_of(im, m);
    (void)step;
    if (!x->rank) return false;
    const unsigned bits = axes_of(im, m, "mean", x);
    for (int i = 0; i < 4; i++)
        if (has(m, roles[i].name) && !chain_lies_along(im, m, roles[i].name, x, bits)) return false;
    return true;
}

horn_status chain_add_spread_normalization(chain_builder *b, const chain_pattern *row)
{
    const shape *x = chain_input(b);
    const unsigned bits = axes_of(b->c->im, &b->match, "mean", x);
    horn_status status = add_batch_normalization(b, row, bits, pattern_number(&b->match, "epsilon", 0));
    return status ? status : add_roles(b, x, bits);
}
