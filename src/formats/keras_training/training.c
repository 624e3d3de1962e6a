#include "formats/keras_training/training.h"

#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/own_settings.h"
#include "formats/keras_training/metrics.h"
#include "formats/keras_training/optimizer_config.h"
#include "functions/momentum_schedule.h"
#include "functions/schedule.h"

/* ---- reading ---- */

static horn_status read_loss(config **out, const config *value, const char *where)
{
    horn_status status = HORN_OK;
    config *loss = NULL, *arguments = NULL;
    value = keras_of_one_output(value);
    if (config_is_null(value)) return HORN_OK;
    if (keras_is_by_output(value))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: a loss for each output is not supported", where);
    TRY(keras_object_neutral(&loss, value, where));
    if (config_is_object(loss)) {
        arguments = config_copy(config_get(loss, "config"));
        const char *reduction = config_get_string(arguments, "reduction");
        if (reduction && strcmp(reduction, "auto") == 0)
            config_set_string(arguments, "reduction", "sum_over_batch_size");
        config_remove(arguments, "fn");
        if (config_is_null(config_get(arguments, "ignore_class"))) config_remove(arguments, "ignore_class");
        config_set(loss, "config", arguments);
        TRY(config_status(loss));
    }
    *out = loss;
    loss = NULL;
done:
    config_free(loss);
    return status;
}

/* The loss of one output with weight 1 is the loss. */
static horn_status check_loss_weights(const config *settings, const char *where)
{
    const config *weight = keras_of_one_output(config_get(settings, "loss_weights"));
    double number = 1;
    bool is_list = config_is_list(weight) && !config_count(weight);
    if (config_is_null(weight) || is_list || (config_number(weight, &number) && number == 1)) return HORN_OK;
    if (config_number(weight, &number))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: loss_weights are %g, expected 1: others are not supported",
                    where, number);
    return fail(HORN_ERROR_UNSUPPORTED, "%s: loss_weights for each output are not supported", where);
}

horn_status keras_training_read(snapshot *out, const config *settings, const keras_training_source *source)
{
    horn_status status = HORN_OK;
    char place[512];
    if (!config_is_object(settings)) return fail(HORN_ERROR_FORMAT, "%s: is no JSON object", source->where);
    TRY(check_loss_weights(settings, source->where));
    snprintf(place, sizeof place, "%.400s: loss", source->where);
    TRY(read_loss(&out->loss, config_get(settings, "loss"), place));
    snprintf(place, sizeof place, "%.400s: metrics", source->where);
    TRY(keras_metrics_read(&out->metrics, config_get(settings, "metrics"), out->loss, place));
    size_t plain = config_count(out->metrics);
    snprintf(place, sizeof place, "%.400s: weighted_metrics", source->where);
    TRY(keras_metrics_read(&out->metrics, config_get(settings, "weighted_metrics"), out->loss, place));
    out->weighted_metrics = config_count(out->metrics) - plain;
    snprintf(place, sizeof place, "%.400s: %s", source->where, source->optimizer_key);
    if (config_is_null(config_get(settings, source->optimizer_key)))
        return fail(HORN_ERROR_FORMAT, "%s: is missing", place);
    TRY(keras_optimizer_config_read(&out->optimizer, config_get(settings, source->optimizer_key),
                                    source->plain_is_legacy, source->is_legacy, place));
    TRY(keras_own_settings_read(out, settings, source->where));
    out->parts |= PART_COMPILE;
done:
    return status;
}

/* ---- writing ---- */

keras_dialect keras_optimizer_dialect(const snapshot *s, keras_dialect dialect)
{
    const config *arguments = config_get(s->optimizer, "config");
    bool is_legacy = config_is_true(config_get(arguments, "is_legacy_optimizer"));
    return dialect == KERAS_2 && is_legacy ? KERAS_LEGACY : dialect;
}

bool keras_learning_rate(const snapshot *s, float *out)
{
    double rate;
    const config *said = config_get(config_get(s->optimizer, "config"), "learning_rate");
    const char *class_name = config_get_string(s->optimizer, "class_name");
    if (config_is_null(said))
        rate = keras_default_rate(class_name);
    else if (!config_number(said, &rate))
        return false;
    *out = s->has_learning_rate ? s->learning_rate : (float)rate;
    return true;
}

bool keras_current_learning_rate(const snapshot *s, float *out)
{
    schedule found;
    const config *said = config_get(config_get(s->optimizer, "config"), "learning_rate");
    if (!config_is_object(said) || schedule_read(&found, said, "learning_rate")) return false;
    *out = schedule_value(&found, s->iteration > 0 ? s->iteration - 1 : 0);
    schedule_free(&found);
    return true;
}

bool keras_momentum_product(const snapshot *s, float *out)
{
    const keras_optimizer *known = keras_optimizer_by_name(config_get_string(s->optimizer, "class_name"));
    if (!known || !known->keeps_product) return false;
    const momentum_schedule momentum = momentum_schedule_of(config_get(s->optimizer, "config"));
    *out = s->has_product ? s->product : momentum_schedule_product(&momentum, s->iteration);
    return true;
}

static void set_or_null(config *object, const char *key, const config *value)
{
    if (value)
        config_set(object, key, config_copy(value));
    else
        config_set_null(object, key);
}

static config *write_metrics(const snapshot *s, bool weighted, keras_dialect dialect)
{
    config *list = keras_metrics_write(s, weighted, dialect);
    return dialect == KERAS_3 ? list : keras_metrics_wrap(list);
}

static void set_metrics(config *object, const snapshot *s, keras_dialect dialect)
{
    config_set(object, "metrics", write_metrics(s, false, dialect));
    if (s->weighted_metrics)
        config_set(object, "weighted_metrics", write_metrics(s, true, dialect));
    else
        config_set_null(object, "weighted_metrics");
}

horn_status keras_training_write(config **out, const snapshot *s, keras_dialect dialect, const char *where)
{
    horn_status status = HORN_OK;
    float rate = 0;
    config *optimizer = NULL, *settings = config_object();
    bool has_rate = keras_learning_rate(s, &rate);
    keras_dialect own = keras_optimizer_dialect(s, dialect);

    TRY(keras_optimizer_check(s->optimizer, own, where));
    TRY(keras_metrics_check(s, dialect, where));
    TRY(keras_optimizer_config_write(&optimizer, s->optimizer, has_rate ? &rate : NULL, own, where));
    set_or_null(settings, "loss", s->loss);
    if (dialect == KERAS_3) {
        config_set_null(settings, "loss_weights");
        set_metrics(settings, s, dialect);
        config_set_boolean(settings, "run_eagerly", false);
        config_set_integer(settings, "steps_per_execution", 1);
        config_set_boolean(settings, "jit_compile", false);
    } else {
        set_metrics(settings, s, dialect);
        config_set_null(settings, "loss_weights");
    }
    config_set(settings, "optimizer_config", optimizer);
    optimizer = NULL;
    keras_own_settings_write(settings, s);
    TRY(config_status(settings));
    *out = settings;
    settings = NULL;
done:
    config_free(optimizer);
    config_free(settings);
    return status;
}
