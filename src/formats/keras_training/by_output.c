#include "formats/keras_training/by_output.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/dialect.h"

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++) free(names[i]);
    free(names);
}

static horn_status make_names(char ***out, const snapshot *s)
{
    const size_t count = snapshot_output_count(s);
    char **names = NULL;
    horn_status status = memory_new(&names, count, sizeof *names);
    for (size_t i = 0; !status && i < count; i++) status = snapshot_output_name(&names[i], s, i);
    if (status)
        free_names(names, count);
    else
        *out = names;
    return status;
}

static horn_status take_object(const config **entries, const snapshot *s, const config *value,
                               const char *where)
{
    horn_status status = HORN_OK;
    char **names = NULL;
    const char *key;
    const size_t count = snapshot_output_count(s);
    TRY(make_names(&names, s));
    for (size_t k = 0; (key = config_key_at(value, k)); k++) {
        size_t i = 0;
        while (i < count && strcmp(names[i], key) != 0) i++;
        if (i == count)
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: names '%.100s', which is no output of the model", where,
                     key));
        entries[i] = config_at(value, k);
    }
done:
    free_names(names, count);
    return status;
}

horn_status keras_by_output(const config **entries, const snapshot *s, const config *value,
                            keras_is_of_all *is_of_all, const char *where)
{
    const size_t count = snapshot_output_count(s);
    const config *items = keras_items(value);
    for (size_t i = 0; i < count; i++) entries[i] = NULL;
    if (config_is_null(value)) return HORN_OK;
    if (is_of_all(value)) {
        for (size_t i = 0; i < count; i++) entries[i] = value;
        return HORN_OK;
    }
    if (!items) return take_object(entries, s, value, where);
    if (config_count(items) != count)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: has %zu entries, the model has %zu outputs", where,
                    config_count(items), count);
    for (size_t i = 0; i < count; i++) entries[i] = config_at(items, i);
    return HORN_OK;
}

config *keras_with_keys(const snapshot *s, config *list)
{
    if (!s->outputs || !s->outputs[0].key || !config_is_list(list)) return list;
    config *object = config_object();
    for (size_t i = 0; i < s->output_count; i++)
        if (!config_is_null(config_at(list, i)))
            config_set(object, s->outputs[i].key, config_copy(config_at(list, i)));
    config_free(list);
    return object;
}
