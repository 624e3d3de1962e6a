/* Sequential models: making one, adding layers, looking at it. */
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/plan.h"
#include "model/train/progress.h"
#include "tensor/products/gemm.h"
#include "model/use.h"

horn_status horn_sequential_new(horn_model **out, const horn_sequential_options *options)
{
    NEED(out, "out");
    horn_model *m = NULL;
    horn_status status = memory_new(&m, 1, sizeof *m);
    if (status) return status;
    m->seed = options ? options->seed : 0;
    m->threads = options ? options->threads : 0;
    status = memory_copy_string(&m->name, options && options->name ? options->name : "sequential");
    if (!status) status = memory_new(&m->progress, 1, sizeof *m->progress);
    if (!status) status = memory_new(&m->calls, 1, sizeof *m->calls);
    if (!status && m->threads < 0)
        status = fail(HORN_ERROR_ARGUMENT, "threads is %d, expected 0 or more", m->threads);
    if (status) {
        horn_model_free(m);
        return status;
    }
    *out = m;
    return HORN_OK;
}

horn_status horn_model_set_input_divisor(horn_model *m, double divisor)
{
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    if (divisor >= 0 && isfinite(divisor))
        m->input_divisor = divisor;
    else
        status = fail(HORN_ERROR_ARGUMENT, "input divisor is %g, expected 0 or more", divisor);
    return model_leave(m, status);
}

double horn_model_input_divisor(const horn_model *m)
{
    return m ? m->input_divisor : 0;
}

void horn_model_free(horn_model *m)
{
    if (!m || model_is_busy(m)) return;
    model_forget_compiled(m);
    if (m->progress) {
        progress_clear(m->progress);
        config_free(m->progress->identity);
        free(m->progress);
    }
    layer_free(m->input_layer);
    for (size_t i = 0; i < m->layer_count; i++) layer_free(m->layers[i]);
    if (m->calls) call_list_clear(m->calls);
    pool_free(m->pool);
    free(m->profile_text);
    free(m->no_weights);
    model_free_weights(m);
    free(m->calls);
    free(m->outputs);
    free(m->layers);
    free(m->name);
    free(m);
}

/* ---- adding ---- */

static bool is_taken(const void *model, const char *name)
{
    const horn_model *m = model;
    const layer *input = m->input_layer;
    if (input && input->name && strcmp(input->name, name) == 0) return true;
    for (size_t i = 0; i < m->layer_count; i++)
        if (strcmp(m->layers[i]->name, name) == 0) return true;
    return false;
}

static horn_status name_layer(const horn_model *m, layer *l)
{
    if (!l->name) return layer_name_itself(l, is_taken, m);
    return is_taken(m, l->name)
               ? fail(HORN_ERROR_ARGUMENT, "layer name '%s' is used twice in model '%s'", l->name, m->name)
               : HORN_OK;
}

/* The input of the first layer: the InputLayer's, or its own. */
static horn_status set_input(const horn_model *m, const layer *l)
{
    const layer *from = m->input_layer ? m->input_layer : l;
    if (m->layer_count) return HORN_OK;
    if (!from->has_input_shape)
        return fail(HORN_ERROR_SHAPE, "layer '%s' (%s) is the first: it needs an input_shape", l->name,
                    l->class->name);
    m->calls->input = from->input_shape;
    return HORN_OK;
}

static horn_status add_input(horn_model *m, layer *l)
{
    if (m->input_layer || m->layer_count)
        return fail(HORN_ERROR_ARGUMENT, "an InputLayer stands behind other layers in model '%s'", m->name);
    m->input_layer = l;
    return HORN_OK;
}

static horn_status check_open(const horn_model *m, const horn_layer *l)
{
    horn_status status = failure_status(l->failure);
    if (!status && m->built)
        status = fail(HORN_ERROR_ARGUMENT,
                      "model '%s' is built already: layers are added before compile and load", m->name);
    return status;
}

static horn_status add(horn_model *m, horn_layer *l)
{
    horn_status status = HORN_OK;
    call_list *list = m->calls;
    const size_t calls = list->count;
    size_t value = m->layer_count ? m->outputs[m->layer_count - 1] : 0;
    TRY(check_open(m, l));
    if (l->class->flags & LAYER_IS_INPUT) {
        TRY(add_input(m, l));
        return HORN_OK;
    }
    TRY(name_layer(m, l));
    TRY(set_input(m, l));
    l->index = (uint32_t)m->layer_count;
    TRY(memory_grow(&m->layers, m->layer_count, &m->layer_capacity, sizeof *m->layers));
    TRY(memory_grow(&m->outputs, m->layer_count, &m->output_capacity, sizeof *m->outputs));
    list->builds = true;
    TRY(call_list_add(list, l, &value, 1, &value));
    TRY(model_list_weights(m, l));
    m->outputs[m->layer_count] = value;
    m->layers[m->layer_count++] = l;
    return HORN_OK;
done:
    call_list_cut(list, calls);
    layer_free(l);
    return status;
}

horn_status horn_model_add(horn_model *m, horn_layer *l)
{
    horn_status status = model_enter(m, __func__, true);
    if (status) {
        layer_free(l);
        return status;
    }
    status = l ? add(m, l) : fail_null(__func__, "layer");
    return model_leave(m, status);
}

/* ---- looking ---- */

const char *horn_model_name(const horn_model *m)
{
    return m ? m->name : NULL;
}

static int copy_shape(const shape *s, size_t out[HORN_MAX_RANK])
{
    for (int i = 0; i < s->rank; i++) out[i] = s->dim[i] == SHAPE_OPEN ? HORN_OPEN : s->dim[i];
    return s->rank;
}

int horn_model_input_shape(size_t out[HORN_MAX_RANK], const horn_model *m)
{
    return m && out && m->layer_count ? copy_shape(model_input(m), out) : 0;
}

int horn_model_output_shape(size_t out[HORN_MAX_RANK], const horn_model *m)
{
    return m && out && m->layer_count ? copy_shape(model_output(m), out) : 0;
}

bool horn_model_gives_probabilities(const horn_model *m)
{
    size_t i = m ? m->calls->count : 0;
    while (i && m->calls->at[i - 1]->layer->class->flags & LAYER_UNFOLDS_ROWS) i--;
    const activation *last = i ? m->calls->at[i - 1]->layer->activation : NULL;
    return last && last->gives_probabilities;
}
