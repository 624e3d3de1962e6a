/* v = rho v + (1 - rho) g^2;  w -= lr g / sqrt(v + epsilon)
 *
 * With centered: a = rho a + (1 - rho) g, and v - a^2 replaces v under the root. With momentum: m = momentum m + that
 * step, w -= m. Keras' legacy class adds epsilon outside the root if there is no momentum, PyTorch always. */
#include <math.h>
#include <stddef.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct rmsprop {
    optimizer base;
    double rho, momentum, epsilon;
    bool centered;
} rmsprop;

static void configure(optimizer *o, config_reader *r)
{
    rmsprop *p = (rmsprop *)o;
    p->rho = 0.9;
    p->epsilon = 1e-7;
    config_read_number(r, "rho", 0, 1, &p->rho);
    config_read_number(r, "momentum", 0, 1, &p->momentum);
    config_read_number(r, "epsilon", 0, 1e30, &p->epsilon);
    config_read_boolean(r, "centered", &p->centered);
}

static void describe(const optimizer *o, config *c)
{
    const rmsprop *p = (const rmsprop *)o;
    config_set_number(c, "rho", p->rho);
    config_set_number(c, "momentum", p->momentum);
    config_set_number(c, "epsilon", p->epsilon);
    config_set_boolean(c, "centered", p->centered);
    if (o->legacy) config_set_boolean(c, "is_legacy_optimizer", true);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    const rmsprop *p = (const rmsprop *)o;
    size_t count = 0;
    names[count++] = "velocity";
    if (p->momentum > 0) names[count++] = "momentum";
    if (p->centered) names[count++] = "average_gradient";
    return count;
}

typedef struct numbers {
    float lr, rho, one_minus_rho, momentum, epsilon;
} numbers;

/* One formula for all variants: callers pass `m` and `a` or NULL, and the compiler makes a loop without branches for
 * each. */
static inline __attribute__((always_inline)) void run(const numbers *k, size_t n, float *restrict w,
                                                      const float *restrict g, float *restrict v,
                                                      float *restrict m, float *restrict a, bool outside)
{
    const float lr = k->lr, rho = k->rho, rest = k->one_minus_rho, momentum = k->momentum,
                epsilon = k->epsilon;
    for (size_t i = 0; i < n; i++) {
        v[i] = rho * v[i] + rest * (g[i] * g[i]);
        float d = v[i];
        if (a) {
            a[i] = rho * a[i] + rest * g[i];
            d -= a[i] * a[i];
        }
        float increment = lr * g[i] / (outside ? sqrtf(d) + epsilon : sqrtf(d + epsilon));
        if (m) {
            m[i] = momentum * m[i] + increment;
            increment = m[i];
        }
        w[i] -= increment;
    }
}

KERNEL static void step_plain(const numbers *k, size_t n, float *w, const float *g, float *v)
{
    run(k, n, w, g, v, NULL, NULL, false);
}

KERNEL static void step_momentum(const numbers *k, size_t n, float *w, const float *g, float *v, float *m)
{
    run(k, n, w, g, v, m, NULL, false);
}

KERNEL static void step_centered(const numbers *k, size_t n, float *w, const float *g, float *v, float *a)
{
    run(k, n, w, g, v, NULL, a, false);
}

KERNEL static void step_both(const numbers *k, size_t n, float *w, const float *g, float *v, float *m,
                             float *a)
{
    run(k, n, w, g, v, m, a, false);
}

KERNEL static void step_outside(const numbers *k, size_t n, float *w, const float *g, float *v, float *m,
                                float *a)
{
    if (m && a)
        run(k, n, w, g, v, m, a, true);
    else if (m)
        run(k, n, w, g, v, m, NULL, true);
    else if (a)
        run(k, n, w, g, v, NULL, a, true);
    else
        run(k, n, w, g, v, NULL, NULL, true);
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const rmsprop *p = (const rmsprop *)o;
    const numbers k = { info->learning_rate, (float)p->rho, (float)(1 - p->rho), (float)p->momentum,
                        (float)p->epsilon };
    float *const m = p->momentum > 0 ? slots[1] : NULL, *const a = p->centered ? slots[m ? 2 : 1] : NULL;
    if (o->torch_rule || (o->legacy && !m))
        step_outside(&k, n, w, g, slots[0], m, a);
    else if (m && a)
        step_both(&k, n, w, g, slots[0], m, a);
    else if (m)
        step_momentum(&k, n, w, g, slots[0], m);
    else if (a)
        step_centered(&k, n, w, g, slots[0], a);
    else
        step_plain(&k, n, w, g, slots[0]);
}

static bool skips_rows(const optimizer *o)
{
    return o->legacy && ((const rmsprop *)o)->momentum > 0;
}

const optimizer_class rmsprop_class = {
    .name = "RMSprop",
    .size = sizeof(rmsprop),
    .has_torch_rule = true,
    .learning_rate = 0.001,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .step = step,
    .skips_rows = skips_rows,
};

horn_optimizer *horn_rmsprop(const horn_rmsprop_options *options)
{
    horn_rmsprop_options o = options ? *options : (horn_rmsprop_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "rho", o.rho);
    config_set_option(arguments, "momentum", o.momentum);
    config_set_option(arguments, "epsilon", o.epsilon);
    config_set_boolean(arguments, "centered", o.centered);
    optimizer_set_update_rule(arguments, o.update_rule);
    return optimizer_construct(&rmsprop_class, arguments);
}
