/* loss = -sum alpha t (1 - q)^gamma log q, where q = p / sum p, clipped to [1e-7, 1 - 1e-7]; the gradient is 0 where q is
 * clipped. From logits p = softmax(z). Label smoothing s replaces t by t (1 - s) + s / columns.
 *
 * Keras takes the outputs of a last softmax for probabilities here, too. */
#include <math.h>
#include "functions/softmax.h"
#include "losses/clip.h"
#include "losses/loss.h"
#include "tensor/float_math.h"

typedef struct categorical_focal_crossentropy {
    loss base;
    double label_smoothing, alpha, gamma;
} categorical_focal_crossentropy;

static void configure(loss *l, config_reader *r)
{
    categorical_focal_crossentropy *f = (categorical_focal_crossentropy *)l;
    f->alpha = 0.25;
    f->gamma = 2;
    config_read_number(r, "alpha", -INFINITY, INFINITY, &f->alpha);
    config_read_number(r, "gamma", -INFINITY, INFINITY, &f->gamma);
    config_read_boolean(r, "from_logits", &l->from_logits);
    config_read_number(r, "label_smoothing", 0, 1, &f->label_smoothing);
    config_only_last_axis(r);
}

static void describe(const loss *l, config *c)
{
    const categorical_focal_crossentropy *f = (const categorical_focal_crossentropy *)l;
    config_set_boolean(c, "from_logits", l->from_logits);
    config_set_number(c, "label_smoothing", f->label_smoothing);
    config_set_number(c, "alpha", f->alpha);
    config_set_number(c, "gamma", f->gamma);
}

/* Arguments of a row. */
typedef struct focus {
    float factor, term, alpha, gamma;
} focus;

/* Returns the loss of one q; *slope is its derivative by q. */
static float focus_on(const focus *f, float q, float target, float *slope)
{
    const float t = f->alpha * (target * f->factor + f->term), c = clip_probability(q), rest = 1 - c;
    const float power = float_exp(f->gamma * float_log(rest)), log_c = float_log(c);
    *slope = t * (f->gamma * power / rest * log_c - power / c);
    if (c < q || c > q) *slope = 0;
    return -t * power * log_c;
}

/* dp may be p. */
static float row_of_probabilities(const focus *f, size_t columns, const float *p, const float *t, float *dp,
                                  float scale)
{
    float sum = 0, loss_sum = 0, inner = 0, slope;
    for (size_t i = 0; i < columns; i++) sum += p[i];
    for (size_t i = 0; i < columns; i++) {
        loss_sum += focus_on(f, p[i] / sum, t[i], &slope);
        inner += slope * (p[i] / sum);
    }
    for (size_t i = 0; dp && i < columns; i++) {
        (void)focus_on(f, p[i] / sum, t[i], &slope);
        dp[i] = (slope - inner) / sum * scale;
    }
    return loss_sum;
}

/* The same for the softmax of z. dz may be z. */
static float row_of_logits(const focus *f, size_t columns, const float *z, const float *t, float *dz,
                           float scale)
{
    const float max = softmax_max(columns, z), sum = softmax_row(columns, z, max, dz);
    float loss_sum = 0, inner = 0, slope;
    for (size_t i = 0; i < columns; i++) {
        const float q = dz ? dz[i] : float_exp(z[i] - max) / sum;
        loss_sum += focus_on(f, q, t[i], &slope);
        inner += slope * q;
    }
    for (size_t i = 0; dz && i < columns; i++) {
        (void)focus_on(f, dz[i], t[i], &slope);
        dz[i] = (slope - inner) * dz[i] * scale;
    }
    return loss_sum;
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    const categorical_focal_crossentropy *c = (const categorical_focal_crossentropy *)l;
    const focus f = { (float)(1 - c->label_smoothing), (float)(c->label_smoothing / (double)columns),
                      (float)c->alpha, (float)c->gamma };
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
        const float *y = outputs + row * columns, *ty = t->rows + row * columns;
        float *dy = gradient ? gradient + row * columns : NULL;
        sum += (double)(kind == OUTPUTS_LOGITS ? row_of_logits(&f, columns, y, ty, dy, scale)
                                               : row_of_probabilities(&f, columns, y, ty, dy, scale));
    }
    return sum;
}

const loss_class categorical_focal_crossentropy_class = {
    .name = "CategoricalFocalCrossentropy",
    .function_name = "categorical_focal_crossentropy",
    .size = sizeof(categorical_focal_crossentropy),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .value = value,
};

horn_loss *horn_categorical_focal_crossentropy(const horn_focal_crossentropy_options *options)
{
    config *arguments = loss_focal_arguments(options);
    if (options && options->apply_class_balancing)
        config_set_boolean(arguments, "apply_class_balancing", true);
    return loss_construct(&categorical_focal_crossentropy_class, arguments);
}
