#include "snapshot/snapshot.h"

#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "snapshot/graph.h"

/* The tensors' owner, for error lines: "layer 'dense'", "optimizer slot 'momentum'". */
typedef struct owner {
    const char *where, *kind, *name;
} owner;

static bool has_shape(const snapshot_tensor *t)
{
    if ((unsigned)t->dtype > HORN_BOOL || t->rank < 0 || t->rank > HORN_MAX_RANK) return false;
    size_t total = horn_dtype_size(t->dtype);
    for (int i = 0; i < t->rank; i++)
        if (!memory_multiply(&total, t->shape[i])) return false;
    return true;
}

static horn_status check_tensor(const snapshot_tensor *t, size_t index, const owner *of)
{
    if (!t->name)
        return fail(HORN_ERROR_FORMAT, "%s: tensor %zu of %s '%s' has no name", of->where, index, of->kind,
                    of->name);
    const char *missing = !has_shape(t)                                    ? "no shape"
                          : !t->data                                       ? "no values"
                          : *t->axes && strlen(t->axes) != (size_t)t->rank ? "other axes than its shape"
                                                                           : NULL;
    return missing ? fail(HORN_ERROR_FORMAT, "%s: tensor '%s' of %s '%s' has %s", of->where, t->name,
                          of->kind, of->name, missing)
                   : HORN_OK;
}

static horn_status check_tensors(const snapshot_tensor *tensors, size_t count, const owner *of)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < count; i++) status = check_tensor(&tensors[i], i, of);
    return status;
}

static horn_status check_inner(const snapshot_layer *l, size_t depth, const char *where)
{
    horn_status status = HORN_OK;
    if (l->inner_count && depth == SNAPSHOT_MAX_DEPTH)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: more than %d layers within each other are not supported",
                    where, SNAPSHOT_MAX_DEPTH);
    for (size_t i = 0; i < l->inner_count; i++) {
        const snapshot_layer *inner = &l->inner[i];
        if (!inner->name || !inner->attribute)
            TRY(fail(HORN_ERROR_FORMAT, "%s: layer %zu inside '%s' has no name", where, i, l->name));
        TRY(check_tensors(inner->tensors, inner->tensor_count, &(owner){ where, "layer", inner->name }));
        TRY(check_inner(inner, depth + 1, where));
    }
done:
    return status;
}

static horn_status check_layer(const snapshot *s, size_t index, const char *where)
{
    const snapshot_layer *l = &s->layers[index];
    if (!l->name) return fail(HORN_ERROR_FORMAT, "%s: layer %zu has no name", where, index);
    if (s->parts & PART_ARCHITECTURE && !l->class_name)
        return fail(HORN_ERROR_FORMAT, "%s: layer '%s' is not in the architecture", where, l->name);
    if (s->parts & PART_ARCHITECTURE && !config_is_object(l->arguments))
        return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) has no arguments, expected its config", where,
                    l->name, l->class_name);
    horn_status status = check_tensors(l->tensors, l->tensor_count, &(owner){ where, "layer", l->name });
    return status ? status : check_inner(l, 1, where);
}

static horn_status check_architecture(const snapshot *s, const char *where)
{
    if (!s->name) return fail(HORN_ERROR_FORMAT, "%s: the model has no name", where);
    if (s->input_rank < 0 || s->input_rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_FORMAT, "%s: the model's input has rank %d, expected 0 to %d", where,
                    s->input_rank, HORN_MAX_RANK);
    return HORN_OK;
}

static bool is_object(const config *value)
{
    return config_get_string(value, "class_name") && config_is_object(config_get(value, "config"));
}

static bool is_input(const snapshot_layer *l)
{
    return l->class_name && keras_role_of(keras_bare_name(l->class_name)) == KERAS_INPUT;
}

/* Each call takes what is there before it; layers are called in their order, each at least once. */
static horn_status check_calls(const snapshot *s, const char *where)
{
    size_t called = 0;
    for (size_t i = 0; i < s->call_count; i++) {
        const snapshot_call *c = &s->calls[i];
        if (c->layer > called || c->layer >= s->layer_count ||
            (!c->value_count && !is_input(&s->layers[c->layer])))
            return fail(HORN_ERROR_FORMAT, "%s: call %zu is of no layer, or on nothing", where, i);
        for (size_t k = 0; k < c->value_count; k++)
            if (c->values[k] > i)
                return fail(HORN_ERROR_FORMAT, "%s: call %zu takes value %zu, which is not there yet", where,
                            i, c->values[k]);
        if (c->layer == called) called++;
    }
    if (s->calls && called < s->layer_count)
        return fail(HORN_ERROR_FORMAT, "%s: layer %zu is never called", where, called);
    return HORN_OK;
}

static horn_status check_ends(const snapshot *s, const snapshot_end *ends, size_t count, const char *where)
{
    const size_t values = s->calls ? s->call_count : s->layer_count;
    for (size_t i = 0; ends && i < count; i++)
        if (ends[i].value > values)
            return fail(HORN_ERROR_FORMAT, "%s: an input or output of the model is value %zu of %zu", where,
                        ends[i].value, values + 1);
    return HORN_OK;
}

