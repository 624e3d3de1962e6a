/* w -= lr sign(beta_1 m + (1 - beta_1) g);  m = beta_2 m + (1 - beta_2) g
 *
 * Source: Chen and others, "Symbolic discovery of optimization algorithms" (2023). */
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct lion {
    optimizer base;
    double beta_1, beta_2;
} lion;

/* Keras refuses beta_1 = 0. */
static void configure(optimizer *o, config_reader *r)
{
    lion *l = (lion *)o;
    l->beta_1 = 0.9;
    l->beta_2 = 0.99;
    config_read_number(r, "beta_1", 0, 1, &l->beta_1);
    if (l->beta_1 == 0) config_reader_refuse(r, "beta_1", "more than 0");
    config_read_number(r, "beta_2", 0, 1, &l->beta_2);
}

static void describe(const optimizer *o, config *c)
{
    const lion *l = (const lion *)o;
    config_set_number(c, "beta_1", l->beta_1);
    config_set_number(c, "beta_2", l->beta_2);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o;
    names[0] = "momentum";
    return 1;
}

typedef struct numbers {
    float lr, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2;
} numbers;

KERNEL static void run(const numbers *k, size_t n, float *restrict w, const float *restrict g,
                       float *restrict m)
{
    const float lr = k->lr, b1 = k->beta_1, c1 = k->one_minus_beta_1, b2 = k->beta_2,
                c2 = k->one_minus_beta_2;
    for (size_t i = 0; i < n; i++) {
        const float d = m[i] * b1 + g[i] * c1;
        /* d, if it is 0 or NaN. */
        w[i] -= lr * (d > 0 ? 1 : d < 0 ? -1 : d);
        m[i] = m[i] * b2 + g[i] * c2;
    }
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const lion *l = (const lion *)o;
    const float b1 = (float)l->beta_1, b2 = (float)l->beta_2;
    const numbers k = { info->learning_rate, b1, 1 - b1, b2, 1 - b2 };
    run(&k, n, w, g, slots[0]);
}

const optimizer_class lion_class = {
    .name = "Lion",
    .size = sizeof(lion),
    .learning_rate = 0.0001,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .step = step,
};

horn_optimizer *horn_lion(const horn_lion_options *options)
{
    horn_lion_options o = options ? *options : (horn_lion_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "beta_1", o.beta_1);
    config_set_option(arguments, "beta_2", o.beta_2);
    return optimizer_construct(&lion_class, arguments);
}
