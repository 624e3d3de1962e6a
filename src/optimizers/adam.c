/* m += (1 - beta_1)(g - m);  v += (1 - beta_2)(g^2 - v);  w -= alpha m / (sqrt(v) + epsilon)
 *
 * alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t), t = 1, 2, ... With amsgrad the greatest v so far replaces v under
 * the root. Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015); Reddi, Kale and Kumar, "On
 * the convergence of Adam and beyond" (2018); the order of operations is Keras'. */
#include <math.h>
#include <stddef.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct adam {
    optimizer base;
    double beta_1, beta_2, epsilon;
    bool amsgrad;
} adam;

static void configure(optimizer *o, config_reader *r)
{
    adam *a = (adam *)o;
    a->beta_1 = 0.9;
    a->beta_2 = 0.999;
    a->epsilon = 1e-7;
    config_read_number(r, "beta_1", 0, 1, &a->beta_1);
    config_read_number(r, "beta_2", 0, 1, &a->beta_2);
    config_read_number(r, "epsilon", 0, 1e30, &a->epsilon);
    config_read_boolean(r, "amsgrad", &a->amsgrad);
}

static void describe(const optimizer *o, config *c)
{
    const adam *a = (const adam *)o;
    config_set_number(c, "beta_1", a->beta_1);
    config_set_number(c, "beta_2", a->beta_2);
    config_set_number(c, "epsilon", a->epsilon);
    config_set_boolean(c, "amsgrad", a->amsgrad);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    names[0] = "momentum";
    names[1] = "velocity";
    names[2] = "velocity_hat";
    return ((const adam *)o)->amsgrad ? 3 : 2;
}

typedef struct numbers {
    float alpha, one_minus_beta_1, one_minus_beta_2, epsilon;
} numbers;

/* `h` is NULL without amsgrad; the compiler knows which in each caller. */
static inline __attribute__((always_inline)) void run(const numbers *k, size_t n, float *restrict w,
                                                      const float *restrict g, float *restrict m,
                                                      float *restrict v, float *restrict h)
{
    const float alpha = k->alpha, c1 = k->one_minus_beta_1, c2 = k->one_minus_beta_2, epsilon = k->epsilon;
    for (size_t i = 0; i < n; i++) {
        m[i] += (g[i] - m[i]) * c1;
        v[i] += (g[i] * g[i] - v[i]) * c2;
        float d = v[i];
        if (h) {
            /* d, also if d is NaN. */
            h[i] = d = h[i] > d ? h[i] : d;
        }
        w[i] -= m[i] * alpha / (sqrtf(d) + epsilon);
    }
}

KERNEL static void step_plain(const numbers *k, size_t n, float *w, const float *g, float *m, float *v)
{
    run(k, n, w, g, m, v, NULL);
}

KERNEL static void step_amsgrad(const numbers *k, size_t n, float *w, const float *g, float *m, float *v,
                                float *h)
{
    run(k, n, w, g, m, v, h);
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const adam *a = (const adam *)o;
    const float t = (float)(info->iteration + 1);
    const float power_1 = powf((float)a->beta_1, t), power_2 = powf((float)a->beta_2, t);
    const numbers k = { info->learning_rate * sqrtf(1 - power_2) / (1 - power_1), (float)(1 - a->beta_1),
                        (float)(1 - a->beta_2), (float)a->epsilon };
    if (a->amsgrad)
        step_amsgrad(&k, n, w, g, slots[0], slots[1], slots[2]);
    else
        step_plain(&k, n, w, g, slots[0], slots[1]);
}

const optimizer_class adam_class = {
    .name = "Adam",
    .size = sizeof(adam),
    .learning_rate = 0.001,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .step = step,
};

horn_optimizer *horn_adam(const horn_adam_options *options)
{
    horn_adam_options o = options ? *options : (horn_adam_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "beta_1", o.beta_1);
    config_set_option(arguments, "beta_2", o.beta_2);
    config_set_option(arguments, "epsilon", o.epsilon);
    config_set_boolean(arguments, "amsgrad", o.amsgrad);
    return optimizer_construct(&adam_class, arguments);
}
