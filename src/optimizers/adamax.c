/* m += (1 - beta_1)(g - m);  u = max(beta_2 u, |g|);  w -= lr m / ((1 - beta_1^t)(u + epsilon)), t = 1, 2, ...
 *
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), section 7.1. */
#include <math.h>
#include "base/kernel.h"
#include "optimizers/moments.h"

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o;
    names[0] = "momentum";
    names[1] = "norm";
    return 2;
}

typedef struct numbers {
    float lr, one_minus_beta_1, beta_2, rest, epsilon;
} numbers;

KERNEL static void run(const numbers *k, size_t n, float *restrict w, const float *restrict g,
                       float *restrict m, float *restrict u)
{
    const float lr = k->lr, c1 = k->one_minus_beta_1, beta_2 = k->beta_2, rest = k->rest,
                epsilon = k->epsilon;
    for (size_t i = 0; i < n; i++) {
        const float before = beta_2 * u[i], size = fabsf(g[i]);
        m[i] += (g[i] - m[i]) * c1;
        /* size, also if size is NaN. */
        u[i] = before > size ? before : size;
        w[i] -= lr * m[i] / (rest * (u[i] + epsilon));
    }
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const moments *a = (const moments *)o;
    const float power = powf((float)a->beta_1, (float)(info->iteration + 1));
    const numbers k = { info->learning_rate, (float)(1 - a->beta_1), (float)a->beta_2, 1 - power,
                        (float)a->epsilon };
    run(&k, n, w, g, slots[0], slots[1]);
}

const optimizer_class adamax_class = {
    .name = "Adamax",
    .size = sizeof(moments),
    .learning_rate = 0.001,
    .configure = moments_configure,
    .describe = moments_describe,
    .slot_names = slot_names,
    .step = step,
};

horn_optimizer *horn_adamax(const horn_adamax_options *options)
{
    horn_adamax_options o = options ? *options : (horn_adamax_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    moments_set_options(arguments, o.beta_1, o.beta_2, o.epsilon);
    return optimizer_construct(&adamax_class, arguments);
}
