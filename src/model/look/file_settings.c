/* Compares the compile settings of two files by meaning, not by spelling. */
#include "formats/keras_training/training.h"
#include "base/status.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "model/look/file.h"
#include "optimizers/optimizer.h"

/* Each settle function makes the object and describes it again, so that every argument is present and numbers are as Horn holds
 * them. If Horn does not know the class, the result is a copy of the file's description. */
static horn_status settle_loss(config **out, const config *said)
{
    loss *l = NULL;
    horn_status status = loss_new(&l, said);
    if (!status) status = loss_describe(l, out);
    loss_free(l);
    if (!status || status == HORN_ERROR_MEMORY) return status;
    return config_status(*out = config_copy(said));
}

static horn_status settle_metric(config **out, const config *said)
{
    metric *m = NULL;
    horn_status status = metric_new(&m, said);
    if (!status) status = metric_describe(m, out);
    metric_free(m);
    if (!status || status == HORN_ERROR_MEMORY) return status;
    return config_status(*out = config_copy(said));
}

static horn_status copy_optimizer(config **out, const snapshot *s)
{
    float rate;
    config *arguments = config_copy(config_get(s->optimizer, "config"));
    *out = config_copy(s->optimizer);
    if (arguments && keras_learning_rate(s, &rate))
        config_set_number(arguments, "learning_rate", (double)rate);
    if (arguments) config_set(*out, "config", arguments);
    return config_status(*out);
}

/* The learning rate may also be in a variable, which then overrides the config's. */
static horn_status settle_optimizer(config **out, const snapshot *s)
{
    optimizer *o = NULL;
    horn_status status = optimizer_new(&o, s->optimizer);
    if (!status && s->has_learning_rate) o->learning_rate = s->learning_rate;
    if (!status) status = optimizer_describe(o, out);
    optimizer_free(o);
    return !status || status == HORN_ERROR_MEMORY ? status : copy_optimizer(out, s);
}

/* Appends a value that a settle function makes. */
static horn_status append(config *settings, const config *said,
                          horn_status (*settle_one)(config **, const config *))
{
    config *one = NULL;
    horn_status status = config_is_null(said) ? HORN_OK : settle_one(&one, said);
    if (one)
        config_append(settings, one);
    else
        config_append_null(settings);
    return status;
}

static horn_status append_output(config *settings, const snapshot *s, size_t index)
{
    double weight = 1;
    horn_status status = append(settings, snapshot_of_output(s, s->loss, index), settle_loss);
    config_number(config_at(s->loss_weights, index), &weight);
    config_append_number(settings, weight);
    for (int weighted = 0; weighted < 2; weighted++) {
        const config *own = snapshot_of_output(s, weighted ? s->weighted_metrics : s->metrics, index);
        config_append_size(settings, config_count(own));
        for (size_t i = 0; !status && i < config_count(own); i++)
            status = append(settings, config_at(own, i), settle_metric);
    }
    return status;
}

/* Lists the optimizer, then for each output its loss and metrics. */
static horn_status settle(config **out, const snapshot *s)
{
    config *settings = *out = config_list(), *o = NULL;
    horn_status status = s->optimizer ? settle_optimizer(&o, s) : HORN_OK;
    if (o) config_append(settings, o);
    for (size_t i = 0; !status && i < snapshot_output_count(s); i++) status = append_output(settings, s, i);
    return status ? status : config_status(settings);
}

horn_status file_compare_settings(bool *differ, const snapshot *a, const snapshot *b)
{
    config *x = NULL, *y = NULL;
    horn_status status = settle(&x, a);
    if (!status) status = settle(&y, b);
    *differ = !status && !config_equal(x, y);
    config_free(x);
    config_free(y);
    return status;
}
