/* Layers of any values: products, activations, normalization, shapes. */
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "formats/chains/patterns.h"
#include "formats/keras/classes.h"

/* ---- Dense and what follows it ---- */

horn_status chain_add_dense(chain_builder *b, const chain_pattern *row)
{
    horn_status status = HORN_OK;
    config *arguments;
    const shape *y = &chain_operation(b)->shape;
    TRY(chain_add_layer(b, row->class_name, &arguments));
    config_set_integer(arguments, "units", (int64_t)y->dim[y->rank - 1]);
    config_set_string(arguments, "activation", "linear");
    config_set_boolean(arguments, "use_bias", false);
    TRY(config_status(arguments));
    TRY(chain_add_kernel(b, "kernel", "kernel", "io"));
    chain_let_follow(b, true, true);
done:
    return status;
}

horn_status chain_add_bias(chain_builder *b, const chain_pattern *row)
{
    (void)row;
    if (!chain_go_on(b, true)) return chain_refuse(b, "adds a constant where no layer has a bias");
    chain_let_follow(b, false, true);
    config *arguments = chain_last_layer(b)->arguments;
    config_set_boolean(arguments, "use_bias", true);
    horn_status status = config_status(arguments);
    return status ? status : chain_add_vector(b, "bias", "bias", "o");
}

/* ---- activations ---- */

static bool has_its_scope(const chain_builder *b)
{
    const protobuf_text own = b->c->steps[b->at].scope, last = b->names[b->layer].scope;
    return own.size == last.size && memcmp(own.at, last.at, own.size) == 0;
}

horn_status chain_add_activation(chain_builder *b, const chain_pattern *row)
{
    config *arguments = NULL;
    horn_status status = HORN_OK;
    if (chain_go_on(b, false) && has_its_scope(b))
        arguments = chain_last_layer(b)->arguments;
    else
        status = chain_add_layer(b, row->class_name, &arguments);
    if (!status) chain_let_follow(b, false, false);
    if (!status) config_set_string(arguments, "activation", row->other);
    return status ? status : config_status(arguments);
}

horn_status chain_add_leaky_relu(chain_builder *b, const chain_pattern *row)
{
    const float slope = (float)chain_operation(b)->number;
    config *arguments;
    horn_status status = HORN_OK;
    if (!(slope >= 0 && isfinite(slope))) status = chain_refuse(b, "its slope is no number from 0 on");
    if (!status) status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_number(arguments, "alpha", chain_shortest(slope));
    return config_status(arguments);
}

horn_status chain_add_relu(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const float slope = pattern_number(&b->match, "slope", 0),
                threshold = pattern_number(&b->match, "threshold", 0),
                most = pattern_number(&b->match, "most", INFINITY);
    if (!(slope >= 0 && isfinite(slope) && threshold >= 0 && isfinite(threshold) && most >= 0))
        return chain_refuse(b, "its slope, threshold or greatest value is no number from 0 on");
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    if (isfinite(most))
        config_set_number(arguments, "max_value", chain_shortest(most));
    else
        config_set_null(arguments, "max_value");
    config_set_number(arguments, "negative_slope", chain_shortest(slope));
    config_set_number(arguments, "threshold", chain_shortest(threshold));
    return config_status(arguments);
}

/* ---- normalization ---- */

horn_status chain_add_normalization(chain_builder *b, const chain_pattern *row)
{
    static const char *const names[][2] = {
        { "gamma", "gamma" }, { "beta", "beta" }, { "mean", "moving_mean" }, { "variance", "moving_variance" }
    };
    horn_status status = HORN_OK;
    config *arguments;
    const float epsilon = pattern_number(&b->match, "epsilon", (float)chain_operation(b)->number);
    if (!(epsilon >= 0 && isfinite(epsilon))) TRY(chain_refuse(b, "its epsilon is no number from 0 on"));
    TRY(chain_add_layer(b, row->class_name, &arguments));
    config_set_integer(arguments, "axis", -1);
    config_set_number(arguments, "momentum", 0.99);
    config_set_number(arguments, "epsilon", chain_shortest(epsilon));
    config_set_boolean(arguments, "center", pattern_value(&b->match, "beta") != NO_VALUE);
    config_set_boolean(arguments, "scale", pattern_value(&b->match, "gamma") != NO_VALUE);
    TRY(config_status(arguments));
    for (int i = 0; i < 4; i++)
        if (pattern_value(&b->match, names[i][0]) != NO_VALUE)
            TRY(chain_add_vector(b, names[i][0], names[i][1], "c"));
    keras_mark_trainable(chain_last_layer(b));
done:
    return status;
}

/* ---- shapes ---- */

horn_status chain_add_reshape(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const shape *y = &chain_operation(b)->shape;
    horn_status status = chain_add_layer(b, y->rank == 1 ? row->other : row->class_name, &arguments);
    if (status) return status;
    if (y->rank == 1)
        config_set_string(arguments, "data_format", "channels_last");
    else
        config_set_sizes(arguments, "target_shape", y->dim, (size_t)y->rank);
    return config_status(arguments);
}
