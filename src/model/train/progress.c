#include "model/train/progress.h"

#include <horn/kernels.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/cut.h"

void progress_clear(progress *p)
{
    config *identity = p->identity;
    free(p->history.logs);
    config_free(p->states);
    running_clear(&p->sums);
    *p = (progress){ .identity = identity };
}

/* ---- numbers ---- */

/* NaN and infinities are the strings "nan", "inf" and "-inf". */
static void append_number(config *list, double value)
{
    if (isfinite(value))
        config_append_number(list, value);
    else
        config_append_string(list, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

static bool read_number(const config *value, double *out)
{
    const char *text = config_string(value);
    if (!text) return config_number(value, out);
    if (strcmp(text, "nan") && strcmp(text, "inf") && strcmp(text, "-inf")) return false;
    *out = text[0] == 'n' ? NAN : text[0] == 'i' ? INFINITY : -INFINITY;
    return true;
}

static config *list_numbers(const double *values, size_t count)
{
    config *list = config_list();
    for (size_t i = 0; i < count; i++) append_number(list, values[i]);
    return list;
}

static bool read_numbers(const config *list, double *out, size_t count)
{
    bool good = config_is_list(list) && config_count(list) == count;
    for (size_t i = 0; good && i < count; i++) good = read_number(config_at(list, i), &out[i]);
    return good;
}

/* ---- describing ---- */

/* The callback is the host's code and runs with the host's floating-point settings. */
static horn_status save_state(char **text, const horn_model *m, horn_callback *c)
{
    const arithmetic own = arithmetic_begin();
    arithmetic_end(m->use.host[m->use.depth - 1]);
    horn_status status = c->save_state(text, c);
    arithmetic_end(own);
    return status;
}

static horn_status describe_states(const horn_model *m, config *states)
{
    const progress *p = m->progress;
    for (size_t i = 0; i < p->callback_count; i++) {
        horn_callback *c = p->callbacks[i];
        char *text = NULL;
        if (!c->save_state) continue;
        horn_status status = save_state(&text, m, c);
        if (status) return status;
        config_set_string(states, c->name, text);
        free(text);
    }
    return HORN_OK;
}

static config *describe_sums(const horn_model *m, const running *r)
{
    config *list = config_list();
    append_number(list, r->sums.rows);
    append_number(list, r->sums.loss);
    for (size_t i = 0; i < m->metric_states; i++)
        append_number(list, r->sums.metrics ? r->sums.metrics[i] : 0);
    return list;
}

/* Of each of several outputs [loss, rows, valid]. */
static config *describe_outputs(const horn_model *m, const running *r)
{
    config *list = config_list();
    for (size_t i = 0; i < m->output_count; i++) {
        const head_sums h = r->sums.heads ? r->sums.heads[i] : (head_sums){ 0 };
        config_append(list, list_numbers((const double[]){ h.loss, h.rows, h.valid }, 3));
    }
    return list;
}

horn_status progress_describe(const horn_model *m, config **out)
{
    const progress *p = m->progress;
    config *c = config_object(), *history = config_list(), *states = config_object();
    config_set_integer(c, "epoch", (int64_t)p->epoch);
    config_set_integer(c, "batch", (int64_t)p->batch);
    config_set(c, "sums", describe_sums(m, &p->sums));
    const head_sums *h = p->sums.sums.heads;
    if (m->output_count > 1)
        config_set(c, "outputs", describe_outputs(m, &p->sums));
    else if (h && h->valid != h->rows)
        config_set_number(c, "valid", h->valid);
    for (size_t i = 0; i < p->history.count; i++)
        config_append(history, list_numbers(p->history.logs[i].values, p->history.logs[i].count));
    config_set(c, "history", history);
    horn_status status = describe_states(m, states);
    config_set(c, "states", states);
    if (p->identity) config_set(c, "identity", config_copy(p->identity));
    config_set_string(c, "kernels", horn_kernels());
    config_set_integer(c, "cut", CUT_VERSION);
    if (p->name) config_set_string(c, "name", p->name);
    if (!status) status = config_status(c);
    if (status) {
        config_free(c);
        return status;
    }
    *out = c;
    return HORN_OK;
}

/* ---- reading ---- */

static horn_status broken(const char *name, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: the run's progress has no valid '%s'", name, what);
}

static horn_status read_history(const horn_model *m, horn_history *h, const config *list, const char *name)
{
    for (const config *row = config_at(list, 0); row; row = config_next(row)) {
        horn_logs logs = { .count = config_count(row) };
        if (logs.count != m->figure_count && logs.count != 2 * m->figure_count)
            return broken(name, "history");
        if (!read_numbers(row, logs.values, logs.count)) return broken(name, "history");
        for (size_t k = 0; k < logs.count; k++) logs.names[k] = m->log_names[k];
        horn_status status = memory_grow(&h->logs, h->count, &h->capacity, sizeof logs);
        if (status) return status;
        h->logs[h->count++] = logs;
    }
    return HORN_OK;
}

/* A list of one number for each metric is of a version of Horn in which all metrics of the one output were means without weights. */
static bool read_means(const model_head *h, running *r, const config *list)
{
    bool good = true;
    for (size_t i = 0; good && i < h->metric_count; i++) {
        good = read_number(config_at(list, i + 2), &r->sums.metrics[h->metric_first[i]]);
        if (h->metrics[i]->is_weighted) r->sums.metrics[h->metric_first[i] + 1] = r->sums.rows;
    }
    return good;
}

static horn_status read_sums(const horn_model *m, running *r, const config *list, const char *name)
{
    const size_t count = config_count(list);
    const bool has_means = m->output_count == 1 && count == m->metric_count + 2 &&
                           m->metric_states == m->metric_count + m->heads->weighted_metrics;
    horn_status status = running_begin(r, m);
    if (status) return status;
    if (!config_is_list(list) || (count != m->metric_states + 2 && !has_means)) return broken(name, "sums");
    bool good =
        read_number(config_at(list, 0), &r->sums.rows) && read_number(config_at(list, 1), &r->sums.loss);
    if (good && has_means) good = read_means(m->heads, r, list);
    for (size_t i = 0; good && i < m->metric_states && !has_means; i++)
        good = read_number(config_at(list, i + 2), &r->sums.metrics[i]);
    return good ? HORN_OK : broken(name, "sums");
}

static horn_status read_outputs(const horn_model *m, running *r, const config *c, const char *name)
{
    head_sums *h = r->sums.heads;
    const config *list = config_get(c, "outputs"), *valid = config_get(c, "valid");
    if (m->output_count == 1) {
        *h = (head_sums){ .loss = r->sums.loss, .rows = r->sums.rows, .valid = r->sums.rows };
        return !valid || config_number(valid, &h->valid) ? HORN_OK : broken(name, "valid");
    }
    for (size_t i = 0; i < m->output_count; i++) {
        double numbers[3];
        if (config_count(list) != m->output_count || !read_numbers(config_at(list, i), numbers, 3))
            return broken(name, "outputs");
        h[i] = (head_sums){ .loss = numbers[0], .rows = numbers[1], .valid = numbers[2] };
    }
    return HORN_OK;
}

static horn_status read_fields(const horn_model *m, progress *p, const config *c, int64_t iteration,
                               const char *name)
{
    int64_t epoch, batch;
    if (!config_integer(config_get(c, "epoch"), &epoch) || epoch < 0) return broken(name, "epoch");
    if (!config_integer(config_get(c, "batch"), &batch) || batch < 0 || batch > iteration)
        return broken(name, "batch");
    p->epoch = (size_t)epoch;
    p->batch = (size_t)batch;
    horn_status status = read_sums(m, &p->sums, config_get(c, "sums"), name);
    if (!status) status = read_outputs(m, &p->sums, c, name);
    if (!status) status = read_history(m, &p->history, config_get(c, "history"), name);
    if (!status && p->history.count != p->epoch) status = broken(name, "history");
    if (!status && !config_is_object(config_get(c, "states"))) status = broken(name, "states");
    if (!status) status = config_status(p->states = config_copy(config_get(c, "states")));
    return status;
}

horn_status progress_read(horn_model *m, const config *c, int64_t iteration, const char *name)
{
    progress read = { 0 };
    config *identity = NULL;
    horn_status status = read_fields(m, &read, c, iteration, name);
    if (!status && !m->progress->identity && config_get(c, "identity"))
        status = config_status(identity = config_copy(config_get(c, "identity")));
    if (status) {
        progress_clear(&read);
        return status;
    }
    read.identity = identity ? identity : m->progress->identity;
    progress_clear(m->progress);
    *m->progress = read;
    return HORN_OK;
}

horn_status progress_restore_callbacks(const progress *p, horn_callback *const *callbacks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        horn_callback *c = callbacks[i];
        const char *text = c->name ? config_get_string(p->states, c->name) : NULL;
        if (!text || !c->restore_state) continue;
        horn_status status = c->restore_state(c, text);
        if (status) return status;
    }
    return HORN_OK;
}
