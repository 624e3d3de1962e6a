/* loss = mean log(cosh(y - t)) = mean of x + log(1 + exp(-2 x)) - log 2, where x = |y - t|; the slope is tanh(y - t). */
#include "losses/elementwise.h"
#include "tensor/float_math.h"

static inline point log_cosh(constants c, float y, float t)
{
    (void)c;
    const float error = y - t, x = error < 0 ? -error : error;
    return (point){ x + float_log1p(float_exp(-2 * x)) - 0.693147181f, float_tanh(error) };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(log_cosh, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class log_cosh_class = {
    .name = "LogCosh",
    .function_name = "log_cosh",
    .old_names = (const char *const[]){ "logcosh", NULL },
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_log_cosh(const horn_loss_options *options)
{
    return loss_construct(&log_cosh_class, loss_arguments(options ? options->reduction : NULL));
}
