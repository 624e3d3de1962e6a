/* Layers that move values, repeat them or look them up, and activations with weights or numbers of their own. */
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "formats/chains/patterns.h"

static const shape *shape_of(const imported *im, size_t value)
{
    return &im->graph->operations[value].shape;
}

static const shape *input_of(const imported *im, const pattern_match *m)
{
    return shape_of(im, pattern_value(m, "x"));
}

horn_status chain_add_embedding(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const shape *table = shape_of(b->c->im, pattern_value(&b->match, "table"));
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_integer(arguments, "input_dim", (int64_t)table->dim[0]);
    config_set_integer(arguments, "output_dim", (int64_t)table->dim[1]);
    config_set_boolean(arguments, "mask_zero", false);
    status = config_status(arguments);
    return status ? status : chain_add_kernel(b, "table", "embeddings", "io");
}

horn_status chain_add_permute(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *o = chain_operation(b);
    size_t dims[HORN_MAX_RANK];
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    for (int i = 0; i < o->shape.rank; i++) dims[i] = (size_t)o->order[i] + 1;
    config_set_sizes(arguments, "dims", dims, (size_t)o->shape.rank);
    return config_status(arguments);
}

bool chain_is_repeated(const chain_step *step, const imported *im, const pattern_match *m)
{
    const operation *o = &im->graph->operations[step->value];
    const shape *x = input_of(im, m), *one = shape_of(im, o->inputs[0]);
    return x->rank == 1 && one->rank == 2 && one->dim[0] == 1 && o->shape.rank == 2 &&
           o->shape.dim[1] == one->dim[1];
}

horn_status chain_add_repeat(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_integer(arguments, "n", (int64_t)chain_operation(b)->shape.dim[0]);
    return config_status(arguments);
}

/* ---- Rescaling ---- */

static bool is_number_or_line(const imported *im, const pattern_match *m, const char *name)
{
    float number;
    const shape *x = input_of(im, m);
    return imported_number(im, pattern_value(m, name), &number) ||
           (x->rank && chain_lies_along(im, m, name, x, 1u << (x->rank - 1)));
}

bool chain_is_rescaled(const chain_step *step, const imported *im, const pattern_match *m)
{
    (void)step;
    return is_number_or_line(im, m, "scale") && is_number_or_line(im, m, "offset");
}

horn_status chain_add_rescaling(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (!status) status = chain_set_numbers(b, arguments, "scale", "scale");
    return status ? status : chain_set_numbers(b, arguments, "offset", "offset");
}

/* ---- operations ---- */

bool chain_is_of_constant(const chain_step *step, const imported *im, const pattern_match *m)
{
    (void)step;
    return is_number_or_line(im, m, "other");
}

/* Of x, or of x and a constant. */
horn_status chain_add_operation(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_string(arguments, "operation", row->other);
    if (chain_operation(b)->input_count == 2) return chain_set_numbers(b, arguments, "x2", "other");
    return config_status(arguments);
}

horn_status chain_add_mean_operation(chain_builder *b, const chain_pattern *row)
{
    config *arguments, *axes = config_list();
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) {
        config_free(axes);
        return status;
    }
    for (int i = 0; i < chain_input(b)->rank; i++)
        if (chain_operation(b)->axes >> i & 1) config_append_integer(axes, i + 1);
    config_set_string(arguments, "operation", row->other);
    config_set(arguments, "axis", axes);
    config_set_boolean(arguments, "keepdims", true);
    return config_status(arguments);
}

/* ---- activations ---- */

horn_status chain_add_elu(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const float alpha = pattern_number(&b->match, "alpha", 1);
    horn_status status = isfinite(alpha) ? HORN_OK : chain_refuse(b, "its alpha is no number");
    if (!status) status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_number(arguments, "alpha", chain_shortest(alpha));
    return config_status(arguments);
}

/* A slope for each value of a sample, or one for all along some axes. */
bool chain_is_bent(const chain_step *step, const imported *im, const pattern_match *m)
{
    (void)step;
    const shape *x = input_of(im, m), *alpha = shape_of(im, pattern_value(m, "alpha"));
    bool fits = alpha->rank == x->rank && x->rank > 0;
    for (int i = 0; i < x->rank && fits; i++) fits = alpha->dim[i] == 1 || alpha->dim[i] == x->dim[i];
    return fits;
}

horn_status chain_add_prelu(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const shape *x = chain_input(b), *alpha = shape_of(b->c->im, pattern_value(&b->match, "alpha"));
    size_t shared[HORN_MAX_RANK], count = 0;
    for (int i = 0; i < x->rank; i++)
        if (alpha->dim[i] == 1 && x->dim[i] != 1) shared[count++] = (size_t)i + 1;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    if (count)
        config_set_sizes(arguments, "shared_axes", shared, count);
    else
        config_set_null(arguments, "shared_axes");
    status = config_status(arguments);
    return status ? status : chain_add_whole(b, "alpha", "alpha");
}
