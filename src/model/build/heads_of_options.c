/* Heads from the options of horn_model_compile. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/option.h"
#include "base/status.h"
#include "model/heads.h"

typedef horn_metric *const metric_list[HORN_MAX_METRICS];

static horn_status metrics_status(metric_list metrics)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < HORN_MAX_METRICS && metrics[i]; i++)
        status = failure_status(metrics[i]->failure);
    return status;
}

static size_t count_metrics(metric_list metrics)
{
    size_t count = 0;
    while (count < HORN_MAX_METRICS && metrics[count]) count++;
    return count;
}

horn_status heads_given_status(const horn_compile_options *o)
{
    horn_status status = o->loss ? failure_status(o->loss->failure) : HORN_OK;
    if (!status) status = metrics_status(o->metrics);
    if (!status) status = metrics_status(o->weighted_metrics);
    for (size_t i = 0; !status && o->outputs && i < o->output_count; i++) {
        if (o->outputs[i].loss) status = failure_status(o->outputs[i].loss->failure);
        if (!status) status = metrics_status(o->outputs[i].metrics);
        if (!status) status = metrics_status(o->outputs[i].weighted_metrics);
    }
    return status;
}

static void free_metrics(metric_list metrics)
{
    for (size_t i = 0; i < HORN_MAX_METRICS && metrics[i]; i++) metric_free(metrics[i]);
}

void heads_free_given(const horn_compile_options *o)
{
    loss_free(o->loss);
    free_metrics(o->metrics);
    free_metrics(o->weighted_metrics);
    for (size_t i = 0; o->outputs && i < o->output_count; i++) {
        loss_free(o->outputs[i].loss);
        free_metrics(o->outputs[i].metrics);
        free_metrics(o->outputs[i].weighted_metrics);
    }
}

/* ---- which output ---- */

static horn_status find_output(size_t *out, const horn_model *m, const horn_output_options *o, size_t place)
{
    size_t i = 0;
    while (o->name && i < m->output_count && strcmp(m->outputs[i].name, o->name) != 0) i++;
    *out = o->name ? i : place;
    if (*out < m->output_count) return HORN_OK;
    return o->name ? fail(HORN_ERROR_ARGUMENT, "model '%s' has no output '%s'", m->name, o->name)
                   : fail(HORN_ERROR_ARGUMENT, "compile settings of output %zu, model '%s' has %zu", place,
                          m->name, m->output_count);
}

static bool sets_loss(const horn_output_options *o)
{
    return o->loss;
}

static bool sets_metrics(const horn_output_options *o)
{
    return o->metrics[0] || o->weighted_metrics[0];
}

/* What is of each output cannot be of one of them, too. */
static horn_status check_outputs(size_t *outputs, const horn_model *m, const horn_compile_options *o)
{
    bool taken[HORN_MAX_OUTPUTS] = { false };
    if (o->output_count && !o->outputs)
        return fail(HORN_ERROR_ARGUMENT, "outputs is NULL, of %zu", o->output_count);
    if (o->output_count > m->output_count)
        return fail(HORN_ERROR_ARGUMENT, "compile settings of %zu outputs, model '%s' has %zu",
                    o->output_count, m->name, m->output_count);
    for (size_t i = 0; i < o->output_count; i++) {
        const horn_output_options *given = &o->outputs[i];
        horn_status status = find_output(&outputs[i], m, given, i);
        if (status) return status;
        if (taken[outputs[i]])
            return fail(HORN_ERROR_ARGUMENT, "output '%s' has compile settings twice",
                        m->outputs[outputs[i]].name);
        taken[outputs[i]] = true;
        if ((o->loss && sets_loss(given)) ||
            ((o->metrics[0] || o->weighted_metrics[0]) && sets_metrics(given)))
            return fail(HORN_ERROR_ARGUMENT,
                        "output '%s' has a loss or metrics, and so has each output: expected one",
                        m->outputs[outputs[i]].name);
        if (count_metrics(given->metrics) + count_metrics(given->weighted_metrics) > HORN_MAX_METRICS)
            return fail(HORN_ERROR_ARGUMENT, "more than %d metrics of one output", HORN_MAX_METRICS);
    }
    return HORN_OK;
}

