/* loss = mean 100 |t - y| / max(|t|, 1e-7); the slope at y = t is 0. */
#include "losses/elementwise.h"

static inline point percentage(constants c, float y, float t)
{
    (void)c;
    const float size = t < 0 ? -t : t, divisor = size < 1e-7f ? 1e-7f : size, sign = sign_of(y - t);
    return (point){ 100 * ((y - t) * sign / divisor), 100 * (sign / divisor) };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(percentage, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class mean_absolute_percentage_error_class = {
    .name = "MeanAbsolutePercentageError",
    .function_name = "mean_absolute_percentage_error",
    .aliases = (const char *const[]){ "mape", "MAPE", NULL },
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_mean_absolute_percentage_error(const horn_loss_options *options)
{
    return loss_construct(&mean_absolute_percentage_error_class,
                          loss_arguments(options ? options->reduction : NULL));
}
