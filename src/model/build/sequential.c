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
    for (size_t i = 0; i < m->layer_count; i++) {
        call_free(m->calls[i]);
        layer_free(m->layers[i]);
    }
    pool_free(m->pool);
    free(m->profile_text);
    free(m->no_weights);
    model_free_weights(m);
    free(m->calls);
    free(m->layers);
    free(m->name);
    free(m);
}

/* ---- adding ---- */

static bool name_is_taken(const horn_model *m, const char *name)
{
    const layer *input = m->input_layer;
    if (input && input->name && strcmp(input->name, name) == 0) return true;
    for (size_t i = 0; i < m->layer_count; i++)
        if (strcmp(m->layers[i]->name, name) == 0) return true;
    return false;
}

/* Gives an unnamed layer the name that Keras gives: "dense", then "dense_1", "dense_2". Refuses a name that is taken. */
static horn_status name_layer(const horn_model *m, layer *l)
{
    char name[96];
    if (l->name) {
        if (!name_is_taken(m, l->name)) return HORN_OK;
        return fail(HORN_ERROR_ARGUMENT, "layer name '%s' is used twice in model '%s'", l->name, m->name);
    }
    snprintf(name, sizeof name, "%s", l->class->auto_name);
    for (size_t i = 1; name_is_taken(m, name); i++)
        snprintf(name, sizeof name, "%s_%zu", l->class->auto_name, i);
    return memory_copy_string(&l->name, name);
}

static horn_status find_input(const horn_model *m, const layer *l, shape *input)
{
    const shape *before = m->layer_count   ? m->calls[m->layer_count - 1]->outputs
                          : m->input_layer ? &m->input_layer->input_shape
                                           : NULL;
    if (!before && !l->has_input_shape)
        return fail(HORN_ERROR_SHAPE, "layer '%s' (%s) is the first: it needs an input_shape", l->name,
                    l->class->name);
    *input = before ? *before : l->input_shape;
    if (before && l->has_input_shape && !shape_equal(input, &l->input_shape)) {
        char given[SHAPE_TEXT], found[SHAPE_TEXT];
        return fail(HORN_ERROR_SHAPE, "layer '%s' (%s) has input_shape %s, the layer before it gives %s",
                    l->name, l->class->name, shape_print(given, &l->input_shape), shape_print(found, input));
    }
    return HORN_OK;
}

static horn_status add_input(horn_model *m, layer *l)
{
    if (m->input_layer || m->layer_count)
        return fail(HORN_ERROR_ARGUMENT, "an InputLayer stands behind other layers in model '%s'", m->name);
    m->input_layer = l;
    return HORN_OK;
}

static horn_status add(horn_model *m, horn_layer *l)
{
    horn_status status = HORN_OK;
    shape input;
    call *c = NULL;
    TRY(failure_status(l->failure));
    if (m->built) {
        status = fail(HORN_ERROR_ARGUMENT,
                      "model '%s' is built already: layers are added before compile and load", m->name);
        goto done;
    }
    if (l->class->flags & LAYER_IS_INPUT) {
        TRY(add_input(m, l));
        return HORN_OK;
    }
    TRY(name_layer(m, l));
    TRY(find_input(m, l, &input));
    l->index = (uint32_t)m->layer_count;
    TRY(layer_build(l, &input, 1));
    TRY(call_new(&c, l, l->index, &input, 1, m->layer_count && m->calls[m->layer_count - 1]->gives_mask));
    TRY(memory_grow(&m->layers, m->layer_count, &m->layer_capacity, sizeof *m->layers));
    TRY(memory_grow(&m->calls, m->layer_count, &m->call_capacity, sizeof *m->calls));
    TRY(model_list_weights(m, l));
    m->calls[m->layer_count] = c;
    m->layers[m->layer_count++] = l;
    return HORN_OK;
done:
    call_free(c);
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
    const activation *last = m && m->layer_count ? m->layers[m->layer_count - 1]->activation : NULL;
    return last && last->gives_probabilities;
}
