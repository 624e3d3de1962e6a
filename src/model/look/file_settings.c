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

/* Lists loss, optimizer, then the metrics. */
static horn_status settle(config **out, const snapshot *s)
{
    horn_status status = HORN_OK;
    config *settings = config_list(), *one = NULL;
    const size_t metrics = config_count(s->metrics);
    for (size_t i = 0; !status && i < 2 + metrics; i++) {
        if (i == 0 && s->loss) status = settle_loss(&one, s->loss);
        if (i == 1 && s->optimizer) status = settle_optimizer(&one, s);
        if (i > 1) status = settle_metric(&one, config_at(s->metrics, i - 2));
        if (one)
            config_append(settings, one);
        else
            config_append_null(settings);
        one = NULL;
    }
    *out = settings;
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
