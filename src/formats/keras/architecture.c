#include "formats/keras/architecture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/keras/activations.h"
#include "formats/keras/functional.h"
#include "formats/keras/layer_config.h"
#include "formats/keras_nodes/nodes.h"

enum { MAX_LAYERS = 4096 };

/* ---- reading ---- */

/* [batch, sizes...]: the batch may be anything, and a size open (null). Reads it once: the first that is found holds. */
static horn_status read_input(snapshot *out, const config *shape, const char *where)
{
    int64_t size;
    size_t count = config_count(shape);
    if (config_is_null(shape) || out->input_rank) return HORN_OK;
    if (!config_is_list(shape) || count < 1)
        return fail(HORN_ERROR_FORMAT, "%s: the input shape is no list that begins with the batch", where);
    if (count == 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: inputs without any axis are not supported", where);
    if (count > HORN_MAX_RANK + 1)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the input shape has %zu axes, more than %d are not supported", where, count,
                    HORN_MAX_RANK + 1);
    if (config_integer(config_at(shape, 0), &size) && size > 0) out->input_batch = (size_t)size;
    for (size_t i = 1; i < count; i++) {
        const config *axis = config_at(shape, i);
        if (config_is_null(axis)) continue;
        if (!config_integer(axis, &size) || size < 1)
            return fail(HORN_ERROR_FORMAT, "%s: axis %zu of the input shape is no integer >= 1", where, i);
        out->input_shape[i - 1] = (size_t)size; /* else 0 */
    }
    out->input_rank = (int)count - 1;
    return HORN_OK;
}

static const config *shape_in(const config *arguments)
{
    const config *shape = config_get(arguments, "batch_input_shape");
    return shape ? shape : config_get(arguments, "batch_shape");
}

static horn_status check_input_layer(const config *arguments, const char *where)
{
    const char *dtype = keras_dtype_name(config_get(arguments, "dtype"));
    if (config_is_true(config_get(arguments, "sparse")) || config_is_true(config_get(arguments, "ragged")))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: sparse and ragged inputs are not supported", where);
    if (!keras_dtype_is_number(dtype))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: inputs of dtype '%.40s' are not supported", where,
                    dtype ? dtype : "");
    if (config_is_null(shape_in(arguments)))
        return fail(HORN_ERROR_FORMAT, "%s: the input shape is missing", where);
    return HORN_OK;
}

static horn_status read_input_layer(snapshot *out, const config *arguments, const char *where)
{
    horn_status status = check_input_layer(arguments, where);
    if (status) return status;
    const char *dtype = keras_dtype_name(config_get(arguments, "dtype"));
    if (strcmp(dtype, "float32") != 0) strcpy(out->input_dtype, dtype);
    const char *name = config_get_string(arguments, "name");
    status = name ? memory_copy_string(&out->input_name, name) : HORN_OK;
    return status ? status : read_input(out, shape_in(arguments), where);
}

static bool name_is_taken(const snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->layer_count; i++)
        if (strcmp(s->layers[i].name, name) == 0) return true;
    return false;
}

/* The name in the file, or the one that Keras would give: "dense", then "dense_1". */
static horn_status name_layer(char **out, const snapshot *s, const char *class_name, const config *arguments,
                              const char *where)
{
    horn_status status = HORN_OK;
    char *base = NULL, *name = NULL;
    const char *given = config_get_string(arguments, "name");
    if (given) {
        if (name_is_taken(s, given))
            return fail(HORN_ERROR_FORMAT, "%s: two layers are named '%s'", where, given);
        return memory_copy_string(out, given);
    }
    TRY(keras_snake_name(&base, class_name));
    TRY(memory_new(&name, strlen(base) + 24, 1));
    strcpy(name, base);
    for (size_t i = 1; name_is_taken(s, name); i++) sprintf(name, "%s_%zu", base, i);
    *out = name;
    name = NULL;
done:
    free(base);
    free(name);
    return status;
}