/* ---- taking and copying ---- */

static void take_metrics(model_head *h, metric_list plain, metric_list weighted)
{
    for (size_t i = 0; i < HORN_MAX_METRICS && plain[i]; i++) h->metrics[h->metric_count++] = plain[i];
    for (size_t i = 0; i < HORN_MAX_METRICS && weighted[i]; i++) {
        h->metrics[h->metric_count] = weighted[i];
        h->metrics[h->metric_count++]->is_weighted = true;
        h->weighted_metrics++;
    }
}

static horn_status copy_loss(loss **out, const loss *from)
{
    config *description = NULL;
    horn_status status = loss_describe(from, &description);
    if (!status) status = loss_new(out, description);
    config_free(description);
    return status;
}

static horn_status copy_metric(metric **out, const metric *from)
{
    config *description = NULL;
    horn_status status = metric_describe(from, &description);
    if (!status) status = metric_new(out, description);
    config_free(description);
    if (!status) (*out)->is_weighted = from->is_weighted;
    return status;
}

/* The further outputs get copies of what the first one has. */
static horn_status copy_to_others(const horn_model *m, model_head *heads, bool has_loss, bool has_metrics)
{
    horn_status status = HORN_OK;
    for (size_t i = 1; i < m->output_count; i++) {
        if (has_loss) TRY(copy_loss(&heads[i].loss, heads->loss));
        for (size_t k = 0; has_metrics && k < heads->metric_count; k++) {
            TRY(copy_metric(&heads[i].metrics[k], heads->metrics[k]));
            heads[i].metric_count++;
        }
        if (has_metrics) heads[i].weighted_metrics = heads->weighted_metrics;
    }
done:
    return status;
}

static void forget_copies(const horn_model *m, model_head *heads)
{
    for (size_t i = 1; i < m->output_count; i++) {
        loss_free(heads[i].loss);
        for (size_t k = 0; k < heads[i].metric_count; k++) metric_free(heads[i].metrics[k]);
    }
    free(heads);
}

static horn_status check_count(const horn_compile_options *o)
{
    const size_t count = count_metrics(o->metrics) + count_metrics(o->weighted_metrics);
    if (count <= HORN_MAX_METRICS) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%zu metrics, expected at most %d", count, HORN_MAX_METRICS);
}

horn_status heads_of_options(model_head **out, const horn_model *m, const horn_compile_options *o)
{
    horn_status status = HORN_OK;
    model_head *heads = NULL;
    size_t outputs[HORN_MAX_OUTPUTS];
    TRY(check_count(o));
    TRY(check_outputs(outputs, m, o));
    TRY(memory_new(&heads, m->output_count, sizeof *heads));
    heads->loss = o->loss;
    take_metrics(heads, o->metrics, o->weighted_metrics);
    TRY(copy_to_others(m, heads, o->loss, heads->metric_count));
    for (size_t i = 0; i < m->output_count; i++) heads[i].weight = 1;
    for (size_t i = 0; i < o->output_count; i++) {
        model_head *h = &heads[outputs[i]];
        if (sets_loss(&o->outputs[i])) h->loss = o->outputs[i].loss;
        if (sets_metrics(&o->outputs[i]))
            take_metrics(h, o->outputs[i].metrics, o->outputs[i].weighted_metrics);
        h->has_weight = option_is_given(o->outputs[i].loss_weight);
        h->weight = option_number(o->outputs[i].loss_weight, 1);
    }
    *out = heads;
    return HORN_OK;
done:
    if (heads) forget_copies(m, heads);
    return status;
}
