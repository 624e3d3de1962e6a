/* loss = mean (log(max(y, 1e-7) + 1) - log(max(t, 1e-7) + 1))^2; the slope below y = 1e-7 is 0. */
#include "losses/elementwise.h"
#include "tensor/float_math.h"

static inline point squared_logarithm(constants c, float y, float t)
{
    (void)c;
    const float least = 1e-7f, more = 1 + (y < least ? least : y);
    const float error = float_log(more) - float_log(1 + (t < least ? least : t));
    return (point){ error * error, y < least ? 0 : 2 * error / more };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(squared_logarithm, (constants){ 0 }, rows, columns, outputs, t->rows, gradient,
                           scale);
}

const loss_class mean_squared_logarithmic_error_class = {
    .name = "MeanSquaredLogarithmicError",
    .function_name = "mean_squared_logarithmic_error",
    .aliases = (const char *const[]){ "msle", "MSLE", NULL },
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_mean_squared_logarithmic_error(const horn_loss_options *options)
{
    return loss_construct(&mean_squared_logarithmic_error_class,
                          loss_arguments(options ? options->reduction : NULL));
}