static horn_status read_layer(snapshot *out, size_t index, const config *entry, bool keras3,
                              const char *where)
{
    horn_status status = HORN_OK;
    char place[512];
    char *name = NULL;
    config *arguments = NULL;
    snapshot_layer *layer;
    const char *said_class = keras_full_name(entry),
               *class_name = said_class ? keras_layer_by_alias(said_class) : NULL;
    const config *given = config_get(entry, "config");

    if (!class_name || !config_is_object(given))
        return fail(HORN_ERROR_FORMAT, "%s: layer %zu is no {class_name, config}", where, index);
    const char *said = config_get_string(given, "name");
    snprintf(place, sizeof place, "%.200s: layer %zu '%.100s' (%.100s)", where, index, said ? said : "",
             class_name);
    if (keras_role_of(keras_bare_name(class_name)) == KERAS_INPUT) {
        if (index == 0) return read_input_layer(out, given, place);
        if (!out->is_functional) TRY(fail(HORN_ERROR_FORMAT, "%s: an InputLayer behind other layers", place));
        TRY(check_input_layer(given, place));
    }
    if (out->layer_count == 0) TRY(read_input(out, shape_in(given), place));
    TRY(name_layer(&name, out, class_name, given, where));
    TRY(keras_layer_config_read(&arguments, class_name, name, given, place));
    TRY(snapshot_add_layer(out, class_name, name, &layer));
    layer->arguments = arguments;
    arguments = NULL;
    if (keras3) {
        config *given_so = layer->arguments;
        layer->arguments = keras_activations_read(given_so);
        config_free(given_so);
        status = config_status(layer->arguments);
    }
done:
    free(name);
    config_free(arguments);
    return status;
}

/* A name that either Keras gives by itself: Keras 2 calls the input after the first layer. */
static bool is_default_name(const snapshot *s)
{
    const char *first = s->layer_count ? s->layers[0].name : "", *name = s->input_name;
    const size_t length = strlen(first);
    return !name || strcmp(name, "input_layer") == 0 ||
           (strncmp(name, first, length) == 0 && strcmp(name + length, "_input") == 0);
}

/* Any model but a Sequential that has the list of calls is one: people derive classes from Functional. */
static bool is_functional(const char *class_name, const config *arguments)
{
    return keras_role_of(keras_bare_name(class_name)) != KERAS_SEQUENTIAL &&
           config_get(arguments, "input_layers") && config_get(arguments, "output_layers");
}

static horn_status read_layers(snapshot *out, const config *arguments, const config *layers,
                               const char *where)
{
    horn_status status = HORN_OK;
    size_t *order = NULL;
    const bool keras3 = out->is_keras3 = keras_layers_are_keras3(layers);
    if (out->is_functional) TRY(keras_functional_read(out, &order, arguments, where));
    for (size_t i = 0; i < config_count(layers); i++)
        TRY(read_layer(out, i, config_at(layers, order ? order[i] : i), keras3, where));
done:
    free(order);
    return status;
}

static horn_status read_model(snapshot *out, const config *arguments, const char *where)
{
    horn_status status = HORN_OK;
    const char *name = config_get_string(arguments, "name");
    const config *layers = config_is_object(arguments) ? config_get(arguments, "layers") : arguments;
    TRY(memory_copy_string(&out->name, name ? name : "sequential"));
    TRY(read_layers(out, arguments, layers, where));
    TRY(read_input(out, config_get(arguments, "build_input_shape"), where));
    if (!out->input_rank)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: a model without an input shape is not supported", where);
    if (!out->is_functional && is_default_name(out)) { /* left to the writer's dialect */
        free(out->input_name);
        out->input_name = NULL;
    }
    out->parts |= PART_ARCHITECTURE;
done:
    return status;
}

horn_status keras_architecture_read(snapshot *out, const config *model, const char *where)
{
    horn_status status = HORN_OK;
    const char *class_name = config_get_string(model, "class_name");
    const config *arguments = config_get(model, "config"), *layers = arguments;
    config *neutral = NULL;

    if (!class_name) return fail(HORN_ERROR_FORMAT, "%s: no model: its class_name is missing", where);
    out->is_functional = is_functional(class_name, arguments);
    if (keras_role_of(keras_bare_name(class_name)) != KERAS_SEQUENTIAL && !out->is_functional)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: the model is a %s, only Sequential and Functional are supported", where, class_name);
    if (config_is_object(arguments)) layers = config_get(arguments, "layers");
    if (!config_is_list(layers)) return fail(HORN_ERROR_FORMAT, "%s: the model has no list of layers", where);
    if (config_count(layers) > MAX_LAYERS)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the model has %zu layers, more than %d are not supported",
                    where, config_count(layers), MAX_LAYERS);
    if (out->is_functional) status = keras_nodes_read(&neutral, arguments, where);
    if (!status) status = read_model(out, neutral ? neutral : arguments, where);
    config_free(neutral);
    return status;
}

/* ---- writing ---- */

config *keras_batch_shape(const snapshot *s)
{
    config *shape = config_list();
    config_append_size(shape, s->input_batch);
    for (int i = 0; i < s->input_rank; i++) config_append_size(shape, s->input_shape[i]);
    return shape;
}

