/* Whether the compile settings of two files are the same, however they are spelled. */
#include "formats/keras_training.h"
#include "base/status.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "model/file.h"
#include "optimizers/optimizer.h"

/* Each of these gives a description as Horn's own object of that class has it, with every argument said and numbers as it
 * holds them; what the file says where Horn does not know the class. NULL where there is no memory. */
static config *settle_loss(const config *said)
{
    loss *l = NULL;
    config *out = NULL;
    if (loss_new(&l, said) || loss_describe(l, &out)) out = config_copy(said);
    loss_free(l);
    return out;
}

static config *settle_metric(const config *said)
{
    metric *m = NULL;
    config *out = NULL;
    if (metric_new(&m, said) || metric_describe(m, &out)) out = config_copy(said);
    metric_free(m);
    return out;
}

static config *copy_optimizer(const snapshot *s)
{
    float rate;
    config *out = config_copy(s->optimizer), *arguments = config_copy(config_get(out, "config"));
    if (!arguments) return out;
    if (keras_learning_rate(s, &rate)) config_set_number(arguments, "learning_rate", (double)rate);
    config_set(out, "config", arguments);
    return out;
}

/* The learning rate may stand in a variable too, which then holds. */
static config *settle_optimizer(const snapshot *s)
{
    optimizer *o = NULL;
    config *out = NULL;
    bool known = !optimizer_new(&o, s->optimizer);
    if (known && s->has_learning_rate) o->learning_rate = s->learning_rate;
    if (!known || optimizer_describe(o, &out)) out = copy_optimizer(s);
    optimizer_free(o);
    return out;
}

static void set_or_null(config *object, const char *key, bool is_there, config *value)
{
    if (is_there)
        config_set(object, key, value);
    else
        config_set_null(object, key);
}

static horn_status settle(config **out, const snapshot *s)
{
    config *settings = config_object(), *metrics = config_list();
    for (size_t i = 0; i < config_count(s->metrics); i++)
        config_append(metrics, settle_metric(config_at(s->metrics, i)));
    config_set(settings, "metrics", metrics);
    set_or_null(settings, "loss", s->loss, s->loss ? settle_loss(s->loss) : NULL);
    set_or_null(settings, "optimizer", s->optimizer, s->optimizer ? settle_optimizer(s) : NULL);
    *out = settings;
    return config_status(settings);
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
