/* Keras' arguments of the recurrent layers, and their weights. */
#include <string.h>
#include "base/option.h"
#include "layers/recurrent/recurrent.h"

static void read_rates(recurrent *r, config_reader *c)
{
    layer_read_rate(c, "dropout", &r->dropout);
    layer_read_rate(c, "recurrent_dropout", &r->recurrent_dropout);
    /* Keras computes without them if one is left out, too. */
    layer_keep(&r->base, c, "seed");
}

/* Files with these values are converted all the same, as those of layers that Horn does not have. */
static void refuse_what_cannot_be(config_reader *c)
{
    static const struct {
        const char *key, *why;
    } refused[] = {
        { "return_state",
          "is true: layers of several outputs are not supported, and no Sequential takes them" },
        { "time_major", "is true: samples along the second axis are not supported" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        bool value = false;
        config_read_boolean(c, refused[i].key, &value);
        if (value) config_reader_fail(c, HORN_ERROR_UNSUPPORTED, refused[i].key, "%s", refused[i].why);
    }
}

/* null is linear, as in Keras. */
static void read_activation(config_reader *c, const char *key, const char *otherwise, const activation **out)
{
    if (!config_get(c->object, key) && !c->status) c->status = activation_by_name(out, otherwise);
    layer_read_activation_of(c, key, out);
}

void recurrent_read_time(time_settings *time, config_reader *c)
{
    config_read_boolean(c, "return_sequences", &time->return_sequences);
    config_read_boolean(c, "go_backwards", &time->go_backwards);
    config_read_boolean(c, "unroll", &time->unroll);
    config_read_boolean(c, "zero_output_for_mask", &time->zero_output_for_mask);
    config_read_boolean(c, "stateful", &time->stateful);
    time->mask_backwards = time->go_backwards;
    refuse_what_cannot_be(c);
}

void recurrent_set_state(recurrent *r)
{
    r->base.state_floats = r->time.stateful ? (r->cell->has_carry ? 2 : 1) * r->units : 0;
}

void recurrent_configure(recurrent *r, config_reader *c, bool gated)
{
    layer *l = &r->base;
    r->use_bias = true;
    r->implementation = 2;
    config_require(c, "units");
    config_read_count(c, "units", 1, &r->units);
    read_activation(c, "activation", "tanh", &r->activation);
    if (gated) read_activation(c, "recurrent_activation", "sigmoid", &r->recurrent_activation);
    r->is_usual = gated && strcmp(activation_name(r->activation), "tanh") == 0 &&
                  strcmp(activation_name(r->recurrent_activation), "sigmoid") == 0;
    config_read_boolean(c, "use_bias", &r->use_bias);
    layer_read_initializer(l, c, "kernel_initializer", "glorot_uniform", &r->kernel_initializer);
    layer_read_initializer(l, c, "recurrent_initializer", "orthogonal", &r->recurrent_initializer);
    layer_read_initializer(l, c, "bias_initializer", "zeros", &r->bias_initializer);
    layer_read_regularizer(l, c, "kernel_regularizer", &r->kernel_regularizer);
    layer_read_regularizer(l, c, "recurrent_regularizer", &r->recurrent_regularizer);
    layer_read_regularizer(l, c, "bias_regularizer", &r->bias_regularizer);
    layer_read_constraint(l, c, "kernel_constraint", &r->kernel_constraint);
    layer_read_constraint(l, c, "recurrent_constraint", &r->recurrent_constraint);
    layer_read_constraint(l, c, "bias_constraint", &r->bias_constraint);
    read_rates(r, c);
    config_read_count(c, "implementation", 0, &r->implementation);
    if (r->implementation != 2) layer_keep(l, c, "implementation");
    if (r->recurrent_dropout > 0) r->implementation = 1;
    recurrent_set_state(r);
}

static void describe_weights(const recurrent *r, config *c, bool gated)
{
    config_set_boolean(c, "use_bias", r->use_bias);
    config_set(c, "kernel_initializer", initializer_describe(&r->kernel_initializer));
    config_set(c, "recurrent_initializer", initializer_describe(&r->recurrent_initializer));
    config_set(c, "bias_initializer", initializer_describe(&r->bias_initializer));
    if (gated && r->cell->has_carry) config_set_boolean(c, "unit_forget_bias", r->unit_forget_bias);
    regularizer_describe(&r->kernel_regularizer, c, "kernel_regularizer");
    regularizer_describe(&r->recurrent_regularizer, c, "recurrent_regularizer");
    regularizer_describe(&r->bias_regularizer, c, "bias_regularizer");
    if (!(r->base.class->flags & LAYER_IS_CELL)) config_set_null(c, "activity_regularizer");
    constraint_describe(&r->kernel_constraint, c, "kernel_constraint");
    constraint_describe(&r->recurrent_constraint, c, "recurrent_constraint");
    constraint_describe(&r->bias_constraint, c, "bias_constraint");
}

void recurrent_describe_time(const time_settings *time, config *c)
{
    config_set_boolean(c, "return_sequences", time->return_sequences);
    config_set_boolean(c, "return_state", false);
    config_set_boolean(c, "go_backwards", time->go_backwards);
    config_set_boolean(c, "stateful", time->stateful);
    config_set_boolean(c, "unroll", time->unroll);
    if (time->zero_output_for_mask) config_set_boolean(c, "zero_output_for_mask", true);
}

void recurrent_describe(const recurrent *r, config *c, bool gated)
{
    config_set_integer(c, "units", (int64_t)r->units);
    config_set_string(c, "activation", activation_name(r->activation));
    if (gated) config_set_string(c, "recurrent_activation", activation_name(r->recurrent_activation));
    describe_weights(r, c, gated);
    config_set_number(c, "dropout", r->dropout);
    config_set_number(c, "recurrent_dropout", r->recurrent_dropout);
}

/* For constructors. What a layer does not have is refused as an unknown argument. */
config *recurrent_arguments(const horn_recurrent_options *options)
{
    const horn_recurrent_options o = options ? *options : (horn_recurrent_options){ 0 };
    config *a = layer_arguments(o.name, o.input_shape);
    if (o.return_sequences) config_set_boolean(a, "return_sequences", true);
    if (o.go_backwards) config_set_boolean(a, "go_backwards", true);
    if (o.zero_output_for_mask) config_set_boolean(a, "zero_output_for_mask", true);
    if (o.stateful) config_set_boolean(a, "stateful", true);
    config_set_integer(a, "units", (int64_t)o.units);
    if (o.activation) config_set_string(a, "activation", o.activation);
    if (o.recurrent_activation) config_set_string(a, "recurrent_activation", o.recurrent_activation);
    config_set_boolean(a, "use_bias", !o.no_bias);
    config_set_string(a, "kernel_initializer", o.kernel_initializer);
    config_set_string(a, "recurrent_initializer", o.recurrent_initializer);
    config_set_string(a, "bias_initializer", o.bias_initializer);
    if (o.no_unit_forget_bias) config_set_boolean(a, "unit_forget_bias", false);
    if (o.no_reset_after) config_set_boolean(a, "reset_after", false);
    layer_argue_regularizer(a, "kernel_regularizer", &o.kernel_regularizer);
    layer_argue_regularizer(a, "recurrent_regularizer", &o.recurrent_regularizer);
    layer_argue_regularizer(a, "bias_regularizer", &o.bias_regularizer);
    layer_argue_constraint(a, "kernel_constraint", &o.kernel_constraint);
    layer_argue_constraint(a, "recurrent_constraint", &o.recurrent_constraint);
    layer_argue_constraint(a, "bias_constraint", &o.bias_constraint);
    config_set_number(a, "dropout", option_number(o.dropout, 0));
    config_set_number(a, "recurrent_dropout", option_number(o.recurrent_dropout, 0));
    return a;
}

horn_status recurrent_build(layer *l, const shape *inputs, size_t count)
{
    const recurrent *r = (const recurrent *)l;
    char found[SHAPE_TEXT];
    (void)count;
    if (inputs->rank != 2)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input has shape %s, expected (time steps, features)",
                          shape_print(found, inputs));
    if (r->units > SIZE_MAX / 64 / sizeof(float))
        return layer_fail(l, HORN_ERROR_SHAPE, "its kernel has more values than memory has addresses");
    const size_t D = inputs->dim[1], U = r->units, width = r->cell->columns * U;
    const shape kernel = { 2, { D, width } }, recurrent_kernel = { 2, { U, width } },
                bias = r->cell->has_recurrent_bias ? (shape){ 2, { 2, width } } : (shape){ 1, { width } };
    horn_status status =
        layer_add_weight(l, "kernel", "io", &kernel, true, &r->kernel_initializer, (double)D, (double)width);
    if (!status)
        status = layer_add_weight(l, "recurrent_kernel", "io", &recurrent_kernel, true,
                                  &r->recurrent_initializer, (double)U, (double)width);
    if (!status && r->use_bias)
        status = layer_add_weight(l, "bias", r->cell->has_recurrent_bias ? "bo" : "o", &bias, true,
                                  &r->bias_initializer, (double)bias.dim[0], (double)width);
    if (status) return status;
    layer_regularize(l, 0, &r->kernel_regularizer);
    layer_regularize(l, 1, &r->recurrent_regularizer);
    status = layer_constrain(l, 0, &r->kernel_constraint);
    if (!status) status = layer_constrain(l, 1, &r->recurrent_constraint);
    if (status || !r->use_bias) return status;
    layer_regularize(l, 2, &r->bias_regularizer);
    if (r->unit_forget_bias) l->weights[2].ones = (range){ U, 2 * U };
    return layer_constrain(l, 2, &r->bias_constraint);
}
