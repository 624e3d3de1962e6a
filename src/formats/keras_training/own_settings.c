#include "formats/keras_training/own_settings.h"

#include <string.h>
#include "base/status.h"

static const char ema_start[] = "ema_start";

bool keras_is_own_argument(const char *key)
{
    return strcmp(key, "update_rule") == 0 || strcmp(key, "dampening") == 0 ||
           strcmp(key, "exclude_from_weight_decay") == 0 || strcmp(key, ema_start) == 0;
}

void keras_own_settings_write(config *object, const snapshot *s)
{
    const config *arguments = config_get(s->optimizer, "config");
    const char *key;
    config *own = config_object();
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        if (keras_is_own_argument(key)) config_set(own, key, config_copy(config_at(arguments, i)));
    /* A file of Keras 2's dialect says "before" by itself. */
    if (config_is_true(config_get(arguments, "use_ema")) && !config_get(arguments, ema_start))
        config_set_string(own, ema_start, "after");
    if (config_status(own) || config_count(own))
        config_set(object, KERAS_OWN_SETTINGS, own);
    else
        config_free(own);
}

horn_status keras_own_settings_read(snapshot *s, const config *object, const char *where)
{
    horn_status status = HORN_OK;
    const config *own = config_get(object, KERAS_OWN_SETTINGS);
    const char *key;
    config *arguments = NULL;
    if (config_is_null(own) || !s->optimizer) return HORN_OK;
    if (!config_is_object(own))
        return fail(HORN_ERROR_FORMAT, "%s: " KERAS_OWN_SETTINGS ": is no JSON object", where);
    arguments = config_copy(config_get(s->optimizer, "config"));
    for (size_t i = 0; (key = config_key_at(own, i)); i++) {
        if (!keras_is_own_argument(key))
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: " KERAS_OWN_SETTINGS ": argument '%.100s' is not known",
                     where, key));
        config_set(arguments, key, config_copy(config_at(own, i)));
    }
    const char *start = config_get_string(arguments, ema_start);
    if (start && strcmp(start, "after") == 0) config_remove(arguments, ema_start); /* the default */
    config_set(s->optimizer, "config", arguments);
    arguments = NULL;
    status = config_status(s->optimizer);
done:
    config_free(arguments);
    return status;
}
