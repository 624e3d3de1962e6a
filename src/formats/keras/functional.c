#include "formats/keras/functional.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_nodes/nodes.h"
#include "snapshot/keras_calls.h"

/* The ends borrow the keys. */
static horn_status copy_ends(snapshot_end **out, const keras_end *ends, size_t count)
{
    *out = NULL;
    horn_status status = memory_new(out, count, sizeof **out);
    for (size_t i = 0; !status && i < count; i++) (*out)[i] = (snapshot_end){ ends[i].value, ends[i].key };
    return status;
}

/* Whether it has several inputs or outputs, or a dict of them. */
static bool has_ends(const keras_calls *c)
{
    return c->input_count > 1 || c->inputs[0].key || c->output_count > 1 || c->outputs[0].key;
}

horn_status keras_functional_read(snapshot *out, size_t **order, const config *model_config,
                                  const char *where)
{
    horn_status status = HORN_OK;
    keras_calls calls;
    snapshot_call *added;
    *order = NULL;
    snapshot_end *ends = NULL;
    TRY(keras_calls_read(&calls, model_config, where));
    for (size_t i = 0; !keras_calls_are_chain(&calls) && i < calls.count; i++) {
        const keras_call *c = &calls.at[i];
        TRY(snapshot_add_call(out, c->layer, c->value_count, &added));
        memcpy(added->values, c->values, c->value_count * sizeof *c->values);
    }
    TRY(copy_ends(&ends, calls.inputs, calls.input_count));
    if (has_ends(&calls)) TRY(snapshot_set_inputs(out, ends, calls.input_count));
    free(ends);
    TRY(copy_ends(&ends, calls.outputs, calls.output_count));
    if (has_ends(&calls)) TRY(snapshot_set_outputs(out, ends, calls.output_count));
    *order = calls.order;
    calls.order = NULL;
done:
    free(ends);
    keras_calls_free(&calls);
    return status;
}

horn_status keras_functional_connect(config *model_config, const snapshot *s, keras_dialect dialect,
                                     const char *where)
{
    const size_t count = s->calls ? s->call_count : s->layer_count;
    const size_t inputs = s->inputs ? s->input_count : 1, outputs = snapshot_output_count(s);
    keras_call *calls = NULL;
    keras_end *ends = NULL;
    size_t *chain = NULL;
    horn_status status = HORN_OK;
    TRY(memory_new(&calls, count + 1, sizeof *calls));
    TRY(memory_new(&ends, inputs + outputs, sizeof *ends));
    TRY(memory_new(&chain, count + 1, sizeof *chain));
    for (size_t i = 0; i < count; i++) {
        chain[i] = i;
        calls[i] = s->calls ? (keras_call){ s->calls[i].layer, s->calls[i].values, s->calls[i].value_count }
                            : (keras_call){ i, &chain[i], 1 };
    }
    ends[inputs] = (keras_end){ .value = count };
    for (size_t i = 0; s->inputs && i < inputs; i++)
        ends[i] = (keras_end){ s->inputs[i].value, s->inputs[i].key };
    for (size_t i = 0; s->outputs && i < outputs; i++)
        ends[inputs + i] = (keras_end){ s->outputs[i].value, s->outputs[i].key };
    TRY(keras_calls_write(model_config,
                          &(keras_calls){ .at = calls,
                                          .count = count,
                                          .inputs = ends,
                                          .input_count = inputs,
                                          .outputs = ends + inputs,
                                          .output_count = outputs },
                          dialect == KERAS_3));
    status = keras_nodes_write(model_config, dialect == KERAS_3, where);
done:
    free(ends);
    free(calls);
    free(chain);
    return status;
}

static bool is_graph(const snapshot_layer *l)
{
    return l->class_name && keras_role_of(keras_bare_name(l->class_name)) == KERAS_FUNCTIONAL;
}

/* A Functional among the layers of one, or NULL. */
static const snapshot_layer *find_graph(const snapshot_layer *layers, size_t count, bool in_graph)
{
    const snapshot_layer *found = NULL;
    for (size_t i = 0; i < count && !found; i++)
        found = in_graph && is_graph(&layers[i])
                    ? &layers[i]
                    : find_graph(layers[i].inner, layers[i].inner_count, is_graph(&layers[i]));
    return found;
}

/* A layer that the two Keras write each in its own way, or NULL. */
static const snapshot_layer *find_operation(const snapshot_layer *layers, size_t count)
{
    const snapshot_layer *found = NULL;
    for (size_t i = 0; i < count && !found; i++)
        found = layers[i].class_name && (strcmp(layers[i].class_name, "Operation") == 0 ||
                                         strcmp(layers[i].class_name, "MultiHeadAttention") == 0)
                    ? &layers[i]
                    : find_operation(layers[i].inner, layers[i].inner_count);
    return found;
}

horn_status keras_functional_check_both(const snapshot *s, const char *where)
{
    const snapshot_layer *operation = find_operation(s->layers, s->layer_count);
    if (operation)
        return fail(
            HORN_ERROR_UNSUPPORTED,
            "%s: layer '%s' is an operation, which Keras 2 and Keras 3 write each in its own way: expected "
            "dialect keras2 or keras3",
            where, operation->name);
    const snapshot_layer *found = find_graph(s->layers, s->layer_count, s->is_functional);
    if (!found) return HORN_OK;
    return fail(
        HORN_ERROR_UNSUPPORTED,
        "%s: the calls of layer '%s' (%s) are counted from 1 in Keras 2 and from 0 in Keras 3: expected "
        "dialect keras2 or keras3",
        where, found->name, found->class_name);
}