static void append_entry(config *layers, const char *class_name, config *arguments)
{
    config *entry = config_object();
    config_set_string(entry, "class_name", class_name);
    config_set(entry, "config", arguments);
    config_append(layers, entry);
}

/* No two layers may share a name. */
static horn_status append_input(config *layers, const snapshot *s, keras_dialect dialect)
{
    bytes name = { 0 };
    config *arguments = config_object();
    bool keras3 = dialect == KERAS_3;

    if (s->input_name && (s->is_functional || !is_default_name(s)))
        bytes_print(&name, "%s", s->input_name);
    else if (keras3 || !s->layer_count)
        bytes_print(&name, "input_layer");
    else
        bytes_print(&name, "%s_input", s->layers[0].name);
    while (bytes_text(&name) && name_is_taken(s, bytes_text(&name))) bytes_print(&name, "_");

    config_set(arguments, keras3 ? "batch_shape" : "batch_input_shape", keras_batch_shape(s));
    config_set_string(arguments, "dtype", *s->input_dtype ? s->input_dtype : "float32");
    config_set_boolean(arguments, "sparse", false);
    config_set_boolean(arguments, "ragged", false);
    config_set_string(arguments, "name", bytes_text(&name));
    if (keras3) config_set_boolean(arguments, "optional", false);
    append_entry(layers, keras_class_of(KERAS_INPUT), arguments);

    horn_status status = bytes_status(&name);
    bytes_free(&name);
    return status;
}

static horn_status check_writable(const snapshot *s, const char *where)
{
    if (!(s->parts & PART_ARCHITECTURE) || !s->input_rank)
        return fail(HORN_ERROR_ARGUMENT, "%s: the model's architecture is missing", where);
    for (size_t i = 0; i < s->layer_count; i++)
        if (!s->layers[i].class_name || !s->layers[i].name || !s->layers[i].arguments)
            return fail(HORN_ERROR_ARGUMENT, "%s: layer %zu has no class, name or arguments", where, i);
    return HORN_OK;
}

/* Operations are no layers of a Sequential, and each Keras has some alone. */
static horn_status check_operations(const snapshot *s, keras_dialect dialect, const char *where)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < s->layer_count && !status; i++) {
        const snapshot_layer *l = &s->layers[i];
        if (!s->is_functional && strcmp(l->class_name, "Operation") == 0)
            status =
                fail(HORN_ERROR_UNSUPPORTED,
                     "%s: layer '%s' is an operation, which Keras has in a Functional alone", where, l->name);
        else if (!status)
            status = keras_nodes_check(l->class_name, l->arguments, dialect == KERAS_3, where);
    }
    return status;
}

horn_status keras_architecture_write_own(config **out, const snapshot *s, const char *where)
{
    horn_status status = keras_architecture_write(out, s, KERAS_2, where);
    return status == HORN_ERROR_UNSUPPORTED && !keras_activations_check(s, KERAS_3, where)
               ? keras_architecture_write(out, s, KERAS_3, where)
               : status;
}

horn_status keras_architecture_write(config **out, const snapshot *s, keras_dialect dialect,
                                     const char *where)
{
    horn_status status = check_writable(s, where);
    if (!status) status = check_operations(s, dialect, where);
    if (status) return status;
    config *model = config_object(), *arguments = config_object(), *layers = config_list();
    config_set_string(arguments, "name", s->name ? s->name : "sequential");
    if (dialect == KERAS_3 || s->is_functional) config_set_boolean(arguments, "trainable", true);
    if (dialect == KERAS_3 && !s->is_functional)
        config_set(arguments, "dtype", keras_dtype_policy("float32"));
    status = append_input(layers, s, dialect);
    for (size_t i = 0; i < s->layer_count; i++) {
        const snapshot_layer *layer = &s->layers[i];
        config *own = keras_layer_config_write(layer->class_name, layer->name, layer->arguments, dialect);
        config *renamed = dialect == KERAS_3 ? keras_activations_write(own) : NULL;
        append_entry(layers, layer->class_name, renamed ? renamed : own);
        if (renamed) config_free(own);
    }
    config_set(arguments, "layers", layers);
    if (s->is_functional && !status)
        status = keras_functional_connect(arguments, s, dialect, where);
    else if (dialect == KERAS_3)
        config_set(arguments, "build_input_shape", keras_batch_shape(s));
    config_set_string(model, "class_name",
                      keras_class_of(s->is_functional ? KERAS_FUNCTIONAL : KERAS_SEQUENTIAL));
    config_set(model, "config", arguments);
    if (!status) status = config_status(model);
    if (status)
        config_free(model);
    else
        *out = model;
    return status;
}
