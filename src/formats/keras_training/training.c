#include "formats/keras_training/training.h"

#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/own_settings.h"
#include "formats/keras_training/by_output.h"
#include "formats/keras_training/metrics.h"
#include "formats/keras_training/optimizer_config.h"
#include "functions/momentum_schedule.h"
#include "functions/schedule.h"
#include "snapshot/keras_calls.h"

/* ---- reading ---- */

static horn_status read_loss_of(config **out, const config *value, const char *where)
{
    horn_status status = HORN_OK;
    config *loss = NULL, *arguments = NULL;
    if (config_is_null(value)) return HORN_OK;
    if (keras_is_by_output(value))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: is a loss for each output of several, expected that of one",
                    where);
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

static bool is_of_all(const config *value)
{
    return !keras_is_by_output(value);
}

static horn_status read_loss(snapshot *out, const config *value, const char *where)
{
    const config *entries[KERAS_CALLS_MOST_ENDS];
    const size_t count = snapshot_output_count(out);
    if (count == 1) return read_loss_of(&out->loss, keras_of_one_output(value), where);
    horn_status status = keras_by_output(entries, out, value, is_of_all, where);
    if (!status && !config_is_null(value)) out->loss = config_list();
    for (size_t i = 0; !status && out->loss && i < count; i++) {
        config *loss = NULL;
        status = read_loss_of(&loss, entries[i], where);
        if (loss)
            config_append(out->loss, loss);
        else
            config_append_null(out->loss);
    }
    return status || !out->loss ? status : config_status(out->loss);
}

static bool has_weights(const config **entries, size_t count)
{
    double number;
    for (size_t i = 0; i < count; i++)
        if (!config_number(entries[i], &number) || number != 1) return true;
    return count > 1;
}

/* The loss of one output with weight 1 is the loss. */
static horn_status read_loss_weights(snapshot *out, const config *value, const char *where)
{
    const config *entries[KERAS_CALLS_MOST_ENDS], *items = keras_items(value);
    const size_t count = snapshot_output_count(out);
    horn_status status = HORN_OK;
    if (config_is_null(value) || (items && !config_count(items))) return HORN_OK;
    if (count == 1)
        entries[0] = keras_of_one_output(value);
    else
        status = keras_by_output(entries, out, value, is_of_all, where);
    if (status || !has_weights(entries, count)) return status;
    out->loss_weights = config_list();
    for (size_t i = 0; i < count; i++) {
        double number = 1;
        if (keras_is_by_output(entries[i]))
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: loss_weights for each output of several, expected those of %zu", where, count);
        if (!config_is_null(entries[i]) && !config_number(entries[i], &number))
            return fail(HORN_ERROR_FORMAT, "%s: loss_weights are no numbers, one for each output", where);
        config_append_number(out->loss_weights, number);
    }
    return config_status(out->loss_weights);
}

static bool has_any(const snapshot *s, const config *metrics)
{
    bool any = false;
    for (size_t i = 0; i < snapshot_output_count(s); i++)
        any |= config_count(snapshot_of_output(s, metrics, i)) > 0;
    return any;
}

horn_status keras_training_read(snapshot *out, const config *settings, const keras_training_source *source)
{
    horn_status status = HORN_OK;
    char place[512];
    if (!config_is_object(settings)) return fail(HORN_ERROR_FORMAT, "%s: is no JSON object", source->where);
    TRY(read_loss_weights(out, config_get(settings, "loss_weights"), source->where));
    snprintf(place, sizeof place, "%.400s: loss", source->where);
    TRY(read_loss(out, config_get(settings, "loss"), place));
    snprintf(place, sizeof place, "%.400s: metrics", source->where);
    TRY(keras_metrics_read(&out->metrics, config_get(settings, "metrics"), out, place));
    snprintf(place, sizeof place, "%.400s: weighted_metrics", source->where);
    TRY(keras_metrics_read(&out->weighted_metrics, config_get(settings, "weighted_metrics"), out, place));
    if (!has_any(out, out->weighted_metrics)) {
        config_free(out->weighted_metrics);
        out->weighted_metrics = NULL;
    }
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
    if (dialect != KERAS_3) list = keras_metrics_wrap(list);
    return snapshot_output_count(s) > 1 ? keras_with_keys(s, list) : list;
}

config *keras_loss_weights_write(const snapshot *s)
{
    if (snapshot_output_count(s) == 1) return config_copy(config_at(s->loss_weights, 0));
    return keras_with_keys(s, config_copy(s->loss_weights));
}

static void set_loss_weights(config *object, const snapshot *s)
{
    if (s->loss_weights)
        config_set(object, "loss_weights", keras_loss_weights_write(s));
    else
        config_set_null(object, "loss_weights");
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
    if (s->loss && snapshot_output_count(s) > 1)
        config_set(settings, "loss", keras_with_keys(s, config_copy(s->loss)));
    else
        set_or_null(settings, "loss", s->loss);
    if (dialect == KERAS_3) {
        set_loss_weights(settings, s);
        set_metrics(settings, s, dialect);
        config_set_boolean(settings, "run_eagerly", false);
        config_set_integer(settings, "steps_per_execution", 1);
        config_set_boolean(settings, "jit_compile", false);
    } else {
        set_metrics(settings, s, dialect);
        set_loss_weights(settings, s);
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
