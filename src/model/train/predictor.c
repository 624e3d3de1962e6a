/* A predictor is a copy of the model's struct with memory of a batch of its own: layers, weights and settings are the model's. */
#include <horn/predictor.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/plan.h"
#include "model/use.h"
#include "tensor/products/gemm.h"

struct horn_predictor {
    horn_model *model;
    /* model_begin_reading's, when the copy was made. */
    size_t count;
    horn_model copy;
};

/* All may multiply at the same time. */
static horn_status reserve(horn_model *m)
{
    const size_t count = atomic_fetch_add(&m->use.predictors, 1) + 1;
    horn_status status = gemm_reserve(count < GEMM_MOST_CALLS ? (int)count : GEMM_MOST_CALLS);
    if (status) atomic_fetch_sub(&m->use.predictors, 1);
    return status;
}

/* The copy's own, which the model does not know. */
static void forget(horn_predictor *p)
{
    horn_model *m = &p->copy;
    model_forget_plans(m);
    pool_free(m->pool);
    free(m->data);
}

/* The model's own calls may write what begins with `use`. */
static void take(horn_predictor *p, size_t count)
{
    memset(&p->copy, 0, sizeof p->copy);
    memcpy(&p->copy, p->model, offsetof(horn_model, use));
    p->copy.threads = 1;
    p->copy.progress = NULL;
    p->copy.profile = NULL;
    p->copy.profile_text = NULL;
    p->count = count;
}

static horn_status check(const horn_model *m)
{
    if (!m->built)
        return fail(HORN_ERROR_ARGUMENT, "model '%s' is not built yet: compile or load it first", m->name);
    if (m->stateful)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "model '%s' is stateful: several predictors of it have no meaning", m->name);
    return model_need_weights(m);
}

static horn_status new_predictor(horn_predictor **out, horn_model *m, const char *function)
{
    horn_predictor *p = NULL;
    size_t count;
    horn_status status = model_begin_reading(m, function, &count);
    if (status) return status;
    TRY(check(m));
    TRY(memory_new(&p, 1, sizeof *p));
    TRY(reserve(m));
    p->model = m;
    take(p, count);
    *out = p;
    p = NULL;
done:
    model_end_reading(m);
    free(p);
    return status;
}

horn_status horn_predictor_new(horn_predictor **out, horn_model *m)
{
    NEED(out, "out");
    NEED(m, "model");
    *out = NULL;
    return new_predictor(out, m, __func__);
}

horn_status horn_predictor_predict(float *out, size_t count, horn_predictor *p, const horn_view *x,
                                   const horn_predict_options *options)
{
    size_t changes;
    NEED(out, "out");
    NEED(p, "predictor");
    horn_status status = model_begin_reading(p->model, __func__, &changes);
    if (status) return status;
    if (changes != p->count) {
        forget(p);
        take(p, changes);
    }
    status = horn_model_predict(out, count, &p->copy, x, options);
    model_end_reading(p->model);
    return status;
}

void horn_predictor_free(horn_predictor *p)
{
    if (!p) return;
    forget(p);
    atomic_fetch_sub(&p->model->use.predictors, 1);
    free(p);
}
