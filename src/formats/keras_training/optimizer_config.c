#include "formats/keras_training/optimizer_config.h"

#include <stdlib.h>
#include <string.h>
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/own_settings.h"
#include "functions/momentum_schedule.h"
#include "functions/schedule.h"

/* Arguments that all of Keras' optimizers have, and the values that Keras 3 writes by default. */
static const struct {
    const char *key;
    enum { NOTHING, NO, NUMBER } kind;
    double number;
} shared[] = {
    { "weight_decay", NOTHING, 0 },
    { "clipnorm", NOTHING, 0 },
    { "global_clipnorm", NOTHING, 0 },
    { "clipvalue", NOTHING, 0 },
    { "use_ema", NO, 0 },
    { "ema_momentum", NUMBER, 0.99 },
    { "ema_overwrite_frequency", NOTHING, 0 },
    { "loss_scale_factor", NOTHING, 0 },
    { "gradient_accumulation_steps", NOTHING, 0 },
};
enum { SHARED = sizeof shared / sizeof *shared };

static bool starts_with(const char *key, const char *start)
{
    return strncmp(key, start, strlen(start)) == 0;
}

static bool has_own_decay(const char *class_name)
{
    const keras_optimizer *known;
    for (size_t i = 0; (known = keras_optimizer_at(i)); i++)
        if (keras_names_equal(class_name, known->name)) return known->has_own_decay;
    return false;
}

/* Whether an argument of the average is the default. Without an average Keras 2's RMSprop writes a frequency of 100, its own. */
static bool is_usual_average(const char *class_name, const config *arguments, const char *key,
                             const config *value)
{
    double number;
    if (config_is_null(value)) return true;
    if (strcmp(key, "ema_momentum") == 0)
        return config_number(value, &number) && number == 0.99 &&
               !config_is_true(config_get(arguments, "use_ema"));
    return config_number(value, &number) && number == 100 && keras_names_equal(class_name, "RMSprop") &&
           !config_is_true(config_get(arguments, "use_ema"));
}

static bool says_nothing(const keras_object *object, const char *key, const config *value, bool is_legacy)
{
    double number;
    const config *arguments = object->arguments;
    static const char *const bookkeeping[] = { "name", "is_legacy_optimizer", "jit_compile" };
    for (size_t i = 0; i < 3; i++)
        if (strcmp(key, bookkeeping[i]) == 0) return true;
    if (strcmp(key, "decay") == 0 && is_legacy) return config_number(value, &number) && number == 0;
    if (strcmp(key, "lr") == 0 && config_get(arguments, "learning_rate")) return true;
    if (strcmp(key, "use_ema") == 0) return !config_is_true(value);
    if (starts_with(key, "ema_")) return is_usual_average(object->name, arguments, key, value);
    for (size_t i = 0; i < SHARED; i++)
        if (strcmp(key, shared[i].key) == 0) return config_is_null(value);
    return false;
}

/* Integers too become numbers: Keras 3 refuses "momentum": 0. */
static void set_number(config *arguments, const char *key, const config *value)
{
    static const char *const floats[] = { "learning_rate",
                                          "decay",
                                          "rho",
                                          "momentum",
                                          "epsilon",
                                          "beta_1",
                                          "beta_2",
                                          "weight_decay",
                                          "clipnorm",
                                          "global_clipnorm",
                                          "clipvalue",
                                          "initial_accumulator_value",
                                          "learning_rate_power",
                                          "l1_regularization_strength",
                                          "l2_regularization_strength",
                                          "l2_shrinkage_regularization_strength",
                                          "beta" };
    double number;
    for (size_t i = 0; config_number(value, &number) && i < sizeof floats / sizeof *floats; i++) {
        if (strcmp(key, floats[i]) != 0) continue;
        config_set_number(arguments, key, number);
        return;
    }
    config_set(arguments, key, config_copy(value));
}

/* One that is not known stays as it is. */
static config *neutral_schedule(const config *value, const char *where)
{
    schedule s;
    if (schedule_read(&s, value, where)) return config_copy(value);
    config *neutral = schedule_describe(&s);
    schedule_free(&s);
    return neutral;
}

static void read_argument(config *arguments, const char *key, const config *value, const char *where)
{
    if (strcmp(key, "lr") == 0) key = "learning_rate";
    if (strcmp(key, "schedule_decay") == 0) key = "decay"; /* Keras 2.0 to 2.3 */
    if (strcmp(key, "learning_rate") == 0 && config_is_object(value))
        config_set(arguments, key, neutral_schedule(value, where));
    else
        set_number(arguments, key, value);
}