static horn_status check_metrics(const config *metrics, const char *where)
{
    if (!config_is_null(metrics) && !config_is_list(metrics))
        return fail(HORN_ERROR_FORMAT, "%s: the metrics are no list", where);
    for (size_t i = 0; i < config_count(metrics); i++)
        if (!config_string(config_at(metrics, i)) && !is_object(config_at(metrics, i)))
            return fail(HORN_ERROR_FORMAT, "%s: metric %zu is no name and no {class_name, config}", where, i);
    return HORN_OK;
}

static bool is_list_of(const config *value, size_t count)
{
    return config_is_null(value) || (config_is_list(value) && config_count(value) == count);
}

static horn_status check_output(const snapshot *s, size_t index, const char *where)
{
    double weight;
    const config *loss = snapshot_of_output(s, s->loss, index);
    if (!config_is_null(loss) && !config_string(loss) && !is_object(loss))
        return fail(HORN_ERROR_FORMAT, "%s: the loss is no name and no {class_name, config}", where);
    if (s->loss_weights && !config_number(config_at(s->loss_weights, index), &weight))
        return fail(HORN_ERROR_FORMAT, "%s: loss weight %zu is no number", where, index);
    horn_status status = check_metrics(snapshot_of_output(s, s->metrics, index), where);
    return status ? status : check_metrics(snapshot_of_output(s, s->weighted_metrics, index), where);
}

static horn_status check_training(const snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    const size_t outputs = snapshot_output_count(s);
    const bool fits = outputs == 1 || (is_list_of(s->loss, outputs) && is_list_of(s->metrics, outputs) &&
                                       is_list_of(s->weighted_metrics, outputs));
    if (!fits || !is_list_of(s->loss_weights, outputs))
        return fail(HORN_ERROR_FORMAT, "%s: the compile settings are not those of %zu outputs", where,
                    outputs);
    for (size_t i = 0; !status && i < outputs; i++) status = check_output(s, i, where);
    if (status) return status;
    if (!config_is_null(s->optimizer) && !is_object(s->optimizer))
        return fail(HORN_ERROR_FORMAT, "%s: the optimizer is no {class_name, config}", where);
    return HORN_OK;
}

static horn_status check_operation(const graph *g, size_t index, const char *where)
{
    const operation *o = &g->operations[index];
    const operation_facts *facts = operation_facts_of(o->kind);
    if (!facts || o->kind == OPERATION_NONE)
        return fail(HORN_ERROR_FORMAT, "%s: operation %zu is of no kind", where, index);
    if (o->input_count < facts->needed || o->input_count > facts->inputs)
        return fail(HORN_ERROR_FORMAT, "%s: operation %zu (%s) has %d inputs, expected %d to %d", where,
                    index, facts->name, o->input_count, facts->needed, facts->inputs);
    for (int i = 0; i < o->input_count; i++) {
        if (o->inputs[i] == NO_VALUE && i >= facts->needed) continue;
        if (o->inputs[i] == NO_VALUE)
            return fail(HORN_ERROR_FORMAT, "%s: operation %zu (%s) misses its input %d", where, index,
                        facts->name, i);
        if (o->inputs[i] >= index)
            return fail(HORN_ERROR_FORMAT, "%s: operation %zu takes the result of a later one", where, index);
    }
    return HORN_OK;
}

static horn_status check_operations(const snapshot *s, const char *where)
{
    const graph *g = s->operations;
    horn_status status = HORN_OK;
    if (!g || g->output >= g->count)
        return fail(HORN_ERROR_FORMAT, "%s: the operations have no output", where);
    for (size_t i = 0; !status && i < g->count; i++) status = check_operation(g, i, where);
    return status;
}

horn_status snapshot_check(const snapshot *s, const char *where)
{
    horn_status status = HORN_OK;
    if (s->parts & PART_ARCHITECTURE) TRY(check_architecture(s, where));
    TRY(check_calls(s, where));
    TRY(check_ends(s, s->inputs, s->input_count, where));
    TRY(check_ends(s, s->outputs, s->output_count, where));
    for (size_t i = 0; i < s->layer_count; i++) TRY(check_layer(s, i, where));
    for (size_t i = 0; i < s->slot_count; i++) {
        const snapshot_slot *slot = &s->slots[i];
        if (!slot->name) TRY(fail(HORN_ERROR_FORMAT, "%s: optimizer slot %zu has no name", where, i));
        TRY(check_tensors(slot->tensors, slot->tensor_count,
                          &(owner){ where, "optimizer slot", slot->name }));
    }
    if (s->parts & PART_COMPILE) TRY(check_training(s, where));
    if (s->parts & PART_PROGRESS && !config_is_object(s->progress))
        TRY(fail(HORN_ERROR_FORMAT, "%s: the progress of the run is no JSON object", where));
    if (s->parts & PART_OPERATIONS) TRY(check_operations(s, where));
done:
    return status;
}
