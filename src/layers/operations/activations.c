/* Operations that are activations: the engine runs the activation as a separate step, the layer itself is a view. */
#include <string.h>
#include "base/status.h"
#include "layers/operations/operation.h"

static const struct rule {
    const char *name, *activation;
    bool is_of_rows;
} rules[] = {
    { "Relu", "relu", false },
    { "Relu6", "relu6", false },
    { "Sigmoid", "sigmoid", false },
    { "LogSigmoid", "log_sigmoid", false },
    { "HardSigmoid", "keras3_hard_sigmoid", false },
    { "HardSilu", "hard_silu", false },
    { "HardTanh", "hard_tanh", false },
    { "Tanh", "tanh", false },
    { "Selu", "selu", false },
    { "Softplus", "softplus", false },
    { "Softsign", "softsign", false },
    { "Silu", "silu", false },
    { "Gelu", "gelu", false },
    { "Softmax", "softmax", true },
    { "LogSoftmax", "log_softmax", true },
};

static bool computes(operation_layer *o)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, o->operation->name) == 0) o->rule = &rules[i];
    return o->rule;
}

static void configure(layer *l, config_reader *r)
{
    double beta = 1;
    config_read_number(r, "beta", -1e30, 1e30, &beta);
    if (beta != 1) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "beta", "is %g, expected 1", beta);
    if (!r->status)
        r->status =
            activation_by_name(&l->activation, ((const struct rule *)operation_of(l)->rule)->activation);
}

/* An activation of a row takes the last axis. */
static horn_status place(const layer *l, call *c)
{
    unsigned axes = 0;
    if (!((const struct rule *)operation_of(l)->rule)->is_of_rows) return HORN_OK;
    if (c->inputs->rank == 0)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input has no axis beside the batch");
    horn_status status = operation_axes(l, "axis", c->inputs->rank, &axes);
    if (!status && axes != 1u << (c->inputs->rank - 1))
        status = layer_fail(l, HORN_ERROR_UNSUPPORTED, "operation %s is along another axis than the last",
                            operation_of(l)->operation->name);
    return status;
}

static const layer_class activation_class = { OPERATION_CLASS, .flags = LAYER_IS_VIEW, .place = place };

const operation_family activation_family = { &activation_class, computes, configure };
