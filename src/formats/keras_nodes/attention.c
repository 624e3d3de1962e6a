#include "formats/keras_nodes/attention.h"

#include <string.h>
#include "base/status.h"
#include "base/text.h"
#include "formats/keras_nodes/values.h"

static const char causal[] = "use_causal_mask";
/* In the order of a call. */
static const char *const inputs[] = { "query", "value", "key" };
enum { INPUTS = sizeof inputs / sizeof *inputs };

static bool is_multi_head(const config *entry)
{
    const char *class_name = config_get_string(entry, "class_name");
    return class_name && strcmp(class_name, "MultiHeadAttention") == 0;
}

bool node_is_attention(const config *entry)
{
    static const char *const classes[] = { "Attention", "AdditiveAttention", "MultiHeadAttention", NULL };
    const char *class_name = config_get_string(entry, "class_name");
    return class_name && text_is_among(class_name, classes) &&
           config_count(config_get(entry, "inbound_nodes"));
}

/* ---- reading ---- */

/* A call: tensors, borrowed. */
typedef struct attention_call {
    const config *tensors[INPUTS];
    bool is_causal;
} attention_call;

static horn_status read_keyword(attention_call *out, const config *entry, const char *key,
                                const config *value, const char *where)
{
    for (size_t i = 0; i < INPUTS; i++)
        if (strcmp(key, inputs[i]) == 0 && node_tensor(value)) {
            out->tensors[i] = node_tensor(value);
            return HORN_OK;
        }
    if (strcmp(key, causal) == 0 && config_is_true(value)) {
        out->is_causal = true;
        return HORN_OK;
    }
    if (config_is_null(value) || config_is_false(value) || strcmp(key, "training") == 0) return HORN_OK;
    const char *name = config_get_string(entry, "name");
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: layer '%.100s' (%s) is called with the argument '%.60s', which is not supported", where,
                name ? name : "", config_get_string(entry, "class_name"), key);
}

static horn_status read_call(attention_call *out, const config *entry, const config *node, const char *where)
{
    const bool keras3 = config_is_object(node);
    const config *given = keras3 ? config_get(node, "args") : node;
    const config *keywords = keras3 ? config_get(node, "kwargs") : config_at(config_at(node, 0), 3);
    horn_status status = HORN_OK;
    const char *key;
    *out = (attention_call){ .is_causal = false };
    if (keras3 && config_count(given) == 1 && !node_tensor(config_at(given, 0))) given = config_at(given, 0);
    bool fits = config_count(given) <= INPUTS;
    for (size_t i = 0; fits && i < config_count(given); i++) {
        out->tensors[i] = node_tensor(config_at(given, i));
        fits = out->tensors[i];
    }
    for (size_t i = 0; (key = config_key_at(keywords, i)) && !status; i++)
        status = read_keyword(out, entry, key, config_at(keywords, i), where);
    if (!status && (!fits || !out->tensors[0] || !out->tensors[1]))
        status = fail(HORN_ERROR_FORMAT, "%s: layer '%.100s' (%s) is not called on a query and a value",
                      where, config_get_string(entry, "name") ? config_get_string(entry, "name") : "",
                      config_get_string(entry, "class_name"));
    return status;
}

horn_status node_attention_read(config **out, const config *entry, const char *where)
{
    horn_status status = HORN_OK;
    const config *nodes = config_get(entry, "inbound_nodes");
    config *calls = config_list(), *arguments = config_copy(config_get(entry, "config"));
    bool was_causal = false;
    const config *first = config_at(nodes, 0);
    for (const config *node = first; node && !status; node = config_next(node)) {
        attention_call call;
        config *tensors = config_list();
        status = read_call(&call, entry, node, where);
        for (size_t k = 0; k < INPUTS && !status && call.tensors[k]; k++)
            config_append(tensors, node_tensor_alone(call.tensors[k], true));
        config_append(calls, tensors);
        if (!status && node != first && call.is_causal != was_causal)
            status = fail(HORN_ERROR_UNSUPPORTED,
                          "%s: a layer of attention is called with and without %s, which is not supported",
                          where, causal);
        was_causal = call.is_causal;
    }
    if (was_causal) config_set_boolean(arguments, causal, true);
    *out = config_copy(entry);
    config_set(*out, "config", arguments);
    config_set(*out, "inbound_nodes", calls);
    return status;
}

/* ---- writing ---- */

static config *keywords_of(bool is_causal)
{
    config *keywords = config_object();
    if (is_causal) config_set_boolean(keywords, causal, true);
    return keywords;
}

static config *call_keras2(const config *call, bool is_multi, bool is_causal)
{
    config *made = config_list();
    for (size_t i = 0; i < (is_multi ? 1 : config_count(call)); i++) {
        config *tensor = node_tensor_alone(config_at(call, i), false), *keywords = keywords_of(is_causal);
        for (size_t k = 1; is_multi && k < config_count(call); k++)
            config_set(keywords, inputs[k], node_tensor_alone(config_at(call, k), false));
        config_append(tensor, keywords);
        config_append(made, tensor);
    }
    return made;
}

static config *call_keras3(const config *call, bool is_multi, bool is_causal)
{
    config *made = config_object(), *given = config_list(), *list = config_list();
    for (size_t i = 0; i < config_count(call); i++)
        config_append(is_multi ? given : list, node_tensor_keras3(config_at(call, i)));
    if (is_multi)
        config_free(list);
    else
        config_append(given, list);
    config_set(made, "args", given);
    config_set(made, "kwargs", keywords_of(is_causal));
    return made;
}

config *node_attention_write(const config *entry, bool keras3)
{
    config *made = config_copy(entry), *arguments = config_copy(config_get(entry, "config")),
           *calls = config_list();
    const config *nodes = config_get(entry, "inbound_nodes");
    const bool is_causal = config_is_true(config_get(arguments, causal));
    config_remove(arguments, causal);
    for (const config *node = config_at(nodes, 0); node; node = config_next(node))
        config_append(calls, (keras3 ? call_keras3 : call_keras2)(node, is_multi_head(entry), is_causal));
    config_set(made, "config", arguments);
    config_set(made, "inbound_nodes", calls);
    return made;
}
