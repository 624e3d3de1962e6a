#include "layers/layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

/* ---- from a config and back ---- */

/* [null, 28, 28]: a batch of any size, then the shape of one sample, whose sizes may be open (null), too. */
static void read_input_shape(config_reader *r, layer *l)
{
    const char *key = "batch_input_shape";
    const config *value;
    int64_t size;
    shape input = { 0 };
    config_read_value(r, key, &value);
    if (!value) return;
    if (!config_is_list(value) || config_count(value) < 1 || config_count(value) > HORN_MAX_RANK) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is not a list of 1 to %d sizes", HORN_MAX_RANK);
        return;
    }
    if (config_integer(config_at(value, 0), &size) && size > 0) l->input_batch = (size_t)size;
    for (size_t i = 1; i < config_count(value); i++) {
        if (config_is_null(config_at(value, i))) {
            input.dim[input.rank++] = SHAPE_OPEN;
        } else if (!config_integer(config_at(value, i), &size) || size < 1) {
            config_reader_fail(r, HORN_ERROR_FORMAT, key, "has an axis %zu that is no integer >= 1", i);
        } else {
            input.dim[input.rank++] = (size_t)size;
        }
    }
    l->input_shape = input;
    l->has_input_shape = true;
}

void layer_keep(layer *l, config_reader *r, const char *key)
{
    const config *value;
    config_read_value(r, key, &value);
    if (r->status || !value) return;
    if (!l->kept) l->kept = config_object();
    config_set(l->kept, key, config_copy(value));
    r->status = config_status(l->kept);
}

/* If the reader failed because the argument's value is unsupported: clears the failure, notes it in `unknown`, and keeps the
 * argument. */
static void keep_unknown(layer *l, config_reader *r, const char *key, layer_lack lack)
{
    if (r->status != HORN_ERROR_UNSUPPORTED) return;
    r->status = l->unknown[lack] ? HORN_OK : memory_copy_string(&l->unknown[lack], horn_last_error());
    layer_keep(l, r, key);
}

/* `kept` writes it back. */
static void read_activity_regularizer(layer *l, config_reader *r)
{
    static const char key[] = "activity_regularizer";
    layer_read_regularizer(l, r, key, &l->activity);
    if (!r->status && l->activity.class) layer_keep(l, r, key);
}

static horn_status configure(layer *l, const config *arguments)
{
    const char *name = config_get_string(arguments, "name");
    char where[160];
    if (name)
        snprintf(where, sizeof where, "layer '%.100s' (%s)", name, l->class->name);
    else
        snprintf(where, sizeof where, "layer (%s)", l->class->name);
    config_reader r = config_reader_begin(arguments, where);
    config_read_string(&r, "name", &name);
    config_read_boolean(&r, "trainable", &l->trainable);
    if (!(l->class->flags & LAYER_IS_INPUT)) keras_object_only_float32(&r, "dtype");
    read_input_shape(&r, l);
    read_activity_regularizer(l, &r);
    l->class->configure(l, &r);
    horn_status status = config_reader_end(&r);
    return status || !name ? status : memory_copy_string(&l->name, name);
}

horn_status layer_new_of_class(layer **out, const layer_class *class, const config *arguments)
{
    horn_status status = HORN_OK;
    layer *l = NULL;
    TRY(memory_new(&l, 1, class->size));
    l->class = class;
    l->trainable = true;
    TRY(configure(l, arguments));
    *out = l;
    l = NULL;
done:
    layer_free(l);
    return status;
}

horn_status layer_describe(const layer *l, config **out)
{
    const char *key;
    config *arguments = config_object();
    config_set_string(arguments, "name", l->name);
    /* Keras' InputLayer does not take it. */
    if (!(l->class->flags & LAYER_IS_INPUT)) config_set_boolean(arguments, "trainable", l->trainable);
    config_set_string(arguments, "dtype", "float32");
    l->class->describe(l, arguments);
    for (size_t i = 0; (key = config_key_at(l->kept, i)); i++)
        config_set(arguments, key, config_copy(config_at(l->kept, i)));
    horn_status status = config_status(arguments);
    if (status)
        config_free(arguments);
    else
        *out = arguments;
    return status;
}

