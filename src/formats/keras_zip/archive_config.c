#include "formats/keras_zip/archive_config.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/activations.h"
#include "formats/keras/functional.h"
#include "formats/keras/architecture.h"
#include "formats/keras/layer_modules.h"
#include "formats/keras_training/by_output.h"
#include "formats/keras_training/metrics.h"
#include "formats/keras_training/optimizer_config.h"
#include "formats/keras_training/own_settings.h"
#include "formats/keras_training/training.h"

/* ---- reading ---- */

static bool is_legacy(const config *optimizer)
{
    const char *module = config_get_string(optimizer, "module");
    return module && strstr(module, "optimizers.legacy");
}

/* The learning rate of the schedule that write_optimizer makes in `both`; NULL for any other. */
static const config *constant_rate(const config *optimizer)
{
    double steps, rate;
    const config *schedule = config_get(config_get(optimizer, "config"), "learning_rate"),
                 *arguments = config_get(schedule, "config");
    const char *class_name = config_get_string(schedule, "class_name"),
               *name = config_get_string(arguments, "name");
    if (!class_name || strcmp(class_name, "ExponentialDecay") != 0) return NULL;
    if (!name || strcmp(name, class_name) != 0 || config_is_true(config_get(arguments, "staircase")))
        return NULL;
    if (!config_number(config_get(arguments, "decay_steps"), &steps) || steps != 1) return NULL;
    if (!config_number(config_get(arguments, "decay_rate"), &rate) || rate != 1) return NULL;
    return config_get(arguments, "initial_learning_rate");
}

static config *optimizer_of(const config *given)
{
    config *optimizer = config_copy(given);
    const config *rate = constant_rate(given);
    if (!rate) return optimizer;
    config *arguments = config_copy(config_get(given, "config"));
    config_set(arguments, "learning_rate", config_copy(rate));
    config_set(optimizer, "config", arguments);
    return optimizer;
}

static horn_status read_training(snapshot *out, const config *given, bool *has_optimizer, const char *where)
{
    horn_status status = HORN_OK;
    char place[512];
    const config *optimizer = config_get(given, "optimizer");
    config *settings = NULL;
    snprintf(place, sizeof place, "%.400s: compile_config", where);
    if (!config_is_object(given)) return fail(HORN_ERROR_FORMAT, "%s: is no JSON object", place);
    if (optimizer && config_is_null(optimizer))
        return HORN_OK; /* compiled without: nothing that could train */
    settings = config_copy(given);
    *has_optimizer = optimizer != NULL;
    config_set(settings, "optimizer", optimizer ? optimizer_of(optimizer) : config_from_string("rmsprop"));
    TRY(config_status(settings));
    TRY(keras_training_read(out, settings,
                            &(keras_training_source){ .where = place,
                                                      .optimizer_key = "optimizer",
                                                      .is_legacy = is_legacy(optimizer) }));
done:
    config_free(settings);
    return status;
}

horn_status keras_zip_config_read(snapshot *out, const config *model, unsigned leave_out, bool *has_optimizer,
                                  const char *where)
{
    const config *settings = config_get(model, "compile_config");
    bool is_compiled = !config_is_null(settings) && !(config_is_object(settings) && !config_count(settings));
    *has_optimizer = false;
    horn_status status = keras_architecture_read(out, model, where);
    if (status || leave_out & PART_COMPILE || !is_compiled) return status;
    status = read_training(out, settings, has_optimizer, where);
    if (!status) status = keras_own_settings_read(out, model, where);
    return snapshot_leave_out(out, PART_COMPILE, status);
}

/* ---- writing ---- */

/* {module, class_name, config, registered_name}; takes the arguments. Keras finds a user's class by its
 * registered name alone. */
static config *wrap(const char *module, const char *class_name, config *arguments)
{
    config *object = config_object();
    bool is_own = strchr(class_name, '>');
    config_set_string(object, "module", is_own ? NULL : module);
    config_set_string(object, "class_name", keras_bare_name(class_name));
    config_set(object, "config", arguments);
    config_set_string(object, "registered_name", is_own ? class_name : NULL);
    return object;
}

static config *wrap_object(const char *module, const config *value)
{
    const char *class_name = config_get_string(value, "class_name");
    if (!value) return config_copy(value);
    return class_name ? wrap(module, class_name, config_copy(config_get(value, "config")))
                      : config_copy(value);
}

