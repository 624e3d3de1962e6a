/* loss = mean of max(z, 0) - z t + log(1 + exp(-|z|));  dz = (sigmoid(z) - t) / columns.
 *
 * From probabilities: p is clipped to [1e-7, 1 - 1e-7]; loss = mean of -t log p - (1 - t) log(1 - p); the gradient is
 * 0 where p is clipped. This is Keras 3. Keras 2 adds 1e-7 to both arguments of log: its loss is less by up to 0.7 for
 * an output of 0 or 1 and by less than 1e-5 for one between 0.01 and 0.99. The outputs of a last sigmoid are
 * not concerned: both take its input. Label smoothing s replaces t by t (1 - s) + s / 2. */
#include <math.h>
#include "losses/crossentropies/binary.h"

typedef struct binary_crossentropy {
    loss base;
    double label_smoothing;
} binary_crossentropy;

static void configure(loss *l, config_reader *r)
{
    config_read_boolean(r, "from_logits", &l->from_logits);
    config_read_number(r, "label_smoothing", 0, 1, &((binary_crossentropy *)l)->label_smoothing);
    config_only_last_axis(r);
}

static void describe(const loss *l, config *c)
{
    config_set_boolean(c, "from_logits", l->from_logits);
    config_set_number(c, "label_smoothing", ((const binary_crossentropy *)l)->label_smoothing);
}

static inline point of_logits(constants c, float z, float t)
{
    return binary_of_logits(z, binary_smooth(c, t));
}

static inline point of_probabilities(constants c, float p, float t)
{
    return binary_of_probabilities(p, binary_smooth(c, t));
}

KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns,
                           const float *outputs, const targets *t, float *gradient, float scale)
{
    const constants c = binary_smoothing(((const binary_crossentropy *)l)->label_smoothing);
    if (kind == OUTPUTS_LOGITS)
        return elementwise_sum(of_logits, c, rows, columns, outputs, t->rows, gradient, scale);
    return elementwise_sum(of_probabilities, c, rows, columns, outputs, t->rows, gradient, scale);
}

const loss_class binary_crossentropy_class = {
    .name = "BinaryCrossentropy",
    .function_name = "binary_crossentropy",
    .aliases = (const char *const[]){ "bce", "BCE", NULL },
    .size = sizeof(binary_crossentropy),
    .targets = TARGET_ROWS,
    .logits = LOGITS_OF_SIGMOID,
    .configure = configure,
    .describe = describe,
    .value = value,
};

horn_loss *horn_binary_crossentropy(const horn_crossentropy_options *options)
{
    return loss_construct(&binary_crossentropy_class, loss_crossentropy_arguments(options));
}
