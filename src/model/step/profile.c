#include "model/step/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

enum { CACHE_LINE = 64 / sizeof(int64_t) };

struct profile {
    /* One for each thread. */
    size_t clocks;
    /* Of each kind. */
    size_t rows;
    /* Elements of `block` from one clock to the next. */
    size_t lane;
    /* [clocks]: the clock's last reading, then sums [kinds, rows]; nanoseconds. */
    int64_t *block;
    int64_t steps, in_steps, step_began;
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

horn_status profile_new(profile **out, const horn_model *m)
{
    horn_status status = HORN_OK;
    profile *p = NULL;
    TRY(memory_new(&p, 1, sizeof *p));
    p->clocks = (size_t)pool_threads(m->pool);
    /* Most steps of a plan. */
    p->rows = m->calls->count * 2;
    p->lane = (1 + PROFILE_KINDS * p->rows + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    TRY(memory_new_aligned(&p->block, p->clocks * p->lane, sizeof *p->block));
    *out = p;
    return HORN_OK;
done:
    profile_free(p);
    return status;
}

void profile_free(profile *p)
{
    if (!p) return;
    free(p->block);
    free(p);
}

void profile_step_begins(profile *p)
{
    if (p) p->step_began = now();
}

void profile_step_ends(profile *p)
{
    if (!p) return;
    p->in_steps += now() - p->step_began;
    p->steps++;
}

void profile_start_clock(profile *p, size_t clock)
{
    p->block[clock * p->lane] = now();
}

void profile_read_clock(profile *p, size_t clock, profile_kind kind, size_t row)
{
    int64_t *at = p->block + clock * p->lane, time = now();
    at[1 + (size_t)kind * p->rows + row] += time - at[0];
    at[0] = time;
}

/* ---- the table ---- */

/* The table prints wall time: the time of all threads divided by their number. */
typedef struct table {
    const profile *profile;
    bytes *out;
    /* Factor from nanoseconds of all threads to microseconds of a step. */
    double to_microseconds;
    /* Microseconds. */
    double step, worked;
} table;

static double sum_of(const table *t, profile_kind kind, size_t index)
{
    int64_t sum = 0;
    for (size_t n = 0; n < t->profile->clocks; n++)
        sum += t->profile->block[n * t->profile->lane + 1 + (size_t)kind * t->profile->rows + index];
    return (double)sum * t->to_microseconds;
}

static void put_cell(table *t, double microseconds)
{
    if (microseconds > 0)
        bytes_print(t->out, " %10.1f", microseconds);
    else
        bytes_print(t->out, " %10s", "");
}

/* Writes a name, up to three times, their sum and its share of the step. */
static void put_row(table *t, const char *name, double forward, double backward, double parameters,
                    double sum)
{
    bytes_print(t->out, "%-34.34s", name);
    put_cell(t, forward);
    put_cell(t, backward);
    put_cell(t, parameters);
    bytes_print(t->out, " %10.1f %6.1f %%\n", sum, t->step > 0 ? 100 * sum / t->step : 0);
    t->worked += sum;
}

static void put_step(table *t, const plan *p, size_t i, const char *owner)
{
    const plan_step *step = &p->steps[i];
    char name[128];
    snprintf(name, sizeof name, "%.60s (%.60s)", owner,
             step->call ? step->call->layer->class->name : step->activation->name);
    double forward = sum_of(t, PROFILE_FORWARD, i), backward = sum_of(t, PROFILE_BACKWARD, i);
    double parameters = step->call ? sum_of(t, PROFILE_PARAMETERS, step->call->number) : 0;
    put_row(t, name, forward, backward, parameters, forward + backward + parameters);
}

/* A layer's step, then its activation's, which has the same name. */
static void put_steps(table *t, const horn_model *m)
{
    const plan *p = m->training;
    size_t at = 0;
    for (size_t i = 0; i < p->call_count; i++) {
        const layer *l = p->calls[i]->layer;
        if (at < p->step_count && p->steps[at].call == p->calls[i]) put_step(t, p, at++, l->name);
        if (l->activation && at < p->step_count && p->steps[at].activation) put_step(t, p, at++, l->name);
    }
}

static void put_table(table *t, const horn_model *m, double fit)
{
    const profile *p = t->profile;
    bytes_print(t->out, "%lld steps of %.1f us on %d thread%s, in us a step:\n", (long long)p->steps, t->step,
                pool_threads(m->pool), pool_threads(m->pool) == 1 ? "" : "s");
    bytes_print(t->out, "%-34s %10s %10s %10s %10s\n", "", "forward", "backward", "parameters", "sum");
    put_row(t, "gathering the batch", 0, 0, 0, sum_of(t, PROFILE_GATHER, 0));
    put_steps(t, m);
    put_row(t, "loss and metrics", 0, 0, 0, sum_of(t, PROFILE_LOSS, 0));
    double waiting = t->step > t->worked ? t->step - t->worked : 0;
    put_row(t, "waiting", 0, 0, 0, waiting);
    put_row(t, "a step", 0, 0, 0, t->step);
    bytes_print(t->out, "%.3f s of %.3f s in training were in its steps\n", 1e-9 * (double)p->in_steps, fit);
}

horn_status profile_print(char **text, const profile *p, const horn_model *m, double fit)
{
    bytes out = { 0 };
    double steps = p->steps ? (double)p->steps : 1;
    table t = { .profile = p,
                .out = &out,
                .to_microseconds = 1e-3 / steps / pool_threads(m->pool),
                .step = 1e-3 * (double)p->in_steps / steps };
    put_table(&t, m, fit);
    if (!bytes_text(&out) || bytes_status(&out)) {
        horn_status status = bytes_status(&out);
        bytes_free(&out);
        return status;
    }
    *text = (char *)out.data;
    return HORN_OK;
}
