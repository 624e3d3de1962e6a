/* a += g^2;  w -= lr g / sqrt(a + epsilon);  a starts at initial_accumulator_value
 *
 * Keras' legacy class adds epsilon outside the root. Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online
 * learning and stochastic optimization" (2011). */
#include <math.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct adagrad {
    optimizer base;
    double initial_accumulator_value, epsilon;
} adagrad;

static void configure(optimizer *o, config_reader *r)
{
    adagrad *a = (adagrad *)o;
    a->initial_accumulator_value = 0.1;
    a->epsilon = 1e-7;
    config_read_number(r, "initial_accumulator_value", 0, 1e30, &a->initial_accumulator_value);
    config_read_number(r, "epsilon", 0, 1e30, &a->epsilon);
}

static void describe(const optimizer *o, config *c)
{
    const adagrad *a = (const adagrad *)o;
    config_set_number(c, "initial_accumulator_value", a->initial_accumulator_value);
    config_set_number(c, "epsilon", a->epsilon);
    if (o->legacy) config_set_boolean(c, "is_legacy_optimizer", true);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o;
    names[0] = "accumulator";
    return 1;
}

static float slot_start(const optimizer *o, size_t index)
{
    (void)index;
    return (float)((const adagrad *)o)->initial_accumulator_value;
}

KERNEL static void run(float lr, float epsilon, size_t n, float *restrict w, const float *restrict g,
                       float *restrict a)
{
    for (size_t i = 0; i < n; i++) {
        a[i] += g[i] * g[i];
        w[i] -= lr * g[i] / sqrtf(a[i] + epsilon);
    }
}

KERNEL static void run_legacy(float lr, float epsilon, size_t n, float *restrict w, const float *restrict g,
                              float *restrict a)
{
    for (size_t i = 0; i < n; i++) {
        a[i] += g[i] * g[i];
        w[i] -= lr * g[i] / (sqrtf(a[i]) + epsilon);
    }
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const float epsilon = (float)((const adagrad *)o)->epsilon;
    if (o->legacy)
        run_legacy(info->learning_rate, epsilon, n, w, g, slots[0]);
    else
        run(info->learning_rate, epsilon, n, w, g, slots[0]);
}

static bool skips_rows(const optimizer *o)
{
    (void)o;
    return true;
}

const optimizer_class adagrad_class = {
    .name = "Adagrad",
    .size = sizeof(adagrad),
    .learning_rate = 0.001,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .slot_start = slot_start,
    .step = step,
    .skips_rows = skips_rows,
};

horn_optimizer *horn_adagrad(const horn_adagrad_options *options)
{
    horn_adagrad_options o = options ? *options : (horn_adagrad_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "initial_accumulator_value", o.initial_accumulator_value);
    config_set_option(arguments, "epsilon", o.epsilon);
    return optimizer_construct(&adagrad_class, arguments);
}