void layer_free(layer *l)
{
    if (!l || failure_is_static(l->failure)) return;
    if (l->class && l->class->destroy) l->class->destroy(l);
    for (size_t i = 0; i < l->inner_count; i++) layer_free(l->inner[i].layer);
    free(l->inner);
    config_free(l->kept);
    for (int i = 0; i < LAYER_LACKS; i++) free(l->unknown[i]);
    free(l->weights);
    free(l->state);
    failure_free(l->failure);
    free(l->name);
    free(l);
}

/* ---- arguments that many layers have ---- */

void layer_read_activation_of(config_reader *r, const char *key, const activation **out)
{
    keras_object object;
    const config *value;
    config_read_value(r, key, &value);
    if (!value || r->status) return;
    r->status = keras_object_read(&object, value, r->where);
    if (r->status) return;
    r->status = activation_by_name(out, object.name);
    if (r->status) r->status = fail_in(r->status, r->where);
}

void layer_read_activation(layer *l, config_reader *r)
{
    layer_read_activation_of(r, "activation", &l->activation);
}

void layer_read_data_format(layer *l, config_reader *r)
{
    const char *format = "channels_last";
    config_read_string(r, "data_format", &format);
    l->channels_first = strcmp(format, "channels_first") == 0;
    if (!l->channels_first && strcmp(format, "channels_last") != 0)
        config_reader_refuse(r, "data_format", "'channels_last' or 'channels_first'");
}

void layer_describe_data_format(const layer *l, config *c)
{
    config_set_string(c, "data_format", l->channels_first ? "channels_first" : "channels_last");
}

void layer_read_rate(config_reader *r, const char *key, double *out)
{
    config_read_number(r, key, 0, 1, out);
    if (*out == 1) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, key, "is 1, expected a number below 1");
}

/* The initializer uses the model's seed; a seed in the file has no effect and is written back. What the initializer borrows from
 * its config is borrowed from `kept`. */
void layer_read_initializer(layer *l, config_reader *r, const char *key, const char *otherwise,
                            initializer *out)
{
    const config *value;
    char where[224];
    config_read_value(r, key, &value);
    if (r->status) return;
    snprintf(where, sizeof where, "%s: argument '%s'", r->where, key);
    r->status = initializer_read(out, value, otherwise, where);
    if (!r->status && initializer_has_more(value)) {
        layer_keep(l, r, key);
        if (!r->status) r->status = initializer_read(out, config_get(l->kept, key), otherwise, where);
    }
    if (r->status != HORN_ERROR_UNSUPPORTED) return;
    keep_unknown(l, r, key, LACKS_START);
    if (!r->status) r->status = initializer_read(out, NULL, "zeros", where);
    out->is_unknown = true;
}

void layer_read_regularizer(layer *l, config_reader *r, const char *key, regularizer *out)
{
    const config *value;
    char where[224];
    config_read_value(r, key, &value);
    if (r->status) return;
    snprintf(where, sizeof where, "%s: argument '%s'", r->where, key);
    r->status = regularizer_read(out, value, where);
    keep_unknown(l, r, key, LACKS_LOSS);
}

void layer_read_constraint(layer *l, config_reader *r, const char *key, constraint *out)
{
    const config *value;
    char where[224];
    config_read_value(r, key, &value);
    if (r->status) return;
    snprintf(where, sizeof where, "%s: argument '%s'", r->where, key);
    r->status = constraint_read(out, value, where);
    keep_unknown(l, r, key, LACKS_TRAINING);
}

void layer_read_unknown(layer *l, config_reader *r, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count && !r->status; i++) {
        config_only_null(r, keys[i]);
        keep_unknown(l, r, keys[i], LACKS_TRAINING);
    }
}

/* ---- building ---- */

