/* loss = mean of e^2 / 2 if |e| <= delta, else of delta |e| - delta^2 / 2, where e = y - t. */
#include <math.h>
#include "losses/elementwise.h"

typedef struct huber {
    loss base;
    double delta;
} huber;

static void configure(loss *l, config_reader *r)
{
    huber *h = (huber *)l;
    h->delta = 1;
    config_read_number(r, "delta", -INFINITY, INFINITY, &h->delta);
}

static void describe(const loss *l, config *c)
{
    config_set_number(c, "delta", ((const huber *)l)->delta);
}

static inline point bend(constants c, float y, float t)
{
    const float delta = c.a, error = y - t, sign = sign_of(error), size = error * sign;
    const bool is_far = size > delta;
    return (point){ is_far ? delta * size - 0.5f * delta * delta : 0.5f * error * error,
                    is_far ? delta * sign : error };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    const constants c = { .a = (float)((const huber *)l)->delta };
    (void)kind;
    return elementwise_sum(bend, c, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class huber_class = {
    .name = "Huber",
    .function_name = "huber",
    .old_names = (const char *const[]){ "huber_loss", NULL },
    .default_name = "huber_loss",
    .size = sizeof(huber),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .value = value,
};

horn_loss *horn_huber(const horn_huber_options *options)
{
    config *arguments = loss_arguments(options ? options->reduction : NULL);
    if (options) config_set_option(arguments, "delta", options->delta);
    return loss_construct(&huber_class, arguments);
}
