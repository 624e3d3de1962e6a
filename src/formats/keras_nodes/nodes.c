#include "formats/keras_nodes/nodes.h"

#include <string.h>
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/keras_nodes/attention.h"
#include "formats/keras_nodes/masks.h"
#include "formats/keras_nodes/operations.h"
#include "formats/keras_nodes/values.h"

/* ---- reading ---- */

/* Whether calls of an unknown operation are on tensors alone. */
static bool is_plain(const config *entry)
{
    const config *nodes = config_get(entry, "inbound_nodes");
    for (const config *node = config_at(nodes, 0); node; node = config_next(node)) {
        const config *keywords = config_get(node, "kwargs");
        const config *first = config_string(config_at(node, 0)) ? node : config_at(node, 0);
        const char *key;
        if (!config_is_object(node)) keywords = config_at(first, 3);
        if (!config_is_object(node) && !node_tensor(first)) return false;
        if (config_is_object(node) && config_count(config_get(node, "args")) != 1) return false;
        for (size_t k = 0; (key = config_key_at(keywords, k)); k++)
            if (!config_is_null(config_at(keywords, k))) return false;
    }
    return true;
}

/* Keras 2 leaves out the list around a single tensor. */
static config *with_lists(const config *entry)
{
    config *copy = config_copy(entry), *nodes = config_list();
    for (const config *node = config_at(config_get(entry, "inbound_nodes"), 0); node;
         node = config_next(node)) {
        config *list = config_list();
        if (config_string(config_at(node, 0))) {
            config_append(list, config_copy(node));
            config_append(nodes, list);
        } else {
            config_free(list);
            config_append(nodes, config_copy(node));
        }
    }
    config_set(copy, "inbound_nodes", nodes);
    return copy;
}

static horn_status read_entry(config **out, const config *entry, const char *where)
{
    const keras_operation *o = node_operation(entry);
    if (o) return node_operation_read(out, o, entry, where);
    if (node_is_attention(entry)) return node_attention_read(out, entry, where);
    if (node_is_operation(entry) && !is_plain(entry)) {
        const char *name = config_get_string(config_get(entry, "config"), "name"),
                   *operation = node_operation_name(entry);
        return fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%.100s': the operation %s%.100s is not supported",
                    where, name ? name : "",
                    config_get_string(config_get(entry, "config"), "function") ? "tf." : "",
                    operation ? operation : "?");
    }
    *out = node_is_operation(entry) ? with_lists(entry) : config_copy(entry);
    return HORN_OK;
}

static bool needs_reading(const config *layers)
{
    for (const config *entry = config_at(layers, 0); entry; entry = config_next(entry))
        if (node_is_operation(entry) || node_is_attention(entry)) return true;
    return false;
}

static horn_status read_entries(config **out, const config *layers, const char *where)
{
    horn_status status = HORN_OK;
    config *list = config_list();
    for (const config *entry = config_at(layers, 0); entry && !status; entry = config_next(entry)) {
        config *read = NULL;
        status = read_entry(&read, entry, where);
        if (read) config_append(list, read);
    }
    *out = list;
    return status;
}

horn_status keras_nodes_read(config **out, const config *model_config, const char *where)
{
    const config *layers = config_get(model_config, "layers");
    config *unmasked = NULL, *copy = NULL, *list = NULL;
    const char *key;
    horn_status status = node_masks_read(&unmasked, layers, where);
    *out = NULL;
    if (unmasked) layers = unmasked;
    if (status || (!unmasked && !needs_reading(layers))) return status;
    status = read_entries(&list, layers, where);
    copy = config_object();
    for (size_t i = 0; !status && (key = config_key_at(model_config, i)); i++)
        if (strcmp(key, "layers") != 0) config_set(copy, key, config_copy(config_at(model_config, i)));
    config_set(copy, "layers", list);
    if (!status) status = config_status(copy);
    config_free(unmasked);
    if (status)
        config_free(copy);
    else
        *out = copy;
    return status;
}

/* ---- writing ---- */

static bool is_neutral(const config *entry)
{
    const char *class_name = config_get_string(entry, "class_name");
    return class_name && strcmp(class_name, "Operation") == 0;
}

static bool needs_writing(const config *layers)
{
    for (const config *entry = config_at(layers, 0); entry; entry = config_next(entry))
        if (is_neutral(entry) || node_is_attention(entry)) return true;
    return false;
}

horn_status keras_nodes_write(config *model_config, bool keras3, const char *where)
{
    const config *layers = config_get(model_config, "layers");
    horn_status status = HORN_OK;
    if (!needs_writing(layers)) return HORN_OK;
    config *list = config_list();
    for (const config *entry = config_at(layers, 0); entry && !status; entry = config_next(entry)) {
        config *written = NULL;
        if (is_neutral(entry))
            status = node_operation_write(&written, entry, keras3, where);
        else
            written = node_is_attention(entry) ? node_attention_write(entry, keras3) : config_copy(entry);
        if (written) config_append(list, written);
    }
    config_set(model_config, "layers", list);
    return status;
}

horn_status keras_nodes_check(const char *class_name, const config *arguments, bool keras3, const char *where)
{
    static const char *const holders[] = { "layer", "cell", "backward_layer" };
    horn_status status = HORN_OK;
    const bool is_graph = class_name && keras_role_of(class_name) == KERAS_FUNCTIONAL;
    for (const config *entry = config_at(config_get(arguments, "layers"), 0); entry && !status;
         entry = config_next(entry)) {
        config *written = NULL;
        if (is_graph && is_neutral(entry)) status = node_operation_write(&written, entry, keras3, where);
        config_free(written);
        if (!status)
            status = keras_nodes_check(config_get_string(entry, "class_name"), config_get(entry, "config"),
                                       keras3, where);
    }
    for (size_t i = 0; i < sizeof holders / sizeof *holders && !status; i++) {
        const config *entry = config_get(arguments, holders[i]);
        if (config_is_object(entry))
            status = keras_nodes_check(config_get_string(entry, "class_name"), config_get(entry, "config"),
                                       keras3, where);
    }
    return status;
}
