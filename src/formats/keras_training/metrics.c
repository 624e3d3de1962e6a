#include "formats/keras_training/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/keras_training/by_output.h"
#include "snapshot/keras_calls.h"

enum { MAX_METRICS = 64 };

/* ---- reading ---- */

static const struct {
    const char *function, *class_name;
    /* Names under which files hold it as a string: those that Keras resolves to one of several functions, or shorter ones. */
    const char *strings[2];
} functions[] = {
    { "binary_accuracy", "BinaryAccuracy", { "accuracy", "acc" } },
    { "categorical_accuracy", "CategoricalAccuracy", { "accuracy", "acc" } },
    { "sparse_categorical_accuracy", "SparseCategoricalAccuracy", { "accuracy", "acc" } },
    { "top_k_categorical_accuracy", "TopKCategoricalAccuracy", { NULL } },
    { "sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy", { NULL } },
    { "binary_crossentropy", "BinaryCrossentropy", { "bce", "BCE" } },
    { "categorical_crossentropy", "CategoricalCrossentropy", { NULL } },
    { "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", { NULL } },
    { "mean_squared_error", "MeanSquaredError", { "mse", "MSE" } },
    { "mean_absolute_error", "MeanAbsoluteError", { "mae", "MAE" } },
    { "mean_absolute_percentage_error", "MeanAbsolutePercentageError", { "mape", "MAPE" } },
    { "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", { "msle", "MSLE" } },
    { "cosine_similarity", "CosineSimilarity", { NULL } },
    { "hinge", "Hinge", { NULL } },
    { "squared_hinge", "SquaredHinge", { NULL } },
    { "categorical_hinge", "CategoricalHinge", { NULL } },
    { "poisson", "Poisson", { NULL } },
    { "logcosh", "LogCoshError", { NULL } },
    { "kullback_leibler_divergence", "KLDivergence", { NULL } },
    /* The name of both in Keras' module of losses. */
    { "log_cosh", "LogCoshError", { NULL } },
    { "kl_divergence", "KLDivergence", { NULL } },
};

static bool is_string_of(const char *const strings[2], const char *name)
{
    return (strings[0] && strcmp(strings[0], name) == 0) || (strings[1] && strcmp(strings[1], name) == 0);
}

static bool is_generic(const char *name)
{
    return name && (strcasecmp(name, "accuracy") == 0 || strcasecmp(name, "acc") == 0);
}

/* Whether the loss takes class numbers, so that "accuracy" is sparse_categorical_accuracy. */
static bool takes_labels(const config *loss)
{
    const char *name = config_is_object(loss) ? config_get_string(loss, "class_name") : config_string(loss);
    return name && (strcmp(name, "sparse_categorical_crossentropy") == 0 ||
                    strcmp(name, "SparseCategoricalCrossentropy") == 0);
}

/* Whether keras_metrics_write made this of "accuracy". */
static bool is_resolved_accuracy(const config *metric, const config *loss)
{
    const char *class_name = config_get_string(metric, "class_name");
    return takes_labels(loss) && class_name && strcmp(class_name, "SparseCategoricalAccuracy") == 0 &&
           is_generic(config_get_string(config_get(metric, "config"), "name"));
}

/* Turns Keras 2's wrapper of a function back into a string, or into the metric class of that function. False if it is neither;
 * *out is NULL if there is no memory. */
static bool unwrap_metric(config **out, const config *metric)
{
    const config *arguments = config_get(metric, "config"), *fn = config_get(arguments, "fn");
    const char *name = config_get_string(arguments, "name");
    const char *function = config_is_object(fn) ? config_get_string(fn, "config") : config_string(fn);
    for (size_t i = 0; function && i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].function, function) != 0) continue;
        config *copy = NULL;
        if (!name || strcmp(name, function) == 0) {
            *out = config_from_string(function);
        } else if (is_string_of(functions[i].strings, name)) {
            *out = config_from_string(name);
        } else {
            copy = config_copy(arguments);
            config_remove(copy, "fn");
            *out = keras_object_new(functions[i].class_name, copy);
        }
        return true;
    }
    return false;
}

/* The output whose metrics are read. */
typedef struct output {
    const config *loss;
    /* NULL: the only one. */
    const char *name;
    const char *where;
} output;

/* Keras 2's .h5 has the names that compiling gave to the metrics of several outputs: "out_accuracy". Keras itself loads that as
 * "out_out_accuracy". */
static void drop_output_name(config *metric, const output *o)
{
    const size_t length = o->name ? strlen(o->name) : 0;
    const char *name = config_get_string(config_get(metric, "config"), "name");
    if (!length || !name || strncmp(name, o->name, length) != 0 || name[length] != '_') return;
    config *arguments = config_copy(config_get(metric, "config"));
    config_set_string(arguments, "name", name + length + 1);
    config_set(metric, "config", arguments);
}