/* rate / (1 + decay step), as optimizers of TensorFlow up to 2.10 have it, is a schedule. */
static void fold_decay(config *arguments, const char *class_name, const char *where)
{
    double decay, rate = keras_default_rate(class_name);
    const config *said = config_get(arguments, "learning_rate");
    if (has_own_decay(class_name)) return;
    if (!config_number(config_get(arguments, "decay"), &decay) || !(decay > 0)) return;
    if (!config_is_null(said) && !config_number(said, &rate)) return;
    config *numbers = config_object(), *decayed = config_object();
    config_set_number(numbers, "initial_learning_rate", rate);
    config_set_number(numbers, "decay_steps", 1);
    config_set_number(numbers, "decay_rate", decay);
    config_set_string(decayed, "class_name", "InverseTimeDecay");
    config_set(decayed, "config", numbers);
    config_set(arguments, "learning_rate", neutral_schedule(decayed, where));
    config_remove(arguments, "decay");
    config_free(decayed);
}

/* Of files in any case ("rmsprop"). */
static const char *usual_spelling(const char *class_name)
{
    const keras_optimizer *known;
    for (size_t i = 0; (known = keras_optimizer_at(i)); i++)
        if (keras_names_equal(class_name, known->name)) return known->name;
    return class_name;
}

/* Of a user's own class the package is part of its name, while Keras 2 puts "Custom>" before its own. */
static bool is_own(const keras_object *object)
{
    const keras_optimizer *known;
    for (size_t i = 0; (known = keras_optimizer_at(i)); i++)
        if (keras_names_equal(object->name, known->name)) return keras_object_is_foreign(object);
    return strchr(object->registered, '>') != NULL;
}

static bool is_legacy_class(const config *value, const config *arguments, bool plain_is_legacy)
{
    const char *class_name = config_get_string(value, "class_name");
    const config *said = config_get(arguments, "is_legacy_optimizer");
    if (class_name && strchr(class_name, '>')) return false;
    return said ? config_is_true(said) : plain_is_legacy;
}

horn_status keras_optimizer_config_read(config **out, const config *value, bool plain_is_legacy,
                                        bool is_legacy, const char *where)
{
    horn_status status = HORN_OK;
    keras_object object;
    config *arguments = config_object(), *optimizer = NULL;
    const char *key;

    TRY(keras_object_read(&object, value, where));
    if (!is_legacy && config_is_object(value))
        is_legacy = is_legacy_class(value, object.arguments, plain_is_legacy);
    for (size_t i = 0; (key = config_key_at(object.arguments, i)); i++) {
        const config *argument = config_at(object.arguments, i);
        if (!says_nothing(&object, key, argument, is_legacy && !has_own_decay(object.name)))
            read_argument(arguments, key, argument, where);
    }
    /* Keras 2 alone writes this member. */
    if (config_is_true(config_get(arguments, "use_ema")) &&
        config_get(object.arguments, "is_legacy_optimizer"))
        config_set_string(arguments, "ema_start", "before");
    if (is_legacy) fold_decay(arguments, usual_spelling(object.name), where);
    if (is_legacy) config_set_boolean(arguments, "is_legacy_optimizer", true);
    optimizer =
        keras_object_new(is_own(&object) ? object.registered : usual_spelling(object.name), arguments);
    arguments = NULL;
    TRY(config_status(optimizer));
    *out = optimizer;
    optimizer = NULL;
done:
    config_free(arguments);
    config_free(optimizer);
    return status;
}

bool keras_optimizer_decay(const config *optimizer, double *out)
{
    double steps;
    if (has_own_decay(config_get_string(optimizer, "class_name"))) {
        *out = momentum_schedule_of(config_get(optimizer, "config")).decay;
        return true;
    }
    if (config_number(config_get(config_get(optimizer, "config"), "decay"), out)) return true;
    const config *rate = config_get(config_get(optimizer, "config"), "learning_rate"),
                 *arguments = config_get(rate, "config");
    const char *class_name = config_get_string(rate, "class_name");
    return class_name && strcmp(class_name, "InverseTimeDecay") == 0 &&
           !config_is_true(config_get(arguments, "staircase")) &&
           config_number(config_get(arguments, "decay_steps"), &steps) && steps == 1 &&
           config_number(config_get(arguments, "decay_rate"), out);
}

/* ---- writing ---- */

