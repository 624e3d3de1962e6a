/* b = a + g^2;  z += g + 2 l2_shrinkage w - (b^p - a^p) / lr w;  w = (clip(z, -l1, l1) - z) / (b^p / lr + 2 l2);  a = b
 *
 * p = -learning_rate_power, l2 = l2_regularization_strength + beta / (2 lr); a starts at initial_accumulator_value. Source:
 * McMahan and others, "Ad click prediction: a view from the trenches" (2013). */
#include <math.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct ftrl {
    optimizer base;
    double learning_rate_power, initial_accumulator_value, l1, l2, l2_shrinkage, beta;
} ftrl;

static void configure(optimizer *o, config_reader *r)
{
    ftrl *f = (ftrl *)o;
    f->learning_rate_power = -0.5;
    f->initial_accumulator_value = 0.1;
    config_read_number(r, "learning_rate_power", -1e30, 0, &f->learning_rate_power);
    config_read_number(r, "initial_accumulator_value", 0, 1e30, &f->initial_accumulator_value);
    config_read_number(r, "l1_regularization_strength", 0, 1e30, &f->l1);
    config_read_number(r, "l2_regularization_strength", 0, 1e30, &f->l2);
    config_read_number(r, "l2_shrinkage_regularization_strength", 0, 1e30, &f->l2_shrinkage);
    config_read_number(r, "beta", -1e30, 1e30, &f->beta);
}

static void describe(const optimizer *o, config *c)
{
    const ftrl *f = (const ftrl *)o;
    config_set_number(c, "learning_rate_power", f->learning_rate_power);
    config_set_number(c, "initial_accumulator_value", f->initial_accumulator_value);
    config_set_number(c, "l1_regularization_strength", f->l1);
    config_set_number(c, "l2_regularization_strength", f->l2);
    config_set_number(c, "l2_shrinkage_regularization_strength", f->l2_shrinkage);
    config_set_number(c, "beta", f->beta);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o;
    names[0] = "accumulator";
    names[1] = "linear";
    return 2;
}

static float slot_start(const optimizer *o, size_t index)
{
    return index ? 0 : (float)((const ftrl *)o)->initial_accumulator_value;
}

typedef struct numbers {
    float lr, power, l1, twice_l2, twice_shrinkage;
} numbers;

static inline __attribute__((always_inline)) void run(const numbers *k, bool root, size_t n,
                                                      float *restrict w, const float *restrict g,
                                                      float *restrict a, float *restrict z)
{
    const float lr = k->lr, power = k->power, l1 = k->l1, twice_l2 = k->twice_l2,
                shrinkage = k->twice_shrinkage;
    for (size_t i = 0; i < n; i++) {
        const float b = a[i] + g[i] * g[i];
        const float now = root ? sqrtf(b) : powf(b, power), before = root ? sqrtf(a[i]) : powf(a[i], power);
        z[i] += g[i] + shrinkage * w[i] - (now - before) / lr * w[i];
        const float low = z[i] < -l1 ? -l1 : z[i], clipped = low > l1 ? l1 : low;
        w[i] = (clipped - z[i]) / (now / lr + twice_l2);
        a[i] = b;
    }
}

KERNEL static void run_root(const numbers *k, size_t n, float *w, const float *g, float *a, float *z)
{
    run(k, true, n, w, g, a, z);
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const ftrl *f = (const ftrl *)o;
    const float lr = info->learning_rate, l2 = (float)f->l2 + (float)f->beta / (2 * lr);
    const numbers k = { lr, (float)-f->learning_rate_power, (float)f->l1, 2 * l2,
                        (float)(2 * f->l2_shrinkage) };
    if (f->learning_rate_power == -0.5)
        run_root(&k, n, w, g, slots[0], slots[1]);
    else
        run(&k, false, n, w, g, slots[0], slots[1]);
}

static bool skips_rows(const optimizer *o)
{
    return o->legacy;
}

const optimizer_class ftrl_class = {
    .name = "Ftrl",
    .size = sizeof(ftrl),
    .learning_rate = 0.001,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .slot_start = slot_start,
    .step = step,
    .skips_rows = skips_rows,
};

horn_optimizer *horn_ftrl(const horn_ftrl_options *options)
{
    horn_ftrl_options o = options ? *options : (horn_ftrl_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "learning_rate_power", o.learning_rate_power);
    config_set_option(arguments, "initial_accumulator_value", o.initial_accumulator_value);
    config_set_option(arguments, "l1_regularization_strength", o.l1_regularization_strength);
    config_set_option(arguments, "l2_regularization_strength", o.l2_regularization_strength);
    config_set_option(arguments, "l2_shrinkage_regularization_strength",
                      o.l2_shrinkage_regularization_strength);
    config_set_option(arguments, "beta", o.beta);
    return optimizer_construct(&ftrl_class, arguments);
}
