/* loss = mean of w (1 - p_t)^gamma b, where b is the binary crossentropy (binary_crossentropy.c), p_t = t p + (1 - t) (1 - p)
 * and w = t alpha + (1 - t) (1 - alpha) with apply_class_balancing, else 1.
 *
 * From logits p = sigmoid(z). Outputs that no sigmoid made are probabilities: there Keras 2 adds 1e-7 in b, Keras 3 and
 * Horn do not. */
#include <math.h>
#include "losses/crossentropies/binary.h"

typedef struct binary_focal_crossentropy {
    loss base;
    double label_smoothing, alpha, gamma;
    bool apply_class_balancing;
} binary_focal_crossentropy;

static void configure(loss *l, config_reader *r)
{
    binary_focal_crossentropy *f = (binary_focal_crossentropy *)l;
    f->alpha = 0.25;
    f->gamma = 2;
    config_read_boolean(r, "apply_class_balancing", &f->apply_class_balancing);
    config_read_number(r, "alpha", -INFINITY, INFINITY, &f->alpha);
    config_read_number(r, "gamma", -INFINITY, INFINITY, &f->gamma);
    config_read_boolean(r, "from_logits", &l->from_logits);
    config_read_number(r, "label_smoothing", 0, 1, &f->label_smoothing);
    config_only_last_axis(r);
}

static void describe(const loss *l, config *c)
{
    const binary_focal_crossentropy *f = (const binary_focal_crossentropy *)l;
    config_set_boolean(c, "from_logits", l->from_logits);
    config_set_number(c, "label_smoothing", f->label_smoothing);
    config_set_boolean(c, "apply_class_balancing", f->apply_class_balancing);
    config_set_number(c, "alpha", f->alpha);
    config_set_number(c, "gamma", f->gamma);
}

static inline float power_of(float x, float exponent)
{
    return exponent == 0 ? 1.0f : float_exp(exponent * float_log(x));
}

/* The loss of p with crossentropy b, and its derivative by z, where dp is dp/dz. */
static inline point focus(constants c, float t, float p, float dp, point b)
{
    const float gamma = c.c, rest = 1 - (t * p + (1 - t) * (1 - p)), weight = c.d + c.e * t;
    const float power = power_of(rest, gamma);
    const float slope = gamma == 0 ? 0 : gamma * power_of(rest, gamma - 1) * (1 - 2 * t);
    return (point){ weight * power * b.loss, weight * (slope * dp * b.loss + power * b.slope) };
}

static inline point of_logits(constants c, float z, float target)
{
    const float t = binary_smooth(c, target), p = binary_sigmoid(z);
    return focus(c, t, p, p * (1 - p), binary_of_logits(z, t));
}

static inline point of_probabilities(constants c, float p, float target)
{
    const float t = binary_smooth(c, target);
    return focus(c, t, p, 1, binary_of_probabilities(p, t));
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    const binary_focal_crossentropy *f = (const binary_focal_crossentropy *)l;
    constants c = binary_smoothing(f->label_smoothing);
    c.c = (float)f->gamma;
    c.d = f->apply_class_balancing ? (float)(1 - f->alpha) : 1;
    c.e = f->apply_class_balancing ? (float)(2 * f->alpha - 1) : 0;
    if (kind == OUTPUTS_LOGITS)
        return elementwise_sum(of_logits, c, rows, columns, outputs, t->rows, gradient, scale);
    return elementwise_sum(of_probabilities, c, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class binary_focal_crossentropy_class = {
    .name = "BinaryFocalCrossentropy",
    .function_name = "binary_focal_crossentropy",
    .size = sizeof(binary_focal_crossentropy),
    .targets = TARGET_ROWS,
    .logits = LOGITS_OF_SIGMOID,
    .configure = configure,
    .describe = describe,
    .value = value,
};

horn_loss *horn_binary_focal_crossentropy(const horn_focal_crossentropy_options *options)
{
    config *arguments = loss_focal_arguments(options);
    config_set_boolean(arguments, "apply_class_balancing", options && options->apply_class_balancing);
    return loss_construct(&binary_focal_crossentropy_class, arguments);
}
