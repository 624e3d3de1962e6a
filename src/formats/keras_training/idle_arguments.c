#include "formats/keras_training/idle_arguments.h"

#include <stdlib.h>
#include <string.h>
#include "base/status.h"
#include "config/keras_object.h"

/* Only Keras 3's compile takes the last. */
static const char *const of_compile[] = { "run_eagerly", "steps_per_execution", "jit_compile",
                                          "auto_scale_loss" };
enum { OF_COMPILE = sizeof of_compile / sizeof *of_compile };

/* Defaults say nothing, which Keras 3 always writes: null, false, 1 step, and that losses are scaled. A list or an object is no
 * value of any of these. */
static bool is_said(const char *key, const config *value)
{
    double number;
    if (config_is_null(value) || config_is_list(value) || config_is_object(value)) return false;
    if (strcmp(key, "auto_scale_loss") == 0) return !config_is_true(value);
    if (strcmp(key, "steps_per_execution") == 0) return !config_number(value, &number) || number != 1;
    return config_is_true(value);
}

/* "Adam" in Keras 2, "adam" in Keras 3. */
static horn_status is_name_of_class(bool *out, const char *name, const char *class_name)
{
    char *snake = NULL;
    const horn_status status = keras_snake_name(&snake, class_name);
    *out = !status && (strcmp(name, keras_bare_name(class_name)) == 0 || strcmp(name, snake) == 0);
    free(snake);
    return status;
}

static horn_status read_optimizer(config **out, const config *optimizer)
{
    horn_status status = HORN_OK;
    bool is_usual = true;
    const config *arguments = config_get(optimizer, "config");
    const char *class_name = config_get_string(optimizer, "class_name"),
               *name = config_get_string(arguments, "name");
    config *found = config_object();
    if (name && *name && class_name) TRY(is_name_of_class(&is_usual, name, class_name));
    if (!is_usual) config_set_string(found, "name", name);
    /* Keras 2 makes it false wherever there is no GPU: that says nothing of the user's. */
    if (config_is_true(config_get(arguments, "jit_compile")))
        config_set(found, "jit_compile", config_copy(config_get(arguments, "jit_compile")));
    TRY(config_status(found));
    *out = found;
    found = NULL;
done:
    config_free(found);
    return status;
}

horn_status keras_idle_read(snapshot *s, const config *settings, const config *optimizer)
{
    horn_status status = HORN_OK;
    config *found = config_object(), *of_optimizer = NULL;
    TRY(read_optimizer(&of_optimizer, optimizer));
    for (size_t i = 0; i < OF_COMPILE; i++)
        if (is_said(of_compile[i], config_get(settings, of_compile[i])))
            config_set(found, of_compile[i], config_copy(config_get(settings, of_compile[i])));
    if (config_count(of_optimizer)) {
        config_set(found, "optimizer", of_optimizer);
        of_optimizer = NULL;
    }
    TRY(config_status(found));
    config_free(s->idle_arguments);
    s->idle_arguments = NULL;
    if (config_count(found)) {
        s->idle_arguments = found;
        found = NULL;
    }
done:
    config_free(of_optimizer);
    config_free(found);
    return status;
}

void keras_idle_write(config *settings, const snapshot *s, keras_dialect dialect)
{
    if (dialect == KERAS_3) {
        config_set_boolean(settings, "run_eagerly", false);
        config_set_integer(settings, "steps_per_execution", 1);
        config_set_boolean(settings, "jit_compile", false);
    }
    for (size_t i = 0; i < OF_COMPILE - (dialect != KERAS_3); i++) {
        const config *said = config_get(s->idle_arguments, of_compile[i]);
        if (said) config_set(settings, of_compile[i], config_copy(said));
    }
}

horn_status keras_idle_write_optimizer(config *optimizer, const snapshot *s, keras_dialect dialect)
{
    const config *said = config_get(s->idle_arguments, "optimizer"), *given = config_get(optimizer, "config");
    if (!said || !config_is_object(given)) return HORN_OK;
    config *arguments = config_copy(given);
    if (config_get(said, "name")) config_set(arguments, "name", config_copy(config_get(said, "name")));
    if (dialect == KERAS_2 && config_get(said, "jit_compile"))
        config_set(arguments, "jit_compile", config_copy(config_get(said, "jit_compile")));
    config_set(optimizer, "config", arguments);
    return config_status(optimizer);
}

const char *keras_idle_name(const snapshot *s)
{
    return config_get_string(config_get(s->idle_arguments, "optimizer"), "name");
}
