/* loss = mean (y - t)^2. */
#include "losses/elementwise.h"

static inline point squared(constants c, float y, float t)
{
    (void)c;
    const float error = y - t;
    return (point){ error * error, 2 * error };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(squared, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class mean_squared_error_class = {
    .name = "MeanSquaredError",
    .function_name = "mean_squared_error",
    .aliases = (const char *const[]){ "mse", "MSE", NULL },
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_mean_squared_error(const horn_loss_options *options)
{
    return loss_construct(&mean_squared_error_class, loss_arguments(options ? options->reduction : NULL));
}
