/* SimpleRNN, LSTM and GRU. */
#include <string.h>
#include "base/status.h"
#include "formats/chains/patterns.h"
#include "functions/activation.h"

static bool has(const chain_builder *b, const char *name)
{
    return pattern_value(&b->match, name) != NO_VALUE;
}

static horn_status set_activation(chain_builder *b, config *arguments, const char *key, operation_kind kind)
{
    static const struct {
        operation_kind kind;
        const char *name;
    } names[] = { { OPERATION_NONE, "linear" },
                  { OPERATION_RELU, "relu" },
                  { OPERATION_SIGMOID, "sigmoid" },
                  { OPERATION_TANH, "tanh" },
                  { OPERATION_SOFTPLUS, "softplus" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].kind == kind) {
            config_set_string(arguments, key, names[i].name);
            return HORN_OK;
        }
    return chain_refuse(b, "has an activation that its layer has not");
}

/* In files of Keras they stand in the layer's cell. */
static horn_status add_weights(chain_builder *b)
{
    chain_last_layer(b)->is_flat = true;
    horn_status status = chain_add_weight(b, "kernel", "kernel", "io");
    if (!status) status = chain_add_weight(b, "recurrent", "recurrent_kernel", "io");
    if (!status && has(b, "bias")) status = chain_add_weight(b, "bias", "bias", "");
    return status;
}

horn_status chain_add_recurrent(chain_builder *b, const chain_pattern *row)
{
    horn_status status = HORN_OK;
    config *arguments;
    const operation *o = chain_operation(b);
    TRY(chain_add_layer(b, row->class_name, &arguments));
    config_set_boolean(arguments, "return_sequences", o->shape.rank == 2);
    config_set_boolean(arguments, "go_backwards", o->is_backwards);
    config_set_integer(arguments, "units", (int64_t)o->shape.dim[o->shape.rank - 1]);
    TRY(set_activation(b, arguments, "activation", o->activation));
    if (o->kind != OPERATION_SIMPLE_RNN) TRY(set_activation(b, arguments, "recurrent_activation", o->gate));
    config_set_boolean(arguments, "use_bias", has(b, "bias"));
    if (o->kind == OPERATION_GRU) config_set_boolean(arguments, "reset_after", o->resets_after);
    TRY(config_status(arguments));
    TRY(add_weights(b));
done:
    return status;
}
