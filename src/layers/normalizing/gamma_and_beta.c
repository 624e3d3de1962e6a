#include "layers/normalizing/gamma_and_beta.h"

void gamma_and_beta_read(gamma_and_beta *s, layer *l, config_reader *r)
{
    s->center = s->scale = true;
    config_read_boolean(r, "center", &s->center);
    config_read_boolean(r, "scale", &s->scale);
    layer_read_initializer(l, r, "gamma_initializer", "ones", &s->initializers[GAMMA]);
    layer_read_initializer(l, r, "beta_initializer", "zeros", &s->initializers[BETA]);
    layer_read_regularizer(l, r, "gamma_regularizer", &s->regularizers[GAMMA]);
    layer_read_regularizer(l, r, "beta_regularizer", &s->regularizers[BETA]);
    layer_read_constraint(l, r, "gamma_constraint", &s->constraints[GAMMA]);
    layer_read_constraint(l, r, "beta_constraint", &s->constraints[BETA]);
}

void gamma_and_beta_describe_initializers(const gamma_and_beta *s, config *c)
{
    config_set(c, "beta_initializer", initializer_describe(&s->initializers[BETA]));
    config_set(c, "gamma_initializer", initializer_describe(&s->initializers[GAMMA]));
}

void gamma_and_beta_describe_others(const gamma_and_beta *s, config *c)
{
    regularizer_describe(&s->regularizers[BETA], c, "beta_regularizer");
    regularizer_describe(&s->regularizers[GAMMA], c, "gamma_regularizer");
    constraint_describe(&s->constraints[BETA], c, "beta_constraint");
    constraint_describe(&s->constraints[GAMMA], c, "gamma_constraint");
}

horn_status gamma_and_beta_add(const gamma_and_beta *s, layer *l, int role, const char *axes,
                               const shape *parameters)
{
    static const char *const names[] = { [GAMMA] = "gamma", [BETA] = "beta" };
    const double n = (double)shape_count(parameters);
    const size_t at = l->weight_count;
    horn_status status =
        layer_add_weight(l, names[role], axes, parameters, true, &s->initializers[role], n, n);
    if (status) return status;
    layer_regularize(l, at, &s->regularizers[role]);
    return layer_constrain(l, at, &s->constraints[role]);
}