horn_status layer_name_itself(layer *l, bool (*is_taken)(const void *model, const char *name),
                              const void *model)
{
    bytes name = { 0 };
    bytes_print(&name, "%s", l->class->auto_name);
    for (size_t i = 1; bytes_text(&name) && is_taken(model, bytes_text(&name)); i++) {
        name.size = 0;
        bytes_print(&name, "%s_%zu", l->class->auto_name, i);
    }
    horn_status status = bytes_status(&name);
    if (!status) status = memory_copy_string(&l->name, bytes_text(&name));
    bytes_free(&name);
    return status;
}

horn_status layer_fail(const layer *l, horn_status status, const char *format, ...)
{
    char text[800];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail(status, "layer '%.200s' (%.100s): %s", l->name ? l->name : "", l->class->name, text);
}

horn_status layer_add_weight(layer *l, const char *name, const char *axes, const shape *s, bool trainable,
                             const initializer *i, double fan_in, double fan_out)
{
    char found[SHAPE_TEXT];
    if (shape_is_open(s))
        return layer_fail(
            l, HORN_ERROR_SHAPE,
            "its %s would have shape %s: it needs the size of an axis that the input leaves open", name,
            shape_print(found, s));
    if (shape_count(s) > SIZE_MAX / 2 / sizeof(float))
        return layer_fail(l, HORN_ERROR_SHAPE, "its %s has more values than memory has addresses", name);
    char where[224];
    snprintf(where, sizeof where, "layer '%.100s' (%.60s): its %.40s", l->name ? l->name : "", l->class->name,
             name);
    horn_status status = initializer_check(i, s, where);
    if (status) return status;
    status = memory_grow(&l->weights, l->weight_count, &l->weight_capacity, sizeof *l->weights);
    if (status) return status;
    l->weights[l->weight_count++] = (weight){ .name = name,
                                              .axes = axes,
                                              .shape = *s,
                                              .trainable = trainable,
                                              .initializer = *i,
                                              .is_missing = i->is_unknown,
                                              .fan_in = fan_in,
                                              .fan_out = fan_out };
    return HORN_OK;
}

void layer_regularize(layer *l, size_t index, const regularizer *r)
{
    l->weights[index].regularizer = *r;
}

horn_status layer_constrain(layer *l, size_t index, const constraint *c)
{
    char where[224];
    weight *w = &l->weights[index];
    snprintf(where, sizeof where, "layer '%.100s' (%.60s): the constraint of its %.30s",
             l->name ? l->name : "", l->class->name, w->name);
    const horn_status status = constraint_check(c, &w->shape, where);
    w->constraint = status ? (constraint){ 0 } : *c;
    if (!status || l->unknown[LACKS_TRAINING]) return HORN_OK;
    return memory_copy_string(&l->unknown[LACKS_TRAINING], horn_last_error());
}

horn_status layer_build(layer *l, const shape *inputs, size_t count)
{
    l->weight_count = 0;
    return l->class->build ? l->class->build(l, inputs, count) : HORN_OK;
}

size_t layer_holder_count(const layer *l)
{
    size_t count = 0;
    while (l->class->holders && l->class->holders[count].attribute) count++;
    return count;
}

range layer_held_weights(const layer *l, size_t holder)
{
    const size_t each = l->weight_count / layer_holder_count(l);
    return (range){ holder * each, (holder + 1) * each };
}

bool layer_weight_trains(const layer *l, size_t index)
{
    return l->trainable && !l->is_inside_frozen && l->weights[index].trainable;
}

const char *layer_find_unknown(const layer *l, layer_lack lack)
{
    const char *found = l->unknown[lack];
    for (size_t i = 0; i < l->inner_count && !found; i++) found = layer_find_unknown(l->inner[i].layer, lack);
    return found;
}

bool layer_couples(const layer *l, bool training)
{
    return training && l->trainable && !l->is_inside_frozen && l->class->coupling;
}

/* ---- operations ---- */

size_t layer_graph_weight(const layer *l, graph *g, size_t index)
{
    return graph_weight(g, l->weights[index].name, &l->weights[index].shape);
}

size_t layer_add_bias(const layer *l, graph *g, size_t y, size_t bias)
{
    return l->weight_count > bias ? graph_apply(g, OPERATION_BIAS_ADD, y, layer_graph_weight(l, g, bias)) : y;
}
