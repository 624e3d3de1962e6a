/* loss = -sum t y / (|t| |y|): -1 for rows of the same direction. A norm below 1e-7 counts as 1e-7, as in Keras 3; Keras 2 has
 * 1e-6 there, which matters to rows of zeros alone. */
#include <math.h>
#include "losses/loss.h"

static double norm_of(size_t n, const float *x, bool *is_least)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    *is_least = sum < 1e-14;
    return *is_least ? 1e-7 : sqrt(sum);
}

/* dy may be y. */
static double row_of(size_t columns, const float *y, const float *t, float *dy, float scale)
{
    bool is_least, is_constant;
    const double t_norm = norm_of(columns, t, &is_least), norm = norm_of(columns, y, &is_constant);
    double inner = 0;
    for (size_t i = 0; i < columns; i++) inner += (double)t[i] * (double)y[i];
    inner /= t_norm * norm;
    for (size_t i = 0; dy && i < columns; i++) {
        const double turn = is_constant ? 0 : inner * (double)y[i] / norm;
        dy[i] = (float)((turn - (double)t[i] / t_norm) / norm * (double)scale);
    }
    return -inner;
}

static void configure(loss *l, config_reader *r)
{
    (void)l;
    config_only_last_axis(r);
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    double sum = 0;
    (void)l, (void)kind;
    for (size_t row = 0; row < rows; row++)
        sum += row_of(columns, outputs + row * columns, t->rows + row * columns,
                      gradient ? gradient + row * columns : NULL, scale);
    return sum;
}

const loss_class cosine_similarity_class = {
    .name = "CosineSimilarity",
    .function_name = "cosine_similarity",
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .configure = configure,
    .value = value,
};

horn_loss *horn_cosine_similarity(const horn_loss_options *options)
{
    return loss_construct(&cosine_similarity_class, loss_arguments(options ? options->reduction : NULL));
}