static horn_status read_metric(config *list, const config *value, const output *o)
{
    horn_status status = HORN_OK;
    const char *where = o->where;
    config *metric = NULL, *plain = NULL, *arguments = NULL;
    if (config_count(list) >= MAX_METRICS)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: more than %d metrics are not supported", where, MAX_METRICS);
    if (keras_is_by_output(value))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: metrics for each output are not supported", where);
    TRY(keras_object_neutral(&metric, value, where));
    drop_output_name(metric, o);
    const char *class_name = config_get_string(metric, "class_name");
    bool said = class_name && strcmp(class_name, "MeanMetricWrapper") == 0 && unwrap_metric(&plain, metric);
    if (!said && is_resolved_accuracy(metric, o->loss)) {
        plain = config_from_string(config_get_string(config_get(metric, "config"), "name"));
        said = true;
    }
    if (!said) {
        const char *dtype = keras_dtype_name(config_get(config_get(metric, "config"), "dtype"));
        if (class_name && dtype && config_is_object(config_get(metric, "config"))) {
            arguments = config_copy(config_get(metric, "config"));
            if (config_get(arguments, "dtype")) config_set_string(arguments, "dtype", dtype);
            config_set(metric, "config", arguments);
        }
        plain = metric;
        metric = NULL;
    }
    TRY(config_status(plain));
    config_append(list, plain);
    plain = NULL;
done:
    config_free(metric);
    config_free(plain);
    return status;
}

/* Keras 2 writes a list for each output. */
static horn_status read_list(config *list, const config *value, const output *o, bool is_inner)
{
    horn_status status = HORN_OK;
    const char *where = o->where;
    const config *items = keras_items(value), *only;
    if (items) value = items;
    if (config_is_null(value)) return HORN_OK;
    if (config_string(value) || config_get_string(value, "class_name")) return read_metric(list, value, o);
    if (config_is_object(value)) {
        only = keras_of_one_output(value);
        if (only == value)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: metrics for each output are not supported", where);
        return read_list(list, only, o, is_inner);
    }
    if (!config_is_list(value)) return fail(HORN_ERROR_FORMAT, "%s: is no list", where);
    if (config_count(value) > MAX_METRICS)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: more than %d metrics are not supported", where, MAX_METRICS);
    for (size_t i = 0; i < config_count(value); i++) {
        const config *member = config_at(value, i);
        if (config_is_null(member)) continue;
        if (!is_inner && (keras_items(member) || keras_is_by_output(member)))
            TRY(read_list(list, member, o, true));
        else
            TRY(read_metric(list, member, o));
    }
done:
    return status;
}

static horn_status read_output(config **out, const config *value, const output *o)
{
    config *list = config_list();
    horn_status status = config_status(list);
    if (!status) status = read_list(list, value, o, false);
    if (!status) status = config_status(list);
    if (status)
        config_free(list);
    else
        *out = list;
    return status;
}

/* A list without lists is that of each output. */
static bool is_plain(const config *value)
{
    const config *items = keras_items(value);
    if (!items) return !keras_is_by_output(value);
    for (const config *item = config_at(items, 0); item; item = config_next(item))
        if (keras_is_by_output(item) || config_is_null(item)) return false;
    return true;
}

/* In Keras 3 a list has an entry for each output. */
static bool is_never_of_all(const config *value)
{
    return !keras_is_by_output(value);
}

static horn_status read_outputs(config *all, const config *value, const snapshot *s, const char *where)
{
    const config *entries[KERAS_CALLS_MOST_ENDS], *items = keras_items(value);
    const size_t count = snapshot_output_count(s);
    const bool by_output = s->is_keras3 && items && config_count(items) == count;
    horn_status status = keras_by_output(entries, s, value, by_output ? is_never_of_all : is_plain, where);
    for (size_t i = 0; !status && i < count; i++) {
        config *list = NULL;
        output o = { .loss = config_at(s->loss, i), .where = where };
        char *name = NULL;
        status = snapshot_output_layer(&name, s, i);
        o.name = name;
        if (!status) status = read_output(&list, entries[i], &o);
        if (!status) config_append(all, list);
        free(name);
    }
    return status ? status : config_status(all);
}

horn_status keras_metrics_read(config **out, const config *value, const snapshot *s, const char *where)
{
    if (snapshot_output_count(s) == 1) return read_output(out, value, &(output){ s->loss, NULL, where });
    config *all = config_list();
    horn_status status = read_outputs(all, value, s, where);
    if (status)
        config_free(all);
    else
        *out = all;
    return status;
}

/* ---- writing ---- */

static bool is_integer(const config *metric)
{
    const char *dtype = config_get_string(config_get(metric, "config"), "dtype");
    return dtype && strncmp(dtype, "int", 3) == 0;
}

