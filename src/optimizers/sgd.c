/* w -= lr g;  with momentum: m = momentum m - lr g, w += m;  with nesterov: w += momentum m - lr g (the new m).
 *
 * PyTorch's rule is the same as long as lr is: its buffer is -m / lr. Its dampening takes a part of g from m, but in the first
 * step. */
#include <stddef.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct sgd {
    optimizer base;
    double momentum, dampening;
    bool nesterov;
} sgd;

static void configure(optimizer *o, config_reader *r)
{
    sgd *s = (sgd *)o;
    config_read_number(r, "momentum", 0, 1, &s->momentum);
    config_read_boolean(r, "nesterov", &s->nesterov);
    if (o->torch_rule) config_read_number(r, "dampening", -1e30, 1e30, &s->dampening);
    if (s->nesterov && s->dampening != 0)
        config_reader_fail(r, HORN_ERROR_ARGUMENT, "dampening", "is not 0: expected 0 with nesterov");
}

static void describe(const optimizer *o, config *c)
{
    const sgd *s = (const sgd *)o;
    config_set_number(c, "momentum", s->momentum);
    config_set_boolean(c, "nesterov", s->nesterov);
    if (s->dampening != 0) config_set_number(c, "dampening", s->dampening);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    names[0] = "momentum";
    return ((const sgd *)o)->momentum > 0;
}

KERNEL static void step_plain(float lr, size_t n, float *restrict w, const float *restrict g)
{
    for (size_t i = 0; i < n; i++) w[i] -= lr * g[i];
}

KERNEL static void step_momentum(float lr, float momentum, size_t n, float *restrict w,
                                 const float *restrict g, float *restrict m)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] - lr * g[i];
        w[i] += m[i];
    }
}

KERNEL static void step_nesterov(float lr, float momentum, size_t n, float *restrict w,
                                 const float *restrict g, float *restrict m)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] - lr * g[i];
        w[i] += momentum * m[i] - lr * g[i];
    }
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const sgd *s = (const sgd *)o;
    const float rate = info->learning_rate * (info->iteration ? (float)(1 - s->dampening) : 1);
    if (s->momentum == 0)
        step_plain(info->learning_rate, n, w, g);
    else if (s->nesterov)
        step_nesterov(info->learning_rate, (float)s->momentum, n, w, g, slots[0]);
    else
        step_momentum(rate, (float)s->momentum, n, w, g, slots[0]);
}

static bool skips_rows(const optimizer *o)
{
    return o->legacy || ((const sgd *)o)->momentum == 0;
}

const optimizer_class sgd_class = {
    .name = "SGD",
    .size = sizeof(sgd),
    .has_torch_rule = true,
    .learning_rate = 0.01,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .step = step,
    .skips_rows = skips_rows,
};

horn_optimizer *horn_sgd(const horn_sgd_options *options)
{
    horn_sgd_options o = options ? *options : (horn_sgd_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "momentum", o.momentum);
    config_set_boolean(arguments, "nesterov", o.nesterov);
    optimizer_set_update_rule(arguments, o.update_rule);
    return optimizer_construct(&sgd_class, arguments);
}