static void add_shared(config *result)
{
    for (size_t i = 0; i < SHARED; i++) {
        switch (shared[i].kind) {
        case NOTHING:
            config_set_null(result, shared[i].key);
            break;
        case NO:
            config_set_boolean(result, shared[i].key, false);
            break;
        case NUMBER:
            config_set_number(result, shared[i].key, shared[i].number);
            break;
        }
    }
}

/* TensorFlow up to 2.10 knows no warmup. */
static void set_argument(config *result, const char *key, const config *value, keras_dialect dialect)
{
    const config *given = config_get(value, "config");
    config *changed, *arguments;
    set_number(result, key, value);
    if (dialect != KERAS_LEGACY || strcmp(key, "learning_rate") != 0 || !config_is_object(given) ||
        !config_is_null(config_get(given, "warmup_target")))
        return;
    arguments = config_copy(given);
    config_remove(arguments, "warmup_target");
    config_remove(arguments, "warmup_steps");
    changed = config_copy(value);
    config_set(changed, "config", arguments);
    config_set(result, key, changed);
}

/* The name and the arguments that a dialect always writes first. */
static horn_status begin(config *result, const char *class_name, keras_dialect dialect,
                         const config *arguments)
{
    horn_status status = HORN_OK;
    char *snake = NULL;
    if (dialect == KERAS_3) TRY(keras_snake_name(&snake, class_name));
    config_set_string(result, "name", dialect == KERAS_3 ? snake : keras_bare_name(class_name));
    if (dialect == KERAS_2 && !strchr(class_name, '>'))
        config_set_boolean(result, "is_legacy_optimizer", false);
    if (config_get(arguments, "learning_rate"))
        set_argument(result, "learning_rate", config_get(arguments, "learning_rate"), dialect);
    if (dialect == KERAS_3) add_shared(result);
done:
    free(snake);
    return status;
}

horn_status keras_optimizer_check(const config *optimizer, keras_dialect dialect, const char *where)
{
    static const struct {
        const char *key;
        bool keras2_has_it;
    } newer[] = { { "weight_decay", true },
                  { "use_ema", true },
                  { "ema_momentum", true },
                  { "ema_overwrite_frequency", true },
                  { "gradient_accumulation_steps", false } };
    const config *arguments = config_get(optimizer, "config");
    for (size_t i = 0; dialect != KERAS_3 && i < sizeof newer / sizeof *newer; i++) {
        if (config_is_null(config_get(arguments, newer[i].key))) continue;
        if (dialect == KERAS_LEGACY)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: %s is unknown to legacy optimizers", where,
                        newer[i].key);
        if (!newer[i].keras2_has_it)
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: %s is unknown to Keras 2's optimizers, expected dialect keras3", where,
                        newer[i].key);
    }
    return HORN_OK;
}

horn_status keras_optimizer_config_write(config **out, const config *optimizer, const float *learning_rate,
                                         keras_dialect dialect, const char *where)
{
    horn_status status = HORN_OK;
    const char *class_name = config_get_string(optimizer, "class_name"), *key;
    const config *arguments = config_get(optimizer, "config");
    config *result = config_object(), *object = NULL;
    bytes name = { 0 };
    double said;

    if (!class_name) {
        status = fail(HORN_ERROR_ARGUMENT, "%s: the optimizer has no class name", where);
        goto done;
    }
    TRY(begin(result, class_name, dialect, arguments));
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        if (strcmp(key, "name") != 0 && strcmp(key, "is_legacy_optimizer") != 0 &&
            !keras_is_own_argument(key) && (strcmp(key, "decay") != 0 || dialect == KERAS_LEGACY))
            set_argument(result, key, config_at(arguments, i), dialect);
    /* Keras 2's RMSprop has another default. */
    if (dialect != KERAS_3 && config_is_true(config_get(arguments, "use_ema")) &&
        !config_get(arguments, "ema_overwrite_frequency"))
        config_set_null(result, "ema_overwrite_frequency");
    if (learning_rate && config_number(config_get(arguments, "learning_rate"), &said) &&
        (float)said != *learning_rate)
        config_set_number(result, "learning_rate", (double)*learning_rate);

    bytes_print(&name, "%s%s", dialect == KERAS_2 && !strchr(class_name, '>') ? "Custom>" : "", class_name);
    TRY(bytes_status(&name));
    object = keras_object_new(bytes_text(&name), result);
    result = NULL;
    TRY(config_status(object));
    *out = object;
    object = NULL;
done:
    bytes_free(&name);
    config_free(result);
    config_free(object);
    return status;
}
