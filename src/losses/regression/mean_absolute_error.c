/* loss = mean |y - t|; the slope at y = t is 0. */
#include "losses/elementwise.h"

static inline point absolute(constants c, float y, float t)
{
    (void)c;
    const float sign = sign_of(y - t);
    return (point){ (y - t) * sign, sign };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(absolute, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class mean_absolute_error_class = {
    .name = "MeanAbsoluteError",
    .function_name = "mean_absolute_error",
    .aliases = (const char *const[]){ "mae", "MAE", NULL },
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_mean_absolute_error(const horn_loss_options *options)
{
    return loss_construct(&mean_absolute_error_class, loss_arguments(options ? options->reduction : NULL));
}
