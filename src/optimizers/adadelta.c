/* a = rho a + (1 - rho) g^2;  d = sqrt(x + epsilon) g / sqrt(a + epsilon);  x = rho x + (1 - rho) d^2;  w -= lr d
 *
 * Source: Zeiler, "ADADELTA: an adaptive learning rate method" (2012). */
#include <math.h>
#include "base/kernel.h"
#include "optimizers/optimizer.h"

typedef struct adadelta {
    optimizer base;
    double rho, epsilon;
} adadelta;

static void configure(optimizer *o, config_reader *r)
{
    adadelta *a = (adadelta *)o;
    a->rho = 0.95;
    a->epsilon = 1e-7;
    config_read_number(r, "rho", 0, 1, &a->rho);
    config_read_number(r, "epsilon", 0, 1e30, &a->epsilon);
}

static void describe(const optimizer *o, config *c)
{
    const adadelta *a = (const adadelta *)o;
    config_set_number(c, "rho", a->rho);
    config_set_number(c, "epsilon", a->epsilon);
}

static size_t slot_names(const optimizer *o, const char *names[OPTIMIZER_MAX_SLOTS])
{
    (void)o;
    names[0] = "accumulated_grad";
    names[1] = "accumulated_delta_var";
    return 2;
}

typedef struct numbers {
    float lr, rho, one_minus_rho, epsilon;
} numbers;

KERNEL static void run(const numbers *k, size_t n, float *restrict w, const float *restrict g,
                       float *restrict a, float *restrict x)
{
    const float lr = k->lr, rho = k->rho, rest = k->one_minus_rho, epsilon = k->epsilon;
    for (size_t i = 0; i < n; i++) {
        a[i] = rho * a[i] + rest * (g[i] * g[i]);
        const float d = sqrtf(x[i] + epsilon) * g[i] / sqrtf(a[i] + epsilon);
        x[i] = rho * x[i] + rest * (d * d);
        w[i] -= lr * d;
    }
}

static void step(const optimizer *o, const step_info *info, size_t n, float *w, const float *g,
                 float *const *slots)
{
    const adadelta *a = (const adadelta *)o;
    const numbers k = { info->learning_rate, (float)a->rho, (float)(1 - a->rho), (float)a->epsilon };
    run(&k, n, w, g, slots[0], slots[1]);
}

const optimizer_class adadelta_class = {
    .name = "Adadelta",
    .size = sizeof(adadelta),
    .learning_rate = 0.001,
    .configure = configure,
    .describe = describe,
    .slot_names = slot_names,
    .step = step,
};

horn_optimizer *horn_adadelta(const horn_adadelta_options *options)
{
    horn_adadelta_options o = options ? *options : (horn_adadelta_options){ 0 };
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    config_set_option(arguments, "rho", o.rho);
    config_set_option(arguments, "epsilon", o.epsilon);
    return optimizer_construct(&adadelta_class, arguments);
}
