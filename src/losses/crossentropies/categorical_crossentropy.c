/* loss = -sum t log softmax(z);  dz = softmax(z) - t, as in TensorFlow, which assumes sum t = 1.
 *
 * From probabilities: q = p / sum p, clipped to [1e-7, 1 - 1e-7]; loss = -sum t log q; the gradient is 0 where q is
 * clipped. Label smoothing s replaces t by t (1 - s) + s / columns. */
#include <math.h>
#include "functions/softmax.h"
#include "losses/clip.h"
#include "losses/loss.h"

typedef struct categorical_crossentropy {
    loss base;
    double label_smoothing;
} categorical_crossentropy;

static void configure(loss *l, config_reader *r)
{
    categorical_crossentropy *c = (categorical_crossentropy *)l;
    config_read_boolean(r, "from_logits", &l->from_logits);
    config_read_number(r, "label_smoothing", 0, 1, &c->label_smoothing);
    config_only_last_axis(r);
}

static void describe(const loss *l, config *c)
{
    config_set_boolean(c, "from_logits", l->from_logits);
    config_set_number(c, "label_smoothing", ((const categorical_crossentropy *)l)->label_smoothing);
}

typedef struct smoothing {
    /* t factor + term. */
    float factor, term;
} smoothing;

static float smooth(smoothing s, float t)
{
    return t * s.factor + s.term;
}

static float row_of_logits(size_t columns, const float *z, const float *t, smoothing s, float *dz,
                           float scale)
{
    const float max = softmax_max(columns, z);
    float whole = 0, part = 0;
    for (size_t i = 0; i < columns; i++) {
        const float ti = smooth(s, t[i]);
        whole += ti;
        /* 0 log 0 counts as 0. */
        if (ti != 0) part += ti * (z[i] - max);
    }
    const float sum = softmax_row(columns, z, max, dz);
    for (size_t i = 0; dz && i < columns; i++) dz[i] = (dz[i] - smooth(s, t[i])) * scale;
    return whole * logf(sum) - part;
}

static float row_of_probabilities(size_t columns, const float *p, const float *t, smoothing s, float *dp,
                                  float scale)
{
    float sum = 0, loss_sum = 0, inner = 0;
    for (size_t i = 0; i < columns; i++) sum += p[i];
    for (size_t i = 0; i < columns; i++) {
        const float q = p[i] / sum, ti = smooth(s, t[i]);
        loss_sum -= ti * logf(clip_probability(q));
        /* -sum (dloss/dq) q. */
        if (q == clip_probability(q)) inner += ti;
    }
    for (size_t i = 0; dp && i < columns; i++) {
        const float q = p[i] / sum, dq = q != clip_probability(q) && !isnan(q) ? 0 : -smooth(s, t[i]) / q;
        dp[i] = (dq + inner) / sum * scale;
    }
    return loss_sum;
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    const double share = ((const categorical_crossentropy *)l)->label_smoothing;
    const smoothing s = { (float)(1 - share), (float)(share / (double)columns) };
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
        const float *y = outputs + row * columns, *ty = t->rows + row * columns;
        float *dy = gradient ? gradient + row * columns : NULL;
        sum += (double)(kind == OUTPUTS_LOGITS ? row_of_logits(columns, y, ty, s, dy, scale)
                                               : row_of_probabilities(columns, y, ty, s, dy, scale));
    }
    return sum;
}

const loss_class categorical_crossentropy_class = {
    .name = "CategoricalCrossentropy",
    .function_name = "categorical_crossentropy",
    .size = sizeof(categorical_crossentropy),
    .targets = TARGET_ROWS,
    .logits = LOGITS_OF_SOFTMAX,
    .configure = configure,
    .describe = describe,
    .value = value,
};

horn_loss *horn_categorical_crossentropy(const horn_crossentropy_options *options)
{
    return loss_construct(&categorical_crossentropy_class, loss_crossentropy_arguments(options));
}