/* Initializers and their like in a layer's arguments come from any file, with or without a module. */
static config *wrap_arguments(const config *arguments)
{
    static const char *const kinds[][2] = { { "_initializer", "keras.initializers" },
                                            { "_regularizer", "keras.regularizers" },
                                            { "_constraint", "keras.constraints" } };
    config *copy = config_copy(arguments);
    const char *key;
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) {
        const config *value = config_at(arguments, i);
        for (size_t k = 0; k < 3; k++) {
            size_t length = strlen(key), end = strlen(kinds[k][0]);
            bool is_bare = config_get_string(value, "class_name") && !config_get(value, "module");
            if (is_bare && length > end && strcmp(key + length - end, kinds[k][0]) == 0)
                config_set(copy, key, wrap_object(kinds[k][1], value));
        }
    }
    return copy;
}

/* What a Functional says of a layer beside {class_name, config}. */
static void copy_calls(config *object, const config *layer)
{
    static const char *const keys[] = { "name", "inbound_nodes" };
    for (size_t i = 0; i < 2; i++)
        if (config_get(layer, keys[i])) config_set(object, keys[i], config_copy(config_get(layer, keys[i])));
}

static config *wrap_layers(const config *layers, bool keras3)
{
    config *list = config_list();
    for (size_t i = 0; i < config_count(layers); i++) {
        const config *layer = config_at(layers, i);
        const char *class_name = config_get_string(layer, "class_name");
        if (config_get(layer, "module")) { /* an operation */
            config_append(list, config_copy(layer));
            continue;
        }
        config *arguments = wrap_arguments(config_get(layer, "config"));
        config *object = wrap(keras_layer_module(class_name, keras3), class_name,
                              keras_layer_with_modules(arguments, keras3, false));
        config_free(arguments);
        if (keras_registered_name(class_name))
            config_set_string(object, "registered_name", keras_registered_name(class_name));
        copy_calls(object, layer);
        config_append(list, object);
    }
    return list;
}

/* Keras 2 and Keras 3 have Functional in modules of different names; both make one of a "Model". */
static config *wrap_model(const char *class_name, config *arguments, keras_store_dialect dialect)
{
    if (keras_role_of(class_name) != KERAS_FUNCTIONAL) return wrap("keras", class_name, arguments);
    if (dialect == KERAS_STORE_BOTH) return wrap("keras", keras_class_of(KERAS_MODEL), arguments);
    config *model = wrap(keras_layer_module(class_name, dialect == KERAS_STORE_3), class_name, arguments);
    config_set_string(model, "registered_name", keras_registered_name(class_name));
    return model;
}

static config *input_shape(const snapshot *s)
{
    config *build = config_object();
    config_set(build, "input_shape", keras_batch_shape(s));
    return build;
}

/* A schedule of one rate; constant_rate turns it back. */
static config *constant_schedule(double rate)
{
    config *arguments = config_object();
    config_set_number(arguments, "initial_learning_rate", rate);
    config_set_integer(arguments, "decay_steps", 1);
    config_set_number(arguments, "decay_rate", 1.0);
    config_set_boolean(arguments, "staircase", false);
    config_set_string(arguments, "name", "ExponentialDecay");
    return wrap("keras.optimizers.schedules", "ExponentialDecay", arguments);
}

/* Keras 2 and `both` have the bare class and its own arguments, which is what legacy .h5 files say. */
static horn_status write_optimizer(config **out, const snapshot *s, keras_store_dialect dialect,
                                   const char *where)
{
    horn_status status = HORN_OK;
    config *optimizer = NULL, *arguments = NULL;
    float rate = 0;
    double said;
    bool has_rate = keras_learning_rate(s, &rate);
    bool is_old = dialect == KERAS_STORE_2 && keras_optimizer_dialect(s, KERAS_2) == KERAS_LEGACY;
    TRY(keras_optimizer_check(s->optimizer,
                              is_old                     ? KERAS_LEGACY
                              : dialect == KERAS_STORE_3 ? KERAS_3
                                                         : KERAS_2,
                              where));
    TRY(keras_optimizer_config_write(&optimizer, s->optimizer, has_rate ? &rate : NULL,
                                     dialect == KERAS_STORE_3 ? KERAS_3 : KERAS_LEGACY, where));
    arguments = config_copy(config_get(optimizer, "config"));
    if (dialect == KERAS_STORE_BOTH && has_rate) {
        if (!config_number(config_get(arguments, "learning_rate"), &said)) said = (double)rate;
        config_set(arguments, "learning_rate", constant_schedule(said));
    }
    *out = wrap(is_old ? "keras.optimizers.legacy" : "keras.optimizers",
                config_get_string(optimizer, "class_name"), arguments);
    status = config_status(*out);
done:
    config_free(optimizer);
    return status;
}

