#include "optimizers/moments.h"

#include <math.h>
#include "base/kernel.h"

void moments_configure(optimizer *o, config_reader *r)
{
    moments *m = (moments *)o;
    m->beta_1 = 0.9;
    m->beta_2 = 0.999;
    m->epsilon = 1e-7;
    config_read_number(r, "beta_1", 0, 1, &m->beta_1);
    config_read_number(r, "beta_2", 0, 1, &m->beta_2);
    config_read_number(r, "epsilon", 0, 1e30, &m->epsilon);
}

void moments_describe(const optimizer *o, config *c)
{
    const moments *m = (const moments *)o;
    config_set_number(c, "beta_1", m->beta_1);
    config_set_number(c, "beta_2", m->beta_2);
    config_set_number(c, "epsilon", m->epsilon);
}

size_t moments_slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o;
    names[0] = "momentum";
    names[1] = "velocity";
    return 2;
}

void moments_set_options(config *arguments, double beta_1, double beta_2, double epsilon)
{
    config_set_option(arguments, "beta_1", beta_1);
    config_set_option(arguments, "beta_2", beta_2);
    config_set_option(arguments, "epsilon", epsilon);
}

/* ---- Adam and AdamW ---- */

void adam_configure(optimizer *o, config_reader *r)
{
    moments_configure(o, r);
    config_read_boolean(r, "amsgrad", &((moments *)o)->amsgrad);
}

void adam_describe(const optimizer *o, config *c)
{
    moments_describe(o, c);
    config_set_boolean(c, "amsgrad", ((const moments *)o)->amsgrad);
}

size_t adam_slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    names[2] = "velocity_hat";
    return moments_slot_names(o, names) + ((const moments *)o)->amsgrad;
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

/* Keras has the powers of the betas in float32, PyTorch in double. */
static numbers numbers_of(const optimizer *o, const step_info *info)
{
    const moments *a = (const moments *)o;
    const double t = (double)(info->iteration + 1);
    float rest_1, rest_2;
    if (o->torch_rule) {
        rest_1 = (float)(1 - pow(a->beta_1, t));
        rest_2 = (float)(1 - pow(a->beta_2, t));
    } else {
        rest_1 = 1 - powf((float)a->beta_1, (float)t);
        rest_2 = 1 - powf((float)a->beta_2, (float)t);
    }
    const float root = sqrtf(rest_2);
    return (numbers){ info->learning_rate * root / rest_1, (float)(1 - a->beta_1), (float)(1 - a->beta_2),
                      (float)a->epsilon * (o->torch_rule ? root : 1) };
}

void adam_step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
               float *const *slots)
{
    const numbers k = numbers_of(o, info);
    if (((const moments *)o)->amsgrad)
        step_amsgrad(&k, n, w, g, slots[0], slots[1], slots[2]);
    else
        step_plain(&k, n, w, g, slots[0], slots[1]);
}
