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

static horn_status set_class_names(horn_model *m, const char *const *given, size_t count)
{
    class_names list;
    size_t named = 0;
    while (given && named < count && given[named]) named++;
    horn_status status = class_names_copy(&list, given, named);
    if (status) return status;
    const size_t bad = class_names_first_again(&list);
    if (bad < count) {
        class_names_free(&list);
        return fail(HORN_ERROR_ARGUMENT, "class %zu has no name of its own", bad);
    }
    class_names_free(&m->class_names);
    m->class_names = list;
    return HORN_OK;
}

horn_status horn_model_set_class_names(horn_model *m, const char *const *names, size_t count)
{
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    return model_leave(m, set_class_names(m, names, count));
}

size_t horn_model_class_count(const horn_model *m)
{
    return m ? m->class_names.count : 0;
}

const char *horn_model_class_name(const horn_model *m, size_t class_index)
{
    return class_index < horn_model_class_count(m) ? m->class_names.at[class_index] : NULL;
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
    free(m->data);
    free(m->no_weights);
    model_free_weights(m);
    free(m->calls);
    for (size_t i = 0; i < m->node_count; i++) free(m->nodes[i].inputs);
    model_free_ends(m);
    free(m->nodes);
    free(m->first_nodes);
    free(m->values_of_nodes);
    free(m->layers);
    class_names_free(&m->class_names);
    free(m->name);
    free(m);
}

/* ---- adding ---- */

horn_status horn_model_add(horn_model *m, horn_layer *l)
{
    horn_status status = model_enter(m, __func__, true);
    if (status) {
        layer_free(l);
        return status;
    }
    const size_t last = m->node_count;
    status = l ? model_add_layer(m, l, &last, 1) : fail_null(__func__, "layer");
    return model_leave(m, status);
}

/* ---- looking ---- */

const char *horn_model_name(const horn_model *m)
{
    return m ? m->name : NULL;
}

bool horn_model_gives_probabilities(const horn_model *m, size_t index)
{
    size_t i = m && index < m->calls->output_count ? m->calls->outputs[index] : m ? m->calls->last : 0;
    while (i && m->calls->at[i - 1]->layer->class->flags & LAYER_UNFOLDS_ROWS)
        i = m->calls->at[i - 1]->values[0];
    const activation *last = i ? m->calls->at[i - 1]->layer->activation : NULL;
    return last && last->gives_probabilities;
}
