/* loss = mean max(1 - t y, 0), where t is -1 or 1 (sides.h). */
#include "losses/elementwise.h"
#include "losses/hinges/sides.h"

static inline point hinge(constants c, float y, float t)
{
    (void)c;
    const float side = side_of(t), rest = 1 - side * y;
    return (point){ rest < 0 ? 0 : rest, rest < 0 ? 0 : rest >= 0 ? -side : rest };
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    (void)l, (void)kind;
    return elementwise_sum(hinge, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class hinge_class = {
    .name = "Hinge",
    .function_name = "hinge",
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_hinge(const horn_loss_options *options)
{
    return loss_construct(&hinge_class, loss_arguments(options ? options->reduction : NULL));
}