/* Keras 2 divides no integers: its IoU metrics have float32 alone. */
static horn_status check_metric(const config *metric, bool is_3, const char *where)
{
    static const struct {
        const char *name;
        bool of_3;
    } own[] = { { "PearsonCorrelation", true },
                { "ConcordanceCorrelation", true },
                { "MeanRelativeError", false } };
    const char *class_name = config_get_string(metric, "class_name");
    for (size_t i = 0; class_name && i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i].name, class_name) == 0 && own[i].of_3 != is_3)
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: metric %s is unknown to Keras %d, expected dialect keras%d", where, class_name,
                        is_3 ? 3 : 2, is_3 ? 2 : 3);
    if (!is_3 && class_name && is_integer(metric))
        return fail(
            HORN_ERROR_UNSUPPORTED,
            "%s: metric %s has a dtype of integers, which Keras 2 does not compute, expected dialect keras3",
            where, class_name);
    return HORN_OK;
}

horn_status keras_metrics_check(const snapshot *s, keras_dialect dialect, const char *where)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < 2 * snapshot_output_count(s); i++) {
        const config *own = snapshot_of_output(s, i % 2 ? s->weighted_metrics : s->metrics, i / 2);
        for (size_t k = 0; !status && k < config_count(own); k++)
            status = check_metric(config_at(own, k), dialect == KERAS_3, where);
    }
    return status;
}

/* Keras 2's .h5 has such an object for a string; from a short string it would not find the function, or would name it otherwise in
 * logs. NULL: the string is the function's name. */
static config *wrap(const char *name)
{
    for (size_t i = 0; name && i < sizeof functions / sizeof *functions; i++) {
        if (is_generic(name) || !is_string_of(functions[i].strings, name)) continue;
        config *arguments = config_object();
        config_set_string(arguments, "name", name);
        config_set_string(arguments, "dtype", "float32");
        config_set_string(arguments, "fn", functions[i].function);
        return keras_object_new("MeanMetricWrapper", arguments);
    }
    return NULL;
}

config *keras_metrics_wrap(config *metrics)
{
    config *list = config_list();
    for (const config *metric = config_at(metrics, 0); metric; metric = config_next(metric)) {
        config *wrapped =
            config_is_list(metric) ? keras_metrics_wrap(config_copy(metric)) : wrap(config_string(metric));
        config_append(list, wrapped ? wrapped : config_copy(metric));
    }
    config_free(metrics);
    return list;
}

static config *resolve_accuracy(const char *name)
{
    config *arguments = config_object();
    config_set_string(arguments, "name", name);
    config_set_string(arguments, "dtype", "float32");
    return keras_object_new("SparseCategoricalAccuracy", arguments);
}

static config *write_list(const config *metrics, const config *loss, keras_dialect dialect)
{
    config *list = config_list();
    for (const config *metric = config_at(metrics, 0); metric; metric = config_next(metric)) {
        bool resolve = dialect != KERAS_3 && is_generic(config_string(metric)) && takes_labels(loss);
        config_append(list, resolve ? resolve_accuracy(config_string(metric)) : config_copy(metric));
    }
    return list;
}

/* As Keras 2 keeps the metrics of several outputs, with the names that compiling gave them. Of "accuracy" it chooses the class itself, if
 * the loss does not say it. */
static config *name_by_output(const config *metric, const char *of)
{
    bytes name = { 0 };
    const char *text = config_string(metric), *function = NULL;
    for (size_t i = 0; text && i < sizeof functions / sizeof *functions; i++)
        if (!is_generic(text) &&
            (strcmp(functions[i].function, text) == 0 || is_string_of(functions[i].strings, text)))
            function = functions[i].function;
    const char *own = text ? text : config_get_string(config_get(metric, "config"), "name");
    bytes_print(&name, "%s_%s", of, own ? own : "");
    config *arguments = text ? config_object() : config_copy(config_get(metric, "config")), *named = NULL;
    if (own && bytes_text(&name) && (function || !text)) {
        config_set_string(arguments, "name", bytes_text(&name));
        if (function) config_set_string(arguments, "dtype", "float32");
        if (function) config_set_string(arguments, "fn", function);
        named = keras_object_new(function ? "MeanMetricWrapper" : config_get_string(metric, "class_name"),
                                 arguments);
        arguments = NULL;
    }
    config_free(arguments);
    bytes_free(&name);
    return named ? named : config_copy(metric);
}

/* Takes the list of an output. */
static config *name_all_by_output(config *list, const snapshot *s, size_t index)
{
    char *of = NULL;
    if (snapshot_output_layer(&of, s, index)) return list;
    config *named = config_list();
    for (size_t i = 0; i < config_count(list); i++)
        config_append(named, name_by_output(config_at(list, i), of));
    config_free(list);
    free(of);
    return named;
}

static config *write_output(const snapshot *s, const config *metrics, size_t index, keras_dialect dialect)
{
    config *list = write_list(config_at(metrics, index), config_at(s->loss, index), dialect);
    return dialect == KERAS_3 ? list : name_all_by_output(list, s, index);
}

config *keras_metrics_write(const snapshot *s, bool weighted, keras_dialect dialect)
{
    const config *metrics = weighted ? s->weighted_metrics : s->metrics;
    if (snapshot_output_count(s) == 1) return write_list(metrics, s->loss, dialect);
    config *list = config_list();
    for (size_t i = 0; i < snapshot_output_count(s); i++)
        config_append(list, write_output(s, metrics, i, dialect));
    return list;
}
