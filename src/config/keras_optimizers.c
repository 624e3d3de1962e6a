#include "config/keras_optimizers.h"

#include <string.h>

#define MOMENTUM_AND_VELOCITY                                                 \
    {                                                                         \
        { "momentum", "m", "m", "_momentums", NULL, 0, 0 },                   \
            { "velocity", "v", "v", "_velocities", NULL, 1, 1 },              \
        {                                                                     \
            "velocity_hat", "vhat", "vhat", "_velocity_hats", "amsgrad", 2, 2 \
        }                                                                     \
    }

static const keras_optimizer optimizers[] = {
    { .name = "SGD",
      .rate = 0.01,
      .has_legacy = true,
      .keeps_unused = true,
      .tensorflow1 = "Momentum",
      .sums_gradients = true,
      .slots = { { "momentum", "m", "momentum", "momentums", "momentum", 0, 0 } } },
    { .name = "RMSprop",
      .rate = 0.001,
      .has_legacy = true,
      .tensorflow1 = "RMSProp",
      .slots = { { "velocity", "velocity", "rms", "_velocities", NULL, 0, 0 },
                 { "momentum", "momentum", "momentum", "_momentums", "momentum", 1, 2 },
                 { "average_gradient", "average_gradient", "mg", "_average_gradients", "centered", 1, 1 } } },
    { .name = "Adam",
      .rate = 0.001,
      .alternating = 2,
      .has_legacy = true,
      .has_placeholders = true,
      .tensorflow1 = "Adam",
      .keeps_powers = true,
      .slots = MOMENTUM_AND_VELOCITY },
    { .name = "AdamW", .rate = 0.001, .alternating = 2, .slots = MOMENTUM_AND_VELOCITY },
    { .name = "Nadam",
      .rate = 0.001,
      .alternating = 2,
      .has_legacy = true,
      .has_own_decay = true, /* of its momentum */
      .keeps_product = true,
      .slots = MOMENTUM_AND_VELOCITY },
    { .name = "Lamb", .rate = 0.001, .alternating = 2, .slots = MOMENTUM_AND_VELOCITY },
    { .name = "ScheduleFreeAdamW", .rate = 0.0025, .alternating = 2, .slots = MOMENTUM_AND_VELOCITY },
    { .name = "Adamax",
      .rate = 0.001,
      .alternating = 2,
      .has_legacy = true,
      .slots = { { "momentum", "m", "m", "_m", NULL, 0, 0 }, { "norm", "u", "v", "_u", NULL, 0, 0 } } },
    { .name = "Adagrad",
      .rate = 0.001,
      .has_legacy = true,
      .slots = { { "accumulator", "accumulator", "accumulator", "_accumulators", NULL, 0, 0 } } },
    { .name = "Adadelta",
      .rate = 0.001,
      .alternating = 2,
      .has_legacy = true,
      .slots = { { "accumulated_grad", "accumulated_grad", "accum_grad", "_accumulated_grads", NULL, 0, 0 },
                 { "accumulated_delta_var", "accumulated_delta_var", "accum_var", "_accumulated_delta_vars",
                   NULL, 0, 0 } } },
    { .name = "Ftrl",
      .rate = 0.001,
      .alternating = 2,
      .legacy_alternating = 2,
      .has_legacy = true,
      .slots = { { "accumulator", "accumulator", "accumulator", "_accumulators", NULL, 0, 0 },
                 { "linear", "linear", "linear", "_linears", NULL, 0, 0 } } },
    { .name = "Lion", .rate = 0.0001, .slots = { { "momentum", "m", "m", "momentums", NULL, 0, 0 } } },
    { .name = "Adafactor",
      .rate = 0.001,
      .is_irregular = true }, /* rows, columns and all of a kernel, less of a bias */
    { .name = "Muon", .rate = 0.001, .is_irregular = true }, /* momentum of kernels, Adam's of others */
    { .name = "LossScaleOptimizer", .rate = 0.001, .is_irregular = true }, /* its own and another's */
};
enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const keras_optimizer *keras_optimizer_at(size_t index)
{
    return index < OPTIMIZERS ? &optimizers[index] : NULL;
}

const keras_optimizer *keras_optimizer_by_name(const char *name)
{
    for (size_t i = 0; name && i < OPTIMIZERS; i++)
        if (strcmp(optimizers[i].name, name) == 0) return &optimizers[i];
    return NULL;
}

size_t keras_optimizer_slot_count(const keras_optimizer *o)
{
    size_t count = 0;
    while (count < KERAS_OPTIMIZER_SLOTS && o->slots[count].name) count++;
    return count;
}
