/* loss = mean y - t log(y + 1e-7). */
#include "losses/elementwise.h"
#include "tensor/float_math.h"

static inline point poisson(constants c, float y, float t)
{
    (void)c;
    const float more = y + 1e-7f;
    return (point){ y - t * float_log(more), 1 - t / more };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(poisson, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class poisson_class = {
    .name = "Poisson",
    .function_name = "poisson",
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_poisson(const horn_loss_options *options)
{
    return loss_construct(&poisson_class, loss_arguments(options ? options->reduction : NULL));
}
