#include "model/use.h"

#include "base/status.h"

/* The address of a thread-local byte identifies the thread. */
static uintptr_t this_thread(void)
{
    static _Thread_local char own;
    return (uintptr_t)&own;
}

/* Both sides say what they do before they look at the other: one of them sees it. */
static horn_status keep_readers_out(horn_model *m, const char *function)
{
    atomic_store(&m->use.changes, true);
    if (atomic_load(&m->use.readers) == 0) {
        m->use.count++;
        return HORN_OK;
    }
    atomic_store(&m->use.changes, false);
    return fail(HORN_ERROR_BUSY, "%s: a predictor of model '%s' works now", function, m->name);
}

horn_status model_begin_reading(horn_model *m, const char *function, size_t *count)
{
    atomic_fetch_add(&m->use.readers, 1);
    if (!atomic_load(&m->use.changes)) {
        *count = m->use.count;
        return HORN_OK;
    }
    model_end_reading(m);
    return fail(HORN_ERROR_BUSY, "%s: model '%s' is in use by a call that may change it", function, m->name);
}

void model_end_reading(horn_model *m)
{
    atomic_fetch_sub(&m->use.readers, 1);
}

static horn_status enter(horn_model *m, const char *function, bool alone, bool reads)
{
    const uintptr_t me = this_thread();
    uintptr_t user = 0;
    if (!m) return fail_null(function, "model");
    if (atomic_compare_exchange_strong_explicit(&m->use.thread, &user, me, memory_order_acquire,
                                                memory_order_relaxed)) {
        horn_status status = reads ? HORN_OK : keep_readers_out(m, function);
        if (status) {
            atomic_store_explicit(&m->use.thread, 0, memory_order_release);
            return status;
        }
        m->use.depth = 1;
        m->is_read = reads;
        m->changed |= !reads;
        m->use.host[0] = arithmetic_begin();
        status_begin();
        return HORN_OK;
    }
    if (user != me)
        return fail(HORN_ERROR_BUSY, "%s: model '%s' is in use by another thread", function, m->name);
    if (!m->use.lent || alone)
        return fail(HORN_ERROR_BUSY, "%s: model '%s' is in use by a call that has not returned", function,
                    m->name);
    m->use.host[m->use.depth++] = arithmetic_begin();
    m->use.lent = false;
    status_begin();
    return HORN_OK;
}

horn_status model_enter(horn_model *m, const char *function, bool alone)
{
    return enter(m, function, alone, false);
}

horn_status model_enter_to_read(horn_model *m, const char *function)
{
    return enter(m, function, false, true);
}

void model_go_out(horn_model *m)
{
    arithmetic_end(m->use.host[m->use.depth - 1]);
}

void model_come_back(horn_model *m)
{
    m->use.host[m->use.depth - 1] = arithmetic_begin();
}

horn_status model_leave(horn_model *m, horn_status status)
{
    model_go_out(m);
    m->use.lent = --m->use.depth > 0;
    if (m->use.depth == 0) {
        atomic_store(&m->use.changes, false);
        atomic_store_explicit(&m->use.thread, 0, memory_order_release);
    }
    return status_end(status);
}

void model_lend(horn_model *m, bool lent)
{
    m->use.lent = lent;
    (lent ? model_go_out : model_come_back)(m);
}

bool model_is_busy(const horn_model *m)
{
    return atomic_load_explicit(&m->use.thread, memory_order_relaxed) != 0;
}
