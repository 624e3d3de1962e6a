#include "functions/momentum_schedule.h"

#include <math.h>

double momentum_schedule_decay(bool is_legacy)
{
    return is_legacy ? 0.004 : 1;
}

momentum_schedule momentum_schedule_of(const config *arguments)
{
    const bool is_legacy = config_is_true(config_get(arguments, "is_legacy_optimizer"));
    momentum_schedule s = { 0.9, momentum_schedule_decay(is_legacy) };
    (void)!config_number(config_get(arguments, "beta_1"), &s.beta_1);
    if (is_legacy) (void)!config_number(config_get(arguments, "decay"), &s.decay);
    return s;
}

float momentum_schedule_factor(const momentum_schedule *s, int64_t t)
{
    return (float)s->beta_1 * (1 - 0.5f * powf(0.96f, (float)s->decay * (float)t));
}

/* At decay 0.004 the factors stop changing after some 100,000 steps; what is left is a power. */
float momentum_schedule_product(const momentum_schedule *s, int64_t steps)
{
    enum { MOST = 200000 };
    float product = 1;
    int64_t t = 0;
    while (t < steps && t < MOST && product != 0) product *= momentum_schedule_factor(s, ++t);
    return t < steps ? product * powf(momentum_schedule_factor(s, t), (float)(steps - t)) : product;
}
