/* loss = max(max((1 - t) y) - sum t y + 1, 0). Where several columns have the maximum, they share its slope, as in
 * TensorFlow. */
#include "losses/loss.h"

/* dy may be y. */
static float row_of(size_t columns, const float *y, const float *t, float *dy, float scale)
{
    float inside = 0, outside = (1 - t[0]) * y[0];
    size_t count = 0;
    for (size_t i = 0; i < columns; i++) {
        const float wrong = (1 - t[i]) * y[i];
        inside += t[i] * y[i];
        if (wrong > outside) outside = wrong;
    }
    for (size_t i = 0; i < columns; i++) count += (1 - t[i]) * y[i] == outside;
    const float rest = outside - inside + 1;
    for (size_t i = 0; dy && i < columns; i++) {
        const bool is_most = (1 - t[i]) * y[i] == outside;
        const float slope = (is_most ? (1 - t[i]) / (float)count : 0) - t[i];
        dy[i] = (rest < 0 ? 0 : rest >= 0 ? slope : rest) * scale;
    }
    return rest < 0 ? 0 : rest;
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    double sum = 0;
    (void)l, (void)kind;
    for (size_t row = 0; row < rows; row++)
        sum += (double)row_of(columns, outputs + row * columns, t->rows + row * columns,
                              gradient ? gradient + row * columns : NULL, scale);
    return sum;
}

const loss_class categorical_hinge_class = {
    .name = "CategoricalHinge",
    .function_name = "categorical_hinge",
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_categorical_hinge(const horn_loss_options *options)
{
    return loss_construct(&categorical_hinge_class, loss_arguments(options ? options->reduction : NULL));
}
