/* The inputs and outputs of a model. */
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "model/use.h"

static void forget(model_end **ends, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        free((*ends)[i].key);
        free((*ends)[i].name);
    }
    free(*ends);
    *ends = NULL;
    *count = 0;
}

void model_free_ends(horn_model *m)
{
    forget(&m->inputs, &m->input_count);
    forget(&m->outputs, &m->output_count);
}

size_t model_input_count(const horn_model *m)
{
    return m->input_count ? m->input_count : 1;
}

size_t model_output_count(const horn_model *m)
{
    return m->output_count ? m->output_count : 1;
}

bool model_has_several_ends(const horn_model *m)
{
    return model_input_count(m) > 1 || model_output_count(m) > 1;
}

static horn_status copy(model_end **out, size_t *out_count, const model_end *ends, size_t count)
{
    horn_status status = HORN_OK;
    forget(out, out_count);
    TRY(memory_new(out, count, sizeof **out));
    for (; *out_count < count; ++*out_count) {
        model_end *end = &(*out)[*out_count];
        end->value = ends[*out_count].value;
        if (ends[*out_count].key) TRY(memory_copy_string(&end->key, ends[*out_count].key));
    }
done:
    return status;
}

horn_status model_set_inputs(horn_model *m, const model_end *ends, size_t count)
{
    if (count > HORN_MAX_INPUTS)
        return fail(HORN_ERROR_UNSUPPORTED, "model '%s' has %zu inputs, more than %d are not supported",
                    m->name, count, HORN_MAX_INPUTS);
    m->input_capacity = count;
    return copy(&m->inputs, &m->input_count, ends, count);
}

horn_status model_set_outputs(horn_model *m, const model_end *ends, size_t count)
{
    if (count > HORN_MAX_OUTPUTS)
        return fail(HORN_ERROR_UNSUPPORTED, "model '%s' has %zu outputs, more than %d are not supported",
                    m->name, count, HORN_MAX_OUTPUTS);
    return copy(&m->outputs, &m->output_count, ends, count);
}

/* Its key, else the name of the layer that gives it. */
static const char *base_name(const horn_model *m, const model_end *end)
{
    if (end->key) return end->key;
    if (end->value) return m->nodes[end->value - 1].layer->name;
    return m->input_layer && m->input_layer->name ? m->input_layer->name : "input_1";
}

static bool is_taken(const model_end *ends, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ends[i].name, name) == 0) return true;
    return false;
}

/* As Keras 2: "out", and "out_1" for another output of that layer. */
static horn_status name_end(const horn_model *m, model_end *ends, size_t index)
{
    bytes name = { 0 };
    const char *base = base_name(m, &ends[index]);
    size_t number = 0;
    bytes_print(&name, "%s", base);
    while (bytes_text(&name) && is_taken(ends, index, bytes_text(&name))) {
        bytes_free(&name);
        bytes_print(&name, "%s_%zu", base, ++number);
    }
    horn_status status = bytes_status(&name);
    if (!status) status = memory_copy_string(&ends[index].name, bytes_text(&name));
    bytes_free(&name);
    return status;
}

horn_status model_settle_ends(horn_model *m)
{
    horn_status status = HORN_OK;
    const model_end last = { .value = m->node_count };
    if (!m->input_count) TRY(model_set_inputs(m, &(model_end){ 0 }, 1));
    if (!m->output_count) TRY(model_set_outputs(m, &last, 1));
    m->calls->input_count = m->input_count;
    m->calls->output_count = m->output_count;
    for (size_t i = 0; i < m->input_count; i++) {
        m->calls->inputs[i] = m->values_of_nodes[m->inputs[i].value];
        if (!m->inputs[i].name) TRY(name_end(m, m->inputs, i));
    }
    for (size_t i = 0; i < m->output_count; i++) {
        m->calls->outputs[i] = m->values_of_nodes[m->outputs[i].value];
        if (!m->outputs[i].name) TRY(name_end(m, m->outputs, i));
    }
done:
    return status;
}

/* ---- shapes ---- */

static size_t input_value(const horn_model *m, size_t index)
{
    return index < m->input_count && m->node_count ? m->values_of_nodes[m->inputs[index].value] : 0;
}

static size_t output_value(const horn_model *m, size_t index)
{
    return index < m->output_count && m->node_count ? m->values_of_nodes[m->outputs[index].value]
                                                    : m->calls->last;
}

const shape *model_input(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, input_value(m, index));
}

const shape *model_output(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, output_value(m, index));
}

/* ---- the public API ---- */

static horn_status set_outputs(horn_model *m, const size_t *values, size_t count)
{
    model_end ends[HORN_MAX_OUTPUTS] = { 0 };
    if (m->built)
        return fail(HORN_ERROR_ARGUMENT,
                    "model '%s' is built already: outputs are set before compile and load", m->name);
    if (count < 1 || count > HORN_MAX_OUTPUTS)
        return fail(HORN_ERROR_ARGUMENT, "model '%s' is given %zu outputs, expected 1 to %d", m->name, count,
                    HORN_MAX_OUTPUTS);
    for (size_t i = 0; i < count; i++) {
        if (values[i] > m->node_count)
            return fail(HORN_ERROR_ARGUMENT, "output %zu of model '%s' is value %zu of %zu", i, m->name,
                        values[i], m->node_count + 1);
        ends[i].value = values[i];
    }
    m->is_functional = true;
    return model_set_outputs(m, ends, count);
}

horn_status horn_model_set_outputs(horn_model *m, const size_t *values, size_t count)
{
    NEED(values, "values");
    horn_status status = model_enter(m, __func__, true);
    if (status) return status;
    status = set_outputs(m, values, count);
    return model_leave(m, status);
}

size_t horn_model_input_count(const horn_model *m)
{
    return m && m->layer_count ? model_input_count(m) : 0;
}

size_t horn_model_output_count(const horn_model *m)
{
    return m && m->layer_count ? model_output_count(m) : 0;
}

const char *horn_model_input_name(const horn_model *m, size_t index)
{
    return m && index < m->input_count ? m->inputs[index].name : NULL;
}

const char *horn_model_output_name(const horn_model *m, size_t index)
{
    return m && index < m->output_count ? m->outputs[index].name : NULL;
}

bool horn_model_compares_output(const horn_model *m, size_t index)
{
    return m && m->heads && index < m->output_count && (m->heads[index].loss || m->heads[index].metric_count);
}

static int copy_shape(const shape *s, size_t out[HORN_MAX_RANK])
{
    for (int i = 0; i < s->rank; i++) out[i] = s->dim[i] == SHAPE_OPEN ? HORN_OPEN : s->dim[i];
    return s->rank;
}

int horn_model_input_shape(size_t out[HORN_MAX_RANK], const horn_model *m, size_t index)
{
    return out && index < horn_model_input_count(m) ? copy_shape(model_input(m, index), out) : 0;
}

int horn_model_output_shape(size_t out[HORN_MAX_RANK], const horn_model *m, size_t index)
{
    return out && index < horn_model_output_count(m) ? copy_shape(model_output(m, index), out) : 0;
}
