/* loss = sum t log(t / y), both clipped to [1e-7, 1]; the gradient is 0 where y is clipped. */
#include "losses/loss.h"
#include "tensor/float_math.h"

/* Keeps NaN. */
static float clip(float p)
{
    return p < 1e-7f ? 1e-7f : p > 1 ? 1.0f : p;
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    double sum = 0;
    (void)l, (void)kind;
    for (size_t i = 0; i < rows * columns; i++) {
        const float y = outputs[i], q = clip(y), p = clip(t->rows[i]);
        sum += (double)(p * float_log(p / q));
        if (gradient) gradient[i] = q < y || q > y ? 0 : -p / q * scale;
    }
    return sum;
}

const loss_class kl_divergence_class = {
    .name = "KLDivergence",
    .function_name = "kl_divergence",
    .aliases = (const char *const[]){ "kld", "KLD", NULL },
    .old_names = (const char *const[]){ "kullback_leibler_divergence", NULL },
    .size = sizeof(loss),
    .targets = TARGET_ROWS,
    .value = value,
};

horn_loss *horn_kl_divergence(const horn_loss_options *options)
{
    return loss_construct(&kl_divergence_class, loss_arguments(options ? options->reduction : NULL));
}
