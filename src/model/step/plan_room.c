/* The threads of a model and the memory of its plans, made when they are first needed. */
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/step/step.h"
#include "tensor/products/gemm.h"

void model_forget_plans(horn_model *m)
{
    plan_free(m->training);
    plan_free(m->inference);
    m->training = m->inference = NULL;
    free(m->arena);
    m->arena = NULL;
    m->arena_bytes = 0;
}

/* Makes at most as many threads as a batch has pieces of work. */
horn_status model_need_pool(horn_model *m)
{
    if (m->pool) return HORN_OK;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int wanted = m->threads ? m->threads : cores > 0 ? (int)cores : 1;
    const int threads = wanted < CUT_MOST || wanted > POOL_MAX_THREADS ? wanted : CUT_MOST;
    horn_status status = gemm_reserve(threads < CUT_MOST ? threads : CUT_MOST);
    return status ? status : pool_new(&m->pool, threads);
}

horn_status plan_bind(horn_model *m, plan *p)
{
    if (p->block && p->block == m->arena) return HORN_OK;
    if (m->arena_bytes < p->bytes) {
        unsigned char *arena;
        free(m->arena);
        m->arena = NULL;
        m->arena_bytes = 0;
        horn_status status = memory_new_aligned(&arena, p->bytes, 1);
        if (status) return status;
        m->arena = arena;
        m->arena_bytes = p->bytes;
    }
    return plan_place(p, m, m->arena);
}

static bool has_shapes(const plan *p, const shape *inputs)
{
    for (size_t i = 0; i < p->model_inputs; i++)
        if (!shape_equal(&p->inputs_placed[i], &inputs[i])) return false;
    return true;
}

horn_status step_prepare(horn_model *m, bool training, const shape *inputs, size_t capacity)
{
    plan **p = training ? &m->training : &m->inference;
    horn_status status = model_need_pool(m);
    if (!status && m->stateful && capacity != m->input_batch)
        status = fail(HORN_ERROR_SHAPE, "model '%s' is stateful: it takes batches of %zu samples, not of %zu",
                      m->name, m->input_batch, capacity);
    if (status) return status;
    if (*p && ((*p)->capacity < capacity || !has_shapes(*p, inputs))) {
        plan_free(*p);
        *p = NULL;
    }
    if (!*p) status = plan_new(p, m, inputs, training, capacity);
    return status ? status : plan_bind(m, *p);
}
