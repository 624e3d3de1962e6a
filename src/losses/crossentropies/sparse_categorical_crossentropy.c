/* loss = -log softmax(z)[label];  dz = softmax(z) - onehot(label).
 *
 * From probabilities z = log(p), p clipped to [1e-7, 1 - 1e-7] as in Keras; the gradient is 0 where p is clipped. */
#include <math.h>
#include "functions/softmax.h"
#include "losses/clip.h"
#include "losses/loss.h"

static void read_ignored(loss *l, config_reader *r)
{
    const config *value;
    int64_t label;
    config_read_value(r, "ignore_class", &value);
    if (!value) return;
    l->ignores = true;
    if (config_integer(value, &label) && label >= INT32_MIN && label <= INT32_MAX)
        l->ignored_label = (int32_t)label;
    else
        config_reader_fail(r, HORN_ERROR_FORMAT, "ignore_class", "is no whole number");
}

static void configure(loss *l, config_reader *r)
{
    config_read_boolean(r, "from_logits", &l->from_logits);
    read_ignored(l, r);
    config_only_last_axis(r);
}

static void describe(const loss *l, config *c)
{
    config_set_boolean(c, "from_logits", l->from_logits);
    if (l->ignores) config_set_integer(c, "ignore_class", l->ignored_label);
}

static float row_of_logits(size_t columns, const float *z, size_t label, float *dz, float scale)
{
    const float max = softmax_max(columns, z), at_label = z[label] - max;
    const float sum = softmax_row(columns, z, max, dz);
    if (dz) {
        dz[label] -= 1;
        for (size_t i = 0; i < columns; i++) dz[i] *= scale;
    }
    return logf(sum) - at_label;
}

static float row_of_probabilities(size_t columns, const float *p, size_t label, float *dp, float scale)
{
    float sum = 0;
    const float at_label = clip_probability(p[label]);
    for (size_t i = 0; i < columns; i++) sum += clip_probability(p[i]);
    for (size_t i = 0; dp && i < columns; i++) {
        /* (softmax(z) - onehot) dz/dp, where softmax(log q) is q / sum(q). */
        const float q = clip_probability(p[i]), dz = q / sum - (i == label);
        dp[i] = q == p[i] || isnan(q) ? dz / q * scale : 0;
    }
    return logf(sum) - logf(at_label);
}

static double value(const loss *l, outputs_kind kind, size_t rows, size_t columns, const float *outputs,
                    const targets *t, float *gradient, float scale)
{
    (void)l;
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
        const float *y = outputs + row * columns;
        float *dy = gradient ? gradient + row * columns : NULL;
        const int32_t label = t->labels[row];
        /* The label is no class; a negative one becomes a huge number. */
        if ((size_t)label >= columns) {
            for (size_t i = 0; dy && i < columns; i++) dy[i] = NAN;
            sum = NAN;
        } else if (kind == OUTPUTS_LOGITS) {
            sum += (double)row_of_logits(columns, y, (size_t)label, dy, scale);
        } else {
            sum += (double)row_of_probabilities(columns, y, (size_t)label, dy, scale);
        }
    }
    return sum;
}

const loss_class sparse_categorical_crossentropy_class = {
    .name = "SparseCategoricalCrossentropy",
    .function_name = "sparse_categorical_crossentropy",
    .size = sizeof(loss),
    .targets = TARGET_LABELS,
    .logits = LOGITS_OF_SOFTMAX,
    .configure = configure,
    .describe = describe,
    .value = value,
};

horn_loss *horn_sparse_categorical_crossentropy(const horn_crossentropy_options *options)
{
    config *arguments = loss_crossentropy_arguments(options);
    if (options && options->ignores) config_set_integer(arguments, "ignore_class", options->ignore_class);
    return loss_construct(&sparse_categorical_crossentropy_class, arguments);
}
