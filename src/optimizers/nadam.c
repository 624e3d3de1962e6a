/* m += (1 - beta_1)(g - m);  v += (1 - beta_2)(g^2 - v)
 * w -= lr (u' m / (1 - p u') + (1 - u) g / (1 - p)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
 *
 * u and u' are the momentum of this step and of the next, p is the product of u over all steps so far
 * (functions/momentum_schedule.h). Source: Dozat, "Incorporating Nesterov momentum into Adam" (2016). Keras 2.11 to 2.15 multiply
 * p once for nearly every weight if the step is compiled, once for each step if run_eagerly is set; the latter is meant, and is
 * what Keras before and after does. */
#include <math.h>
#include "base/kernel.h"
#include "functions/momentum_schedule.h"
#include "optimizers/moments.h"

typedef struct nadam {
    moments moments;
    momentum_schedule schedule;
} nadam;

static void configure(optimizer *o, config_reader *r)
{
    nadam *a = (nadam *)o;
    moments_configure(o, r);
    a->schedule = (momentum_schedule){ a->moments.beta_1, momentum_schedule_decay(o->legacy) };
    if (o->legacy) config_read_number(r, "decay", 0, 1e30, &a->schedule.decay);
}

static void describe(const optimizer *o, config *c)
{
    if (o->legacy) config_set_number(c, "decay", ((const nadam *)o)->schedule.decay);
    moments_describe(o, c);
    if (o->legacy) config_set_boolean(c, "is_legacy_optimizer", true);
}

typedef struct numbers {
    float lr, of_m, of_g, one_minus_beta_1, one_minus_beta_2, rest, epsilon;
} numbers;

KERNEL static void run(const numbers *k, size_t n, float *restrict w, const float *restrict g,
                       float *restrict m, float *restrict v)
{
    const float lr = k->lr, of_m = k->of_m, of_g = k->of_g, c1 = k->one_minus_beta_1,
                c2 = k->one_minus_beta_2, rest = k->rest, epsilon = k->epsilon;
    for (size_t i = 0; i < n; i++) {
        m[i] += (g[i] - m[i]) * c1;
        v[i] += (g[i] * g[i] - v[i]) * c2;
        w[i] -= (of_m * m[i] + of_g * g[i]) * lr / (sqrtf(v[i] / rest) + epsilon);
    }
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const nadam *a = (const nadam *)o;
    const int64_t t = info->iteration + 1;
    const float beta_1 = (float)a->moments.beta_1, beta_2 = (float)a->moments.beta_2;
    const float u = momentum_schedule_factor(&a->schedule, t),
                next = momentum_schedule_factor(&a->schedule, t + 1);
    const numbers k = { .lr = info->learning_rate,
                        .of_m = next / (1 - info->product * next),
                        .of_g = (1 - u) / (1 - info->product),
                        .one_minus_beta_1 = 1 - beta_1,
                        .one_minus_beta_2 = 1 - beta_2,
                        .rest = 1 - powf(beta_2, (float)t),
                        .epsilon = (float)a->moments.epsilon };
    run(&k, n, w, g, slots[0], slots[1]);
}

static float product(const optimizer *o, int64_t steps)
{
    return momentum_schedule_product(&((const nadam *)o)->schedule, steps);
}

static float factor(const optimizer *o, int64_t t)
{
    return momentum_schedule_factor(&((const nadam *)o)->schedule, t);
}

const optimizer_class nadam_class = {
    .name = "Nadam",
    .size = sizeof(nadam),
    .learning_rate = 0.001,
    .has_own_decay = true,
    .configure = configure,
    .describe = describe,
    .slot_names = moments_slot_names,
    .product = product,
    .factor = factor,
    .step = step,
};

horn_optimizer *horn_nadam(const horn_nadam_options *options)
{
    horn_nadam_options o = options ? *options : (horn_nadam_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    moments_set_options(arguments, o.beta_1, o.beta_2, o.epsilon);
    return optimizer_construct(&nadam_class, arguments);
}
