#include "layers/kernel_and_bias.h"

#include <stdio.h>

enum { KEY = 64 };

/* Writes "kernel_initializer" for "kernel" and "initializer". */
static const char *key_of(char out[KEY], const char *kernel, const char *what)
{
    snprintf(out, KEY, "%s_%s", kernel, what);
    return out;
}

void kernel_and_bias_read(kernel_and_bias *k, layer *l, config_reader *r, const char *kernel)
{
    char key[KEY];
    k->use_bias = true;
    config_read_boolean(r, "use_bias", &k->use_bias);
    layer_read_initializer(l, r, key_of(key, kernel, "initializer"), "glorot_uniform",
                           &k->kernel_initializer);
    layer_read_initializer(l, r, "bias_initializer", "zeros", &k->bias_initializer);
    layer_read_regularizer(l, r, key_of(key, kernel, "regularizer"), &k->kernel_regularizer);
    layer_read_regularizer(l, r, "bias_regularizer", &k->bias_regularizer);
    layer_read_constraint(l, r, key_of(key, kernel, "constraint"), &k->kernel_constraint);
    layer_read_constraint(l, r, "bias_constraint", &k->bias_constraint);
}

void kernel_and_bias_describe(const kernel_and_bias *k, config *c, const char *kernel, bool with_activity)
{
    char key[KEY];
    config_set_boolean(c, "use_bias", k->use_bias);
    config_set(c, key_of(key, kernel, "initializer"), initializer_describe(&k->kernel_initializer));
    config_set(c, "bias_initializer", initializer_describe(&k->bias_initializer));
    regularizer_describe(&k->kernel_regularizer, c, key_of(key, kernel, "regularizer"));
    regularizer_describe(&k->bias_regularizer, c, "bias_regularizer");
    if (with_activity) config_set_null(c, "activity_regularizer");
    constraint_describe(&k->kernel_constraint, c, key_of(key, kernel, "constraint"));
    constraint_describe(&k->bias_constraint, c, "bias_constraint");
}

horn_status kernel_and_bias_add(const kernel_and_bias *k, layer *l, const weight *kernel, size_t units)
{
    const double U = (double)units;
    const size_t first = l->weight_count;
    horn_status status = layer_add_weight(l, kernel->name, kernel->axes, &kernel->shape, true,
                                          &k->kernel_initializer, kernel->fan_in, kernel->fan_out);
    if (!status && k->use_bias)
        status = layer_add_weight(l, "bias", "o", &(shape){ 1, { units } }, true, &k->bias_initializer, U, U);
    if (status) return status;
    layer_regularize(l, first, &k->kernel_regularizer);
    status = layer_constrain(l, first, &k->kernel_constraint);
    if (status || !k->use_bias) return status;
    layer_regularize(l, first + 1, &k->bias_regularizer);
    return layer_constrain(l, first + 1, &k->bias_constraint);
}

void kernel_and_bias_argue(config *arguments, const char *kernel, bool no_bias,
                           const char *kernel_initializer, const char *bias_initializer,
                           const horn_regularizer *kernel_regularizer,
                           const horn_regularizer *bias_regularizer)
{
    char key[KEY];
    config_set_boolean(arguments, "use_bias", !no_bias);
    config_set_string(arguments, key_of(key, kernel, "initializer"), kernel_initializer);
    config_set_string(arguments, "bias_initializer", bias_initializer);
    layer_argue_regularizer(arguments, key_of(key, kernel, "regularizer"), kernel_regularizer);
    layer_argue_regularizer(arguments, "bias_regularizer", bias_regularizer);
}