/* The same of each in a list, or in the lists in it. */
static config *wrap_objects(const char *module, const config *value)
{
    if (!config_is_list(value)) return wrap_object(module, value);
    config *list = config_list();
    for (size_t i = 0; i < config_count(value); i++)
        config_append(list, wrap_objects(module, config_at(value, i)));
    return list;
}

/* No .keras has a metric resolved. */
static config *wrap_metrics(const snapshot *s, bool weighted)
{
    config *plain = keras_metrics_write(s, weighted, KERAS_3), *list = wrap_objects("keras.metrics", plain);
    config_free(plain);
    return snapshot_output_count(s) > 1 ? keras_with_keys(s, list) : list;
}

static horn_status write_training(config **out, const snapshot *s, keras_store_dialect dialect,
                                  const char *where)
{
    horn_status status = HORN_OK;
    config *settings = config_object(), *optimizer = NULL;
    if (dialect != KERAS_STORE_2) TRY(keras_metrics_check(s, KERAS_3, where));
    if (dialect != KERAS_STORE_3) TRY(keras_metrics_check(s, KERAS_2, where));
    TRY(write_optimizer(&optimizer, s, dialect, where));
    config_set(settings, "optimizer", optimizer);
    optimizer = NULL;
    if (s->loss)
        config_set(settings, "loss",
                   snapshot_output_count(s) > 1 ? keras_with_keys(s, wrap_objects("keras.losses", s->loss))
                                                : wrap_objects("keras.losses", s->loss));
    else
        config_set_null(settings, "loss");
    if (s->loss_weights)
        config_set(settings, "loss_weights", keras_loss_weights_write(s));
    else
        config_set_null(settings, "loss_weights");
    config_set(settings, "metrics", wrap_metrics(s, false));
    if (s->weighted_metrics)
        config_set(settings, "weighted_metrics", wrap_metrics(s, true));
    else
        config_set_null(settings, "weighted_metrics");
    if (dialect == KERAS_STORE_3) {
        config_set_boolean(settings, "run_eagerly", false);
        config_set_integer(settings, "steps_per_execution", 1);
        config_set_boolean(settings, "jit_compile", false);
    }
    TRY(config_status(settings));
    *out = settings;
    settings = NULL;
done:
    config_free(optimizer);
    config_free(settings);
    return status;
}

horn_status keras_zip_config_write(config **out, const snapshot *s, unsigned parts,
                                   keras_store_dialect dialect, const char *where)
{
    horn_status status = HORN_OK;
    config *plain = NULL, *arguments = NULL, *model = NULL, *settings = NULL;
    if (dialect == KERAS_STORE_BOTH) TRY(keras_functional_check_both(s, where));
    if (dialect != KERAS_STORE_2) TRY(keras_activations_check(s, KERAS_3, where));
    if (dialect != KERAS_STORE_3) TRY(keras_activations_check(s, KERAS_2, where));
    TRY(keras_architecture_write(&plain, s, dialect == KERAS_STORE_3 ? KERAS_3 : KERAS_2, where));
    if (parts & PART_COMPILE) TRY(write_training(&settings, s, dialect, where));
    arguments = config_copy(config_get(plain, "config"));
    config_set(arguments, "layers", wrap_layers(config_get(arguments, "layers"), dialect != KERAS_STORE_2));
    model = wrap_model(config_get_string(plain, "class_name"), arguments, dialect);
    config_set(model, "build_config", input_shape(s));
    if (settings) config_set(model, "compile_config", settings);
    if (settings) keras_own_settings_write(model, s);
    settings = NULL;
    TRY(config_status(model));
    *out = model;
    model = NULL;
done:
    config_free(plain);
    config_free(model);
    config_free(settings);
    return status;
}
